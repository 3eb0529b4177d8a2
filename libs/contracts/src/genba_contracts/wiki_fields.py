"""The words that the wiki's requests and responses share, and their bounds.

Every length is counted in Unicode code points and every offset is one too, whatever the encoding of the message.
"""

from typing import Annotated, Final

from pydantic import Field

from genba_contracts.fields import ONE_LINE, PLAIN, SAYING, at_most

KEYWORD_MAX: Final = 255
"""Code points in a keyword. MediaWiki allows 255 bytes, so every title of a dump fits."""
DESCRIPTION_MAX: Final = 300_000
"""Code points in a description: 900 kB of Japanese in UTF-8, inside the body limit of 1 MiB."""
SUMMARY_MAX: Final = 500
ALIASES_MAX: Final = 50
USER_NAME_MAX: Final = 64
PASSWORD_MIN: Final = 1
PASSWORD_MAX: Final = 1_024
QUERY_MAX: Final = 200
EXCLUDE_MAX: Final = 10_000
LINK_TEXT_MAX: Final = 1_000_000
"""Code points in one text to link; the body limit of 1 MiB (or the line limit of a batch) usually comes first."""

Keyword = Annotated[
    str,
    Field(
        min_length=1,
        max_length=KEYWORD_MAX,
        description="The entry's keyword, exactly as texts mention it; upper and lower case differ.",
        examples=["日本武道館", "Nippon Budokan"],
    ),
    ONE_LINE,
]
Description = Annotated[
    str,
    Field(
        min_length=1,
        max_length=DESCRIPTION_MAX,
        description="The entry's plain text. Mentions of keywords are found when it is read, never marked in it.",
        examples=[
            "日本武道館は東京都千代田区にある屋内競技場で、来日公演の会場としても知られる。",
            "Nippon Budokan is an indoor arena in Tokyo. The seats surround the stage on all sides.",
        ],
    ),
    SAYING,
]
Aliases = Annotated[
    tuple[Keyword, ...],
    at_most(ALIASES_MAX),
    Field(
        strict=False,  # JSON's arrays are lists
        max_length=ALIASES_MAX,
        description="Other words that link to the entry.",
        examples=[["武道館", "Budokan"]],
    ),
]
Summary = Annotated[
    str,
    Field(
        max_length=SUMMARY_MAX,
        description="What was changed and why, for the history.",
        examples=["収容人数を直した", "corrected the capacity"],
    ),
    PLAIN,
]
UserName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=USER_NAME_MAX,
        description="A person's name in the wiki.",
        examples=["hanako", "梅田"],
    ),
    ONE_LINE,
]
StoredKeyword = Annotated[
    str,
    Field(description="An entry's keyword, exactly.", examples=["日本武道館", "Nippon Budokan"]),
]
"""A keyword in an answer. It has no bounds, so that a client still reads a wiki whose rules were changed."""
StoredDescription = Annotated[
    str,
    Field(
        description="The entry's plain text.",
        examples=["日本武道館は東京都千代田区にある屋内競技場。", "Nippon Budokan is an indoor arena in Tokyo."],
    ),
]
StoredAliases = Annotated[
    tuple[str, ...],
    Field(description="Other words that link to the entry.", examples=[["武道館", "Budokan"], []]),
]
StoredSummary = Annotated[
    str,
    Field(description="What was changed and why, in its author's words.", examples=["収容人数を直した", ""]),
]
StoredName = Annotated[str, Field(description="A person's name in the wiki.", examples=["hanako", "梅田"])]
Seq = Annotated[
    int,
    Field(ge=0, description="The number of a change in the wiki's log: the order of everything.", examples=[7102]),
]
RevisionNumber = Annotated[
    int,
    Field(ge=1, description="The revision's number: 1 for the first, without holes.", examples=[3]),
]
Href = Annotated[
    str,
    Field(
        description="The entry's page: a path, or a whole address where the wiki knows its public one.",
        examples=["/keyword/%E6%97%A5%E6%9C%AC%E6%AD%A6%E9%81%93%E9%A4%A8"],
    ),
]
Position = Annotated[
    int,
    Field(ge=0, description="An offset into the text in Unicode code points.", examples=[5]),
]
