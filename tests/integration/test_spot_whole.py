"""All of it: launched, interrupted, saved, launched elsewhere, gone on with; killed and gone on with.

EC2 and S3 are moto's, the instance's metadata a double, all over real sockets. The instance is a folder in which its
user data's own scripts run, and the job a local process.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from genba_contracts.events import JobReport
from genba_servicekit.objects import open_store
from spot_cloud import IMAGE, STORE, ZONES, FakeCloud, one_ec2, prices_file, tags_of
from spot_ec2 import Price, Region, ec2_prices
from spot_instance import LocalInstance
from spot_price.adapters.reports import Reports
from spot_price.core.controlling import Ended
from spot_price.core.jobs import manifest_of
from spot_watching import SetClock
from spot_works import in_thread, launching, told_by

pytestmark = pytest.mark.timeout(300)
PATIENCE = 90
"""Seconds: beside three busy processes the two tests of Ctrl-C took 57 together."""
JOB = """
n=$(cat "$GENBA_CHECKPOINTS/steps" 2>/dev/null || echo 0)
until=$([ "$n" -gt 0 ] && echo $((n + 3)) || echo 1000000)
save() { echo "$n" > "$GENBA_CHECKPOINTS/steps.tmp"; mv "$GENBA_CHECKPOINTS/steps.tmp" "$GENBA_CHECKPOINTS/steps"; }
trap 'save; exit 0' TERM
echo "$n" >> "$GENBA_CHECKPOINTS/begun"
. ./library.sh
while [ "$n" -lt "$until" ]; do n=$((n + 1)); sleep 0.02; done
save
"""


async def test_an_interrupted_job_is_saved_and_goes_on_in_another_zone_to_its_end(
    cloud: FakeCloud, tmp_path: Path
) -> None:
    clock = SetClock(int(time.time()))
    code = tmp_path / "code"
    code.mkdir()
    (code / "library.sh").write_text('echo "$1$GENBA_JOB_ZONE" > "$GENBA_CHECKPOINTS/library"\n')
    command = ["sh", "-c", JOB]
    async with launching(
        tmp_path, clock=clock, command=command, code=str(code), install=["numpy 'torch>2'"]
    ) as launched:
        await launched.says("started i-")
        (first,) = await in_thread(cloud.alive)
        async with LocalInstance(cloud, first, tmp_path / "first") as instance:
            await launched.says(f"{first} in use1-az1: started from the beginning")
            assert "pip install -q numpy torch>2" in instance.asked
            instance.imds.interrupt(clock.now() + 120)
            await launched.says(f"{first} in use1-az1: noticed")
            assert await instance.powers_off() == 0
            reached = (instance.checkpoints / "steps").read_text().strip()
        await launched.says("trying again in 60 s")
        assert await in_thread(cloud.alive) == []
        clock.moment += 60
        await launched.says("in use1-az6 at $0.5000 an hour")
        (second,) = await in_thread(cloud.alive)
        async with LocalInstance(cloud, second, tmp_path / "second", zone="use1-az6") as instance:
            assert await instance.powers_off() == 0
            assert (instance.checkpoints / "begun").read_text().split() == ["0", reached]
            assert (instance.checkpoints / "library").read_text() == "use1-az6\n"
            assert int((instance.checkpoints / "steps").read_text()) == int(reached) + 3
        async with asyncio.timeout(20):
            assert await launched.task == Ended("the job is done", good=True)
    instances = await in_thread(cloud.instances)
    assert [tags_of(each)["genba:number"] for each in instances] == ["1", "2"]
    assert [each["State"]["Name"] for each in instances] == ["terminated", "terminated"]
    assert launched.told[-1].endswith("spent, 1 interruptions")
    async with open_store(f"{STORE}/job") as store:
        manifest = manifest_of(await store.get("manifest.json"))
        reports = [await Reports(store).of(ident) for ident in (first, second)]
    assert (manifest.number, manifest.instance) == (2, second)
    assert [[report.kind for report in each] for each in reports] == [
        [JobReport.STARTED, JobReport.NOTICED, JobReport.SAVED, JobReport.STOPPED],
        [JobReport.STARTED, JobReport.SAVED, JobReport.FINISHED],
    ]


async def test_an_instance_whose_set_up_fails_shuts_down(cloud: FakeCloud, tmp_path: Path) -> None:
    async with launching(tmp_path, command=["true"]) as launched:
        await launched.says("started i-")
        (ident,) = await in_thread(cloud.alive)
        key = next(key for key in await in_thread(cloud.keys) if "/code/" in key)
        await in_thread(lambda: cloud.client("s3").delete_object(Bucket="jobs", Key=key))
        with pytest.raises(AssertionError, match="systemctl poweroff"):
            async with LocalInstance(cloud, ident, tmp_path / "disk"):
                pass


class Process:
    """`spot-price launch` as people run it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def says(self, words: str) -> str:
        """The line with these words."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stdout.readline()).decode():
                self.lines.append(line)
                if words in line:
                    return line
        raise AssertionError(self.lines)

    async def ends(self) -> int:
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            self.lines += (await self.process.stdout.read()).decode().splitlines()
            return await self.process.wait()


@asynccontextmanager
async def launch(
    folder: Path, cloud: FakeCloud, *more: str, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    words = ("--type", "g5.xlarge", "--store", STORE, "--instance-profile", "genba-job", "--image", IMAGE)
    played = json.dumps([str(prices_file(folder, {ZONES[0]: 0.5, ZONES[1]: 0.4}))])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "spot_price", "launch", *words, "--every", "1s", *more, "--", "python", "train.py"),
        env={
            **cloud.environ,
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            **(environ or {"SPOT_REPLAY_FILES": played}),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_launcher_that_was_killed_is_followed_by_one_that_goes_on_with_its_instance(
    cloud: FakeCloud, tmp_path: Path
) -> None:
    async with launch(tmp_path, cloud) as killed:
        await killed.says("started i-")
        await killed.says("runs at $0.4000 an hour")
        killed.process.kill()
        await killed.ends()
    (instance,) = await in_thread(cloud.alive)
    async with launch(tmp_path, cloud) as too_early:
        assert await too_early.ends() == 2
        assert "looks after it, for" in too_early.lines[-1]
    async with launch(tmp_path, cloud, "--take-over") as follower:
        await follower.says(f"{instance} runs at $0.4000 an hour")
        await told_by(instance, JobReport.FINISHED, 0)
        assert await follower.ends() == 0
        assert "the job is done; $0.00 spent, 0 interruptions" in follower.lines[-1]
    assert await in_thread(cloud.alive) == []
    assert len(await in_thread(cloud.instances)) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_says_what_stays_and_how_to_go_on_and_the_same_command_does(
    number: signal.Signals, cloud: FakeCloud, tmp_path: Path
) -> None:
    async with launch(tmp_path, cloud, "--budget", "5") as stopped:
        await stopped.says("runs at")
        stopped.process.send_signal(number)
        assert await stopped.ends() == 130
    (instance,) = await in_thread(cloud.alive)
    alone, again, end = stopped.lines[-3:]
    assert f"{instance} goes on in use1-az1 at $0.4000 an hour until its job ends" in alone
    assert again.endswith("--every 1s --budget 5 -- python train.py")
    assert end.endswith(f"end it: aws ec2 terminate-instances --region us-east-1 --instance-ids {instance}")
    async with launch(tmp_path, cloud, "--budget", "5") as follower:
        await follower.says(f"{instance} runs at")
        await told_by(instance, JobReport.FINISHED, 3)
        assert await follower.ends() == 1


async def test_with_the_prices_of_ec2_itself_a_region_that_is_closed_hinders_no_other(
    cloud: FakeCloud, tmp_path: Path
) -> None:
    since = int(time.time()) - 3600
    east = Region([Price(since, "us-east-1a", ZONES[0], price=0.41), Price(since, "us-east-1b", ZONES[1], price=0.39)])
    west = Region([Price(since, "us-west-2a", "usw2-az2", price=0.4)])
    regions = {"us-east-1": east, "us-west-2": west, "ap-east-1": Region(error="OptInRequired")}
    async with (
        ec2_prices(regions) as prices,
        one_ec2(cloud, prices) as address,
        launch(tmp_path, cloud, environ={"AWS_ENDPOINT_URL_EC2": address}) as launched,
    ):
        assert "prices: aws; 3 pools in 2 regions" in await launched.says("prices:")
        await launched.says("ap-east-1: ")
        line = await launched.says("started i-")
        assert "in use1-az1 at $0.3900 an hour, at most $1.0060" in line
        (instance,) = await in_thread(cloud.instances)
        assert instance["Placement"]["AvailabilityZone"] == "us-east-1b"
        await told_by(instance["InstanceId"], JobReport.FINISHED, 0)
        assert await launched.ends() == 0
    assert await in_thread(cloud.alive) == []
