"""The templates of a service's pages, and the frame that stands around every page.

    templates = make_templates("wiki_linker")
    templates.globals.update(static=static_files.path, languages=languages)
    shell = Shell.cut(templates.get_template("shell.html"), t=language, kind=kind)
    parts = shell.around([Part(main)], title="Soundcheck", url="/keyword/soundcheck", who=who)

A shell is rendered once for each language and kind of reader; a page is joined from its pieces.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from genba_servicekit.auth import Principal, Role
from genba_servicekit.prepared import Part

Kind = Literal["anonymous", "reader", "editor"]
"""What a page offers its reader to do."""

_SLOTS: Final = ("title", "head", "name", "here", "switch", "main")
_SLOT: Final = re.compile("\0([a-z]+)\0")  # NUL is in no text that a service stores


def make_templates(package: str) -> Environment:
    """The templates in the `templates` folder of a package.

    Everything is escaped and an unknown name is an error. Filters: `time` (Unix milliseconds, see `time_of`) and `q`
    (a value in a URL's query).
    """
    templates = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        auto_reload=False,  # two calls of stat a page, on the event loop
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters.update(q=query_value, time=time_of)
    return templates


def time_of(ms: int) -> Markup:
    """A `<time>` of Unix milliseconds: what it reads is UTC to the minute, which a script may turn into local time."""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return Markup('<time datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at:%Y-%m-%d %H:%M} UTC")


def query_value(value: str) -> str:
    """A value in a URL's query."""
    return quote(value, safe="")


def kind_of(who: Principal) -> Kind:
    """What the pages offer this reader."""
    if not who.known:
        return "anonymous"
    return "editor" if who.role.allows(Role.EDITOR) else "reader"


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of pages in one language for one kind of reader: parts that never change, and slots between them.

    In the template the slots are `slot.title`, `slot.head`, `slot.name` (the reader's), `slot.here` (the page's own
    path and query, as a value of a query), `slot.switch` (the same, to which `lang=ja` can be put) and `slot.main`.
    """

    pieces: tuple[Part | str, ...]

    @classmethod
    def cut(cls, template: Template, **values: Any) -> "Shell":
        """The frame that a template makes of the values, cut at its slots."""
        text = template.render(slot={name: Markup(f"\0{name}\0") for name in _SLOTS}, **values)  # noqa: S704 - constants
        pieces = _SLOT.split(text)  # text, slot, text, slot, … text
        return cls(tuple(piece if place % 2 else Part(piece.encode()) for place, piece in enumerate(pieces)))

    def around(self, main: Sequence[Part], *, title: str, url: str, who: Principal, head: str = "") -> list[Part]:
        """The parts of a page.

        Args:
            main: what stands in `<main>`.
            title: plain text.
            url: the page's own path and query, where the language switch and the log-in lead back to.
            who: the reader.
            head: further elements of `<head>`, as HTML.
        """
        small = {
            "title": escape(title),
            "head": head,
            "name": escape(who.name),
            "here": query_value(url),
            "switch": escape(url + ("&" if "?" in url else "?")),
        }
        parts: list[Part] = []
        for piece in self.pieces:
            if isinstance(piece, Part):
                parts.append(piece)
            elif piece == "main":
                parts.extend(main)
            else:
                parts.append(Part(small[piece].encode()))
        return parts
