"""EC2's answers to DescribeSpotPriceHistory, read into columns.

botocore makes a dictionary of each record, in Python, on the event loop: 42 ms for a page of 1,000. Here it takes
3.5 ms, in a thread (`benchmarks/spot_regions.py`).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

import numpy as np
from aiobotocore.parsers import AioEC2QueryParser, AioResponseParserFactory
from botocore.parsers import ResponseParserError

from spot_price.core.records import MICROS, Pool, Records

RESULT: Final = "DescribeSpotPriceHistoryResult"
_VPC: Final = " (Amazon VPC)"
_OK: Final = 200
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
    """aiobotocore's parsers, but for one that reads pages of prices."""

    def create_parser(self, protocol_name: str) -> Any:
        """A parser of a protocol's answers."""
        if protocol_name == "ec2":
            return _PriceParser(**self._defaults)
        return super().create_parser(protocol_name)


class _PriceParser(AioEC2QueryParser):  # type: ignore[misc]  # aiobotocore has no types
    async def parse(self, response: Any, shape: Any) -> Any:
        if shape is None or shape.name != RESULT or response["status_code"] != _OK:
            return await super().parse(response, shape)
        try:
            page, token = await asyncio.to_thread(read_page, response["body"])
        except (ET.ParseError, KeyError, ValueError) as error:
            raise ResponseParserError(f"EC2's answer cannot be read: {error!r}") from error
        meta = {"HTTPStatusCode": _OK, "HTTPHeaders": response["headers"]}
        return {"Prices": page, "NextToken": token, "ResponseMetadata": meta}


def read_page(body: bytes) -> tuple[Page, str]:
    """A page, and the token of the next one; empty on the last."""
    # It comes over TLS from whom we have asked; botocore reads it with the same parser.
    root = ET.fromstring(body)  # noqa: S314
    namespace = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
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
