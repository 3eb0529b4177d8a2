"""The wiki's document says what is particular to the wiki, and every example in it works."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from contract.openapi_document import JSON, ApiDocument
from contract.wiki.wiki_world import fill, settings_in, wiki_world
from genba_servicekit.testing import app_client
from wiki_linker.app import create_app, service
from wiki_linker.core.imports import Job

pytestmark = pytest.mark.anyio

DOCUMENT = ApiDocument(service)


@pytest.mark.parametrize("name", DOCUMENT.operations)
def test_an_operation_tells_up_to_which_change_its_answer_is_true(name: str) -> None:
    _, _, operation = DOCUMENT.operations[name]
    for status, answer in operation["responses"].items():
        if int(status) < 400 and status != "304":
            assert answer["headers"]["Genba-Seq"]["required"]


@pytest.mark.parametrize("name", DOCUMENT.operations)
def test_an_operation_says_when_the_entry_or_the_database_is_not_there(name: str) -> None:
    method, path, operation = DOCUMENT.operations[name]
    expected = {"503"} if "security" in operation and method != "get" else set()
    expected |= {"404"} if "{keyword}" in path and name != "put_entry" else set()
    assert set(operation["responses"]) >= expected


# In the order in which they come; what is between them is their own matter.
FIRST: dict[str, tuple[str, str]] = {
    "undelete_entry": ("DELETE", "/v1/entries/Nippon%20Budokan"),
    "put_entry-with-If-None-Match": ("DELETE", "/v1/entries/Nippon%20Budokan"),
}
TOGETHER = {"list_entries-with-prefix": {"order": "keyword"}}
"""What an example needs beside it, as its description says."""


@pytest.fixture(scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a wiki that has what the examples speak of, and an administrator's key."""
    data = tmp_path_factory.mktemp("filled")
    async with wiki_world(data) as world:
        await fill(world.client(world.admin))
        job = Job("5f1c0a9e3b7d4286", "ndjson", "succeeded", created_at=1, beat_at=2, finished_at=3)
        await world.app.state.wiki.importing._jobs.put(job)
        return data, world.admin


@pytest.fixture
async def http(filled: tuple[Path, str], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a copy of that wiki."""
    data, key = filled
    shutil.copytree(data, tmp_path / "data")
    async with app_client(create_app(settings_in(tmp_path / "data"))) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


@pytest.mark.parametrize("name", DOCUMENT.cases)
async def test_an_example_is_answered_as_the_document_says(http: httpx.AsyncClient, name: str) -> None:
    case = DOCUMENT.cases[name]
    method, _, _ = DOCUMENT.operations[case.operation]
    if first := FIRST.get(name) or FIRST.get(case.operation):
        (await http.request(*first)).raise_for_status()
    query = {**case.query, **TOGETHER.get(name, {})}
    if case.operation == "stream_changes":
        method = "head"  # the stream itself never ends
    answer = await http.request(method, case.path, params=query, headers=case.headers, content=case.body)
    DOCUMENT.check_answer(case.operation, answer)


async def test_nothing_that_is_read_is_sent_again_to_who_has_it(http: httpx.AsyncClient) -> None:
    for name, (method, _, operation) in DOCUMENT.operations.items():
        if method != "get" or JSON not in operation["responses"]["200"].get("content", {}):
            continue
        case = next(case for case in DOCUMENT.cases.values() if case.operation == name)
        first = await http.get(case.path, params=case.query)
        again = await http.get(case.path, params=case.query, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), name
        assert again.headers["ETag"] == first.headers["ETag"]
        head = await http.head(case.path, params=case.query)
        assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", first.headers["ETag"]), name
