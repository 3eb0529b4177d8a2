"""The wiki as a site: the index, the entries' pages, and the router of all pages."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from genba_servicekit.forms import form_of, page_number, wants_html
from genba_servicekit.raw_paths import RawPathRoute
from wiki_linker.core.entities import UnknownEntry
from wiki_linker.core.hrefs import href_of
from wiki_linker.core.validation import InvalidText, check_keyword
from wiki_linker.routes import feeds, pages_edit, pages_history, pages_people, pages_search, pages_stars
from wiki_linker.routes.pages_errors import NoSuchPage, error_page
from wiki_linker.routes.pages_visit import Visit, VisitDep, keyword_of

__all__ = ["error_page", "router"]

_SHORTEST_MENTION = 3  # characters: shorter words are not found by the text index but by reading every text
_MENTIONS = 10

router = APIRouter(include_in_schema=False, route_class=RawPathRoute)


@router.get("/")
async def index(visit: VisitDep) -> Response:
    """The entries last saved, newest first."""
    number = page_number(visit.request)
    pages, reading = visit.pages, visit.wiki.reading
    joined = pages.index(number, visit.who, visit.language)
    if joined is None:
        articles = await reading.articles(lambda: pages.chosen(number))
        if not articles:
            if number > 1:
                raise NoSuchPage(f"There is no page {number}.")
            return visit.show("empty.html", title=visit.language("empty_title"))
        first = reading.lookup(articles[0].entry.keyword)
        joined = pages.join_index(number, articles, first, visit.who, visit.language)
    return visit.send(joined.page)


@router.get("/keyword/{keyword:path}")
async def entry(visit: VisitDep, keyword: str) -> Response:
    """An entry's page; an alias leads to its entry's."""
    surface = keyword_of(visit.request, keyword)
    reading = visit.wiki.reading
    while True:
        try:
            article = await reading.article(surface)
        except UnknownEntry:
            response = await _unknown(visit, surface)
            if reading.find(surface) is None:
                return response
            continue
        if article.entry.keyword != surface:
            return visit.see(href_of(article.entry.keyword))
        known = reading.lookup(surface)
        return visit.send(visit.pages.join_entry(article, known, visit.who, visit.language).page)


async def _unknown(visit: Visit, surface: str) -> Response:
    """404, with what can be done about it."""
    try:
        keyword = check_keyword(surface)
    except InvalidText:
        raise UnknownEntry(surface) from None
    if not wants_html(visit.request):
        raise UnknownEntry(surface)
    mentions = []
    if len(keyword) >= _SHORTEST_MENTION:
        found = await visit.wiki.searching.unlinked_mentions(keyword, below=None, limit=_MENTIONS)
        mentions = found.items
    return visit.show(
        "unknown.html",
        title=visit.language("unknown_title", keyword=keyword),
        status=404,
        keyword=keyword,
        deleted=await visit.wiki.reading.deleted(keyword),
        mentions=mentions,
    )


@router.post("/keyword/{keyword:path}")
async def delete_entry(visit: VisitDep, keyword: str) -> Response:
    """Delete an entry, if the form says `delete=1`."""
    return await pages_edit.delete(visit, keyword_of(visit.request, keyword), await form_of(visit.request))


ROUTERS: Final = (
    router,
    *(part.router for part in (pages_edit, pages_history, pages_people, pages_search, pages_stars, feeds)),
)
