"""On the instance: what a job did is safe before the instance is taken back, and the next one goes on from there."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from genba_contracts.events import JobReport
from genba_servicekit.objects import FolderStore
from spot_imds import ACTION, FakeImds, fake_imds
from spot_jobs import Instance, counting
from spot_price.adapters.checkpoints import CheckpointError, Checkpoints
from spot_price.adapters.imds import Imds
from spot_price.core.jobs import Identity, manifest_of
from spot_price.ports import MetadataError


@pytest.fixture
async def imds() -> AsyncIterator[FakeImds]:
    async with fake_imds() as fake:
        yield fake


def now() -> int:
    return int(time.time())


async def kinds(instance: Instance) -> list[JobReport]:
    return [report.kind for report in await instance.reports()]


async def test_a_job_that_is_interrupted_is_saved_and_goes_on_elsewhere(imds: FakeImds, tmp_path: Path) -> None:
    first = Instance(imds, tmp_path / "store", tmp_path / "disk-1")
    running = first.start(counting(1_000_000))
    await first.reported("started")
    imds.interrupt(now() + 120)
    assert await running == 0
    assert await kinds(first) == [JobReport.STARTED, JobReport.NOTICED, JobReport.SAVED, JobReport.STOPPED]
    reached = int((tmp_path / "disk-1" / "steps").read_text())
    async with fake_imds("i-0002") as other:
        second = Instance(other, tmp_path / "store", tmp_path / "disk-2")
        assert await second.run(counting(reached + 2)) == 0
    begun = (tmp_path / "disk-2" / "begun").read_text().split()
    assert begun == ["0", str(reached)]
    last = (await second.reports("i-0002"))[-1]
    assert (last.kind, last.exit_code, last.checkpoint) == (JobReport.FINISHED, 0, 2)


async def test_the_reports_say_who_where_and_what(imds: FakeImds, tmp_path: Path) -> None:
    instance = Instance(imds, tmp_path / "store", tmp_path / "disk")
    assert await instance.run(["sh", "-c", "exit 3"]) == 3
    started, finished = await instance.reports()
    assert (started.job, started.instance, started.zone, started.detail) == (
        "test",
        "i-0001",
        "use1-az1",
        "from the beginning",
    )
    assert (finished.kind, finished.exit_code, finished.checkpoint) == (JobReport.FINISHED, 3, 0)


async def test_a_job_that_does_not_end_is_ended_and_all_that_it_started(imds: FakeImds, tmp_path: Path) -> None:
    instance = Instance(imds, tmp_path / "store", tmp_path / "disk", grace=0.1)
    running = instance.start(["sh", "-c", "trap '' TERM; sh -c 'sleep 1000'"])
    await instance.reported("started")
    instance.tender.stop()
    assert await running < 0
    assert "it did not end within 0 s" in (await instance.reports())[-1].detail


async def test_a_shutdown_of_the_system_saves_too(imds: FakeImds, tmp_path: Path) -> None:
    instance = Instance(imds, tmp_path / "store", tmp_path / "disk")
    running = instance.start(counting(1_000_000))
    await instance.reported("started")
    instance.tender.stop()
    await running
    assert await kinds(instance) == [JobReport.STARTED, JobReport.SAVED, JobReport.STOPPED]


async def test_a_recommendation_to_go_elsewhere_saves_what_there_is_and_the_job_goes_on(
    imds: FakeImds, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "weights").write_bytes(b"old")
    imds.recommend_rebalance(now())
    instance = Instance(imds, tmp_path / "store", tmp_path / "disk")
    running = instance.start(counting(1_000_000))
    await instance.reported("saved")
    assert not running.done()
    assert (await kinds(instance)).count(JobReport.WARNED) == 1
    instance.tender.stop()
    await running


async def test_a_recommendation_to_go_elsewhere_stops_it_if_so_wished(imds: FakeImds, tmp_path: Path) -> None:
    imds.recommend_rebalance(now())
    instance = Instance(imds, tmp_path / "store", tmp_path / "disk", stop_when_warned=True)
    assert await instance.run(counting(1_000_000)) == 0
    assert await kinds(instance) == [JobReport.STARTED, JobReport.WARNED, JobReport.SAVED, JobReport.STOPPED]


async def test_what_a_job_writes_is_saved_now_and_then(imds: FakeImds, tmp_path: Path) -> None:
    instance = Instance(imds, tmp_path / "store", tmp_path / "disk", save_every=0.05)
    running = instance.start(counting(1_000_000))
    await instance.reported("saved")
    assert not running.done()
    instance.tender.stop()
    await running


async def test_metadata_that_fail_for_a_while_do_no_harm(imds: FakeImds, tmp_path: Path) -> None:
    imds.says[ACTION] = "not JSON"
    instance = Instance(imds, tmp_path / "store", tmp_path / "disk")
    running = instance.start(counting(1_000_000))
    await instance.reported("started")
    imds.tokens.clear()
    imds.interrupt(now() + 120)
    assert await running == 0


async def test_a_store_that_is_away_does_not_end_the_job(imds: FakeImds, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "objects").write_text("no folder can be made here")
    instance = Instance(imds, tmp_path / "store", tmp_path / "disk")
    assert await instance.run(counting(2)) == 0
    assert (await instance.reports())[-1].detail == "what it saved could not be kept"


async def test_a_token_that_is_no_longer_good_is_renewed(imds: FakeImds) -> None:
    async with Imds(imds.address) as metadata:
        assert await metadata.interruption() is None
        imds.tokens.clear()
        imds.interrupt(1_800_000_000)
        assert await metadata.interruption() == 1_800_000_000
        assert await metadata.rebalance() is None
        assert await metadata.identity() == Identity("i-0001", "us-east-1", "use1-az1")
    assert [status for method, _, status in imds.asked if method == "PUT"] == [200, 200]


async def test_where_there_are_no_metadata_it_is_said() -> None:
    async with Imds("http://127.0.0.1:9") as metadata:
        with pytest.raises(MetadataError, match=r"http://127\.0\.0\.1:9"):
            await metadata.identity()


def folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / name).write_text(text)
    return path


async def test_the_manifest_is_put_last_and_names_what_is_there(tmp_path: Path) -> None:
    put: list[str] = []

    class Watched(FolderStore):
        async def put(self, key, data):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            put.append(key.partition("/")[0])
            return await super().put(key, data)

    store = Watched(tmp_path / "store")
    saved = await Checkpoints(store, folder(tmp_path / "disk", a="1", b="2")).save("i-1", 7)
    assert put == ["objects", "objects", "manifest.json"]
    assert manifest_of(await store.get("manifest.json")) == saved


async def test_only_what_is_new_is_put_and_what_is_no_longer_needed_goes(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    disk = folder(tmp_path / "disk", same="1", weights="2", unfinished="3")
    (disk / "unfinished").rename(disk / "unfinished.tmp")
    kept = Checkpoints(store, disk)
    first = await kept.save("i-1", 7)
    assert first is not None
    assert [file.name for file in first.files] == ["same", "weights"]
    assert await kept.save("i-1", 8) is None
    folder(disk, weights="newer")
    second = await kept.save("i-1", 9)
    assert second is not None
    assert second.number == 2
    objects = {info.key async for info in store.find("objects/")}
    assert objects == {f"objects/{file.sha256}" for file in second.files}


async def test_a_damaged_or_missing_checkpoint_is_said_and_nothing_half_is_left(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    saved = await Checkpoints(store, folder(tmp_path / "disk", weights="2")).save("i-1", 7)
    assert saved is not None
    key = f"objects/{saved.files[0].sha256}"
    await store.put(key, b"other")
    with pytest.raises(CheckpointError, match="weights: it is damaged"):
        await Checkpoints(store, tmp_path / "new").restore()
    await store.delete(key)
    with pytest.raises(CheckpointError, match="weights: it is in the manifest, but not in the store"):
        await Checkpoints(store, tmp_path / "new").restore()
    assert not (tmp_path / "new" / "weights").exists()


async def test_a_manifest_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    made = {"number": 1, "at": 1, "instance": "i", "files": [{"name": "../x", "size": 1, "sha256": "0"}]}
    await store.put("manifest.json", json.dumps(made).encode())
    with pytest.raises(CheckpointError, match="outside of the folder"):
        await Checkpoints(store, tmp_path / "disk").restore()
    await store.put("manifest.json", b"[]")
    with pytest.raises(CheckpointError, match="it is no manifest"):
        await Checkpoints(store, tmp_path / "disk").restore()
