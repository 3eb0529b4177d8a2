"""Any service's API, fuzzed by Schemathesis with what its document allows and with what it does not.

A service has a folder beside this file with a `schemathesis.toml` (what is checked, and the exceptions with their
reasons), the hooks that it names, and a test that starts the service, makes a key and calls `fuzz`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

KEY_VARIABLE = "FUZZER_KEY"
"""Under this name `schemathesis.toml` finds the key: `api_key = { bearer = "${FUZZER_KEY}" }`."""


def fuzz(url: str, folder: Path, *, key: str, working: Path) -> None:
    """Call every operation of a running service, and assert that each was tried and did what its document says.

    Args:
        url: of the service.
        folder: with its `schemathesis.toml` and hooks.
        key: an API key that may do everything.
        working: an empty folder to run in.
    """
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("--config-file", str(folder / "schemathesis.toml"), "run", f"{url}/openapi.json"),
        ],
        env={**os.environ, KEY_VARIABLE: key, "PYTHONPATH": str(folder)},
        cwd=working,
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
