"""Who looks at a page, in which language; and how pages and redirects are answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.responses import Response

from genba_contracts.wiki import SEQ_HEADER
from genba_servicekit.auth import ANONYMOUS, Principal
from genba_servicekit.errors import BadRequest
from genba_servicekit.forms import own_url
from genba_servicekit.languages import Language
from genba_servicekit.middleware import HEADERS_KEY
from genba_servicekit.prepared import PRIVATE, Page, Part, as_response
from genba_servicekit.templates import kind_of
from genba_servicekit.troubles import need_editor, need_member
from wiki_linker.core.hrefs import decode_keyword
from wiki_linker.deps import Wiki
from wiki_linker.routes.answers import SEQ_COOKIE
from wiki_linker.routes.hot import seq_token
from wiki_linker.routes.languages import languages
from wiki_linker.routes.pages_prepared import PreparedPages, prepared_pages
from wiki_linker.routes.pages_shell import render, shell_of

_SEQ_COOKIE_S: Final = 60  # a host not level by then is not healthy; the poll brings it level in a quarter second


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a page: the wiki, level with all that was answered before, the reader, and in which language."""

    request: Request
    wiki: Wiki
    pages: PreparedPages
    who: Principal
    language: Language

    def member(self) -> Principal:
        """The reader, who has to be somebody (else NeedsLogin)."""
        return need_member(self.who)

    def editor(self) -> Principal:
        """The reader, who has to be an editor (else NeedsLogin or NeedsEditor)."""
        return need_editor(self.who)

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
        url = own_url(self.request, without=languages.parameter)
        parts = shell.around(main, title=f"{title} – {settings.title}", url=url, who=self.who, head=head)
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
