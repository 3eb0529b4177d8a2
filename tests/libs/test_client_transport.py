"""How the client sends: paths, headers, retries, deadlines and broken connections, over real sockets."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, Response

import genba_client
from genba_client import WikiClient
from genba_client._aiohttp import PlainAiohttpTransport
from libs.client_servers import ENTRY, STATS, Flaky, refusal, uvicorn_server


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[Flaky, str]]:
    app = Flaky()
    with uvicorn_server(app) as url:
        yield app, url


@pytest.fixture
def app(shared: tuple[Flaky, str]) -> Flaky:
    app, _ = shared
    app.__init__()  # type: ignore[misc]  # as new, on the same port
    return app


@pytest.fixture
def url(shared: tuple[Flaky, str]) -> str:
    return shared[1]


async def test_keywords_arrive_byte_for_byte(app: Flaky, url: str) -> None:
    app.body = ENTRY
    keywords = {
        ".": "%2E",
        "..": "%2E%2E",
        "...": "...",
        "a/b": "a%2Fb",
        "a//b": "a%2F%2Fb",
        "/": "%2F",
        "%": "%25",
        "%2F": "%252F",
        "%2E%2E": "%252E%252E",
        "?": "%3F",
        "#": "%23",
        "a+b c": "a%2Bb%20c",
        "a;b=c&d": "a%3Bb%3Dc%26d",
        "🎸": "%F0%9F%8E%B8",
        "館": "%E9%A4%A8",
        '|^`{}"<>\\': "%7C%5E%60%7B%7D%22%3C%3E%5C",
        "http://x/": "http%3A%2F%2Fx%2F",
    }
    async with WikiClient(url) as wiki:
        for keyword in keywords:
            await wiki.entry(keyword)
    assert app.paths() == [f"/v1/entries/{segment}" for segment in keywords.values()]


async def test_the_segment_before_two_dots_is_not_dropped(app: Flaky, url: str) -> None:
    app.body = {"number": 3, "keyword": "..", "author": "x", "at": "2026-04-11T08:00:00Z", "operation": "save"}
    async with WikiClient(url) as wiki:
        assert (await wiki.revision("..", number=3)).number == 3
    assert app.paths() == ["/v1/entries/%2E%2E/revisions/3"]


async def test_a_query_says_what_was_meant(app: Flaky, url: str) -> None:
    app.body = {"query": "x", "items": []}
    async with WikiClient(url) as wiki:
        assert [hit async for hit in wiki.search("a&b=c #+%2F 館", limit=3)] == []
    assert dict(httpx.QueryParams(app.seen[0].query)) == {"q": "a&b=c #+%2F 館", "limit": "3"}


async def test_a_wiki_below_a_path_is_called_there(app: Flaky, url: str) -> None:
    async with WikiClient(f"{url}/team/wiki/") as wiki:
        await wiki.stats()
    assert app.paths() == ["/team/wiki/v1/stats"]


async def test_calls_one_after_the_other_share_a_connection(app: Flaky, url: str) -> None:
    async with WikiClient(url) as wiki:
        for _ in range(20):
            await wiki.stats()
    assert len(app.connections) == 1


async def test_a_key_goes_as_bearer_and_a_session_as_the_cookie(app: Flaky, url: str) -> None:
    async with WikiClient(url, api_key="gk_secret") as wiki:
        await wiki.stats()
        assert "secret" not in repr(wiki)
    async with WikiClient(url, session_token="token1") as wiki:
        await wiki.stats()
    async with WikiClient(url) as wiki:
        await wiki.stats()
    key, session, nobody = app.seen
    assert key.headers["authorization"] == "Bearer gk_secret"
    assert session.headers["cookie"] == "wiki_session=token1"
    assert not {"authorization", "cookie"} & nobody.headers.keys()


async def test_a_cookie_of_an_answer_is_not_sent_back(app: Flaky, url: str) -> None:
    app.answers = [JSONResponse(STATS, headers={"Set-Cookie": "wiki_session=someone; Path=/"})]
    async with WikiClient(url) as wiki:
        await wiki.stats()
        await wiki.stats()
    assert "cookie" not in app.seen[1].headers


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key": "gk_x", "session_token": "y"},
        {"transport": httpx.ASGITransport(Flaky()), "http_client": httpx.AsyncClient()},
        {"base_url": "redis://127.0.0.1"},
        {"base_url": "127.0.0.1:8001"},
    ],
    ids=["two credentials", "two transports", "not http", "no scheme"],
)
def test_arguments_that_contradict_each_other_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not both|no http or https"):
        WikiClient(**arguments)


async def test_the_newest_seq_that_was_seen_is_asked_for(app: Flaky, url: str) -> None:
    app.answers = [JSONResponse(STATS, headers={"Genba-Seq": seq}) for seq in ("7", "12", "9", "many")]
    async with WikiClient(url) as wiki:
        assert wiki.seq == 0
        for _ in range(5):
            await wiki.with_options(max_retries=0).stats()
        assert wiki.seq == 12
    assert [seen.headers.get("genba-seq") for seen in app.seen] == [None, "7", "12", "12", "12"]


async def test_a_refused_write_teaches_its_seq_too(app: Flaky, url: str) -> None:
    app.answers = [refusal(412, Genba_Seq="31")]
    async with WikiClient(url) as wiki:
        with pytest.raises(genba_client.PreconditionFailedError):
            await wiki.create_entry("encore", description="x")
        assert wiki.seq == 31


async def test_the_request_id_of_what_is_being_done_is_passed_on(app: Flaky, url: str) -> None:
    given = iter(["render-1", None, "not\r\nallowed: x", "render-2"])
    app.answers = [JSONResponse(STATS), JSONResponse(STATS), JSONResponse(STATS), refusal(503)]
    async with WikiClient(url, request_id=lambda: next(given)) as wiki:
        for _ in range(4):
            await wiki.stats()
    ids = [seen.headers["x-request-id"] for seen in app.seen]
    assert ids[0] == "render-1"
    assert all(len(new) == 32 for new in ids[1:3])
    assert ids[3:] == ["render-2", "render-2"], "the attempts of one call have one id"


async def test_a_file_that_cannot_be_read_is_an_error_of_its_own(app: Flaky, url: str, tmp_path: Any) -> None:
    async with WikiClient(url) as wiki:
        with pytest.raises(FileNotFoundError):
            await wiki.import_file(tmp_path / "absent.ndjson")


async def test_an_answer_that_is_no_contract_is_an_error_of_its_own(app: Flaky, url: str) -> None:
    app.answers = [Response("<h1>Welcome to the hotel</h1>", media_type="text/html")]
    async with WikiClient(url) as wiki:
        with pytest.raises(genba_client.ApiResponseError, match="no WikiStats") as wrong:
            await wiki.stats()
    assert wrong.value.response.status_code == 200


async def test_a_redirect_is_not_followed_with_the_key(app: Flaky, url: str) -> None:
    app.answers = [Response(status_code=307, headers={"Location": f"{url}/elsewhere"})]
    async with WikiClient(url, api_key="gk_secret") as wiki:
        with pytest.raises(genba_client.ApiStatusError) as refused:
            await wiki.stats()
    assert refused.value.status == 307
    assert app.paths() == ["/v1/stats"]


async def test_many_calls_at_once_wait_for_the_pool(app: Flaky, url: str) -> None:
    app.delay = 0.01
    async with WikiClient(url) as wiki:
        answers = await asyncio.gather(*(wiki.stats() for _ in range(250)))
    assert len(answers) == len(app.seen) == 250
    assert len(app.connections) <= 100


async def test_a_full_pool_is_a_timeout_before_sending(app: Flaky, url: str) -> None:
    app.delay = 0.6
    transport = PlainAiohttpTransport(limits=httpx.Limits(max_connections=1))
    timeout = httpx.Timeout(connect=0.05, read=5, write=5, pool=0.05)
    async with WikiClient(url, transport=transport, timeout=timeout, max_retries=0) as wiki:
        first = asyncio.create_task(wiki.stats())
        await asyncio.sleep(0.1)
        with pytest.raises(genba_client.ApiTimeoutError) as full:
            await wiki.stats()
        await first
    assert not full.value.sent


async def test_another_httpx_client_is_used_and_left_open(app: Flaky, url: str) -> None:
    async with httpx.AsyncClient(headers={"X-Team": "stage"}) as http:
        async with WikiClient(url, http_client=http) as wiki:
            await wiki.stats()
        assert (await http.get(url)).is_success
    assert app.seen[0].headers["x-team"] == "stage"


async def test_an_application_in_the_same_process_is_called_without_a_socket() -> None:
    app = Flaky(answers=[refusal(503)])
    async with WikiClient("http://wiki.test", transport=httpx.ASGITransport(app)) as wiki:
        assert (await wiki.stats()).entries == 1
    assert app.paths() == ["/v1/stats", "/v1/stats"]


async def test_a_closed_client_says_so(url: str) -> None:
    wiki = WikiClient(url)
    await wiki.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await wiki.stats()
