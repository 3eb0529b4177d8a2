"""The launcher against EC2 and S3 as moto has them, over real sockets; prices come from recordings."""

import asyncio
import base64
import shlex
from pathlib import Path

import pytest

from genba_contracts.events import JobReport
from spot_cloud import IMAGE, STORE, ZONES, FakeCloud, tags_of
from spot_price.core.controlling import Ended
from spot_price.ports import LaunchRefusedError, LeaseLostError
from spot_works import in_thread, launching, told_by


async def test_it_starts_one_spot_instance_in_the_cheapest_zone_with_all_that_was_asked_for(
    cloud: FakeCloud, tmp_path: Path
) -> None:
    async with launching(tmp_path) as launched:
        await launched.says("started i-")
        (instance,) = await in_thread(cloud.instances)
        assert instance["Placement"]["AvailabilityZone"] == "us-east-1b"  # use1-az1
        assert (instance["InstanceType"], instance["ImageId"]) == ("g5.xlarge", IMAGE)
        assert instance["InstanceLifecycle"] == "spot"
        assert tags_of(instance) == {
            "Name": "genba job",
            "genba:job": "job",
            "genba:store": f"{STORE}/job",
            "genba:number": "1",
            "team": "vision",
        }
        await told_by(instance["InstanceId"], JobReport.FINISHED, 0)
        ended = await launched.task
    assert ended == Ended("the job is done", good=True)
    assert await in_thread(cloud.alive) == []
    assert not any(key.endswith("lease.json") for key in await in_thread(cloud.keys))


async def test_the_instance_finds_its_code_and_its_settings(cloud: FakeCloud, tmp_path: Path) -> None:
    async with launching(tmp_path, install=["numpy", "-r 'my file.txt'"]) as launched:
        await launched.says("started i-")
        (instance,) = await in_thread(cloud.instances)
        described = await in_thread(
            lambda: cloud.client("ec2").describe_instance_attribute(
                InstanceId=instance["InstanceId"], Attribute="userData"
            )
        )
        text = base64.b64decode(described["UserData"]["Value"]).decode()
        assert text.startswith("#cloud-config\n")
        coded = text.partition("content: ")[2].partition("\n")[0]
        lines = base64.b64decode(coded).decode().splitlines()
        settings = {name: shlex.split(value)[0] for name, _, value in (line.partition("=") for line in lines)}
        code = settings.pop("GENBA_JOB_CODE")
        assert settings == {
            "GENBA_JOB": "job",
            "GENBA_JOB_NUMBER": "1",
            "GENBA_JOB_STORE": f"{STORE}/job",
            "GENBA_JOB_COMMAND": "python train.py 'a b'",
            "GENBA_JOB_ZONE": "use1-az1",
            "GENBA_JOB_INSTALL": "numpy -r 'my file.txt'",
            "GENBA_JOB_SECONDS": "43200",
        }
        assert f"mine/job/{code}" in await in_thread(cloud.keys)


async def test_one_of_two_launchers_looks_after_a_job_and_the_other_is_told_who(
    cloud: FakeCloud, tmp_path: Path
) -> None:
    async with launching(tmp_path) as first:
        await first.says("started i-")
        async with launching(tmp_path) as second:
            with pytest.raises(LeaseLostError, match=r"looks after it, for 5 min at least"):
                await second.task
        assert len(await in_thread(cloud.alive)) == 1
        async with launching(tmp_path, take_over=True) as third:
            await third.says("runs at")
            with pytest.raises(LeaseLostError, match="looks after it"):
                await first.task
            assert len(await in_thread(cloud.alive)) == 1


async def test_of_several_that_begin_at_once_one_starts_an_instance(cloud: FakeCloud, tmp_path: Path) -> None:
    async with (
        launching(tmp_path) as one,
        launching(tmp_path) as two,
        launching(tmp_path) as three,
    ):
        works = [one, two, three]
        done, going = await asyncio.wait([each.task for each in works], timeout=20, return_when=asyncio.FIRST_COMPLETED)
        while len(going) > 1:
            more, going = await asyncio.wait(going, timeout=20, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        assert all(isinstance(task.exception(), LeaseLostError) for task in done)
        (left,) = [each for each in works if not each.task.done()]
        await left.says("runs at")
        assert len(await in_thread(cloud.instances)) == 1


async def test_who_was_told_to_go_leaves_the_instance_and_the_next_goes_on_with_it(
    cloud: FakeCloud, tmp_path: Path
) -> None:
    async with launching(tmp_path) as first:
        await first.says("started i-")
    (instance,) = await in_thread(cloud.alive)
    async with launching(tmp_path) as second:
        await second.says(f"{instance} runs at $0.4000 an hour")
    assert await in_thread(cloud.alive) == [instance]


async def test_a_pool_without_a_subnet_and_a_region_without_an_image_are_left_alone(
    cloud: FakeCloud, tmp_path: Path
) -> None:
    subnets = (await in_thread(lambda: cloud.client("ec2").describe_subnets()))["Subnets"]
    mine = next(each["SubnetId"] for each in subnets if each["AvailabilityZoneId"] == ZONES[2])
    async with launching(tmp_path, subnet=[mine]) as launched:
        await launched.says("use1-az1: there is no subnet to start an instance in")
    async with launching(tmp_path, image=[f"eu-west-1={IMAGE}"], name="other") as launched:
        await launched.says("us-east-1: no AMI is named for it")
    assert await in_thread(cloud.instances) == []


async def test_what_no_try_will_help_ends_it_with_the_reason(cloud: FakeCloud, tmp_path: Path) -> None:
    async with launching(tmp_path, image=["ssm:/mine/none"]) as launched:
        with pytest.raises(LaunchRefusedError, match="us-east-1: ParameterNotFound"):
            await launched.task
    assert await in_thread(cloud.instances) == []
