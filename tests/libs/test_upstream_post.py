"""Bodies are sent to URLs that people give: once, and whatever is answered is a status or an error of ours."""

from collections.abc import AsyncIterator

import pytest

from genba_servicekit.addresses import parse_networks
from genba_servicekit.upstream import Upstream
from genba_servicekit.upstream_errors import AddressRefused, TooSlow, Unreachable, UpstreamError
from source_server import SourceServer, plain, redirect, silent, source_server

HERE = parse_networks(["127.0.0.0/8"])


@pytest.fixture
async def server() -> AsyncIterator[SourceServer]:
    async with source_server() as here:
        yield here


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """One that may ask this machine."""
    here = Upstream(allow=HERE, timeout=30, attempts=1)
    yield here
    await here.close()


@pytest.mark.parametrize("status", [200, 204, 404, 410, 500])
async def test_the_status_is_told_whatever_it_is(server: SourceServer, upstream: Upstream, status: int) -> None:
    server.answers["/a"] = plain(status, b"")
    assert await upstream.post(server.url("/a"), b"{}", {"webhook-id": "msg_1"}) == status
    (asked,) = server.asked
    assert asked.headers["webhook-id"] == "msg_1"


async def test_a_redirect_is_a_status_too(server: SourceServer, upstream: Upstream) -> None:
    server.answers["/a"] = redirect(server.url("/b"), 307)
    assert await upstream.post(server.url("/a"), b"{}", {}) == 307
    assert len(server.asked) == 1


@pytest.mark.parametrize("goal", ["mailto:x", "http://xn--", "http://a:b/", "http://xn--zzzzzzzz99999/"])
async def test_a_redirect_to_what_is_no_url_is_told_of(server: SourceServer, upstream: Upstream, goal: str) -> None:
    server.answers["/"] = redirect(goal)
    with pytest.raises(UpstreamError):
        await upstream.get(server.url("/"))
    with pytest.raises(UpstreamError):
        await upstream.post(server.url("/"), b"{}", {})


async def test_who_says_nothing_is_waited_for_until_the_time_is_over(server: SourceServer) -> None:
    server.answers["/a"] = silent()
    upstream = Upstream(allow=HERE, timeout=0.2)
    with pytest.raises(TooSlow, match=r"within 0\.2 s"):
        await upstream.post(server.url("/a"), b"{}", {})
    await upstream.close()


async def test_nobody_there_and_nowhere_to_send_are_told_apart(upstream: Upstream) -> None:
    with pytest.raises(Unreachable):
        await upstream.post("http://127.0.0.1:9/", b"{}", {})
    with pytest.raises(AddressRefused, match="link-local"):
        await upstream.post("http://169.254.169.254/latest", b"{}", {})


async def test_no_cookie_is_kept(server: SourceServer, upstream: Upstream) -> None:
    server.answers["/a"] = plain(200, b"here", Set_Cookie="mark=1; Path=/")
    for _ in range(2):
        await upstream.get(server.url("/a"))
        assert await upstream.post(server.url("/a"), b"{}", {}) == 200
    assert [asked.headers.get("cookie") for asked in server.asked] == [None] * 4
