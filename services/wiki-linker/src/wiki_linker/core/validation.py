"""What may be stored: the same rules for every way in.

Line ends are stored as they come; everything else that cannot be seen and changes how text reads is refused, so that
two keywords that look alike are alike as far as that can be told without a table of look-alikes.
"""

import re
from typing import Final

KEYWORD_MAX: Final = 255
"""Code points in a keyword. MediaWiki allows 255 bytes, so every title of a dump fits."""
DESCRIPTION_MAX: Final = 300_000
"""Code points in a description: 900 kB of Japanese in UTF-8."""
ALIASES_MAX: Final = 50

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BIDI: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_TEXT_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class InvalidText(ValueError):
    """A text that cannot be stored: `field` says which, `reason` what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def check_keyword(keyword: str, field: str = "keyword") -> str:
    """The keyword without white space at its ends.

    Raises:
        InvalidText: it is empty, longer than 255 code points, or has lone surrogates, control characters, line breaks
            or bidirectional formatting characters.
    """
    keyword = keyword.strip()
    if not keyword:
        raise InvalidText(field, "is empty")
    if len(keyword) > KEYWORD_MAX:
        raise InvalidText(field, f"has {len(keyword):,} characters; {KEYWORD_MAX} are allowed")
    for pattern, what in (
        (_SURROGATE, "half of a character (a lone surrogate)"),
        (_CONTROL, "a control character or a line break"),
        (_BIDI, "an invisible character that changes the direction of text"),
    ):
        if pattern.search(keyword):
            raise InvalidText(field, f"has {what}")
    return keyword


def check_aliases(aliases: tuple[str, ...]) -> tuple[str, ...]:
    """The aliases, each as a keyword.

    Raises:
        InvalidText: one of them could not be a keyword, or there are more than fifty.
    """
    if len(aliases) > ALIASES_MAX:
        raise InvalidText("aliases", f"are {len(aliases)}; {ALIASES_MAX} are allowed")
    return tuple(check_keyword(alias, "aliases") for alias in aliases)


def check_description(description: str) -> str:
    """The description as it is.

    Raises:
        InvalidText: it is blank, longer than 300,000 code points, or has lone surrogates or control characters other
            than tabs and line ends.
    """
    if not description or description.isspace():
        raise InvalidText("description", "is empty")
    if len(description) > DESCRIPTION_MAX:
        raise InvalidText("description", f"has {len(description):,} characters; {DESCRIPTION_MAX:,} are allowed")
    if _SURROGATE.search(description):
        raise InvalidText("description", "has half of a character (a lone surrogate)")
    if found := _TEXT_CONTROL.search(description):
        raise InvalidText("description", f"has a control character (U+{ord(found[0]):04X})")
    return description
