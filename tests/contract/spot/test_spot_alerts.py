"""Alerts through the typed client against the real service: made, listed, paused, tried; and what is refused."""

import json
import random
from collections.abc import AsyncIterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from contract.spot.spot_world import G5, G5_EU, NOW, World, make_key, settings_in, spot_world
from genba_client import SpotClient
from genba_client.errors import ApiStatusError, AuthenticationError, ConflictError, NotFoundError, UnprocessableError
from genba_servicekit.auth import Role
from spot_price.core.records import MICROS, Pool
from spot_price.ports import Last
from spot_price.usecases.market import MANY

pytestmark = pytest.mark.anyio
HERE = {"webhook_allow": ("127.0.0.0/8",)}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with spot_world(tmp_path, **HERE) as made:
        yield made


@pytest.fixture
async def spot(world: World, tmp_path: Path) -> SpotClient:
    return world.client_with(await make_key(settings_in(tmp_path)))


async def test_an_alert_is_made_listed_renamed_paused_and_forgotten(spot: SpotClient) -> None:
    made = await spot.make_alert(
        "cheap", "below", ["g5.*"], regions=["us"], threshold=0.4, webhook="http://127.0.0.1/x"
    )
    assert made.secret.startswith("whsec_")
    assert (made.kind, made.types, made.products, made.paused) == ("below", ("g5.*",), ("Linux/UNIX",), False)
    (listed,) = await spot.alerts()
    assert listed.model_dump() == made.model_dump(exclude={"secret"})
    assert (await spot.pause_alert(made.id)).paused
    assert not (await spot.resume_alert(made.id)).paused
    assert (await spot.rename_alert(made.id, "  very\n cheap ")).name == "very cheap"
    assert (await spot.alert(made.id)).name == "very cheap"
    await spot.delete_alert(made.id)
    assert await spot.alerts() == []
    for call in (spot.alert, spot.pause_alert, spot.delete_alert, spot.test_alert):
        with pytest.raises(NotFoundError):
            await call(made.id)


async def test_an_alert_speaks_once_and_again_after_it_was_over(world: World, spot: SpotClient) -> None:
    made = await spot.make_alert("cheap", "below", ["g5.2xlarge"], threshold=0.36, webhook="http://127.0.0.1/x")
    alerting = world.spot.alerting
    await alerting.judge()
    assert (await spot.alert(made.id)).spoken == 0
    for step, (price, spoken) in enumerate(((0.35, 1), (0.34, 1), (0.37, 1), (0.35, 1), (0.38, 1), (0.35, 2))):
        await world.cost(G5_EU, NOW + step, price)
        await alerting.judge()
        assert (await spot.alert(made.id)).spoken == spoken, price
    assert len(await spot.deliveries(alert=made.id)) == 2


async def test_of_many_pools_each_alert_hears_of_the_cheapest_that_it_chooses(world: World, spot: SpotClient) -> None:
    pools = [Pool(G5.region, f"use1-az{number}", None, f"c7i.{number % 9}xlarge") for number in range(MANY)]
    chance = random.Random(3)
    prices = {pool: chance.randrange(100_000, 900_000) / MICROS for pool in pools}
    await world.spot.market.hear([Last(pool, NOW, round(price * MICROS), None) for pool, price in prices.items()])
    made = {}
    for types in (["*"], ["c7i.*"], ["c7i.*"], ["c7i.7xlarge", "c7i.8xlarge"], ["g5.2xlarge"]):
        alert = await spot.make_alert("x", "below", types, threshold=1, webhook="http://127.0.0.1/x")
        made[alert.id] = types
    await world.spot.alerting.judge()
    told = {sent.alert: json.loads(sent.body)["data"] for sent in await spot.deliveries()}
    for alert_id, types in made.items():
        wanted = {p: price for p, price in prices.items() if any(fnmatch(p.instance_type, name) for name in types)}
        cheapest = min(wanted, key=wanted.__getitem__, default=G5_EU)
        assert told[alert_id]["price"] == wanted.get(cheapest, 0.3977)
        assert told[alert_id]["place"]["zone_id"] == cheapest.zone_id


