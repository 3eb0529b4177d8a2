"""Instances of EC2: started as Spot instances, looked at, ended, found by their tags.

Source: EC2 API Reference, RunInstances, DescribeInstances, "Error codes"; EC2 User Guide, "Spot Instance
interruptions".
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import aioboto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from spot_price.core.controlling import Offer
from spot_price.core.jobs import JOB_TAG, NUMBER_TAG, STORE_TAG, Alive, Found, Job, Rehearsal, Seen
from spot_price.core.records import Pool, Seconds
from spot_price.ports import LaunchRefusedError

PARAMETER: Final = "ssm:"
CONFIG: Final = Config(
    connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}
)  # RunInstances answers in 2 to 10 s
POOL_FULL: Final = frozenset(
    {
        "InsufficientInstanceCapacity",
        "InsufficientHostCapacity",
        "InsufficientCapacityOnHost",
        "InsufficientFreeAddressesInSubnet",
        "SpotMaxPriceTooLow",
        "Unsupported",
        "UnfulfillableCapacity",
    }
)
REGION_FULL: Final = frozenset(
    {
        "MaxSpotInstanceCountExceeded",
        "VcpuLimitExceeded",
        "InstanceLimitExceeded",
        "OptInRequired",
        "PendingVerification",
    }
)
BUSY: Final = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException"})
LOST: Final = frozenset({"InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"})
"""Errors after which what was asked for may have been done all the same."""
TAKEN_BACK: Final = frozenset({"Server.SpotInstanceTermination", "Server.SpotInstanceShutdown", "Server.InternalError"})
"""State reasons of instances that EC2 ended itself."""
BY_HAND: Final = frozenset({"Client.UserInitiatedShutdown"})
ALIVE: Final = {
    "pending": Alive.STARTING,
    "running": Alive.RUNNING,
    "stopping": Alive.ENDING,
    "shutting-down": Alive.ENDING,
    "stopped": Alive.GONE,
    "terminated": Alive.GONE,
}
_NOT_GONE: Final = ["pending", "running", "stopping", "shutting-down"]


class Ec2:
    """A `Cloud` of an AWS account. One client a region and service is kept.

    Args:
        session: whose account.
        stack: closes the clients.
    """

    def __init__(self, session: aioboto3.Session, stack: AsyncExitStack) -> None:
        self._session = session
        self._stack = stack
        self._clients: dict[tuple[str, str], Any] = {}
        self._subnets: dict[tuple[str, str], Sequence[Mapping[str, Any]]] = {}

    async def start(self, job: Job, offer: Offer, number: int, begun: Seconds) -> str:
        """See Cloud. The client token is made of all of it but the price."""
        wanted = await self._wanted(job, offer, number)
        wanted["ClientToken"] = client_token(job.store, begun, number, offer.pool)
        answer = await self._call("ec2", offer.pool.region, "run_instances", **wanted)
        return str(answer["Instances"][0]["InstanceId"])

    async def rehearse(self, job: Job, offer: Offer) -> Rehearsal:
        """See Cloud."""
        wanted = await self._wanted(job, offer, 1)
        client = await self._client("ec2", offer.pool.region)
        try:
            await client.run_instances(DryRun=True, **wanted)
            said = "nothing"
        except ClientError as error:
            code = error.response["Error"]["Code"]
            said = (
                "it would be started" if code == "DryRunOperation" else f"{code}: {error.response['Error']['Message']}"
            )
        except BotoCoreError as error:
            raise LaunchRefusedError(f"{offer.pool.region}: {error}") from None
        return Rehearsal(wanted["ImageId"], wanted["SubnetId"], len(wanted["UserData"].encode()), said)

    async def look(self, region: str, instance: str) -> Seen:
        """See Cloud."""
        try:
            answer = await self._call("ec2", region, "describe_instances", InstanceIds=[instance])
        except LaunchRefusedError as error:
            if "InvalidInstanceID.NotFound" in str(error):
                return Seen(Alive.UNKNOWN, reason="EC2 knows of no such instance")
            raise
        found = [each for group in answer["Reservations"] for each in group["Instances"]]
        if not found:
            return Seen(Alive.UNKNOWN, reason="EC2 knows of no such instance")
        code = found[0].get("StateReason", {}).get("Code", "")
        reason = found[0].get("StateReason", {}).get("Message", "") or code
        return Seen(ALIVE[found[0]["State"]["Name"]], code in TAKEN_BACK, code in BY_HAND, reason)

    async def stop(self, region: str, instance: str) -> None:
        """See Cloud."""
        await self._call("ec2", region, "terminate_instances", InstanceIds=[instance])

    async def find(self, job: Job, regions: Sequence[str]) -> Sequence[Found]:
        """See Cloud."""
        filters = [
            {"Name": f"tag:{JOB_TAG}", "Values": [job.name]},
            {"Name": f"tag:{STORE_TAG}", "Values": [job.store]},
            {"Name": "instance-state-name", "Values": _NOT_GONE},
        ]
        found = []
        for region in regions:
            answer = await self._call("ec2", region, "describe_instances", Filters=filters)
            for each in (instance for group in answer["Reservations"] for instance in group["Instances"]):
                tags = {tag["Key"]: tag["Value"] for tag in each.get("Tags", ())}
                number = int(tags[NUMBER_TAG]) if tags.get(NUMBER_TAG, "").isdigit() else 0
                place = each["Placement"]
                pool = Pool(region, place.get("AvailabilityZoneId"), place["AvailabilityZone"], each["InstanceType"])
                ending = ALIVE[each["State"]["Name"]] is Alive.ENDING
                found.append(Found(each["InstanceId"], pool, number, int(each["LaunchTime"].timestamp()), ending))
        return sorted(found, key=lambda each: (each.number, each.since), reverse=True)

    async def _wanted(self, job: Job, offer: Offer, number: int) -> dict[str, Any]:
        pool = offer.pool
        tags = [{"Key": key, "Value": value} for key, value in self._tags(job, number).items()]
        image = await self._image(job, pool.region)
        wanted: dict[str, Any] = {
            "ImageId": image,
            "InstanceType": pool.instance_type,
            "MinCount": 1,
            "MaxCount": 1,
            "SubnetId": await self._subnet(job, pool),
            "UserData": _user_data(job, offer, number),
            "InstanceInitiatedShutdownBehavior": "terminate",
            "InstanceMarketOptions": {
                "MarketType": "spot",
                "SpotOptions": {
                    "MaxPrice": f"{offer.cap:.6f}",
                    "SpotInstanceType": "one-time",
                    "InstanceInterruptionBehavior": "terminate",
                },
            },
            "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2},
            "TagSpecifications": [
                {"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume", "spot-instances-request")
            ],
        }
        if job.instance_profile:
            wanted["IamInstanceProfile"] = {"Name": job.instance_profile}
        if job.key_name:
            wanted["KeyName"] = job.key_name
        if job.security_groups:
            wanted["SecurityGroupIds"] = list(job.security_groups)
        if job.disk_gib:
            root = await self._root_device(pool.region, image)
            disk = {"VolumeSize": job.disk_gib, "VolumeType": "gp3", "DeleteOnTermination": True}
            wanted["BlockDeviceMappings"] = [{"DeviceName": root, "Ebs": disk}]
        return wanted

    @staticmethod
    def _tags(job: Job, number: int) -> dict[str, str]:
        return {
            "Name": f"genba {job.name}",
            **job.tags,
            JOB_TAG: job.name,
            STORE_TAG: job.store,
            NUMBER_TAG: str(number),
        }

    async def _image(self, job: Job, region: str) -> str:
        image = job.image(region)
        if image is None:
            raise LaunchRefusedError(f"{region}: no AMI is named for it", scope="region")
        if not image.startswith(PARAMETER):
            return image
        answer = await self._call("ssm", region, "get_parameter", Name=image.removeprefix(PARAMETER))
        return str(answer["Parameter"]["Value"])

    async def _root_device(self, region: str, image: str) -> str:
        answer = await self._call("ec2", region, "describe_images", ImageIds=[image])
        return str(answer["Images"][0]["RootDeviceName"])

    async def _subnet(self, job: Job, pool: Pool) -> str:
        known = self._subnets.get((pool.region, pool.zone))
        if known is None:
            name = "availability-zone-id" if pool.zone_id else "availability-zone"
            filters = [{"Name": name, "Values": [pool.zone]}, {"Name": "state", "Values": ["available"]}]
            answer = await self._call("ec2", pool.region, "describe_subnets", Filters=filters)
            known = self._subnets[pool.region, pool.zone] = answer["Subnets"]
        fit = [subnet for subnet in known if not job.subnets or subnet["SubnetId"] in job.subnets]
        if not fit:
            raise LaunchRefusedError(f"{pool.zone}: there is no subnet to start an instance in", scope="pool")
        best = max(fit, key=lambda subnet: (subnet["DefaultForAz"], subnet.get("AvailableIpAddressCount", 0)))
        return str(best["SubnetId"])

    async def _call(self, service: str, region: str, operation: str, **arguments: Any) -> dict[str, Any]:
        client = await self._client(service, region)
        try:
            answer: dict[str, Any] = await getattr(client, operation)(**arguments)
        except ClientError as error:
            raise refusal_of(region, error) from None
        except BotoCoreError as error:
            raise LaunchRefusedError(f"{region}: {error}", lost=True) from None
        return answer

    async def _client(self, service: str, region: str) -> Any:
        client = self._clients.get((service, region))
        if client is None:
            made = self._session.client(service, region_name=region, config=CONFIG)
            client = self._clients[service, region] = await self._stack.enter_async_context(made)
        return client


@asynccontextmanager
async def open_ec2(profile: str | None = None) -> AsyncIterator[Ec2]:
    """The account of a profile; where its services are, AWS's own settings say (AWS_ENDPOINT_URL_EC2…)."""
    async with AsyncExitStack() as stack:
        yield Ec2(aioboto3.Session(profile_name=profile), stack)


def client_token(store: str, begun: Seconds, number: int, pool: Pool) -> str:
    """Tells EC2 that a repeated call is the same one; at most 64 characters."""
    digest = hashlib.sha256("|".join((store, str(begun), str(number), pool.region, *pool.key)).encode()).hexdigest()
    return f"genba-{digest[:40]}"


def refusal_of(region: str, error: ClientError) -> LaunchRefusedError:
    """What an error of EC2 means."""
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    reason = f"{region}: {code}: {message}"
    if code in POOL_FULL:
        return LaunchRefusedError(reason, scope="pool")
    if code in REGION_FULL:
        return LaunchRefusedError(reason, scope="region")
    lost = code in LOST
    return LaunchRefusedError(reason, final=not lost and code not in BUSY, lost=lost)


def _user_data(job: Job, offer: Offer, number: int) -> str:
    try:
        return job.user_data_for(offer, number)
    except ValueError as error:
        raise LaunchRefusedError(str(error), final=True) from None
