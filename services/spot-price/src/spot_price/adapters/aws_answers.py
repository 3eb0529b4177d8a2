"""EC2's answers to DescribeSpotPriceHistory, read into columns, and to DescribeInstanceTypes.

botocore makes a dictionary of each record, in Python, on the event loop: 42 ms for a page of 1,000. Here it takes
3.5 ms, in a thread (`benchmarks/spot_regions.py`).
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from xml.etree import ElementTree as ET

import numpy as np
from aiobotocore.parsers import AioEC2QueryParser, AioResponseParserFactory
from botocore.parsers import ResponseParserError

from spot_price.core.instances import InstanceType
from spot_price.core.records import MICROS, Pool, Records

_VPC: Final = " (Amazon VPC)"
_OK: Final = 200
_GIB: Final = 1024
_FIELDS: Final = ("availabilityZone", "availabilityZoneId", "instanceType", "productDescription")

Place = tuple[str, str, str, str]
"""Zone name, zone id (may be empty), type, product."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the price history.

    Attributes:
        places: each once.
        which: index into them.
        at: Unix seconds.
        micros: millionths of a US dollar an hour.
    """

    places: tuple[Place, ...]
    which: Any
    at: Any
    micros: Any

    def records(self, region: str, zone_ids: Mapping[str, str]) -> Records:
        """As records; zones' ids are taken from `zone_ids` by name where the answer has none."""
        pools = tuple(
            Pool(region, zone_id or zone_ids.get(name), name or None, kind, product.removesuffix(_VPC))
            for name, zone_id, kind, product in self.places
        )
        return Records(pools, self.which, self.at, self.micros)


class PriceParsers(AioResponseParserFactory):  # type: ignore[misc]  # aiobotocore has no types
    """aiobotocore's parsers, but for one that reads pages of prices, and of types."""

    def create_parser(self, protocol_name: str) -> Any:
        """A parser of a protocol's answers."""
        if protocol_name == "ec2":
            return _PriceParser(**self._defaults)
        return super().create_parser(protocol_name)


class _PriceParser(AioEC2QueryParser):  # type: ignore[misc]  # aiobotocore has no types
    async def parse(self, response: Any, shape: Any) -> Any:
        if shape is None or shape.name not in _READERS or response["status_code"] != _OK:
            return await super().parse(response, shape)
        try:
            page, token = await asyncio.to_thread(_READERS[shape.name], response["body"])
        except (ET.ParseError, KeyError, ValueError) as error:
            raise ResponseParserError(f"EC2's answer cannot be read: {error!r}") from error
        meta = {"HTTPStatusCode": _OK, "HTTPHeaders": response["headers"]}
        return {"Page": page, "NextToken": token, "ResponseMetadata": meta}


def read_page(body: bytes) -> tuple[Page, str]:
    """A page, and the token of the next one; empty on the last."""
    root, namespace = _read(body)
    names = [namespace + name for name in _FIELDS]
    moment, price = namespace + "timestamp", namespace + "spotPrice"
    places: dict[Place, int] = {}
    which, moments, prices = [], [], []
    for item in root.iterfind(f"{namespace}spotPriceHistorySet/{namespace}item"):
        found = {child.tag: child.text or "" for child in item}
        zone, zone_id, kind, product = (found.get(name, "") for name in names)
        which.append(places.setdefault((zone, zone_id, kind, product), len(places)))
        moments.append(found[moment][:19])  # to the second, UTC: 2026-05-01T10:00:00.000Z
        prices.append(found[price])
    page = Page(
        tuple(places),
        np.array(which, np.int32),
        np.array(moments, "datetime64[s]").astype(np.int64),
        np.rint(np.array(prices, np.float64) * MICROS).astype(np.int64),
    )
    return page, root.findtext(namespace + "nextToken") or ""


def read_types(body: bytes) -> tuple[tuple[InstanceType, ...], str]:
    """A page of DescribeInstanceTypes, and the token of the next one; empty on the last."""
    root, namespace = _read(body)
    inside = {"": namespace[1:-1]}
    found = []
    for item in root.iterfind("instanceTypeSet/item", inside):
        gpus = item.findall("gpuInfo/gpus/item", inside)
        counts = [_whole(gpu, "count", inside) for gpu in gpus]
        sizes = [_whole(gpu, "memoryInfo/sizeInMiB", inside) for gpu in gpus]
        found.append(
            InstanceType(
                _text(item, "instanceType", inside),
                _whole(item, "vCpuInfo/defaultVCpus", inside),
                _whole(item, "memoryInfo/sizeInMiB", inside) / _GIB,
                sum(counts),
                _text(gpus[0], "name", inside) if gpus else None,
                sum(count * size for count, size in zip(counts, sizes, strict=True)) / _GIB,
            )
        )
    return tuple(found), root.findtext("nextToken", "", inside)


def _read(body: bytes) -> tuple[ET.Element, str]:
    # It comes over TLS from whom we have asked; botocore reads it with the same parser.
    root = ET.fromstring(body)  # noqa: S314
    return root, root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""


def _text(item: ET.Element, path: str, inside: dict[str, str]) -> str:
    found = item.findtext(path, None, inside)
    if not found:
        raise KeyError(path)
    return found


def _whole(item: ET.Element, path: str, inside: dict[str, str]) -> int:
    return int(_text(item, path, inside))


_READERS: Final[Mapping[str, Callable[[bytes], tuple[Any, str]]]] = MappingProxyType(
    {"DescribeSpotPriceHistoryResult": read_page, "DescribeInstanceTypesResult": read_types}
)
