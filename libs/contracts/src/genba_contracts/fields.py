"""What the requests and responses of every service share: base models, kinds of text, pages, points in time.

Every length is counted in Unicode code points, whatever the encoding of the message.
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

PAGE_LIMIT_DEFAULT: Final = 50
"""Items in a page of a list, where the caller does not say."""
PAGE_LIMIT_MAX: Final = 500
_FIELDS_MAX: Final = 50

_CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff"
_BIDI: Final = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
LINE_PATTERN: Final = rf"^[^\s{_CONTROL}{_BIDI}]([^{_CONTROL}{_BIDI}]*[^\s{_CONTROL}{_BIDI}])?$"
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
    LINE_PATTERN,
    "It must be one line without control and bidirectional formatting characters, and no white space at either end",
)
PLAIN: Final = Fitting(TEXT_PATTERN, "Tabs and line ends must be its only control characters")
SAYING: Final = Fitting(
    SAYING_PATTERN, "It must be more than white space, and tabs and line ends must be its only control characters"
)


def path_segment(text: str) -> str:
    """Give the one spelling of `text` as a path segment: every byte outside RFC 3986's unreserved set encoded.

    `.` and `..` become `%2E` and `%2E%2E`, so that a path with them is not shortened on its way.

    Raises:
        UnicodeEncodeError: The text holds a lone surrogate, which no URL can carry.
    """
    if text in {".", ".."}:
        return text.replace(".", "%2E")
    return quote(text, safe="")


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


Timestamp = Annotated[
    AwareDatetime,
    Field(description="A point in time, RFC 3339 in UTC.", examples=["2026-04-18T09:30:00Z"]),
]
NextCursor = Annotated[
    str | None,
    Field(description="Send it as `cursor` for the next page; null on the last one.", examples=["czo3MTAx", None]),
]
