"""REST: the change log, as pages and as a stream."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from genba_contracts import wiki as contracts
from genba_contracts.fields import PAGE_LIMIT_DEFAULT
from genba_servicekit.sse import Sse, sse_response
from wiki_linker.deps import Wiki, WikiDep
from wiki_linker.routes import converting
from wiki_linker.routes.answers import READ, TOLD, answer, be_fresh
from wiki_linker.routes.api_entries import Limit

router = APIRouter(prefix="/v1", tags=["changes"], dependencies=[Depends(be_fresh)])

_BATCH: Final = 500
_EVENT: Final = {
    "id": "7104",
    "event": "change",
    "data": '{"seq":7104,"operation":"save","at":"2026-04-18T09:31:00Z","keyword":"soundcheck","previous_keyword":null,'
    '"aliases":[],"revision":2,"author":"hanako","live":true}',
}
_EVENT_SCHEMA: Final = {  # of one event, as OpenAPI 3.2 says it
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$", "description": "The change's seq."},
        "event": {"const": "change"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/Change"},
        },
    },
}
Since = Annotated[int, Query(ge=0, le=2**62, description="Changes after this one.", examples=[0])]


@router.get("/changes", response_model=contracts.ChangePage, responses=READ)
async def list_changes(
    request: Request, wiki: WikiDep, since: Since = 0, limit: Limit = PAGE_LIMIT_DEFAULT
) -> Response:
    """Changes of entries after a seq, oldest first. Applying them in order makes a copy of the wiki's keywords."""
    level = wiki.reading.seq
    found = await wiki.reading.changes_since(since, limit=limit + 1)
    more = len(found) > limit
    items = [converting.change(change) for change in found[:limit]]
    # Sessions and stars have numbers of their own: where nothing is left, the next question starts behind them too.
    seq = items[-1].seq if more else max(level, since, *(item.seq for item in items))
    return answer(request, wiki, contracts.ChangePage(items=items, seq=seq, more=more))


@router.get(
    "/changes/stream",
    response_class=Response,
    responses={
        200: {
            "content": {"text/event-stream": {"schema": _EVENT_SCHEMA, "example": _EVENT}},
            "description": "Events `change`, ids are seqs.",
            **TOLD[200],
        }
    },
)
async def stream_changes(
    wiki: WikiDep,
    since: Annotated[
        int | None, Query(ge=0, le=2**62, description="Start behind this change; now, if not sent.", examples=[0])
    ] = None,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=2**62, description="Where a broken stream goes on: browsers send it by themselves.")
    ] = None,
) -> Response:
    """Changes of entries as they happen (server-sent events): event `change`, data a Change, id its seq."""
    start = next((seq for seq in (last_event_id, since) if seq is not None), wiki.reading.seq)
    return sse_response(_changes(wiki, start), headers={contracts.SEQ_HEADER: str(start)})


async def _changes(wiki: Wiki, seq: int) -> AsyncIterator[Sse]:
    changed = asyncio.Event()
    with wiki.reading.watching(changed.set):
        while True:
            changed.clear()
            found = await wiki.reading.changes_since(seq, limit=_BATCH)
            for change in found:
                seq = change.seq
                yield Sse(id=str(seq), event="change", data=converting.change(change).model_dump_json())
            if len(found) < _BATCH:
                await changed.wait()
