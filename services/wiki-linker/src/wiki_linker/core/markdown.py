"""Where Markdown holds text that may be linked, and how a link is set into it without changing the rest.

markdown-it-py reads the blocks (CommonMark 0.31) and says at each inline position which construct begins there and
where it ends; only plain text, escapes and character references are text here. A scanner of our own would have to know
all of that: indented code depends on the list around it, a bracket on the definitions at the end of the document.
"""

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any, Final

from markdown_it import MarkdownIt, rules_inline
from markdown_it.common.utils import isWhiteSpace
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from wiki_linker.core.folding import CLOSED, Mapped
from wiki_linker.core.html import Shelter, html_tokens
from wiki_linker.core.validation import InvalidText

_PARSER: Final = MarkdownIt("commonmark")
_RULES: Final = _PARSER.inline.ruler.getRules("")
_LINE_END: Final = re.compile("\r\n|\r|\n")
# Each bracket may look ahead some twenty levels deep: 10,000 of them take about a second.
_BRACKETS_MAX: Final = 10_000
_DELIMITERS: Final = "*_~"
# What a renderer with GitHub's extensions makes of plain text: web and mail addresses, footnotes, check boxes.
_OPAQUE: Final = re.compile(
    r"(?:https?|ftp)://[^\s\u3000<]+|www\.[^\s\u3000<]+|(?<![\w.+-])[\w.+-]++@[\w-]+[\w.-]*"
    r"|\[\^[^\]\s]{1,255}\](?![(\[])|\[[ x]\](?![(\[])",
    re.ASCII | re.IGNORECASE,
)
_CLOSING_SEQUENCE: Final = re.compile(r"[ \t]+#+$")
_TEXT_OR_BORDER: Final = re.compile(r"[^|]+|\|+")
_TABLE_RULE: Final = re.compile(r"[ \t|:-]+")


def markdown_regions(markdown: str, *, in_headings: bool) -> Iterator[Mapped]:
    """The texts of `markdown` that may be linked, escapes and references resolved, with their places in `markdown`.

    Raises:
        InvalidText: there are more than 10,000 opening brackets.
    """
    if markdown.count("[") > _BRACKETS_MAX:
        raise InvalidText("text", f"it has more than {_BRACKETS_MAX:,} opening brackets")
    lines = _lines(markdown)
    blocks: list[Token] = []
    env: dict[str, Any] = {}
    _PARSER.block.parse("\n".join(line for _, line in lines), _PARSER, env, blocks)
    shelter = Shelter(in_headings=in_headings)
    heading = False
    for block in blocks:
        if block.type in {"heading_open", "heading_close"}:
            heading = block.type == "heading_open"
        elif block.type == "html_block":
            if not _see_tags(shelter, block.content):
                return  # what follows may be the inside of a comment, a script or a tag
        elif block.type == "inline" and block.map:
            places = _places(block.content, lines[block.map[0] : block.map[1]])
            for region in _Inline(block.content, places, env, shelter).regions():
                if in_headings or not heading:
                    yield region


def markdown_gap(text: str) -> str:
    """The text between two links, so that what follows is read as a link: `!` before it would make it an image."""
    if text.endswith("!") and (len(text) - 1 - len(text[:-1].rstrip("\\"))) % 2 == 0:
        return text[:-1] + "\\!"
    return text


def _lines(markdown: str) -> list[tuple[int, str]]:
    lines: list[tuple[int, str]] = []
    position = 0
    for end in _LINE_END.finditer(markdown):
        lines.append((position, markdown[position : end.start()]))
        position = end.end()
    lines.append((position, markdown[position:]))
    return [(start, line.replace("\0", "\ufffd")) for start, line in lines]


def _see_tags(shelter: Shelter, html: str) -> bool:
    """Move past the tags in `html`; whether what they leave behind is certain."""
    for tag in html_tokens(html):
        if tag.kind == "rest":
            return False
        if tag.kind != "text":
            shelter.see(tag)
    return True


def _places(content: str, lines: Sequence[tuple[int, str]]) -> list[int]:
    """Where each character of a block's inline content is in the source: every line of it ends a line there."""
    places: list[int] = []
    for text, (offset, source) in zip(content.split("\n"), lines, strict=False):
        shown = text.lstrip(" \t")
        bare = source.rstrip()
        whole = next((s for s in (source, bare, _CLOSING_SEQUENCE.sub("", bare)) if s.endswith(shown)), None)
        places.extend([CLOSED] * (len(text) - len(shown)))
        if whole is None or _TABLE_RULE.fullmatch(shown):
            places.extend([CLOSED] * (len(shown) + 1))
        else:
            end = offset + len(whole)
            places.extend(range(end - len(shown), end + 1))
    return places


