"""A lease in S3: an object that is put on the condition that there is none, or that it is still ours.

Source: S3 User Guide, "Conditional writes" (If-None-Match: *, If-Match).
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import aioboto3
from botocore.exceptions import BotoCoreError, ClientError

from spot_price.core.durations import words_of
from spot_price.core.records import Seconds
from spot_price.ports import Clock, LeaseLostError

LEASE: Final = "lease.json"
LASTS: Final = 300
"""Seconds: ten looks of a controller, so that one that lost its network for a minute still has it."""
_TAKEN: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_MISSING: Final = frozenset({"NoSuchKey", "404"})


class StoreAwayError(Exception):
    """S3 does not answer, or not as it should."""


class S3Lease:
    """A `Lease` under one key.

    Args:
        client: aioboto3's, kept open by whoever made it.
        bucket: the bucket.
        key: the key.
        holder: who takes it; nobody else calls themselves so.
        clock: the time.
        lasts: seconds after which others may take it if it is not taken again.
        take_over: take it from whoever has it, once. They find out when they take it the next time.
    """

    def __init__(
        self,
        client: Any,
        bucket: str,
        key: str,
        holder: str,
        clock: Clock,
        *,
        lasts: int = LASTS,
        take_over: bool = False,
    ) -> None:
        self._client, self._bucket, self._key = client, bucket, key
        self._holder, self._clock, self._lasts = holder, clock, lasts
        self._take_over = take_over
        self._tag: str | None = None
        self._until: Seconds = 0

    async def take(self) -> None:
        """See Lease: it is had until `lasts` seconds from now. While it is had, an S3 that is away does no harm."""
        try:
            await self._take()
        except StoreAwayError as error:
            if self._clock.now() >= self._until:
                raise LeaseLostError(str(error)) from None

    async def _take(self) -> None:
        if await self._put({"IfMatch": self._tag} if self._tag else {"IfNoneMatch": "*"}):
            return
        found = await self._read()
        if found is None:  # it was released in between
            if not await self._put({"IfNoneMatch": "*"}):
                raise LeaseLostError("somebody else has just begun to look after it")
            return
        tag, holder, until = found
        now = self._clock.now()
        if holder != self._holder and until > now and not self._take_over:
            self._tag, self._until = None, 0
            raise LeaseLostError(f"{holder} looks after it, for {words_of(until - now)} at least")
        if not await self._put({"IfMatch": tag}):
            raise LeaseLostError("somebody else has just begun to look after it")

    async def release(self) -> None:
        """See Lease."""
        if self._tag is None:
            return
        tag, self._tag = self._tag, None
        with suppress(ClientError, BotoCoreError):  # it is over by itself soon
            await self._client.delete_object(Bucket=self._bucket, Key=self._key, IfMatch=tag)

    async def _put(self, condition: dict[str, str]) -> bool:
        until = self._clock.now() + self._lasts
        body = json.dumps({"holder": self._holder, "until": until}).encode()
        try:
            answer = await self._client.put_object(Bucket=self._bucket, Key=self._key, Body=body, **condition)
        except ClientError as error:
            if _code(error) in _TAKEN | _MISSING:
                return False
            raise self._away(error) from None
        except BotoCoreError as error:
            raise self._away(error) from None
        self._tag, self._until, self._take_over = answer["ETag"], until, False
        return True

    async def _read(self) -> tuple[str, str, Seconds] | None:
        try:
            answer = await self._client.get_object(Bucket=self._bucket, Key=self._key)
            said = json.loads(await answer["Body"].read())
            return answer["ETag"], str(said["holder"]), int(said["until"])
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise self._away(error) from None
        except (BotoCoreError, ValueError, KeyError, TypeError) as error:
            raise self._away(error) from None

    def _away(self, error: Exception) -> StoreAwayError:
        return StoreAwayError(f"s3://{self._bucket}/{self._key}: {error}")


@asynccontextmanager
async def open_lease(store: str, holder: str, clock: Clock, *, take_over: bool = False) -> AsyncIterator[S3Lease]:
    """The lease of the job that has this store, `s3://bucket/prefix`."""
    place = urlsplit(store)
    key = "/".join(part for part in (place.path.strip("/"), LEASE) if part)
    async with aioboto3.Session().client("s3") as client:
        yield S3Lease(client, place.netloc, key, holder, clock, take_over=take_over)


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
