"""Calls that compare pools."""

from collections.abc import Sequence
from datetime import datetime

from genba_client._spot_prices import selected
from genba_client._transport import Call, ServiceClient, parameters
from genba_contracts.spot import PriceStatistics


class OfferCalls(ServiceClient):
    """What the price service's client can compare. Pools are chosen as for `PriceCalls`."""

    async def statistics(
        self,
        types: Sequence[str] = (),
        *,
        regions: Sequence[str] = (),
        zones: Sequence[str] = (),
        products: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        threshold: float | None = None,
    ) -> PriceStatistics:
        """Give what pools were like over a window, weighted by time, the cheapest on the mean first.

        Args:
            types: of which types.
            regions: in which regions.
            zones: in which zones.
            products: with which products.
            start: from then on, with its offset from UTC; a day before the end if none.
            end: until then; until now if none.
            threshold: tell the share of time at or under this price, US dollars an hour.

        Raises:
            UnprocessableError: a name is not known, the window ends before it begins, or the answer would be too long.
        """
        params = parameters(
            {
                **selected(types, regions, zones, products),
                "start": start and start.isoformat(),
                "end": end and end.isoformat(),
                "threshold": threshold,
            }
        )
        return await self._call(Call("GET", "/v1/statistics", params), PriceStatistics)
