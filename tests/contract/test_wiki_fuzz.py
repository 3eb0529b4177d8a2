"""Schemathesis calls every operation of a running wiki with what its document allows, and with what it does not.

What is checked, and the few exceptions with their reasons, stand in schemathesis.toml.
"""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from contract.wiki_world import ADMIN, fill, wiki_server
from genba_client import WikiClient
from wiki_helpers import PASSWORD

HERE = Path(__file__).parent
OTHER_KEYS = 50
"""Made before the fuzzer's own, so that it revokes these where it tries small numbers."""


async def fuzzers_key(url: str) -> str:
    """A key of an administrator, in a wiki that has what the document's examples speak of."""
    async with WikiClient(url) as wiki:
        await wiki.log_in(ADMIN, password=PASSWORD)
        await fill(wiki)
        for _ in range(OTHER_KEYS):
            await wiki.create_api_key("another", role="reader")
        return (await wiki.create_api_key("fuzzer", role="admin")).key


@pytest.mark.timeout(300)
def test_every_operation_does_what_its_document_says(tmp_path: Path) -> None:
    with wiki_server(tmp_path / "data") as server:
        key = asyncio.run(fuzzers_key(server.url))
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                *("--config-file", str(HERE / "schemathesis.toml"), "run", f"{server.url}/openapi.json"),
            ],
            env={**os.environ, "WIKI_KEY": key, "PYTHONPATH": str(HERE)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    said = "\n".join(line[:500] for line in (done.stdout + done.stderr).splitlines())
    assert done.returncode == 0, said
    tested = re.search(r"Tested: (\d+)", said)
    selected = re.search(r"Selected: (\d+)/(\d+)", said)
    assert tested is not None, said
    assert selected is not None, said
    assert tested[1] == selected[1] == selected[2], said
    assert "Authentication failed" not in said, said
