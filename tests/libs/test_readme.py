"""Every command, setting and link in the documents is there."""

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from genba_servicekit.settings import SHARED_PREFIX, ServiceSpec, load_services, settings_table
from genba_servicekit.testing import forks_of
from spot_price.commands_instance import FOLDER_VARIABLE
from spot_price.forecasts.options import FORECAST
from spot_price.launch.options import LAUNCH
from spot_price.offers.options import OFFERS
from spot_price.watch.options import WATCH

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^```(console|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ELSEWHERE = {"curl", "git", "cd"}  # no commands of ours
SERVICES = load_services()


def commands(document: Path) -> list[list[str]]:
    """The commands of a document's console and sh blocks: in a console those after `$ `, with their next lines."""
    found = []
    for kind, block in BLOCK.findall(document.read_text("utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if kind == "console" and not line.startswith("$ "):
                continue
            words = shlex.split(line.removeprefix("$ "), comments=True)
            while words and (words[0] == "sudo" or "=" in words[0]):
                words = words[1:]
            if words and words[0] not in ELSEWHERE:
                found.append(words)
    return found


ALL_COMMANDS = [
    pytest.param(words, id=f"{document.name}: {' '.join(words)}")
    for document in DOCUMENTS
    for words in commands(document)
]


@cache
def help_of(*command: str) -> str:
    if command[0] in {service.command for service in SERVICES}:
        run = forks_of(command[0]).run(*command[1:], "--help")
    else:
        run = subprocess.run([BIN / command[0], *command[1:], "--help"], check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


@cache
def check_make(*arguments: str) -> None:
    run = subprocess.run(["make", "-n", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for variable in (word.partition("=")[0] for word in arguments if "=" in word):
        assert re.search(rf"^{variable} \?=", makefile, re.MULTILINE), variable


def check_command(name: str, arguments: list[str]) -> None:
    """The subcommand is there, and its help names each option."""
    assert (BIN / name).exists(), name
    subcommand = [word for word in arguments[:1] if not word.startswith("-")]
    text = help_of(name, *subcommand)
    if re.search(r"COMMAND\s+\[ARGS\]", text) and len(arguments) > 1:  # a group of commands
        text = help_of(name, *arguments[:2])
    for option in (word.partition("=")[0] for word in arguments if word.startswith("--")):
        assert re.search(rf"{option}\b", text), option


def test_the_documents_have_commands() -> None:
    assert {"make up", "make test"} <= {" ".join(words) for words in commands(ROOT / "README.md")}


@pytest.mark.parametrize("words", ALL_COMMANDS)
def test_every_command_in_the_documents_is_there(words: list[str]) -> None:
    name = words[0].removeprefix(".venv/bin/")
    if name == "make":
        check_make(*words[1:])
    else:
        check_command(name, words[1:])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_target_named_in_a_document_is_there(document: Path) -> None:
    for target in set(re.findall(r"`make ([a-z][a-z-]+)", document.read_text("utf-8"))):
        check_make(target)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text("utf-8")):
        if "://" not in target and not target.startswith("#"):
            assert (document.parent / target.partition("#")[0]).exists(), target


def test_services_are_installed() -> None:
    assert SERVICES


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_setting_is_documented_as_it_is(service: ServiceSpec) -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    rows = [
        f"| `{row.name}` | {row.default or '-'} | {row.unit} | {row.help} |" for row in settings_table(service.settings)
    ]
    missing = [row for row in rows if row not in text]
    assert not missing, "docs/operations.md wants these rows:\n" + "\n".join(missing)


def test_every_setting_in_the_documents_is_there() -> None:
    known = {row.name for service in SERVICES for row in settings_table(service.settings)}
    known |= {
        name.replace("GENBA_", service.settings.own_prefix, 1)  # a service's own prefix goes before the shared one
        for service in SERVICES
        for name in known
    }
    known.add(FOLDER_VARIABLE)  # a job's own
    for section in (WATCH, LAUNCH, OFFERS, FORECAST):  # of a command, not of a service
        known |= {section.config_variable, *map(section.variable, section.options)}
    prefixes = "|".join({SHARED_PREFIX, *(service.settings.own_prefix for service in SERVICES)})
    for document in DOCUMENTS:
        named = set(re.findall(rf"`((?:{prefixes})[A-Z_]+)`", document.read_text("utf-8")))
        assert named - known == set(), document.name


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert text.startswith("# Changelog\n")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", heading) for heading in headings[1:])
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= {
        "Added",
        "Changed",
        "Deprecated",
        "Removed",
        "Fixed",
        "Security",
    }
