"""Schemathesis calls every operation of a running service with what its document allows, and with what it does not.

What is checked, and the few exceptions with their reasons, stand in schemathesis.toml.
"""

import asyncio
from pathlib import Path

import pytest

from contract.faces.faces_world import faces_server, prepared
from contract.fuzzing import fuzz

HERE = Path(__file__).parent


@pytest.mark.timeout(600)
def test_every_operation_does_what_its_document_says(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = asyncio.run(prepared(data))
    with faces_server(data, FACES_FETCH_TIMEOUT="0.5") as url:
        fuzz(url, HERE, key=key, working=tmp_path)
