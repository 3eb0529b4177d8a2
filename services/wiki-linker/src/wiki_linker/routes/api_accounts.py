"""REST: people, sessions, API keys."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from genba_contracts import wiki as contracts
from genba_servicekit.answers import moment
from genba_servicekit.auth import BadName, NameTaken, Role
from genba_servicekit.auth_http import Admin, ClientAddress, Member
from genba_servicekit.errors import Forbidden, NotFound, ServiceUnavailable, TooManyRequests, Unauthorized, responses
from genba_servicekit.passwords import BadPassword
from genba_servicekit.raw_paths import RawPathRoute
from wiki_linker.deps import WikiDep
from wiki_linker.routes import converting
from wiki_linker.routes.answers import ADDED, DONE, READ, answer, be_fresh, nothing
from wiki_linker.routes.path_names import UserName
from wiki_linker.usecases.people import RegistrationClosed, WrongLogin

router = APIRouter(prefix="/v1", tags=["accounts"], route_class=RawPathRoute, dependencies=[Depends(be_fresh)])

_PRIVATE: Final = {"Cache-Control": "private, no-cache"}


@router.post(
    "/users",
    response_model=contracts.User,
    status_code=201,
    responses=ADDED
    | responses(RegistrationClosed, NameTaken, BadName, BadPassword, TooManyRequests, ServiceUnavailable),
)
async def register_user(
    request: Request, wiki: WikiDep, address: ClientAddress, body: contracts.UserCreate
) -> Response:
    """Register. Whoever registers may write, unless this wiki says otherwise."""
    user = await wiki.accounts.register(body.name, body.password, address=address)
    return answer(request, wiki, converting.user(user), status=201)


@router.get("/users/me", response_model=contracts.User, responses=READ | responses(Unauthorized, NotFound))
async def get_me(request: Request, wiki: WikiDep, who: Member) -> Response:
    """Who sends this request."""
    user = await wiki.accounts.user(who.name)
    return answer(request, wiki, converting.user(user), headers=_PRIVATE)


@router.put(
    "/users/{name}/role",
    status_code=204,
    responses=DONE | responses(Unauthorized, Forbidden, NotFound, ServiceUnavailable),
)
async def put_role(wiki: WikiDep, _who: Admin, name: UserName, body: contracts.RoleChange) -> Response:
    """Give a person another role, from the next request on. Administrators only."""
    await wiki.accounts.set_role(name, Role(body.role))
    return nothing(wiki)


@router.post(
    "/sessions",
    response_model=contracts.Session,
    status_code=201,
    responses=ADDED | responses(WrongLogin, TooManyRequests, ServiceUnavailable),
)
async def create_session(
    request: Request, wiki: WikiDep, address: ClientAddress, body: contracts.SessionCreate
) -> Response:
    """Log in. The session is set as a cookie."""
    user, opened = await wiki.accounts.log_in(body.name, body.password, address=address)
    session = contracts.Session(user=converting.user(user), token=opened.token, expires_at=moment(opened.expires_at))
    response = answer(request, wiki, session, status=201, headers={"Cache-Control": "no-store"})
    wiki.authenticator.set_cookie(response, request.scope, opened.token)
    return response


@router.delete("/sessions/current", status_code=204, responses=DONE | responses(ServiceUnavailable))
async def delete_session(request: Request, wiki: WikiDep) -> Response:
    """Log out: the session ends at once, everywhere. Doing it again changes nothing."""
    token = wiki.authenticator.session_token(request.scope)
    if token is not None:
        await wiki.accounts.log_out(token)
    response = nothing(wiki)
    wiki.authenticator.clear_cookie(response, request.scope)
    return response


@router.get("/api-keys", response_model=contracts.ApiKeyPage, responses=READ | responses(Unauthorized))
async def list_api_keys(request: Request, wiki: WikiDep, who: Member) -> Response:
    """One's own API keys, without their secrets."""
    items = [converting.api_key(key) for key in await wiki.accounts.keys(who)]
    return answer(request, wiki, contracts.ApiKeyPage(items=items), headers=_PRIVATE)


@router.post(
    "/api-keys",
    response_model=contracts.ApiKeyCreated,
    status_code=201,
    responses=ADDED | responses(Unauthorized, Forbidden, ServiceUnavailable),
)
async def create_api_key(request: Request, wiki: WikiDep, who: Member, body: contracts.ApiKeyCreate) -> Response:
    """Make an API key for oneself. The secret is in this answer and nowhere else."""
    key, secret = await wiki.accounts.create_key(who, name=body.name, role=Role(body.role))
    created = contracts.ApiKeyCreated(**dict(converting.api_key(key)), key=secret)
    return answer(request, wiki, created, status=201, headers={"Cache-Control": "no-store"})


@router.delete(
    "/api-keys/{key_id}",
    status_code=204,
    responses=DONE | responses(Unauthorized, Forbidden, NotFound, ServiceUnavailable),
)
async def revoke_api_key(
    wiki: WikiDep,
    who: Member,
    key_id: Annotated[int, Path(ge=1, le=2**31 - 1, description="The key's number.", examples=[3])],
) -> Response:
    """Make an API key useless at once, everywhere."""
    await wiki.accounts.revoke_key(who, key_id)
    return nothing(wiki)
