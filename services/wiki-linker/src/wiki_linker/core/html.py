r"""Where HTML holds text that may be linked.

A tokenizer of its own, for positions: html.parser reads broken markup differently from browsers (and from one Python
to the next), parsers that read it as browsers do (lexbor, html5lib) keep no offsets, and what they write back is no
longer the caller's own markup. This one follows the WHATWG HTML standard, section 13.2.5, as far as it concerns where
text begins and ends. What depends on the tree that a browser builds (13.2.6) is not guessed: where two readings are
possible, as in `<svg><style><a title="</style>">`, the rest of the document is taken to hold no text.
"""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from html.entities import html5
from typing import Final, Literal, NamedTuple

from wiki_linker.core.folding import CLOSED, Mapped

# Their content is text to the browser, whatever it looks like. (noscript's is, where scripts run.)
_RAW: Final = frozenset({"iframe", "noembed", "noframes", "noscript", "script", "style", "textarea", "title", "xmp"})
# What is inside is no place for a link: it is one already, is quoted literally, is a control, or is no HTML.
_SHELTERED: Final = _RAW | {
    "button",
    "code",
    "frameset",
    "kbd",
    "math",
    "plaintext",
    "pre",
    "samp",
    "select",
    "svg",
    "tt",
}
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Text in a table and outside its cells is moved before the table by a browser (foster parenting), blanks are not.
_CELLS: Final = frozenset({"caption", "td", "th"})
_TABLE: Final = frozenset({"table", "tbody", "tfoot", "thead", "tr"})
_STRUCTURE: Final = _CELLS | _TABLE | _HEADINGS | (_SHELTERED - _RAW) | {"a"}
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# Inside these the tree decides what begins a raw text.
_FOREIGN: Final = frozenset({"math", "select", "svg"})
_INTEGRATION: Final = frozenset({"annotation-xml", "desc", "foreignobject", "mi", "mn", "mo", "ms", "mtext", "title"})

_MARKUP: Final = re.compile("<[a-zA-Z/!?]")
_COMMENT: Final = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_TAG_NAME: Final = re.compile(r"<(/?)([a-zA-Z][^\t\n\f\r />]*)")
_BETWEEN_ATTRIBUTES: Final = re.compile(r"[\t\n\f\r /]+")
_ATTRIBUTE: Final = re.compile(
    r"""
    (?:=[^\t\n\f\r\ />=]*|[^\t\n\f\r\ />=]+)(?=[\t\n\f\r\ />=])
    (?:
        [\t\n\f\r\ ]*=[\t\n\f\r\ ]*(?:"[^"]*"|'[^']*'|[^\t\n\f\r\ >"'][^\t\n\f\r\ >]*|(?=>))
    |
        (?![\t\n\f\r\ ]*=)
    )
    """,
    re.VERBOSE,
)
_REFERENCE: Final = re.compile("&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);?")


class Token(NamedTuple):
    """A piece of HTML and where it is. `rest` is everything from where the reading is no longer certain.

    `name` is a tag's, in lower case; `empty` says that the tag ends with a slash.
    """

    kind: Literal["text", "open", "close", "rest"]
    start: int
    end: int
    name: str = ""
    empty: bool = False


def html_regions(html: str, *, in_headings: bool) -> Iterator[Mapped]:
    """The texts of `html` that may be linked, decoded, with their places in `html`."""
    shelter = Shelter(in_headings=in_headings)
    for token in html_tokens(html):
        if token.kind == "text":
            if not shelter.closed:
                yield decoded(html, token.start, token.end)
        else:
            shelter.see(token)


class Shelter:
    """Whether the place that was reached is inside an element that must not be linked.

    Tags are counted as they come: an element that is never closed shelters everything behind it.
    """

    def __init__(self, *, in_headings: bool) -> None:
        self._in_headings = in_headings
        self._open: Counter[str] = Counter()
        self._tables = 0
        self._outside_cells = False

    @property
    def closed(self) -> bool:
        """Whether no text may be linked here."""
        return bool(self._open) or self._outside_cells

    def see(self, token: Token) -> None:
        """Move on past a tag."""
        if token.name in _TABLE or token.name in _CELLS:
            self._see_table(token.name, opens=token.kind == "open")
            return
        # A link ends the link before it, and any heading's end tag ends any heading (HTML standard, 13.2.6.4.7).
        name = "heading" if token.name in _HEADINGS else token.name
        if token.kind == "open":
            if name == "a" or (name == "heading" and not self._in_headings):
                self._open[name] = 1
            elif name in _SHELTERED and not (token.empty and name in {"math", "svg"}):
                self._open[name] += 1
        elif self._open[name] > 1:
            self._open[name] -= 1
        else:
            del self._open[name]

    def _see_table(self, name: str, *, opens: bool) -> None:
        if name == "table":
            self._tables = self._tables + 1 if opens else max(0, self._tables - 1)
            self._outside_cells = opens
        else:
            self._outside_cells = self._tables > 0 and not (opens and name in _CELLS)


