"""REST: linking of any text, and the spam check."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request
from pydantic import ValidationError
from starlette.responses import Response, StreamingResponse

from genba_contracts import wiki as contracts
from genba_servicekit.errors import BadRequest, UnsupportedMediaType, responses
from genba_servicekit.streams import DuplexResponse, lines_of
from wiki_linker.core.options import Linked, LinkOptions
from wiki_linker.deps import Wiki, WikiDep
from wiki_linker.routes.answers import TOLD, answer, be_fresh

router = APIRouter(prefix="/v1", tags=["links"], dependencies=[Depends(be_fresh)])

_LINE_MAX: Final = 1 << 20
"""Bytes in a line of a batch: as much as the body of a single request may have."""
_BATCH = {
    "requestBody": {
        "required": True,
        "content": {
            contracts.NDJSON: {
                "schema": {"type": "string"},
                "example": '{"id": "blog-42", "text": "来週は武道館でライブ"}\n',
            }
        },
    }
}
_ANSWER: Final = contracts.LinkFailure(line=1, error="the line is not a JSON object").model_dump_json() + "\n"


@router.post("/link", response_model=contracts.LinkResponse, responses=TOLD | responses(BadRequest))
async def link_text(request: Request, wiki: WikiDep, body: contracts.LinkRequest) -> Response:
    """Make every mention in a text a link.

    Plain text becomes HTML; HTML and Markdown keep their markup, byte for byte, and are not made safe: what a text
    brings along is its sender's.
    """
    linked, seq = await wiki.linking.link(body.text, _options(body))
    return answer(request, wiki, contracts.LinkResponse(html=linked.html, spans=_spans(linked), seq=seq))


@router.post(
    "/link/batch",
    response_class=StreamingResponse,
    responses=responses(BadRequest, UnsupportedMediaType)
    | {
        200: {
            "content": {contracts.NDJSON: {"schema": {"type": "string"}, "example": _ANSWER}},
            "description": "One LinkResult or LinkFailure a line, in order.",
            **TOLD[200],
        }
    },
    openapi_extra=_BATCH,
)
async def link_batch(
    request: Request, wiki: WikiDep, content_type: Annotated[str, Header(include_in_schema=False)] = ""
) -> StreamingResponse:
    """Link many texts: a LinkLine a line in, a LinkResult (or LinkFailure) a line out, each as soon as it is done."""
    if content_type.partition(";")[0].strip().lower() != contracts.NDJSON:
        raise UnsupportedMediaType(f"Send {contracts.NDJSON}.")
    headers = {contracts.SEQ_HEADER: str(wiki.reading.seq), "Cache-Control": "no-store"}
    return DuplexResponse(_results(wiki, request.stream()), media_type=contracts.NDJSON, headers=headers)


async def _results(wiki: Wiki, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    number = 0
    async for line in lines_of(body, longest=_LINE_MAX):
        number += 1
        if line is not None and not line.strip():
            continue
        result = await _result(wiki, number, line)
        yield result.model_dump_json().encode() + b"\n"


async def _result(wiki: Wiki, number: int, line: bytes | None) -> contracts.LinkResult | contracts.LinkFailure:
    if line is None:
        return contracts.LinkFailure(line=number, error=f"the line is longer than {_LINE_MAX:,} bytes")
    try:
        asked = contracts.LinkLine.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(map(str, first["loc"]))
        return contracts.LinkFailure(line=number, id=_id_of(line), error=f"{where}: {first['msg']}".lstrip(": "))
    if not wiki.reading.is_current():
        await wiki.reading.catch_up()
    linked, seq = await wiki.linking.link(asked.text, _options(asked))
    return contracts.LinkResult(line=number, id=asked.id, html=linked.html, spans=_spans(linked), seq=seq)


def _id_of(line: bytes) -> str | int | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    name = found.get("id") if isinstance(found, dict) else None
    return name if isinstance(name, str | int) else None


@router.post("/spam-check", response_model=contracts.SpamCheckResponse, responses=TOLD | responses(BadRequest))
async def check_spam(request: Request, wiki: WikiDep, body: contracts.SpamCheckRequest) -> Response:
    """Would an entry of this text be refused as spam, and why? Nothing is stored."""
    verdict = await wiki.writing.check_spam(body.keyword or "", body.description)
    reasons = [contracts.SpamReason(rule=reason.rule, detail=reason.detail) for reason in verdict.reasons]
    return answer(request, wiki, contracts.SpamCheckResponse(spam=verdict.spam, reasons=reasons))


def _options(asked: contracts.LinkOptions) -> LinkOptions:
    return LinkOptions(
        format=asked.format,
        first_only=asked.first_only,
        limit=asked.limit,
        exclude=frozenset(asked.exclude),
        self_keyword=asked.self_keyword,
        whole_words=asked.whole_words,
        ignore_case=asked.ignore_case,
        ignore_width=asked.ignore_width,
        min_length=asked.min_length,
        in_headings=asked.in_headings,
    )


def _spans(linked: Linked) -> list[contracts.LinkSpan]:
    return [
        contracts.LinkSpan(start=span.start, end=span.end, keyword=span.keyword, surface=span.surface, href=span.href)
        for span in linked.spans
    ]
