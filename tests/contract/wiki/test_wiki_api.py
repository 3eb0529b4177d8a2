"""What the REST API says beside its bodies: statuses, tags, places, seqs; and its stream of events, byte by byte."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.wiki.wiki_world import Server, World, wiki_server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(world.app)
    credentials = {"Authorization": f"Bearer {world.admin}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://wiki.test", headers=credentials) as client:
        yield client


async def save(http: httpx.AsyncClient, keyword: str, text: str = "text", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.put(f"/v1/entries/{keyword}", json={"description": text}, headers=named)


async def test_what_is_new_has_a_place_and_what_was_there_has_none(http: httpx.AsyncClient) -> None:
    made = await save(http, "a%2Fb%3F")
    assert (made.status_code, made.headers["Location"]) == (201, "/v1/entries/a%2Fb%3F")
    assert (await http.get(made.headers["Location"])).json()["keyword"] == "a/b?"
    again = await save(http, "a%2Fb%3F", "other")
    assert (again.status_code, again.headers.get("Location")) == (200, None)


async def test_saving_the_same_again_is_a_revision_that_puts_the_entry_first(http: httpx.AsyncClient) -> None:
    first = (await save(http, "same")).json()
    await save(http, "newer")
    second = (await save(http, "same")).json()
    assert (second["revision"], second["description"]) == (first["revision"] + 1, first["description"])
    newest = (await http.get("/v1/entries?limit=2")).json()["items"]
    assert [entry["keyword"] for entry in newest] == ["same", "newer"]


async def test_a_write_answers_with_the_tag_that_a_read_has(http: httpx.AsyncClient) -> None:
    written = await save(http, "tagged")
    read = await http.get("/v1/entries/tagged")
    assert written.headers["ETag"] == read.headers["ETag"] == written.json()["etag"] == read.json()["etag"]
    assert (await save(http, "tagged", "x", If_Match=read.headers["ETag"])).status_code == 200
    assert (await save(http, "tagged", "y", If_Match=read.headers["ETag"])).status_code == 412


async def test_a_star_changes_the_tag_for_readers_and_stops_no_writer(http: httpx.AsyncClient) -> None:
    before = (await save(http, "starred")).headers["ETag"]
    assert (await http.put("/v1/entries/starred/star")).status_code == 204
    read = await http.get("/v1/entries/starred", headers={"If-None-Match": before})
    assert (read.status_code, read.json()["stars"]) == (200, 1)
    assert (await save(http, "starred", "x", If_Match=before)).status_code == 200


async def test_a_new_link_changes_the_tag_of_the_linked_text_and_not_of_the_text(http: httpx.AsyncClient) -> None:
    await save(http, "mentioning", "the pyrotechnics")
    text = (await http.get("/v1/entries/mentioning")).headers["ETag"]
    linked = (await http.get("/v1/entries/mentioning?include=html")).headers["ETag"]
    await save(http, "pyrotechnics")
    assert (await http.get("/v1/entries/mentioning", headers={"If-None-Match": text})).status_code == 304
    answer = await http.get("/v1/entries/mentioning?include=html", headers={"If-None-Match": linked})
    assert answer.json()["html"] == 'the <a href="/keyword/pyrotechnics">pyrotechnics</a>'
    assert (await save(http, "mentioning", "x", If_Match=linked)).status_code == 200


@pytest.mark.parametrize("form", ["{}", "W/{}", ' "0.0" , {}', '"a,b", {}, "9.9"'])
async def test_a_tag_counts_in_a_list_and_when_a_proxy_made_it_weak(http: httpx.AsyncClient, form: str) -> None:
    await save(http, "listed", f"for {form}")
    tag = (await http.get("/v1/entries/listed")).headers["ETag"]
    assert (await save(http, "listed", f"from {form}", If_Match=form.format(tag))).status_code == 200


async def test_an_asterisk_asks_whether_there_is_an_entry_at_all(http: httpx.AsyncClient) -> None:
    assert (await save(http, "asterisk", If_Match="*")).status_code == 412
    assert (await save(http, "asterisk", If_None_Match="*")).status_code == 201
    assert (await save(http, "asterisk", "x", If_Match="*")).status_code == 200
    assert (await save(http, "asterisk", "y", If_None_Match="*")).status_code == 412


async def test_every_answer_tells_its_seq_and_a_later_one_is_no_older(http: httpx.AsyncClient) -> None:
    written = await save(http, "numbered")
    seq = int(written.headers["Genba-Seq"])
    assert seq == written.json()["seq"]
    for path in ("/v1/stats", "/v1/entries", "/v1/changes", "/v1/search?q=x", "/v1/export", "/v1/users/me"):
        answer = await http.get(path, headers={"Genba-Seq": str(seq)})
        assert int(answer.headers["Genba-Seq"]) >= seq, path
    ahead = await http.get("/v1/stats", headers={"Genba-Seq": str(2**62)})
    assert ahead.status_code == 200, "what no log knows of is not waited for"


async def test_a_keyword_that_is_an_alias_becomes_an_entry_of_its_own_when_it_is_saved(http: httpx.AsyncClient) -> None:
    await http.put("/v1/entries/owner", json={"description": "x", "aliases": ["borrowed"]})
    assert (await save(http, "borrowed")).status_code == 201
    assert (await http.get("/v1/entries/owner")).json()["aliases"] == []


async def test_a_revoked_key_and_a_lost_role_count_from_the_next_request_on(
    world: World, http: httpx.AsyncClient
) -> None:
    made = (await http.post("/v1/api-keys", json={"name": "short", "role": "editor"})).json()
    other = {"Authorization": f"Bearer {made['key']}"}
    assert (await http.get("/v1/users/me", headers=other)).status_code == 200
    assert (await http.delete(f"/v1/api-keys/{made['id']}")).status_code == 204
    assert (await http.get("/v1/users/me", headers=other)).status_code == 401

    writer = {"Authorization": f"Bearer {world.editor}"}
    assert (await http.put("/v1/users/writer/role", json={"role": "reader"})).status_code == 204
    assert (await http.put("/v1/entries/x", json={"description": "x"}, headers=writer)).status_code == 403
    assert (await http.put("/v1/users/writer/role", json={"role": "editor"})).status_code == 204


async def test_secrets_are_shown_once_and_kept_by_no_cache(http: httpx.AsyncClient) -> None:
    made = await http.post("/v1/api-keys", json={"name": "secret", "role": "reader"})
    assert made.headers["Cache-Control"] == "no-store"
    listed = await http.get("/v1/api-keys")
    assert made.json()["key"] not in listed.text
    assert listed.headers["Cache-Control"].startswith("private")
    await http.post("/v1/users", json={"name": "late", "password": "p"})
    opened = await http.post("/v1/sessions", json={"name": "late", "password": "p"})
    assert opened.headers["Cache-Control"] == "no-store"
    assert "httponly" in opened.headers["Set-Cookie"].lower()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with wiki_server(tmp_path_factory.mktemp("wiki")) as running:
        yield running


@asynccontextmanager
async def stream(server: Server, path: str = "", **headers: str) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    """Events of the stream as they come, each as its fields."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def events(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
        event: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, colon, value = line.partition(": ")
            if colon:
                event[name] = value
            elif event and not line:
                yield event
                event = {}

    async with (
        httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=20) as client,
        client.stream("GET", f"/v1/changes/stream{path}", headers=named) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        assert int(answer.headers["Genba-Seq"]) >= 0
        yield events(answer)


