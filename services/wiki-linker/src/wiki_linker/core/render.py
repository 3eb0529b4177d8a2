"""A text with its mentions as links, as HTML."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from wiki_linker.core.index import LinkView, Match
from wiki_linker.core.links import Link, with_line_breaks

# Joins the gaps between links while they are escaped in one go (31 µs an article; 45 µs with a call for each gap).
# No text can hold it: it is a lone surrogate, which matching refuses.
_GAP: Final = "\ud800"


class Rendered(NamedTuple):
    """A rendered text and the links in it: what a cached page needs to know to stay exact."""

    html: Markup
    links: frozenset[Link]


def render_text(text: str, view: LinkView) -> Rendered:
    r"""`text` as HTML: every mention is a link, everything is escaped, and a line end is `<br />\n`.

    The matched surface stands as it is in the text; a link leads to its entry's keyword. An entry's own keyword is
    linked in its own text too.

    Raises:
        ValueError: the text holds a lone surrogate (as UnicodeEncodeError).
    """
    return render_matches(text, view.find(text))


def render_matches(text: str, matches: Iterable[Match]) -> Rendered:
    """`text` as HTML with these matches, in order and apart, as links; otherwise as `render_text` does it."""
    links = []
    gaps = []
    position = 0
    for start, end, link in matches:
        gaps.append(text[position:start])
        links.append(link)
        position = end
    gaps.append(text[position:])
    parts = [""] * (2 * len(links) + 1)
    parts[::2] = with_line_breaks(str(escape(_GAP.join(gaps)))).split(_GAP)
    parts[1::2] = [link.anchor for link in links]
    return Rendered(Markup("".join(parts)), frozenset(links))  # noqa: S704  # every part was escaped above
