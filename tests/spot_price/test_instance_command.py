"""`spot-price watch-instance` as a process: its exit code is the job's, and what is wrong is one line."""

import asyncio
import sys
from pathlib import Path

import pytest

from genba_contracts.events import JobReport
from genba_servicekit.objects import FolderStore
from spot_imds import fake_imds
from spot_jobs import counting
from spot_price.adapters.reports import Reports


async def watch(folder: Path, *words: str, metadata: str = "http://127.0.0.1:9") -> asyncio.subprocess.Process:
    place = ("--job", "test", "--store", str(folder / "store"), "--checkpoints", str(folder / "disk"))
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "spot_price", "watch-instance", *place, "--metadata", metadata, *words),
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "GENBA_DATA_DIR": str(folder / "var")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_the_exit_code_is_the_jobs_and_the_job_finds_its_folder(tmp_path: Path) -> None:
    async with fake_imds() as imds:
        process = await watch(
            tmp_path, "--", "sh", "-c", 'echo 1 > "$GENBA_CHECKPOINTS/a"; exit 5', metadata=imds.address
        )
        await process.communicate()
    assert process.returncode == 5
    reports = await Reports(FolderStore(tmp_path / "store")).of("i-0001")
    assert [(report.kind, report.exit_code) for report in reports][-2:] == [
        (JobReport.SAVED, None),
        (JobReport.FINISHED, 5),
    ]


async def test_a_notice_ends_it_with_what_was_saved_kept(tmp_path: Path) -> None:
    async with fake_imds() as imds:
        process = await watch(tmp_path, "--poll", "0s", "--", *counting(1_000_000), metadata=imds.address)
        async with asyncio.timeout(20):
            while not (tmp_path / "disk" / "begun").exists():  # noqa: ASYNC110  (another process's file)
                await asyncio.sleep(0.02)
        imds.interrupt(2_000_000_000)
        await process.communicate()
    assert process.returncode == 0
    assert (tmp_path / "disk" / "steps").exists()
    reports = await Reports(FolderStore(tmp_path / "store")).of("i-0001")
    assert [report.kind for report in reports][-1] is JobReport.STOPPED


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--", "true"), "http://127.0.0.1:9"),
        (("--poll", "soon", "--", "true"), "'soon' is no length of time"),
    ],
)
async def test_what_is_wrong_is_one_line_and_exit_code_2(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    process = await watch(tmp_path, *words)
    _, stderr = await process.communicate()
    assert (process.returncode, stderr.decode().count("\n")) == (2, 1)
    assert said in stderr.decode()
    assert not (tmp_path / "store").exists()


async def test_a_command_that_is_not_there_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    async with fake_imds() as imds:
        process = await watch(tmp_path, "--", "no-such-program", metadata=imds.address)
        _, stderr = await process.communicate()
    assert process.returncode == 2
    assert stderr.decode().endswith("No such file or directory: 'no-such-program'\n")
    (report,) = await Reports(FolderStore(tmp_path / "store")).of("i-0001")
    assert (report.kind, report.exit_code) == (JobReport.FINISHED, 127)  # so that it is not tried on another instance
