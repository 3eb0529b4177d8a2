"""What every request passes through: ids, limits, headers, the origin check, prepared answers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Scope

from genba_servicekit.app import GenbaApp, build_app
from genba_servicekit.errors import TooManyRequests
from genba_servicekit.logging import request_id_var
from genba_servicekit.middleware import (
    HEADERS_KEY,
    PAGE_POLICY,
    SECURITY_HEADERS,
    BodyLimits,
    Prepared,
    cross_site,
    not_modified,
    prepare,
)
from genba_servicekit.settings import ServiceSettings
from genba_servicekit.testing import app_client

LIMIT = 1000
PAGE = prepare(b"<p>page</p>", headers=[("ETag", '"1"'), ("Cache-Control", "no-cache"), ("X-Of-Its-Own", "1")])
router = APIRouter()


@router.post("/echo")
@router.post("/uploads/echo")
async def echo(request: Request) -> Response:
    return Response(await request.body(), media_type="application/octet-stream")


@router.get("/id")
async def own_id() -> dict[str, str]:
    return {"id": request_id_var.get()}


@router.get("/own-policy")
async def own_policy() -> Response:
    return Response("x", headers={"content-security-policy": "default-src 'none'"})


@router.get("/stream")
async def stream() -> Response:
    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"more"

    return StreamingResponse(forever())


@router.get("/half")
async def half() -> Response:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"half"
        raise OSError("the disk is gone")

    return StreamingResponse(breaks())


def hot(scope: Scope) -> Prepared | None:
    if scope["path"] == "/limited":
        raise TooManyRequests
    if scope["path"] == "/broken":
        raise ValueError("a bug")
    if scope["path"] == "/page" and scope[HEADERS_KEY].get(b"if-none-match") == b'"1"':
        return not_modified(PAGE)
    return PAGE if scope["path"] == "/page" else None


async def hot_later(scope: Scope) -> Prepared | None:
    return hot(scope)


@pytest.fixture
def app() -> GenbaApp:
    settings = ServiceSettings(body_limit=LIMIT, access_log=False, public_url="https://wiki.example.org")
    return build_app(
        settings=settings,
        title="Test",
        description="",
        version="1",
        routers=[router],
        hot=hot,
        body_limits={"/uploads/": 10 * LIMIT},
    )


async def pieces(count: int, size: int = 400) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


async def test_every_answer_has_an_id_and_no_two_the_same(app: GenbaApp) -> None:
    async with app_client(app) as client:
        ids = [(await client.get(path)).headers["x-request-id"] for path in ("/id", "/page", "/id", "/nowhere")]
    assert len(set(ids)) == 4


async def test_a_callers_id_is_taken_over_and_known_to_the_code_that_runs_for_it(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.get("/id", headers={"x-request-id": "from-the_caller.1"})
    assert answer.headers["x-request-id"] == answer.json()["id"] == "from-the_caller.1"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "a\tb"])
async def test_an_id_that_would_not_look_well_in_a_log_is_replaced(app: GenbaApp, given: str) -> None:
    async with app_client(app) as client:
        answer = await client.get("/id", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] not in {"", given}


@pytest.mark.parametrize("path", ["/page", "/id", "/nowhere", "/broken"])
async def test_every_answer_has_the_security_headers(app: GenbaApp, path: str) -> None:
    async with app_client(app) as client:
        answer = await client.get(path)
    for name, value in SECURITY_HEADERS:
        assert answer.headers.get_list(name.decode()) == [value.decode()]


def test_the_policy_of_pages_allows_nothing_inline() -> None:
    assert "default-src 'self'" in PAGE_POLICY
    assert "unsafe" not in PAGE_POLICY


async def test_an_answer_may_have_a_policy_of_its_own(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.get("/own-policy")
    assert answer.headers.get_list("content-security-policy") == ["default-src 'none'"]


@pytest.mark.parametrize("handler", [hot, hot_later])
async def test_a_prepared_answer_goes_out_as_it_is(handler: Any) -> None:
    settings = ServiceSettings(access_log=False)
    app = build_app(settings=settings, title="T", description="", version="1", routers=[router], hot=handler)
    async with app_client(app) as client:
        answer = await client.get("/page")
        assert (answer.status_code, answer.content) == (200, PAGE.body)
        assert answer.headers["content-length"] == "11"
        assert answer.headers["etag"] == '"1"'
        assert (await client.get("/id")).status_code == 200
        assert (await client.post("/page")).status_code == 404


async def test_a_prepared_answer_unchanged_is_a_304_that_keeps_what_caches_need(app: GenbaApp) -> None:
    async with app_client(app) as client:
        answer = await client.get("/page", headers={"if-none-match": '"1"'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["cache-control"] == "no-cache"
    assert not {"content-length", "content-type", "x-of-its-own"} & set(answer.headers)


async def test_an_error_of_the_hot_handler_is_answered_as_one_of_a_route(app: GenbaApp) -> None:
    async with app_client(app) as client:
        limited, broken = await client.get("/limited"), await client.get("/broken")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "1")
    assert (broken.status_code, broken.json()["request_id"]) == (500, broken.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/page", "/id", "/livez", "/openapi.json"])
async def test_head_answers_as_get_does_without_the_body(app: GenbaApp, path: str) -> None:
    async with app_client(app) as client:
        head, get = await client.head(path), await client.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_head_ends_a_stream_that_has_no_end(app: GenbaApp) -> None:
    async with app_client(app) as client:
        assert (await client.head("/stream")).status_code == 200


async def test_a_body_up_to_the_limit_passes(app: GenbaApp) -> None:
    async with app_client(app) as client:
        assert len((await client.post("/echo", content=b"x" * LIMIT)).content) == LIMIT
        assert len((await client.post("/echo", content=pieces(2))).content) == 800


async def test_a_body_beyond_the_limit_is_refused_with_its_length_and_without(app: GenbaApp) -> None:
    async with app_client(app) as client:
        for content in (b"x" * (LIMIT + 1), pieces(3)):
            answer = await client.post("/echo", content=content)
            assert (answer.status_code, answer.json()["type"]) == (413, "urn:genba:problem:payload-too-large")
            assert str(LIMIT) in answer.json()["detail"]


async def test_a_path_may_have_a_limit_of_its_own(app: GenbaApp) -> None:
    async with app_client(app) as client:
        assert (await client.post("/uploads/echo", content=pieces(20))).status_code == 200
        assert (await client.post("/uploads/echo", content=pieces(30))).status_code == 413


@pytest.mark.parametrize("length", ["9" * 5000, "many", "-1", ""])
async def test_a_length_that_is_none_does_no_harm(app: GenbaApp, length: str) -> None:
    async with app_client(app) as client:
        answer = await client.post("/echo", content=b"x", headers={"content-length": length})
    assert answer.status_code in {200, 413}


def test_the_longest_prefix_sets_the_limit() -> None:
    limits = BodyLimits(1, {"/a": 2, "/a/b": 3})
    assert [limits.of(path) for path in ("/", "/a", "/a/b/c", "/b")] == [1, 2, 3, 1]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://genba.test"}, 403),
        ({"origin": "http://genba.test"}, 200),
        ({"origin": "https://wiki.example.org"}, 200),
        ({"origin": "http://genba.test.evil.example"}, 403),
        ({"origin": "http://genba.test:81"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
    ],
)
async def test_a_write_from_another_sites_page_is_refused(app: GenbaApp, headers: dict[str, str], status: int) -> None:
    async with app_client(app) as client:
        assert (await client.post("/echo", headers=headers)).status_code == status
        assert (await client.get("/id", headers=headers)).status_code == 200


def test_without_a_host_no_origin_is_our_own() -> None:
    assert cross_site({b"origin": b"http://a"}, None)
    assert cross_site({b"origin": b"http://"}, None)


@pytest.mark.parametrize("path", ["/id?x=%00", "/id%00", "/page%00"])
async def test_a_nul_in_an_address_is_refused(app: GenbaApp, path: str) -> None:
    async with app_client(app) as client:
        assert (await client.get(path)).status_code == 400


@pytest.mark.parametrize("query", ["x=%ED%A0%80", "x=%FF%FE", "%", "&&=&", "x=" + "%80" * 999])
async def test_malformed_utf8_in_an_address_is_no_error_of_ours(app: GenbaApp, query: str) -> None:
    async with app_client(app) as client:
        assert (await client.get(f"/id?{query}")).status_code == 200
        assert (await client.get(f"/nowhere/{query}")).status_code == 404


async def test_an_answer_that_breaks_in_the_middle_is_cut_and_not_ended(app: GenbaApp) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()  # nothing more comes, and the client stays
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/half", "query_string": b"", "headers": [], "root_path": ""}
    with pytest.raises(OSError, match="the disk is gone"):
        await app(scope, receive, send)
    assert sent[-1] == {"type": "http.response.body", "body": b"half", "more_body": True}
