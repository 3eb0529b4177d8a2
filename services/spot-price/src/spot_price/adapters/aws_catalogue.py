"""What instance types have, and cost on demand, from an AWS account; until that is known, from the packaged table.

Types come from DescribeInstanceTypes: all of us-east-1, which has nearly every one, in ten pages of 100; and where a
watched one is not among them, the watched ones of each other region, a page each. Prices come from the Price List, of
the watched types with the products that are asked for: one question has some 60 types in every region, 100 prices a
page. What was learnt is kept in a file with its date, so that a restart begins with it.

Source: EC2 API Reference, DescribeInstanceTypes; AWS Price List Query API, GetProducts.
"""

import asyncio
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from genba_servicekit.logging import get_logger
from spot_price.adapters.aws import HOME, AwsSource
from spot_price.core.instances import InstanceType
from spot_price.core.records import LINUX
from spot_price.core.regions import REGIONS, expand_regions
from spot_price.ports import Catalogue, SourceError

IN_FLIGHT: Final = 8
"""Regions that are asked at a time, as for Spot prices."""
LONGEST: Final = 1024
"""Letters that a filter of the Price List can have."""
_SYSTEMS: Final = MappingProxyType(
    {LINUX: "Linux", "Windows": "Windows", "Red Hat Enterprise Linux": "RHEL", "SUSE Linux": "SUSE"}
)
"""The Price List's operating systems by Spot's product descriptions."""
_PRODUCTS: Final = MappingProxyType({system: product for product, system in _SYSTEMS.items()})
_PLAIN: Final = MappingProxyType({"tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA"})
_OWN_LICENCE: Final = "Bring your own license"

Prices = dict[tuple[str, str, str], float]
"""US dollars an hour by region, type and product."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be learnt.

    Attributes:
        types: names or patterns of those whose prices are asked for.
        products: product descriptions beside Linux/UNIX; empty: all.
        regions: in which types may be that us-east-1 does not have: names, prefixes or aliases.
    """

    types: tuple[str, ...]
    products: tuple[str, ...] = (LINUX,)
    regions: tuple[str, ...] = ("all",)

    @property
    def key(self) -> list[list[str]]:
        """Tells it from others, in a file."""
        return [sorted(self.types), sorted(self.products), sorted(self.regions)]


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What was learnt.

    Attributes:
        types: by name; whatever day it was, what they have does not change.
        priced: types that the Price List was asked about, `dated`.
        prices: what it said.
        wanted: what all this was learnt for, to the end; empty: something failed.
    """

    types: Mapping[str, InstanceType] = field(default_factory=dict)
    dated: str = ""
    priced: frozenset[str] = frozenset()
    prices: Prices = field(default_factory=dict)
    wanted: list[list[str]] = field(default_factory=list)


class AwsCatalogue:
    """A `Catalogue` that learns.

    Args:
        otherwise: says what is not learnt yet.
        file: keeps what was learnt.
    """

    def __init__(self, otherwise: Catalogue, file: Path) -> None:
        self._otherwise = otherwise
        self._file = file
        self._take(_Learnt())
        self._read()

    def dated(self, instance_type: str) -> str:
        """The date of a type's prices: of the last learning, or of the table."""
        learnt = self._learnt
        return learnt.dated if instance_type in learnt.priced else self._otherwise.dated(instance_type)

    def types(self) -> Mapping[str, InstanceType]:
        """Every type that is known, by name."""
        return self._types

    def on_demand(self, region: str, instance_type: str, product: str) -> float | None:
        """US dollars an hour; None where it is not known.

        A price of a type that was learnt comes from there alone: a table's beside it would have another date.
        """
        learnt = self._learnt
        if instance_type in learnt.priced:
            return learnt.prices.get((region, instance_type, product))
        return self._otherwise.on_demand(region, instance_type, product)

    async def learn(self, source: AwsSource, wanted: Wanted) -> None:
        """Ask AWS, unless it was asked today; what it does not tell to the end stays as it was, and the log says why.

        Another process may have asked: the file is read first.
        """
        today = datetime.now(UTC).date().isoformat()
        await asyncio.to_thread(self._read)
        before = self._learnt
        if (before.dated, before.wanted) == (today, wanted.key):
            return
        types, whole = await self._ask_types(source, wanted)
        known = {**self._types, **types}
        names = {name for name in known if _is_any(name, wanted.types)} | {
            name for name in wanted.types if not _is_pattern(name)
        }
        try:
            prices = await _ask_prices(source, sorted(names), wanted.products)
        except (SourceError, ValueError, TypeError, LookupError, AttributeError) as error:
            log.warning("what types cost on demand was not learnt", reason=_said(error), since=before.dated or "never")
            learnt = _Learnt({**before.types, **types}, before.dated, before.priced, before.prices)
        else:
            done = wanted.key if whole else []
            # A type that the Price List has nowhere (its name may be wrong) was not learnt.
            priced = frozenset(name for _, name, _ in prices)
            learnt = _Learnt({**before.types, **types}, today, priced, prices, done)
            log.info("types and their prices were learnt", types=len(types), prices=len(prices))
        self._take(learnt)
        try:
            await asyncio.to_thread(self._write)
        except OSError as error:
            log.warning("what was learnt of types cannot be kept", reason=str(error))

    async def _ask_types(self, source: AwsSource, wanted: Wanted) -> tuple[dict[str, InstanceType], bool]:
        """Types by name, and whether every region told its own."""
        try:
            found = await source.types(HOME)
            if not any(_is_pattern(name) or name not in found for name in wanted.types):
                return found, True
            enabled = await source.regions()
        except SourceError as error:
            log.warning("what types have was not learnt", reason=str(error))
            return {}, False
        slots = asyncio.Semaphore(IN_FLIGHT)

        async def ask(region: str) -> bool:
            async with slots:
                try:
                    there = await source.types(region, wanted.types)
                except SourceError as error:
                    log.warning("what types of a region have was not learnt", region=region, reason=str(error))
                    return False
            found.update((name, each) for name, each in there.items() if name not in found)
            return True

        meant = expand_regions(wanted.regions, sorted({*REGIONS, *enabled}))
        regions = [region for region in meant if region != HOME and region in enabled]
        return found, all(await asyncio.gather(*map(ask, regions)))

    def _take(self, learnt: _Learnt) -> None:
        self._learnt = learnt
        self._types = MappingProxyType({**self._otherwise.types(), **learnt.types})

    def _write(self) -> None:
        learnt = self._learnt
        said = {
            "types": [astuple(each) for each in learnt.types.values()],
            "dated": learnt.dated,
            "priced": sorted(learnt.priced),
            "prices": [[*key, price] for key, price in learnt.prices.items()],
            "wanted": learnt.wanted,
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(f".{os.getpid()}.tmp")
        beside.write_text(json.dumps(said), "utf-8")
        beside.replace(self._file)

    def _read(self) -> None:
        try:
            said = json.loads(self._file.read_text("utf-8"))
            learnt = _Learnt(
                {row[0]: InstanceType(*row) for row in said["types"]},
                str(said["dated"]),
                frozenset(said["priced"]),
                {(region, name, product): float(price) for region, name, product, price in said["prices"]},
                said["wanted"],
            )
            if learnt.priced:
                datetime.fromisoformat(learnt.dated)
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, LookupError) as error:
            log.warning("what was learnt of types cannot be read; it is learnt anew", reason=_said(error))
            return
        self._take(learnt)


