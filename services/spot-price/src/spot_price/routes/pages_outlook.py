"""What the page says of the next day: one pool's fan, and in words how far to trust it."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio.to_thread
from markupsafe import Markup

from spot_price.core.chart.fan import BACK, fan
from spot_price.core.chart.full import price_label
from spot_price.core.chart.looks import PAGE
from spot_price.core.forecast import BAND
from spot_price.core.records import Pool, key_text
from spot_price.core.regions import UnknownNameError
from spot_price.core.steps import Steps
from spot_price.deps import Spot
from spot_price.routes.pages_view import BoardView, UnreadableWishError
from spot_price.routes.parameters import MOST_DOLLARS
from spot_price.usecases.charting import Charting
from spot_price.usecases.forecasting import Outlook

_SIZE: Final = (640, 240)
_PHONE: Final = (390, 220)
_LONGEST: Final = 200
"""Of a pool's key; EC2's own have 60 characters at most."""


@dataclass(frozen=True, slots=True)
class OutlookView:
    """What is shown.

    Attributes:
        heading: of which pool.
        said: what may be, a sentence each; or why nothing is said.
        trust: how such forecasts fared; empty: too few could be tried.
        desk, phone: the fan; empty where there is none.
    """

    heading: str
    said: list[str]
    trust: str
    desk: Markup
    phone: Markup


@dataclass(frozen=True, slots=True)
class _Cap:
    """US dollars an hour; None: the price on demand is not known. `typed`: somebody chose it."""

    dollars: float | None
    typed: bool


def choices_of(view: BoardView, chosen: str) -> list[tuple[str, str]]:
    """Pools that can be chosen, by their keys, as they are listed; the one that is chosen too."""
    shown = [quote.pool for quote in view.board.quotes if quote.price is not None and quote.pool in view.board.steps]
    several = len({pool.instance_type for pool in shown}) > 1
    found = {key_text(pool): f"{pool.zone} {pool.instance_type}" if several else pool.zone for pool in shown}
    return list(({chosen: " ".join(chosen.split("|")[1:3])} if chosen not in {"", *found} else {} | found).items())


async def outlook_of(view: BoardView, spot: Spot, key: str, cap: str) -> OutlookView | None:
    """What the next day may bring for a pool; None: there is none.

    Args:
        view: what else is shown.
        spot: the service.
        key: the pool's; empty: the first of the list.
        cap: as it was typed; empty: the price on demand.

    Raises:
        UnknownNameError: there is no such pool.
        UnreadableWishError: the cap is no price.
    """
    dollars = _dollars(cap)
    pool = _pool(view, spot, key)
    if pool is None:
        return None
    on_demand = spot.market.quote(pool).on_demand
    outlook = await spot.forecasting.outlook(pool, cap=dollars or on_demand)
    steps = (await spot.market.steps([pool], outlook.now - BACK, outlook.now))[pool]
    limit = _Cap(dollars or on_demand, dollars is not None)
    return await anyio.to_thread.run_sync(partial(_shown, outlook, steps, limit, view, spot.charting))


def _dollars(text: str) -> float | None:
    if not text:
        return None
    try:
        dollars = float(text)
    except ValueError:
        dollars = math.nan
    if not 0 < dollars <= MOST_DOLLARS:
        raise UnreadableWishError("no_cap", cap=text[:20])
    return dollars


def _pool(view: BoardView, spot: Spot, key: str) -> Pool | None:
    if not key:
        return None if view.best is None else view.best.pool
    if len(key) > _LONGEST:
        raise UnreadableWishError("too_long")
    try:
        return spot.market.pool(key)
    except UnknownNameError as error:
        raise UnknownNameError("pool", key, error.near) from None


def _shown(outlook: Outlook, steps: Steps, cap: _Cap, view: BoardView, charting: Charting) -> OutlookView:
    pool, t, fared = outlook.pool, view.language, outlook.fared
    heading = t("outlook", zone=pool.zone, type=pool.instance_type)
    trust = ""
    if fared is not None and fared.staying and fared.usual:
        ratios = {name: f"{fared.ours / getattr(fared, name):.2f}" for name in ("staying", "usual")}
        trust = t("outlook_trust", tried=fared.tried, inside=round(100 * fared.in_band), **ratios)
    if outlook.forecast is None:
        return OutlookView(heading, [t(f"outlook_{outlook.silence}")], trust, Markup(), Markup())
    quantiles = outlook.forecast.quantiles
    low, high = (price_label(round(float(quantiles[-1, place]), 4)) for place in BAND)
    said = [t("outlook_said", low=low, high=high, middle=price_label(round(float(quantiles[-1, 3]), 4)))]
    if cap.dollars is not None and outlook.forecast.under is not None:
        chance = round(100 * float(outlook.forecast.under[-1]))
        said.append(t("outlook_cap" if cap.typed else "outlook_under", cap=price_label(cap.dollars), chance=chance))
    key = key_text(pool)
    hue = next((one.look.hue for one in view.board.series if one.key == key), 0)

    def drawn(size: tuple[int, int]) -> Markup:
        words = (t("now"), heading)
        made = fan(steps, quantiles, outlook.now, size=size, theme=PAGE, setter=charting.setter, words=words, hue=hue)
        return Markup(charting.inline(made))  # noqa: S704 - numbers and words of ours

    return OutlookView(heading, said, trust, drawn(_SIZE), drawn(_PHONE))
