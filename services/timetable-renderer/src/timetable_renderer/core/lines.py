"""Breaking text into lines as Japanese is set, and shortening what is too long.

Where a line may end follows the line-start and line-end prohibition rules (kinsoku) of JIS X 4051:2004, 6.1, and
"Requirements for Japanese Text Layout" (https://www.w3.org/TR/jlreq/#line_breaking_rules): between any two Japanese
characters but those; Latin words stay whole. What a reader takes for one character is never taken apart.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from timetable_renderer.core.clusters import clusters

Measure: TypeAlias = Callable[[str], float]
"""Width of a line of text."""

ELLIPSIS: Final = "…"
NOT_AT_START: Final = frozenset(
    # closing brackets, full stops and commas, middle dots, dividing marks
    "’”)〕]}〉》」』】｠〙〗»〟）］｝｣、，。．｡､・：；/／･‐゠–〜～!?！？‼⁇⁈⁉:;,."
    # iteration marks, the long vowel mark, small kana
    "ヽヾゝゞ々〻ーｰぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶｧｨｩｪｫｯｬｭｮㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
    # units that follow a number, and the sound marks of half-width kana
    "°′″℃％‰%ﾞﾟ…‥"
    # not in the standard: names of acts end with these
    "☆★♡♥❤♪♬"
)
NOT_AT_END: Final = frozenset("‘“(〔[{〈《「『【｟〘〖«〝（［｛｢￥＄￡＃№$£¥#")
_INSEPARABLE: Final = frozenset("—―…‥〳〴〵")

_LITTLE: Final = 0.4
"""The share of a line's width that a last line should have at the least."""
_LOOSE: Final = (1.15, 1.4)

# East Asian scripts whose characters stand alone: what may be broken between.
_IDEOGRAPHIC: Final = re.compile("[\u2e80-\u312f\u3190-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff9f]")


def may_break(before: str, after: str) -> bool:
    """May a line end between these two clusters?"""
    if after == " " or after[0] in NOT_AT_START:
        return False
    if before == " ":
        return True
    last, first = before[0], after[0]
    if last in NOT_AT_END or (last in _INSEPARABLE and first == last):
        return False
    if last in "-/" or last in NOT_AT_START:
        # After a mark that ends something, unless it stands in the midst of a word or number: it's, 1.5, C/W.
        return not (first.isascii() and first.isalnum() and last.isascii())
    return bool(_IDEOGRAPHIC.match(last) or _IDEOGRAPHIC.match(first)) or not (last.isalnum() or first.isalnum())


def break_lines(text: str, width: float, most: int, measure: Measure) -> list[str]:
    """The text in at most so many lines, none wider than `width`; what does not fit ends with an ellipsis.

    White space is taken for single spaces. A word that is wider than a line is broken anywhere between clusters. A
    line of one cluster alone may be wider. Little is never left alone in the last line: all lines are shorter then.
    """
    rest = text if text.isprintable() and "  " not in text else " ".join(text.split())
    rest = rest.strip(" ")
    if not rest:
        return []
    whole = measure(rest)
    if whole <= width:
        return [rest]
    lines = _filled(rest, width, most, measure)
    if len(lines) > 1 and not lines[-1].endswith(ELLIPSIS) and measure(lines[-1]) < _LITTLE * width:
        for loose in _LOOSE:
            even = _filled(rest, min(width, whole / len(lines) * loose), most, measure)
            if len(even) == len(lines) and not even[-1].endswith(ELLIPSIS) and max(map(measure, even)) <= width:
                return even
    return lines


def _filled(rest: str, width: float, most: int, measure: Measure) -> list[str]:
    """Each line as full as it can be."""
    lines: list[str] = []
    while rest:
        if len(lines) == most - 1:
            return [*lines, shorten(rest, width, measure)]
        if lines and measure(rest) <= width:
            return [*lines, rest]
        parts = clusters(rest)
        fits = max(1, _most_that_fit(parts, width, measure))
        end = next(
            (end for end in range(fits, 0, -1) if end < len(parts) and may_break(parts[end - 1], parts[end])), fits
        )
        lines.append("".join(parts[:end]).rstrip(" "))
        rest = "".join(parts[end:]).lstrip(" ")
    return lines


def shorten(text: str, width: float, measure: Measure) -> str:
    """The text itself if it is no wider, else as much of it as fits before an ellipsis; at the least that alone."""
    if measure(text) <= width:
        return text
    parts = clusters(text)
    fits = _most_that_fit(parts, width, measure, ELLIPSIS)
    return "".join(parts[:fits]).rstrip(" ") + ELLIPSIS


def _most_that_fit(parts: Sequence[str], width: float, measure: Measure, end: str = "") -> int:
    """How many clusters fit, found by halving: as few measurements as can be, each of a whole line."""
    low, high = 0, len(parts)
    while high - low > 1:
        middle = (low + high) // 2
        if measure("".join(parts[:middle]) + end) <= width:
            low = middle
        else:
            high = middle
    return low
