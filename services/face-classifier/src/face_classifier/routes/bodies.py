"""Requests with pictures: files in a form, or JSON; and what OpenAPI says of them, and of the headers of answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import anyio.to_thread
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile

from face_classifier.deps import Faces
from face_classifier.usecases.looking import Given
from genba_contracts.faces import PICTURES_MAX, PictureData, PicturesRequest, PictureUrl
from genba_servicekit.answers import AnswerHeaders, Said
from genba_servicekit.errors import BadRequest, UnprocessableContent, UnsupportedMediaType
from genba_servicekit.forms import need_whole

HEADERS: Final = AnswerHeaders(location="/v1/models/3")
JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
FIELD: Final = "picture"
"""The form's field; several of that name are several pictures."""

_REQUEST: Final = PicturesRequest.model_json_schema()
_PICTURES: Final = _REQUEST["properties"]["pictures"]
PICTURES_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {
                        FIELD: {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "minItems": 1,
                            "maxItems": PICTURES_MAX,
                            "description": "Files in JPEG, PNG, WebP or PGM.",
                        }
                    },
                    "required": [FIELD],
                },
                "example": {FIELD: ["(the bytes of a JPEG file)"]},
            },
            JSON: {
                "schema": {
                    **{name: said for name, said in _REQUEST.items() if name not in {"$defs", "examples"}},
                    "properties": {
                        "pictures": {
                            **_PICTURES,
                            "items": {"anyOf": [each.model_json_schema() for each in (PictureData, PictureUrl)]},
                        }
                    },
                },
                "example": _REQUEST["examples"][0],
            },
        },
    }
}
"""For `openapi_extra=` of routes that take pictures."""


@asynccontextmanager
async def pictures_of(request: Request, faces: Faces) -> AsyncIterator[list[Given]]:
    """The pictures of a request; the memory that they take is given back at the end.

    Raises:
        BadRequest: the body cannot be read, or does not come in time.
        TooManyRequests: too much is being sent by others.
        UnprocessableContent, RequestValidationError: it has no pictures, or too many.
        UnsupportedMediaType: it is neither a form with files nor JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {FORM, JSON}:
        raise UnsupportedMediaType(f"Send pictures as {FORM}, or as {JSON}.")
    length = request.headers.get("content-length", "")
    with faces.uploads.room(int(length) if length.isdigit() else faces.settings.upload_limit):
        try:
            async with asyncio.timeout(faces.settings.upload_timeout):
                await request.body()
        except TimeoutError:
            raise BadRequest(f"The body did not come within {faces.settings.upload_timeout:g} s.") from None
        yield await (_of_form(request) if kind == FORM else _of_json(request))


async def _of_form(request: Request) -> list[Given]:
    await need_whole(request)
    given: list[Given] = []
    async with request.form(max_files=PICTURES_MAX, max_fields=PICTURES_MAX) as form:
        for name, part in form.multi_items():
            if isinstance(part, UploadFile):
                given.append(Given(part.filename or None, await part.read()))
            elif name == FIELD:  # a part without a file name; whether it is a picture, its bytes tell
                given.append(Given(None, part.encode("utf-8", "replace")))
    if not given:
        raise UnprocessableContent(f"The form has no file: send one or more as {FIELD}.")
    return given


async def _of_json(request: Request) -> list[Given]:
    body = await request.body()
    try:
        asked = await anyio.to_thread.run_sync(PicturesRequest.model_validate_json, body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        if faults[0]["type"] == "json_invalid":
            raise BadRequest(f"The body is not JSON: {faults[0]['ctx']['error']}") from None
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None
    return [
        Given(each.name, each.data) if isinstance(each, PictureData) else Given(each.url, url=each.url)
        for each in asked.pictures
    ]


def stream_of(event: str, model: type[BaseModel], told: str) -> Said:
    """What a document says of server-sent events of one kind, each with a model's JSON in it.

    Args:
        event: the events' type.
        model: what their data is; its first example is the document's.
        told: what the answer is, in a sentence.
    """
    example: Any = model.model_json_schema()["examples"][0]
    data = {"type": "string", "contentMediaType": "application/json", "description": f"{model.__name__}."}
    schema = {
        "type": "object",
        "required": ["event", "data"],
        "properties": {"event": {"enum": [event]}, "data": data},
    }
    shown = {"event": event, "data": model.model_validate(example).model_dump_json()}
    return {
        200: {
            "content": {"text/event-stream": {"schema": schema, "example": shown}},
            "description": told,
            **HEADERS.told[200],
        }
    }
