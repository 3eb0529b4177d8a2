"""Calls about regions and prices."""

from genba_client._transport import Call, ServiceClient
from genba_contracts.spot import RegionList


class PriceCalls(ServiceClient):
    """What the price service's client can read."""

    async def regions(self) -> RegionList:
        """List every region that there are prices of, and how the last poll of each went."""
        return await self._call(Call("GET", "/v1/regions"), RegionList)
