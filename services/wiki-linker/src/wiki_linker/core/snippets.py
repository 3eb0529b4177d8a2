"""A few words of a text around what was looked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_WIDTH: Final = 160  # code points: two lines on a phone in Japanese, two on a desk in English
_LEAD: Final = 40
_BLANKS: Final = re.compile(r"\s+")
_MARK: Final = "…"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One line of text, and where in it (start, end in code points) the terms stand."""

    text: str
    highlights: tuple[tuple[int, int], ...]


def make_snippet(text: str, terms: Sequence[str]) -> Snippet:
    """The part of `text` around the first of `terms` (any case), or its start; white space is made single blanks.

    Cut ends are marked with an ellipsis.
    """
    pattern = _any_of(terms)
    found = pattern.search(text) if pattern else None
    first = found.start() if found else 0
    # A little more than is shown, since runs of white space shrink.
    start = max(0, first - 2 * _LEAD)
    piece = _BLANKS.sub(" ", text[start : first + 4 * _WIDTH])
    found = pattern.search(piece) if pattern else None
    first = found.start() if found else 0
    begin = max(0, first - _LEAD)
    end = min(len(piece), begin + _WIDTH)
    head = _MARK if start or begin else ""
    tail = _MARK if end < len(piece) or len(text) > first + start + 4 * _WIDTH else ""
    shown = head + piece[begin:end].strip() + tail
    marks = [match.span() for match in pattern.finditer(shown)] if pattern else []
    return Snippet(shown, tuple(marks))


def _any_of(terms: Sequence[str]) -> re.Pattern[str] | None:
    words = sorted({term for term in terms if term}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
