"""The words that the wiki's requests and responses share: their bounds, their patterns, and how a keyword is a path.

Every length is counted in Unicode code points and every offset is one too, whatever the encoding of the message.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function

KEYWORD_MAX: Final = 255
"""Code points in a keyword. MediaWiki allows 255 bytes, so every title of a dump fits."""
DESCRIPTION_MAX: Final = 300_000
"""Code points in a description: 900 kB of Japanese in UTF-8, inside the body limit of 1 MiB."""
SUMMARY_MAX: Final = 500
ALIASES_MAX: Final = 50
USER_NAME_MAX: Final = 64
PASSWORD_MIN: Final = 1
PASSWORD_MAX: Final = 1_024
PAGE_LIMIT_DEFAULT: Final = 50
PAGE_LIMIT_MAX: Final = 500
QUERY_MAX: Final = 200
EXCLUDE_MAX: Final = 10_000
_FIELDS_MAX: Final = 50
LINK_TEXT_MAX: Final = 1_000_000
"""Code points in one text to link; the body limit of 1 MiB (or the line limit of a batch) usually comes first."""

_CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff"
_BIDI: Final = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
KEYWORD_PATTERN: Final = rf"^[^\s{_CONTROL}{_BIDI}]([^{_CONTROL}{_BIDI}]*[^\s{_CONTROL}{_BIDI}])?$"
"""One line without control or bidirectional formatting characters, and no white space at either end."""
_NOT_IN_TEXT: Final = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff"
TEXT_PATTERN: Final = rf"^[^{_NOT_IN_TEXT}]*$"
"""Any text in which tab, line feed and carriage return are the only control characters: what XML 1.0 can carry."""
_BLANK: Final = r"\t\n\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# Begins with blanks alone, so that no character can be read in two ways: with any text there, a fault at the end of
# 300,000 characters took 40 s to find.
SAYING_PATTERN: Final = rf"^[{_BLANK}]*[^{_BLANK}{_NOT_IN_TEXT}][^{_NOT_IN_TEXT}]*$"
"""Such a text that is not white space alone."""


@dataclass(frozen=True)
class Fitting:
    """Has a string match a pattern, and says `rule` where it does not.

    Said by pydantic it would be the pattern itself, in which few can read what is wrong. Schemas have the pattern.
    """

    pattern: str
    rule: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        matches = re.compile(self.pattern).fullmatch

        def check(text: str) -> str:
            if matches(text) is None:
                raise PydanticCustomError("text", "{rule}", {"rule": self.rule})
            return text

        return no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern}


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def at_most(most: int) -> BeforeValidator:
    """Have a list that is too long refused before each of its items is: a fault for every one takes seconds to make."""

    def check(items: object) -> object:
        if isinstance(items, list | tuple) and len(items) > most:
            raise PydanticCustomError("too_long", "It must have at most {most} items", {"most": most})
        return items

    return BeforeValidator(check)


WHOLE: Final = BeforeValidator(_whole)
"""JSON has one kind of number: 5.0 is the integer 5."""
ONE_LINE: Final = Fitting(
    KEYWORD_PATTERN,
    "It must be one line without control and bidirectional formatting characters, and no white space at either end",
)
PLAIN: Final = Fitting(TEXT_PATTERN, "Tabs and line ends must be its only control characters")
SAYING: Final = Fitting(
    SAYING_PATTERN, "It must be more than white space, and tabs and line ends must be its only control characters"
)


def path_segment(keyword: str) -> str:
    """Give the one spelling of `keyword` as a path segment: every byte outside RFC 3986's unreserved set encoded.

    `.` and `..` become `%2E` and `%2E%2E`, so that a path with them is not shortened on its way.

    Raises:
        UnicodeEncodeError: The keyword holds a lone surrogate, which no URL can carry.
    """
    if keyword in {".", ".."}:
        return keyword.replace(".", "%2E")
    return quote(keyword, safe="")


class Wire(BaseModel):
    """What a service answers: unknown fields are passed over, so that an older client reads a newer service."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WireRequest(BaseModel):
    """What a service is asked.

    Unknown fields are refused, so that a misspelt option is not silently without effect, and so is what only resembles
    a field's type: `"false"` is no boolean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_crowds(cls, fields: Any) -> Any:
        """A fault for each of 70,000 unknown fields, as fit into 1 MiB, would take a second to make."""
        if isinstance(fields, dict) and len(fields) > _FIELDS_MAX:
            raise PydanticCustomError("crowd", "It must have at most {most} fields", {"most": _FIELDS_MAX})
        return fields


def examples(*bodies: dict[str, Any]) -> dict[str, Any]:
    """Give the `json_schema_extra` that puts whole bodies into OpenAPI as examples."""
    return {"examples": list(bodies)}


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
Timestamp = Annotated[
    AwareDatetime,
    Field(description="A point in time, RFC 3339 in UTC.", examples=["2026-04-18T09:30:00Z"]),
]
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
NextCursor = Annotated[
    str | None,
    Field(description="Send it as `cursor` for the next page; null on the last one.", examples=["czo3MTAx", None]),
]
Position = Annotated[
    int,
    Field(ge=0, description="An offset into the text in Unicode code points.", examples=[5]),
]
