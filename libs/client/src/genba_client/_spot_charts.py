"""Calls that draw charts of prices."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias

from genba_client._spot_prices import selected
from genba_client._transport import Call, ServiceClient, parameters
from genba_contracts.spot_charts import Band, ChartStyle, ChartTheme

ChartFormat: TypeAlias = Literal["svg", "png"]
_MEDIA: Final = {"svg": "image/svg+xml", "png": "image/png"}


class ChartCalls(ServiceClient):
    """What the price service's client can have drawn."""

    async def chart(
        self,
        types: Sequence[str] = (),
        *,
        regions: Sequence[str] = (),
        zones: Sequence[str] = (),
        products: Sequence[str] = (),
        window: str | None = None,
        end: datetime | None = None,
        format: ChartFormat = "png",  # noqa: A002  (what people call it)
        style: ChartStyle = "full",
        theme: ChartTheme = "light",
        width: int | None = None,
        height: int | None = None,
        band: Band = "near",
        log: bool = False,
        scale: int | None = None,
    ) -> bytes:
        """Draw how prices went, and give the file.

        Args:
            types: of which types; at most 40 pools are drawn, the cheapest.
            regions: in which regions.
            zones: in which zones.
            products: with which products.
            window: how far back from the end: `15m`, `6h` (if none), `7d`, `2w`.
            end: until then, with its offset from UTC; until now if none.
            format: `png` or `svg`.
            style: `full` with axes and legend, or the cheapest line alone as a `sparkline`.
            theme: `light` or `dark`.
            width: in pixels; 960 if none, of a sparkline 120.
            height: in pixels; 480 if none, of a sparkline 28.
            band: prices `near` the lowest, or `all`.
            log: whether equal ratios of prices are equally far apart.
            scale: of a PNG, times as many pixels each way.

        Raises:
            UnprocessableError: a name is not known, or the window has more prices than a chart holds.
            ServiceUnavailableError: too many charts are being drawn; it was tried again already.
        """
        params = parameters(
            {
                **selected(types, regions, zones, products),
                "window": window,
                "end": end and end.isoformat(),
                "style": style,
                "theme": theme,
                "width": width,
                "height": height,
                "band": band,
                "log": log,
                "scale": scale if format == "png" else None,
            }
        )
        call = Call("GET", f"/v1/chart.{format}", params, headers={"Accept": _MEDIA[format]})
        return (await self._bytes(call)).content
