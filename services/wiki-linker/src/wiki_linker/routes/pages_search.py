"""Finding entries: by their text, and by what links where."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from genba_contracts.wiki_fields import QUERY_MAX
from genba_servicekit.errors import BadRequest
from genba_servicekit.forms import number_of, page_number
from genba_servicekit.raw_paths import RawPathRoute
from wiki_linker.core.snippets import make_snippet
from wiki_linker.routes.pages_errors import NoSuchPage
from wiki_linker.routes.pages_visit import VisitDep, keyword_of
from wiki_linker.usecases.searching import terms_of

_HITS: Final = 20
_DEEPEST: Final = 500  # pages: what stands behind 10,000 hits is found by saying more exactly what one looks for
_LINKS: Final = 100
_RELATED: Final = 20

router = APIRouter(include_in_schema=False, route_class=RawPathRoute)


@router.get("/search")
async def search(visit: VisitDep) -> Response:
    """Entries that have every word of `q`."""
    query = visit.request.query_params.get("q", "").strip()
    if len(query) > QUERY_MAX or "\0" in query:
        raise BadRequest(f"A query has at most {QUERY_MAX} characters, none of them NUL.")
    number = page_number(visit.request)
    if number > _DEEPEST:
        raise NoSuchPage
    found = await visit.wiki.searching.search(query, limit=_HITS + 1, offset=(number - 1) * _HITS)
    if number > 1 and not found:
        raise NoSuchPage
    terms = terms_of(query)
    return visit.show(
        "search.html",
        title=visit.language("search_title", query=query) if query else visit.language("search"),
        query=query,
        hits=[(kept, make_snippet(kept.entry.description, terms)) for kept in found[:_HITS]],
        number=number,
        more=len(found) > _HITS,
    )


@router.get("/links/{keyword:path}")
async def links(visit: VisitDep, keyword: str) -> Response:
    """What links to an entry, and what has most to do with it."""
    surface = keyword_of(visit.request, keyword)
    page = await visit.wiki.searching.backlinks(surface, below=number_of(visit.request, "below"), limit=_LINKS)
    related = await visit.wiki.searching.related(surface, limit=_RELATED)
    known = visit.wiki.reading.lookup(surface)
    return visit.show(
        "links.html",
        title=visit.language("links_title", keyword=known.keyword),
        known=known,
        backlinks=page.items,
        following=page.next_below,
        related=related,
    )
