"""What a policy would have cost, and how fast that is found out: `python benchmarks/spot_backtest.py`, some 10 seconds.

The trace is that of g2.2xlarge in us-east-1 from March to August 2015 where it is at hand (in $GENBA_TEST_DATA or in
`shared/data` beside the checkout), else a made one of the same size. The table is what each policy comes to; the ratio
is of speed against a plain event loop that walks through every moment and says the same. Below 10 for staying and 3 for
chasing, or a cheapest-at-launch of the real trace that is not near 0.09 $ at 97 % useful time, the exit status is 1.
"""

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from spot_backtest_reference import walked
from spot_price.core.backtest import Outcome, Policy, Terms, Trace, backtest, trace_of
from spot_price.core.files import read_prices
from spot_price.core.records import Pool, Records

WANTED = {Policy.CHEAPEST: 10.0, Policy.CHASE: 3.0}


def recorded() -> tuple[str, Callable[[], Trace]]:
    """Where the trace is from, and what makes it."""
    shared = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("GENBA_TEST_DATA", shared)) / "spot-prices"
    for file in folder.glob("g2.2xlarge*"):
        parts = read_prices(file.read_bytes())
        return "recorded", partial(trace_of, parts)
    made = records()
    return "made up", partial(trace_of, [made])


def records() -> Records:
    """Three zones, each with 23,000 prices in 170 days: near 0.08 $, with spikes over 0.65 $."""
    chance = np.random.default_rng(2015)
    pools = [Pool("us-east-1", None, f"us-east-1{letter}", "g2.2xlarge") for letter in "abe"]
    count = 23_000
    at = np.sort(chance.integers(0, 170 * 86_400, (3, count)), axis=1)
    level = 0.08 * np.exp(np.cumsum(chance.normal(0, 0.02, (3, count)), axis=1) % 0.7)
    spikes = np.repeat(chance.random((3, count // 20)) < 0.01, 20, axis=1)
    price = np.where(spikes, 1.2, level)
    return Records(
        pools,
        np.repeat(np.arange(3, dtype=np.int32), count),
        at.ravel().astype(np.int64),
        np.rint(price.ravel() * 1e6).astype(np.int64),
    )


def fastest(run: Callable[[], object], times: int) -> float:
    """Processor milliseconds of the fastest run."""
    took = []
    for _ in range(times):
        start = time.process_time()
        run()
        took.append(time.process_time() - start)
    return min(took) * 1000


def row(outcome: Outcome) -> str:
    """One policy's line."""
    name = outcome.policy.value + (f" {outcome.pool.zone}" if outcome.pool else "")
    return (
        f"{name:20} {outcome.per_useful_hour:8.4f} $/useful h {outcome.useful_share:7.1%} useful"
        f" {outcome.interruptions:5} interruptions {outcome.moves:5} moves"
    )


def main() -> int:
    """Print both tables; 1 if something is not as it has to be."""
    source, make = recorded()
    trace = make()
    terms = Terms(cap=0.65, on_demand=0.65, boot=360, checkpoint=600)
    prices = trace.prices.size
    print(
        f"g2.2xlarge, {source}: {len(trace.pools)} zones, {len(trace.times):,} changes; boot 6 min, checkpoint 10 min"
    )
    for policy in Policy:
        for part in [trace.only(pool) for pool in trace.pools] if policy is Policy.FIXED else [trace]:
            print(row(backtest(part, policy, terms)))
    good = True
    cheapest = backtest(trace, Policy.CHEAPEST, terms)
    if source == "recorded":
        good = 0.08 < cheapest.per_useful_hour < 0.1 and cheapest.useful_share > 0.96
    print(f"\n{fastest(make, 3):.1f} ms make the trace of its records ({prices:,} prices)")
    for policy, wanted in WANTED.items():
        ours = fastest(partial(backtest, trace, policy, terms), 9)
        plain = fastest(partial(walked, trace, policy, terms), 2)
        ratio = plain / ours
        print(f"{policy.value:10} {ours:6.1f} ms, a plain walk {plain:6.1f}: {ratio:.0f} times (at least {wanted:.0f})")
        good = good and ratio >= wanted
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
