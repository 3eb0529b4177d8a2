"""A wiki with something in it, for tests of its API: in this process, or in one of its own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from genba_client import WikiClient
from genba_servicekit.app import GenbaApp
from genba_servicekit.auth import Principal, Role
from genba_servicekit.testing import app_client
from wiki_helpers import PASSWORD, make_user, wiki_process
from wiki_linker.app import create_app
from wiki_linker.settings import WikiSettings

ADMIN = "root"
"""Its name is in no example: what is tried with those leaves it alone."""

PLENTY = "1000000/minute"


@dataclass(frozen=True, slots=True)
class World:
    """A wiki over ASGI, and a key of each role. `http` sends no credentials."""

    app: GenbaApp
    http: httpx.AsyncClient
    admin: str
    editor: str
    reader: str

    def client(self, key: str | None = None) -> WikiClient:
        """A client of its own, with this key or as nobody."""
        return WikiClient(str(self.http.base_url), api_key=key, http_client=self.http)


def settings_in(data: Path, **settings: object) -> WikiSettings:
    """Settings of a wiki that keeps everything in `data` and lets people try as often as they like."""
    given = {"login_limit_account": PLENTY, "login_limit_address": PLENTY, "access_log": False, **settings}
    return WikiSettings.model_validate({"data_dir": data, "redis_url": None, **given})


@asynccontextmanager
async def wiki_world(data: Path, **settings: object) -> AsyncIterator[World]:
    """An empty wiki in this process."""
    app = create_app(settings_in(data, **settings))
    async with app_client(app, base_url="http://wiki.test") as http:
        accounts = app.state.wiki.accounts
        keys = {}
        for role, name in ((Role.ADMIN, ADMIN), (Role.EDITOR, "hanako"), (Role.READER, "umeda")):
            user = await accounts.add(name, PASSWORD, role)
            principal = Principal(user.id, name, role, "session")
            _, keys[role] = await accounts.create_key(principal, name="tests", role=role)
        yield World(app, http, keys[Role.ADMIN], keys[Role.EDITOR], keys[Role.READER])


@dataclass(frozen=True, slots=True)
class Server:
    """A wiki in a process of its own, and an administrator's key."""

    url: str
    admin: str
    process_id: int


@contextmanager
def wiki_server(data: Path, **settings: str) -> Iterator[Server]:
    """An empty wiki behind a real socket."""
    make_user(data, ADMIN, "admin")
    given = {"WIKI_LOGIN_LIMIT_ACCOUNT": PLENTY, "WIKI_LOGIN_LIMIT_ADDRESS": PLENTY, **settings}
    with wiki_process(data, **given) as service, httpx.Client(base_url=service.url, trust_env=False) as http:
        opened = http.post("/v1/sessions", json={"name": ADMIN, "password": PASSWORD})
        assert opened.status_code == 201, opened.text
        made = http.post("/v1/api-keys", json={"name": "tests", "role": "admin"})
        assert made.status_code == 201, made.text
        yield Server(service.url, made.json()["key"], service.process.pid)
