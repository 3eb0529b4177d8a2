"""Real wiki processes for tests, and what a client does with them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx

from genba_servicekit.testing import RunningService, forks_of, running_service

COMMAND = str(Path(sys.executable).with_name("wiki-linker"))
WIKI = forks_of("wiki-linker")
PASSWORD = "correct horse battery"
UNLIMITED = {
    "WIKI_LOGIN_LIMIT_ACCOUNT": "100000/minute",
    "WIKI_LOGIN_LIMIT_ADDRESS": "100000/minute",
    "GENBA_ACCESS_LOG": "false",
}


@contextmanager
def wiki_process(data: Path, **settings: str) -> Iterator[RunningService]:
    """A wiki that keeps its data in `data`, on a free port."""
    environment = {**UNLIMITED, "GENBA_DATA_DIR": str(data), **settings}
    with running_service([COMMAND, "serve"], environment, forks=WIKI) as service:
        yield service


def run_wiki(
    *arguments: str, data: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a wiki command to its end, as people do."""
    environment = {**os.environ, "GENBA_DATA_DIR": str(data), **(settings or {})}
    return subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False)


def make_user(
    data: Path, name: str = "editor", role: str = "editor", settings: Mapping[str, str] | None = None
) -> None:
    """Have a person in the wiki."""
    environment = {"WIKI_USER_PASSWORD": PASSWORD, "GENBA_DATA_DIR": str(data), **(settings or {})}
    done = WIKI.run("user", name, "--role", role, env=environment)
    assert done.returncode == 0, done.stderr


def log_in(client: httpx.Client, name: str = "editor") -> None:
    """Log a client in over the page, as a browser does."""
    answer = client.post("/login", data={"name": name, "password": PASSWORD})
    assert answer.status_code == 302, answer.text


def key_of(client: httpx.Client, name: str = "editor") -> dict[str, str]:
    """Headers with a new API key."""
    answer = client.post("/v1/sessions", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    made = client.post("/v1/api-keys", json={"name": "test", "role": "editor"})
    assert made.status_code == 201, made.text
    client.cookies.clear()
    return {"Authorization": f"Bearer {made.json()['key']}"}


def entry_path(keyword: str) -> str:
    """The REST path of an entry."""
    segment = keyword.replace(".", "%2E") if keyword in {".", ".."} else quote(keyword, safe="")
    return f"/v1/entries/{segment}"
