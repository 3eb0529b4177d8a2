"""EC2's Spot placement scores: how likely it says that capacity is, by zone.

Source: EC2 API Reference, GetSpotPlacementScores; EC2 User Guide, "Spot placement score": an account may ask for so
many different sets of types a day, and the same ones as often as it likes.
"""

import asyncio
import time
from collections import OrderedDict, deque
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
DAY: Final = 86_400.0
MOST_ASKED: Final = 500
"""Answers of EC2 a day: anybody may ask the service, and an account's share of different sets is for its owner too."""
KEPT: Final = MOST_ASKED
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
        self._opening = asyncio.Lock()
        self._kept: OrderedDict[_Key, tuple[float, Mapping[str, int] | str]] = OrderedDict()
        self._asking: dict[_Key, asyncio.Task[Mapping[str, int] | str]] = {}
        self._asked: deque[float] = deque()

    async def scores(self, types: Sequence[str], regions: Sequence[str]) -> Mapping[str, int]:
        """See PlacementScores."""
        key = (tuple(sorted(types)), tuple(sorted(regions)))
        until, found = self._kept.get(key, (0.0, ""))
        if until < self._clock():
            # Who asks for the same meanwhile is given what comes of this, and who goes away takes it from nobody.
            if key not in self._asking:
                self._asking[key] = asyncio.create_task(self._learn(key))
            found = await asyncio.shield(self._asking[key])
        if isinstance(found, str):
            raise PlacementError(found)
        return found

    async def _learn(self, key: _Key) -> Mapping[str, int] | str:
        """The scores, or why there are none; both are kept for a while."""
        found: Mapping[str, int] | str
        try:
            if self._is_too_much():
                return (
                    f"EC2 was asked for {MOST_ASKED} placement scores within a day, which is all that it is asked for."
                )
            try:
                found, lasts = await self._ask(*key), GOOD
            except (BotoCoreError, ClientError) as error:
                found, lasts = f"EC2 gives no placement scores: {error}", BAD
            self._kept[key] = (self._clock() + lasts, found)
            self._kept.move_to_end(key)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return found
        finally:
            del self._asking[key]

    def _is_too_much(self) -> bool:
        now = self._clock()
        while self._asked and self._asked[0] <= now - DAY:
            self._asked.popleft()
        if len(self._asked) >= MOST_ASKED:
            return True
        self._asked.append(now)
        return False

    async def _ask(self, types: Sequence[str], regions: Sequence[str]) -> Mapping[str, int]:
        async with self._opening:
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