async def test_an_alert_that_goes_on_begins_anew_unless_it_was_not_paused(world: World, spot: SpotClient) -> None:
    made = await spot.make_alert("dear", "above", ["g5.2xlarge"], threshold=0.1)
    alerting = world.spot.alerting
    await alerting.judge()
    for _ in range(2):
        await spot.resume_alert(made.id)
        await alerting.judge()
        assert (await spot.alert(made.id)).spoken == 1
    await spot.pause_alert(made.id)
    await world.cost(G5_EU, NOW + 1, 0.39)
    await alerting.judge()
    assert (await spot.alert(made.id)).spoken == 1
    await spot.resume_alert(made.id)
    await alerting.judge()
    assert (await spot.alert(made.id)).spoken == 2


async def test_a_test_is_sent_without_the_alert_having_spoken(spot: SpotClient) -> None:
    made = await spot.make_alert("x", "change", ["g5.2xlarge"], percent=10, webhook="http://127.0.0.1/x")
    sent = await spot.test_alert(made.id)
    assert '"test": true' in sent.body
    assert (sent.state, sent.alert) == ("waiting", made.id)
    assert (await spot.alert(made.id)).spoken == 0
    assert (await spot.redeliver(sent.id)).id == sent.id
    silent = await spot.make_alert("y", "cheapest", ["g5.2xlarge"])
    with pytest.raises(ConflictError, match=r"spot\.alert\.spoke alone"):
        await spot.test_alert(silent.id)


@pytest.mark.parametrize(
    "webhook",
    [
        "http://10.0.0.8/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x",
        "http://192.168.1.1/x",
        "https://user:pass@example.org/",
        "http://8.8.8.8:22/",
    ],
)
async def test_a_webhook_to_a_private_address_is_refused(spot: SpotClient, webhook: str) -> None:
    with pytest.raises(UnprocessableError) as caught:
        await spot.make_alert("x", "below", ["g5.2xlarge"], threshold=1, webhook=webhook)
    assert caught.value.problem is not None
    assert caught.value.problem.type == "urn:genba:problem:webhook-refused"
    assert await spot.alerts() == []


async def test_an_address_here_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    async with spot_world(tmp_path / "strict") as world:
        spot = world.client_with(await make_key(settings_in(tmp_path / "strict")))
        with pytest.raises(UnprocessableError, match="127"):
            await spot.make_alert("x", "below", ["g5.2xlarge"], threshold=1, webhook="http://127.0.0.1/x")


async def test_names_of_nothing_and_too_many_alerts_are_refused(spot: SpotClient) -> None:
    with pytest.raises(UnprocessableError, match="us-east-1"):
        await spot.make_alert("x", "below", ["g5.2xlarge"], regions=["us-esat-1"], threshold=1)
    for number in range(10):
        await spot.make_alert(str(number), "below", ["g5.2xlarge"], threshold=1)
    with pytest.raises(ConflictError, match="10 alerts"):
        await spot.make_alert("x", "below", ["g5.2xlarge"], threshold=1)


async def test_who_has_no_key_sees_and_changes_nothing(world: World, tmp_path: Path) -> None:
    reader = world.client_with(await make_key(settings_in(tmp_path), Role.READER))
    for client, error in ((world.client, AuthenticationError), (reader, ApiStatusError)):
        with pytest.raises(error):
            await client.alerts()
        with pytest.raises(error):
            await client.make_alert("x", "below", ["g5.2xlarge"], threshold=1)
        with pytest.raises(error):
            await client.deliveries()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x", "kind": "below", "types": ["g5.2xlarge"]},
        {"name": "x", "kind": "change", "types": ["g5.2xlarge"]},
        {"name": "x", "kind": "below", "types": [], "threshold": 1},
        {"name": " ", "kind": "below", "types": ["g5.2xlarge"], "threshold": 1},
        {"name": "x\u202ey", "kind": "below", "types": ["g5.2xlarge"], "threshold": 1},
        {"name": "x", "kind": "below", "types": ["g5.2xlarge"], "threshold": "1"},
        {"name": "x", "kind": "below", "types": ["g5.2xlarge"], "threshold": -1},
        {"name": "x", "kind": "below", "types": ["g5.2xlarge"], "threshold": 1, "webhook": "ftp://example.org"},
        {"name": "x", "kind": "below", "types": ["g5.2xlarge"], "threshold": 1, "webhok": "http://example.org"},
        {"name": "x", "kind": "never", "types": ["g5.2xlarge"]},
    ],
)
async def test_what_does_not_fit_is_a_422_that_says_where(
    world: World, tmp_path: Path, body: dict[str, object]
) -> None:
    key = await make_key(settings_in(tmp_path))
    answer = await world.http.post("/v1/alerts", json=body, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 422
    assert answer.json()["errors"]
