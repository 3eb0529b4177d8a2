"""What an EC2 instance is told by its own metadata service (IMDSv2).

Source: EC2 User Guide, "Use the Instance Metadata Service", "Spot Instance interruption notices", "EC2 instance
rebalance recommendations".
"""

from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import httpx

from spot_price.core.jobs import Identity
from spot_price.core.records import Seconds
from spot_price.ports import MetadataError

ADDRESS: Final = "http://169.254.169.254"
TOKEN_SECONDS: Final = 21_600  # the longest that there is
TIMEOUT: Final = 2.0  # seconds; it is on the same machine
_NOT_THERE: Final = 404
_NO_TOKEN: Final = 401


class Imds:
    """A `Metadata` of the instance that this runs on.

    Args:
        address: where it is; AWS's own address if none is given.
    """

    def __init__(self, address: str = ADDRESS) -> None:
        self._client = httpx.AsyncClient(base_url=address, timeout=TIMEOUT, trust_env=False)
        self._token = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def identity(self) -> Identity:
        """See Metadata."""
        instance, region, zone = [
            await self._get(f"/latest/meta-data/{name}")
            for name in ("instance-id", "placement/region", "placement/availability-zone-id")
        ]
        if instance is None or region is None or zone is None:
            raise MetadataError("the metadata do not say which instance this is")
        return Identity(instance.text, region.text, zone.text)

    async def interruption(self) -> Seconds | None:
        """See Metadata: `spot/instance-action`."""
        return await self._time("/latest/meta-data/spot/instance-action", "time")

    async def rebalance(self) -> Seconds | None:
        """See Metadata: `events/recommendations/rebalance`."""
        return await self._time("/latest/meta-data/events/recommendations/rebalance", "noticeTime")

    async def _time(self, path: str, member: str) -> Seconds | None:
        answer = await self._get(path)
        if answer is None:
            return None
        try:
            said: Any = answer.json()[member]
            return int(datetime.fromisoformat(said).timestamp())
        except (ValueError, KeyError, TypeError) as error:
            raise MetadataError(f"{path}: {answer.text[:100]!r} is not understood: {error}") from None

    async def _get(self, path: str) -> httpx.Response | None:
        """What is at a path; None if there is nothing. A token that is no longer good is renewed."""
        for _ in range(2):
            try:
                if not self._token:
                    self._token = await self._new_token()
                answer = await self._client.get(path, headers={"X-aws-ec2-metadata-token": self._token})
            except httpx.HTTPError as error:
                raise MetadataError(f"{self._client.base_url}: {error or type(error).__name__}") from None
            if answer.status_code == _NOT_THERE:
                return None
            if answer.is_success:
                return answer
            if answer.status_code != _NO_TOKEN:
                break
            self._token = ""
        raise MetadataError(f"{path}: {answer.status_code}")

    async def _new_token(self) -> str:
        headers = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
        answer = await self._client.put("/latest/api/token", headers=headers)
        answer.raise_for_status()
        return answer.text
