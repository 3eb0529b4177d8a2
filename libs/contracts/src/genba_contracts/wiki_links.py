"""Linking of any text, what links where, search and the spam check, as they travel."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from genba_contracts.fields import PLAIN, WHOLE, NextCursor, Wire, WireRequest, at_most, examples
from genba_contracts.wiki_fields import (
    EXCLUDE_MAX,
    LINK_TEXT_MAX,
    Description,
    Href,
    Keyword,
    Position,
    Seq,
    StoredKeyword,
)

SpanEnd = Annotated[Position, Field(description="Where it ends, exclusive, in Unicode code points.", examples=[10])]
LinkId = Annotated[
    str | int | None,
    Field(description="The caller's own name for the line; the result carries it back.", examples=["blog-42", 7]),
]


class LinkOptions(WireRequest):
    """How a text is linked. Every filter applies before the leftmost-longest choice, never after it."""

    format: Literal["text", "html", "markdown"] = Field(
        default="text",
        description="What the text is. HTML and Markdown keep their markup and are not linked inside code or links.",
        examples=["text", "markdown"],
    )
    first_only: bool = Field(default=False, description="Link each entry once, at its first mention.", examples=[False])
    limit: Annotated[int | None, WHOLE] = Field(
        default=None, ge=0, le=100_000, description="At most so many links; null for no bound.", examples=[20, None]
    )
    exclude: Annotated[tuple[Keyword, ...], at_most(EXCLUDE_MAX)] = Field(
        default=(), strict=False, max_length=EXCLUDE_MAX, description="Keywords that are not linked.", examples=[["年"]]
    )
    self_keyword: Annotated[
        Keyword | None,
        Field(description="The entry that the text belongs to: neither its keyword nor its aliases are linked."),
    ] = None
    whole_words: bool = Field(
        default=False,
        description="Link words of Latin and similar scripts only whole; Japanese and Chinese are linked as they are.",
        examples=[True],
    )
    ignore_case: bool = Field(default=False, description="Whether `BUDOKAN` links to `Budokan`.", examples=[True])
    ignore_width: bool = Field(
        default=False,
        description="Whether full-width and half-width forms are one (Unicode NFKC).",
        examples=[True],
    )
    min_length: Annotated[int, WHOLE] = Field(
        default=1, ge=1, le=255, description="Keywords shorter than this many code points are not linked.", examples=[2]
    )
    in_headings: bool = Field(
        default=False, description="Whether headings of HTML and Markdown are linked too.", examples=[False]
    )


class LinkRequest(LinkOptions):
    """A text to link, and how."""

    text: Annotated[str, PLAIN] = Field(
        max_length=LINK_TEXT_MAX,
        description="The text in which mentions become links.",
        examples=["来週は武道館でライブ", "Doors open after the soundcheck"],
    )

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"text": "来週は武道館でライブ"},
            {
                "text": "Doors open after the SOUNDCHECK",
                "format": "markdown",
                "whole_words": True,
                "ignore_case": True,
            },
        ),
    )


class LinkSpan(Wire):
    """One link that was made."""

    start: Position
    end: SpanEnd
    keyword: Annotated[StoredKeyword, Field(description="The entry's keyword: an alias is named by its entry.")]
    surface: str = Field(description="The text as it stands there.", examples=["武道館", "SOUNDCHECK"])
    href: Href


class LinkResponse(Wire):
    """A linked text."""

    html: str = Field(
        description="The text with its links: HTML, or Markdown where the text is Markdown.",
        examples=['来週は<a href="/keyword/%E6%AD%A6%E9%81%93%E9%A4%A8">武道館</a>でライブ'],
    )
    spans: list[LinkSpan] = Field(description="The links in order; offsets are into the text as it was sent.")
    seq: Seq

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "html": 'Doors open after the <a href="/keyword/soundcheck">SOUNDCHECK</a>',
                "spans": [
                    {
                        "start": 21,
                        "end": 31,
                        "keyword": "soundcheck",
                        "surface": "SOUNDCHECK",
                        "href": "/keyword/soundcheck",
                    }
                ],
                "seq": 7103,
            },
        ),
    )


class LinkLine(LinkRequest):
    """One line in of `POST /v1/link/batch` (NDJSON)."""

    id: LinkId = None

    model_config = ConfigDict(json_schema_extra=examples({"id": "blog-42", "text": "来週は武道館でライブ"}))


class LinkResult(LinkResponse):
    """One line out of `POST /v1/link/batch`: a text that was linked."""

    line: int = Field(ge=1, description="The number of the line that it answers.", examples=[1])
    id: LinkId = None
    error: None = Field(default=None, description="Always null: a line with an `error` is a failure.", examples=[None])

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "line": 1,
                "id": "blog-42",
                "html": '<a href="/keyword/soundcheck">soundcheck</a> at four',
                "spans": [
                    {
                        "start": 0,
                        "end": 10,
                        "keyword": "soundcheck",
                        "surface": "soundcheck",
                        "href": "/keyword/soundcheck",
                    }
                ],
                "seq": 7103,
                "error": None,
            },
        ),
    )


class LinkFailure(Wire):
    """One line out of `POST /v1/link/batch`: a line that could not be linked. The others are not touched by it."""

    line: int = Field(ge=1, description="The number of the line that it answers.", examples=[2])
    id: LinkId = None
    error: str = Field(description="What is wrong with the line.", examples=["the line is not a JSON object"])


class Backlink(Wire):
    """An entry whose text mentions another."""

    keyword: StoredKeyword
    mentions: int = Field(ge=1, description="How often its text mentions the other.", examples=[3])
    url: Href


class Backlinks(Wire):
    """A page of the entries that link to one: every link counts, from the text as it is linked now."""

    keyword: StoredKeyword
    items: list[Backlink] = Field(description="The entries, newest first.")
    next_cursor: NextCursor = None
    seq: Seq

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "keyword": "日本武道館",
                "items": [{"keyword": "soundcheck", "mentions": 1, "url": "/keyword/soundcheck"}],
                "next_cursor": None,
                "seq": 7103,
            }
        ),
    )


class Mention(Backlink):
    """An entry that would link to a keyword if it existed."""

    snippet: str = Field(
        default="",
        description="The text around the first mention.",
        examples=["…開演は前座のあと、アンコールは二回…"],
    )


class Mentions(Wire):
    """A page of the entries that would link to a keyword if an entry of that name existed."""

    keyword: StoredKeyword
    exists: bool = Field(description="Whether the keyword or alias exists already.", examples=[False])
    items: list[Mention] = Field(description="The entries, newest first.")
    next_cursor: NextCursor = None
    seq: Seq


class RelatedEntry(Wire):
    """An entry that has to do with another."""

    keyword: StoredKeyword
    mentioned: int = Field(
        ge=0, description="How often the text that was asked about mentions this entry.", examples=[2]
    )
    mentions: int = Field(ge=0, description="How often this entry's text mentions the one asked about.", examples=[1])
    url: Href


class Related(Wire):
    """Which entries have to do with one: it mentions them, or they mention it."""

    keyword: StoredKeyword
    items: list[RelatedEntry] = Field(description="The entries, closest first.")
    seq: Seq


class HighlightSpan(Wire):
    """A part of a snippet that the search found."""

    start: Position
    end: SpanEnd


class SearchHit(Wire):
    """An entry that a search found."""

    keyword: StoredKeyword
    snippet: str = Field(description="The text around what was found.", examples=["…会場は日本武道館。開場は17時…"])
    highlights: list[HighlightSpan] = Field(description="Where in the snippet it stands.")
    url: Href


class SearchResults(Wire):
    """What a search found."""

    query: str = Field(description="What was searched for.", examples=["武道館", "encore"])
    items: list[SearchHit] = Field(description="The page's hits, best first.")
    next_cursor: NextCursor = None

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "query": "soundcheck",
                "items": [
                    {
                        "keyword": "soundcheck",
                        "snippet": "A soundcheck is the hour before doors…",
                        "highlights": [{"start": 2, "end": 12}],
                        "url": "/keyword/soundcheck",
                    }
                ],
                "next_cursor": None,
            }
        ),
    )


class SpamCheckRequest(WireRequest):
    """An entry to check before it is posted."""

    keyword: Annotated[Keyword | None, Field(description="The keyword that it would have.")] = None
    description: Description

    model_config = ConfigDict(
        json_schema_extra=examples({"keyword": "格安チケット", "description": "今だけ! http://tickets.example/buy"})
    )


class SpamReason(Wire):
    """One rule that a text broke."""

    rule: Literal["word", "url", "url_count", "other"] = Field(description="Which kind of rule.", examples=["word"])
    detail: str = Field(description="What it says.", examples=["holds a listed word"])


class SpamCheckResponse(Wire):
    """Whether a text would be refused as spam, and why."""

    spam: bool = Field(description="Whether it would be refused.", examples=[True])
    reasons: list[SpamReason] = Field(description="Every rule that it broke; empty if it is no spam.")

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"spam": True, "reasons": [{"rule": "url", "detail": "links to tickets.example"}]},
            {"spam": False, "reasons": []},
        ),
    )
