"""The client of wiki-linker."""

from collections.abc import Callable
from typing import Final

import httpx

from genba_client import _constants as constants
from genba_client._transport import JSON, Call
from genba_client._wiki_changes import ChangeCalls
from genba_client._wiki_entries import EntryCalls
from genba_client._wiki_links import LinkCalls
from genba_contracts.wiki import (
    SECURE_SESSION_COOKIE,
    SEQ_HEADER,
    SESSION_COOKIE,
    ApiKey,
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyPage,
    Role,
    RoleChange,
    Session,
    SessionCreate,
    User,
    UserCreate,
    path_segment,
)

DEFAULT_URL: Final = "http://127.0.0.1:8001"


class WikiClient(EntryCalls, LinkCalls, ChangeCalls):
    """A client of a wiki: one pool of connections for its life.

        async with WikiClient("http://127.0.0.1:8001", api_key="gk_…") as wiki:
            entry = await wiki.entry("日本武道館", html=True)

    Every answer knows of every change that an earlier answer to this client knew of (see `seq`), whichever process
    of the wiki gives it.

    Args:
        base_url: where the wiki is.
        api_key: a program's key.
        session_token: a person's session; `log_in` gives one.
        timeout: seconds to connect, for a free connection, and for each piece to be written or read.
        deadline: seconds for one call with all its attempts and waits; `math.inf` for no bound. Streams and uploads
            have none once they run.
        max_retries: how often a call is tried again at most.
        request_id: gives the id of what is being done now, such as a contextvar's `get`; calls carry it as
            X-Request-ID. Without it, or where it gives nothing usable, each call gets an id of its own.
        transport: how httpx sends, where not over aiohttp's pool: an `httpx.ASGITransport`, for one.
        http_client: a whole httpx client to use; it is not closed.

    Raises:
        ValueError: arguments contradict each other, or `base_url` is no http or https address.
    """

    seq_header = SEQ_HEADER

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        session_token: str | None = None,
        timeout: httpx.Timeout = constants.TIMEOUT,
        deadline: float = constants.DEADLINE,
        max_retries: int = constants.MAX_RETRIES,
        request_id: Callable[[], str | None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        if api_key is not None and session_token is not None:
            raise ValueError("give an api_key or a session_token, not both")
        super().__init__(
            base_url,
            headers={} if api_key is None else {"Authorization": f"Bearer {api_key}"},
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            request_id=request_id,
            transport=transport,
            http_client=http_client,
        )
        self._be(session_token)

    def _be(self, session_token: str | None) -> None:
        self._shared.headers.pop("Cookie", None)
        if session_token is not None:
            name = SECURE_SESSION_COOKIE if self._base_url.startswith("https:") else SESSION_COOKIE
            self._shared.headers["Cookie"] = f"{name}={session_token}"

    async def register(self, name: str, *, password: str) -> User:
        """Add a person; they still have to log in.

        Raises:
            ConflictError: the name is taken.
            PermissionDeniedError: registration is closed.
            UnprocessableError: the name or the password is not allowed.
            RateLimitError: too often from here.
        """
        content = UserCreate(name=name, password=password).model_dump_json().encode()
        return await self._call(Call("POST", "/v1/users", headers=JSON, content=content), User)

    async def log_in(self, name: str, *, password: str) -> Session:
        """Open a session; this client's calls are that person's from here on.

        Raises:
            PermissionDeniedError: the name or the password is wrong.
            RateLimitError: too often.
        """
        content = SessionCreate(name=name, password=password).model_dump_json().encode()
        session = await self._call(Call("POST", "/v1/sessions", headers=JSON, content=content), Session)
        self._be(session.token)
        return session

    async def log_out(self) -> None:
        """End the session, everywhere at once; this client's calls are nobody's from here on."""
        await self._bytes(Call("DELETE", "/v1/sessions/current"))
        self._be(None)

    async def me(self) -> User:
        """Tell who this client is.

        Raises:
            AuthenticationError: nobody.
        """
        return await self._call(Call("GET", "/v1/users/me"), User)

    async def set_role(self, name: str, *, role: Role) -> None:
        """Give a person another role, from their next request on; administrators only.

        Raises:
            NotFoundError: there is nobody of this name.
        """
        content = RoleChange(role=role).model_dump_json().encode()
        await self._bytes(Call("PUT", f"/v1/users/{path_segment(name)}/role", headers=JSON, content=content))

    async def api_keys(self) -> list[ApiKey]:
        """Give one's own API keys that are in use."""
        return (await self._call(Call("GET", "/v1/api-keys"), ApiKeyPage)).items

    async def create_api_key(self, name: str, *, role: Role = "editor") -> ApiKeyCreated:
        """Make an API key; its secret is in this answer alone.

        Raises:
            PermissionDeniedError: its role would be above one's own.
        """
        content = ApiKeyCreate(name=name, role=role).model_dump_json().encode()
        return await self._call(Call("POST", "/v1/api-keys", headers=JSON, content=content), ApiKeyCreated)

    async def revoke_api_key(self, key: int) -> None:
        """Make an API key useless, by its id.

        Raises:
            NotFoundError: there is no such key in use.
        """
        await self._bytes(Call("DELETE", f"/v1/api-keys/{key}"))
