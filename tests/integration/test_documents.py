"""What the documents show is run, against real servers with their samples.

Those are curl commands, the commands that make the keys they need, and Python programs.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import anyio
import pytest

from face_classifier.adapters.versions import Versions
from face_classifier.usecases.making import drawn_photo
from faces_models import tiny_bundle
from genba_servicekit.objects import FolderStore
from genba_servicekit.settings import ServiceSpec, load_services
from genba_servicekit.testing import Forks, forks_of, missing, running_service

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SERVICES = load_services()
DOCUMENTS = ["README.md", *(f"docs/{service.name}.md" for service in SERVICES)]
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEY = re.compile(r"\.venv/bin/([a-z-]+) key ")
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

OWN = {"face-classifier": {"FACES_JOBS": "false"}}
"""What would take minutes is asked for, and not done."""


async def put_model(artifacts: Path) -> None:
    """Keep a model, and have it answer."""
    versions = Versions(FolderStore(artifacts))
    await versions.put_promotions((await versions.promotions()).promote(await versions.add(*tiny_bundle())))


def put_photos(folder: Path) -> None:
    """The photos that the documents send, each of somebody who does not exist."""
    for person, name in enumerate(("encore.jpg", "backstage.png")):
        (folder / name).write_bytes(drawn_photo(7, person, 0, 160))


def curls(document: str) -> list[tuple[str, str]]:
    """Each curl command and each that makes a key, and what the document shows of its output."""
    found = []
    for block in CONSOLE.findall((ROOT / document).read_text("utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.replace("\\\n", " ").partition("\n")
            if command.startswith("curl ") or (KEY.match(command) and ">" in command):
                found.append((command, shown.strip()))
    return found


def address_of(service: ServiceSpec) -> str:
    """Where it is in the documents."""
    return f"http://127.0.0.1:{service.default_port}"


@contextmanager
def running(document: str, data: Path) -> Iterator[Callable[[str], str]]:
    """The services that a document speaks of, each with its sample; gives what puts real addresses into a text."""
    text = (ROOT / document).read_text("utf-8")
    real: dict[str, str] = {}
    with ExitStack() as stack:
        for service in SERVICES:
            if address_of(service) not in text:
                continue
            env = {"GENBA_DATA_DIR": str(data / service.name), "GENBA_ACCESS_LOG": "false"} | OWN.get(service.name, {})
            if service.name == "face-classifier":
                anyio.run(put_model, data / service.name / "faces")
            forks = forks_of(service.command)
            if service.sample:
                forks.run(*service.sample, env=env).check_returncode()
            served = stack.enter_context(running_service([service.command, "serve"], env, forks=forks))
            real[address_of(service)] = served.url

        def addressed(text: str) -> str:
            for shown, url in real.items():
                text = text.replace(shown, url)
            return text

        yield addressed


@pytest.fixture(scope="module")
def programs() -> Iterator[Forks]:
    forks = Forks("integration.python_program")
    yield forks
    forks.close()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_curl_command_answers_what_the_document_shows(document: str, tmp_path: Path) -> None:
    commands = curls(document)
    assert commands
    if subprocess.run(["which", "curl"], capture_output=True, check=False).returncode:
        missing("curl")
    put_photos(tmp_path)
    with running(document, tmp_path / "data") as addressed:
        for command, shown in commands:
            line = addressed(command).replace("curl ", "curl --fail-with-body ", 1)
            line = KEY.sub(rf"GENBA_DATA_DIR={tmp_path}/data/\1 {BIN}/\1 key ", line)
            run = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert run.returncode == 0, (command, run.stdout, run.stderr)
            for piece in shown.split("…"):
                assert piece.strip() in run.stdout, (command, piece, run.stdout)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_python_program_runs(document: str, tmp_path: Path, programs: Forks) -> None:
    shown = PYTHON.findall((ROOT / document).read_text("utf-8"))
    assert shown
    put_photos(tmp_path)
    with running(document, tmp_path / "data") as addressed:
        for program in shown:
            run = programs.run(addressed(program), cwd=tmp_path)
            assert run.returncode == 0, run.stderr
            assert run.stdout.strip()