class _Inline:
    """The inline content of one block, read once from its start to its end."""

    def __init__(self, content: str, places: Sequence[int], env: dict[str, Any], shelter: Shelter) -> None:
        self._content = content
        self._places = places
        self._state = StateInline(content, _PARSER, env, [])
        self._references = bool(env.get("references"))
        self._shelter = shelter
        # Addresses become what ends a text anyway, the border of a table's cell (in case there are tables).
        self._masked = _OPAQUE.sub(lambda found: "|" * len(found[0]), content)
        self._text: list[str] = []
        self._edges: list[int] = []
        self._start = self._end = 0  # what of the content is in the two

    def regions(self) -> Iterator[Mapped]:
        """The texts that may be linked."""
        state = self._state
        while state.pos < state.posMax:
            start = state.pos
            rule = next((rule for rule in _RULES if rule(state, True)), None)
            if rule is None:
                state.pos = start + 1
                yield from self._single(start)
            elif rule is rules_inline.text:
                yield from self._plain(start, state.pos)
            elif (
                rule in {rules_inline.entity, rules_inline.escape}
                and self._content[start + 1] != "\n"
                and self._masked[start] != "|"
            ):
                self._character(start, state.pos)
            else:
                yield from self._flush()
                if rule is rules_inline.html_inline:
                    _see_tags(self._shelter, self._content[start : state.pos])
        yield from self._flush()

    def _single(self, position: int) -> Iterator[Mapped]:
        """A character that might have begun something and did not."""
        character, content = self._masked[position], self._content
        intraword = content[position - 1 : position].isalnum() and content[position + 1 : position + 2].isalnum()
        if character in "|[]<*~" or (character == "_" and not intraword):
            yield from self._flush()
            return
        self._add(character, position, position + 1)
        if character == "_":
            # Beside a link's bracket it would no longer be inside a word, and begin or end an emphasis.
            self._edges[-2] = CLOSED
        if character in "_\\":
            self._edges[-1] = CLOSED

    def _plain(self, start: int, end: int) -> Iterator[Mapped]:
        for part in _TEXT_OR_BORDER.finditer(self._masked, start, end):
            if part[0][0] == "|":
                yield from self._flush()
            else:
                self._add(part[0], part.start(), part.end())

    def _character(self, start: int, end: int) -> None:
        """A character in another spelling."""
        content = self._content
        if content[start] == "&":
            meaning = unescape(content[start:end])
        elif content[start + 1].isascii() and not content[start + 1].isalnum() and content[start + 1].isprintable():
            meaning = content[start + 1]
        else:  # a backslash that escapes nothing here, and would escape a link's bracket
            self._add(content[start:end], start, end)
            self._edges[-2] = CLOSED
            return
        self._add(meaning or "\ufffd", start, end)

    def _add(self, text: str, start: int, end: int) -> None:
        if not self._text:
            self._start = start
            self._edges = [self._places[start]]
        last = self._places[end - 1]
        inner = self._places[start + 1 : end] if len(text) == end - start else [CLOSED] * (len(text) - 1)
        self._edges.extend(inner)
        self._edges.append(last if last == CLOSED else last + 1)
        self._text.append(text)
        self._end = end

    def _flush(self) -> Iterator[Mapped]:
        """What was gathered, if it may be linked; and nothing is gathered any more."""
        if self._text and not self._shelter.closed:
            if self._closed_before(self._start):
                self._edges[0] = CLOSED
            if self._closed_after(self._end):
                self._edges[-1] = CLOSED
            yield Mapped("".join(self._text), self._edges)
        self._text, self._edges = [], []

    def _closed_before(self, position: int) -> bool:
        """Whether a link that begins here would change how the characters before it are read.

        Between a delimiter run and a link's bracket, CommonMark (6.2) sees punctuation: in は**東京**は neither run
        would make an emphasis any more. Beside white space both do.
        """
        before = position - 1
        if before >= 0 and self._content[before] == "]":
            return self._references
        return self._holds_run(before, -1)

    def _closed_after(self, position: int) -> bool:
        return self._holds_run(position, 1)

    def _holds_run(self, position: int, step: int) -> bool:
        """Whether a delimiter run from `position` in this direction ends at anything but white space."""
        content, end = self._content, position
        if not 0 <= position < len(content) or content[position] not in _DELIMITERS:
            return False
        while 0 <= end < len(content) and content[end] == content[position]:
            end += step
        return 0 <= end < len(content) and not isWhiteSpace(ord(content[end]))
