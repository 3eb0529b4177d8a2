"""What the documents show is run: curl commands and Python programs, against a real server with the sample."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from genba_servicekit.testing import missing
from wiki_helpers import run_wiki, wiki_process

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "services/wiki-linker/src/wiki_linker/data/sample.ndjson"
DOCUMENTS = ["README.md", "docs/wiki-linker.md"]
ADDRESS = "http://127.0.0.1:8001"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def curls(document: str) -> list[tuple[str, str]]:
    """Each curl command, and what the document shows of its output."""
    found = []
    for block in CONSOLE.findall((ROOT / document).read_text("utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.replace("\\\n", " ").partition("\n")
            if command.startswith("curl "):
                found.append((command, shown.strip()))
    return found


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    done = run_wiki("import", str(SAMPLE), data=tmp_path)
    assert done.returncode == 0, done.stderr
    with wiki_process(tmp_path) as service:
        yield service.url


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_curl_command_answers_what_the_document_shows(document: str, address: str, tmp_path: Path) -> None:
    commands = curls(document)
    assert commands
    if subprocess.run(["which", "curl"], capture_output=True, check=False).returncode:
        missing("curl")
    for command, shown in commands:
        line = command.replace(ADDRESS, address).replace("curl ", "curl --fail-with-body ", 1)
        run = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, (command, run.stdout, run.stderr)
        for piece in shown.split("…"):
            assert piece.strip() in run.stdout, (command, piece, run.stdout)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_python_program_runs(document: str, address: str, tmp_path: Path) -> None:
    programs = PYTHON.findall((ROOT / document).read_text("utf-8"))
    assert programs
    for program in programs:
        text = program.replace(ADDRESS, address)
        run = subprocess.run(
            [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.strip()
