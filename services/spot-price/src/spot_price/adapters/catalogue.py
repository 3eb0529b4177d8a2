"""What instance types have and cost on demand, from a table."""

from collections.abc import Iterator, Mapping
from importlib import resources
from types import MappingProxyType
from typing import Final

from spot_price.core.instances import InstanceType
from spot_price.core.records import LINUX

DATED: Final = "2026-01-19"
"""Of the prices of the packaged table. What the types have does not change."""
HOME: Final = "us-east-1"
_NOTHING: Final = "-"
_VCPUS: Final = MappingProxyType({"medium": 1, "large": 2, "xlarge": 4})


class TableCatalogue:
    """A `Catalogue` of what it is made with.

    Args:
        dated: the date of the table, ISO 8601.
        types: instance types by name.
        prices: US dollars an hour on demand, by (region, instance type, product).
    """

    def __init__(
        self, dated: str, types: Mapping[str, InstanceType], prices: Mapping[tuple[str, str, str], float]
    ) -> None:
        self._dated = dated
        self._types = MappingProxyType(dict(types))
        self._prices = dict(prices)

    def dated(self, instance_type: str) -> str:  # noqa: ARG002  (it has one date for all)
        """The date of the table."""
        return self._dated

    def types(self) -> Mapping[str, InstanceType]:
        """Every type of the table, by name."""
        return self._types

    def on_demand(self, region: str, instance_type: str, product: str) -> float | None:
        """US dollars an hour; None where the table does not say it."""
        return self._prices.get((region, instance_type, product))


def packaged() -> TableCatalogue:
    """The table that comes with the service, for those who have no credentials to ask with.

    It has every type of current families that are sold as Spot capacity, and what they cost in us-east-1 with Linux. A
    family's sizes cost in proportion to their virtual CPUs, to within 1 %. Of other regions it has those prices that
    are often asked for: GPUs, and the commonest families. What it does not have is not known.

    Source: EC2 User Guide and product pages (what types have), AWS Price List (what they cost).
    """
    types: dict[str, InstanceType] = {}
    home: dict[str, float] = {}
    for found, price in (*_families(), *_types()):
        types[found.name] = found
        if price is not None:
            home[found.name] = price
    prices = {(HOME, name, LINUX): price for name, price in home.items()}
    for anchor, regions in _rows("regions.tsv"):
        family = anchor.split(".")[0] + "."
        for region, there in (each.split("=") for each in regions.split()):
            ratio = float(there) / home[anchor]
            prices |= {
                (region, name, LINUX): round(ratio * at_home, 5)
                for name, at_home in home.items()
                if name.startswith(family)
            }
    return TableCatalogue(DATED, types, prices)


def _families() -> Iterator[tuple[InstanceType, float | None]]:
    for family, memory, price, sizes in _rows("families.tsv"):
        for size in sizes.split():
            name, _, stated = size.partition(":")
            vcpus = int(stated) if stated else _VCPUS.get(name) or 4 * int(name.removesuffix("xlarge"))
            yield InstanceType(f"{family}.{name}", vcpus, vcpus * float(memory)), round(vcpus * float(price), 5)


def _types() -> Iterator[tuple[InstanceType, float | None]]:
    for name, vcpus, memory, gpus, gpu, gpu_memory, price in _rows("types.tsv"):
        gpu_name = None if gpu == _NOTHING else gpu
        found = InstanceType(name, int(vcpus), float(memory), int(gpus), gpu_name, float(gpu_memory))
        yield found, None if price == _NOTHING else float(price)


def _rows(file: str) -> Iterator[list[str]]:
    text = (resources.files("spot_price") / "data" / file).read_text("utf-8")
    return (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
