"""build_app puts together what a service is: errors as documents or pages, operations, an honest OpenAPI document."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest
import structlog
from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from genba_contracts.problem import Problem
from genba_servicekit.app import GenbaApp, build_app
from genba_servicekit.errors import Conflict, NotFound, ProblemError, responses
from genba_servicekit.settings import ServiceSettings
from genba_servicekit.testing import app_client


class EntryTaken(Conflict):
    title = "There is such an entry"


class EntryBody(BaseModel):
    description: str = Field(min_length=1)
    aliases: list[str] = []


inner = APIRouter(prefix="/entries", tags=["entries"])


@inner.get("/{keyword}", responses=responses(NotFound))
async def read_entry(keyword: str) -> dict[str, str]:
    raise NotFound(f"No entry of {keyword}")


@inner.put("/{keyword}", responses=responses(EntryTaken))
async def save_entry(keyword: str, body: EntryBody) -> EntryBody:
    if keyword == "taken":
        raise EntryTaken(keyword=keyword)
    return body


@inner.get("")
async def list_entries(limit: Annotated[int, Query(ge=1)] = 10) -> int:
    return limit


router = APIRouter(prefix="/v1")
router.include_router(inner)


@router.get("/failing")
async def fail() -> None:
    raise RuntimeError("a secret of ours")


@router.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, "short and stout")


@router.get("/left")
async def left() -> None:
    raise ClientDisconnect


@router.post("/form")
async def form(keyword: Annotated[str, Form()]) -> str:
    return keyword


def page_of(request: Request, exc: ProblemError) -> Response | None:
    if request.url.path == "/v1/entries/plain":
        return None
    if request.url.path == "/v1/entries/worse":
        raise ValueError("the template is broken")
    return HTMLResponse(f"<h1>{exc.title}</h1>", status_code=exc.status)


def build(**more: Any) -> GenbaApp:
    settings = ServiceSettings(access_log=False)
    tags = [{"name": "entries", "description": "What the wiki is made of."}]
    return build_app(
        settings=settings, title="Test", description="A test.", version="1.2", routers=[router], tags=tags, **more
    )


@pytest.fixture
def app() -> GenbaApp:
    return build(html_errors=page_of)


async def test_an_error_of_a_route_is_a_problem_with_the_requests_id_and_path(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.get("/v1/entries/曲")
    problem = Problem.model_validate_json(answer.content)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem.status, problem.detail, problem.instance) == (404, "No entry of 曲", "/v1/entries/曲")
    assert problem.request_id == answer.headers["x-request-id"]


async def test_what_an_error_brings_along_is_in_the_problem(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.put("/v1/entries/taken", json={"description": "x"})
    assert (answer.status_code, answer.json()["keyword"]) == (409, "taken")


async def test_an_unknown_path_is_a_404_problem(app: GenbaApp) -> None:
    async with app_client(app) as client:
        for path in ("/nowhere", "/v1/entries/", "/livez/"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["type"]) == (404, NotFound.type_uri)


async def test_a_method_that_no_route_takes_is_a_405_that_names_all_that_are_taken(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.delete("/v1/entries/a")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PUT")
    assert answer.json()["status"] == 405


async def test_a_body_that_does_not_fit_is_a_422_with_pointers(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.put("/v1/entries/a", json={"description": "", "aliases": ["a", 1]})
    problem = Problem.model_validate_json(answer.content)
    assert answer.status_code == 422
    assert [item.pointer for item in problem.errors or []] == ["body/description", "body/aliases/1"]
    assert (problem.detail or "").startswith("body/description: ")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"", 422),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"description": "\\ud800"}', 422),
        (b"9" * 5000, 400),
    ],
)
async def test_json_that_is_none_is_the_clients_error(app: GenbaApp, content: bytes, status: int) -> None:
    async with app_client(app) as client:
        answer = await client.put("/v1/entries/a", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert Problem.model_validate_json(answer.content).status == status


async def test_a_query_that_does_not_fit_is_a_422(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.get("/v1/entries", params={"limit": "0"})
    assert answer.json()["errors"][0]["pointer"] == "query/limit"


async def test_a_form_that_cannot_be_read_is_a_400(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.post(
            "/v1/form", content=b"--x\r\nbroken", headers={"content-type": "multipart/form-data; boundary=y"}
        )
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unexpected_error_is_a_500_that_says_nothing_of_its_cause_and_is_logged_with_it(app: GenbaApp) -> None:
    with structlog.testing.capture_logs() as logged:
        async with app_client(app) as client:
            answer = await client.get("/v1/failing")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert [(line["event"], line["exc_info"], line["error"]) for line in logged] == [
        ("request failed", True, "RuntimeError('a secret of ours')")
    ]


async def test_a_frameworks_error_keeps_its_status_and_words(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.get("/v1/teapot")
    assert (answer.status_code, answer.json()["detail"]) == (418, "short and stout")


async def test_a_client_that_left_is_no_error_of_ours(app: GenbaApp) -> None:
    with structlog.testing.capture_logs() as logged:
        async with app_client(app) as client:
            assert (await client.get("/v1/left")).status_code == 499
    assert not logged


async def test_those_who_ask_for_html_get_the_services_page(app: GenbaApp) -> None:
    async with app_client(app, headers={"accept": "text/html,*/*"}) as client:
        for path, status in (("/v1/entries/a", 404), ("/nowhere", 404), ("/v1/failing", 500), ("/a%00", 400)):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


async def test_a_page_that_is_not_drawn_or_fails_leaves_the_document(app: GenbaApp) -> None:
    async with app_client(app, headers={"accept": "text/html"}) as client:
        for keyword in ("plain", "worse"):
            answer = await client.get(f"/v1/entries/{keyword}")
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_lifespan_runs_and_its_state_reaches_requests() -> None:
    steps: list[str] = []

    @asynccontextmanager
    async def lifespan(app: GenbaApp) -> AsyncIterator[dict[str, str]]:
        steps.append("start")
        assert not app.state.stopping.is_set()
        yield {"answer": "42"}
        steps.append("stop")

    own = APIRouter()

    @own.get("/state")
    async def state(request: Request) -> str:
        return str(request.state.answer)

    app = build_app(
        settings=ServiceSettings(access_log=False),
        title="T",
        description="",
        version="1",
        lifespan=lifespan,
        routers=[own],
    )
    async with app_client(app) as client:
        assert (await client.get("/state")).json() == "42"
        assert steps == ["start"]
    assert steps == ["start", "stop"]
    assert app.state.stopping.is_set()


async def test_mounted_files_are_served_and_missing_ones_are_problems(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("p {}")
    async with app_client(build(mounts=[("/static", StaticFiles(directory=tmp_path))])) as client:
        assert (await client.get("/static/style.css")).text == "p {}"
        missing = await client.get("/static/none.css")
    assert (missing.status_code, missing.json()["status"]) == (404, 404)


async def test_requests_are_counted_by_whole_path_templates(app: GenbaApp) -> None:
    async with app_client(app) as client:
        for path in ("/v1/entries/a", "/v1/entries/b", "/nowhere", "/livez"):
            await client.get(path)
        text = (await client.get("/metrics")).text
    assert 'genba_http_request_seconds_count{method="GET",route="/v1/entries/{keyword}",status="404"} 2.0' in text
    assert 'genba_http_request_seconds_count{method="GET",route="/livez",status="200"} 1.0' in text
    assert 'genba_http_request_seconds_count{method="GET",route="unmatched",status="404"} 1.0' in text


def test_the_openapi_document_says_every_error_of_every_operation(app: GenbaApp) -> None:
    schema = app.openapi()
    assert (schema["info"]["title"], schema["info"]["version"]) == ("Test", "1.2")
    assert schema["tags"] == [{"name": "entries", "description": "What the wiki is made of."}]
    saving = schema["paths"]["/v1/entries/{keyword}"]["put"]
    assert saving["operationId"] == "save_entry"
    assert set(saving["responses"]) == {"200", "400", "403", "409", "413", "422", "500"}
    assert set(schema["paths"]["/v1/entries/{keyword}"]["get"]["responses"]) == {"200", "400", "404", "422", "500"}
    for path in schema["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    content = answer["content"]["application/problem+json"]
                    assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                    assert all(Problem.model_validate(each["value"]) for each in content["examples"].values())


def test_the_openapi_document_has_our_form_of_errors_alone(app: GenbaApp) -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    assert {"Problem", "ProblemItem", "EntryBody"} <= set(schemas)
    assert app.openapi() is app.openapi()
