"""What the page says of the next day: the cheapest pool's fan, and in words how far to trust it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from genba_servicekit.languages import Language
from spot_price.core.chart.fan import fan
from spot_price.core.chart.full import price_label
from spot_price.core.chart.looks import PAGE
from spot_price.core.chart.tree import Picture, Typesetter
from spot_price.core.forecast import AHEAD, BAND
from spot_price.core.records import Seconds
from spot_price.core.selection import Selection
from spot_price.core.steps import Steps
from spot_price.usecases.forecasting import Outlook, mean_over
from spot_price.usecases.market import Quote

_SIZE: Final = (640, 240)
_PHONE: Final = (390, 220)


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


def selection_of(quote: Quote) -> Selection:
    """That pool alone."""
    pool = quote.pool
    return Selection((pool.instance_type,), (pool.region,), (pool.zone,), (pool.product,))


def view_of(
    outlook: Outlook,
    steps: Steps,
    now: Seconds,
    cap: float | None,
    language: Language,
    *,
    setter: Typesetter,
    inline: Callable[[Picture], str],
) -> OutlookView:
    """What is shown of a pool's forecast."""
    pool, t, score = outlook.pool, language, outlook.score
    heading = t("outlook", zone=pool.zone, type=pool.instance_type)
    trust = ""
    if score is not None:
        ours, staying, usual = (mean_over(kind.pinball, AHEAD) for kind in (score.ours, score.staying, score.usual))
        figures = {"staying": f"{ours / staying:.2f}", "usual": f"{ours / usual:.2f}"} if staying and usual else None
        inside = round(100 * mean_over(score.coverage, AHEAD))
        trust = t("outlook_trust", tried=score.origins, inside=inside, **figures) if figures else ""
    if outlook.forecast is None:
        return OutlookView(heading, [t(f"outlook_{outlook.silence}")], trust, Markup(), Markup())
    quantiles = outlook.forecast.quantiles
    low, high = (price_label(round(float(quantiles[-1, place]), 4)) for place in BAND)
    said = [t("outlook_said", low=low, high=high, middle=price_label(round(float(quantiles[-1, 3]), 4)))]
    if cap is not None and outlook.forecast.under is not None:
        said.append(t("outlook_under", cap=price_label(cap), chance=round(100 * float(outlook.forecast.under[-1]))))

    def drawn(size: tuple[int, int]) -> Markup:
        words = (t("now"), heading)
        made = fan(steps, quantiles, now, size=size, theme=PAGE, setter=setter, words=words)
        return Markup(inline(made))  # noqa: S704 - numbers and words of ours

    return OutlookView(heading, said, trust, drawn(_SIZE), drawn(_PHONE))