def decoded(html: str, start: int, end: int) -> Mapped:
    """The text that `html[start:end]` stands for; a character reference is linked whole or not at all."""
    if "&" not in html[start:end]:
        return Mapped(html[start:end], range(start, end + 1))
    parts: list[str] = []
    edges: list[int] = []
    position = start
    for reference in _REFERENCE.finditer(html, start, end):
        length = _reference_length(reference[0])
        if not length:
            continue
        meaning = unescape(reference[0][:length]) or "\ufffd"
        parts.append(html[position : reference.start()])
        parts.append(meaning)
        edges.extend(range(position, reference.start() + 1))
        edges.extend([CLOSED] * (len(meaning) - 1))
        position = reference.start() + length
    parts.append(html[position:end])
    edges.extend(range(position, end + 1))
    return Mapped("".join(parts), edges)


def _reference_length(text: str) -> int:
    """How much of what looks like a character reference is one: `&notit;` is `&not` and `it;`."""
    if text[1] == "#" or text[1:] in html5:
        return len(text)
    return next((length for length in range(min(len(text), 32), 2, -1) if text[1:length] in html5), 0)


def html_tokens(html: str) -> Iterator[Token]:
    """The texts and tags of `html`; comments, declarations and the contents of raw text elements are passed over."""
    return _Reader(html).read()


class _Reader:
    def __init__(self, html: str) -> None:
        self._html = html
        self._foreign: list[str] = []  # open elements, from an svg, math or select element on
        self._unsure = False  # whether those were not closed in order

    def read(self) -> Iterator[Token]:
        html, position = self._html, 0
        while position < len(html):
            markup = _MARKUP.search(html, position)
            start = markup.start() if markup else len(html)
            if start > position:
                yield Token("text", position, start)
            if markup is None:
                return
            token = self._tag(start)
            if token:
                yield token
                end = self._after(token)
            else:
                end = self._after_markup(start)
            if end is None:
                yield Token("rest", start, len(html))
                return
            position = end

    def _tag(self, start: int) -> Token | None:
        html = self._html
        name = _TAG_NAME.match(html, start)
        if name is None:
            return None
        position, empty = name.end(), False
        # One expression for all attributes would need possessive repetition, which fails with groups in it in some
        # versions of Python ("The span of capturing group is wrong").
        while not html.startswith(">", position):
            between = _BETWEEN_ATTRIBUTES.match(html, position)
            part = between or _ATTRIBUTE.match(html, position)
            if part is None:
                return None
            position = part.end()
            empty = between is not None and html[position - 1] == "/"
        return Token("close" if name[1] else "open", start, position + 1, name[2].lower(), empty)

    def _after_markup(self, start: int) -> int | None:
        """Where a comment, a declaration or a stray end ends: None if it does not, or may end elsewhere too."""
        html = self._html
        if html.startswith("<!--", start):
            comment = _COMMENT.match(html, start)
            return comment.end() if comment else None
        letter = html[start + 1 : start + 3]
        if letter[0].isalpha() or (letter[0] == "/" and letter[1:].isascii() and letter[1:].isalpha()):
            return None  # a tag without an end
        end = html.find(">", start) + 1
        if (
            html.startswith("<![CDATA[", start)
            and (self._foreign or self._unsure)
            and html.find("]]>", start) + 3 != end
        ):
            return None
        return end or None

    def _after(self, token: Token) -> int | None:
        """Where reading goes on behind a tag."""
        foreign = bool(self._foreign) or self._unsure
        self._keep_track(token)
        if token.kind == "close":
            return token.end
        if token.name in {"frameset", "plaintext"}:
            return None
        if token.name in _RAW:
            return self._after_raw(token, foreign=foreign)
        return token.end

    def _keep_track(self, token: Token) -> None:
        name = token.name
        if token.kind == "close":
            if self._foreign and self._foreign[-1] == name:
                self._foreign.pop()
            elif self._foreign:
                self._unsure = True
        elif self._foreign or name in _FOREIGN:
            if token.empty and name != "select":
                # Inside HTML inside SVG, a slash closes nothing.
                self._unsure |= not _INTEGRATION.isdisjoint(self._foreign)
            elif name not in _VOID:
                self._foreign.append(name)

    def _after_raw(self, token: Token, *, foreign: bool) -> int | None:
        end = re.compile(rf"</{token.name}(?=[\t\n\f\r />])", re.IGNORECASE).search(self._html, token.end)
        if end is None:
            return None
        content = self._html[token.end : end.start()]
        if foreign:
            certain = "<" not in content and not token.empty
        elif token.name == "script":
            # Inside <!-- a second <script> is content, and so is its end tag.
            certain = not re.search("<!--.*<script", content, re.IGNORECASE | re.DOTALL)
        elif token.name == "noscript":
            # With scripts it is text, without them markup.
            certain = all(inner.kind != "rest" and inner.name not in _STRUCTURE for inner in html_tokens(content))
        else:
            certain = True
        return end.start() if certain else None
