"""The pages that are read most, kept joined: the index and the entries' own pages.

A kept page is served only while what it was made of is still what is there: the very same entry, linked text and stars,
by identity. Reading gives new objects for whatever has changed, so nothing has to be dropped when something does.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup, escape

from genba_servicekit.auth import Principal
from genba_servicekit.languages import Language
from genba_servicekit.prepared import Page, Part, SizedCache
from genba_servicekit.templates import kind_of
from wiki_linker.core.entities import Entry, Known, Stars
from wiki_linker.core.hrefs import href_of
from wiki_linker.deps import Wiki
from wiki_linker.routes.pages_shell import render, shell_of
from wiki_linker.usecases.reading import Article

_WINDOW: Final = 2  # pages on either side of the one that is shown, in the pager


@dataclass(slots=True)
class Joined:
    """A page, what it shows, and the change as of which that was found to be so.

    `first` is the first of its entries as the wiki knew it then; `pages` are those of the index.
    """

    page: Page
    articles: tuple[Article, ...]
    first: Known
    pages: int
    seq: int

    @property
    def size(self) -> int:
        """What it takes in memory, in bytes, about."""
        return self.page.size

    def shows(self, articles: Sequence[Article]) -> bool:
        """Whether these articles are the very ones on the page."""
        return len(articles) == len(self.articles) and all(
            one.html is other.html and one.entry is other.entry and one.stars is other.stars
            for one, other in zip(articles, self.articles, strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """A part, and what it was made of."""

    part: Part
    entry: Entry
    other: Markup | Stars

    @property
    def size(self) -> int:
        return self.part.size


class PreparedPages:
    """Gives whole pages without waiting for anything; None where something has to be waited for first."""

    def __init__(self, wiki: Wiki) -> None:
        self.wiki = wiki
        share = wiki.settings.page_cache // 4
        self._pages: SizedCache[Joined] = SizedCache(share)
        self._texts: SizedCache[_Made] = SizedCache(share)
        self._feet: SizedCache[_Made] = SizedCache(share // 4)

    @property
    def page_count(self) -> int:
        """How many pages the index has: one at least."""
        per_page = self.wiki.settings.per_page
        return max(1, -(-self.wiki.reading.count // per_page))

    def chosen(self, number: int) -> list[Known]:
        """The entries on a page of the index."""
        per_page = self.wiki.settings.per_page
        return self.wiki.reading.newest((number - 1) * per_page, per_page)

    def is_exact(self, joined: Joined) -> bool:
        """Whether nothing at all has happened since the page was last looked at.

        The number of the last change is not enough: a wiki that was loaded anew can come to the same number with other
        contents. Then it knows every entry as another object.
        """
        reading = self.wiki.reading
        return joined.seq == reading.seq and reading.find(joined.first.keyword) is joined.first

    def index(self, number: int, who: Principal, language: Language) -> Joined | None:
        """A page of the index, if all of it is in memory and there is anything on it."""
        joined = self._pages.get(_key("index", number, who, language))
        if joined is not None and self.is_exact(joined):
            return joined
        chosen = self.chosen(number)
        articles = self.wiki.reading.peek(chosen) if chosen else None
        if articles is None:
            return None
        if joined is not None and joined.pages == self.page_count and joined.shows(articles):
            joined.first, joined.seq = chosen[0], self.wiki.reading.seq
            return joined
        return self.join_index(number, articles, chosen[0], who, language)

    def join_index(
        self, number: int, articles: Sequence[Article], first: Known, who: Principal, language: Language
    ) -> Joined:
        """Make a page of the index and keep it.

        Nothing may have been waited for since its articles were taken.
        """
        pages = self.page_count
        main = [part for article in articles for part in self._parts(article, who, language)]
        main.append(Part(render("pager.html", language, number=number, pages=pages, window=_around(number, pages))))
        head = Markup("")
        if number > 1:
            head += Markup('<link rel="prev" href="{}">\n').format(index_url(number - 1))
        if number < pages:
            head += Markup('<link rel="next" href="{}">\n').format(index_url(number + 1))
        site = self.wiki.settings.title
        title = site if number == 1 else f"{language('page_number', number=number)} – {site}"
        page = self._page(main, who, language, title=title, url=index_url(number), route="/", head=head)
        joined = Joined(page, tuple(articles), first, pages, self.wiki.reading.seq)
        return self._pages.put(_key("index", number, who, language), joined)

    def entry(self, surface: str, who: Principal, language: Language) -> Joined | None:
        """An entry's own page, if it is in memory and `surface` is its keyword."""
        reading = self.wiki.reading
        known = reading.find(surface)
        if known is None or known.keyword != surface:
            return None
        joined = self._pages.get(_key("entry", known.id, who, language))
        if joined is not None and self.is_exact(joined):
            return joined
        articles = reading.peek((known,))
        if articles is None:
            return None
        if joined is not None and joined.shows(articles):
            joined.first, joined.seq = known, reading.seq
            return joined
        return self.join_entry(articles[0], known, who, language)

    def join_entry(self, article: Article, known: Known, who: Principal, language: Language) -> Joined:
        """Make an entry's own page and keep it."""
        keyword = article.entry.keyword
        url = href_of(keyword)
        page = self._page(
            self._parts(article, who, language),
            who,
            language,
            title=f"{keyword} – {self.wiki.settings.title}",
            url=url,
            route="/keyword/{keyword}",
            head=Markup('<link rel="canonical" href="{}">\n').format(url),
        )
        joined = Joined(page, (article,), known, 1, self.wiki.reading.seq)
        return self._pages.put(_key("entry", article.entry.id, who, language), joined)

    def _page(self, main: Sequence[Part], who: Principal, language: Language, *, route: str, **frame: Any) -> Page:
        settings = self.wiki.settings
        shell = shell_of(settings.title, language, kind_of(who), registration=settings.registration)
        return Page(shell.around(main, who=who, **frame), route=route)

    def _parts(self, article: Article, who: Principal, language: Language) -> tuple[Part, Part]:
        """The article's text, which is the same for everybody, and its foot."""
        entry, html, stars = article.entry, article.html, article.stars
        text = self._texts.get(entry.id)
        if text is None or text.entry is not entry or text.other is not html:
            text = self._texts.put(entry.id, _Made(Part(_text(entry, html)), entry, html))
        kind, starred = kind_of(who), who.known and who.name in stars
        key = (entry.id, kind, starred, language.code)
        foot = self._feet.get(key)
        if foot is None or foot.entry is not entry or foot.other is not stars:
            made = render("foot.html", language, entry=entry, stars=stars, kind=kind, starred=starred)
            foot = self._feet.put(key, _Made(Part(made), entry, stars))
        return text.part, foot.part


