"""What a dollar buys in each pool: pools ranked by what they cost for what they have.

Whatever they are ranked by, the smaller figure is the better one; a discount is ranked by the share of the price on
demand that is left to pay.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Final, Protocol, TypeVar

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


def _of_type(units: Callable[[InstanceType], float]) -> Callable[[Priced], float | None]:
    return lambda of: None if of.instance is None else units(of.instance)


_UNITS: Final[Mapping[Measure, Callable[[Priced], float | None]]] = {
    Measure.PRICE: lambda _: 1,
    Measure.VCPU: _of_type(lambda has: has.vcpus),
    Measure.GPU: _of_type(lambda has: has.gpus),
    Measure.GPU_MEMORY: _of_type(lambda has: has.gpu_memory_gib),
    Measure.DISCOUNT: lambda of: of.on_demand,
}
"""What the price is divided by."""


def cost(of: Priced, measure: Measure) -> float | None:
    """The figure that a pool is ranked by; None where it has none, since something is unknown or it has no GPU."""
    units = _UNITS[measure](of)
    return of.price / units if of.price is not None and units else None


def discount(of: Priced) -> float | None:
    """How much less than on demand it costs, as a share: 0.64, or -0.1 where it is dearer."""
    left = cost(of, Measure.DISCOUNT)
    return None if left is None else 1 - left


def rank(pools: Iterable[P], measure: Measure) -> list[P]:
    """Those that have such a figure, the best first; of equal ones the cheaper, then by zone, type and product."""
    units = _UNITS[measure]
    found = [(each.price / of, each) for each in pools if each.price is not None and (of := units(each))]
    found.sort(key=itemgetter(0))
    # Names are compared where figures are equal alone: that is half of the time that 20,000 pools take.
    ranking: list[P] = []
    for _, equal in groupby(found, key=itemgetter(0)):
        group = [each for _, each in equal]
        ranking += group if len(group) == 1 else sorted(group, key=lambda each: (each.price, each.pool.key))
    return ranking


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
