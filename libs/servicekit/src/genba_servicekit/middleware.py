"""What every request passes through before a route sees it, as one piece of pure ASGI.

In this order: request id, access log and metrics, body limit, security headers, origin check, prepared answers, router.
They are one class and not seven, because a layer of its own costs an await, a closure around `send` and another look
through the headers; prepared answers pass through without any of these (decision 0020 has the figures).
"""

import asyncio
import itertools
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genba_servicekit.errors import BadRequest, Forbidden, PayloadTooLarge, ProblemError
from genba_servicekit.logging import AccessLog, get_logger, request_id_var
from genba_servicekit.metrics import Traffic

Header: TypeAlias = tuple[bytes, bytes]

PAGE_POLICY: Final = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Scripts, styles and images come from this site's own files; nothing inline, nothing framed."""

SECURITY_HEADERS: Final[tuple[Header, ...]] = (
    (b"content-security-policy", PAGE_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

HEADERS_KEY: Final = "genba.headers"
"""Where the scope keeps the request's headers as a dict of bytes, names in lower case."""

REQUEST_ID_KEY: Final = "genba.request_id"
"""Where the scope keeps the request's id."""

_ASKED_KEY: Final = "genba.asked"
"""Stands in the scope of a request for which nothing was prepared: it need not be looked for again."""

_ID_NAME: Final = b"x-request-id"
_NOT_AT_ONCE: Final = frozenset(
    {b"x-forwarded-for", b"x-forwarded-proto", b"content-length", b"transfer-encoding", b"expect", b"upgrade"}
)
_START: Final = "http.response.start"
_BODY: Final = "http.response.body"
_BODILESS: Final = frozenset({204, 304})
_KEPT_BY_304: Final = frozenset({b"etag", b"cache-control", b"content-location", b"expires", b"vary"})
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_LENGTH_DIGITS: Final = 18  # of an exabyte; past some thousands, int() refuses
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An answer made beforehand: `prepare` makes it, a hot handler hands it out.

    Attributes:
        status: the HTTP status.
        headers: all headers, those of security and the body's length included; the request's id comes later.
        body: the bytes, encoded as the headers say.
        route: under what name it is counted: a path template.
    """

    status: int
    headers: tuple[Header, ...]
    body: bytes
    route: str = "prepared"


def prepare(
    body: bytes,
    *,
    content_type: str = "text/html; charset=utf-8",
    status: int = 200,
    headers: Iterable[tuple[str, str]] = (),
    route: str = "prepared",
) -> Prepared:
    """Make an answer that costs nothing to give: every header is encoded here, once."""
    made: list[Header] = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers]
    if status not in _BODILESS:
        made.append((b"content-type", content_type.encode("latin-1")))
        made.append((b"content-length", b"%d" % len(body)))
    return Prepared(status, tuple(with_security(made)), body, route)


def not_modified(answer: Prepared) -> Prepared:
    """The 304 in place of an answer: what a cache needs to keep its copy (RFC 9110, 15.4.5)."""
    security = {name for name, _ in SECURITY_HEADERS}
    kept = tuple(header for header in answer.headers if header[0] in _KEPT_BY_304 or header[0] in security)
    return Prepared(304, kept, b"", answer.route)


def with_security(headers: list[Header]) -> list[Header]:
    """These headers, and each security header that they do not set themselves."""
    own = {name for name, _ in headers}
    return [*headers, *(header for header in SECURITY_HEADERS if header[0] not in own)]


Written: TypeAlias = tuple[int, tuple[Header, ...], bytes, bytes]
"""A whole answer: status, headers, the request's id, body."""

Hot: TypeAlias = Callable[[Scope], Prepared | Awaitable[Prepared | None] | None]
"""Looks whether an answer is ready: `None` lets the router go on. A plain function is quickest; it may be async."""

Fail: TypeAlias = Callable[[Scope, Receive, Send, ProblemError], Awaitable[None]]
"""Answers with an error, as a document or as a page."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How long a request's body may be.

    Attributes:
        default: bytes.
        by_prefix: bytes for paths that begin so; the longest prefix counts.
    """

    default: int = 1 << 20
    by_prefix: Mapping[str, int] = field(default_factory=dict)

    def of(self, path: str) -> int:
        """The limit of a path, in bytes."""
        found = max((prefix for prefix in self.by_prefix if path.startswith(prefix)), key=len, default=None)
        return self.default if found is None else self.by_prefix[found]


class _BodyTooLong(HTTPException):
    """Raised from `receive`, through whatever reads the body: frameworks let their own kind of error pass."""

    def __init__(self, limit: int) -> None:
        super().__init__(PayloadTooLarge.status, _too_long(limit))


def _too_long(limit: int) -> str:
    return f"The body may have {limit} bytes here"


def cross_site(headers: Mapping[bytes, bytes], public_origin: str | None) -> bool:
    """Was this write begun by a page of another site (in a browser of someone who may be logged in here)?

    Sec-Fetch-Site is believed where it was sent; Origin has to be the host that was asked, or the public address. What
    sends neither is no browser of the last years, and carries no one's cookies by accident.
    """
    origin = headers.get(b"origin")
    if origin is not None and public_origin is not None and origin == public_origin.encode():
        return False
    if (site := headers.get(b"sec-fetch-site")) is not None:
        return site not in {b"same-origin", b"none"}
    if origin is None:
        return False
    _, _, authority = origin.partition(b"://")
    return not authority or authority != headers.get(b"host")


class Front:
    """The one middleware.

    Args:
        app: the router and what stands around it.
        fail: says an error.
        traffic: counts.
        hot: looks for a prepared answer to GET and HEAD.
        access_log: None for no lines.
        limits: of bodies.
        public_origin: where people reach this, if that is not the Host header.
        route_of: the path template under which a routed request is counted.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        fail: Fail,
        traffic: Traffic,
        hot: Hot | None = None,
        access_log: AccessLog | None = None,
        limits: BodyLimits | None = None,
        public_origin: str | None = None,
        route_of: Callable[[Scope], str] = lambda scope: getattr(scope.get("route"), "path", None) or "unmatched",
    ) -> None:
        self._route_of = route_of
        self._app = app
        self._fail = fail
        self._traffic = traffic
        self._hot = hot
        self._access_log = access_log
        self._limits = limits or BodyLimits()
        self._public_origin = public_origin
        self._id_prefix = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        started = time.perf_counter()
        request_id = scope.get(REQUEST_ID_KEY) or self._begin(scope)
        request_id_var.set(request_id)
        if self._hot is not None and self._may_be_ready(scope):
            try:
                answer = self._hot(scope)
                if answer is not None and answer.__class__ is not Prepared:
                    answer = await answer  # type: ignore[misc]  # a class check is 5 times quicker than isawaitable
            except Exception as exc:  # noqa: BLE001  (told by _Exchange.run, as an error of a route is)
                await self._through(scope, receive, send, started, _raising(exc))
                return
            if answer is not None:
                id_header = (_ID_NAME, request_id.encode("ascii"))
                await send({"type": _START, "status": answer.status, "headers": [*answer.headers, id_header]})
                body = answer.body if scope["method"] == "GET" else b""
                await send({"type": _BODY, "body": body})
                self._record(scope, started, route=answer.route, status=answer.status, size=len(body))
                return
        await self._through(scope, receive, send, started, self._app)

    def answer_now(self, scope: Scope) -> Written | None:
        """Give what is to be written for a request that needs no waiting; None lets it go the usual way.

        For servers that can write an answer at once: without a task, an event and two awaited calls a request, a
        prepared page costs half (decision 0020). A request that says what a proxy saw is not answered so.
        """
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if not headers.keys().isdisjoint(_NOT_AT_ONCE):
            return None
        started = time.perf_counter()
        request_id = self._begin(scope, headers)
        if self._hot is None or not self._may_be_ready(scope):
            return None
        try:
            answer = self._hot(scope)
        except Exception:  # noqa: BLE001  (asked again on the usual way, where errors are told)
            return None
        if answer.__class__ is not Prepared:
            if answer is None:
                scope[_ASKED_KEY] = True
            elif isinstance(answer, Coroutine):
                answer.close()
            return None
        body = answer.body if scope["method"] == "GET" else b""
        self._record(scope, started, route=answer.route, status=answer.status, size=len(body))
        return answer.status, answer.headers, request_id.encode("ascii"), body

    def _begin(self, scope: Scope, headers: dict[bytes, bytes] | None = None) -> str:
        """Put the request's headers and id into its scope; gives the id."""
        headers = dict(scope["headers"]) if headers is None else headers
        given = headers.get(_ID_NAME)
        if given is not None and _REQUEST_ID.fullmatch(given):
            request_id = given.decode("ascii")
        else:
            request_id = f"{self._id_prefix}{next(self._numbers):08x}"
        scope[HEADERS_KEY] = headers
        scope[REQUEST_ID_KEY] = request_id
        return request_id

    def _may_be_ready(self, scope: Scope) -> bool:
        return _ASKED_KEY not in scope and scope["method"] in {"GET", "HEAD"} and "\0" not in scope["path"]

    async def _through(self, scope: Scope, receive: Receive, send: Send, started: float, app: ASGIApp) -> None:
        exchange = _Exchange(scope, receive, send)
        self._traffic.in_flight += 1
        try:
            refusal = self._refuse(scope, exchange)
            await exchange.run(app, self._fail, refusal)
        finally:
            self._traffic.in_flight -= 1
            route = self._route_of(exchange.scope)
            self._record(scope, started, route=route, status=exchange.status, size=exchange.size)

    def _refuse(self, scope: Scope, exchange: "_Exchange") -> ProblemError | None:
        headers: dict[bytes, bytes] = scope[HEADERS_KEY]
        if b"%00" in scope["query_string"] or "\0" in scope["path"]:
            return BadRequest("A NUL character has no place in an address")
        if b"content-length" in headers or b"transfer-encoding" in headers:
            exchange.limit = limit = self._limits.of(scope["path"])
            length = headers.get(b"content-length", b"0")
            if len(length) > _LENGTH_DIGITS or (length.isdigit() and int(length) > limit):
                return PayloadTooLarge(_too_long(limit))
        if scope["method"] not in _SAFE_METHODS and cross_site(headers, self._public_origin):
            return Forbidden("This was sent from a page of another site")
        return None

    def _record(self, scope: Scope, started: float, *, route: str, status: int, size: int) -> None:
        seconds = time.perf_counter() - started
        method = scope["method"]
        self._traffic.record(method, route, status, seconds, size)
        if self._access_log is not None:
            client = scope.get("client")
            self._access_log.line(
                scope[REQUEST_ID_KEY],
                method,
                scope["path"],
                status=status,
                size=size,
                seconds=seconds,
                client=client[0] if client else "",
            )


class _Exchange:
    """One request on its way through the router, and what came of it.

    HEAD goes to the router as GET and comes back without its body, so that every route that answers the one answers the
    other (RFC 9110, 9.3.2); a stream is told to end at once.
    """

    __slots__ = ("_complete", "_head_only", "_receive", "_received", "_send", "limit", "scope", "size", "status")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._head_only = scope["method"] == "HEAD"
        self.scope = {**scope, "method": "GET"} if self._head_only else scope
        self._receive = receive
        self._send = send
        self._received = 0
        self._complete = False
        self.limit: int | None = None
        self.status = 0  # 0 in the log and the metrics: the client left, or the process stopped, before an answer
        self.size = 0

    async def run(self, app: ASGIApp, fail: Fail, refusal: ProblemError | None) -> None:
        receive = self._receive if self.limit is None and not self._head_only else self.receive
        if refusal is not None:
            await fail(self.scope, receive, self.send, refusal)
            return
        try:
            await app(self.scope, receive, self.send)
        except ProblemError as exc:
            if self.status:
                raise
            await fail(self.scope, receive, self.send, exc)
        except Exception as exc:
            if self.status and not self._complete:
                raise  # half an answer is out: the server cuts the connection, so that it is not taken for a whole one
            log.exception("request failed", method=self.scope["method"], path=self.scope["path"], error=repr(exc))
            if not self.status:
                await fail(self.scope, receive, self.send, ProblemError())

    async def receive(self) -> Message:
        if self._head_only and self._complete:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if self.limit is not None and message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            if self._received > self.limit:
                raise _BodyTooLong(self.limit)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == _START:
            self.status = message["status"]
            headers = with_security(list(message.get("headers", ())))
            headers.append((_ID_NAME, self.scope[REQUEST_ID_KEY].encode("ascii")))
            await self._send({**message, "headers": headers})
            if self._head_only:
                self._complete = True
                await self._send({"type": _BODY, "body": b""})
        elif self._head_only and message["type"] == _BODY:
            await asyncio.sleep(0)  # a stream that waits for nothing else must come to see that it is over
        else:
            self.size += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            await self._send(message)


def _raising(exc: Exception) -> ASGIApp:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise exc

    return app
