"""REST: entries and their stars."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from genba_contracts import wiki as contracts
from genba_contracts.fields import PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX
from genba_contracts.wiki_fields import KEYWORD_MAX
from genba_servicekit.answers import moment
from genba_servicekit.auth_http import Editor, Member
from genba_servicekit.cursors import read_cursor, read_number, write_cursor
from genba_servicekit.errors import BadRequest, Forbidden, ServiceUnavailable, Unauthorized, responses
from genba_servicekit.raw_paths import RawPathRoute
from wiki_linker.core.entrycache import Kept
from wiki_linker.deps import WikiDep
from wiki_linker.routes import converting
from wiki_linker.routes.answers import (
    CREATED,
    DONE,
    READ,
    WROTE,
    IfMatch,
    IfNoneMatch,
    answer,
    be_fresh,
    expectation,
    nothing,
)
from wiki_linker.routes.path_names import Keyword
from wiki_linker.routes.problems import EntryChanged, KeywordInUse, NoSuchEntry
from wiki_linker.usecases.writing import Spam

router = APIRouter(prefix="/v1", tags=["entries"], route_class=RawPathRoute, dependencies=[Depends(be_fresh)])

Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT_MAX, description="At most so many items.")]
Cursor = Annotated[
    str | None, Query(max_length=4096, description="`next_cursor` of the page before; none for the first page.")
]
_WRITE_ERRORS = (Unauthorized, Forbidden, ServiceUnavailable)


@router.get("/entries", response_model=contracts.EntryPage, responses=READ | responses(BadRequest))
async def list_entries(
    request: Request,
    wiki: WikiDep,
    *,
    order: Annotated[
        Literal["seq", "keyword"], Query(description="`seq`: last saved first; `keyword`: by code points.")
    ] = "seq",
    prefix: Annotated[
        str,
        Query(
            max_length=KEYWORD_MAX,
            pattern=r"^[^\x00]*$",
            description="Only keywords that start so; needs `order=keyword`.",
            examples=["日本"],
        ),
    ] = "",
    limit: Limit = PAGE_LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """List entries without their texts."""
    if prefix and order == "seq":
        raise BadRequest("A prefix goes with order=keyword.")
    if order == "seq":
        below = read_number("s", cursor)
        kept = await wiki.reading.entries(lambda: wiki.reading.below(below, limit))
    else:
        kept = await wiki.reading.by_keyword(after=read_cursor("k", cursor), prefix=prefix, limit=limit)
    following = None
    if len(kept) == limit:
        last = kept[-1].entry
        following = write_cursor("s", last.seq) if order == "seq" else write_cursor("k", last.keyword)
    page = contracts.EntryPage(items=[converting.summary(one) for one in kept], next_cursor=following)
    return answer(request, wiki, page)


@router.get("/stats", response_model=contracts.WikiStats, responses=READ)
async def wiki_stats(request: Request, wiki: WikiDep) -> Response:
    """How much there is of everything."""
    totals = await wiki.reading.totals()
    return answer(
        request,
        wiki,
        contracts.WikiStats(
            entries=totals.entries,
            aliases=totals.aliases,
            deleted=totals.deleted,
            revisions=totals.revisions,
            stars=totals.stars,
            users=totals.users,
            seq=totals.seq,
        ),
    )


@router.get("/entries/{keyword}", response_model=contracts.Entry, responses=READ | responses(BadRequest, NoSuchEntry))
async def get_entry(
    request: Request,
    wiki: WikiDep,
    keyword: Keyword,
    include: Annotated[Literal["html"] | None, Query(description="`html` adds the text with its links.")] = None,
) -> Response:
    """Get an entry by its keyword or one of its aliases."""
    if include == "html":
        article = await wiki.reading.article(keyword)
        found = converting.entry(Kept(article.entry, article.stars), str(article.html))
    else:
        found = converting.entry(await wiki.reading.entry(keyword))
    return answer(request, wiki, found, etag=found.etag)


@router.put(
    "/entries/{keyword}",
    response_model=contracts.Entry,
    status_code=200,
    responses=WROTE
    | {201: {"model": contracts.Entry, "description": "The entry is new.", **CREATED[201]}}
    | responses(BadRequest, *_WRITE_ERRORS, KeywordInUse, EntryChanged, Spam),
)
async def put_entry(
    request: Request,
    wiki: WikiDep,
    who: Editor,
    keyword: Keyword,
    *,
    body: contracts.EntryWrite,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Create or replace an entry. Every mention of it is a link when this is answered.

    A keyword that is another entry's alias becomes an entry of its own; one that was deleted comes back.
    """
    written = await wiki.writing.save(
        keyword=keyword,
        description=body.description,
        author=who.name,
        aliases=body.aliases,
        summary=body.summary,
        expect=expectation(if_match, if_none_match),
    )
    entry = await _shown(wiki, written.entry.keyword)
    headers = {"Location": f"/v1/entries/{contracts.path_segment(written.entry.keyword)}"} if written.created else None
    return answer(request, wiki, entry, status=201 if written.created else 200, etag=entry.etag, headers=headers)


