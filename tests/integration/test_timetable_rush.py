"""A hundred people press the button at once: all have their picture, and nobody else waits for them."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from contract.timetable.timetable_world import AT, FESTIVAL, timetable_server, write_source
from genba_client import TimetableClient

pytestmark = pytest.mark.anyio

PEOPLE = 100


def different(ids: list[str], person: int) -> dict[str, object]:
    """What one of them wants, and nobody else: another choice of picks, another width."""
    picks = [pick for number, pick in enumerate(ids) if person >> number & 1] or ids
    return {"picks": picks, "width": 1000 + person}


async def ask(
    pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter], method: str, path: str, body: bytes = b""
) -> tuple[int, bytes]:
    """Status and body of an answer. By hand: opening 100 connections keeps an HTTP client itself busy for a second."""
    reader, writer = pipe
    head = f"{method} {path} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    writer.write(f"{head}\r\n\r\n".encode() + body)
    said = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(said.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return int(said[9:12]), await reader.readexactly(length)


async def test_a_hundred_pictures_at_once_are_all_drawn_while_others_are_answered(tmp_path: Path) -> None:
    with timetable_server(tmp_path / "data") as server:
        ids = sorted(server.ids.values())
        url = httpx.URL(server.url)
        pipes = [await asyncio.open_connection(url.host, url.port) for _ in range(PEOPLE + 1)]
        drawn: list[tuple[int, bytes]] = []

        async def press(person: int) -> None:
            body = json.dumps(different(ids, person)).encode()
            drawn.append(await ask(pipes[person], "POST", f"{AT}/picture", body))

        rush = [asyncio.create_task(press(person)) for person in range(PEOPLE)]
        between: list[int] = []
        while not all(task.done() for task in rush):
            for path in ("/livez", AT, f"{AT}/slots"):
                assert (await ask(pipes[-1], "GET", path))[0] == 200
                between.append(len(drawn))
        await asyncio.gather(*rush)
        for _, writer in pipes:
            writer.close()
    assert {status for status, _ in drawn} == {200}
    assert len({picture for _, picture in drawn}) == PEOPLE
    # One who asks for something else is answered before the last picture is drawn, not after all of them.
    assert sum(count < PEOPLE for count in between) >= 3


async def test_who_comes_when_too_many_wait_is_told_when_to_come_again(tmp_path: Path) -> None:
    with timetable_server(tmp_path / "data", TIMETABLE_RENDER_WAITING="3", TIMETABLE_RENDER_THREADS="1") as server:
        ids = sorted(server.ids.values())
        limits = httpx.Limits(max_connections=2 * PEOPLE)
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, limits=limits, timeout=60) as http:
            answers = await asyncio.gather(
                *(http.post(f"{AT}/picture", json={**different(ids, person), "scale": 3}) for person in range(40))
            )
            statuses = {answer.status_code for answer in answers}
            assert statuses == {200, 503}
            assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)
            assert (await http.post(f"{AT}/picture", json={"picks": ids})).status_code == 200
        # The typed client comes again by itself.
        async with TimetableClient(server.url) as timetable:
            pictures = await asyncio.gather(
                *(timetable.picture(FESTIVAL, ids, width=2000 + person) for person in range(6))
            )
        assert all(pictures)


async def test_an_open_page_hears_of_a_new_version_over_its_stream(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with timetable_server(data) as server:
        async with TimetableClient(server.url, api_key=server.editor) as timetable:
            heard = asyncio.create_task(anext(timetable.watch(FESTIVAL, since=1)))
            write_source(data / "sources", day_1={})
            assert (await timetable.refresh(FESTIVAL)).result == "updated"
            async with asyncio.timeout(20):
                update = await heard
            assert (update.festival, update.version) == (FESTIVAL, 2)
