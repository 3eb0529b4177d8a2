"""What learning what types cost on demand takes: `python benchmarks/spot_catalogue.py`, a minute.

A service asks an endpoint on this machine that answers each question after 150 ms, with 900 types, each sold in 17
regions with six operating systems: about those that a service watches if nobody says which, and about all. The
reference asks for each watched type by itself, with every product. Also a page of 100 types read as the service reads
it, against botocore. Types are made of 3 kB, products of 12 kB, most of which is terms of reservations.
"""

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import botocore.session
import structlog
from botocore.parsers import create_parser

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from spot_ec2 import Ec2Prices, Region, ec2_prices, product, settings_of, types_page
from spot_price.adapters.aws import AwsSource
from spot_price.adapters.aws_answers import read_types
from spot_price.adapters.aws_catalogue import AwsCatalogue, Wanted
from spot_price.adapters.catalogue import packaged
from spot_price.core.regions import REGIONS
from spot_price.settings import WATCHED

LATENCY = 0.15
PAGE = 100
KINDS = 900
SOLD_IN = REGIONS[::2]
SYSTEMS = ("Linux", "Windows", "RHEL", "SUSE", "Ubuntu Pro", "Red Hat Enterprise Linux with HA")
CARD = "<item>" + "".join(
    f"<{name}>{value}</{name}>"
    for name, value in (
        ("networkCardIndex", "0"),
        ("networkPerformance", "Up to 10 Gigabit"),
        ("maximumNetworkInterfaces", "4"),
        ("baselineBandwidthInGbps", "2.5"),
        ("peakBandwidthInGbps", "10.0"),
    )
)
MORE = f"<networkInfo><networkCards>{f'{CARD}</item>' * 13}</networkCards></networkInfo>"
RESERVED = {
    f"T{number}": {"offerTermCode": f"T{number}", "priceDimensions": {"D": {"description": "of a reservation" * 24}}}
    for number in range(24)
}


def names() -> list[str]:
    """Types: the watched ones, and others."""
    return [*WATCHED, *(f"m{number}a.{number % 24 + 1}xlarge" for number in range(KINDS - len(WATCHED)))]


def products() -> list[dict[str, Any]]:
    """What the Price List has."""
    made = []
    for name in names():
        for region in SOLD_IN:
            for system in SYSTEMS:
                made.append(product(region, name, system, "1.25"))
                made[-1]["terms"]["Reserved"] = RESERVED
    return made


@asynccontextmanager
async def asking(server: Ec2Prices, what: str) -> AsyncIterator[None]:
    """Print what was asked meanwhile."""
    asked, sent, start = len(server.asked), server.sent, time.perf_counter()
    yield
    calls, size, seconds = len(server.asked) - asked, server.sent - sent, time.perf_counter() - start
    print(f"{what:44} {calls:4} calls {size / 1e6:7.1f} MB {seconds:6.1f} s")


def reading(kinds: list[dict[str, Any]]) -> None:
    """Print what a page of types costs."""
    body = types_page(kinds[:PAGE])
    shape = botocore.session.get_session().get_service_model("ec2").operation_model("DescribeInstanceTypes")
    parser = create_parser("ec2")

    def fastest(work: Any) -> float:
        seconds = []
        for _ in range(5):
            start = time.process_time()
            work()
            seconds.append(time.process_time() - start)
        return min(seconds) * 1000

    ours = fastest(lambda: read_types(body))
    theirs = fastest(
        lambda: parser.parse({"status_code": 200, "headers": {}, "body": body}, shape.output_shape),
    )
    print(
        f"a page of {PAGE} types, {len(body) / 1000:.0f} kB: {ours:.1f} ms, "
        f"1/{theirs / ours:.1f} of botocore's {theirs:.1f} ms on the event loop"
    )


async def by_itself(source: AwsSource, name: str) -> None:
    """Ask for one type with every product."""
    filters = {"instanceType": name, "tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA"}
    async for _ in source.products(filters):
        pass


async def main() -> None:
    """Print everything."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    kinds = [{"name": name, "vcpus": 8, "mib": 32_768, "more": MORE} for name in names()]
    reading(kinds)
    async with ec2_prices(
        {name: Region(latency=LATENCY) for name in SOLD_IN} | {"us-east-1": Region(latency=LATENCY)}
    ) as server:
        server.types, server.products = kinds, products()
        print(f"a product has {len(json.dumps(server.products[0])) / 1000:.0f} kB")
        os.environ |= settings_of(server)
        source = AwsSource()
        try:
            with tempfile.TemporaryDirectory() as folder:
                for what, types in (("watched types", WATCHED), ("a pattern", ("g5.*",)), ("all types", ("*",))):
                    catalogue = AwsCatalogue(packaged(), Path(folder, f"{len(types)}{types[0][0]}.json"))
                    async with asking(server, f"{what}, and what types have"):
                        await catalogue.learn(source, Wanted(types))
            async with asking(server, "watched types, each by itself"):
                for name in WATCHED:
                    await by_itself(source, name)
        finally:
            await source.close()


if __name__ == "__main__":
    asyncio.run(main())