async def _ask_prices(source: AwsSource, names: Sequence[str], products: Collection[str]) -> Prices:
    """What the Price List says of these types, to its last page."""
    asked = {LINUX, *(products or _SYSTEMS)}
    systems = ",".join(system for product, system in _SYSTEMS.items() if product in asked)
    found: Prices = {}
    for some in _groups(names):
        filters = {**_PLAIN, "operatingSystem": systems, "instanceType": some}
        async for page in source.products(filters):
            found.update(await asyncio.to_thread(_read_products, page))
    return found


def _groups(names: Iterable[str]) -> Iterator[str]:
    """Names with commas between them, as many as a filter can have."""
    group = ""
    for name in names:
        if len(group) + 1 + len(name) > LONGEST:
            yield group
            group = ""
        group = f"{group},{name}" if group else name
    if group:
        yield group


def _read_products(page: Sequence[str]) -> Prices:
    return {key: price for item in page for key, price in _prices_of(json.loads(item))}


def _prices_of(item: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str, str], float]]:
    """A product's price by the hour; products that Spot does not have, and free ones, are passed over."""
    attributes = item["product"]["attributes"]
    product = _PRODUCTS.get(attributes.get("operatingSystem", ""))
    region = attributes.get("regionCode")
    if product is None or region is None or attributes.get("licenseModel") == _OWN_LICENCE:
        return
    for term in item.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            price = float(dimension["pricePerUnit"].get("USD", 0))
            if price > 0 and dimension.get("unit") == "Hrs":
                yield (region, attributes["instanceType"], product), price


def _is_pattern(name: str) -> bool:
    return any(letter in name for letter in "*?[")


def _is_any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, SourceError) else f"cannot be read: {error!r}"
