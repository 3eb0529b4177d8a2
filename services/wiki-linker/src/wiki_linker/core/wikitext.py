"""MediaWiki's wikitext as plain text: what a reader would see of the prose.

An approximation: wikitext has no grammar, and templates stand for text that is not in the page. Every step takes time
in proportion to the length of the page, whatever is in it.
"""

import re
from html import unescape
from typing import Final

# What stands inside is not prose.
_DROPPED: Final = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<tag>ref|references|gallery|math|timeline|score|syntaxhighlight|source|imagemap|templatestyles)\b"
    r"(?:[^<>]*/>|[^<>]*>.*?(?:</(?P=tag)\s*>|\Z))",
    re.DOTALL | re.IGNORECASE,
)
_LITERAL: Final = re.compile(r"<(nowiki|pre)\b(?:[^<>]*[^<>/])?>(.*?)(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_BRACKET: Final = re.compile(r"\{\{|\}\}|\[\[|\]\]|(?m:^[ \t:*]*\{\|)|(?m:^[ \t]*\|\}(?!\}))")
_OPENING: Final = {"{{": "}}", "[[": "]]", "{|": "|}"}
_DEEPEST: Final = 40  # brackets in brackets; each level copies what is inside it once more
_NAMESPACED: Final = re.compile(
    r"\s*(?:(?i:file|image|media|category|ファイル|画像|メディア|カテゴリ)|[a-z]{2,3}(?:-[a-z]+)*)\s*:"
)
_EXTERNAL: Final = re.compile(r"\[(?:https?:)?//[^\s\[\]]++(?:[ \t]++([^\[\]\n]*+))?\]")
_BREAK: Final = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>\n]{0,1000}>")
_QUOTES: Final = re.compile(r"'{2,}")
_SWITCH: Final = re.compile(r"__[A-Z]{3,20}__")
# Stand-ins for literal text while markup is taken out: no XML document can hold these.
_OPEN_LITERAL, _CLOSE_LITERAL = "\x02", "\x03"


def plain_text(wikitext: str) -> str:
    """The prose of `wikitext`.

    Templates, tables, references, files and categories go; links, headings and quotes leave their words; list marks
    stay. Brackets that are never closed stay as they are written.
    """
    literals: list[str] = []

    def keep(found: re.Match[str]) -> str:
        literals.append(found[2])
        return f"{_OPEN_LITERAL}{len(literals) - 1}{_CLOSE_LITERAL}"

    text = _DROPPED.sub("", _LITERAL.sub(keep, wikitext))
    text = _without_brackets(text)
    text = _EXTERNAL.sub(lambda found: found[1] or "", text)
    text = _TAG.sub("", _BREAK.sub("\n", text))
    text = _lines(_SWITCH.sub("", _QUOTES.sub("", text)))
    text = unescape(text)
    return re.sub("\x02([0-9]+)\x03", lambda found: unescape(literals[int(found[1])]), text).strip()


def _lines(text: str) -> str:
    """The lines without the marks of headings, with at most one blank line between two others."""
    lines: list[str] = []
    for line in text.split("\n"):
        bare = line.rstrip()
        if bare.startswith("=") and bare.endswith("="):
            bare = bare.strip("= \t")
        if bare or (lines and lines[-1]):
            lines.append(bare)
    return "\n".join(lines)


def _without_brackets(text: str) -> str:
    """Templates and tables taken out, links replaced by their words, however deep they are nested."""
    done: list[str] = []
    opened: list[tuple[str, int]] = []  # what closes it, and where in `done` it begins
    position = 0
    for found in _BRACKET.finditer(text):
        done.append(text[position : found.start()])
        position = found.end()
        bracket = found[0].strip(" \t:*\n")
        if bracket in _OPENING and len(opened) < _DEEPEST:
            opened.append((_OPENING[bracket], len(done)))
            done.append(found[0])
        elif opened and opened[-1][0] == bracket:
            _, start = opened.pop()
            inner = "".join(done[start + 1 :])
            del done[start:]
            if bracket == "]]":
                done.append(_words_of_link(inner))
        else:
            done.append(found[0])
    done.append(text[position:])
    return "".join(done)


def _words_of_link(inner: str) -> str:
    target, _, words = inner.partition("|")
    if _NAMESPACED.match(target):
        return ""
    return (words or target).removeprefix(":").strip()
