"""The monitor's keys, pressed: what is seen follows them, and none does harm, whenever it comes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from anyio import to_thread
from rich.segment import Segment
from textual.pilot import Pilot
from textual.widgets import Input

from spot_price.core.files import read_prices
from spot_price.core.selection import Selection
from spot_price.ports import SourceError
from spot_price.watch.direct import DirectFeed
from spot_price.watch.feed import Feed, Snapshot
from spot_price.watch.keys import KEYS
from spot_price.watch.legend import Legend
from spot_price.watch.monitor import Monitor
from spot_price.watch.options import WatchOptions
from spot_price.watch.view import View
from spot_watching import CATALOGUE, NOW, FakeSource

HOUR = 3600
OPTIONS = WatchOptions(auto_refresh=0)
MANY = {"us-east-1": 6, "eu-west-1": 20}


class Waiting:
    """A feed that answers nothing until it is let."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.feed = DirectFeed(FakeSource(), CATALOGUE)

    async def look(self, selection: Selection, view: View | None = None, *, fresh: bool = True) -> Snapshot:
        await self.free.wait()
        return await self.feed.look(selection, view, fresh=fresh)

    async def types(self) -> Sequence[str]:
        return []

    async def close(self) -> None:
        pass


@asynccontextmanager
async def watching(
    source: FakeSource | None = None,
    *,
    feed: Feed | None = None,
    options: WatchOptions = OPTIONS,
    size: tuple[int, int] = (110, 30),
    folder: Path | None = None,
) -> AsyncIterator[tuple[Monitor, Pilot[None]]]:
    monitor = Monitor(feed or DirectFeed(source or FakeSource(), CATALOGUE), options, folder=folder)
    async with monitor.run_test(size=size) as pilot:
        if feed is None:
            await seen(monitor, pilot)
        yield monitor, pilot


async def seen(monitor: Monitor, pilot: Pilot[None]) -> None:
    await monitor.workers.wait_for_complete()
    await pilot.pause()


async def screen(pilot: Pilot[None]) -> list[str]:
    """The rows of the screen, once all that is to be drawn is drawn."""
    await pilot.pause()
    return [strip.text for strip in pilot.app.screen._compositor.render_strips()]


async def dots(pilot: Pilot[None]) -> int:
    return sum("\u2801" <= sign <= "\u28ff" for line in await screen(pilot) for sign in line)


async def test_the_first_view_shows_the_cheapest_line_at_its_minimum_and_says_that_prices_are_made_up() -> None:
    async with watching() as (monitor, pilot):
        low, high = monitor.band
        cheapest = monitor.quotes[0]
        steps = monitor.snapshot.steps[cheapest.pool] if monitor.snapshot else None
        assert steps is not None
        assert low < steps.price.min() < high
        text = await screen(pilot)
        assert "g5.2xlarge" in text[0]
        assert "synthetic (of a test)" in text[0]
        assert "3h until now" in text[1]
        assert "2025-11-26 10:00:00 UTC" in text[1]
        assert await dots(pilot) > 100
        legend = [line[line.index("use1-az1") - 9 :] for line in text if "use1-az1" in line]
        assert len(legend) == 1
        assert "-67%" in legend[0]


async def test_zooming_keeps_the_bottom_and_shifting_keeps_the_height() -> None:
    async with watching() as (monitor, pilot):
        low, high = monitor.band
        await pilot.press("plus")
        assert monitor.band == pytest.approx((low, low + (high - low) / 1.5))
        await pilot.press("minus", "minus")
        assert monitor.band == pytest.approx((low, low + (high - low) * 1.5))
        await pilot.press("0", "up")
        assert monitor.band == pytest.approx((low + (high - low) / 4, high + (high - low) / 4))
        await pilot.press("ctrl+n")
        assert monitor.band == pytest.approx((low, high))
        await pilot.press("ctrl+p", "down")
        assert monitor.band == pytest.approx((low, high))


async def test_arrows_move_in_time_and_brackets_change_the_window() -> None:
    async with watching() as (monitor, pilot):
        await pilot.press("left", "left")
        await seen(monitor, pilot)
        assert monitor.snapshot is not None
        assert (monitor.snapshot.start, monitor.snapshot.end) == (NOW - 4.5 * HOUR, NOW - 1.5 * HOUR)
        assert "until 11-26 08:30" in (await screen(pilot))[1]
        await pilot.press("right", "right", "right")
        assert monitor.view.end is None
        await pilot.press(*["right_square_bracket"] * 12)
        await seen(monitor, pilot)
        assert monitor.view.window == 90 * 24 * HOUR
        assert monitor.snapshot.start == NOW - 90 * 24 * HOUR
        await pilot.press(*["left_square_bracket"] * 20)
        assert monitor.view.window == 15 * 60


