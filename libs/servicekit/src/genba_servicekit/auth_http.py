"""Who sends a request: a session in a cookie, or an API key in `Authorization: Bearer gk_…` (RFC 6750).

Over https the cookie is `__Host-genba_session`, which browsers take only from this very host and only with Secure, and
the plain name is not looked at (a neighbouring subdomain could have set it). Over plain http, as on one's own machine,
it is `genba_session`. A cookie that no longer holds makes its sender anonymous; a key that does not hold is a 401,
because a program should hear of it.

A service puts its `Authenticator` on `app.state.authenticator`, and asks in its routes:

    Editor = Annotated[Principal, Depends(require(Role.EDITOR))]
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any, Final

from fastapi import Security
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import Request
from starlette.responses import Response

from genba_servicekit.auth import ANONYMOUS, API_KEY_MARK, SESSION_LIFETIME_MS, Principal, Role, hash_secret
from genba_servicekit.auth_service import Authenticator
from genba_servicekit.errors import Forbidden, Unauthorized

COOKIE: Final = "genba_session"
SECURE_COOKIE: Final = "__Host-genba_session"

Scope = MutableMapping[str, Any]

_SECRET: Final = re.compile(rf"(?:{API_KEY_MARK})?[A-Za-z0-9_-]{{43}}")
_BEARER: Final = re.compile(rb"bearer +([^ ]+) *", re.IGNORECASE)
_BAD_KEY: Final = {"WWW-Authenticate": 'Bearer error="invalid_token"'}

_cookie_scheme = APIKeyCookie(
    name=COOKIE,
    scheme_name="session",
    description=f"A person's session, as logging in sets it (`{SECURE_COOKIE}` over https).",
    auto_error=False,
)
_bearer_scheme = HTTPBearer(
    scheme_name="api_key", description=f"A program's API key, `{API_KEY_MARK}…`.", auto_error=False
)


def session_token(scope: Scope) -> str | None:
    """The token in the request's session cookie, if there is one that could be a token."""
    wanted = cookie_name(scope).encode()
    for name, value in scope["headers"]:
        if name == b"cookie" and wanted in value:
            for pair in value.split(b";"):
                key, _, token = pair.strip().partition(b"=")
                if key == wanted:
                    text: str = token.decode("latin-1")
                    return text if _SECRET.fullmatch(text) else None
    return None


def bearer_token(scope: Scope) -> str | None:
    """What the request sends as `Authorization: Bearer`, whatever it is."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            found = _BEARER.fullmatch(value)
            return found[1].decode("latin-1") if found else None
    return None


def cookie_name(scope: Scope) -> str:
    """What the session cookie is called on this connection."""
    return SECURE_COOKIE if scope["scheme"] == "https" else COOKIE


def set_session_cookie(response: Response, scope: Scope, token: str) -> None:
    """Hand the token to the browser, out of scripts' reach, and not to be sent along by other sites' forms."""
    response.set_cookie(
        cookie_name(scope),
        token,
        max_age=SESSION_LIFETIME_MS // 1000,
        path="/",
        secure=scope["scheme"] == "https",
        httponly=True,
        samesite="lax",
    )


def clear_session_cookie(response: Response, scope: Scope) -> None:
    """Take the cookie back."""
    secure = scope["scheme"] == "https"
    response.delete_cookie(cookie_name(scope), path="/", secure=secure, httponly=True, samesite="lax")


def peek(authenticator: Authenticator, scope: Scope) -> Principal | None:
    """Who sends this, as far as memory tells: None means that `principal` has to be asked. No I/O."""
    secret = bearer_token(scope) or session_token(scope)
    if secret is None:
        return ANONYMOUS
    return authenticator.known(hash_secret(secret))


async def principal(authenticator: Authenticator, scope: Scope) -> Principal:
    """Who sends this; `ANONYMOUS` where it has no credentials, or a session that has ended.

    Raises:
        Unauthorized: an API key that does not hold.
        DatabaseUnavailable: it cannot be looked up.
    """
    key = bearer_token(scope)
    secret = key or session_token(scope)
    if secret is None:
        return ANONYMOUS
    hashed = hash_secret(secret)
    found = authenticator.known(hashed)
    if found is None and _SECRET.fullmatch(secret):
        found = await authenticator.recognise(hashed, api_key=key is not None)
    if found is not None:
        return found
    if key is not None:
        raise Unauthorized("This API key is not known here, or was revoked.", headers=_BAD_KEY)
    return ANONYMOUS


async def current_principal(
    request: Request,
    _cookie: Annotated[Any, Security(_cookie_scheme)],
    _bearer: Annotated[Any, Security(_bearer_scheme)],
) -> Principal:
    """Who sends the request, as a FastAPI dependency. The schemes are there for OpenAPI alone."""
    return await principal(request.app.state.authenticator, request.scope)


Current = Annotated[Principal, Security(current_principal)]


def require(role: Role | str) -> Callable[[Principal], Awaitable[Principal]]:
    """A FastAPI dependency that gives who sends the request, if that may do what `role` may.

    It raises Unauthorized for the anonymous and Forbidden for others who may not.
    """
    needed = Role(role)

    async def allowed(who: Current) -> Principal:
        if not who.known:
            raise Unauthorized
        if not who.role.allows(needed):
            raise Forbidden(f"This takes the role {needed}; yours is {who.role}.")
        return who

    return allowed
