"""What happens at the same time, and what is asked that nobody would ask: no page shows what is no longer so."""

import asyncio
import base64
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from genba_servicekit.auth import Role
from genba_servicekit.database import Database
from genba_servicekit.errors import ServiceUnavailable, TooManyRequests
from genba_servicekit.passwords import PasswordHasher
from genba_servicekit.testing import PostgresServer
from wiki_fakes import FakeFreshness, FakeLimiter, FakePeople, FakeStore
from wiki_linker.core.entities import Entry
from wiki_linker.core.index import LinkView
from wiki_linker.core.live import LiveWiki
from wiki_linker.core.pagelinks import PageLinker
from wiki_linker.core.render import Rendered
from wiki_linker.routes import converting
from wiki_linker.usecases.people import Accounts, WrongLogin
from wiki_site import at, wiki_site


class Held(PageLinker):
    """Links as the wiki does, but not before it is let go (texts of the keyword `held`)."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def render(self, text: str, keyword: str, view: LinkView) -> Rendered:
        if keyword == "held":
            self.begun.set()
            self.go_on.wait(10)
        return super().render(text, keyword, view)


async def test_a_long_text_that_is_saved_while_another_is_linked_is_shown_as_saved(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        await site.save("long", "before " * 20_000)
        await site.save("held", "held " * 25_000)
        site.wiki.reading.linker = held = Held()
        reading = asyncio.create_task(site.client.get("/"))
        assert await asyncio.to_thread(held.begun.wait, 10)
        await site.save("long", "after " * 20_000)
        held.go_on.set()
        assert "before" not in (await reading).text
        for path in ("/", at("long")):
            page = (await site.client.get(path)).text
            assert ("after" in page, "before" in page) == (True, False)


async def test_a_session_that_ended_is_shown_no_page_of_another_session_of_the_same_person(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        await site.save("encore", "One more.")
        ended = {"cookie": f"wiki_session={site.client.cookies['wiki_session']}"}
        site.client.cookies.clear()
        await site.log_in("hanako")
        lasting = {"cookie": f"wiki_session={site.client.cookies['wiki_session']}"}
        site.client.cookies.clear()

        async def sees_a_name(session: dict[str, str]) -> bool:
            return "isu-account-name" in (await site.client.get("/", headers=session)).text

        assert [await sees_a_name(session) for session in (ended, lasting, ended)] == [True, True, True]
        await site.client.post("/logout", headers=ended)
        assert [await sees_a_name(session) for session in (lasting, ended)] == [True, False]


def cursor(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode()


FAR = "999999999999999"
ODD_QUESTIONS = [
    ("GET", f"/v1/entries?order=keyword&cursor={cursor('k:' + chr(0))}", {}, 400),
    ("GET", f"/v1/entries/encore/revisions?cursor={cursor('r:' + FAR)}", {}, 200),
    ("GET", f"/history/encore?revision={FAR}", {}, 404),
    ("GET", f"/history/encore?revision=1&against={FAR}", {}, 404),
    ("GET", f"/history/encore?before={FAR}", {}, 200),
    ("GET", f"/recent?before={FAR}", {}, 200),
    ("POST", "/restore/encore", {"revision": "999999999"}, 404),
    ("POST", "/login", {"name": "a\0b", "password": "x"}, 403),
    ("POST", "/login", {"name": "a", "password": "x\0"}, 403),
    ("POST", "/keyword", {"keyword": "encore", "description": "More.", "summary": "a\0b"}, 400),
    ("POST", "/keyword", {"keyword": "encore", "description": "More.", "summary": "a" * 501}, 400),
    ("GET", "/search?q=%5C", {}, 200),
]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_a_database_cannot_hold_is_the_sender_s_fault(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = None if kind == "sqlite" else request.getfixturevalue("postgres_url")
    async with wiki_site(tmp_path, database_url=database) as site:
        await site.log_in("hanako")
        await site.save("encore", "One more.")
        for method, path, form, status in ODD_QUESTIONS:
            answer = await site.client.request(method, path, data=form or None)
            assert answer.status_code == status, (method, path, answer.text)


async def test_what_is_written_is_in_no_error_message(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'some.db'}", migrations=None)
    await database.start()
    try:
        with pytest.raises(sa.exc.DBAPIError) as caught:
            await database.write(
                lambda connection: connection.execute(sa.text("SELECT :word FROM none"), {"word": "hunter2"})
            )
    finally:
        await database.stop()
    assert "hunter2" not in str(caught.value)


async def test_a_page_of_another_site_logs_nobody_out(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        refused = await site.client.get("/logout", headers={"sec-fetch-site": "cross-site"})
        assert refused.status_code == 403
        assert "isu-account-name" in (await site.client.get("/")).text
        assert (await site.client.get("/logout", headers={"sec-fetch-site": "same-origin"})).status_code == 302
        assert "isu-account-name" not in (await site.client.get("/")).text


async def test_names_that_nobody_can_have_are_not_counted_one_by_one() -> None:
    hasher, limiter = PasswordHasher(), FakeLimiter()
    accounts = Accounts(
        FakePeople(),
        hasher,
        limiter,
        FakeFreshness(FakeStore(), LiveWiki()),
        registration=True,
        new_user_role=Role.EDITOR,
        account_limit="9/minute",
        address_limit="3/minute",
    )
    outcomes: list[type[Exception]] = []
    for number in range(5):
        with pytest.raises((WrongLogin, TooManyRequests)) as caught:
            await accounts.log_in(f"{number}" * 1_000, "x", address="203.0.113.9")
        outcomes.append(caught.type)
    await hasher.stop()
    assert outcomes == [WrongLogin] * 3 + [TooManyRequests] * 2
    assert len(limiter.hits) == 1


def test_entries_with_the_same_numbers_and_other_texts_have_other_tags() -> None:
    """As after a database was put back from a copy: what is written then gets the numbers of what was lost."""
    entry = Entry(1, "encore", "lost", "hanako", 1, 2, revision=2, seq=10)
    tags = {converting.written(one).etag for one in (entry, replace(entry, description="written again"))}
    assert len(tags) == 2


async def test_a_database_that_is_frozen_holds_nobody_up_for_ever(
    postgres_cluster: PostgresServer, postgres_url: str
) -> None:
    database = Database(postgres_url, migrations=None, read_threads=1, read_wait=0.2, write_wait=0.2)
    await database.start()
    await database.write(lambda connection: connection.execute(sa.text("CREATE TABLE words (word text)")))

    def add(word: str) -> Callable[[sa.Connection], object]:
        return lambda connection: connection.execute(sa.text("INSERT INTO words VALUES (:word)"), {"word": word})

    def words(connection: sa.Connection) -> list[str]:
        return list(connection.execute(sa.text("SELECT word FROM words")).scalars())

    assert await database.read(words) == []
    postgres_cluster.freeze()
    try:
        asked = [database.read(words), database.read(words), database.write(add("begun")), database.write(add("late"))]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
    finally:
        postgres_cluster.thaw()
    assert all(isinstance(outcome, ServiceUnavailable) for outcome in outcomes)
    await database.write(add("healed"))
    found = await database.read(words)
    assert found[-1] == "healed"
    assert "late" not in found or "begun" in found
    await database.stop()
