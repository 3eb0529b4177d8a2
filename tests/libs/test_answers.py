"""REST answers: JSON, entity tags, and paths as they were sent."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from starlette.responses import Response

from genba_servicekit.answers import AnswerHeaders, answer, moment
from genba_servicekit.raw_paths import RawPathRoute


class Note(BaseModel):
    name: str


SAID = AnswerHeaders({"X-Count": {"schema": {"type": "integer"}}}, etag='"1.2"', location="/v1/notes/a")
router = APIRouter(route_class=RawPathRoute)


@router.get("/notes/{name}", response_model=Note, responses=SAID.read)
async def read(request: Request, name: str) -> Response:
    return answer(request, Note(name=name), headers={"X-Count": "7"})


@router.put("/notes/{name}", response_model=Note, status_code=201, responses=SAID.created)
async def write(request: Request, name: str) -> Response:
    return answer(request, Note(name=name), status=201, etag='"1.2"')


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    app.include_router(router)
    return app


@pytest.fixture
def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://genba.test")


async def test_what_is_read_has_a_tag_that_saves_the_body(client: httpx.AsyncClient) -> None:
    async with client:
        first = await client.get("/notes/a")
        assert first.json() == {"name": "a"}
        assert (first.headers["cache-control"], first.headers["x-count"]) == ("no-cache", "7")
        again = await client.get("/notes/a", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["x-count"]) == (304, b"", "7")
        other = await client.get("/notes/b", headers={"If-None-Match": first.headers["etag"]})
        assert other.status_code == 200


async def test_a_write_is_answered_whatever_the_client_has(client: httpx.AsyncClient) -> None:
    async with client:
        written = await client.put("/notes/a", headers={"If-None-Match": '"1.2"'})
        assert (written.status_code, written.headers["etag"]) == (201, '"1.2"')


async def test_a_name_in_the_path_is_one_segment_whatever_is_in_it(client: httpx.AsyncClient) -> None:
    async with client:
        assert (await client.get("/notes/a%2Fb%3F")).json() == {"name": "a%2Fb%3F"}
        assert (await client.get("/notes/a/b")).status_code == 404


def test_the_headers_are_documented(app: FastAPI) -> None:
    responses = app.openapi()["paths"]["/notes/{name}"]
    assert set(responses["get"]["responses"]["200"]["headers"]) == {"X-Count", "ETag"}
    assert set(responses["get"]["responses"]["304"]["headers"]) == {"X-Count", "ETag"}
    created = responses["put"]["responses"]["201"]["headers"]
    assert set(created) == {"X-Count", "ETag", "Location"}
    assert created["ETag"]["schema"]["examples"] == ['"1.2"']
    assert created["Location"]["schema"]["examples"] == ["/v1/notes/a"]


def test_a_moment_is_in_utc() -> None:
    assert moment(1_500).isoformat() == "1970-01-01T00:00:01.500000+00:00"
