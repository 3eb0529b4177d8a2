"""What a reader sees as one character: a letter with its marks, an emoji with its modifiers (UAX #29, UTS #51)."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

TEXT_STYLE: Final = "\ufe0e"
EMOJI_STYLE: Final = "\ufe0f"
JOINER: Final = "\u200d"
_KEYCAP: Final = "\u20e3"

_SELECTORS: Final = frozenset({TEXT_STYLE, EMOJI_STYLE, JOINER})
_FLAG: Final = "[\U0001f1e6-\U0001f1ff]"
_SKIN: Final = "[\U0001f3fb-\U0001f3ff]"
_TAG: Final = "[\U000e0020-\U000e007f]"
# Combining marks of the scripts whose fonts place them, selectors, and what hangs on an emoji.
_EXTEND: Final = (
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f"
    f"\U000e0100-\U000e01ef]|{_SKIN}|{_TAG}"
)
_CLUSTER: Final = re.compile(f"{_FLAG}{_FLAG}|.(?:{_EXTEND}|{JOINER}(?:(?!{_EXTEND}).)?)*", re.DOTALL)
_COMPOSABLE: Final = re.compile("[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]+")


def clean(text: str) -> str:
    """A line as it can be set: marks joined to their letters, tabs and breaks as spaces, controls left out.

    Only letters with marks are composed: NFC over everything would change the characters of names (U+FA19, 神 in its
    old form, would become U+795E).
    """
    if text.isascii() and text.isprintable():
        return text
    text = _COMPOSABLE.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    if text.isprintable():
        return text
    return "".join(kept for character in text if (kept := _settable(character)))


@lru_cache(maxsize=4096)
def _settable(character: str) -> str:
    if character == JOINER or "\U000e0020" <= character <= "\U000e007f":
        return character
    kind = unicodedata.category(character)
    if kind in {"Zs", "Zl", "Zp"}:
        return "\u3000" if character == "\u3000" else " "
    if character in "\t\n\r\v\f":
        return " "
    # Cc, Cf: controls, marks of direction. Cs: halves of surrogate pairs, which no font or encoder takes.
    return "" if kind in {"Cc", "Cf", "Cs"} else character


def clusters(text: str) -> list[str]:
    """The characters of a line as a reader counts them."""
    return _CLUSTER.findall(text)


def essential(cluster: str) -> str:
    """A cluster without the selectors and joiners that have no shape of their own."""
    kept = "".join(character for character in cluster if character not in _SELECTORS and not _is_variation(character))
    return kept or " "


def _is_variation(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def wants_emoji(cluster: str) -> bool:
    """Is a cluster meant as an emoji: by a selector, a joiner, a modifier, or as a flag?"""
    return any(
        character in {EMOJI_STYLE, JOINER, _KEYCAP}
        or "\U0001f1e6" <= character <= "\U0001f1ff"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        for character in cluster
    )
