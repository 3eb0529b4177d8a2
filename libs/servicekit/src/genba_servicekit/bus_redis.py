"""The log of events in Redis (6.2 or later, or Valkey): a capped stream, a version and a channel a type.

The keys are described in `genba_contracts.events`. One script adds an event, one reads from a position on, so that
count, stream and version never disagree. No attempt is repeated here: redis-py's own retries wait up to 10 s.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar, cast
from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from genba_contracts.events import STREAM_LENGTH, channel, stream_key, version_key
from genba_servicekit.bus_log import Entry, Envelope, EventBusUnavailable, Page, Position

T = TypeVar("T")

SOCKET_TIMEOUT: Final = 1.0  # seconds until a Redis that does not answer is away: it may be frozen, or the line cut
PING_EVERY: Final = 0.5  # seconds without a message until the line is tested
SILENCE: Final = 2.0  # seconds without a message or a pong until the line is given up

APPEND: Final = """
redis.call('HSETNX', KEYS[2], 'epoch', ARGV[1])
local count = redis.call('HINCRBY', KEYS[2], 'count', 1)
local last = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'n', count, 'id', ARGV[3], 'event', ARGV[4])
redis.call('HSET', KEYS[2], 'last', last)
redis.call('PUBLISH', KEYS[3], last)
"""
"""Keys: stream, version, channel. Arguments: an epoch if there is none, the stream's length, event id, JSON."""

READ: Final = """
redis.call('HSETNX', KEYS[2], 'epoch', ARGV[1])
local version = redis.call('HMGET', KEYS[2], 'epoch', 'count', 'last')
local entries = {}
if ARGV[2] ~= '' then
  entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[2], '+', 'COUNT', ARGV[3])
end
return {version[1], version[2] or '0', version[3] or '0-0', entries}
"""
"""Keys: stream, version. Arguments: an epoch if there is none, an entry's id or nothing, how many entries.

A stream gets its epoch when it is first looked at, so that whoever looked can tell that it was lost, even if it was
lost before a first event.
"""


class RedisLog:
    """Events in Redis.

    Attributes:
        reason: why Redis is away; empty while it answers.

    Args:
        url: of Redis, such as `redis://127.0.0.1:6379/0`.
        name: what Redis calls this client, for `CLIENT LIST`.
        length: about how many events of a type are kept.
    """

    def __init__(self, url: str, *, name: str, length: int = STREAM_LENGTH) -> None:
        self.reason = ""
        self._length = length
        self._run_id: str | None = None
        self._redis = Redis.from_url(
            url,
            client_name=name,
            decode_responses=True,
            socket_timeout=SOCKET_TIMEOUT,
            socket_connect_timeout=SOCKET_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )

    async def append(self, envelopes: Sequence[Envelope]) -> None:
        """Add events in this order, in one round trip.

        Raises:
            EventBusUnavailable: some may have been added.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for kind, event_id, json in envelopes:
            keys = (stream_key(kind), version_key(kind), channel(kind))
            pipeline.eval(APPEND, len(keys), *keys, uuid4().hex, self._length, event_id, json)
        await self._answered(pipeline.execute())

    async def read(self, event_type: str, after: Position | None, limit: int) -> Page:
        """The stream's end now, and up to `limit` entries after a position.

        Raises:
            EventBusUnavailable: no answer.
        """
        keys = (stream_key(event_type), version_key(event_type))
        asked = self._redis.eval(READ, len(keys), *keys, uuid4().hex, after.last if after else "", str(limit))
        epoch, count, last, entries = await self._answered(cast("Awaitable[list[Any]]", asked))
        return Page(Position(epoch, int(count), last), tuple(_entry(epoch, *entry) for entry in entries))

    async def listen(self, types: Sequence[str], wake: Callable[[str], None], restarted: Callable[[], None]) -> None:
        """Call `wake(type)` for each event added, until this is cancelled; with no types, see that Redis answers.

        Raises:
            EventBusUnavailable: the line was lost, or nothing came over it, not even a pong.
        """
        if not types:  # nothing to hear, but whether Redis is there
            await self.ping()
            await asyncio.sleep(PING_EVERY)
            return
        by_channel = {channel(kind): kind for kind in types}
        async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            await self._sent(pubsub.subscribe(*by_channel))
            await self._note_run(restarted)
            for kind in types:
                wake(kind)  # what was added while nobody listened
            heard = time.monotonic()
            while True:
                message = await self._sent(pubsub.get_message(timeout=PING_EVERY))
                if message is not None:
                    heard = time.monotonic()
                    if message["type"] == "message":
                        wake(by_channel[message["channel"]])
                elif time.monotonic() - heard > SILENCE:
                    raise self._away(f"silent for {SILENCE:.0f} s")
                else:
                    await self._sent(pubsub.ping())

    async def _note_run(self, restarted: Callable[[], None]) -> None:
        server = await self._answered(cast("Awaitable[dict[str, Any]]", self._redis.info("server")))
        if self._run_id not in (None, server["run_id"]):
            restarted()
        self._run_id = server["run_id"]

    async def ping(self) -> None:
        """See that Redis answers.

        Raises:
            EventBusUnavailable: it does not.
        """
        await self._answered(cast("Awaitable[Any]", self._redis.ping()))

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.aclose()

    async def _answered(self, asked: Awaitable[T]) -> T:
        answer = await self._sent(asked)
        self.reason = ""
        return answer

    async def _sent(self, asked: Awaitable[T]) -> T:
        try:
            return await asked
        except (RedisError, OSError) as error:
            raise self._away(str(error) or type(error).__name__) from error

    def _away(self, reason: str) -> EventBusUnavailable:
        self.reason = f"Redis: {reason}"
        return EventBusUnavailable(self.reason)


def _entry(epoch: str, last: str, fields: list[str]) -> Entry:
    values = dict(zip(fields[::2], fields[1::2], strict=True))
    return Entry(Position(epoch, int(values["n"]), last), values["id"], values["event"])
