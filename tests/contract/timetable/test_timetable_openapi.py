"""The timetable's document says what is particular to it, and every example in it works."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from contract.openapi_document import JSON, ApiDocument
from contract.timetable.timetable_world import FESTIVAL, settings_in, timetable_world
from genba_servicekit.testing import app_client
from timetable_renderer.app import create_app, service

pytestmark = pytest.mark.anyio

DOCUMENT = ApiDocument(service)


@pytest.mark.parametrize("name", DOCUMENT.operations)
def test_an_operation_says_when_the_festival_or_the_database_is_not_there(name: str) -> None:
    method, path, operation = DOCUMENT.operations[name]
    expected = {"503"} if "security" in operation and method != "get" else set()
    expected |= {"404"} if "{" in path and name != "put_festival" else set()
    assert set(operation["responses"]) >= expected


@pytest.mark.parametrize("name", DOCUMENT.operations)
def test_a_read_says_that_it_has_a_tag(name: str) -> None:
    method, _, operation = DOCUMENT.operations[name]
    if method == "get" and name != "stream_events":
        assert operation["responses"]["200"]["headers"]["ETag"]["required"]
        assert "304" in operation["responses"]


@pytest.fixture(scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a service that has what the examples speak of, and an editor's key."""
    data = tmp_path_factory.mktemp("filled")
    async with timetable_world(data) as world:
        picks = ("20260807-0130-ndhvq3", "20260807-1030-2zx5ss")
        await world.renderer.picking._shares.put("mzxw6ytboi", FESTIVAL, picks)
        return data, world.editor


@pytest.fixture
async def http(filled: tuple[Path, str], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a copy of that service, whose festival is set up over REST."""
    data, key = filled
    shutil.copytree(data, tmp_path / "data")
    settings = settings_in(tmp_path / "data").model_copy(update={"festivals": None})
    async with app_client(create_app(settings)) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


@pytest.mark.parametrize("name", DOCUMENT.cases)
async def test_an_example_is_answered_as_the_document_says(http: httpx.AsyncClient, name: str) -> None:
    case = DOCUMENT.cases[name]
    method, _, _ = DOCUMENT.operations[case.operation]
    if case.operation == "stream_events":
        method = "head"  # the stream itself never ends
    answer = await http.request(method, case.path, params=case.query, headers=case.headers, content=case.body)
    DOCUMENT.check_answer(case.operation, answer)


async def test_nothing_that_is_read_is_sent_again_to_who_has_it(http: httpx.AsyncClient) -> None:
    for name, (method, _, operation) in DOCUMENT.operations.items():
        if method != "get" or JSON not in operation["responses"]["200"].get("content", {}):
            continue
        case = next(case for case in DOCUMENT.cases.values() if case.operation == name)
        first = await http.get(case.path, params=case.query)
        again = await http.get(case.path, params=case.query, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), name
        head = await http.head(case.path, params=case.query)
        assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", first.headers["ETag"]), name
