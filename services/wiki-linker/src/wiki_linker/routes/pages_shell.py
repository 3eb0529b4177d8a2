"""What stands around every page, and the templates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from genba_servicekit.auth import Principal, Role
from genba_servicekit.languages import Language
from genba_servicekit.prepared import Part
from genba_servicekit.static_files import StaticFiles
from wiki_linker.core.hrefs import PREFIX, href_of
from wiki_linker.routes.languages import languages

Kind = Literal["anonymous", "reader", "editor"]
"""What a page offers its reader to do."""

_SLOT: Final = re.compile("\0([a-z]+)\0")  # NUL is in no text that the wiki stores


def time_of(ms: int) -> Markup:
    """A `<time>`: what it reads is UTC to the minute, which site.js turns into how long ago that was."""
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return Markup('<time datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at:%Y-%m-%d %H:%M} UTC")


def path_to(page: str, keyword: str) -> str:
    """The path of one of an entry's other pages: `/history/…`, `/edit/…`. As `href_of` writes keywords."""
    return f"/{page}/{href_of(keyword).removeprefix(PREFIX)}"


def query_value(value: str) -> str:
    """A value in a URL's query."""
    return quote(value, safe="")


static_files: Final = StaticFiles(Path(__file__).parent.parent / "static")
templates: Final = Environment(
    loader=PackageLoader("wiki_linker"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
templates.globals.update(static=static_files.path, languages=languages)
templates.filters.update(
    href=href_of, path_to=lambda keyword, page: path_to(page, keyword), q=query_value, time=time_of
)


def kind_of(who: Principal) -> Kind:
    """What the pages offer this reader."""
    if not who.known:
        return "anonymous"
    return "editor" if who.role.allows(Role.EDITOR) else "reader"


def render(template: str, language: Language, **values: Any) -> bytes:
    """A template as UTF-8, with the language's words as `t`."""
    return templates.get_template(template).render(t=language, **values).encode()


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of pages in one language for one kind of reader: parts that never change, and slots between them."""

    pieces: tuple[Part | str, ...]

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
            "here": quote(url, safe=""),
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


@lru_cache(maxsize=64)
def shell_of(site: str, language: Language, kind: Kind, *, registration: bool) -> Shell:
    """The frame of the pages of the wiki called `site`."""
    slots = {name: Markup(f"\0{name}\0") for name in ("title", "head", "name", "here", "switch", "main")}  # noqa: S704 - constants
    text = templates.get_template("shell.html").render(
        t=language, site=site, kind=kind, registration=registration, slot=slots
    )
    pieces = _SLOT.split(text)  # text, slot, text, slot, … text
    return Shell(tuple(piece if place % 2 else Part(piece.encode()) for place, piece in enumerate(pieces)))
