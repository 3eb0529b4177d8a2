"""What memory a service has that drew many pictures: `python benchmarks/timetable_memory.py [--pictures N]`, 5 minutes.

A service with the sample festival on this machine draws 10,000 pictures, no two alike, 16 asked for at once: 3 to 60
picks at random, in every layout, theme and format, at once, twice or three times the size; the largest have 100 million
pixels. Then it is told beside what it had before the first, and ends with exit status 1 if that is over 250 MB.
"""

import argparse
import asyncio
import random
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

from genba_servicekit.testing import running_service

SAMPLE = Path(__file__).parents[1] / "services/timetable-renderer/src/timetable_renderer/data/sample.toml"
COMMAND = str(Path(sys.executable).with_name("timetable-renderer"))
FESTIVAL = "/v1/festivals/shiosai-2027"
AT_ONCE = 16
MOST_MEGABYTES = 250
TOO_LARGE = 422


def request(chance: random.Random, slots: list[str]) -> dict[str, Any]:
    """A picture as somebody may want it."""
    return {
        "picks": chance.sample(slots, chance.randint(3, 60)),
        "layout": chance.choice(("agenda", "agenda", "day", "grid", "story")),
        "theme": chance.choice(("light", "dark")),
        "scale": chance.choice((1, 1, 2, 3)),
        "format": chance.choice(("png", "png", "png", "webp", "pdf", "svg")),
    }


async def draw(url: str, pictures: int, process: psutil.Process) -> float:
    """Ask for so many pictures; gives the megabytes after them."""

    def megabytes() -> float:
        return float(process.memory_info().rss) / 1e6

    chance, refused, start = random.Random(1), 0, time.perf_counter()
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        slots = [slot["id"] for slot in (await client.get(FESTIVAL + "/slots?limit=500")).json()["items"]]
        print(f"at the start {megabytes():.0f} MB")
        for number in range(0, pictures, AT_ONCE):
            asked = [request(chance, slots) for _ in range(AT_ONCE)]
            answers = await asyncio.gather(*(client.post(FESTIVAL + "/picture", json=each) for each in asked))
            refused += sum(answer.status_code == TOO_LARGE for answer in answers)
            bad = {answer.status_code for answer in answers} - {200, TOO_LARGE}
            if bad:
                raise SystemExit(f"answered with {bad}")
            if number % 1024 == 0:
                print(f"  {number:6,} pictures: {megabytes():.0f} MB, {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{refused:,} did not fit (a WebP has a largest size, a story a number of picks): answered with {TOO_LARGE}")
    return megabytes()


def main() -> int:
    """Print the memory; 1 if it is more than it may be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=10_000, help="how many pictures are drawn")
    pictures = parser.parse_args().pictures
    settings = {"TIMETABLE_FESTIVALS": str(SAMPLE), "GENBA_ACCESS_LOG": "false"}
    with running_service([COMMAND, "serve"], settings) as service:
        process = psutil.Process(service.process.pid)
        while httpx.get(service.url + FESTIVAL + "/slots").is_error:
            time.sleep(0.1)
        after = asyncio.run(draw(service.url, pictures, process))
    print(f"memory after {pictures:,} pictures: {after:.0f} MB (at most {MOST_MEGABYTES})")
    return 0 if after <= MOST_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
