"""`build_app`: the only place where an application is wired: middleware, errors, health, metrics, docs."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, TypeAlias, cast

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from genba_contracts.problem import ProblemItem
from genba_servicekit.docs import add_docs, complete_schema
from genba_servicekit.errors import (
    BadRequest,
    MethodNotAllowed,
    ProblemError,
    UnprocessableContent,
    error_of_status,
    problem_response,
)
from genba_servicekit.health import Check, Health
from genba_servicekit.logging import AccessLog, configure_structlog, get_logger, is_console
from genba_servicekit.metrics import METRICS_MEDIA_TYPE, Metrics
from genba_servicekit.middleware import REQUEST_ID_KEY, BodyLimits, Front, Hot, Written
from genba_servicekit.settings import ServiceSettings

HtmlErrors: TypeAlias = Callable[[Request, ProblemError], Response | Awaitable[Response | None] | None]
"""Shows an error as a page to those who ask for HTML; None leaves it a document."""

Direct: TypeAlias = Callable[[Scope], ASGIApp | None]
"""Gives what answers a request, if it is one of those few that are to be answered without the router; it raises no
errors but problems, and puts the endpoint whose route it stands for into the scope."""

OwnErrors: TypeAlias = Callable[[Request, ProblemError], Response | None]
"""Says an error in the form of a protocol that is not ours; None leaves it to the others."""

AppLifespan: TypeAlias = Callable[["GenbaApp"], AbstractAsyncContextManager[Mapping[str, Any] | None]]
"""Starts what the application needs and stops it; a mapping that it yields becomes each request's `state`."""

CLIENT_LEFT = 499  # nginx's number for it; nobody is there to read it, but logs and metrics tell it from a failure

SHOWN_FAULTS: Final = 100  # of a request: a body of 1 MiB can have half a million, and 38 MB of words about them

log = get_logger(__name__)


