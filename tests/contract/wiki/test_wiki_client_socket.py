"""The typed client over a real socket: paths byte for byte, streams in both directions, and a server that goes away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import genba_client
from contract.wiki.wiki_world import Server, wiki_server
from genba_client import WikiClient
from genba_contracts.wiki import Change, LinkResult
from genba_servicekit.testing import until

pytestmark = pytest.mark.anyio

AWKWARD = [
    "/", "//", ".", "..", "...", "./..", "a/b", "a/../b", "%", "%2F", "%2e%2e", "100%", "?", "a?b=c", "#", "a#b", "&",
    "=", "+", "a", "a b", "a  b", ";", ":", "@", "!", "$", "'", '"', "(", ")", "*", ",", "[", "]", "{}", "|", "^",
    "`", "\\", "<", ">", "<script>", "~", "-", "_", "é", "e\u0301", "日本武道館", "😀", "👨‍👩‍👧‍👦", "🇯🇵", "\U0010fffd",
    "stars", "star", "revisions", "undelete", "a/stars", "a/revisions/1", "x" * 255, "館" * 255, "😀" * 255,
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with wiki_server(tmp_path_factory.mktemp("wiki")) as running:
        yield running


@pytest.fixture
async def wiki(server: Server) -> AsyncIterator[WikiClient]:
    async with WikiClient(server.url, api_key=server.admin) as client:
        yield client


async def test_every_keyword_is_its_own_path(wiki: WikiClient) -> None:
    for number, keyword in enumerate(AWKWARD):
        made = await wiki.create_entry(keyword, description=f"number {number}")
        assert made.keyword == keyword
    for number, keyword in enumerate(AWKWARD):
        assert (await wiki.entry(keyword)).description == f"number {number}"
        await wiki.star(keyword)
        assert (await wiki.stars(keyword)).count == 1
        assert [revision.number async for revision in wiki.revisions(keyword)] == [1]
        assert (await wiki.revision(keyword, number=1)).keyword == keyword
        assert (await wiki.related(keyword)).keyword == keyword
        assert {page.keyword async for page in wiki.backlinks(keyword).pages()} == {keyword}
        assert (await wiki.restore(keyword, number=1)).keyword == keyword
        await wiki.delete_entry(keyword)
        assert (await wiki.undelete_entry(keyword)).keyword == keyword
        assert (await wiki.edit_entry(keyword, description="seen")).keyword == keyword
    listed = {entry.keyword async for entry in wiki.entries(limit=7)}
    assert listed >= set(AWKWARD)


async def test_every_name_is_its_own_path(server: Server, wiki: WikiClient) -> None:
    for name in ("a/b", "..", "%2F", "a?b", "#", "梅田", "x y"):
        async with WikiClient(server.url) as person:
            await person.register(name, password="p")
            await wiki.set_role(name, role="reader")
            session = await person.log_in(name, password="p")
            assert (session.user.name, session.user.role) == (name, "reader")


async def test_results_come_while_texts_are_still_being_sent(wiki: WikiClient) -> None:
    await wiki.save_entry("handshake", description="One after the other.")
    answered: list[LinkResult] = []

    async def texts() -> AsyncIterator[str]:
        for number in range(20):
            await until(lambda done=number: len(answered) == done)  # type: ignore[misc]
            yield f"handshake {number}"

    async for result in wiki.link_many(texts()):
        assert isinstance(result, LinkResult)
        answered.append(result)
    assert [len(result.spans) for result in answered] == [1] * 20


async def test_a_text_in_the_middle_of_a_batch_is_linked_as_of_what_was_just_saved(wiki: WikiClient) -> None:
    async def texts() -> AsyncIterator[str]:
        yield "a midnight matinee"
        await wiki.save_entry("midnight matinee", description="Late.")
        yield "a midnight matinee"

    results = [result async for result in wiki.link_many(texts())]
    found = [{span.keyword for span in result.spans} for result in results if isinstance(result, LinkResult)]
    assert ["midnight matinee" in keywords for keywords in found] == [False, True]


async def test_a_large_import_and_export_are_streamed(wiki: WikiClient, tmp_path: Path) -> None:
    file = tmp_path / "large.ndjson"
    with file.open("w") as lines:
        for number in range(2_000):
            lines.write(f'{{"keyword": "bulk {number:05}", "description": "{"text " * 400}"}}\n')
    assert file.stat().st_size > 2**20, "more than any other body may have"
    job = await wiki.import_file(file, wait=False)
    assert job.state == "running"
    while (job := await wiki.import_job(job.id)).state == "running":  # noqa: ASYNC110  (there is nothing else to ask)
        await asyncio.sleep(0.05)
    assert (job.state, job.counts.created) == ("succeeded", 2_000)
    names = [record.keyword async for record in wiki.export() if record.keyword.startswith("bulk")]
    assert names == [f"bulk {number:05}" for number in range(2_000)]


async def test_a_file_that_is_not_there_is_not_sent(wiki: WikiClient, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await wiki.import_file(tmp_path / "missing.ndjson")


async def test_nobody_is_there(server: Server) -> None:
    async with WikiClient("http://127.0.0.1:1", max_retries=0) as wiki:
        with pytest.raises(genba_client.ApiConnectionError) as refused:
            await wiki.stats()
    assert not refused.value.sent


async def test_who_watches_sees_every_change_once_across_a_restart_of_the_wiki(tmp_path: Path) -> None:
    with wiki_server(tmp_path / "data") as server:
        async with WikiClient(server.url, api_key=server.admin) as wiki:
            start = (await wiki.save_entry("before", description="Before anybody watches.")).seq
            seen: list[Change] = []

            async def watch() -> None:
                async for change in wiki.watch(since=start):
                    seen.append(change)  # noqa: PERF401  (it is looked at meanwhile)

            watching = asyncio.create_task(watch())
            await wiki.save_entry("doors", description="They open.")
            await until(lambda: len(seen) == 1)
            await asyncio.to_thread(server.service.restart)
            for number in range(50):
                await wiki.save_entry(f"act {number}", description="On stage.")
            await wiki.star("doors")
            await wiki.edit_entry("doors", rename_to="doors open")
            await until(lambda: len(seen) >= 52)
            listed = [change async for change in wiki.changes(since=start)]
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    assert seen == listed
    assert [change.keyword for change in seen] == ["doors", *(f"act {number}" for number in range(50)), "doors open"]


async def test_who_watches_from_now_on_sees_nothing_that_was_before(server: Server, wiki: WikiClient) -> None:
    await wiki.save_entry("yesterday", description="It is over.")
    changes = wiki.watch()
    first = asyncio.ensure_future(anext(changes))
    number = 0
    while not first.done():  # it watches from the moment on at which it is connected
        number += 1
        await wiki.save_entry(f"tomorrow {number}", description="It comes.")
        await asyncio.sleep(0.02)
    assert first.result().keyword.startswith("tomorrow")
    await changes.aclose()