@router.patch(
    "/entries/{keyword}",
    response_model=contracts.Entry,
    responses=WROTE | responses(BadRequest, *_WRITE_ERRORS, NoSuchEntry, KeywordInUse, EntryChanged, Spam),
)
async def patch_entry(
    request: Request,
    wiki: WikiDep,
    who: Editor,
    keyword: Keyword,
    *,
    body: contracts.EntryPatch,
    if_match: IfMatch = None,
) -> Response:
    """Change an entry's keyword, text or aliases, all in one. Links follow a new keyword at once."""
    known = wiki.reading.lookup(keyword)
    written = await wiki.writing.edit(
        keyword=known.keyword,
        author=who.name,
        description=body.description,
        new_keyword=body.keyword,
        keep_alias=body.keep_alias,
        aliases=body.aliases,
        summary=body.summary,
        expect=expectation(if_match),
    )
    entry = await _shown(wiki, written.entry.keyword)
    return answer(request, wiki, entry, etag=entry.etag)


@router.delete(
    "/entries/{keyword}",
    status_code=204,
    responses=DONE | responses(BadRequest, *_WRITE_ERRORS, NoSuchEntry, EntryChanged),
)
async def delete_entry(wiki: WikiDep, who: Editor, keyword: Keyword, if_match: IfMatch = None) -> Response:
    """Delete an entry: nothing links to it any more, its history stays, and it can be undeleted."""
    known = wiki.reading.lookup(keyword)
    await wiki.writing.delete(keyword=known.keyword, author=who.name, expect=expectation(if_match))
    return nothing(wiki)


@router.post(
    "/entries/{keyword}/undelete",
    response_model=contracts.Entry,
    responses=WROTE | responses(BadRequest, *_WRITE_ERRORS, NoSuchEntry, KeywordInUse),
)
async def undelete_entry(request: Request, wiki: WikiDep, who: Editor, keyword: Keyword) -> Response:
    """Bring back what was deleted last under this keyword."""
    written = await wiki.writing.undelete(keyword=keyword, author=who.name)
    entry = await _shown(wiki, written.entry.keyword)
    return answer(request, wiki, entry, etag=entry.etag)


@router.get(
    "/entries/{keyword}/stars", response_model=contracts.Stars, responses=READ | responses(BadRequest, NoSuchEntry)
)
async def list_stars(request: Request, wiki: WikiDep, keyword: Keyword) -> Response:
    """Who starred an entry, in the order of starring."""
    kept = await wiki.reading.entry(keyword)
    items = [contracts.Star(user=user, at=moment(at)) for user, at in kept.stars.items()]
    return answer(request, wiki, contracts.Stars(keyword=kept.entry.keyword, items=items, count=len(items)))


@router.put(
    "/entries/{keyword}/star",
    status_code=204,
    responses=DONE | responses(BadRequest, *_WRITE_ERRORS, NoSuchEntry),
)
async def put_star(wiki: WikiDep, who: Member, keyword: Keyword) -> Response:
    """Star an entry. Doing it again changes nothing."""
    known = wiki.reading.lookup(keyword)
    await wiki.writing.star(keyword=known.keyword, user=who.name, on=True)
    return nothing(wiki)


@router.delete(
    "/entries/{keyword}/star",
    status_code=204,
    responses=DONE | responses(BadRequest, *_WRITE_ERRORS, NoSuchEntry),
)
async def delete_star(wiki: WikiDep, who: Member, keyword: Keyword) -> Response:
    """Take one's star back. Doing it again changes nothing."""
    known = wiki.reading.lookup(keyword)
    await wiki.writing.star(keyword=known.keyword, user=who.name, on=False)
    return nothing(wiki)


async def _shown(wiki: WikiDep, keyword: str) -> contracts.Entry:
    return converting.entry(await wiki.reading.entry(keyword))
