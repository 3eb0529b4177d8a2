"""How often something may be done, in one process or over all of them, with Redis or without."""

import asyncio

import pytest
import structlog

from genba_servicekit.errors import TooManyRequests
from genba_servicekit.ratelimit import RateLimiter
from genba_servicekit.testing import free_port, redis_server


async def hits(limiter: RateLimiter, count: int, *keys: str, limit: str = "5/hour") -> int:
    """How many of so many were let in."""
    let_in = 0
    for _ in range(count):
        try:
            await limiter.hit(limit, *keys)
        except TooManyRequests:
            continue
        let_in += 1
    return let_in


async def test_so_many_are_let_in_and_no_more() -> None:
    limiter = RateLimiter(None, "demo")
    assert await hits(limiter, 8, "login", "taro") == 5


async def test_each_key_is_counted_by_itself() -> None:
    limiter = RateLimiter(None, "demo")
    assert await hits(limiter, 8, "login", "taro") == 5
    assert await hits(limiter, 8, "login", "hanako") == 5
    assert await hits(limiter, 8, "register", "taro") == 5


async def test_who_is_refused_is_told_when_to_come_back() -> None:
    limiter = RateLimiter(None, "demo")
    await limiter.hit("1/hour", "a")
    with pytest.raises(TooManyRequests) as refused:
        await limiter.hit("1/hour", "a")
    assert 0 < refused.value.retry_after <= 2 * 3600
    assert int(refused.value.headers["Retry-After"]) >= 1
    assert "1 per 1 hour" in str(refused.value)


async def test_a_window_passes() -> None:
    limiter = RateLimiter(None, "demo")
    while await hits(limiter, 1, "a", limit="2/second"):
        pass
    for _ in range(100):
        if await hits(limiter, 1, "a", limit="2/second"):
            return
        await asyncio.sleep(0.1)
    pytest.fail("nobody is let in any more")


async def test_many_at_once_are_counted_one_by_one() -> None:
    limiter = RateLimiter(None, "demo")
    answers = await asyncio.gather(*(hits(limiter, 1, "a") for _ in range(50)))
    assert sum(answers) == 5


async def test_processes_that_share_a_redis_share_the_count_and_go_on_alone_while_it_is_away() -> None:
    with redis_server() as server, structlog.testing.capture_logs() as logged:
        one, other = RateLimiter(server.url, "demo"), RateLimiter(server.url, "demo")
        assert await hits(one, 3, "login", "taro") + await hits(other, 5, "login", "taro") == 5
        assert one.is_shared
        server.kill9()
        assert await hits(one, 8, "login", "taro") == 5
        assert not one.is_shared
        assert [line["log_level"] for line in logged] == ["warning"]
        await one.close()
        await other.close()


async def test_services_that_share_a_redis_count_each_for_itself() -> None:
    with redis_server() as server:
        one, other = RateLimiter(server.url, "wiki-linker"), RateLimiter(server.url, "wiki")
        assert await hits(one, 8, "login", "taro") == 5
        assert await hits(other, 8, "login", "taro") == 5
        await one.close()
        await other.close()


async def test_a_redis_that_comes_back_is_counted_in_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genba_servicekit.ratelimit.RETRY_REDIS_SECONDS", 0.0)
    with redis_server() as server, structlog.testing.capture_logs() as logged:
        limiter = RateLimiter(server.url, "demo")
        await limiter.hit("5/hour", "a")
        server.kill9()
        await limiter.hit("5/hour", "a")
        server.restart()
        await limiter.hit("5/hour", "a")
        assert limiter.is_shared
        assert [line["log_level"] for line in logged] == ["warning", "info"]
        await limiter.close()


async def test_a_redis_that_was_never_there_stops_nobody() -> None:
    limiter = RateLimiter(f"redis://127.0.0.1:{free_port()}/0", "demo")
    assert await hits(limiter, 8, "login", "taro") == 5
    await limiter.close()
