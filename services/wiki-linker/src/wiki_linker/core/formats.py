"""Linking of any text: plain text, HTML or Markdown, with options."""

from collections.abc import Callable, Iterable
from typing import Final

from markupsafe import escape

from wiki_linker.core.folding import CLOSED, Folding, Mapped
from wiki_linker.core.html import html_regions
from wiki_linker.core.links import with_line_breaks
from wiki_linker.core.markdown import markdown_gap, markdown_regions
from wiki_linker.core.options import Accept, Finder, Linked, LinkOptions, Quota, Span, filters

Write = Callable[[str], str]


def link_text(text: str, options: LinkOptions, finder: Finder) -> Linked:
    """`text` with its mentions as links, and where they are.

    `finder` is a view of the wiki's links: a folded one exactly if `options` ignores case or width (`folding_of`).
    Plain text comes out as HTML, escaped, with `<br />` for line ends. HTML comes out as it was, byte for byte, with
    links added: it is not made safe, only the links are. Markdown comes out as Markdown, for the caller to render.

    Raises:
        ValueError: the text holds a lone surrogate (as UnicodeEncodeError).
        InvalidText: Markdown with more than 10,000 opening brackets.
    """
    folding = folding_of(options)
    fold = folding.fold if folding else str
    gap = _GAPS[options.format]
    quota = Quota(options)
    parts: list[str] = []
    spans: list[Span] = []
    position = 0
    accept = filters(options, fold)
    for region in _regions(text, options):
        if quota.spent:
            break
        for first, last, link in quota.take(finder.find(region.text, _open_edges(region, accept(region.text)))):
            start, end = region.edges[first], region.edges[last]
            parts.append(gap(text[position:start]))
            href = link.href
            parts.append(_anchor(text[start:end], href, options))
            spans.append(Span(start, end, link.keyword, href, region.text[first:last]))
            position = end
    parts.append(gap(text[position:]) if options.format != "markdown" else text[position:])
    return Linked("".join(parts), tuple(spans))


def folding_of(options: LinkOptions) -> Folding | None:
    """What kind of folded view `options` needs; None if mentions are exact."""
    if options.ignore_case or options.ignore_width:
        return Folding(case=options.ignore_case, width=options.ignore_width)
    return None


def _regions(text: str, options: LinkOptions) -> Iterable[Mapped]:
    if options.format == "html":
        return html_regions(text, in_headings=options.in_headings)
    if options.format == "markdown":
        return markdown_regions(text, in_headings=options.in_headings)
    return [Mapped(text, range(len(text) + 1))]


def _open_edges(region: Mapped, accept: Accept) -> Accept:
    """`accept`, and no mention that begins or ends where the region does not let it."""
    edges, edge = region.edges, accept.edge
    if isinstance(edges, range):
        return accept
    if edge is None:
        return Accept(accept.link, lambda place: edges[place] != CLOSED)
    return Accept(accept.link, lambda place: edges[place] != CLOSED and edge(place))


def _anchor(surface: str, href: str, options: LinkOptions) -> str:
    if options.format == "markdown":
        return f"[{surface}]({href})"
    inner = surface if options.format == "html" else _escaped(surface)
    return f'<a href="{href}">{inner}</a>'


def _escaped(text: str) -> str:
    return with_line_breaks(str(escape(text)))


_GAPS: Final[dict[str, Write]] = {"text": _escaped, "html": str, "markdown": markdown_gap}
