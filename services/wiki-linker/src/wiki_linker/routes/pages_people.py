"""Registering, logging in, logging out."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from genba_servicekit.auth import BadName, NameTaken
from genba_servicekit.auth_http import client_address
from genba_servicekit.errors import Forbidden, TooManyRequests
from genba_servicekit.forms import form_of, local_path
from genba_servicekit.middleware import HEADERS_KEY, cross_site
from genba_servicekit.passwords import BadPassword
from genba_servicekit.troubles import Trouble
from wiki_linker.routes.pages_errors import trouble_of
from wiki_linker.routes.pages_visit import Visit, VisitDep
from wiki_linker.usecases.people import RegistrationClosed, WrongLogin

_REFUSED: Final = (WrongLogin, NameTaken, BadName, BadPassword, RegistrationClosed, TooManyRequests)

router = APIRouter(include_in_schema=False)


@router.get("/login")
async def login_form(visit: VisitDep) -> Response:
    """The log-in form."""
    return _form(visit, "login", leads_to=_next(visit, {}))


@router.post("/login")
async def log_in(visit: VisitDep) -> Response:
    """Log in and go on to `next`, if that is a path of this site, or to the index."""
    form = await form_of(visit.request)
    name, leads_to = form.get("name", ""), _next(visit, form)
    try:
        return await _open_session(visit, name, form.get("password", ""), leads_to)
    except _REFUSED as error:
        return _form(visit, "login", trouble_of(error, visit.language), name=name, leads_to=leads_to)


@router.get("/register")
async def register_form(visit: VisitDep) -> Response:
    """The registration form."""
    if not visit.wiki.settings.registration:
        raise RegistrationClosed
    return _form(visit, "register", leads_to=_next(visit, {}))


@router.post("/register")
async def register(visit: VisitDep) -> Response:
    """Make an account and log in."""
    form = await form_of(visit.request)
    name, password, leads_to = form.get("name", ""), form.get("password", ""), _next(visit, form)
    try:
        await visit.wiki.accounts.register(name, password, address=client_address(visit.request))
        return await _open_session(visit, name, password, leads_to)
    except _REFUSED as error:
        return _form(visit, "register", trouble_of(error, visit.language), name=name, leads_to=leads_to)


@router.api_route("/logout", methods=["GET", "POST"])
async def log_out(visit: VisitDep) -> Response:
    """End the session, everywhere at once. A link on another site does not: it is a write, though it may be a GET."""
    if cross_site(visit.request.scope[HEADERS_KEY], visit.wiki.settings.public_url):
        raise Forbidden("This was sent from a page of another site")
    token = visit.wiki.authenticator.session_token(visit.request.scope)
    if token is not None:
        await visit.wiki.accounts.log_out(token)
    response = visit.wrote(visit.see("/"))
    visit.wiki.authenticator.clear_cookie(response, visit.request.scope)
    return response


async def _open_session(visit: Visit, name: str, password: str, leads_to: str) -> Response:
    _, session = await visit.wiki.accounts.log_in(name, password, address=client_address(visit.request))
    response = visit.wrote(visit.see(leads_to))
    visit.wiki.authenticator.set_cookie(response, visit.request.scope, session.token)
    return response


def _next(visit: Visit, form: dict[str, str]) -> str:
    return local_path(form.get("next") or visit.request.query_params.get("next", "/"))


def _form(visit: Visit, which: str, trouble: Trouble | None = None, *, name: str = "", leads_to: str) -> Response:
    return visit.show(
        "account.html",
        title=visit.language("log_in" if which == "login" else "register"),
        status=200 if trouble is None else trouble.status,
        headers=None if trouble is None else dict(trouble.headers),
        which=which,
        trouble=trouble,
        name=name,
        leads_to=leads_to,
        registration=visit.wiki.settings.registration,
    )
