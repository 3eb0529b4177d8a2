"""Entries of the wiki, their history and their stars, as they travel."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from genba_contracts.fields import NextCursor, Timestamp, Wire, WireRequest, examples
from genba_contracts.wiki_fields import (
    Aliases,
    Description,
    Href,
    Keyword,
    Position,
    RevisionNumber,
    Seq,
    StoredAliases,
    StoredDescription,
    StoredKeyword,
    StoredName,
    StoredSummary,
    Summary,
)

Operation = Literal["save", "delete", "undelete", "rename", "alias", "star"]
"""What a change did to an entry. A creation is a `save` with revision 1; a restore is a `save` too."""

StarCount = Annotated[int, Field(ge=0, description="How many people starred the entry.", examples=[12])]
ETag = Annotated[
    str,
    Field(
        description="The tag of this state: send it as `If-Match` to write only if nobody else has (RFC 9110, 8.8.3).",
        examples=['"12.3.0"'],
    ),
]


class EntrySummary(Wire):
    """One entry in a list: what is known of it without its text."""

    keyword: StoredKeyword
    author: StoredName
    created_at: Timestamp
    updated_at: Timestamp
    revision: RevisionNumber
    seq: Seq
    aliases: StoredAliases = ()
    stars: StarCount = 0
    url: Href

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "keyword": "日本武道館",
                "author": "hanako",
                "created_at": "2026-04-11T08:00:00Z",
                "updated_at": "2026-04-18T09:30:00Z",
                "revision": 3,
                "seq": 7102,
                "aliases": ["武道館", "Budokan"],
                "stars": 12,
                "url": "/keyword/%E6%97%A5%E6%9C%AC%E6%AD%A6%E9%81%93%E9%A4%A8",
            }
        ),
    )


class Entry(EntrySummary):
    """One entry with its text, and with its linked HTML where `include=html` asked for it."""

    description: StoredDescription
    etag: ETag
    html: str | None = Field(
        default=None,
        description="The text with every mention linked; only with `include=html`.",
        examples=['<a href="/keyword/Tokyo">Tokyo</a> Dome is next to the station.', None],
    )

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "keyword": "日本武道館",
                "description": "日本武道館は東京都千代田区にある屋内競技場で、来日公演の会場としても知られる。",
                "author": "hanako",
                "created_at": "2026-04-11T08:00:00Z",
                "updated_at": "2026-04-18T09:30:00Z",
                "revision": 3,
                "seq": 7102,
                "aliases": ["武道館", "Budokan"],
                "stars": 12,
                "url": "/keyword/%E6%97%A5%E6%9C%AC%E6%AD%A6%E9%81%93%E9%A4%A8",
                "etag": '"12.3.12"',
            },
            {
                "keyword": "soundcheck",
                "description": "A soundcheck is the hour before doors in which levels are set.",
                "author": "梅田",
                "created_at": "2026-04-18T09:30:00Z",
                "updated_at": "2026-04-18T09:30:00Z",
                "revision": 1,
                "seq": 7103,
                "aliases": [],
                "stars": 0,
                "url": "/keyword/soundcheck",
                "etag": '"7102.1.0"',
                "html": 'A <a href="/keyword/soundcheck">soundcheck</a> is the hour before doors in which…',
            },
        ),
    )


class EntryPage(Wire):
    """A page of the list of entries."""

    items: list[EntrySummary] = Field(description="The page's entries, in the order that was asked for.")
    next_cursor: NextCursor = None


class EntryWrite(WireRequest):
    """An entry's whole new state, for PUT: aliases that are left out are taken away."""

    description: Description
    aliases: Aliases = ()
    summary: Summary = ""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "description": "日本武道館は東京都千代田区にある屋内競技場で、来日公演の会場としても知られる。",
                "aliases": ["武道館", "Budokan"],
                "summary": "最初の版",
            },
            {"description": "A soundcheck is the hour before doors in which levels are set."},
        ),
    )


