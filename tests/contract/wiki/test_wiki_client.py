"""The typed client against the real wiki, in one process: every call does what it says."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

import genba_client
from contract.wiki.wiki_world import World, wiki_world
from genba_client import WikiClient
from genba_contracts.wiki import LinkFailure, LinkLine, LinkOptions, LinkResult
from wiki_helpers import PASSWORD

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with wiki_world(tmp_path_factory.mktemp("wiki")) as made:
        yield made


@pytest.fixture
def wiki(world: World) -> WikiClient:
    return world.client(world.editor)


@pytest.fixture
def admin(world: World) -> WikiClient:
    return world.client(world.admin)


def test_every_call_of_the_client_is_made_here_or_over_a_socket() -> None:
    calls = {name for name in vars_of(WikiClient) if not name.startswith("_")} - {"aclose", "seq_header"}
    assert len(calls) > 35
    written = "".join(file.read_text() for file in Path(__file__).parent.glob("test_wiki_client*.py"))
    assert [name for name in sorted(calls) if not re.search(rf"\.{name}\b", written)] == []


def vars_of(kind: type) -> set[str]:
    return {name for base in kind.__mro__[:-1] for name in vars(base)}


async def test_an_entry_is_created_read_replaced_edited_deleted_and_brought_back(wiki: WikiClient) -> None:
    made = await wiki.create_entry("load-in", description="Gear comes in.", aliases=["get-in"], summary="first")
    assert (made.keyword, made.author, made.revision, made.aliases) == ("load-in", "writer", 1, ("get-in",))
    assert made.seq == wiki.seq

    assert await wiki.entry("load-in") == await wiki.entry("get-in")
    assert (await wiki.entry("load-in")).etag == made.etag

    saved = await wiki.save_entry("load-in", description="Gear comes in at noon.", if_match=made.etag)
    assert (saved.revision, saved.aliases, saved.created_at) == (2, (), made.created_at)

    edited = await wiki.edit_entry("load-in", aliases=["get-in", "bump-in"], if_match=saved.etag)
    assert (edited.description, edited.aliases) == ("Gear comes in at noon.", ("bump-in", "get-in"))

    await wiki.delete_entry("load-in", if_match=edited.etag)
    with pytest.raises(genba_client.NotFoundError):
        await wiki.entry("get-in")
    back = await wiki.undelete_entry("load-in")
    assert (back.description, back.created_at) == ("Gear comes in at noon.", made.created_at)
    assert back.revision > edited.revision
    assert back.aliases == (), "a deleted entry's aliases are free for others at once"


async def test_a_write_from_an_older_state_is_refused_and_changes_nothing(wiki: WikiClient) -> None:
    first = await wiki.create_entry("rider", description="What the band asks for.")
    second = await wiki.save_entry("rider", description="What the band asks for, in writing.")
    for write in (
        wiki.save_entry("rider", description="lost", if_match=first.etag),
        wiki.edit_entry("rider", description="lost", if_match=first.etag),
        wiki.edit_entry("rider", rename_to="lost", if_match=first.etag),
        wiki.edit_entry("rider", aliases=["lost"], if_match=first.etag),
        wiki.delete_entry("rider", if_match=first.etag),
        wiki.delete_entry("rider", if_match="not a tag at all"),
        wiki.create_entry("rider", description="lost"),
    ):
        with pytest.raises(genba_client.PreconditionFailedError) as refused:
            await write
        assert refused.value.problem is not None
        assert refused.value.problem.type == "urn:genba:problem:entry-changed"
    assert await wiki.entry("rider") == second


async def test_links_follow_a_new_keyword_at_once(wiki: WikiClient) -> None:
    await wiki.save_entry("monitor", description="A wedge on the stage.")
    await wiki.save_entry("mixer", description="It feeds the monitor, or the floor wedge.")
    assert (await wiki.entry("mixer", html=True)).html == (
        'It feeds the <a href="/keyword/monitor">monitor</a>, or the floor wedge.'
    )
    await wiki.edit_entry("monitor", rename_to="floor wedge", keep_alias=False)
    assert (await wiki.entry("mixer", html=True)).html == (
        'It feeds the monitor, or the <a href="/keyword/floor%20wedge">floor wedge</a>.'
    )
    assert (await wiki.entry("mixer")).html is None


async def test_long_lists_come_whole_and_in_order_however_short_the_pages(wiki: WikiClient) -> None:
    words = [f"流し {number:03}" for number in range(103)]
    for word in words:
        await wiki.save_entry(word, description="演目の一つ。")
    for limit in (None, 1, 50, 103, 500):
        listed = wiki.entries(prefix="流し", limit=limit)
        assert [entry.keyword async for entry in listed] == words
    assert [entry.keyword async for entry in listed] == words, "a list can be asked for again"

    newest = [entry.seq async for entry in wiki.entries(limit=20)]
    assert newest == sorted(newest, reverse=True)
    assert len(newest) == (await wiki.stats()).entries
    sizes = [len(page.items) async for page in wiki.entries(prefix="流し", limit=50).pages()]
    assert sizes == [50, 50, 3]


async def test_history_is_listed_compared_and_restored(wiki: WikiClient) -> None:
    for number in range(1, 106):
        await wiki.save_entry("set list", description=f"opening\nsong {number}\nencore", summary=f"take {number}")
    listed = [revision async for revision in wiki.revisions("set list", limit=25)]
    assert [revision.number for revision in listed] == list(range(105, 0, -1))
    assert {revision.description for revision in listed} == {None}

    second = await wiki.revision("set list", number=2)
    assert (second.description, second.summary, second.author) == ("opening\nsong 2\nencore", "take 2", "writer")

    diff = await wiki.diff("set list", number=105)
    assert (diff.against, diff.number, diff.inserted, diff.deleted) == (104, 105, 1, 1)
    assert [(line.operation, line.text) for line in diff.lines] == [
        ("equal", "opening"),
        ("delete", "song 104"),
        ("insert", "song 105"),
        ("equal", "encore"),
    ]
    assert (await wiki.diff("set list", number=2, against=2)).inserted == 0

    restored = await wiki.restore("set list", number=2, summary="as it was played")
    assert (restored.description, restored.revision) == ("opening\nsong 2\nencore", 106)
    assert (await wiki.revision("set list", number=106)).summary == "as it was played"


async def test_stars_are_given_once_counted_and_taken_back(world: World, wiki: WikiClient) -> None:
    await wiki.save_entry("lighter", description="Held up in ballads.")
    reader = world.client(world.reader)
    await wiki.star("lighter")
    await reader.star("lighter")
    await reader.star("lighter")
    stars = await wiki.stars("lighter")
    assert ([star.user for star in stars.items], stars.count) == (["writer", "guest"], 2)
    assert (await wiki.entry("lighter")).stars == 2
    await wiki.unstar("lighter")
    await wiki.unstar("lighter")
    assert [star.user for star in (await wiki.stars("lighter")).items] == ["guest"]


async def test_what_links_where_is_found_before_and_after_there_is_an_entry(wiki: WikiClient) -> None:
    for number in range(105):
        await wiki.save_entry(f"rehearsal {number}", description="楽屋弁当 and again 楽屋弁当.")
    mentions = [mention async for mention in wiki.mentions("楽屋弁当", limit=10)]
    assert len(mentions) == 105
    assert {(mention.mentions, mention.snippet) for mention in mentions} == {(2, "楽屋弁当 and again 楽屋弁当.")}
    assert [page.exists async for page in wiki.mentions("楽屋弁当", limit=500).pages()] == [False]

    await wiki.save_entry("楽屋弁当", description="Eaten before rehearsal 7.", aliases=["弁当"])
    backlinks = [link async for link in wiki.backlinks("弁当", limit=50)]
    assert [link.keyword for link in backlinks] == [mention.keyword for mention in mentions]
    assert backlinks[0].url == "/keyword/rehearsal%20104"

    related = await wiki.related("楽屋弁当", limit=3)
    assert len(related.items) == 3
    closest = related.items[0]
    assert (closest.keyword, closest.mentioned, closest.mentions) == ("rehearsal 7", 1, 2)


async def test_search_finds_every_word_and_says_where(wiki: WikiClient) -> None:
    for number in range(105):
        await wiki.save_entry(f"curfew {number:03}", description="The neighbours' BEDTIME 消灯 ends the show.")
    hits = [hit async for hit in wiki.search("bedtime 消灯", limit=20)]
    assert sorted(hit.keyword for hit in hits) == [f"curfew {number:03}" for number in range(105)]
    shown = [hits[0].snippet[span.start : span.end] for span in hits[0].highlights]
    assert shown == ["BEDTIME", "消灯"]
    assert [hit async for hit in wiki.search("no such words here")] == []


async def test_a_text_is_linked_with_offsets_in_code_points(wiki: WikiClient) -> None:
    await wiki.save_entry("武道館", description="会場の一つ。", aliases=["Budokan"])
    linked = await wiki.link("🎸😀 来週は武道館 <3")
    assert linked.html == '🎸😀 来週は<a href="/keyword/%E6%AD%A6%E9%81%93%E9%A4%A8">武道館</a> &lt;3'
    assert [(span.start, span.end, span.surface, span.keyword) for span in linked.spans] == [(6, 9, "武道館", "武道館")]
    assert linked.seq == wiki.seq

    options = LinkOptions(format="markdown", ignore_case=True, first_only=True, whole_words=True)
    linked = await wiki.link("`Budokan` BUDOKAN budokan Budokans", options=options)
    assert linked.html == "`Budokan` [BUDOKAN](/keyword/%E6%AD%A6%E9%81%93%E9%A4%A8) budokan Budokans"


async def test_many_texts_are_linked_in_one_stream_and_a_bad_one_harms_no_other(wiki: WikiClient) -> None:
    await wiki.save_entry("encore", description="Once more.")
    texts: list[str | LinkLine] = [f"encore {number}" for number in range(200)]
    texts[100] = LinkLine(id="raw", text="<b>encore</b>", format="html", limit=0)
    texts[150] = "あ" * 1_000_000  # three times what a line may have
    results = [result async for result in wiki.link_many(texts, options=LinkOptions(min_length=2))]
    assert [result.line for result in results] == list(range(1, 201))
    failed = results.pop(150)
    assert isinstance(failed, LinkFailure)
    assert failed.error == "the line is longer than 1,048,576 bytes"
    assert all(isinstance(result, LinkResult) for result in results)
    named = results[100]
    assert isinstance(named, LinkResult)
    assert (named.id, named.html) == ("raw", "<b>encore</b>")
    last = results[-1]
    assert isinstance(last, LinkResult)
    assert last.html == '<a href="/keyword/encore">encore</a> 199'


async def test_spam_is_named_before_it_is_posted_and_refused_when_it_is(wiki: WikiClient) -> None:
    advert = "入金不要ボーナス! Visit http://casino.example/"
    verdict = await wiki.check_spam(advert, keyword="ボーナス")
    assert verdict.spam
    assert {reason.rule for reason in verdict.reasons} >= {"word"}
    with pytest.raises(genba_client.UnprocessableError, match="spam") as refused:
        await wiki.save_entry("ボーナス", description=advert)
    assert refused.value.problem is not None
    assert refused.value.problem.type == "urn:genba:problem:spam"
    assert not (await wiki.check_spam("A quiet evening.")).spam


async def test_changes_are_listed_from_any_point_on(wiki: WikiClient) -> None:
    start = wiki.seq or (await wiki.stats()).seq
    await wiki.save_entry("curtain", description="It falls.")
    await wiki.edit_entry("curtain", rename_to="final curtain")
    await wiki.star("final curtain")
    await wiki.delete_entry("final curtain")
    changes = [change async for change in wiki.changes(since=start, limit=1)]
    assert [change.operation for change in changes] == ["save", "rename", "delete"]
    renamed = changes[1]
    assert (renamed.previous_keyword, renamed.keyword, renamed.aliases, renamed.live) == (
        "curtain",
        "final curtain",
        ("curtain",),
        True,
    )
    assert not changes[2].live
    everything = [change.seq async for change in wiki.changes(limit=100)]
    assert everything == sorted(set(everything))
    pages = [page async for page in wiki.changes(since=everything[-1]).pages()]
    assert [page.items for page in pages] == [[]]


async def test_an_import_takes_good_lines_names_bad_ones_and_changes_nothing_twice(
    admin: WikiClient, tmp_path: Path
) -> None:
    file = tmp_path / "entries.ndjson.gz"
    lines = [
        '{"keyword": "merch", "description": "Shirts.", "aliases": ["goods"], "author": "梅田"}',
        '{"keyword": "bad\\u0000", "description": "x"}',
        "no json",
        "",
        '{"keyword": "lost property", "description": "Mostly umbrellas.", "updated_at": "2026-04-18T09:30:00Z"}',
        '{"keyword": "\\ud800", "description": "x"}',
    ]
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    job = await admin.import_file(file)
    assert (job.state, job.format, job.error) == ("succeeded", "ndjson", None)
    assert (job.counts.created, job.counts.rejected) == (2, 3)
    assert [line.line for line in job.rejected] == [2, 3, 6]
    assert await admin.import_job(job.id) == job

    merch = await admin.entry("goods")
    assert (merch.keyword, merch.author) == ("merch", "梅田")
    again = await admin.import_file(file)
    assert (again.counts.created, again.counts.updated, again.counts.unchanged) == (0, 0, 2)
    assert await admin.entry("goods") == merch


async def test_a_mediawiki_dump_is_imported_with_its_redirects(admin: WikiClient, tmp_path: Path) -> None:
    dump = tmp_path / "dump.xml"
    dump.write_text(
        "<mediawiki>"
        "<page><title>通し稽古</title><ns>0</ns><revision><text>本番どおりに'''通す'''。</text></revision></page>"
        '<page><title>ゲネプロ</title><ns>0</ns><redirect title="通し稽古"/>'
        "<revision><text>#REDIRECT [[通し稽古]]</text></revision></page>"
        "<page><title>Talk:通し稽古</title><ns>1</ns><revision><text>?</text></revision></page>"
        "</mediawiki>",
        "utf-8",
    )
    job = await admin.import_file(dump)
    assert (job.state, job.format, job.counts.created) == ("succeeded", "mediawiki", 1)
    assert (await admin.entry("ゲネプロ")).keyword == "通し稽古"

    dump.write_text("<mediawiki><page><title>cut", "utf-8")
    job = await admin.import_file(dump, kind="mediawiki")
    assert job.state == "failed"
    assert job.error


async def test_what_is_exported_can_be_imported_elsewhere(admin: WikiClient, tmp_path: Path) -> None:
    await admin.save_entry("round trip", description="Tab\t, line\nend, 😀 and <&>\u2028.", aliases=["往復", "a/b?c#d"])
    records = [record async for record in admin.export()]
    assert len(records) == (await admin.stats()).entries
    file = tmp_path / "all.ndjson"
    file.write_text("".join(record.model_dump_json() + "\n" for record in records), "utf-8")
    async with wiki_world(tmp_path / "other") as other:
        job = await other.client(other.admin).import_file(file)
        assert (job.counts.created, job.counts.rejected) == (len(records), 0)
        assert [record async for record in other.client().export()] == records


async def test_people_register_log_in_and_out_and_get_other_roles(world: World, admin: WikiClient) -> None:
    person = world.client()
    user = await person.register("a/b ..", password=PASSWORD)
    assert (user.name, user.role) == ("a/b ..", "editor")
    session = await person.log_in("a/b ..", password=PASSWORD)
    assert session.user == user
    assert await person.me() == user

    await admin.set_role("a/b ..", role="reader")
    assert (await person.me()).role == "reader"
    with pytest.raises(genba_client.PermissionDeniedError):
        await person.save_entry("x", description="x")

    await person.log_out()
    with pytest.raises(genba_client.AuthenticationError):
        await person.me()
    revoked = WikiClient("http://wiki.test", session_token=session.token, http_client=world.http)
    with pytest.raises(genba_client.AuthenticationError):
        await revoked.me()


async def test_api_keys_are_made_listed_and_revoked(world: World) -> None:
    person = world.client()
    await person.register("keeper", password=PASSWORD)
    await person.log_in("keeper", password=PASSWORD)
    made = await person.create_api_key("夜間の取り込み", role="reader")
    assert made.key.startswith(made.prefix)
    program = world.client(made.key)
    assert (await program.me()).name == "keeper"
    (listed,) = await person.api_keys()
    assert (listed.id, listed.name, listed.role) == (made.id, "夜間の取り込み", "reader")
    with pytest.raises(genba_client.PermissionDeniedError):
        await person.create_api_key("above me", role="admin")
    await person.revoke_api_key(made.id)
    assert await person.api_keys() == []
    with pytest.raises(genba_client.AuthenticationError):
        await program.me()


async def test_an_answer_knows_of_what_an_earlier_one_knew(world: World) -> None:
    sent: list[str | None] = []

    async def note(request: httpx.Request) -> None:
        sent.append(request.headers.get("Genba-Seq"))

    transport = httpx.ASGITransport(world.app)
    async with httpx.AsyncClient(transport=transport, event_hooks={"request": [note]}) as http:
        wiki = WikiClient("http://wiki.test", api_key=world.editor, http_client=http)
        entry = await wiki.save_entry("read your writes", description="At once.")
        await wiki.with_options(max_retries=0).entry("read your writes")
        await wiki.star("read your writes")
        starred = wiki.seq
        await wiki.stats()
    assert sent == [None, str(entry.seq), str(entry.seq), str(starred)]
    assert starred > entry.seq
