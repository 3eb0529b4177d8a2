"""How every client sends: one pool, timeouts, retries of what is safe to repeat, a deadline, typed errors."""

import asyncio
import copy
import math
import random
import re
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx
import stamina
from pydantic import BaseModel, ValidationError

from genba_client import _constants as constants
from genba_client._aiohttp import PlainAiohttpTransport
from genba_client._pages import Pages
from genba_client.errors import (
    REQUEST_ID_HEADER,
    ApiConnectionError,
    ApiDeadlineError,
    ApiResponseError,
    ApiStatusError,
    ApiTimeoutError,
    GenbaError,
    status_error,
)

ModelT = TypeVar("ModelT", bound=BaseModel)
ItemT = TypeVar("ItemT")
Content = bytes | Callable[[], AsyncIterator[bytes]]
"""A body: bytes, or what opens it anew for each attempt."""
JSON: Final = {"Content-Type": "application/json"}
"""The headers of a call whose body is JSON."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_REFUSAL: Final = 300
_DOUBLINGS: Final = 10  # enough to reach the longest wait, and no overflow after years of an outage


def backoff(failures: int) -> float:
    """Give the seconds to wait after so many failures in a row: twice as long each time, up to half of it at random."""
    step = min(constants.BACKOFF_MAX, constants.BACKOFF_INITIAL * 2.0 ** min(failures - 1, _DOUBLINGS))
    return step * random.uniform(0.5, 1.0)  # noqa: S311  (spreads callers out; nothing secret)


@dataclass(slots=True)
class Call:
    """One call: what is sent, and how far it has come.

    Attributes:
        path: everything after the base URL's path, percent-encoded as it is to be sent.
        repeatable: whether sending it twice is sending it once; by the method where None.
        read_timeout: seconds between two pieces of the answer, where not the client's.
        attempts: how often it was sent.
        ends_at: the event loop's time by which it has to be done.
        failure: what reading the body from its source has raised.
    """

    method: str
    path: str
    params: Mapping[str, str | list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Content | None = None
    repeatable: bool | None = None
    read_timeout: float | None = None
    attempts: int = 0
    ends_at: float | None = None
    failure: Exception | None = None

    def __post_init__(self) -> None:
        if self.repeatable is None:
            # A conditional write whose first answer was lost would fail on its own effect the second time.
            conditional = not self.headers.keys().isdisjoint({"If-Match", "If-None-Match"})
            self.repeatable = self.method in constants.REPEATABLE_METHODS and not conditional

    async def upload(self, opened: Callable[[], AsyncIterator[bytes]]) -> AsyncIterator[bytes]:
        """Give the body's pieces, and keep what went wrong: to a transport it is a connection error like any other."""
        try:
            async for piece in opened():
                yield piece
        except Exception as error:
            self.failure = error
            raise

    def pause(self, error: Exception) -> float | bool:
        """Tell after how many seconds to try again; False for not at all."""
        if isinstance(error, ApiConnectionError):
            again, asked = self.repeatable or not error.sent, None
        elif isinstance(error, ApiStatusError) and error.status in constants.RETRY_STATUSES:
            asked = error.retry_after
            again = self.repeatable or (asked is not None and error.status in constants.REFUSED_STATUSES)
        else:
            return False
        if not again:
            return False
        if asked is None:
            wait = backoff(self.attempts)
        elif asked > constants.RETRY_AFTER_MAX:
            return False
        else:  # never early; a little later, so that those who were sent away together do not return together
            wait = asked + random.uniform(0.0, constants.BACKOFF_INITIAL)  # noqa: S311
        late = self.ends_at is not None and asyncio.get_running_loop().time() + wait >= self.ends_at
        return False if late else wait


@dataclass(frozen=True, slots=True)
class Options:
    """How patient a client is; see `ServiceClient.with_options`."""

    deadline: float
    max_retries: int
    timeout: httpx.Timeout


@dataclass(slots=True)
class Shared:
    """What a client and its copies with other options have in common."""

    http: httpx.AsyncClient
    own: bool
    headers: dict[str, str]
    seq: int = 0


