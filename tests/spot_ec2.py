"""EC2's endpoint as far as prices, types and placement scores go, and the Price List's, over a real socket.

It is one for all regions, each with troubles.

It does what the real one does and other doubles do not: the record in force at the start comes with the window, newest
first, in pages the last of which has an empty token; products, patterns and zones' ids; limits that fill again; errors
as EC2 words them; no answer at all.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl

import pytest

from sockets import listening

XML = "http://ec2.amazonaws.com/doc/2016-11-15/"
REGION = re.compile(r"credential=[^/]+/\d{8}/([a-z0-9-]+)/ec2/aws4_request")
MESSAGES = {
    "RequestLimitExceeded": (503, "Request limit exceeded."),
    "OptInRequired": (401, "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe."),
    "RequestExpired": (400, "Request has expired."),
    "AuthFailure": (401, "AWS was not able to validate the provided access credentials"),
    "UnauthorizedOperation": (403, "You are not authorized to perform this operation."),
    "InvalidParameterValue": (400, "Invalid value"),
    "MaxConfigLimitExceeded": (400, "You have reached the limit of configurations for Spot placement scores."),
    "AccessDeniedException": (400, "User is not authorized to perform: pricing:GetProducts"),
    "InternalError": (500, "An internal error has occurred"),
}


@dataclass(frozen=True, order=True)
class Price:
    """A record of a region: when, where, of what, for how much."""

    at: int
    zone: str
    zone_id: str
    kind: str = "g5.xlarge"
    product: str = "Linux/UNIX"
    price: float = 0.4

    @property
    def pool(self) -> tuple[str, str, str]:
        return self.zone, self.kind, self.product


@dataclass
class Region:
    """A region and what is wrong with it.

    Attributes:
        prices: every record that there is.
        enabled: whether DescribeRegions names it.
        latency: seconds before each answer.
        error: the code that every question about prices is answered with.
        silent: it answers nothing, and keeps the connection.
        bucket: how many questions it takes before it is throttled; one more each tenth of a second.
        says_ids: whether its records have zones' ids.
    """

    prices: list[Price] = field(default_factory=list)
    enabled: bool = True
    latency: float = 0.0
    error: str = ""
    silent: bool = False
    bucket: float = float("inf")
    says_ids: bool = False
    filled: float = field(default_factory=time.monotonic)

    def takes(self) -> bool:
        """Is there room for one more question?"""
        now = time.monotonic()
        self.bucket, self.filled = min(self.bucket + (now - self.filled) * 10, max(self.bucket, 5.0)), now
        if self.bucket < 1:
            return False
        self.bucket -= 1
        return True


@dataclass
class Ec2Prices:
    """The server.

    Attributes:
        regions: by name.
        page: records, scores, types or products a page, at most.
        scores: region and placement score by zone's id.
        asked: (region, action, form) of every question.
        types: what DescribeInstanceTypes says: name, vcpus, mib, gpus (count, name, mib), and `regions` if not all.
        products: what the Price List has.
        troubles: what is wrong with a page, by (action, which page from 0): an error's code, or `cut`.
        open: questions that wait for an answer now; `most_open` is the most there were.
        sent: bytes of answers.
    """

    regions: dict[str, Region]
    page: int = 1_000
    scores: dict[str, tuple[str, int]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    types: list[dict[str, Any]] = field(default_factory=list)
    products: list[dict[str, Any]] = field(default_factory=list)
    troubles: dict[tuple[str, int], str] = field(default_factory=dict)
    open: int = 0
    most_open: int = 0
    sent: int = 0
    url: str = ""

    def actions(self, action: str) -> list[str]:
        """The regions that were asked this, in order."""
        return [region for region, done, _ in self.asked if done == action]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = next(line.split(":")[1] for line in head.splitlines() if line.startswith("content-length"))
                asked = (await reader.readexactly(int(length))).decode()
                if "x-amz-target: awspricelistservice.getproducts" in head:
                    await asyncio.sleep(self.regions["us-east-1"].latency)
                    status, answer = self._priced(json.loads(asked))
                    top = f"HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\n"
                    writer.write(f"{top}Content-Length: {len(answer)}\r\n\r\n".encode() + answer)
                    await writer.drain()
                    self.sent += len(answer)
                    continue
                form = dict(parse_qsl(asked, keep_blank_values=True))
                found = REGION.search(head)
                region = found.group(1) if found else ""
                self.asked.append((region, form["Action"], form))
                self.open += 1
                self.most_open = max(self.most_open, self.open)
                try:
                    status, body = await self._answer(region, form)
                finally:
                    self.open -= 1
                top = f"HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(top.encode() + body)
                await writer.drain()
                self.sent += len(body)
        writer.close()

    async def _answer(self, name: str, form: dict[str, str]) -> tuple[int, bytes]:  # noqa: PLR0911  (one for each)
        region, action = self.regions.setdefault(name, Region()), form["Action"]
        if action == "DescribeRegions":
            enabled = [each for each, known in self.regions.items() if known.enabled]
            items = "".join(f"<item><regionName>{each}</regionName></item>" for each in enabled)
            return _good(action, f"<regionInfo>{items}</regionInfo>")
        if region.silent:
            await asyncio.Event().wait()
        await asyncio.sleep(region.latency)
        if region.error:
            return _bad(region.error)
        if not region.takes():
            return _bad("RequestLimitExceeded")
        if action == "DescribeAvailabilityZones":
            zones = sorted({(price.zone, price.zone_id) for price in region.prices})
            items = "".join(
                f"<item><zoneName>{zone}</zoneName><zoneId>{ident}</zoneId></item>" for zone, ident in zones
            )
            return _good(action, f"<availabilityZoneInfo>{items}</availabilityZoneInfo>")
        if action == "DescribeInstanceTypes":
            return self._types(name, form)
        if action == "GetSpotPlacementScores":
            return _good(action, self._scores(form))
        return _good(action, self._prices(region, form))

    def _scores(self, form: dict[str, str]) -> str:
        regions = {value for name, value in form.items() if name.startswith("RegionName.")}
        found = [(zone, region, score) for zone, (region, score) in self.scores.items() if region in regions]
        items = [
            f"<item><region>{region}</region><availabilityZoneId>{zone}</availabilityZoneId><score>{score}</score></item>"
            for zone, region, score in found
        ]
        first = int(form.get("NextToken") or 0)
        shown = "".join(items[first : first + self.page])
        return f"<spotPlacementScoreSet>{shown}</spotPlacementScoreSet>{_token(first + self.page, len(items))}"

    def _priced(self, asked: dict[str, Any]) -> tuple[int, bytes]:
        """A page of GetProducts. A filter's values have commas between them."""
        self.asked.append(("", "GetProducts", asked))
        size = min(self.page, asked["MaxResults"])
        first = int(asked.get("NextToken", 0))
        trouble = self.troubles.get(("GetProducts", first // size), "")
        if trouble not in {"", "cut"}:
            return MESSAGES[trouble][0], json.dumps({"__type": trouble, "message": MESSAGES[trouble][1]}).encode()
        wanted = [(each["Field"], each["Value"].split(",")) for each in asked["Filters"]]
        found = [
            product
            for product in self.products
            if all(product["product"]["attributes"].get(name) in values for name, values in wanted)
        ]
        more = {"NextToken": str(first + size)} if first + size < len(found) else {}
        page = [json.dumps(product) for product in found[first : first + size]]
        answer = json.dumps({"FormatVersion": "aws_v1", "PriceList": page, **more}).encode()
        return 200, answer[: len(answer) // 2] if trouble else answer

    def _types(self, region: str, form: dict[str, str]) -> tuple[int, bytes]:
        """A page of DescribeInstanceTypes."""
        first, size = int(form.get("NextToken") or 0), min(self.page, int(form["MaxResults"]))
        trouble = self.troubles.get(("DescribeInstanceTypes", first // size), "")
        if trouble not in {"", "cut"}:
            return _bad(trouble)
        kinds = [value for name, value in form.items() if re.fullmatch(r"Filter\.1\.Value\.\d+", name)]
        found = [
            each
            for each in self.types
            if region in each.get("regions", [region])
            and (not kinds or any(fnmatchcase(each["name"], kind) for kind in kinds))
        ]
        items = "".join(map(_type_item, found[first : first + size]))
        token = _token(first + size, len(found))
        status, body = _good("DescribeInstanceTypes", f"<instanceTypeSet>{items}</instanceTypeSet>{token}")
        return status, body[: len(body) // 2] if trouble else body

    def _prices(self, region: Region, form: dict[str, str]) -> str:
        start, end = (int(datetime.fromisoformat(form[name]).timestamp()) for name in ("StartTime", "EndTime"))
        products = {value for name, value in form.items() if name.startswith("ProductDescription.")}
        kinds = [value for name, value in form.items() if re.fullmatch(r"Filter\.1\.Value\.\d+", name)]
        wanted = [
            price
            for price in region.prices
            if (not products or price.product in products)
            and (not kinds or any(fnmatchcase(price.kind, kind) for kind in kinds))
        ]
        in_force: dict[tuple[str, str, str], Price] = {}
        for price in sorted(wanted):
            if price.at <= start:
                in_force[price.pool] = price
        found = sorted([*in_force.values(), *(price for price in wanted if start < price.at <= end)], reverse=True)
        first = int(form.get("NextToken") or 0)
        items = "".join(_item(price, says_id=region.says_ids) for price in found[first : first + self.page])
        return f"<spotPriceHistorySet>{items}</spotPriceHistorySet>{_token(first + self.page, len(found))}"


def _token(more: int, count: int) -> str:
    return f"<nextToken>{more}</nextToken>" if more < count else "<nextToken/>"


def _item(price: Price, *, says_id: bool) -> str:
    moment = datetime.fromtimestamp(price.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    ident = f"<availabilityZoneId>{price.zone_id}</availabilityZoneId>" if says_id else ""
    return (
        f"<item><instanceType>{price.kind}</instanceType><productDescription>{price.product}</productDescription>"
        f"<spotPrice>{price.price:.6f}</spotPrice><timestamp>{moment}</timestamp>"
        f"<availabilityZone>{price.zone}</availabilityZone>{ident}</item>"
    )


def _type_item(each: dict[str, Any]) -> str:
    gpus = "".join(
        f"<item><count>{count}</count><name>{name}</name><memoryInfo><sizeInMiB>{mib}</sizeInMiB></memoryInfo></item>"
        for count, name, mib in each.get("gpus", ())
    )
    return (
        f"<item><instanceType>{each['name']}</instanceType>{each.get('more', '')}"
        f"<vCpuInfo><defaultVCpus>{each['vcpus']}</defaultVCpus></vCpuInfo>"
        f"<memoryInfo><sizeInMiB>{each['mib']}</sizeInMiB></memoryInfo>"
        + (f"<gpuInfo><gpus>{gpus}</gpus></gpuInfo>" if gpus else "")
        + "</item>"
    )


def page_of(prices: Sequence[Price]) -> bytes:
    """An answer that holds these."""
    items = "".join(_item(price, says_id=True) for price in prices)
    return _good("DescribeSpotPriceHistory", f"<spotPriceHistorySet>{items}</spotPriceHistorySet><nextToken/>")[1]


def product(region: str, name: str, system: str, price: str, **more: str) -> dict[str, Any]:
    """A type's price on demand as the Price List has it."""
    attributes = {
        "instanceType": name,
        "regionCode": region,
        "operatingSystem": system,
        "tenancy": "Shared",
        "capacitystatus": "Used",
        "preInstalledSw": "NA",
        **more,
    }
    dimension = {"unit": "Hrs", "pricePerUnit": {"USD": price}}
    return {
        "product": {"attributes": attributes},
        "terms": {"OnDemand": {"X.Y": {"priceDimensions": {"X.Y.Z": dimension}}}},
    }


def types_page(kinds: Sequence[dict[str, Any]]) -> bytes:
    """An answer that holds these types."""
    items = "".join(map(_type_item, kinds))
    return _good("DescribeInstanceTypes", f"<instanceTypeSet>{items}</instanceTypeSet><nextToken/>")[1]


def _good(action: str, body: str) -> tuple[int, bytes]:
    name = f"{action}Response"
    return 200, f'<?xml version="1.0"?>\n<{name} xmlns="{XML}"><requestId>1</requestId>{body}</{name}>'.encode()


def _bad(code: str) -> tuple[int, bytes]:
    status, message = MESSAGES[code]
    error = f"<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    return status, f"<Response>{error}<RequestID>1</RequestID></Response>".encode()


@asynccontextmanager
async def ec2_prices(regions: dict[str, Region], *, page: int = 1_000) -> AsyncIterator[Ec2Prices]:
    """A server on a free port of this machine."""
    made = Ec2Prices(regions, page)
    async with listening(made.handle) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


def settings_of(server: Ec2Prices) -> dict[str, str]:
    """What in the environment sends AWS's own library there."""
    return {
        "AWS_ENDPOINT_URL_EC2": server.url,
        "AWS_ENDPOINT_URL_PRICING": server.url,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "of nobody",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def use(monkeypatch: pytest.MonkeyPatch, server: Ec2Prices) -> None:
    """Send this process there."""
    for name, value in settings_of(server).items():
        monkeypatch.setenv(name, value)


def hourly(zone: str, zone_id: str, hours: Sequence[int], **more: object) -> list[Price]:
    """A record at each of those hours of 2026-05-01 (UTC)."""
    midnight = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
    return [Price(midnight + hour * 3600, zone, zone_id, price=0.4 + hour / 100, **more) for hour in hours]  # type: ignore[arg-type]
