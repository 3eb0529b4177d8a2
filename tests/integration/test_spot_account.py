"""What the launcher asks of an AWS account, one thing at a time: EC2 and S3 as moto has them, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from spot_cloud import BUCKET, IMAGE, STORE, ZONES, FakeCloud, prices_file, tags_of
from spot_price.__main__ import cli
from spot_price.adapters.ec2 import Ec2, open_ec2, refusal_of
from spot_price.adapters.lease import LASTS, S3Lease, open_lease
from spot_price.core.controlling import Offer
from spot_price.core.jobs import SETTINGS_MARK, Alive, Job, Seen
from spot_price.core.records import Pool
from spot_price.ports import LaunchRefusedError, LeaseLostError
from spot_watching import SetClock
from spot_works import in_thread

OFFER = Offer(Pool("us-east-1", ZONES[1], None, "g5.xlarge"), 0.4, 1.006)
FAR = Offer(Pool("eu-west-1", "euw1-az1", None, "g5.xlarge"), 0.4, 1.006)


def job(store: str = STORE, **more: object) -> Job:
    return Job("job", ("true",), store, SETTINGS_MARK, **({"images": {"": IMAGE}} | more))  # type: ignore[arg-type]


@pytest.fixture
async def ec2(cloud: FakeCloud) -> AsyncIterator[Ec2]:
    async with open_ec2() as opened:
        yield opened


async def test_the_same_number_has_the_same_client_token_and_anything_else_another(cloud: FakeCloud, ec2: Ec2) -> None:
    asked = (1, OFFER, 7), (1, OFFER, 7), (2, OFFER, 7), (1, FAR, 7), (1, OFFER, 8)
    for number, offer, begun in asked:
        await ec2.start(job(), offer, number, begun)
    await ec2.start(job("s3://jobs/others"), OFFER, 1, 7)
    instances = [*await in_thread(cloud.instances), *await in_thread(lambda: cloud.instances("eu-west-1"))]
    tokens = [each["ClientToken"] for each in instances]  # moto keeps them and does not act on them
    assert len(tokens) == 6
    assert len(set(tokens)) == 5
    assert all(0 < len(token) <= 64 for token in tokens)


async def test_instances_are_found_by_job_and_store_in_every_region_the_newest_first(ec2: Ec2) -> None:
    mine = [await ec2.start(job(), OFFER, 1, 7), await ec2.start(job(), FAR, 2, 7)]
    await ec2.start(job("s3://jobs/others"), OFFER, 3, 7)
    found = await ec2.find(job(), ["us-east-1", "eu-west-1"])
    assert [each.instance for each in found] == mine[::-1]
    assert [(each.number, each.pool.region, each.pool.zone_name) for each in found] == [
        (2, "eu-west-1", found[0].pool.zone_name),
        (1, "us-east-1", "us-east-1b"),
    ]


async def test_an_instance_is_looked_at_and_ended(ec2: Ec2) -> None:
    instance = await ec2.start(job(), OFFER, 1, 7)
    assert (await ec2.look("us-east-1", instance)).alive is Alive.RUNNING
    await ec2.stop("us-east-1", instance)
    seen = await ec2.look("us-east-1", instance)
    assert (seen.alive, seen.by_hand, seen.interrupted) == (Alive.GONE, True, False)
    assert (await ec2.find(job(), ["us-east-1"])) == []
    assert (await ec2.look("us-east-1", "i-0123456789abcdef0")) == Seen(
        Alive.UNKNOWN, reason="EC2 knows of no such instance"
    )


async def test_tags_disk_key_and_groups_are_as_asked_for_and_the_image_may_be_a_parameter(
    cloud: FakeCloud, ec2: Ec2
) -> None:
    client = cloud.client("ec2")
    await in_thread(lambda: client.create_key_pair(KeyName="mine"))
    groups = await in_thread(client.describe_security_groups)
    group = groups["SecurityGroups"][0]["GroupId"]
    await in_thread(lambda: cloud.client("ssm").put_parameter(Name="/mine/image", Value=IMAGE, Type="String"))
    wanted = job(
        images={"us-east-1": "ssm:/mine/image"},
        tags={"team": "vision"},
        disk_gib=50,
        key_name="mine",
        security_groups=(group,),
    )
    await ec2.start(wanted, OFFER, 1, 7)
    (instance,) = await in_thread(cloud.instances)
    assert (instance["ImageId"], instance["KeyName"]) == (IMAGE, "mine")
    assert [each["GroupId"] for each in instance["SecurityGroups"]] == [group]
    (volume,) = (await in_thread(client.describe_volumes))["Volumes"]
    assert (volume["Size"], tags_of(volume)["team"]) == (50, "vision")


def test_a_dry_run_asks_ec2_what_it_would_say(
    cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOT_REPLAY_FILES", json.dumps([str(prices_file(tmp_path, {ZONES[1]: 0.4}))]))
    monkeypatch.setenv("HOME", str(tmp_path))
    words = ["launch", "--dry-run", "--type", "g5.xlarge", "--format", "json"]
    told = json.loads(CliRunner().invoke(cli, [*words, "--image", IMAGE, "--", "true"]).stdout)
    assert (told["ec2"]["image"], told["ec2"]["says"]) == (IMAGE, "it would be started")
    assert told["ec2"]["subnet"].startswith("subnet-")
    told = json.loads(CliRunner().invoke(cli, [*words, "--image", "ssm:/none", "--", "true"]).stdout)
    assert "ParameterNotFound" in told["ec2"]["says"]
    assert cloud.instances() == []


@pytest.mark.parametrize(
    ("code", "scope", "final", "lost"),
    [
        ("InsufficientInstanceCapacity", "pool", False, False),
        ("SpotMaxPriceTooLow", "pool", False, False),
        ("MaxSpotInstanceCountExceeded", "region", False, False),
        ("OptInRequired", "region", False, False),
        ("RequestLimitExceeded", "none", False, False),
        ("InternalError", "none", False, True),
        ("ServiceUnavailable", "none", False, True),
        ("UnauthorizedOperation", "none", True, False),
        ("InvalidAMIID.NotFound", "none", True, False),
    ],
)
def test_each_error_of_ec2_means_what_it_means(code: str, scope: str, final: bool, lost: bool) -> None:
    error = refusal_of("us-east-1", ClientError({"Error": {"Code": code, "Message": "so"}}, "RunInstances"))
    assert (error.scope, error.final, error.lost) == (scope, final, lost)
    assert str(error) == f"us-east-1: {code}: so"


async def test_an_ec2_that_does_not_answer_may_have_heard(monkeypatch: pytest.MonkeyPatch, cloud: FakeCloud) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:9")
    async with open_ec2() as ec2:
        with pytest.raises(LaunchRefusedError, match="us-east-1: Could not connect") as caught:
            await ec2.find(job(), ["us-east-1"])
    assert caught.value.lost


@asynccontextmanager
async def leases(*holders: str, clock: SetClock) -> AsyncIterator[list[S3Lease]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_lease(STORE, holder, clock)) for holder in holders]


async def test_of_many_who_want_a_lease_at_once_one_has_it(cloud: FakeCloud) -> None:
    clock = SetClock()
    async with leases(*(f"holder {number}" for number in range(8)), clock=clock) as all_of_them:
        results = await asyncio.gather(*(each.take() for each in all_of_them), return_exceptions=True)
        winners = [each for each, result in zip(all_of_them, results, strict=True) if result is None]
        assert len(winners) == 1
        assert all(result is None or isinstance(result, LeaseLostError) for result in results)
        await winners[0].take()  # and goes on having it
        await winners[0].release()
        await all_of_them[0].take()


async def test_a_lease_that_is_over_is_had_by_the_next_and_lost_by_the_first(cloud: FakeCloud) -> None:
    clock = SetClock()
    async with leases("first", "second", clock=clock) as (first, second):
        await first.take()
        clock.moment += LASTS
        await second.take()
        with pytest.raises(LeaseLostError, match="second looks after it, for 5 min at least"):
            await first.take()
        await first.release()  # it is not the first's to release
        with pytest.raises(LeaseLostError):
            await first.take()


async def test_an_s3_that_is_away_does_no_harm_until_the_lease_is_over(cloud: FakeCloud) -> None:
    clock = SetClock()
    async with leases("first", clock=clock) as (first,):
        await first.take()
        await in_thread(lambda: cloud.client("s3").delete_object(Bucket=BUCKET, Key="mine/lease.json"))
        await in_thread(lambda: cloud.client("s3").delete_bucket(Bucket=BUCKET))
        clock.moment += LASTS - 1
        await first.take()
        clock.moment += 1
        with pytest.raises(LeaseLostError, match=r"s3://jobs/mine/lease\.json: .*NoSuchBucket"):
            await first.take()
