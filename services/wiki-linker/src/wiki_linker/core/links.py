"""What a matched surface links to."""

from dataclasses import dataclass, field
from typing import Final

from markupsafe import escape

from wiki_linker.core.hrefs import href_of

LINE_BREAK: Final = "<br />\n"


@dataclass(eq=False, slots=True)
class Link:
    """One surface (a keyword or an alias) that links to one entry under one keyword, from an event to another.

    Links are told apart by identity: deleting a keyword and adding it again gives another link. `anchor` is made at the
    first use, for most of a large wiki's links never come up.
    """

    surface: str
    entry_id: int
    keyword: str
    _anchor: str | None = field(default=None, init=False, repr=False)

    @property
    def href(self) -> str:
        """The page of the entry's keyword, also where the surface is an alias."""
        return href_of(self.keyword)

    @property
    def anchor(self) -> str:
        """`<a href="...">surface</a>`, escaped."""
        if self._anchor is None:
            self._anchor = f'<a href="{self.href}">{with_line_breaks(str(escape(self.surface)))}</a>'
        return self._anchor


def with_line_breaks(html: str) -> str:
    r"""`html` with `<br />\n` for every line end: `\r\n`, `\r` or `\n`."""
    if "\r" in html:
        html = html.replace("\r\n", "\n").replace("\r", "\n")
    return html.replace("\n", LINE_BREAK)
