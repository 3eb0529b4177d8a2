"""Requests and responses of the wiki's REST API.

Paths are under `/v1`; keywords in paths are written as `path_segment` writes them. Bodies are JSON in UTF-8, errors
are `genba_contracts.problem.Problem`. Offsets and lengths are Unicode code points everywhere.
"""

from typing import Final

from genba_contracts.wiki_accounts import (
    ApiKey,
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyPage,
    Role,
    Session,
    SessionCreate,
    User,
    UserCreate,
)
from genba_contracts.wiki_changes import (
    Change,
    ChangePage,
    EntryRecord,
    ImportCounts,
    ImportJob,
    RejectedLine,
    WikiStats,
)
from genba_contracts.wiki_entries import (
    DiffLine,
    DiffSpan,
    Entry,
    EntryPage,
    EntryPatch,
    EntrySummary,
    EntryWrite,
    Operation,
    RestoreRequest,
    Revision,
    RevisionDiff,
    RevisionPage,
    Star,
    Stars,
)
from genba_contracts.wiki_fields import path_segment
from genba_contracts.wiki_links import (
    Backlink,
    Backlinks,
    HighlightSpan,
    LinkFailure,
    LinkLine,
    LinkOptions,
    LinkRequest,
    LinkResponse,
    LinkResult,
    LinkSpan,
    Mention,
    Mentions,
    Related,
    RelatedEntry,
    SearchHit,
    SearchResults,
    SpamCheckRequest,
    SpamCheckResponse,
    SpamReason,
)

SEQ_HEADER: Final = "Genba-Seq"
"""In a response: the seq that it knows of. In a request: the seq that the answer must know of (read your writes)."""
NDJSON: Final = "application/x-ndjson"
"""One JSON object a line, UTF-8, lines ended by a line feed."""

__all__ = [
    "NDJSON",
    "SEQ_HEADER",
    "ApiKey",
    "ApiKeyCreate",
    "ApiKeyCreated",
    "ApiKeyPage",
    "Backlink",
    "Backlinks",
    "Change",
    "ChangePage",
    "DiffLine",
    "DiffSpan",
    "Entry",
    "EntryPage",
    "EntryPatch",
    "EntryRecord",
    "EntrySummary",
    "EntryWrite",
    "HighlightSpan",
    "ImportCounts",
    "ImportJob",
    "LinkFailure",
    "LinkLine",
    "LinkOptions",
    "LinkRequest",
    "LinkResponse",
    "LinkResult",
    "LinkSpan",
    "Mention",
    "Mentions",
    "Operation",
    "RejectedLine",
    "Related",
    "RelatedEntry",
    "RestoreRequest",
    "Revision",
    "RevisionDiff",
    "RevisionPage",
    "Role",
    "SearchHit",
    "SearchResults",
    "Session",
    "SessionCreate",
    "SpamCheckRequest",
    "SpamCheckResponse",
    "SpamReason",
    "Star",
    "Stars",
    "User",
    "UserCreate",
    "WikiStats",
    "path_segment",
]