class EntryPatch(WireRequest):
    """What to change of an entry, for PATCH: what is left out (or null) stays as it is."""

    description: Annotated[
        Description | None,
        Field(description="The new text.", examples=["A soundcheck is the hour before doors."]),
    ] = None
    keyword: Annotated[Keyword | None, Field(description="The new keyword: the entry is renamed, links follow.")] = None
    keep_alias: bool = Field(
        default=True,
        description="On a rename, whether the old keyword stays as an alias.",
        examples=[True],
    )
    aliases: Annotated[
        Aliases | None,
        Field(description="The new aliases, all of them; an empty list takes every one away.", examples=[["武道館"]]),
    ] = None
    summary: Summary = ""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.description is None and self.keyword is None and self.aliases is None:
            raise PydanticCustomError("nothing_to_change", "Send a description, a keyword or aliases to change")
        return self

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["description"], "properties": {"description": {"type": "string"}}},
                {"required": ["keyword"], "properties": {"keyword": {"type": "string"}}},
                {"required": ["aliases"], "properties": {"aliases": {"type": "array"}}},
            ],
            **examples(
                {"keyword": "日本武道館 (千代田区)", "keep_alias": True, "summary": "同名の施設と区別した"},
                {"aliases": ["sound check"]},
            ),
        },
    )


class Revision(Wire):
    """One kept state of an entry."""

    number: RevisionNumber
    keyword: StoredKeyword
    description: Annotated[
        StoredDescription | None,
        Field(description="The text of that revision; null in the list of revisions."),
    ] = None
    author: StoredName
    at: Timestamp
    operation: Operation = Field(description="What made the revision.", examples=["save"])
    summary: StoredSummary = ""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "number": 2,
                "keyword": "日本武道館",
                "description": "日本武道館は東京都千代田区にある屋内競技場。",
                "author": "hanako",
                "at": "2026-04-12T10:00:00Z",
                "operation": "save",
                "summary": "所在地を足した",
            },
        ),
    )


class RevisionPage(Wire):
    """A page of an entry's history, newest first."""

    items: list[Revision] = Field(description="The page's revisions, without their texts.")
    next_cursor: NextCursor = None


class DiffSpan(Wire):
    """A part of a line that the other revision does not have."""

    start: Position
    end: Annotated[Position, Field(description="Where it ends, exclusive, in Unicode code points.", examples=[9])]


class DiffLine(Wire):
    """One line of a comparison."""

    operation: Literal["equal", "insert", "delete"] = Field(
        description="`insert`: only the newer revision has the line; `delete`: only the older one.",
        examples=["insert"],
    )
    text: str = Field(description="The line, without its line break.", examples=["収容人数は約1万4千人。"])
    old_number: int | None = Field(
        default=None, ge=1, description="The line's number in the older revision.", examples=[4, None]
    )
    new_number: int | None = Field(
        default=None, ge=1, description="The line's number in the newer revision.", examples=[4, None]
    )
    spans: list[DiffSpan] = Field(
        default=[],
        description="The parts that changed within the line; empty where all of it did, or none.",
        examples=[[{"start": 5, "end": 9}]],
    )


class RevisionDiff(Wire):
    """How one revision became another."""

    keyword: StoredKeyword
    against: Annotated[RevisionNumber, Field(description="The revision that is compared against.", examples=[1])]
    number: Annotated[RevisionNumber, Field(description="The revision that is shown.", examples=[2])]
    lines: list[DiffLine] = Field(description="Every line of both, in order.")
    inserted: int = Field(ge=0, description="How many lines were inserted.", examples=[1])
    deleted: int = Field(ge=0, description="How many lines were deleted.", examples=[1])

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "keyword": "soundcheck",
                "against": 1,
                "number": 2,
                "inserted": 1,
                "deleted": 1,
                "lines": [
                    {
                        "operation": "delete",
                        "text": "the hour before doors",
                        "old_number": 1,
                        "spans": [{"start": 4, "end": 8}],
                    },
                    {
                        "operation": "insert",
                        "text": "the half hour before doors",
                        "new_number": 1,
                        "spans": [{"start": 4, "end": 13}],
                    },
                ],
            },
        ),
    )


class RestoreRequest(WireRequest):
    """Why an old revision becomes the newest again."""

    summary: Summary = ""

    model_config = ConfigDict(json_schema_extra=examples({"summary": "荒らしを戻した"}, {"summary": "undo spam"}))


class Star(Wire):
    """One person's star."""

    user: StoredName
    at: Timestamp


class Stars(Wire):
    """Who starred an entry."""

    keyword: StoredKeyword
    count: StarCount
    items: list[Star] = Field(description="The stars, in the order of starring.")

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "keyword": "日本武道館",
                "count": 1,
                "items": [{"user": "hanako", "at": "2026-04-18T09:30:00Z"}],
            }
        ),
    )
