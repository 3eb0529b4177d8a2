"""Pages of a MediaWiki XML export, one by one (https://www.mediawiki.org/xml/export-0.11/).

The file may be compressed with bzip2 or gzip. It is read twice: redirects become aliases of the pages that they lead
to, and may stand before or behind them. Between pages only the redirects are held, and of a page no more than a
description's length of text.
"""

import bz2
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, cast
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import DefusedXMLParser

from wiki_linker.core.ndjson import BadLine, ImportRecord, parse_time
from wiki_linker.core.validation import (
    ALIASES_MAX,
    InvalidText,
    check_description,
    check_keyword,
    check_user_name,
)
from wiki_linker.core.wikitext import plain_text

REDIRECTS_MAX: Final = 1_000_000
"""Redirects that are held at once: about 200 MB. A dump with more has the rest told as bad pages."""

_CHUNK: Final = 1 << 16
_WIKITEXT_MAX: Final = 4_000_000  # MediaWiki's own limit is 2 MiB a page
_SILENCE_MAX: Final = 16 << 20  # bytes of XML without a single event: one endless tag
_LONGEST_CHAIN: Final = 5
_DEEPEST: Final = 20
_SHOWN_TITLE: Final = 80
_FIELDS: Final = {
    "title": "title",
    "ns": "namespace",
    "revision/text": "text",
    "revision/timestamp": "time",
    "revision/contributor/username": "author",
}


def read_dump(file: BinaryIO) -> Iterator[ImportRecord | BadLine]:
    """Every page of the main namespace that is not a redirect, as a record; numbers count all pages from 1.

    What cannot be imported is told by page number and title. Redirects become aliases, through other redirects too;
    those that lead nowhere are told at the end.

    Raises:
        ValueError: the file is not such a dump, is cut off, or has a document type (which no dump has).
        OSError: it cannot be read, or is not seekable.
    """
    start = file.tell()
    redirects, dropped = _redirects(file)
    file.seek(start)
    aliases = _by_target(redirects)
    for page in _pages(file):
        if page.namespace != "0" or page.redirect is not None:
            if page.number in dropped:
                yield _bad(page, f"there are more than {REDIRECTS_MAX:,} redirects")
            continue
        yield from _records(page, aliases.pop(page.title, []))
    for target, lost in aliases.items():
        for number, title in lost:
            yield BadLine(number, f"“{_short(title)}”: it leads to “{_short(target)}”, which is not there")


@dataclass(slots=True)
class _Page:
    number: int
    title: str = ""
    namespace: str = "0"
    redirect: str | None = None
    text: str = ""
    time: str = ""
    author: str = ""
    too_long: bool = False


def _redirects(file: BinaryIO) -> tuple[dict[str, tuple[int, str]], set[int]]:
    """Where each redirect of the main namespace leads, with its page number; and those that are too many."""
    found: dict[str, tuple[int, str]] = {}
    dropped: set[int] = set()
    for page in _pages(file, with_text=False):
        if page.namespace == "0" and page.redirect is not None:
            if len(found) < REDIRECTS_MAX:
                found[page.title] = page.number, page.redirect.partition("#")[0]
            else:
                dropped.add(page.number)
    return found, dropped


def _by_target(redirects: dict[str, tuple[int, str]]) -> dict[str, list[tuple[int, str]]]:
    """The redirects of each page at the end of their chains; a longer or an endless chain leads to a redirect."""
    aliases: dict[str, list[tuple[int, str]]] = {}
    for title, (number, first) in redirects.items():
        target = first
        for _ in range(_LONGEST_CHAIN):
            target = redirects[target][1] if target in redirects else target
        aliases.setdefault(target, []).append((number, title))
    return aliases


