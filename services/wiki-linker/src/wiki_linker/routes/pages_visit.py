"""Who looks at a page, in which language; and how pages, forms and redirects are answered."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from fastapi import Depends, Request
from python_multipart.multipart import parse_options_header
from starlette.responses import Response

from genba_contracts.wiki import SEQ_HEADER
from genba_servicekit.auth import ANONYMOUS, Principal, Role
from genba_servicekit.errors import BadRequest, Forbidden, UnsupportedMediaType
from genba_servicekit.languages import Language
from genba_servicekit.middleware import HEADERS_KEY
from genba_servicekit.prepared import PRIVATE, Page, Part, as_response
from wiki_linker.core.hrefs import decode_keyword
from wiki_linker.deps import Wiki
from wiki_linker.routes.answers import SEQ_COOKIE
from wiki_linker.routes.hot import seq_token
from wiki_linker.routes.languages import languages
from wiki_linker.routes.pages_prepared import PreparedPages, prepared_pages
from wiki_linker.routes.pages_shell import kind_of, render, shell_of

_SEQ_COOKIE_S: Final = (
    60  # a host that is not level by then is not healthy; the poll brings it level in a quarter second
)
_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,2000}")
_MOST_FIELDS: Final = 50
_LONG_BODY: Final = 64 << 10  # bytes; decoding a megabyte of %XX takes 60 ms, in a thread
_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_PAGE_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")


class NeedsEditor(Forbidden):
    """What was asked for takes the role of an editor."""

    title = "Only editors can do this"


class NeedsLogin(Forbidden):
    """What was asked for takes somebody known."""

    title = "Log in to do this"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a page: the wiki, level with all that was answered before, the reader, and in which language."""

    request: Request
    wiki: Wiki
    pages: PreparedPages
    who: Principal
    language: Language

    def member(self) -> Principal:
        """The reader, who has to be somebody.

        Raises:
            NeedsLogin: nobody is logged in.
        """
        if not self.who.known:
            raise NeedsLogin
        return self.who

    def editor(self) -> Principal:
        """The reader, who has to be an editor.

        Raises:
            NeedsLogin: nobody is logged in.
            NeedsEditor: the reader may only read.
        """
        if not self.member().role.allows(Role.EDITOR):
            raise NeedsEditor
        return self.who

    def show(  # what a page has
        self,
        template: str,
        *,
        title: str,
        status: int = 200,
        head: str = "",
        headers: dict[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """A page from a template: `title` is plain text, `values` are what the template shows."""
        main = render(template, self.language, title=title, kind=kind_of(self.who), who=self.who, **values)
        return self.page([Part(main)], title=title, status=status, head=head, headers=headers)

    def page(
        self,
        main: Sequence[Part],
        *,
        title: str,
        status: int = 200,
        head: str = "",
        headers: dict[str, str] | None = None,
    ) -> Response:
        """A page of parts. What is no success is not kept by browsers."""
        settings = self.wiki.settings
        shell = shell_of(settings.title, self.language, kind_of(self.who), registration=settings.registration)
        parts = shell.around(
            main, title=f"{title} – {settings.title}", url=own_url(self.request), who=self.who, head=head
        )
        cache = PRIVATE if status == 200 else "no-store"  # noqa: PLR2004 - OK
        return self.send(Page(parts, route="page", status=status, cache=cache), headers)

    def send(self, page: Page, headers: dict[str, str] | None = None) -> Response:
        """A page that is there already."""
        return languages.remember(self.request, as_response(page.answer(self.request.scope[HEADERS_KEY]), headers))

    def see(self, location: str) -> Response:
        """A redirect to a path of this site (never a whole address: that would be made of the Host header)."""
        return languages.remember(
            self.request, Response(status_code=302, headers={"Location": location, "Cache-Control": "no-store"})
        )

    def wrote(self, response: Response) -> Response:
        """Tell with the answer to a write which change the next answer must not be older than, on any host."""
        seq = str(self.wiki.reading.seq)
        response.headers[SEQ_HEADER] = seq
        response.set_cookie(
            SEQ_COOKIE,
            seq,
            max_age=_SEQ_COOKIE_S,
            path="/",
            secure=self.request.scope["scheme"] == "https",
            httponly=True,
            samesite="lax",
        )
        return response


async def begin_visit(request: Request) -> Visit:
    """See that the wiki is level, then who asks: in this order, because a log-out is a change too."""
    pages = prepared_pages(request.app.state)
    wiki = pages.wiki
    token = seq_token(request.scope[HEADERS_KEY])
    if wiki.settings.strict_freshness or not wiki.reading.is_current(token):
        await wiki.reading.catch_up(token)
    who = await wiki.authenticator.principal(request.scope)
    return Visit(request, wiki, pages, who, languages.of_request(request))


def anonymous_visit(request: Request) -> Visit:
    """A visit about which nothing is known that would have to be waited for: errors are shown so."""
    pages = prepared_pages(request.app.state)
    who = pages.wiki.authenticator.peek(request.scope)
    return Visit(request, pages.wiki, pages, who or ANONYMOUS, languages.of_request(request))


VisitDep = Annotated[Visit, Depends(begin_visit)]


def own_url(request: Request) -> str:
    """The request's own path and query without its language, safe to stand in a link; `/` for what is no GET."""
    if request.method != "GET":
        return "/"
    path = quote(request.scope.get("raw_path") or b"/", safe="/%:@$&()*+,;=~!")
    query = urlencode([pair for pair in request.query_params.multi_items() if pair[0] != languages.parameter])
    return local_path(f"{path}?{query}" if query else path)


def local_path(url: str) -> str:
    """The path, if it leads to this site whatever a browser makes of it; else `/`."""
    return url if _LOCAL.fullmatch(url) else "/"


def page_number(visit: Visit) -> int:
    """`page` of the query; 1 if it is not there.

    Raises:
        BadRequest: it is no number.
    """
    given = visit.request.query_params.get("page", "1")
    if not _PAGE_NUMBER.fullmatch(given):
        raise BadRequest("page has to be a number from 1 on.")
    return int(given)


def number_of(visit: Visit, name: str) -> int | None:
    """A number of the query; None if it is not there.

    Raises:
        BadRequest: it is no number.
    """
    given = visit.request.query_params.get(name)
    if given is None:
        return None
    if not _NUMBER.fullmatch(given):
        raise BadRequest(f"{name} has to be a number.")
    return int(given)


def keyword_of(request: Request, raw: str) -> str:
    """The keyword that the rest of a path names; where that is empty, the one in the query (for `.` and `..`).

    Raises:
        BadRequest: its percent-encoding or its UTF-8 is malformed.
    """
    if not raw:
        return request.query_params.get("keyword", "")
    try:
        return decode_keyword(raw.encode("latin-1"))
    except ValueError as error:
        raise BadRequest(f"The address cannot be read: {error}.") from error


def wants_html(request: Request) -> bool:
    """Whether a person's browser asks, not a program."""
    return "text/html" in request.headers.get("accept", "")


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form. Of several with one name the last one counts.

    Raises:
        BadRequest: it cannot be read, is not UTF-8, ends in the middle, or has more than fifty fields.
        UnsupportedMediaType: it is no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _MULTIPART:
        # Of a form that was cut off the parser gives the fields that were whole, as if there had been no others.
        boundary = parse_options_header(request.headers["content-type"])[1].get(b"boundary", b"")
        if not (await request.body()).rstrip(b"\r\n").endswith(b"--" + boundary + b"--"):
            raise BadRequest("The form ends in the middle.")
        async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
            return {name: value for name, value in form.multi_items() if isinstance(value, str)}
    body = await request.body()
    if kind != _FORM and body:
        raise UnsupportedMediaType(f"Forms are {_FORM} or {_MULTIPART}.")
    try:
        return _fields(body) if len(body) < _LONG_BODY else await asyncio.to_thread(_fields, body)
    except ValueError as error:
        raise BadRequest(f"The form cannot be read: {error}.") from error


def _fields(body: bytes) -> dict[str, str]:
    pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    return dict(pairs)
