"""How often something may be done: counted in Redis for all processes together, or in this process alone.

Redis being away lets nobody in more often than one process would, and stops nobody from being let in: the count goes on
in memory until it is back.
"""

import time
from functools import lru_cache
from typing import Any, Final

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import ConnectionPool

from genba_servicekit.errors import TooManyRequests
from genba_servicekit.logging import get_logger

REDIS_TIMEOUT_SECONDS: Final = 0.5
RETRY_REDIS_SECONDS: Final = 5.0  # in between, a log-in does not wait for a Redis that was just found to be away

log = get_logger(__name__)


class RateLimiter:
    """Counts in sliding windows (the last whole window weighted by what of it still lies in the past one).

    Args:
        redis_url: None counts in this process.
        service: whose counts these are. Services that share a Redis do not share them: log-ins to one are none of
            another's.
    """

    def __init__(self, redis_url: str | None, service: str) -> None:
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._pool: ConnectionPool | None = None
        self._redis: SlidingWindowCounterRateLimiter | None = None
        self._retry_at = 0.0
        self._away = False
        if redis_url is not None:
            self._pool = ConnectionPool.from_url(
                redis_url, socket_timeout=REDIS_TIMEOUT_SECONDS, socket_connect_timeout=REDIS_TIMEOUT_SECONDS
            )
            options: dict[str, Any] = {"connection_pool": self._pool}
            options["key_prefix"] = f"genba:limits:{service}"
            storage = RedisStorage("async+redis://", implementation="redispy", **options)
            self._redis = SlidingWindowCounterRateLimiter(storage)

    @property
    def is_shared(self) -> bool:
        """Is it counted together with other processes, as of the last count?"""
        return self._redis is not None and not self._away

    async def hit(self, limit: str, *keys: str) -> None:
        """Count one more of what `keys` name.

        Args:
            limit: as `limits` reads it: `5/minute`, `100 per 2 hours`.
            keys: what is counted, from the general to the particular: `"login", account`.

        Raises:
            TooManyRequests: it is over the limit; not counted. `retry_after` is in seconds.
        """
        item = _parse(limit)
        if self._redis is not None and time.monotonic() >= self._retry_at:
            try:
                await _hit(self._redis, item, keys)
            except TooManyRequests:
                raise
            except Exception as exc:  # noqa: BLE001  (whatever is wrong with Redis, people are let in)
                self._retry_at = time.monotonic() + RETRY_REDIS_SECONDS
                if not self._away:
                    log.warning("rate limits are counted in this process: Redis is away", error=repr(exc))
                self._away = True
            else:
                if self._away:
                    log.info("rate limits are counted in Redis again")
                self._away = False
                return
        await _hit(self._memory, item, keys)

    async def close(self) -> None:
        """Let go of Redis."""
        if self._pool is not None:
            await self._pool.aclose()


async def _hit(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, keys: tuple[str, ...]) -> None:
    if await limiter.hit(item, *keys):
        return
    stats = await limiter.get_window_stats(item, *keys)
    seconds = max(stats.reset_time - time.time(), 1.0)
    raise TooManyRequests(f"No more than {item}; try again in {seconds:.0f} s", retry_after=seconds)


@lru_cache(maxsize=128)
def _parse(limit: str) -> RateLimitItem:
    return parse(limit)
