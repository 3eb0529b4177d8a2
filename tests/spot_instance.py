"""An instance, as far as its user data can tell: cloud-init's files in a folder, its scripts run as they are.

What needs a network or root is stood in for by programs that write down what they were asked for: pip, venv, systemctl,
chown, lspci. The job, its watcher, the metadata service, and the store over its socket are real.
"""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import yaml

from spot_cloud import FakeCloud
from spot_imds import FakeImds, fake_imds

MOVED: Final = ("/opt/genba", "/etc/genba", "/etc/systemd", "/var/lib/genba", "/tmp/genba.tar.gz")
STAND_INS: Final = {
    "lspci": "exit 0",
    "chown": "",
    "systemctl": "",
    "pip": "",
    "python3": f"""
mkdir -p "$3/bin" "$3/lib/python3.12/site-packages"
ln -s "$BIN/pip" "$3/bin/pip"
printf '#!/bin/sh\\nPYTHONPATH="$GENBA_ROOT/opt/genba/site" exec {sys.executable} "$@"\\n' > "$3/bin/python"
chmod +x "$3/bin/python"
""",
}


def cloud_config(text: str) -> dict[str, Any]:
    """User data as cloud-init reads it."""
    assert text.startswith("#cloud-config\n")
    made: dict[str, Any] = yaml.safe_load(text)
    return made


def content_of(file: Mapping[str, str]) -> str:
    """A file of `write_files`."""
    return base64.b64decode(file["content"]).decode() if file.get("encoding") == "b64" else file["content"]


@dataclass
class LocalInstance:
    """One instance.

    Attributes:
        cloud: where it was started.
        ident: its id there.
        root: the folder that is its disk.
    """

    cloud: FakeCloud
    ident: str
    root: Path
    zone: str = "use1-az1"
    imds: FakeImds = field(init=False)
    process: asyncio.subprocess.Process = field(init=False)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def checkpoints(self) -> Path:
        return self.root / "var/lib/genba/checkpoints"

    @property
    def asked(self) -> list[str]:
        """What the stand-ins were asked for, a line each."""
        return (self.root / "asked").read_text().splitlines()

    async def __aenter__(self) -> Self:
        """Boot: cloud-init's files, its `runcmd`, and the unit that that has started."""
        self.imds = await self._stack.enter_async_context(fake_imds(self.ident))
        self.imds.is_instance(self.ident, zone=self.zone)
        config = cloud_config(await asyncio.to_thread(self._user_data))
        self._write(config["write_files"])
        (program, option, line) = config["runcmd"][0]
        done = await asyncio.to_thread(
            subprocess.run, [program, option, self._moved(line)], env=self._environ(), check=False, capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()
        assert self.asked[-1] == "systemctl start --no-block genba-job", (done.stderr.decode(), self.asked)
        self.process = await asyncio.create_subprocess_exec(
            str(self.root / "opt/genba/run"), env=self._environ(), cwd=self.root / "opt/genba/work"
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self._stack.aclose()

    async def powers_off(self) -> int:
        """Wait until the job's unit has ended, and do what systemd does then; gives the unit's exit code."""
        async with asyncio.timeout(30):
            code = await self.process.wait()
        client = self.cloud.client("ec2")
        await asyncio.to_thread(client.terminate_instances, InstanceIds=[self.ident])
        return code

    def _user_data(self) -> str:
        client = self.cloud.client("ec2")
        described = client.describe_instance_attribute(InstanceId=self.ident, Attribute="userData")
        return base64.b64decode(described["UserData"]["Value"]).decode()

    def _write(self, files: list[dict[str, str]]) -> None:
        for file in files:
            path = self.root / file["path"].lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._moved(content_of(file)), "utf-8")
            path.chmod(int(file["permissions"], 8))
        folder = self.root / "bin"
        folder.mkdir()
        for name, body in STAND_INS.items():
            path = folder / name
            path.write_text(f'#!/bin/sh\nset -e\necho "{name} $*" >> "$GENBA_ROOT/asked"\n{body}\n', "utf-8")
            path.chmod(0o755)

    def _moved(self, text: str) -> str:
        for place in MOVED:
            text = text.replace(place, f"{self.root}{place}")
        return text

    def _environ(self) -> dict[str, str]:
        (self.root / "tmp").mkdir(exist_ok=True)
        return {
            **self.cloud.environ,
            "PATH": f"{self.root}/bin:{os.environ['PATH']}",
            "BIN": f"{self.root}/bin",
            "GENBA_ROOT": str(self.root),
            "GENBA_DATA_DIR": str(self.root / "var"),
            "HOME": str(self.root),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.imds.address,
        }