class ServiceClient:
    """What the clients of all services are made of."""

    seq_header: str | None = None
    """The header with which the service numbers its changes, if it does."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        timeout: httpx.Timeout,
        deadline: float,
        max_retries: int,
        request_id: Callable[[], str | None] | None,
        transport: httpx.AsyncBaseTransport | None,
        http_client: httpx.AsyncClient | None,
    ) -> None:
        if transport is not None and http_client is not None:
            raise ValueError("give a transport or an http_client, not both")
        self._base_url = base_url.rstrip("/")
        if httpx.URL(self._base_url).scheme not in {"http", "https"}:
            raise ValueError(f"{base_url!r} is no http or https address")
        self._options = Options(deadline, max_retries, timeout)
        self._request_id = request_id
        self._shared = Shared(
            http_client
            or httpx.AsyncClient(
                transport=transport or self._pool(),
                timeout=timeout,
                trust_env=False,
                # Who we are is said in each request; a cookie of an answer would say it twice.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            ),
            own=http_client is None,
            headers=dict(headers),
        )

    def _pool(self) -> httpx.AsyncBaseTransport:
        # Over plain http there is no certificate to verify, and the list of authorities takes 70 ms to read.
        https = self._base_url.startswith("https:")
        return PlainAiohttpTransport(verify=https, limits=constants.LIMITS, trust_env=False)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the pool; an `http_client` that was given stays open."""
        if self._shared.own:
            await self._shared.http.aclose()

    def with_options(
        self,
        *,
        deadline: float | None = None,
        max_retries: int | None = None,
        timeout: httpx.Timeout | None = None,
    ) -> Self:
        """Give the same client with other options: pool, credentials and seq are shared. None keeps an option.

        Args:
            deadline: seconds for one call with all its attempts and waits; `math.inf` for no bound.
            max_retries: how often a call is tried again at most.
            timeout: seconds to connect, for a free connection, and for each piece to be written or read.
        """
        now = self._options
        other = copy.copy(self)
        other._options = Options(  # noqa: SLF001  (a copy of oneself)
            now.deadline if deadline is None else deadline,
            now.max_retries if max_retries is None else max_retries,
            timeout or now.timeout,
        )
        return other

    @property
    def seq(self) -> int:
        """The newest change that any answer knew of; every call asks for an answer that knows of it too."""
        return self._shared.seq

    def _listing(
        self,
        path: str,
        page: type[ModelT],
        *,
        items: Callable[[ModelT], Sequence[ItemT]],
        following: Callable[[ModelT], str | None],
        params: Mapping[str, object | None],
        cursor: str = "cursor",
    ) -> Pages[ModelT, ItemT]:
        """Give a list that comes in pages; parameters that are None are not sent, lists are several of one name."""
        given = parameters(params)

        async def fetch(at: str | None) -> ModelT:
            return await self._call(Call("GET", path, given if at is None else {**given, cursor: at}), page)

        return Pages(fetch, items=items, following=following)

    async def _call(self, call: Call, answer: type[ModelT]) -> ModelT:
        """Send a call and read its answer."""
        return self._parse(await self._bytes(call), answer)

    async def _bytes(self, call: Call) -> httpx.Response:
        """Send a call; its answer's body is read."""
        return await self._send(call, read=True, deadline=self._options.deadline)

    @asynccontextmanager
    async def _stream(self, call: Call) -> AsyncIterator[httpx.Response]:
        """Send a call and give its answer before its body; an upload has no deadline."""
        deadline = math.inf if callable(call.content) else self._options.deadline
        response = await self._send(call, read=False, deadline=deadline)
        try:
            yield response
        finally:
            await response.aclose()

    async def _send(self, call: Call, *, read: bool, deadline: float) -> httpx.Response:
        if deadline < math.inf:
            call.ends_at = asyncio.get_running_loop().time() + deadline
        request = self._request(call)
        last: list[GenbaError] = []
        try:
            async with asyncio.timeout_at(call.ends_at) as scope:
                return await self._with_retries(call, request, last, read=read)
        except TimeoutError as error:
            if not scope.expired():
                raise
            message = f"not done within {deadline} s, in {call.attempts} attempts"
            raise ApiDeadlineError(message, request=request, sent=True) from (last[-1] if last else error)

    async def _with_retries(
        self, call: Call, request: httpx.Request, errors: list[GenbaError], *, read: bool
    ) -> httpx.Response:
        # The first attempt is made outside of stamina, which takes 42 µs to set up, and shown to it if it failed.
        try:
            return await self._attempt(call, request, read=read)
        except (ApiConnectionError, ApiStatusError) as error:
            errors.append(error)
        async for attempt in stamina.retry_context(on=call.pause, attempts=self._options.max_retries + 1, timeout=None):
            with attempt:
                if attempt.num == 1:
                    raise errors[0]
                try:
                    return await self._attempt(call, self._request(call, request), read=read)
                except (ApiConnectionError, ApiStatusError) as error:
                    errors.append(error)
                    raise
        raise AssertionError("stamina raises the last error")

    def _request(self, call: Call, before: httpx.Request | None = None) -> httpx.Request:
        headers = {**self._shared.headers, **call.headers}
        headers[REQUEST_ID_HEADER] = self._new_request_id() if before is None else before.headers[REQUEST_ID_HEADER]
        if self.seq_header is not None and self._shared.seq:
            headers[self.seq_header] = str(self._shared.seq)
        timeout = self._options.timeout
        if call.read_timeout is not None:
            timeout = httpx.Timeout(**{**timeout.as_dict(), "read": call.read_timeout})
        return self._shared.http.build_request(
            call.method,
            self._base_url + call.path,
            params=call.params or None,
            headers=headers,
            content=call.upload(call.content) if callable(call.content) else call.content,
            timeout=timeout,
        )

    def _new_request_id(self) -> str:
        given = None if self._request_id is None else self._request_id()
        return given if given and _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex

    async def _attempt(self, call: Call, request: httpx.Request, *, read: bool) -> httpx.Response:
        call.attempts += 1
        response: httpx.Response | None = None
        try:
            response = await self._shared.http.send(request, stream=True, follow_redirects=False)
            if read or response.status_code >= _REFUSAL:
                await response.aread()
        except httpx.HTTPError as error:
            if response is not None:
                await response.aclose()
            if call.failure is not None:
                raise call.failure from None
            raise connection_error(error, request, answered=response is not None) from error
        except BaseException:
            if response is not None:
                await response.aclose()
            raise
        self._take_note(response)
        if response.status_code >= _REFUSAL:
            raise status_error(response)
        return response

    def _take_note(self, response: httpx.Response) -> None:
        self._shared.seq = max(self._shared.seq, self._seq_of(response) or 0)

    def _seq_of(self, response: httpx.Response) -> int | None:
        seq = "" if self.seq_header is None else response.headers.get(self.seq_header, "")
        return int(seq) if seq.isascii() and seq.isdigit() else None

    @staticmethod
    def _parse(response: httpx.Response, answer: type[ModelT]) -> ModelT:
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise ApiResponseError(f"the answer is no {answer.__name__}: {error}", response=response) from error


def parameters(params: Mapping[str, object | None]) -> dict[str, str | list[str]]:
    """Give parameters as they are sent: those that are None are not, lists are several of one name."""
    return {name: _parameter(value) for name, value in params.items() if value is not None}


def _parameter(value: object) -> str | list[str]:
    return [str(one) for one in value] if isinstance(value, list) else str(value)


async def pieces_of(response: httpx.Response) -> AsyncIterator[bytes]:
    """Give an answer's body as it comes.

    Raises:
        ApiConnectionError: it ended in the middle.
    """
    try:
        async for piece in response.aiter_bytes():
            yield piece
    except httpx.HTTPError as error:
        raise connection_error(error, response.request, answered=True) from error


def connection_error(error: httpx.HTTPError, request: httpx.Request, *, answered: bool) -> ApiConnectionError:
    """Give the error that a failure of httpx stands for."""
    kind = ApiTimeoutError if isinstance(error, httpx.TimeoutException) else ApiConnectionError
    sent = answered or not isinstance(error, _NOT_SENT)
    return kind(f"{type(error).__name__}: {error}", request=request, sent=sent)
