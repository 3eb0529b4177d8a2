"""Who sends a request: a session in a cookie, or an API key in `Authorization: Bearer gk_…` (RFC 6750).

The cookie is the service's own, `wiki_session`: cookies do not tell ports apart (RFC 6265, section 8.5), so under one
name the services of one machine would log people out of each other, and be sent each other's tokens. Over https it is
`__Host-wiki_session`, which browsers take only from this very host and only with Secure, and the plain name is not
looked at (a neighbouring subdomain could have set it); the plain name is for http, as on one's own machine. A cookie
that no longer holds makes its sender anonymous; a key that does not hold is a 401, because a program should hear of it.

A service puts its `Authenticator` on `app.state.authenticator`, and asks in its routes:

    async def write(who: Editor, address: ClientAddress) -> Response:
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Network, ip_address
from time import time
from typing import Annotated, Any, Final

from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import Request
from starlette.responses import Response

from genba_servicekit.auth import (
    ANONYMOUS,
    API_KEY_MARK,
    SESSION_LIFETIME_MS,
    AuthTables,
    Principal,
    Role,
    Verified,
    api_key_by_hash,
    hash_secret,
    note_use,
    session_by_token,
)
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.database import Database
from genba_servicekit.docs import SECURE_PREFIX, SESSION_SCHEME
from genba_servicekit.errors import Forbidden, ServiceUnavailable, Unauthorized

Scope = MutableMapping[str, Any]

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_KEY: Final = re.compile(rf"{API_KEY_MARK}[A-Za-z0-9_-]{{43}}")
_BEARER: Final = re.compile(rb"bearer +([^ ]+) *", re.IGNORECASE)
_BAD_KEY: Final = {"WWW-Authenticate": 'Bearer error="invalid_token"'}

_cookie_scheme = APIKeyCookie(
    name=SESSION_SCHEME,
    scheme_name=SESSION_SCHEME,
    description="A person's session, as logging in sets it.",
    auto_error=False,
)
_bearer_scheme = HTTPBearer(
    scheme_name="api_key", description=f"A program's API key, `{API_KEY_MARK}…`.", auto_error=False
)


def _unix_ms() -> int:
    return int(time() * 1000)


def _is_secure(scope: Scope) -> bool:
    return bool(scope["scheme"] == "https")


def api_key(scope: Scope) -> str | None:
    """The API key that the request sends as `Authorization: Bearer`; empty if what is sent so cannot be one."""
    for name, value in scope["headers"]:
        if name == b"authorization" and (found := _BEARER.fullmatch(value)):
            text: str = found[1].decode("latin-1")
            return text if _KEY.fullmatch(text) else ""
    return None


class Authenticator:
    """Tells who sends a request: from memory where it can, else from the database.

    Whatever takes something away (a log-out, another role, a revoked key) has to drop it from `cache`, everywhere.

    Args:
        database: where accounts are.
        tables: of `auth_tables`.
        cache: whom it has recognised lately.
        cookie: what the session cookie is called: `settings.session_cookie`.
        clock: gives Unix milliseconds.
    """

    def __init__(
        self,
        database: Database,
        tables: AuthTables,
        cache: SessionCache,
        *,
        cookie: str,
        clock: Callable[[], int] = _unix_ms,
    ) -> None:
        self.cache = cache
        self._cookie = cookie
        self._secure_cookie = SECURE_PREFIX + cookie
        self._database = database
        self._tables = tables
        self._clock = clock

    def peek(self, scope: Scope) -> Principal | None:
        """Who sends this, as far as memory tells: None means that `principal` has to be asked. No I/O."""
        key = api_key(scope)
        secret = self.session_token(scope) if key is None else key
        return ANONYMOUS if secret is None else self.cache.get(hash_secret(secret), now=self._clock())

    async def principal(self, scope: Scope) -> Principal:
        """Who sends this; `ANONYMOUS` where it has no credentials, or a session that has ended.

        Raises:
            Unauthorized: an API key that does not hold.
            DatabaseUnavailable: it cannot be looked up.
        """
        key = api_key(scope)
        secret = self.session_token(scope) if key is None else key
        if secret is None:
            return ANONYMOUS
        secret_hash = hash_secret(secret)
        found = self.cache.get(secret_hash, now=self._clock())
        if found is None and secret:
            found = await self._look_up(secret_hash, session_by_token if key is None else api_key_by_hash)
        if found is None and key is not None:
            raise Unauthorized("This API key is not known here, or was revoked.", headers=_BAD_KEY)
        return found or ANONYMOUS

    def session_token(self, scope: Scope) -> str | None:
        """The token in the request's session cookie, if there is one that could be a token."""
        wanted = self._cookie_name(scope).encode()
        for name, value in scope["headers"]:
            if name == b"cookie" and wanted in value:
                for pair in value.split(b";"):
                    key, _, token = pair.strip().partition(b"=")
                    if key == wanted:
                        text: str = token.decode("latin-1")
                        return text if _TOKEN.fullmatch(text) else None
        return None

    def set_cookie(self, response: Response, scope: Scope, token: str) -> None:
        """Hand the token to the browser, out of scripts' reach, and not to be sent along by other sites' forms."""
        response.set_cookie(
            self._cookie_name(scope),
            token,
            max_age=SESSION_LIFETIME_MS // 1000,
            path="/",
            secure=_is_secure(scope),
            httponly=True,
            samesite="lax",
        )

    def clear_cookie(self, response: Response, scope: Scope) -> None:
        """Take the cookie back."""
        name, secure = self._cookie_name(scope), _is_secure(scope)
        response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")

    def _cookie_name(self, scope: Scope) -> str:
        return self._secure_cookie if _is_secure(scope) else self._cookie

    async def _look_up(self, secret_hash: str, look: Callable[..., Verified | None]) -> Principal | None:
        drops = self.cache.drops
        now = self._clock()
        verified = await self._database.read(lambda connection: look(connection, self._tables, secret_hash, now=now))
        if verified is None:
            return None
        if verified.stale_use:
            with suppress(ServiceUnavailable):  # a full disk keeps nobody out
                await self._database.write(lambda connection: note_use(connection, self._tables, secret_hash, now=now))
        self.cache.put(secret_hash, verified, now=now, drops=drops)
        return verified.principal


async def current_principal(
    request: Request,
    _cookie: Annotated[Any, Security(_cookie_scheme)],
    _bearer: Annotated[Any, Security(_bearer_scheme)],
) -> Principal:
    """Who sends the request, as a FastAPI dependency. The schemes are there for OpenAPI alone."""
    authenticator: Authenticator = request.app.state.authenticator
    return await authenticator.principal(request.scope)


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


Member = Annotated[Principal, Depends(require(Role.READER))]
"""Who sends the request, known by name."""
Editor = Annotated[Principal, Depends(require(Role.EDITOR))]
"""Who sends the request, allowed to write."""
Admin = Annotated[Principal, Depends(require(Role.ADMIN))]
"""Who sends the request, allowed everything."""


def client_address(request: Request) -> str:
    """Where a request comes from, as the server believes it: an IPv6 network of 64 bits, of which people have one."""
    host = request.client.host if request.client is not None else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    return str(address.ipv4_mapped or IPv6Network((address.packed, 64), strict=False))


async def _client_address(request: Request) -> str:
    return client_address(request)


ClientAddress = Annotated[str, Depends(_client_address)]
"""Where a request comes from: what limits on attempts count by."""
