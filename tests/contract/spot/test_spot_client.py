"""The typed client against the real price service: every call, and what it raises."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from contract.spot.spot_world import spot_world
from genba_client import SpotClient, UnprocessableError

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def spot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SpotClient]:
    async with spot_world(tmp_path_factory.mktemp("spot")) as world:
        yield world.client


async def test_regions_and_types_are_listed(spot: SpotClient) -> None:
    assert [region.name for region in (await spot.regions()).items] == ["eu-west-1", "us-east-1", "us-west-2"]
    found = [one async for one in spot.types(["g5.*"], regions=["us-east-1"], gpus=1, limit=1)]
    assert [(one.name, one.gpus) for one in found] == [("g5.12xlarge", 4), ("g5.2xlarge", 1)]
    windows = [one async for one in spot.types(["g5.2xlarge"], product="windows")]
    assert windows[0].on_demand[0].price == 1.58


async def test_prices_come_in_pages_the_cheapest_first(spot: SpotClient) -> None:
    pages = [page async for page in spot.prices(limit=3).pages()]
    assert [[one.price for one in page.items] for page in pages] == [[0.1578, 0.3977, 0.4361], [0.52, None]]
    found = [one async for one in spot.prices(["g5.*"], regions=["us"], zones=["us-east-1a"], products=["all"])]
    assert [(one.zone, one.product) for one in found] == [("use1-az1", "Linux/UNIX"), ("use1-az1", "Windows")]


async def test_history_is_given_in_steps(spot: SpotClient) -> None:
    start = datetime(2026, 4, 18, 6, 30, tzinfo=UTC)
    found = await spot.history(["g5.2xlarge"], zones=["use1-az2"], start=start, end=start.replace(hour=9))
    (series,) = found.items
    assert [step.price for step in series.steps] == [0.51, None, 0.52]
    assert (found.start, series.end) == (start, start.replace(hour=9))


async def test_figures_are_given_over_a_window(spot: SpotClient) -> None:
    start = datetime(2026, 4, 18, 6, 30, tzinfo=UTC)
    found = await spot.statistics(
        ["g5.*"],
        regions=["us"],
        zones=["use1-az2"],
        products=["linux"],
        start=start,
        end=start.replace(hour=9),
        threshold=0.51,
    )
    (figures,) = found.items
    assert (figures.zone, figures.min, figures.max, found.threshold) == ("use1-az2", 0.51, 0.52, 0.51)
    assert [figures.known, figures.under] == pytest.approx([5 / 6, 0.2])


async def test_a_name_that_nothing_has_is_an_error_with_those_like_it(spot: SpotClient) -> None:
    with pytest.raises(UnprocessableError) as caught:
        await spot.prices(["g5.2xlrage"]).pages().__anext__()
    assert caught.value.problem is not None
    assert "g5.2xlarge" in (caught.value.problem.model_extra or {})["near"]