async def write(server: Server, keyword: str) -> int:
    credentials = {"Authorization": f"Bearer {server.admin}"}
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, headers=credentials) as client:
        saved = await save(client, keyword)
    seq: int = saved.json()["seq"]
    return seq


async def test_the_stream_tells_each_change_with_its_seq_as_id(server: Server) -> None:
    before = await write(server, "before")
    async with stream(server) as events:
        seqs = [await write(server, f"during {number}") for number in range(3)]
        told = [await anext(events) for _ in seqs]
    assert [event["event"] for event in told] == ["change"] * 3
    assert [int(event["id"]) for event in told] == seqs
    changes: list[dict[str, Any]] = [json.loads(event["data"]) for event in told]
    assert [(change["keyword"], change["seq"]) for change in changes] == list(
        zip(("during 0", "during 1", "during 2"), seqs, strict=True)
    )
    assert before < seqs[0]


async def test_the_stream_goes_on_where_a_reader_was_cut_off(server: Server) -> None:
    seqs = [await write(server, f"missed {number}") for number in range(3)]
    async with stream(server, Last_Event_ID=str(seqs[0])) as events:
        assert [int((await anext(events))["id"]) for _ in range(2)] == seqs[1:]
    async with stream(server, f"?since={seqs[1]}") as events:
        assert int((await anext(events))["id"]) == seqs[2]
    async with stream(server, "?since=0", Last_Event_ID=str(seqs[1])) as events:
        assert int((await anext(events))["id"]) == seqs[2], "what a browser sends by itself is newer than its address"


async def test_many_read_the_stream_at_once(server: Server) -> None:
    async with stream(server) as first, stream(server) as second, stream(server) as third:
        seq = await write(server, "for all")
        assert [int((await anext(events))["id"]) for events in (first, second, third)] == [seq] * 3


async def test_a_wiki_that_stops_ends_its_streams(tmp_path: Path) -> None:
    with wiki_server(tmp_path / "data") as server:
        async with stream(server) as events:
            seq = await write(server, "the last")
            assert int((await anext(events))["id"]) == seq
            assert server.service.stop() in {0, -15}
            assert [event async for event in events] == []
