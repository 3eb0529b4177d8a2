"""What people's browsers send: forms, numbers in queries, and paths to lead back to."""

import asyncio
import re
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from genba_servicekit.errors import BadRequest, UnsupportedMediaType

_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}")
_MOST_FIELDS: Final = 50
_LONG_BODY: Final = 64 << 10  # bytes; decoding a megabyte of %XX takes 60 ms, in a thread
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_PAGE_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, fifty at most. Of several with one name the last one counts.

    Raises:
        BadRequest, UnsupportedMediaType: as `form_items`.
    """
    return dict(await form_items(request))


async def form_items(request: Request, *, most: int = _MOST_FIELDS) -> list[tuple[str, str]]:
    """The fields of a form, in order, several with one name where it has several.

    How long the body may be is the front's matter (`BodyLimits`).

    Raises:
        BadRequest: it cannot be read, is not UTF-8, ends in the middle, or has more than `most` fields.
        UnsupportedMediaType: it is no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _MULTIPART:
        await need_whole(request)
        async with request.form(max_files=0, max_fields=most) as form:
            return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    body = await request.body()
    if kind != _FORM and body:
        raise UnsupportedMediaType(f"Forms are {_FORM} or {_MULTIPART}.")
    try:
        return _fields(body, most) if len(body) < _LONG_BODY else await asyncio.to_thread(_fields, body, most)
    except ValueError as error:
        raise BadRequest(f"The form cannot be read: {error}.") from error


async def need_whole(request: Request) -> None:
    """Refuse a form of parts (`multipart/form-data`) that was cut off.

    Of such a form the parser gives the parts that were whole, as if there had been no others.

    Raises:
        BadRequest: it ends in the middle, or does not say what stands between its parts.
    """
    boundary = parse_options_header(request.headers["content-type"])[1].get(b"boundary", b"")
    if not boundary:
        raise BadRequest("The form's Content-Type has no boundary.")
    if not (await request.body()).rstrip(b"\r\n").endswith(b"--" + boundary + b"--"):
        raise BadRequest("The form ends in the middle.")


def _fields(body: bytes, most: int) -> list[tuple[str, str]]:
    return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=most)


def local_path(url: str) -> str:
    """The path, if it leads to this site whatever a browser makes of it; else `/`."""
    return url if _LOCAL.fullmatch(url) else "/"


def own_url(request: Request, *, without: str) -> str:
    """The request's own path and query, safe to stand in a link or to be redirected to; `/` for what is no GET.

    Args:
        request: for a page.
        without: the parameter of the query that is left out: the one that chooses the language.
    """
    if request.method != "GET":
        return "/"
    path = quote(request.scope.get("raw_path") or b"/", safe="/%:@$&()*+,;=~!")
    query = urlencode([pair for pair in request.query_params.multi_items() if pair[0] != without])
    return local_path(f"{path}?{query}" if query else path)


def page_number(request: Request) -> int:
    """`page` of the query, at least 1; 1 if it is not there.

    Raises:
        BadRequest: it is no such number.
    """
    given = request.query_params.get("page", "1")
    if not _PAGE_NUMBER.fullmatch(given):
        raise BadRequest("page has to be a number from 1 on.")
    return int(given)


def number_of(request: Request, name: str) -> int | None:
    """A number of the query, of fifteen digits at most; None if it is not there.

    Raises:
        BadRequest: it is no such number.
    """
    given = request.query_params.get(name)
    if given is None:
        return None
    if not _NUMBER.fullmatch(given):
        raise BadRequest(f"{name} has to be a number.")
    return int(given)


def wants_html(request: Request) -> bool:
    """Whether a person's browser asks, not a program."""
    return "text/html" in request.headers.get("accept", "")
