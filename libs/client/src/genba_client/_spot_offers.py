"""Calls that compare pools."""

from collections.abc import Sequence
from datetime import datetime

from genba_client._spot_prices import selected
from genba_client._transport import Call, ServiceClient, parameters
from genba_contracts.spot import OfferList, PriceForecasts, PriceStatistics, RankBy


class OfferCalls(ServiceClient):
    """What the price service's client can compare. Pools are chosen as for `PriceCalls`."""

    async def offers(
        self,
        types: Sequence[str] = (),
        *,
        regions: Sequence[str] = (),
        zones: Sequence[str] = (),
        products: Sequence[str] = (),
        by: RankBy = "price",
        gpus: int | None = None,
        max_price: float | None = None,
        held: str | None = None,
        hysteresis: float | None = None,
        scores: bool = False,
        limit: int | None = None,
    ) -> OfferList:
        """Rank pools by what they cost now for what they have, the best first.

        Args:
            types: of which types.
            regions: in which regions.
            zones: in which zones.
            products: with which products.
            by: `price`, that of a `vcpu`, a `gpu`, a GiB of `gpu-memory`, or `discount` against on-demand.
            gpus: with at least so many GPUs.
            max_price: at most so dear, US dollars an hour.
            held: the `key` of the offer that was first before: it still is, unless another is better by `hysteresis`.
            hysteresis: that share; as the service is set if none.
            scores: whether to ask EC2 how likely capacity is.
            limit: the best so many.

        Raises:
            UnprocessableError: a name is not known.
        """
        params = parameters(
            {
                **selected(types, regions, zones, products),
                "by": by,
                "gpus": gpus,
                "max_price": max_price,
                "held": held,
                "hysteresis": hysteresis,
                "scores": "true" if scores else None,
                "limit": limit,
            }
        )
        return await self._call(Call("GET", "/v1/offers", params), OfferList)

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

    async def forecasts(
        self,
        types: Sequence[str] = (),
        *,
        regions: Sequence[str] = (),
        zones: Sequence[str] = (),
        products: Sequence[str] = (),
        hours: int | None = None,
        cap: float | None = None,
    ) -> PriceForecasts:
        """Give what pools' prices may be, hour by hour; offered where such forecasts were good.

        Args:
            types: of which types.
            regions: in which regions.
            zones: in which zones.
            products: with which products.
            hours: so many ahead; 24 if none is said.
            cap: tell the chance that the price is never over this, US dollars an hour.

        Raises:
            UnprocessableError: a name is not known, or these are more than 100 pools.
        """
        params = {**selected(types, regions, zones, products), "hours": hours, "cap": cap}
        return await self._call(Call("GET", "/v1/forecasts", params=parameters(params)), PriceForecasts)
