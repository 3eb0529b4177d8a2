"""The price service's document says what is particular to it, and every example in it works."""

from collections.abc import AsyncIterator

import httpx
import pytest

from contract.openapi_document import JSON, ApiDocument
from contract.spot.spot_world import NOW, World, make_key, settings_in, spot_world
from spot_price.app import service
from spot_price.core.alerts import Alert, Kind, State
from spot_price.core.selection import Selection
from spot_price.core.webhooks import new_secret
from spot_price.ports_alerts import Delivery, KeptAlert

pytestmark = pytest.mark.anyio

DOCUMENT = ApiDocument(service)
HOOK = "http://example.org/"
ALERT = KeptAlert(
    Alert("alr_2mUv0cZ1xQkR", "cheap", Kind.BELOW, Selection(types=("g5.*",)), threshold=0.4, webhook=HOOK),
    new_secret(),
    NOW,
    State(),
)
MESSAGE = Delivery("msg_01JS3V2M6Y", ALERT.alert.id, "{}", "dead", NOW, 8, 0.0, NOW, "answered with 500")
STREAMS = frozenset({"stream_changes"})
"""They never end: their heads are asked for."""


@pytest.mark.parametrize("name", DOCUMENT.operations)
def test_a_read_says_that_it_has_a_tag(name: str) -> None:
    method, _, operation = DOCUMENT.operations[name]
    if method == "get" and name not in STREAMS:
        assert operation["responses"]["200"]["headers"]["ETag"]["required"]
        assert "304" in operation["responses"]


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    data = tmp_path_factory.mktemp("spot")
    async with spot_world(data) as made:
        made.http.headers["Authorization"] = f"Bearer {await make_key(settings_in(data))}"
        yield made


@pytest.fixture
async def http(world: World) -> httpx.AsyncClient:
    """A client of a service that has what the examples speak of."""
    store = world.spot.alerting._store
    if await store.alert(ALERT.alert.id) is None:
        await store.add(ALERT, limit=10)
        await store.send(MESSAGE)
    return world.http


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
