"""What instance types have, and cost on demand, from an AWS account; until that is known, from the packaged table.

Types come from DescribeInstanceTypes, all of a region in some ten pages. Prices come from the Price List, of the types
that are watched: one question for a type gives every region and product. What was learnt is kept in a file with its
date, so that a restart begins with it.

Source: EC2 API Reference, DescribeInstanceTypes; AWS Price List Query API, GetProducts.
"""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import aioboto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from genba_servicekit.logging import get_logger
from spot_price.core.instances import InstanceType
from spot_price.core.records import LINUX
from spot_price.ports import Catalogue

HOME: Final = "us-east-1"
"""Whose types are asked for, if the settings of AWS name no region; and where the Price List answers."""
MOST_TYPES: Final = 100
"""Watched types whose prices are asked for: three pages each."""
_GIB: Final = 1024
_PAGES: Final = 50
_CONFIG: Final = Config(connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})
_PRODUCTS: Final = MappingProxyType(
    {"Linux": LINUX, "Windows": "Windows", "RHEL": "Red Hat Enterprise Linux", "SUSE": "SUSE Linux"}
)
"""Spot's product descriptions by the Price List's operating systems."""
_OWN_LICENCE: Final = "Bring your own license"

Prices = dict[tuple[str, str, str], float]
"""US dollars an hour by region, type and product."""

log = get_logger(__name__)


class AwsCatalogue:
    """A `Catalogue` that learns.

    Args:
        otherwise: says what is not learnt yet.
        file: keeps what was learnt.
        session: whose account; None: the usual settings of AWS say it.
    """

    def __init__(self, otherwise: Catalogue, file: Path, session: aioboto3.Session | None = None) -> None:
        self._otherwise = otherwise
        self._file = file
        self._session = session or aioboto3.Session()
        self._dated = otherwise.dated
        self._types: Mapping[str, InstanceType] = otherwise.types()
        self._prices: Prices = {}
        self._read()

    @property
    def dated(self) -> str:
        """The date of what was learnt last, or of the table."""
        return self._dated

    def types(self) -> Mapping[str, InstanceType]:
        """Every type that is known, by name."""
        return self._types

    def on_demand(self, region: str, instance_type: str, product: str) -> float | None:
        """US dollars an hour; None where it is not known."""
        learnt = self._prices.get((region, instance_type, product))
        return self._otherwise.on_demand(region, instance_type, product) if learnt is None else learnt

    async def learn(self, watched: Collection[str]) -> None:
        """Ask AWS for every type, and for the prices of the watched ones; where it fails, what is known stays.

        Args:
            watched: names or patterns of types.
        """
        try:
            types = await self._ask_types()
            names = sorted(name for name in types if any(fnmatchcase(name, pattern) for pattern in watched))
            prices = await self._ask_prices(names[:MOST_TYPES])
        except (BotoCoreError, ClientError, OSError, ValueError, LookupError) as error:
            log.warning("what types cost on demand was not learnt", reason=str(error), known=self._dated)
            return
        self._take(datetime.now(UTC).date().isoformat(), types, prices)
        await asyncio.to_thread(self._write)
        log.info("types and their prices were learnt", types=len(types), prices=len(prices))

    async def _ask_types(self) -> dict[str, InstanceType]:
        found: dict[str, InstanceType] = {}
        region = self._session.region_name or HOME
        async with self._session.client("ec2", region_name=region, config=_CONFIG) as client:
            more: dict[str, Any] = {}
            for _ in range(_PAGES):
                page = await client.describe_instance_types(MaxResults=100, **more)
                found |= {made.name: made for made in map(_type_of, page["InstanceTypes"])}
                if not page.get("NextToken"):
                    return found
                more = {"NextToken": page["NextToken"]}
        raise ValueError("DescribeInstanceTypes has no end")

    async def _ask_prices(self, names: Collection[str]) -> Prices:
        found: Prices = {}
        async with self._session.client("pricing", region_name=HOME, config=_CONFIG) as client:
            for name in names:
                more: dict[str, Any] = {}
                for _ in range(_PAGES):
                    page = await client.get_products(ServiceCode="AmazonEC2", Filters=_filters(name), **more)
                    found.update(price for item in page["PriceList"] for price in _prices_of(json.loads(item)))
                    if not page.get("NextToken"):
                        break
                    more = {"NextToken": page["NextToken"]}
        return found

    def _take(self, dated: str, types: Mapping[str, InstanceType], prices: Prices) -> None:
        self._dated, self._prices = dated, prices
        self._types = MappingProxyType({**self._otherwise.types(), **types})

    def _write(self) -> None:
        said = {
            "dated": self._dated,
            "types": [astuple(each) for each in self._types.values()],
            "prices": [[*key, price] for key, price in self._prices.items()],
        }
        beside = self._file.with_suffix(".tmp")
        beside.write_text(json.dumps(said), "utf-8")
        beside.replace(self._file)

    def _read(self) -> None:
        try:
            said = json.loads(self._file.read_text("utf-8"))
            types = {row[0]: InstanceType(*row) for row in said["types"]}
            prices = {(region, name, product): float(price) for region, name, product, price in said["prices"]}
            dated = str(said["dated"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, LookupError) as error:
            log.warning("what was learnt of types cannot be read; it is learnt anew", reason=str(error))
            return
        self._take(dated, types, prices)


def _type_of(said: Mapping[str, Any]) -> InstanceType:
    gpus = said.get("GpuInfo", {}).get("Gpus", [])
    count = sum(int(gpu["Count"]) for gpu in gpus)
    memory = sum(int(gpu["Count"]) * int(gpu.get("MemoryInfo", {}).get("SizeInMiB", 0)) for gpu in gpus)
    return InstanceType(
        str(said["InstanceType"]),
        int(said["VCpuInfo"]["DefaultVCpus"]),
        int(said["MemoryInfo"]["SizeInMiB"]) / _GIB,
        count,
        str(gpus[0]["Name"]) if gpus else None,
        memory / _GIB,
    )


def _filters(name: str) -> list[dict[str, str]]:
    wanted = {"instanceType": name, "tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA"}
    return [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()]


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