def _key(kind: str, number: int, who: Principal, language: Language) -> Hashable:
    return kind, number, who.name, who.role, who.via, language.code


def _text(entry: Entry, html: Markup) -> bytes:
    heading = f'<h1 dir="auto"><a href="{href_of(entry.keyword)}">{escape(entry.keyword)}</a></h1>'
    return f'<article>\n{heading}\n<div dir="auto">{html}</div>\n'.encode()


def _around(number: int, pages: int) -> list[int]:
    """The page numbers that a pager shows: the first, the last, and some around this one. 0 stands for a gap."""
    shown = sorted({1, pages, *range(max(1, number - _WINDOW), min(pages, number + _WINDOW) + 1)})
    numbers: list[int] = []
    for page in shown:
        if numbers and page - numbers[-1] > 1:
            numbers.append(0)
        numbers.append(page)
    return numbers


def index_url(number: int) -> str:
    """The path and query of a page of the index."""
    return "/" if number == 1 else f"/?page={number}"


def prepared_pages(state: Any) -> PreparedPages:
    """The prepared pages of the wiki that is on an application's state."""
    pages: PreparedPages | None = getattr(state, "prepared_pages", None)
    if pages is None or pages.wiki is not state.wiki:
        pages = state.prepared_pages = PreparedPages(state.wiki)
    return pages