async def test_the_log_scale_goes_on_and_off() -> None:
    async with watching() as (monitor, pilot):
        await pilot.press("g")
        assert monitor.view.log
        assert "log" in (await screen(pilot))[1]
        await pilot.press("g")
        assert not monitor.view.log


async def test_refresh_looks_again_and_auto_does_so_by_itself() -> None:
    source = FakeSource()
    async with watching(source) as (monitor, pilot):
        asked = len(source.asked)
        source.clock.moment += 60
        await pilot.press("r")
        await seen(monitor, pilot)
        assert len(source.asked) > asked
        assert "10:01:00" in (await screen(pilot))[1]
        await pilot.press("a")
        assert monitor.every == 10.0
        assert "every 10 s" in (await screen(pilot))[1]
        await pilot.press("a")
        assert monitor.every == 0.0
        assert "looks again on r alone" in (await screen(pilot))[-1]


async def test_prices_move_by_themselves_where_that_was_asked_for() -> None:
    source = FakeSource()
    async with watching(source, options=replace(OPTIONS, auto_refresh=0.05)) as (monitor, pilot):
        source.clock.moment += 3600
        for _ in range(100):
            await pilot.pause(0.05)
            if monitor.snapshot and monitor.snapshot.now == NOW + 3600:
                break
        assert "11:00:00" in (await screen(pilot))[1]


async def test_the_legend_is_sorted_scrolls_and_has_one_line_chosen() -> None:
    async with watching(FakeSource(zones=MANY), size=(80, 24)) as (monitor, pilot):
        prices = [quote.price or 0.0 for quote in monitor.quotes]
        assert prices == sorted(prices)
        assert len(prices) == 26
        await pilot.press("j", "n", "p", "k", "k")
        assert monitor.chosen == monitor.quotes[0]
        await pilot.press("pagedown", "pagedown", "pagedown")
        await pilot.pause()
        assert monitor.chosen == monitor.quotes[-1]
        assert any("▸" in line and monitor.quotes[-1].pool.zone in line for line in await screen(pilot))
        await pilot.press("pageup")
        assert monitor.chosen == monitor.quotes[-11]
        await pilot.click(Legend, offset=(5, 1))
        await pilot.pause()
        line = next(line for line in await screen(pilot) if "▸" in line)
        assert monitor.chosen is not None
        assert monitor.chosen.pool.zone in line


async def test_details_tell_all_about_the_chosen_line() -> None:
    async with watching() as (monitor, pilot):
        await pilot.press("j", "enter")
        text = "\n".join(await screen(pilot))
        for words in ("g5.2xlarge in use1-az2", "us-east-1b", "1.2120 $/h, 66% less", "1 × A10G, 24 GiB", "on average"):
            assert words in text
        await pilot.press("escape")
        assert len(monitor.screen_stack) == 1


async def test_a_filter_leaves_what_has_its_words() -> None:
    async with watching() as (monitor, pilot):
        before = monitor.band
        await pilot.press("slash", *"eu-west", "enter")
        assert [quote.pool.zone for quote in monitor.quotes] == ["euw1-az1", "euw1-az2"]
        assert monitor.band[0] > before[0]
        assert "/eu-west" in (await screen(pilot))[0]
        await pilot.press("slash", *["backspace"] * 7, *"mars", "enter")
        assert not monitor.quotes
        assert "there is nothing to see here" in "\n".join(await screen(pilot))
        await pilot.press("slash", "q", "escape")
        assert monitor.filter == "mars"


async def test_types_are_chosen_and_one_that_does_not_exist_changes_nothing() -> None:
    async with watching() as (monitor, pilot):
        await pilot.press("t")
        assert "g5.xlarge" in "\n".join(await screen(pilot))
        line = monitor.screen.query_one(Input)
        line.value = "g5.xlarge, g5.2xlarge"
        await pilot.press("enter")
        await seen(monitor, pilot)
        assert monitor.selection.types == ("g5.xlarge", "g5.2xlarge")
        assert {quote.pool.instance_type for quote in monitor.quotes} == {"g5.xlarge", "g5.2xlarge"}
        await pilot.press("t")
        monitor.screen.query_one(Input).value = "g5.17xlarge"
        await pilot.press("enter")
        await seen(monitor, pilot)
        assert "There is no instance type “g5.17xlarge”" in (await screen(pilot))[-1]
        await pilot.press("r")
        await seen(monitor, pilot)
        assert monitor.selection.types == ("g5.xlarge", "g5.2xlarge")
        assert len(monitor.quotes) == 10


