"""The price service's document says what is particular to it, and every example in it works."""

from collections.abc import AsyncIterator

import httpx
import pytest

from contract.openapi_document import JSON, ApiDocument
from contract.spot.spot_world import spot_world
from spot_price.app import service

pytestmark = pytest.mark.anyio

DOCUMENT = ApiDocument(service)
STREAMS = frozenset({"stream_changes"})
"""They never end: their heads are asked for."""


@pytest.mark.parametrize("name", DOCUMENT.operations)
def test_a_read_says_that_it_has_a_tag(name: str) -> None:
    method, _, operation = DOCUMENT.operations[name]
    if method == "get" and name not in STREAMS:
        assert operation["responses"]["200"]["headers"]["ETag"]["required"]
        assert "304" in operation["responses"]


@pytest.fixture(scope="module")
async def http(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with spot_world(tmp_path_factory.mktemp("spot")) as world:
        yield world.http


@pytest.mark.parametrize("name", DOCUMENT.cases)
async def test_an_example_is_answered_as_the_document_says(http: httpx.AsyncClient, name: str) -> None:
    case = DOCUMENT.cases[name]
    method, _, _ = DOCUMENT.operations[case.operation]
    method = "head" if case.operation in STREAMS else method
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
