"""What linking means, in the plainest words: one regular expression, and characters escaped one by one."""

import re
from collections.abc import Iterable, Mapping

UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}


def alternation(surfaces: Iterable[str]) -> re.Pattern[str]:
    """The alternation of all escaped surfaces, sorted longest first."""
    longest_first = sorted(surfaces, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) if longest_first else "(?!)")


def reference_spans(text: str, surfaces: Iterable[str]) -> list[tuple[int, int]]:
    return [match.span() for match in alternation(surfaces).finditer(text)]


def reference_html(text: str, targets: Mapping[str, str], pattern: re.Pattern[str] | None = None) -> str:
    """The text as HTML, with every mention of a surface linked to the keyword that it maps to."""
    parts = []
    position = 0
    for match in (pattern or alternation(targets)).finditer(text):
        surface = match.group()
        parts.append(plain(text[position : match.start()]))
        parts.append(f'<a href="{reference_href(targets[surface])}">{plain(surface)}</a>')
        position = match.end()
    parts.append(plain(text[position:]))
    return "".join(parts)


def plain(text: str) -> str:
    return "<br />\n".join("".join(ESCAPES.get(char, char) for char in line) for line in re.split("\r\n|\r|\n", text))


def reference_href(keyword: str) -> str:
    if keyword in {".", ".."}:
        return f"/keyword/?keyword={keyword}"
    return "/keyword/" + "".join(chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in keyword.encode())
