"""EC2 and S3 as moto has them, over real sockets, and prices for them: moto's own are made up."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import httpx
from aiohttp import ClientSession, web
from moto.server import ThreadedMotoServer

from spot_ec2 import REGION, Ec2Prices, Region

BUCKET: Final = "jobs"
STORE: Final = f"s3://{BUCKET}/mine"
IMAGE: Final = "ami-03cf127a"  # moto knows it in every region
ZONES: Final = ("use1-az6", "use1-az1", "use1-az2", "use1-az4", "use1-az3", "use1-az5")  # moto's us-east-1a to 1f


@dataclass
class FakeCloud:
    """An account in which nothing is real but the sockets.

    Attributes:
        address: where it answers.
    """

    address: str

    @property
    def environ(self) -> dict[str, str]:
        """What AWS's own settings have to be."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.address,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def reset(self) -> None:
        """An account in which nothing was done, with one bucket."""
        httpx.post(
            f"{self.address}/moto-api/reset", trust_env=False, timeout=60
        ).raise_for_status()  # moto forgets all regions: seconds on a busy machine
        self.client("s3").create_bucket(Bucket=BUCKET)

    def instances(self, region: str = "us-east-1") -> list[dict[str, Any]]:
        """Every instance, those that are gone too, in the order of their numbers."""
        found = self.client("ec2", region).describe_instances()["Reservations"]
        every = [each for group in found for each in group["Instances"]]
        return sorted(every, key=lambda each: int(tags_of(each)["genba:number"]))

    def alive(self, region: str = "us-east-1") -> list[str]:
        return [
            each["InstanceId"] for each in self.instances(region) if each["State"]["Name"] in {"pending", "running"}
        ]

    def keys(self) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return [each["Key"] for each in found]


def tags_of(instance: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in instance["Tags"]}


@contextmanager
def fake_cloud() -> Iterator[FakeCloud]:
    """One that listens."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield FakeCloud(f"http://{host}:{port}")
    finally:
        server.stop()


@asynccontextmanager
async def one_ec2(cloud: FakeCloud, prices: Ec2Prices) -> AsyncIterator[str]:
    """One EC2 of two doubles: prices, and regions in which all fails, are the one's, all else is moto's."""
    of_prices = {"DescribeSpotPriceHistory", "DescribeRegions", "DescribeAvailabilityZones"}

    async def answer(request: web.Request) -> web.Response:
        form, region = await request.post(), REGION.search(request.headers.get("Authorization", ""))
        fails = region is not None and prices.regions.get(region[1], Region()).error
        target = prices.url if fails or form["Action"] in of_prices else cloud.address
        async with session.post(target, data=await request.read(), headers=request.headers) as reply:
            return web.Response(status=reply.status, body=await reply.read(), content_type="text/xml")

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    async with ClientSession() as session:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def prices_file(folder: Path, prices: Mapping[str, float], instance_type: str = "g5.xlarge") -> Path:
    """A recording in which zones, by their ids, cost this all the time."""
    path = folder / "prices.csv"
    lines = [f"2026-01-01T00:00:00Z,{zone},{instance_type},Linux/UNIX,{price}" for zone, price in prices.items()]
    path.write_text(
        "Timestamp,AvailabilityZoneId,InstanceType,ProductDescription,SpotPrice\n" + "\n".join(lines) + "\n"
    )
    return path
