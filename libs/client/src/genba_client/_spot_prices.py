"""Calls about regions, instance types and prices."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from pydantic import ValidationError

from genba_client import _constants as constants
from genba_client._pages import Pages
from genba_client._streams import events_of
from genba_client._transport import Call, ServiceClient, backoff, parameters, pieces_of
from genba_client.errors import ApiConnectionError, ApiResponseError, ApiStatusError
from genba_contracts.spot import (
    CurrentPrice,
    InstanceType,
    PriceChange,
    PriceHistory,
    PricePage,
    RegionList,
    TypePage,
)


def selected(
    types: Sequence[str], regions: Sequence[str], zones: Sequence[str], products: Sequence[str]
) -> dict[str, object | None]:
    """Give the parameters that ask for these pools."""
    return {
        "type": list(types) or None,
        "region": list(regions) or None,
        "zone": list(zones) or None,
        "product": list(products) or None,
    }


class PriceCalls(ServiceClient):
    """What the price service's client can read.

    Where pools are chosen, `types` are names or patterns (`g5.*`), `regions` names, prefixes (`us-west`) or aliases
    (`us eu ap sa ca me af all`), `zones` ids or names, `products` descriptions, or `all`. Nothing said is everything,
    but Linux/UNIX alone of the products. A name that nothing has is an UnprocessableError; its problem's `near` has
    those like it.
    """

    async def regions(self) -> RegionList:
        """List every region that there are prices of, and how the last poll of each went."""
        return await self._call(Call("GET", "/v1/regions"), RegionList)

    def types(
        self,
        types: Sequence[str] = (),
        *,
        regions: Sequence[str] = (),
        product: str | None = None,
        gpus: int | None = None,
        limit: int | None = None,
    ) -> Pages[TypePage, InstanceType]:
        """List instance types by name: vCPUs, memory, GPUs, and what they cost on demand.

        Args:
            types: of these names or patterns.
            regions: with what they cost on demand in these.
            product: and with this product; Linux/UNIX if none is said.
            gpus: with at least so many GPUs.
            limit: types a page.

        Raises:
            UnprocessableError: a name is not known.
        """
        return self._listing(
            "/v1/types",
            TypePage,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={
                "type": list(types) or None,
                "region": list(regions) or None,
                "product": product,
                "gpus": gpus,
                "limit": limit,
            },
        )

    def prices(
        self,
        types: Sequence[str] = (),
        *,
        regions: Sequence[str] = (),
        zones: Sequence[str] = (),
        products: Sequence[str] = (),
        limit: int | None = None,
    ) -> Pages[PricePage, CurrentPrice]:
        """List what pools cost now, the cheapest first, those of unknown price last.

        Raises:
            UnprocessableError: a name is not known.
        """
        return self._listing(
            "/v1/prices",
            PricePage,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={**selected(types, regions, zones, products), "limit": limit},
        )

    async def history(
        self,
        types: Sequence[str] = (),
        *,
        regions: Sequence[str] = (),
        zones: Sequence[str] = (),
        products: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: str | None = None,
    ) -> PriceHistory:
        """Give what pools cost over time.

        Args:
            types: of which types.
            regions: in which regions.
            zones: in which zones.
            products: with which products.
            start: from then on, with its offset from UTC; a day before the end if none.
            end: until then; until now if none.
            resolution: `raw` (if none) for steps, or how long a bucket is: `15m`, `1h`, `1d`.

        Raises:
            UnprocessableError: a name is not known, the window ends before it begins, or the answer would be too long.
        """
        params = parameters(
            {
                **selected(types, regions, zones, products),
                "start": start and start.isoformat(),
                "end": end and end.isoformat(),
                "resolution": resolution,
            }
        )
        return await self._call(Call("GET", "/v1/prices/history", params), PriceHistory)

    async def watch(
        self,
        types: Sequence[str] = (),
        *,
        regions: Sequence[str] = (),
        zones: Sequence[str] = (),
        products: Sequence[str] = (),
        current: bool = False,
    ) -> AsyncGenerator[PriceChange, None]:
        """Give every price that changes, for as long as it is iterated.

        A connection that ends is opened again, as often as it takes; what changed meanwhile is given then. Changes of
        one pool that come close together may be told as one, the newest; one may be given twice.

        Args:
            types: of which types.
            regions: in which regions.
            zones: in which zones.
            products: with which products.
            current: whether to begin with what every pool costs now.

        Raises:
            ApiConnectionError: the first connection failed.
            ApiStatusError: the service refused.
        """
        last, opened, failures = "", False, 0
        params = parameters(
            {**selected(types, regions, zones, products), "current": "true" if current else None},
        )
        while True:
            headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
            read_timeout = constants.EVENTS_READ_TIMEOUT
            call = Call("GET", "/v1/changes/stream", params, headers=headers, read_timeout=read_timeout)
            try:
                async with self._stream(call) as response:
                    opened = True
                    async for event in events_of(pieces_of(response)):
                        failures = 0
                        if event.event == "price":
                            try:
                                change = PriceChange.model_validate_json(event.data)
                            except ValidationError as error:
                                raise ApiResponseError(f"an event is no change: {error}", response=response) from error
                            yield change
                        last = event.id or last
            except (ApiConnectionError, ApiStatusError) as error:
                again = isinstance(error, ApiConnectionError) or error.status in constants.RETRY_STATUSES
                if not (opened and again):
                    raise
            failures += 1
            await asyncio.sleep(backoff(failures))
