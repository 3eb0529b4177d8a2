"""REST: revisions, their differences, and restoring them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from genba_contracts import wiki as contracts
from genba_contracts.fields import PAGE_LIMIT_DEFAULT
from genba_servicekit.auth_http import Editor
from genba_servicekit.cursors import read_number, write_cursor
from genba_servicekit.errors import BadRequest, Forbidden, ServiceUnavailable, Unauthorized, responses
from genba_servicekit.raw_paths import RawPathRoute
from wiki_linker.deps import WikiDep
from wiki_linker.routes import converting
from wiki_linker.routes.answers import READ, WROTE, IfMatch, answer, be_fresh, expectation
from wiki_linker.routes.api_entries import Cursor, Limit
from wiki_linker.routes.path_names import Keyword
from wiki_linker.routes.problems import EntryChanged, NoSuchEntry, NoSuchRevision

router = APIRouter(
    prefix="/v1/entries/{keyword}", tags=["history"], route_class=RawPathRoute, dependencies=[Depends(be_fresh)]
)

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The revision's number.", examples=[1])]


@router.get("/revisions", response_model=contracts.RevisionPage, responses=READ | responses(BadRequest, NoSuchEntry))
async def list_revisions(
    request: Request, wiki: WikiDep, keyword: Keyword, limit: Limit = PAGE_LIMIT_DEFAULT, cursor: Cursor = None
) -> Response:
    """An entry's history, newest first, without the texts."""
    before = read_number("r", cursor)
    _, found = await wiki.reading.revisions(keyword, before=before, limit=limit)
    following = write_cursor("r", found[-1].number) if found and found[-1].number > 1 else None
    page = contracts.RevisionPage(items=[converting.revision(one, text=False) for one in found], next_cursor=following)
    return answer(request, wiki, page)


@router.get(
    "/revisions/{number}",
    response_model=contracts.Revision,
    responses=READ | responses(BadRequest, NoSuchEntry, NoSuchRevision),
)
async def get_revision(request: Request, wiki: WikiDep, keyword: Keyword, number: Number) -> Response:
    """One revision with its text."""
    found = await wiki.reading.revision(keyword, number)
    return answer(request, wiki, converting.revision(found, text=True))


@router.get(
    "/revisions/{number}/diff",
    response_model=contracts.RevisionDiff,
    responses=READ | responses(BadRequest, NoSuchEntry, NoSuchRevision),
)
async def diff_revisions(
    request: Request,
    wiki: WikiDep,
    keyword: Keyword,
    number: Number,
    against: Annotated[
        int | None,
        Query(ge=1, le=2**31 - 1, description="The revision to compare against; the one before if not sent."),
    ] = None,
) -> Response:
    """How a revision differs from another."""
    difference = await wiki.reading.difference(keyword, number, against)
    return answer(request, wiki, converting.difference(difference))


@router.post(
    "/revisions/{number}/restore",
    response_model=contracts.Entry,
    responses=WROTE
    | responses(BadRequest, Unauthorized, Forbidden, NoSuchEntry, NoSuchRevision, EntryChanged, ServiceUnavailable),
)
async def restore_revision(
    request: Request,
    wiki: WikiDep,
    who: Editor,
    keyword: Keyword,
    *,
    number: Number,
    body: contracts.RestoreRequest | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Save the text of an earlier revision again, as a new revision."""
    known = wiki.reading.lookup(keyword)
    await wiki.writing.restore(
        keyword=known.keyword,
        number=number,
        author=who.name,
        summary="" if body is None else body.summary,
        expect=expectation(if_match),
    )
    entry = converting.entry(await wiki.reading.entry(known.keyword))
    return answer(request, wiki, entry, etag=entry.etag)
