"""The API's docs pages, from local files: they work with no internet. And what an OpenAPI document leaves unsaid.

The scripts of Swagger UI (Apache-2.0) and ReDoc (MIT) come in the package fastapi-offline (MIT), of which nothing else
is used.
"""

import re
from html import escape
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from genba_contracts.problem import PROBLEM_MEDIA_TYPE, Problem
from genba_servicekit.errors import (
    BadRequest,
    Forbidden,
    PayloadTooLarge,
    ProblemError,
    UnprocessableContent,
    responses,
)

DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For /docs and /redoc alone: both draw with styles and small pictures of their own making, but run only our files."""

SESSION_SCHEME: Final = "session"
"""What OpenAPI calls logging in. Routes ask for it whatever the service; `complete_schema` names the cookie."""
SECURE_PREFIX: Final = "__Host-"
"""Before the session cookie's name over https."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="docs/static/favicon.png">
<style>body {{ margin: 0 }}</style>
{head}
</head>
<body>
<div id="docs"></div>
{scripts}
</body>
</html>
"""

_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "options", "head"})
_UNSAFE_METHODS: Final = frozenset({"put", "post", "delete", "patch"})
_SENTENCE_END: Final = re.compile(r"[.:?!](?:\s|$)")


def add_docs(app: FastAPI) -> None:
    """Serve `/docs` (Swagger UI, to try things out) and `/redoc` (ReDoc, to read)."""
    pages = {
        "/docs": _page(app.title, ["swagger-ui-bundle.js", "docs.js"], style="swagger-ui.css"),
        "/redoc": _page(app.title, ["redoc.standalone.js", "redoc.js"]),
    }
    for path, page in pages.items():
        app.add_route(path, _serve(page), include_in_schema=False)
    app.mount("/docs/static", StaticFiles(packages=[("genba_servicekit", "static"), ("fastapi_offline", "static")]))


def _page(title: str, scripts: list[str], style: str | None = None) -> str:
    head = f'<link rel="stylesheet" href="docs/static/{style}">' if style else ""
    tags = "\n".join(f'<script src="docs/static/{name}"></script>' for name in scripts)
    return _PAGE.format(title=escape(title), head=head, scripts=tags)


def _serve(page: str) -> Any:
    async def endpoint(_request: Request) -> Response:
        return HTMLResponse(page, headers={"content-security-policy": DOCS_POLICY})

    return endpoint


def complete_schema(schema: dict[str, Any], *, session_cookie: str) -> None:
    """Say of every operation what any of them can answer, in our own form of errors; in place.

    400 for what cannot be read, 403 for writes from other sites, 413 and 422 where there is a body or a parameter, 500.
    The first sentence of its description is its summary, where FastAPI would have made one out of the function's name.
    FastAPI's own form of a validation error, which is never sent, goes; so does null as a parameter's value, which no
    address and no header can say. Logging in is said to set the service's own cookie.

    Args:
        schema: the document.
        session_cookie: its name over plain http.
    """
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    session = schema["components"].get("securitySchemes", {}).get(SESSION_SCHEME)
    if session is not None:
        session["name"] = session_cookie
        session["description"] += f" Over https it is `{SECURE_PREFIX}{session_cookie}`."
    components.pop("HTTPValidationError", None)
    components.pop("ValidationError", None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(problem.pop("$defs"))
    components["Problem"] = problem
    for path in schema.get("paths", {}).values():
        for method, operation in path.items():
            if method in _METHODS:
                _complete_operation(method, operation)


def _complete_operation(method: str, operation: dict[str, Any]) -> None:
    if operation.get("summary") == operation.get("operationId", "").replace("_", " ").title():
        operation["summary"] = _SENTENCE_END.split(operation.get("description", ""))[0] or operation["summary"]
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
    answers = operation["responses"]
    if "application/json" in answers.get("422", {}).get("content", {}):
        del answers["422"]
    errors: list[type[ProblemError]] = [BadRequest, ProblemError]
    if method in _UNSAFE_METHODS:
        errors.append(Forbidden)
    if "requestBody" in operation:
        errors.append(PayloadTooLarge)
    if "requestBody" in operation or operation.get("parameters"):
        errors.append(UnprocessableContent)
    for status, answer in responses(*errors).items():
        known = answers.setdefault(str(status), answer)
        examples = known.get("content", {}).get(PROBLEM_MEDIA_TYPE, {}).get("examples")
        if examples is not None:
            examples.update(answer["content"][PROBLEM_MEDIA_TYPE]["examples"])
    operation["responses"] = dict(sorted(answers.items()))


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
