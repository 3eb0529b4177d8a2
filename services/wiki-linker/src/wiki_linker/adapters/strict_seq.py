"""The current sequence number in Redis, for wikis on several hosts that must never serve a page behind a write.

One round trip a request: `WIKI_STRICT_FRESHNESS=true` asks for it. Redis stays a witness: when it forgot the number,
the database says it anew.
"""

from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from stamina import retry_context

from genba_servicekit.errors import ServiceUnavailable

_RAISE: Final = """
local current = tonumber(redis.call('GET', KEYS[1]) or '-1')
local wanted = tonumber(ARGV[1])
if wanted > current then redis.call('SET', KEYS[1], ARGV[1]) end
return math.max(wanted, current)
"""
_AWAY: Final = "Strict freshness is on and Redis does not answer: whether this page is current cannot be known."


class StrictSeq:
    """The key that holds the highest committed sequence number of one wiki."""

    def __init__(self, redis: "Redis", key: str) -> None:
        self._redis = redis
        self._key = key
        self._raise = redis.register_script(_RAISE)

    async def value(self) -> int | None:
        """The highest announced sequence number; None if Redis knows none.

        Raises:
            ServiceUnavailable: Redis does not answer.
        """
        try:
            found = await self._redis.get(self._key)
        except (RedisError, OSError) as error:
            raise ServiceUnavailable(_AWAY, retry_after=1) from error
        return None if found is None else int(found)

    async def advance(self, seq: int) -> None:
        """Announce `seq` before the write is answered.

        Raises:
            ServiceUnavailable: Redis did not take it: the write is kept, and every host sees it within the poll's time.
        """
        try:
            async for attempt in retry_context(on=(RedisError, OSError), attempts=4, timeout=2.0, wait_initial=0.05):
                with attempt:
                    await self._raise(keys=[self._key], args=[seq])
        except (RedisError, OSError) as error:
            raise ServiceUnavailable(
                "Your change is saved, but Redis does not answer: pages elsewhere may be behind it for a moment.",
                retry_after=1,
            ) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
