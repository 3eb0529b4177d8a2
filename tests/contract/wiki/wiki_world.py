"""A wiki with something in it, for tests of its API: in this process, or in one of its own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from genba_client import WikiClient
from genba_servicekit.app import GenbaApp
from genba_servicekit.auth import Principal, Role
from genba_servicekit.testing import RunningService, app_client
from wiki_helpers import PASSWORD, UNLIMITED, make_user, wiki_process
from wiki_linker.app import create_app
from wiki_linker.settings import WikiSettings

ADMIN = "root"
"""Its name is in no example: what is tried with those leaves it alone."""

ENTRY = "/v1/entries/stage"
"""The entry that `world` begins with."""

PLENTY = "1000000/minute"
MANY_KEYS = 5
"""So many API keys have the first numbers: whoever revokes those of the examples does not revoke their own."""


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
        for role, name in ((Role.ADMIN, ADMIN), (Role.EDITOR, "writer"), (Role.READER, "guest")):
            user = await accounts.add(name, PASSWORD, role)
            principal = Principal(user.id, name, role, "session")
            _, keys[role] = await accounts.create_key(principal, name="tests", role=role)
        yield World(app, http, keys[Role.ADMIN], keys[Role.EDITOR], keys[Role.READER])


@dataclass(frozen=True, slots=True)
class Server:
    """A wiki in a process of its own, and an administrator's key."""

    url: str
    admin: str
    service: RunningService


@contextmanager
def wiki_server(data: Path, **settings: str) -> Iterator[Server]:
    """An empty wiki behind a real socket."""
    make_user(data, ADMIN, "admin")
    with wiki_process(data, **{**UNLIMITED, **settings}) as service:
        yield Server(service.url, _key(service.url), service)


def _key(url: str) -> str:
    with httpx.Client(base_url=url, trust_env=False) as http:
        http.post("/v1/sessions", json={"name": ADMIN, "password": PASSWORD}).raise_for_status()
        made = http.post("/v1/api-keys", json={"name": "tests", "role": "admin"}).raise_for_status()
    key: str = made.json()["key"]
    return key


async def fill(wiki: WikiClient) -> None:
    """Write what the examples of the API's document speak of. `wiki` is an administrator's."""
    await wiki.register("hanako", password="correct horse battery staple")
    for text in ("An arena.", "An indoor arena.", "An indoor arena in Tokyo."):
        await wiki.save_entry("Nippon Budokan", description=text)
    await wiki.save_entry("soundcheck", description="The hour before doors; the encore is tried too.")
    for _ in range(MANY_KEYS):
        await wiki.create_api_key("one of many", role="reader")
