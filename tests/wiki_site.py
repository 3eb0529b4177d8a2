"""The wiki's site in this process, for tests of its pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from selectolax.lexbor import LexborHTMLParser

from genba_servicekit.app import GenbaApp
from genba_servicekit.auth import NameTaken, Role
from genba_servicekit.testing import app_client
from wiki_linker.app import create_app
from wiki_linker.deps import Wiki
from wiki_linker.settings import WikiSettings

BROWSER = {"accept": "text/html", "accept-language": "en"}
UNLIMITED = {"login_limit_account": "100000/minute", "login_limit_address": "100000/minute"}


@dataclass
class Site:
    """A running wiki, and somebody's browser."""

    app: GenbaApp
    client: httpx.AsyncClient

    @property
    def wiki(self) -> Wiki:
        """The wiki behind the pages."""
        wiki: Wiki = self.app.state.wiki
        return wiki

    async def page(self, path: str, status: int = 200) -> LexborHTMLParser:
        """A page, parsed."""
        answer = await self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return LexborHTMLParser(answer.text)

    async def save(self, keyword: str, description: str, **fields: str) -> httpx.Response:
        """Send the form for an entry; it has to be taken."""
        answer = await self.client.post("/keyword", data={"keyword": keyword, "description": description, **fields})
        assert answer.status_code == 302, answer.text
        assert answer.headers["location"] == "/"
        return answer

    async def log_in(self, name: str, role: Role = Role.EDITOR) -> None:
        """Be this person, who is made first if need be."""
        self.client.cookies.clear()
        with suppress(NameTaken):
            await self.wiki.accounts.add(name, name, role)
        assert (await self.client.post("/login", data={"name": name, "password": name})).status_code == 302


@asynccontextmanager
async def wiki_site(folder: Path, **settings: Any) -> AsyncIterator[Site]:
    """A wiki that keeps its data in `folder`; nobody is logged in."""
    app = create_app(WikiSettings(**{"data_dir": folder, "access_log": False, **UNLIMITED, **settings}))
    async with app_client(app, headers=BROWSER) as client:
        yield Site(app, client)


def at(keyword: str, page: str = "keyword") -> str:
    """The path of an entry's page, or of another page about it."""
    return f"/{page}/{quote(keyword, safe='')}"


def text_of(tree: LexborHTMLParser, selector: str) -> str:
    """The text of the first element that is selected; it has to be there."""
    node = tree.css_first(selector)
    assert node is not None, f"no {selector} in {tree.html}"
    return node.text().strip()


def attribute(tree: LexborHTMLParser, selector: str, name: str) -> str:
    """An attribute of the first element that is selected; both have to be there."""
    node = tree.css_first(selector)
    assert node is not None, f"no {selector} in {tree.html}"
    value = node.attributes[name]
    assert value is not None
    return value