def _records(page: _Page, redirects: list[tuple[int, str]]) -> Iterator[ImportRecord | BadLine]:
    if page.too_long:
        yield _bad(page, f"the wikitext has more than {_WIKITEXT_MAX:,} characters")
        return
    names: list[str] = []
    for number, title in redirects:
        try:
            alias = check_keyword(title, field="title")
        except InvalidText as error:
            yield BadLine(number, f"“{_short(title)}”: {error}")
            continue
        if len(names) == ALIASES_MAX:
            yield BadLine(number, f"“{_short(title)}”: “{_short(page.title)}” has {ALIASES_MAX} aliases already")
        else:
            names.append(alias)
    try:
        keyword = check_keyword(page.title, field="title")
        description = check_description(plain_text(page.text), field="text")
        updated_at = parse_time(page.time, field="timestamp") if page.time else None
    except InvalidText as error:
        yield _bad(page, str(error))
        return
    yield ImportRecord(page.number, keyword, description, _author(page.author), tuple(names), updated_at)


def _author(name: str) -> str | None:
    """The contributor's name, if it can be one here."""
    try:
        return check_user_name(name)
    except InvalidText:
        return None


def _bad(page: _Page, reason: str) -> BadLine:
    return BadLine(page.number, f"“{_short(page.title)}”: {reason}")


def _short(title: str) -> str:
    return title if len(title) <= _SHOWN_TITLE else f"{title[:_SHOWN_TITLE]}…"


def _pages(file: BinaryIO, *, with_text: bool = True) -> Iterator[_Page]:
    target = _Target(with_text=with_text)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    stream = _decompressed(file)
    silent = 0
    try:
        while chunk := stream.read(_CHUNK):
            events = target.events
            parser.feed(chunk)
            silent = 0 if target.events > events else silent + len(chunk)
            if silent > _SILENCE_MAX:
                raise ValueError("the XML holds an endless tag")
            yield from target.take()
        parser.close()
    except ParseError as error:
        raise ValueError(f"the XML is broken: {error}") from error
    except (EOFError, zlib.error) as error:
        raise ValueError(f"the compressed file is cut off or damaged: {error}") from error
    yield from target.take()


def _decompressed(file: BinaryIO) -> BinaryIO:
    """The file's content, told by its first bytes."""
    start = file.tell()
    head = file.read(3)
    file.seek(start)
    if head == b"BZh":
        return cast("BinaryIO", bz2.BZ2File(file))
    if head[:2] == b"\x1f\x8b":
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    return file


@dataclass(slots=True)
class _Target:
    """What the XML parser tells of the file: complete pages, waiting to be taken."""

    with_text: bool
    events: int = 0
    waiting: list[_Page] = field(default_factory=list)
    count: int = 0
    page: _Page = field(default_factory=lambda: _Page(0))
    path: list[str] = field(default_factory=list)
    buffer: io.StringIO | None = None

    def take(self) -> list[_Page]:
        taken, self.waiting = self.waiting, []
        return taken

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        name = tag.rpartition("}")[2]
        self.path.append(name)
        if len(self.path) > _DEEPEST:
            raise ValueError("the XML is nested too deeply")
        if self.path[0] != "mediawiki":
            raise ValueError("the file is XML, but no MediaWiki export")
        self.buffer = None
        if self.path[1:] == ["page"]:
            self.count += 1
            self.page = _Page(self.count)
        if self.path[1:2] != ["page"]:
            return
        place = "/".join(self.path[2:])
        if place == "redirect":
            self.page.redirect = attributes.get("title", "")
        elif place == "revision":  # where a page has several, the last one counts
            self.page.text = self.page.time = self.page.author = ""
            self.page.too_long = False
        elif place in _FIELDS and (self.with_text or place in {"title", "ns"}):
            self.buffer = io.StringIO()

    def data(self, text: str) -> None:
        self.events += 1
        if self.buffer is None:
            return
        if self.buffer.tell() + len(text) <= _WIKITEXT_MAX:
            self.buffer.write(text)
        else:
            self.page.too_long = True

    def end(self, _tag: str) -> None:
        self.events += 1
        if self.buffer is not None:
            setattr(self.page, _FIELDS["/".join(self.path[2:])], self.buffer.getvalue())
            self.buffer = None
        if self.path[1:] == ["page"]:
            self.waiting.append(self.page)
        self.path.pop()

    def close(self) -> None:
        """What TreeBuilder would give its tree from."""
