"""REST: import and export."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response, StreamingResponse

from genba_contracts import wiki as contracts
from genba_servicekit.auth_http import Admin, Member
from genba_servicekit.errors import (
    Forbidden,
    NotFound,
    ServiceUnavailable,
    Unauthorized,
    UnsupportedMediaType,
    responses,
)
from wiki_linker.core.imports import Format
from wiki_linker.deps import Wiki, WikiDep
from wiki_linker.routes import converting
from wiki_linker.routes.answers import READ, STARTED, TOLD, answer, be_fresh

router = APIRouter(prefix="/v1", tags=["bulk"], dependencies=[Depends(be_fresh)])

_FORMATS: dict[str, Format] = {
    contracts.NDJSON: "ndjson",
    "application/jsonl": "ndjson",
    "application/xml": "mediawiki",
    "text/xml": "mediawiki",
}
_LINE: Final = '{"keyword":"soundcheck","description":"The hour before doors.","author":"hanako"}\n'
_DUMP: Final = (
    "<mediawiki><page><title>encore</title><ns>0</ns><revision><text>What is played once more.</text></revision>"
    "</page></mediawiki>"
)
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            contracts.NDJSON: {
                "schema": {"type": "string"},
                "example": _LINE,
            },
            "application/xml": {"schema": {"type": "string"}, "example": _DUMP},
        },
    }
}


@router.post(
    "/imports",
    response_model=contracts.ImportJob,
    status_code=202,
    responses=STARTED | responses(Unauthorized, Forbidden, UnsupportedMediaType, ServiceUnavailable),
    openapi_extra=_BODY,
)
async def create_import(
    request: Request, wiki: WikiDep, who: Admin, content_type: Annotated[str, Header(include_in_schema=False)] = ""
) -> Response:
    """Import entries: NDJSON (one entry a line) or a MediaWiki XML dump. Administrators only.

    The body is taken as it streams in; the answer is a job to ask for. Sending the same file again changes nothing,
    bad lines are listed by number, the rest is kept.
    """
    file_format = _FORMATS.get(content_type.partition(";")[0].strip().lower())
    if file_format is None:
        raise UnsupportedMediaType(f"Send {contracts.NDJSON} or application/xml.")
    job = await wiki.importing.receive(request.stream(), file_format, author=who.name)
    headers = {"Location": f"/v1/imports/{job.id}"}
    return answer(request, wiki, converting.job(job), status=202, headers=headers)


@router.get(
    "/imports/{job_id}",
    response_model=contracts.ImportJob,
    responses=READ | responses(Unauthorized, Forbidden, NotFound),
)
async def get_import(
    request: Request,
    wiki: WikiDep,
    _who: Member,
    job_id: Annotated[
        str, Path(max_length=64, pattern="^[0-9a-f]+$", description="The job's name.", examples=["5f1c0a9e3b7d4286"])
    ],
) -> Response:
    """How far an import has come."""
    job = await wiki.importing.job(job_id)
    if job is None:
        raise NotFound("There is no such import.")
    return answer(request, wiki, converting.job(job))


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {contracts.NDJSON: {"schema": {"type": "string"}, "example": _LINE}},
            "description": "One EntryRecord a line, oldest first.",
            **TOLD[200],
        }
    },
)
async def export_entries(
    wiki: WikiDep,
    after: Annotated[int, Query(ge=0, le=2**62, description="Only entries saved after this seq.", examples=[0])] = 0,
) -> StreamingResponse:
    """Every entry as a line that can be imported. What is saved meanwhile comes in its new state."""
    headers = {contracts.SEQ_HEADER: str(wiki.reading.seq), "Cache-Control": "no-store"}
    return StreamingResponse(_lines(wiki, after), media_type=contracts.NDJSON, headers=headers)


async def _lines(wiki: Wiki, after: int) -> AsyncIterator[bytes]:
    batch = bytearray()
    async for line in wiki.importing.export(after):
        batch += line
        if len(batch) > 1 << 16:
            yield bytes(batch)
            batch.clear()
    yield bytes(batch)
