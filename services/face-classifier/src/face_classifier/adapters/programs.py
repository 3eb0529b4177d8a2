"""The service's own commands, in processes of their own: what takes gigabytes and seconds to load stays out of this."""

import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import Sequence
from typing import Final

from face_classifier.ports_jobs import Told, WorkError
from genba_servicekit.die_with_parent import die_with_parent_command

PATIENCE: Final = 60.0
"""Seconds that a command gets to keep what it has, once it was told to stop."""
LINE_BYTES: Final = 1 << 20
SAID: Final = 20
"""Last lines of what a command says on standard error that are kept."""


class OwnCommands:
    """Fulfils `ports_jobs.Programs`."""

    async def run(self, words: Sequence[str], told: Told) -> None:
        """See Programs."""
        command = die_with_parent_command([sys.executable, "-m", "face_classifier", *words])
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_BYTES,
            env={**os.environ, "TERM": "dumb"},  # no bar is drawn for nobody
        )
        said: deque[str] = deque(maxlen=SAID)
        try:
            await asyncio.gather(_lines(process, told), _said(process, said))
            code = await process.wait()
        except BaseException:
            await asyncio.shield(_stop(process))
            raise
        if code:
            raise WorkError(said[-1] if said else f"the process ended with {code}")


async def _lines(process: asyncio.subprocess.Process, told: Told) -> None:
    assert process.stdout is not None  # noqa: S101  (it is a pipe)
    async for line in process.stdout:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            told(found)


async def _said(process: asyncio.subprocess.Process, said: deque[str]) -> None:
    assert process.stderr is not None  # noqa: S101  (it is a pipe)
    while data := await process.stderr.read(LINE_BYTES):
        said.extend(filter(None, map(str.strip, data.decode("utf-8", "replace").splitlines())))


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
