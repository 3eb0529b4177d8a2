"""How good forecasts of prices are, against two that are free: `python benchmarks/spot_forecast.py`, some 20 seconds.

Walked forward over the zones of g2.2xlarge in us-east-1, March to August 2015, where that is at hand (in
$GENBA_TEST_DATA or in `shared/data` beside the checkout): every two weeks what a service would have measured then. And
over made-up pools. The loss is the pinball loss of the log price over 24 hours; the ratios are to “it stays as it is”
and to the time-weighted distribution of the last 30 days. The Brier score is that of staying under 1.25 times the price
at the end of the window. If the mean ratios are not under 1 for each kind of prices, or a forecast takes over 10 ms of
processor time, the exit status is 1.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spot_price.core.files import read_prices
from spot_price.core.forecast import HOUR, Past, forecast, past_of
from spot_price.core.forecast_scoring import HOURS, Score, score
from spot_price.core.generator import Synthetic
from spot_price.core.records import RECORDING_HOLDS, Records, Seconds
from spot_price.core.steps import Steps, steps_of

DAY = 86_400
END = 1_776_500_000
CAP = 1.25


def pools_of(parts: list[Records], *, until: Seconds | None, holds: int) -> Iterator[tuple[str, Steps]]:
    """Each pool's zone and type, and its price."""
    found: dict[str, list[tuple[int, int]]] = {}
    for records in parts:
        for pool, at, price in records.rows():
            found.setdefault(f"{pool.zone} {pool.instance_type} {pool.product}", []).append((at, round(price * 1e6)))
    for name, rows in found.items():
        at, micros = np.array(sorted(dict(rows).items()), np.int64).T
        end = int(at[-1]) if until is None else until
        yield name, steps_of(at, micros, np.full(len(at), holds, np.int64), until=end)


def recorded() -> Iterator[tuple[str, Steps]]:
    """The zones of 2015, where they are at hand."""
    shared = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("GENBA_TEST_DATA", shared)) / "spot-prices"
    for file in folder.glob("g2.2xlarge*"):
        yield from pools_of(read_prices(file.read_bytes()), until=None, holds=RECORDING_HOLDS)


def made() -> Iterator[tuple[str, Steps]]:
    """Pools of three regions of the made-up market."""
    for region in ("us-east-1", "eu-west-1", "ap-northeast-1"):
        records = Synthetic(7).records(region, END - HOURS * HOUR, END, types=["g5.*", "p3.*"])
        yield from pools_of([records], until=END, holds=0)


def scored(steps: Steps, moments: list[Seconds]) -> list[Score]:
    """What the service would have measured at these moments."""
    found = []
    for moment in moments:
        past = past_of(steps, moment, HOURS)
        if not np.isnan(past.level[-1]):
            one = score(past, cap=CAP * float(np.exp(past.level[-1])))
            found += [one] if one else []
    return found


def row(name: str, found: list[Score]) -> tuple[float, float]:
    """Print one line; gives the ratios to both."""
    ours, stays, mostly = (
        float(np.mean([getattr(one, kind).pinball for one in found])) for kind in ("ours", "staying", "usual")
    )
    brier = [float(np.mean([getattr(one, kind).brier for one in found])) for kind in ("ours", "staying", "usual")]
    print(
        f"{name:34} loss {ours:.4f}, {ours / stays:.2f} of staying, {ours / mostly:.2f} of usual;"
        f" in the 80 % band {np.mean([one.coverage for one in found]):.0%};"
        f" Brier {brier[0]:.3f}, staying {brier[1]:.3f}, usual {brier[2]:.3f};"
        f" offered {np.mean([one.over(24).beats_both for one in found]):.0%} of {len(found)}"
    )
    return ours / stays, ours / mostly


def times(past: Past) -> tuple[float, float]:
    """Processor milliseconds of the fastest forecast, and of the fastest scoring."""
    took = []
    for run, repeats in ((forecast, 20), (score, 3)):
        best = float("inf")
        for _ in range(repeats):
            start = time.process_time()
            run(past, cap=1.0)
            best = min(best, time.process_time() - start)
        took.append(best * 1000)
    return took[0], took[1]


def main() -> int:
    """Print both tables; 1 if something is not as it has to be."""
    good = True
    for title, pools in (("recorded, 2015", list(recorded())), ("made up", list(made()))):
        every: list[Score] = []
        for name, steps in pools:
            begin = int(steps.at[0]) + 45 * DAY
            found = scored(steps, list(range(begin, steps.end, 14 * DAY)) or [steps.end])
            every += found
            if title != "made up":
                row(name, found)
        if every:
            good = max(row(f"{title}: {len(pools)} pools", every)) < 1 and good
    _, steps = next(made())
    past = past_of(steps, END, HOURS)
    start = time.process_time()
    past_of(steps, END, HOURS)
    prepared = (time.process_time() - start) * 1000
    one, whole = times(past)
    print(f"{prepared:.1f} ms make the past, {one:.1f} ms a forecast, {whole:.0f} ms its scoring")
    return 0 if good and prepared + one < 10 else 1


if __name__ == "__main__":
    sys.exit(main())
