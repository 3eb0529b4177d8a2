"""The wiki's change log, import jobs, export and figures, as they travel."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from genba_contracts.fields import Timestamp, Wire, examples
from genba_contracts.wiki_entries import Operation
from genba_contracts.wiki_fields import (
    Aliases,
    Description,
    Keyword,
    Seq,
    StoredAliases,
    StoredKeyword,
    StoredName,
    UserName,
)


class Change(Wire):
    """One row of the change log.

    It carries the entry's words after the change: applying it needs no other read, and applying it twice changes
    nothing. In `GET /v1/changes/stream` it is the data of a `change` event whose id is its seq.
    """

    seq: Seq
    operation: Operation = Field(description="What the change did.", examples=["rename"])
    at: Timestamp
    keyword: StoredKeyword
    previous_keyword: Annotated[
        StoredKeyword | None, Field(description="On a rename, what the keyword was before; otherwise null.")
    ] = None
    aliases: StoredAliases = ()
    revision: int = Field(ge=0, description="The entry's newest revision after the change.", examples=[4])
    author: StoredName
    live: bool = Field(
        description="Whether the keyword and the aliases link to the entry from here on.", examples=[True]
    )

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "seq": 7104,
                "operation": "rename",
                "at": "2026-04-18T09:31:00Z",
                "keyword": "日本武道館 (千代田区)",
                "previous_keyword": "日本武道館",
                "aliases": ["日本武道館", "武道館"],
                "revision": 4,
                "author": "hanako",
                "live": True,
            },
        ),
    )


class ChangePage(Wire):
    """Changes after a seq, oldest first."""

    items: list[Change] = Field(description="The changes; fewer than `limit` if there are no more.")
    seq: Annotated[Seq, Field(description="Ask again with `since` at this: the last item's seq, or the newest one.")]
    more: bool = Field(default=False, description="Whether there are more changes after these already.")


class RejectedLine(Wire):
    """A line (or page) of an import that was not taken, while the rest was."""

    line: int = Field(ge=1, description="The line's number in the file; in a dump, the page's.", examples=[17])
    reason: str = Field(description="What is wrong with it.", examples=["the keyword is empty"])


class ImportCounts(Wire):
    """How far an import has come, in entries."""

    created: int = Field(default=0, ge=0, description="Entries that are new.", examples=[7_000])
    updated: int = Field(default=0, ge=0, description="Entries whose text or aliases changed.", examples=[101])
    unchanged: int = Field(default=0, ge=0, description="Entries that were there already, the same.", examples=[0])
    rejected: int = Field(default=0, ge=0, description="Lines that were not taken.", examples=[2])


class ImportJob(Wire):
    """A bulk import. Sending the same file again changes nothing."""

    id: str = Field(min_length=1, max_length=64, description="The job's name.", examples=["5f1c0a9e3b7d4286"])
    format: Literal["ndjson", "mediawiki"] = Field(description="What was sent.", examples=["ndjson"])
    state: Literal["running", "succeeded", "failed"] = Field(
        description="`succeeded` with rejected lines too: they are listed.", examples=["succeeded"]
    )
    created_at: Timestamp
    finished_at: Timestamp | None = Field(
        default=None, description="When it ended; null while it runs.", examples=["2026-04-18T09:30:04Z"]
    )
    counts: ImportCounts = Field(default=ImportCounts(), description="How far it has come.")
    rejected: list[RejectedLine] = Field(default=[], description="The first hundred lines that were not taken.")
    error: str | None = Field(
        default=None,
        description="Why it failed; null if it did not.",
        examples=["the XML ends in the middle of a page"],
    )

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "id": "5f1c0a9e3b7d4286",
                "format": "ndjson",
                "state": "succeeded",
                "created_at": "2026-04-18T09:30:00Z",
                "finished_at": "2026-04-18T09:30:04Z",
                "counts": {"created": 7_000, "updated": 101, "unchanged": 0, "rejected": 1},
                "rejected": [{"line": 17, "reason": "the keyword is empty"}],
                "error": None,
            },
        ),
    )


class EntryRecord(Wire):
    """One line of an NDJSON export or import. Fields that it does not know are passed over."""

    keyword: Keyword
    description: Description
    author: Annotated[UserName | None, Field(description="Who wrote it; whoever imports it if null.")] = None
    aliases: Aliases = ()
    updated_at: Timestamp | None = Field(
        default=None, description="When it was last written.", examples=["2026-04-18T09:30:00Z"]
    )

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "keyword": "soundcheck",
                "description": "A soundcheck is the hour before doors in which levels are set.",
                "author": "梅田",
                "aliases": ["sound check"],
                "updated_at": "2026-04-18T09:30:00Z",
            },
        ),
    )


class WikiStats(Wire):
    """How big the wiki is."""

    entries: int = Field(ge=0, description="Entries that are there now.", examples=[7_101])
    aliases: int = Field(ge=0, description="Words beside keywords that link to them.", examples=[38])
    deleted: int = Field(default=0, ge=0, description="Entries that were deleted and can be undeleted.", examples=[4])
    revisions: int = Field(default=0, ge=0, description="Kept states of all entries.", examples=[9_240])
    stars: int = Field(default=0, ge=0, description="Stars on all entries.", examples=[512])
    users: int = Field(default=0, ge=0, description="People who registered.", examples=[577])
    seq: Seq
