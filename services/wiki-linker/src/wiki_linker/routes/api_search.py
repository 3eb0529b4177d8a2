"""REST: search, and how entries hang together."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from genba_contracts import wiki as contracts
from genba_contracts import wiki_fields as fields
from genba_contracts.fields import PAGE_LIMIT_DEFAULT
from genba_contracts.wiki_fields import QUERY_MAX
from genba_servicekit.cursors import read_number, write_cursor
from genba_servicekit.errors import BadRequest, responses
from genba_servicekit.raw_paths import RawPathRoute
from wiki_linker.core.hrefs import href_of
from wiki_linker.core.snippets import make_snippet
from wiki_linker.deps import WikiDep
from wiki_linker.routes.answers import READ, answer, be_fresh
from wiki_linker.routes.api_entries import Cursor, Limit
from wiki_linker.routes.path_names import Keyword
from wiki_linker.routes.problems import NoSuchEntry
from wiki_linker.usecases.searching import terms_of

router = APIRouter(prefix="/v1", tags=["search"], route_class=RawPathRoute, dependencies=[Depends(be_fresh)])

_DEEPEST = 10_000


@router.get("/search", response_model=contracts.SearchResults, responses=READ | responses(BadRequest))
async def search_entries(
    request: Request,
    wiki: WikiDep,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=QUERY_MAX,
            pattern=r"^[^\x00]*$",
            description="Words, all of which must be found.",
            examples=["武道館"],
        ),
    ],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """Entries whose keyword or text has every word of the query, in any case, also within words; best first."""
    offset = read_number("q", cursor) or 0
    if offset > _DEEPEST:
        raise BadRequest(f"A search shows the first {_DEEPEST:,} hits: say more exactly what you look for.")
    found = await wiki.searching.search(q, limit=limit, offset=offset)
    terms = terms_of(q)
    items = []
    for kept in found:
        snippet = make_snippet(kept.entry.description, terms)
        items.append(
            contracts.SearchHit(
                keyword=kept.entry.keyword,
                snippet=snippet.text,
                highlights=[contracts.HighlightSpan(start=start, end=end) for start, end in snippet.highlights],
                url=href_of(kept.entry.keyword),
            )
        )
    following = write_cursor("q", offset + limit) if len(found) == limit else None
    return answer(request, wiki, contracts.SearchResults(query=q, items=items, next_cursor=following))


@router.get(
    "/entries/{keyword}/backlinks",
    response_model=contracts.Backlinks,
    responses=READ | responses(BadRequest, NoSuchEntry),
)
async def list_backlinks(
    request: Request, wiki: WikiDep, keyword: Keyword, limit: Limit = PAGE_LIMIT_DEFAULT, cursor: Cursor = None
) -> Response:
    """Entries whose text links to this one, newest first."""
    known = wiki.reading.lookup(keyword)
    page = await wiki.searching.backlinks(keyword, below=read_number("b", cursor), limit=limit)
    items = [
        contracts.Backlink(keyword=one.keyword, mentions=one.mentions, url=href_of(one.keyword)) for one in page.items
    ]
    following = None if page.next_below is None else write_cursor("b", page.next_below)
    body = contracts.Backlinks(keyword=known.keyword, items=items, next_cursor=following, seq=wiki.reading.seq)
    return answer(request, wiki, body)


@router.get(
    "/entries/{keyword}/related", response_model=contracts.Related, responses=READ | responses(BadRequest, NoSuchEntry)
)
async def list_related(
    request: Request,
    wiki: WikiDep,
    keyword: Keyword,
    limit: Annotated[int, Query(ge=1, le=100, description="At most so many items.")] = 10,
) -> Response:
    """Entries that this one mentions or that mention it, the closest first."""
    known = wiki.reading.lookup(keyword)
    found = await wiki.searching.related(keyword, limit=limit)
    items = [
        contracts.RelatedEntry(
            keyword=one.keyword, mentioned=one.mentioned, mentions=one.mentions, url=href_of(one.keyword)
        )
        for one in found
    ]
    return answer(request, wiki, contracts.Related(keyword=known.keyword, items=items, seq=wiki.reading.seq))


@router.get("/mentions", response_model=contracts.Mentions, responses=READ | responses(BadRequest))
async def list_mentions(
    request: Request,
    wiki: WikiDep,
    keyword: Annotated[fields.Keyword, Query(description="What could be a keyword.", examples=["アンコール"])],
    limit: Limit = PAGE_LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """What would link to a keyword if there were such an entry, newest first; its backlinks if there is one."""
    below = read_number("m", cursor)
    page = await wiki.searching.unlinked_mentions(keyword, below=below, limit=limit)
    kept = await wiki.reading.entries(
        lambda: [known for one in page.items if (known := wiki.reading.find(one.keyword)) is not None]
    )
    texts = {one.entry.keyword: one.entry.description for one in kept}
    items = [
        contracts.Mention(
            keyword=one.keyword,
            mentions=one.mentions,
            url=href_of(one.keyword),
            snippet=make_snippet(texts.get(one.keyword, ""), [keyword]).text,
        )
        for one in page.items
    ]
    body = contracts.Mentions(
        keyword=keyword,
        exists=wiki.reading.find(keyword) is not None,
        items=items,
        next_cursor=None if page.next_below is None else write_cursor("m", page.next_below),
        seq=wiki.reading.seq,
    )
    return answer(request, wiki, body)
