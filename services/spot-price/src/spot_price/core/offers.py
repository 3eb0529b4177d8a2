"""What a dollar buys in each pool: pools ranked by what they cost for what they have.

Whatever they are ranked by, the smaller figure is the better one; a discount is ranked by the share of the price on
demand that is left to pay.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from spot_price.core.instances import InstanceType
from spot_price.core.records import Pool


class Measure(StrEnum):
    """What pools are ranked by: US dollars an hour, of all, of a vCPU, of a GPU, of a GiB of GPU memory; discount."""

    PRICE = "price"
    VCPU = "vcpu"
    GPU = "gpu"
    GPU_MEMORY = "gpu-memory"
    DISCOUNT = "discount"


class Priced(Protocol):
    """What is known of a pool now."""

    @property
    def pool(self) -> Pool:
        """Which."""

    @property
    def price(self) -> float | None:
        """US dollars an hour; None where it is not known."""

    @property
    def on_demand(self) -> float | None:
        """The same on demand."""

    @property
    def instance(self) -> InstanceType | None:
        """What its type has; None where it is not known."""


P = TypeVar("P", bound=Priced)


def cost(of: Priced, measure: Measure) -> float | None:
    """The figure that a pool is ranked by; None where it has none, since something is unknown or it has no GPU."""
    if of.price is None:
        return None
    if measure is Measure.PRICE:
        return of.price
    if measure is Measure.DISCOUNT:
        return of.price / of.on_demand if of.on_demand else None
    has = of.instance
    if has is None:
        return None
    units = {Measure.VCPU: has.vcpus, Measure.GPU: has.gpus, Measure.GPU_MEMORY: has.gpu_memory_gib}[measure]
    return of.price / units if units else None


def discount(of: Priced) -> float | None:
    """How much less than on demand it costs, as a share: 0.64, or -0.1 where it is dearer."""
    left = cost(of, Measure.DISCOUNT)
    return None if left is None else 1 - left


def rank(pools: Iterable[P], measure: Measure) -> list[P]:
    """Those that have such a figure, the best first; of equal ones the cheaper, then by name."""
    found = [(figure, each) for each in pools if (figure := cost(each, measure)) is not None]
    found.sort(key=lambda one: (one[0], one[1].price, one[1].pool.region, one[1].pool.key))
    return [each for _, each in found]


def gives_way(held: float, best: float, hysteresis: float) -> bool:
    """Whether what is first gives way to another: one that is better, and by this share at least."""
    return best < held and best <= (1 - hysteresis) * held * (1 + 1e-9)  # 0.09 is less than 0.1 by a tenth


def settled(ranking: Sequence[P], measure: Measure, held: Pool | None, hysteresis: float) -> list[P]:
    """The ranking with the pool that was first before still first, unless the best is better by a share.

    Args:
        ranking: the best first.
        measure: what it is by.
        held: the pool that was first; None: none was. One that is not in the ranking is not first.
        hysteresis: the share; 0: any that is better goes first.
    """
    found = list(ranking)
    place = next((place for place, each in enumerate(found) if each.pool == held), 0)
    if place:
        first, best = cost(found[place], measure), cost(found[0], measure)
        if first is not None and best is not None and not gives_way(first, best, hysteresis):
            found.insert(0, found.pop(place))
    return found
