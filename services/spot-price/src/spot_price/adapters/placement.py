"""EC2's Spot placement scores: how likely it says that capacity is, by zone.

Source: EC2 API Reference, GetSpotPlacementScores; EC2 User Guide, "Spot placement score": an account may ask for so
many different sets of types a day, and the same ones as often as it likes.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import aioboto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from spot_price.ports import PlacementError

HOME: Final = "us-east-1"
"""Whose endpoint is asked; it answers for every region."""
GOOD: Final = 900.0
"""Seconds that scores are kept: EC2 says that they are of now, and they move by the hour."""
BAD: Final = 60.0
"""Seconds in which what failed is not tried again."""
KEPT: Final = 256
_PAGES: Final = 20
_CONFIG: Final = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})

_Key = tuple[tuple[str, ...], tuple[str, ...]]


class AwsPlacement:
    """`PlacementScores` of an AWS account. One client is kept; so are answers, for `GOOD` seconds.

    Args:
        session: whose account.
        stack: closes the client.
        clock: seconds that count up.
    """

    def __init__(
        self, session: aioboto3.Session, stack: AsyncExitStack, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._stack = stack
        self._clock = clock
        self._client: Any = None
        self._kept: dict[_Key, tuple[float, Mapping[str, int] | PlacementError]] = {}
        self._asking = asyncio.Lock()

    async def scores(self, types: Sequence[str], regions: Sequence[str]) -> Mapping[str, int]:
        """See PlacementScores."""
        key = (tuple(sorted(types)), tuple(sorted(regions)))
        async with self._asking:  # who asks for the same meanwhile is given what comes of this
            until, found = self._kept.pop(key, (0.0, None))
            if found is None or until < self._clock():
                try:
                    found, lasts = await self._ask(*key), GOOD
                except (BotoCoreError, ClientError) as error:
                    found, lasts = PlacementError(f"EC2 gives no placement scores: {error}"), BAD
                until = self._clock() + lasts
            self._kept[key] = (until, found)
            if len(self._kept) > KEPT:
                self._kept.pop(next(iter(self._kept)))
        if isinstance(found, PlacementError):
            raise PlacementError(str(found))
        return found

    async def _ask(self, types: Sequence[str], regions: Sequence[str]) -> Mapping[str, int]:
        if self._client is None:
            made = self._session.client("ec2", region_name=HOME, config=_CONFIG)
            self._client = await self._stack.enter_async_context(made)
        wanted: dict[str, Any] = {
            "InstanceTypes": list(types),
            "RegionNames": list(regions),
            "TargetCapacity": 1,
            "SingleAvailabilityZone": True,
        }
        found: dict[str, int] = {}
        for _ in range(_PAGES):
            answer = await self._client.get_spot_placement_scores(**wanted)
            for each in answer.get("SpotPlacementScores", ()):
                if zone := each.get("AvailabilityZoneId"):
                    found[zone] = each["Score"]
            if not answer.get("NextToken"):
                break
            wanted["NextToken"] = answer["NextToken"]
        return found


@asynccontextmanager
async def open_placement(profile: str | None = None) -> AsyncIterator[AwsPlacement]:
    """The account of a profile; where EC2 is, AWS's own settings say (AWS_ENDPOINT_URL_EC2)."""
    async with AsyncExitStack() as stack:
        yield AwsPlacement(aioboto3.Session(profile_name=profile), stack)
