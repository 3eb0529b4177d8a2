"""What the wiki stores and what it refuses, whatever way a text comes in.

Nothing is corrected: a keyword is its exact characters, so whoever saved one finds it under what they sent. Refused is
what cannot be told apart from something else by eye (white space at an end, bidirectional formatting), what an Atom
feed cannot carry (XML 1.0, section 2.2: most control characters, U+FFFE, U+FFFF), and what UTF-8 cannot (surrogates).
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

KEYWORD_MAX: Final = 255
"""Code points in a keyword. MediaWiki allows 255 bytes, so every title of a dump fits."""
SUMMARY_MAX: Final = 500
DESCRIPTION_MAX: Final = 300_000
"""Code points in a description: 900 kB of Japanese in UTF-8, inside the body limit of 1 MiB."""
USER_NAME_MAX: Final = 64
ALIASES_MAX: Final = 50

_UNSTORABLE: Final = "\ud800-\udfff\ufffe\uffff"
_NOT_IN_TEXT: Final = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f{_UNSTORABLE}]")
_NOT_IN_LINE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029"
    # Marks, embeddings, overrides and isolates (Unicode UAX 9, section 2), and the byte order mark.
    f"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff{_UNSTORABLE}]"
)


class InvalidText(Exception):
    """A text that cannot be stored: `reason` completes a sentence about `field`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def check_keyword(keyword: str, *, field: str = "keyword") -> str:
    """The keyword (or alias) as given.

    Raises:
        InvalidText: it is empty or invisible, longer than `KEYWORD_MAX`, has white space at an end, or holds a line
            end, a control or bidirectional formatting character, a surrogate or U+FFFE/U+FFFF.
    """
    return _check_line(keyword, field, KEYWORD_MAX)


def check_user_name(name: str, *, field: str = "name") -> str:
    """The name as given: the rules of keywords, with at most `USER_NAME_MAX` code points.

    Raises:
        InvalidText: it breaks a rule.
    """
    return _check_line(name, field, USER_NAME_MAX)


def check_aliases(keyword: str, aliases: Iterable[str], *, field: str = "aliases") -> tuple[str, ...]:
    """The aliases in their order, without repetitions and without the keyword itself.

    Raises:
        InvalidText: one breaks a rule of keywords, or there are more than `ALIASES_MAX`.
    """
    kept = tuple(dict.fromkeys(check_keyword(alias, field=field) for alias in aliases if alias != keyword))
    if len(kept) > ALIASES_MAX:
        raise InvalidText(field, f"there are {len(kept):,} of them, of at most {ALIASES_MAX}")
    return kept


def check_description(description: str, *, field: str = "description") -> str:
    """The text as given: tabs and line ends are its only control characters.

    Raises:
        InvalidText: it is blank or longer than `DESCRIPTION_MAX`, or holds another control character, a surrogate or
            U+FFFE/U+FFFF.
    """
    _check_length(description, field, DESCRIPTION_MAX)
    _check_characters(description, field, _NOT_IN_TEXT)
    if description.isspace():
        raise InvalidText(field, "it is blank")
    return description


def check_summary(summary: str, *, field: str = "summary") -> str:
    """What was changed and why, as given: the rules of descriptions, with at most `SUMMARY_MAX` code points or none.

    Raises:
        InvalidText: it breaks a rule.
    """
    if summary:
        _check_length(summary, field, SUMMARY_MAX)
        _check_characters(summary, field, _NOT_IN_TEXT)
    return summary


def _check_line(text: str, field: str, most: int) -> str:
    _check_length(text, field, most)
    _check_characters(text, field, _NOT_IN_LINE)
    if text[0].isspace() or text[-1].isspace():
        raise InvalidText(field, "it begins or ends with white space")
    if all(unicodedata.category(character) == "Cf" for character in text):
        raise InvalidText(field, "nothing of it can be seen")
    return text


def _check_length(text: str, field: str, most: int) -> None:
    if not text:
        raise InvalidText(field, "it is empty")
    if len(text) > most:
        raise InvalidText(field, f"it has {len(text):,} characters, of at most {most:,}")


def _check_characters(text: str, field: str, refused: re.Pattern[str]) -> None:
    found = refused.search(text)
    if found:
        character = found[0]
        name = unicodedata.name(character, "a control character" if character < "\ud800" else "not a character")
        raise InvalidText(field, f"it holds U+{ord(character):04X} ({name.lower()}) at position {found.start()}")
