"""A performer links to the wiki from the moment that the wiki has an entry: two services, a real Redis between them."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx

from contract.timetable.timetable_world import AT, FESTIVAL, timetable_server
from genba_servicekit.testing import RedisServer
from wiki_helpers import entry_path, key_of, make_user, wiki_process

ACT = "夜更かしDJ"
PATIENCE_SECONDS = 10.0
"""Without an event an answer of the wiki holds for ten minutes."""


def comes(true: Callable[[], bool]) -> bool:
    """Does it come true soon?"""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_an_entry_is_linked_once_it_is_made_until_it_is_deleted(tmp_path: Path, redis: RedisServer) -> None:
    bus = {"GENBA_REDIS_URL": redis.url}
    with wiki_process(tmp_path / "wiki", **bus) as wiki:
        make_user(tmp_path / "wiki")
        timetable = timetable_server(tmp_path / "timetable", TIMETABLE_WIKI_URL=wiki.url, **bus)
        with (
            timetable as server,
            httpx.Client(base_url=wiki.url) as writer,
            httpx.Client(base_url=server.url) as reader,
        ):
            key = key_of(writer)

            def links() -> list[str]:
                slot = reader.get(f"{AT}/slots/{server.ids[ACT]}").raise_for_status().json()
                return [link["url"] for link in slot["links"]]

            assert links() == []
            writer.put(entry_path(ACT), json={"description": "Plays at night."}, headers=key).raise_for_status()
            address = str(httpx.URL(wiki.url).join(f"/keyword/{ACT}"))
            assert comes(lambda: links() == [address])
            assert address in reader.get(f"/f/{FESTIVAL}").text

            writer.delete(entry_path(ACT), headers=key).raise_for_status()
            assert comes(lambda: links() == [])


def test_a_wiki_that_dies_is_neither_an_error_nor_waited_for(tmp_path: Path) -> None:
    with (
        wiki_process(tmp_path / "wiki") as wiki,
        timetable_server(tmp_path / "timetable", TIMETABLE_WIKI_URL=wiki.url) as server,
        httpx.Client(base_url=server.url) as reader,
    ):
        wiki.process.kill()
        wiki.process.wait()
        for path in (f"{AT}/slots/{server.ids[ACT]}", f"/f/{FESTIVAL}", "/", "/readyz"):
            assert reader.get(path).status_code == 200
