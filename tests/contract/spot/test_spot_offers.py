"""The price service's API: offers, ranked, with EC2's scores and with what keeps the first one first."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from contract.refusals import problem_of
from contract.spot.spot_world import G4, NOW, World, spot_world
from genba_client import UnprocessableError
from spot_price.ports import PlacementError
from spot_price.usecases.offering import Offering

pytestmark = pytest.mark.anyio

G5_KEY = "us-east-1|use1-az1|g5.2xlarge|Linux/UNIX"
G5_EU_KEY = "eu-west-1|euw1-az3|g5.2xlarge|Linux/UNIX"
G4_KEY = "us-west-2|us-west-2b|g4dn.xlarge|Linux/UNIX"


@pytest.fixture
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with spot_world(tmp_path_factory.mktemp("spot")) as made:
        yield made


async def offers(world: World, **params: Any) -> Any:
    answer = await world.http.get("/v1/offers", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def keys(world: World, **params: Any) -> list[str]:
    return [one["key"] for one in (await offers(world, **params))["items"]]


async def test_offers_say_what_they_cost_for_what_they_have(world: World) -> None:
    body = await offers(world)
    assert (body["source"], body["synthetic"]) == ("synthetic (seed 7)", True)
    assert [one["price"] for one in body["items"]] == [0.1578, 0.3977, 0.4361, 0.52], "what is not known is no offer"
    assert (body["by"], body["hysteresis"], body["total"], body["unranked"]) == ("price", 0.05, 4, 0)
    assert (body["scored"], body["score_fault"]) == ([], None)
    assert body["items"][2] == {
        "region": "us-east-1",
        "zone_id": "use1-az1",
        "zone_name": "us-east-1a",
        "type": "g5.2xlarge",
        "product": "Linux/UNIX",
        "price": 0.4361,
        "since": "2026-04-18T08:12:41Z",
        "observed_until": "2026-04-18T09:30:00Z",
        "on_demand": 1.212,
        "on_demand_dated": "2026-04-01",
        "key": G5_KEY,
        "vcpus": 8,
        "gpus": 1,
        "gpu_name": "A10G",
        "gpu_memory_gib": 24.0,
        "per_vcpu": pytest.approx(0.4361 / 8),
        "per_gpu": 0.4361,
        "per_gpu_gib": pytest.approx(0.4361 / 24),
        "discount": pytest.approx(1 - 0.4361 / 1.212),
        "score": None,
    }


async def test_they_are_ranked_by_what_is_asked_for(world: World) -> None:
    assert await keys(world, by="gpu-memory", limit=2) == [G4_KEY, G5_EU_KEY]
    body = await offers(world, by="discount")
    assert [round(one["discount"], 3) for one in body["items"]] == [0.705, 0.7, 0.64, 0.571]
    assert [one["key"] for one in body["items"]][:2] == [G5_EU_KEY, G4_KEY]
    assert (await offers(world, by="vcpu", limit=1))["total"] == 4


async def test_they_are_filtered(world: World) -> None:
    assert await keys(world, region=["eu", "us-west"]) == [G4_KEY, G5_EU_KEY]
    assert await keys(world, type="g5.*", max_price=0.4361) == [G5_EU_KEY, G5_KEY]
    assert await keys(world, gpus=2) == []
    assert len(await keys(world, gpus=1, product="all")) == 5


async def test_what_has_no_such_figure_is_counted(world: World) -> None:
    body = await offers(world, by="discount", product="all")
    assert (body["total"], body["unranked"]) == (5, 0)
    await world.cost(replace(G4, instance_type="x9.large"), NOW, 0.01)
    body = await offers(world, by="gpu")
    assert (body["total"], body["unranked"]) == (4, 1)


async def test_the_first_stays_first_until_another_is_better_by_the_hysteresis(world: World) -> None:
    await world.cost(G4, NOW, 0.38)  # 4.5 % less than the one in Europe
    assert (await keys(world))[0] == G4_KEY
    assert await keys(world, held=G5_EU_KEY) == [
        G5_EU_KEY,
        G4_KEY,
        G5_KEY,
        "us-east-1|use1-az2|g5.2xlarge|Linux/UNIX",
    ]
    assert (await keys(world, held=G5_EU_KEY, hysteresis=0.04))[0] == G4_KEY
    assert (await keys(world, held=G5_EU_KEY, hysteresis=0))[0] == G4_KEY
    assert (await keys(world, held=G5_EU_KEY, max_price=0.39))[0] == G4_KEY, "it is no offer any more"
    assert (await keys(world, held=G5_KEY))[0] == G4_KEY


async def test_the_client_asks_for_offers_and_goes_on_from_the_first(world: World) -> None:
    async with world.client as spot:
        found = await spot.offers(["g5.*"], regions=["us", "eu"], by="gpu", gpus=1, max_price=0.5, limit=5)
        assert [(one.zone, one.per_gpu) for one in found.items] == [("euw1-az3", 0.3977), ("use1-az1", 0.4361)]
        again = await spot.offers(
            zones=["use1-az1", "euw1-az3"], products=["linux"], held=found.items[1].key, hysteresis=0.1
        )
        assert [one.key for one in again.items] == [G5_KEY, G5_EU_KEY]
        with pytest.raises(UnprocessableError):
            await spot.offers(["p9.*"])


@dataclass
class FakeScores:
    """Gives what it has, and notes what it was asked."""

    found: Mapping[str, int]
    fault: str = ""
    asked: list[tuple[Sequence[str], Sequence[str]]] = field(default_factory=list)

    async def scores(self, types: Sequence[str], regions: Sequence[str]) -> Mapping[str, int]:
        self.asked.append((types, regions))
        if self.fault:
            raise PlacementError(self.fault)
        return self.found


def scored_by(world: World, scores: FakeScores) -> None:
    world.app.state.spot = replace(world.spot, offering=Offering(world.spot.market, placement=scores))


async def test_scores_are_those_of_the_zones_for_all_types_together(world: World) -> None:
    fake = FakeScores({"use1-az1": 9, "euw1-az3": 3, "use2-az1": 10})
    scored_by(world, fake)
    body = await offers(world, scores=True)
    assert [one["score"] for one in body["items"]] == [None, 3, 9, None]
    assert body["scored"] == ["g4dn.xlarge", "g5.2xlarge"]
    assert fake.asked == [(("g4dn.xlarge", "g5.2xlarge"), ("us-west-2", "eu-west-1", "us-east-1"))]
    await offers(world)
    await offers(world, scores=True, gpus=2)
    assert len(fake.asked) == 1, "EC2 is asked when scores are, and there is something to score"


async def test_offers_are_there_without_scores_and_say_why(world: World) -> None:
    body = await offers(world, scores=True)
    assert "Only EC2" in body["score_fault"]
    scored_by(world, FakeScores({}, "EC2 gives no placement scores: no credentials"))
    body = await offers(world, scores=True)
    assert (body["score_fault"], body["scored"]) == ("EC2 gives no placement scores: no credentials", [])
    assert len(body["items"]) == 4


@pytest.mark.parametrize("query", ["by=luck", "max_price=0", "max_price=nan", "gpus=-1", "hysteresis=1", "held=use1",
                                   "hysteresis=-0.1", "limit=0", "limit=501", "scores=perhaps"])  # fmt: skip
async def test_what_is_out_of_bounds_is_told_where(world: World, query: str) -> None:
    assert problem_of(await world.http.get(f"/v1/offers?{query}"), 422).errors


@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ({"type": "p9.*"}, "instance type"),
        ({"region": "mars"}, "region"),
        ({"held": "us-east-1|use1-az9|g5.2xlarge|Linux/UNIX"}, "pool"),
        ({"held": "us-east-1|use1-az1|p9.large|Linux/UNIX"}, "instance type"),
    ],
)
async def test_a_name_that_nothing_has_is_told(world: World, params: dict[str, str], kind: str) -> None:
    problem = problem_of(await world.http.get("/v1/offers", params=params), 422)
    assert (problem.model_extra or {})["kind"] == kind
