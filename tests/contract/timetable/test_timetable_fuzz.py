"""Schemathesis calls every operation of a running service with what its document allows, and with what it does not.

What is checked, and the few exceptions with their reasons, stand in schemathesis.toml.
"""

from pathlib import Path

import pytest

from contract.fuzzing import fuzz
from contract.timetable.timetable_world import timetable_server

HERE = Path(__file__).parent


@pytest.mark.timeout(600)
def test_every_operation_does_what_its_document_says(tmp_path: Path) -> None:
    # No port of a public host may be fetched from: what the fuzzer sets up stays here.
    with timetable_server(tmp_path / "data", TIMETABLE_FETCH_PORTS="[]") as server:
        fuzz(server.url, HERE, key=server.editor, working=tmp_path)