class GenbaApp(FastAPI):
    """A FastAPI application behind the one middleware.

    `state` holds `settings`, `metrics`, `health`, and while it runs `stopping`: an event that is set when the server
    begins to stop, for what would otherwise go on for ever.
    """

    _front: Front
    _html_errors: HtmlErrors | None
    _own_errors: OwnErrors | None
    _direct: Direct | None
    _completed: dict[str, Any] | None = None
    _templates: dict[int, str] | None = None  # by id() of endpoints, which live as long as this

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Requests go through the front, the lifespan straight on."""
        if scope["type"] == "http":
            scope["app"] = self
            await self._front(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def answer_now(self, scope: Scope) -> Written | None:
        """What `Front.answer_now` gives; for the server's protocol."""
        scope["app"] = self
        return self._front.answer_now(scope)

    async def _routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._direct is not None and (direct := self._direct(scope)) is not None:
            await direct(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, with the errors that any route can answer."""
        schema = super().openapi()
        if schema is not self._completed:
            complete_schema(schema, session_cookie=self.state.settings.session_cookie)
            self._completed = schema
        return schema

    def route_of(self, scope: Scope) -> str:
        """The path template of a routed request, prefixes included: `/v1/entries/{keyword}`."""
        if self._templates is None:
            self._templates = {
                id(context.endpoint or getattr(context.original_route, "app", None)): context.path or ""
                for context in iter_route_contexts(self.routes)
            }
        return self._templates.get(id(scope.get("endpoint")), "unmatched")

    def methods_at(self, path: str) -> set[str]:
        """Every method that some route takes at a path."""
        methods: set[str] = set()
        for context in iter_route_contexts(self.routes):
            regex = getattr(context, "path_regex", None)
            if context.methods and regex is not None and regex.match(path):
                methods |= context.methods
        return methods | {"HEAD"} if "GET" in methods else methods

    async def fail(self, scope: Scope, receive: Receive, send: Send, exc: ProblemError) -> None:
        """Answer with an error: as a page if the client asks for HTML and the service draws one, or as a document."""
        response = await self.error_response(Request(scope, receive), exc)
        await response(scope, receive, send)

    async def error_response(self, request: Request, exc: ProblemError) -> Response:
        """What `fail` sends."""
        if self._own_errors is not None and (own := self._own_errors(request, exc)) is not None:
            return own
        if self._html_errors is not None and "text/html" in request.headers.get("accept", ""):
            try:
                page = self._html_errors(request, exc)
                page = await page if inspect.isawaitable(page) else page
            except Exception:
                log.exception("the page for an error failed", status=exc.status)
            else:
                if page is not None:
                    return page
        return problem_response(exc, instance=request.url.path, request_id=request.scope.get(REQUEST_ID_KEY))


def build_app(
    *,
    settings: ServiceSettings,
    title: str,
    description: str,
    version: str,
    lifespan: AppLifespan | None = None,
    routers: Sequence[APIRouter] = (),
    tags: Sequence[Mapping[str, Any]] = (),
    mounts: Sequence[tuple[str, ASGIApp]] = (),
    hot: Hot | None = None,
    checks: Sequence[Check] = (),
    html_errors: HtmlErrors | None = None,
    own_errors: OwnErrors | None = None,
    direct: Direct | None = None,
    body_limits: Mapping[str, int] | None = None,
    metrics: Metrics | None = None,
) -> GenbaApp:
    """Put a service's application together.

    Args:
        settings: the service's.
        title: its name on the docs page.
        description: what it does, in Markdown.
        version: of the service.
        lifespan: starts and stops what it needs.
        routers: its routes, prefixes in them.
        tags: OpenAPI's tags, in order: `{"name": "entries", "description": "…"}`.
        mounts: path and application, e.g. `("/static", StaticFiles(…))`.
        hot: looks for a prepared answer to GET and HEAD before the router does.
        checks: what `/readyz` asks.
        html_errors: draws errors for those who ask for HTML.
        own_errors: says errors where a protocol of others has a form of its own for them.
        direct: looks for what answers a request ahead of the router and of FastAPI's middleware: 0.1 ms less.
        body_limits: bytes for paths that begin so, where `settings.body_limit` does not fit.
        metrics: the registry, if the service needs it before the application is there.

    Returns:
        A FastAPI application with `/livez`, `/readyz`, `/metrics`, `/docs`, `/redoc` and `/openapi.json`.
    """
    if not structlog.is_configured():
        configure_structlog(settings)
    access_log = AccessLog(console=is_console(settings)) if settings.access_log else None
    app = GenbaApp(
        title=title,
        description=description,
        version=version,
        openapi_tags=[dict(tag) for tag in tags],
        lifespan=_whole(lifespan, access_log),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would be built from the Host header, which anyone can write
        generate_unique_id_function=lambda route: route.name,
    )
    metrics = metrics or Metrics()
    health = Health(checks, metrics)
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.health = health
    app._html_errors = html_errors  # noqa: SLF001  (this function is the class's constructor)
    app._own_errors = own_errors  # noqa: SLF001
    app._direct = direct  # noqa: SLF001
    app._front = Front(  # noqa: SLF001
        app._routed,  # noqa: SLF001
        fail=app.fail,
        traffic=metrics.traffic,
        hot=hot,
        access_log=access_log,
        limits=BodyLimits(settings.body_limit, dict(body_limits or {})),
        public_origin=settings.public_url,
        route_of=app.route_of,
    )
    _handle_errors(app)
    _add_operations(app, health, metrics)
    add_docs(app)
    for router in routers:
        _add_routes(app, router)
    for path, mounted in mounts:
        app.mount(path, mounted)
    return app


def _whole(lifespan: AppLifespan | None, access_log: AccessLog | None) -> Any:
    @asynccontextmanager
    async def whole(app: GenbaApp) -> AsyncIterator[Mapping[str, Any] | None]:
        app.state.stopping = asyncio.Event()
        app.methods_at("/")  # FastAPI puts routers in routers together when it is first asked; better now
        try:
            if lifespan is None:
                yield None
            else:
                async with lifespan(app) as state:
                    yield state
        finally:
            app.state.stopping.set()
            if access_log is not None:
                access_log.close()

    return whole


def _add_routes(app: FastAPI, router: APIRouter) -> None:
    """As `include_router` does, but for building each route a second time: 0.12 s of the wiki's start."""
    if not all(isinstance(route, Route) for route in router.routes):  # routers within: their prefixes are to be joined
        app.include_router(router)
        return
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.unique_id = route.name
    app.router.routes.extend(router.routes)


def _add_operations(app: GenbaApp, health: Health, metrics: Metrics) -> None:
    uncached = {"cache-control": "no-store"}

    async def livez(_request: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers=uncached)

    async def readyz(_request: Request) -> Response:
        return JSONResponse(await health.require(), headers=uncached)

    async def figures(_request: Request) -> Response:
        await health.readiness()
        return Response(metrics.render(), headers={**uncached, "content-type": METRICS_MEDIA_TYPE})

    for path, endpoint in (("/livez", livez), ("/readyz", readyz), ("/metrics", figures)):
        app.add_route(path, endpoint, include_in_schema=False)


def _handle_errors(app: GenbaApp) -> None:
    async def on_problem(request: Request, exc: Exception) -> Response:
        return await app.error_response(request, cast("ProblemError", exc))

    async def on_http(request: Request, exc: Exception) -> Response:
        raised = cast("HTTPException", exc)
        error = error_of_status(raised.status_code, _detail(raised), raised.headers)
        if isinstance(error, MethodNotAllowed):
            error.headers["Allow"] = ", ".join(sorted(app.methods_at(request.url.path)))
        return await app.error_response(request, error)

    async def on_invalid(request: Request, exc: Exception) -> Response:
        return await app.error_response(request, _invalid(cast("RequestValidationError", exc)))

    async def on_leaving(_request: Request, _exc: Exception) -> Response:
        return Response(status_code=CLIENT_LEFT)

    async def on_anything(request: Request, _exc: Exception) -> Response:
        return await app.error_response(request, ProblemError())  # the front logs it

    app.add_exception_handler(ProblemError, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(ClientDisconnect, on_leaving)
    app.add_exception_handler(Exception, on_anything)


def _detail(exc: HTTPException) -> str | None:
    """What was said, unless it only repeats the status."""
    return exc.detail if exc.detail != HTTPException(exc.status_code).detail else None


def _invalid(exc: RequestValidationError) -> ProblemError:
    errors = exc.errors()
    if errors and errors[0]["type"] == "json_invalid":
        context = errors[0].get("ctx", {})
        return BadRequest(f"The body is not JSON: {context.get('error')} at character {errors[0]['loc'][-1]}")
    items = [ProblemItem(pointer=_pointer(error["loc"]), detail=error["msg"]) for error in errors[:SHOWN_FAULTS]]
    detail = "; ".join(f"{item.pointer}: {item.detail}" for item in items[:3])
    return UnprocessableContent(detail, errors=items)


def _pointer(loc: Sequence[str | int]) -> str:
    """A place as a path of JSON Pointer's escapes (RFC 6901, section 3)."""
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in loc)