async def test_what_is_seen_is_exported_so_that_it_can_be_read_again(tmp_path: Path) -> None:
    async with watching(folder=tmp_path) as (_monitor, pilot):
        await pilot.press("slash", *"use1", "enter", "e")
        await pilot.pause()
        await pilot.press("e")
        await pilot.pause()
        path, again = (tmp_path / f"spot-price-20251126T100000Z{number}.csv" for number in ("", "-2"))
        assert again.name in (await screen(pilot))[-1]
        assert path.read_bytes() == again.read_bytes()
        rows = [row for records in read_prices(path.read_bytes()) for row in records.rows()]
        assert {pool.zone for pool, _, _ in rows} == {"use1-az1", "use1-az2", "use1-az3"}
        assert min(at for _, at, _ in rows) == NOW - 3 * HOUR
        assert len(rows) == 3 * 6


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    async with watching(folder=tmp_path / "none") as (_monitor, pilot):
        await pilot.press("e")
        await pilot.pause()
        assert "No such file or directory" in (await screen(pilot))[-1]


async def test_help_names_every_key() -> None:
    async with watching(size=(110, 32)) as (monitor, pilot):
        await pilot.press("question_mark")
        text = "\n".join(await screen(pilot))
        for key in KEYS:
            assert key.shown in text
        await pilot.press("q")
        assert monitor.is_running
        assert len(monitor.screen_stack) == 1


@pytest.mark.parametrize("key", ["q", "escape", "ctrl+c"])
async def test_a_key_leaves(key: str) -> None:
    async with watching() as (monitor, pilot):
        await pilot.press(key)
        await pilot.pause()
    assert monitor.return_code == 0
    assert not monitor.is_running


async def test_ctrl_c_leaves_from_a_dialog_too() -> None:
    async with watching() as (monitor, pilot):
        await pilot.press("slash", "ctrl+c")
        await pilot.pause()
    assert not monitor.is_running


async def test_keys_before_the_first_prices_do_no_harm(tmp_path: Path) -> None:
    waiting = Waiting()
    async with watching(feed=waiting, folder=tmp_path) as (monitor, pilot):
        assert "asking for prices" in "\n".join(await screen(pilot))
        for key in KEYS:
            if key.action != "leave":
                await pilot.press(*key.keys.split(","))
                if len(monitor.screen_stack) > 1:
                    await pilot.press("escape")
        assert not await to_thread.run_sync(lambda: list(tmp_path.iterdir()))
        waiting.free.set()
        await seen(monitor, pilot)
        assert len(monitor.quotes) == 5
        assert await dots(pilot) > 100


async def test_a_region_that_fails_is_in_the_last_line_while_the_rest_goes_on() -> None:
    error = SourceError("EC2 throttles", code="throttled")
    source = FakeSource(failing={"us-west-2": error, "sa-east-1": error, "me-south-1": error, "ca-west-1": error})
    async with watching(source) as (monitor, pilot):
        assert "ca-west-1: EC2 throttles; me-south-1: EC2 throttles; 2 more fail" in (await screen(pilot))[-1]
        assert len(monitor.quotes) == 5
        for name in ("us-west-2", "sa-east-1", "me-south-1", "ca-west-1"):
            del source.failing[name]
            source.zones[name] = 0
        await pilot.press("r")
        await seen(monitor, pilot)
        assert "5 lines" in (await screen(pilot))[-1]


async def test_a_source_that_stops_answering_leaves_what_was_seen() -> None:
    source = FakeSource()
    async with watching(source) as (monitor, pilot):
        source.failing |= {name: SourceError("no answer", code="no-answer") for name in source.zones}
        source.clock.moment += 60
        await pilot.press("r")
        await seen(monitor, pilot)
        assert "no answer" in (await screen(pilot))[-1]
        assert len(monitor.quotes) == 5
        assert await dots(pilot) > 100


async def test_a_source_that_never_answers_is_told() -> None:
    source = FakeSource(failing={"all": SourceError("the credentials have expired", code="credentials")})
    async with watching(source) as (_monitor, pilot):
        assert "the credentials have expired" in (await screen(pilot))[-1]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (160, 50), (20, 6), (1, 1)])
async def test_it_fits_whatever_the_size(size: tuple[int, int]) -> None:
    async with watching(FakeSource(zones=MANY)) as (_monitor, pilot):
        await pilot.resize_terminal(*size)
        await pilot.pause()
        text = await screen(pilot)
        assert len(text) == size[1]
        if size[0] >= 60:
            assert "? keys" in text[-1]
            assert any("use1-az1" in line for line in text)
            assert await dots(pilot) > 60
        for key in ("question_mark", "escape", "enter", "escape", "slash", "escape", "plus"):
            await pilot.press(key)


async def test_more_than_twelve_lines_look_different() -> None:
    async with watching(FakeSource(zones=MANY)) as (monitor, _pilot):
        looks = {(strip[1].style, strip[1].text) for strip in _legend(monitor)}
        assert len(looks) == 26


def _legend(monitor: Monitor) -> list[list[Segment]]:
    legend = monitor.query_one(Legend)
    return [list(legend.render_line(y)) for y in range(26)]
