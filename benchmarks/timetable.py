"""What a timetable costs before it is a picture, and a picture over HTTP: `python benchmarks/timetable.py`, 20 s.

The sample festival: reading its sources against `json.loads` alone, finding a name against Python's `in` on bare
titles, the plan of all of it, its calendar against the icalendar library's, the changes between two versions. Then a
service with the sample on this machine: a picture that is kept against `/livez`, the least that any service answers;
and 100 people at once who want one picture that is not drawn yet, against as many who want `/livez`. Processor time of
the fastest run, but for what is asked over HTTP, which is by the clock, and medians.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
from icalendar import Calendar, Event

from genba_servicekit.testing import running_service
from timetable_renderer.adapters.config_folder import read_configs
from timetable_renderer.core.assemble import assemble
from timetable_renderer.core.diff import compare
from timetable_renderer.core.festival import Festival
from timetable_renderer.core.finding import Finder, Wanted
from timetable_renderer.core.ical import PRODUCT, calendar_of
from timetable_renderer.core.plaintext import plain_text
from timetable_renderer.core.plan import make_plan
from timetable_renderer.core.sources import parse

SAMPLE = Path(__file__).parents[1] / "services/timetable-renderer/src/timetable_renderer/data/sample.toml"
COMMAND = str(Path(sys.executable).with_name("timetable-renderer"))
ROUNDS = 200
CALLERS = 100
STAMP: Final = datetime(2027, 7, 1, tzinfo=UTC)


def fastest(run: Callable[[], object], times: int = 15) -> float:
    """Processor milliseconds of the fastest run."""
    took = []
    for _ in range(times):
        start = time.process_time()
        run()
        took.append(time.process_time() - start)
    return min(took) * 1000


def line(what: str, milliseconds: float, reference: float | None = None, of: str = "") -> None:
    """Print a row."""
    ratio = "" if reference is None else f"   {milliseconds / reference:6.1f} x {of} ({reference:.2f} ms)"
    print(f"  {what:<44}{milliseconds:9.2f} ms{ratio}")


def reading() -> Festival:
    """Print what bytes cost until they are a festival; gives it."""
    (config,) = read_configs(SAMPLE)
    bodies = [Path(source.file or "").read_bytes() for source in config.sources]

    def read() -> Festival:
        parts = [(s, parse(body, s.format)) for s, body in zip(config.sources, bodies, strict=True)]
        return assemble(config, parts).festival

    festival = read()
    print(f"{len(festival.slots)} slots, {sum(map(len, bodies)):,} bytes")
    line("read, cleaned, put together", fastest(read), fastest(lambda: json.loads(bodies[0])), "json.loads")
    return festival


def by_the_library(festival: Festival) -> bytes:
    """The same calendar, every line of it written by the library that reads calendars."""
    calendar = Calendar.new(prodid=PRODUCT, uid=festival.id, name=festival.name)
    for slot in festival.slots:
        event = Event.new(
            uid=slot.id,
            stamp=STAMP,
            sequence=1,
            start=slot.start,
            end=slot.end,
            summary=slot.title,
            location=slot.stage,
            description=slot.detail or None,
            categories=[slot.kind.value],
        )
        calendar.add_component(event)
    calendar.add_missing_timezones(festival.days[0], festival.days[-1])
    written: bytes = calendar.to_ical()
    return written


def working(festival: Festival) -> None:
    """Print what finding, planning and comparing cost."""
    finder, titles = Finder(festival), [slot.title for slot in festival.slots]
    line("made ready for search", fastest(lambda: Finder(festival)))
    plain = fastest(lambda: [title for title in titles if "キラメキ" in title])
    line("found, by name", fastest(lambda: finder.slots(Wanted(text="ｷﾗﾒｷ"))), plain, "“in”")
    picks = [slot.id for slot in festival.slots]
    line(f"the plan of {len(picks)} picks", fastest(lambda: make_plan(festival, picks)))
    plan = make_plan(festival, picks)
    line("it as text", fastest(lambda: plain_text(plan, language="ja")))
    mine = fastest(lambda: calendar_of(festival, festival.slots, stamp=STAMP))
    line("the calendar of them", mine)
    line("the same, written by icalendar", fastest(lambda: by_the_library(festival), 5), mine, "ours")
    later = replace(
        festival,
        slots=tuple(replace(slot, id=slot.id + "x") if n % 10 == 0 else slot for n, slot in enumerate(festival.slots)),
    )
    line("compared with a version that moved a tenth", fastest(lambda: compare(festival, later)))


async def answering(url: str) -> None:
    """Print what a running service takes."""
    picks = [f"pick={pick}" for pick in ("20270806-1000-76di2x", "20270806-1145-h54u7v", "20270806-1155-rq5hph")]
    picture = f"/v1/festivals/shiosai-2027/picture?{'&'.join(picks)}"
    async with httpx.AsyncClient(base_url=url, limits=httpx.Limits(max_connections=CALLERS), timeout=60) as client:

        async def took(path: str) -> float:
            start = time.perf_counter()
            (await client.get(path)).raise_for_status()
            return (time.perf_counter() - start) * 1000

        async def all_at_once(path: str) -> float:
            start = time.perf_counter()
            await asyncio.gather(*(took(path) for _ in range(CALLERS)))
            return (time.perf_counter() - start) * 1000

        alone = await took(picture)
        kept, live = [], []
        for _ in range(ROUNDS):
            kept.append(await took(picture))
            live.append(await took("/livez"))
        line("a picture of 3 picks, drawn, the first of all", alone)
        line("the same, kept", statistics.median(kept), statistics.median(live), "/livez")
        before = await all_at_once("/livez")
        drawn = await all_at_once(f"{picture}&scale=3")
        line(f"{CALLERS} at once, one picture not drawn yet", drawn, before, f"{CALLERS} x /livez at once")


def main() -> None:
    """Print everything."""
    working(reading())
    with tempfile.TemporaryDirectory() as data:
        settings = {"GENBA_DATA_DIR": data, "TIMETABLE_FESTIVALS": str(SAMPLE), "GENBA_ACCESS_LOG": "false"}
        with running_service([COMMAND, "serve"], settings) as service:
            for _ in range(100):
                if httpx.get(f"{service.url}/v1/festivals/shiosai-2027").status_code == 200:
                    break
                time.sleep(0.1)
            asyncio.run(answering(service.url))


if __name__ == "__main__":
    main()
