"""What the monitor's chart shows, and how keys change it. Nothing here draws or waits."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from spot_price.core.band import NOTHING
from spot_price.core.records import Seconds

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400
WINDOWS: Final = tuple(
    seconds
    for seconds in (
        *(minutes * MINUTE for minutes in (15, 30)),
        *(hours * HOUR for hours in (1, 3, 6, 12)),
        *(days * DAY for days in (1, 2, 3, 7, 14, 30, 60, 90)),
    )
)
"""Windows that `[` and `]` go through; the API answers for 90 days."""
FARTHEST: Final = 730 * DAY
"""How far back `←` goes: for as long as a service keeps prices by default."""
ZOOM: Final = 1.5
MOVE: Final = 0.25
"""Share of what is seen that one press of an arrow moves by."""
LEAST_PRICE: Final = 1e-4
"""US dollars an hour: the lowest bottom of a log scale, and the least height of a band."""
MOST_PRICE: Final = 1e5

Band: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class View:
    """What is seen.

    Attributes:
        window: seconds from the left edge to the right one.
        end: the right edge; None: now, and so it moves.
        band: US dollars an hour at the bottom and at the top; None: as `first_band` finds it.
        log: whether equal ratios of prices are equally high.
    """

    window: Seconds = 3 * HOUR
    end: Seconds | None = None
    band: Band | None = None
    log: bool = False

    def stretch(self, now: Seconds) -> tuple[Seconds, Seconds]:
        """Time at the left and at the right edge."""
        end = now if self.end is None else min(self.end, now)
        return end - self.window, end

    def seen(self, found: Band = NOTHING) -> Band:
        """The band, `found` where none was chosen; fit for the scale."""
        return _fit(*(self.band or found), log=self.log)

    def zoomed(self, times: float, found: Band) -> "View":
        """The band `times` as high, above 1 is farther away; its bottom stays."""
        low, high = self.seen(found)
        high = low * (high / low) ** times if self.log else low + (high - low) * times
        return replace(self, band=_fit(low, high, log=self.log))

    def shifted(self, share: float, found: Band) -> "View":
        """The band moved by a share of its height, above 0 is up; it does not go under 0."""
        low, high = self.seen(found)
        if self.log:
            factor = max((high / low) ** share, LEAST_PRICE / low)
            low, high = low * factor, high * factor
        else:
            step = max((high - low) * share, -low)
            low, high = low + step, high + step
        return self if high > MOST_PRICE else replace(self, band=_fit(low, high, log=self.log))

    def moved(self, share: float, now: Seconds) -> "View":
        """The window moved by a share of its length, above 0 is later; at now it follows the clock."""
        end = self.stretch(now)[1] + round(self.window * share)
        return replace(self, end=None if end >= now else max(end, now - FARTHEST))

    def longer(self) -> "View":
        """The next longer window with the same right edge."""
        return replace(self, window=WINDOWS[min(bisect_right(WINDOWS, self.window), len(WINDOWS) - 1)])

    def shorter(self) -> "View":
        """The next shorter window with the same right edge."""
        return replace(self, window=WINDOWS[max(bisect_left(WINDOWS, self.window) - 1, 0)])

    def rescaled(self) -> "View":
        """Log in place of linear, or the other way."""
        return replace(self, log=not self.log)

    def first(self) -> "View":
        """As it was at first: the band near the lowest price, until now."""
        return replace(self, end=None, band=None)


def _fit(low: float, high: float, *, log: bool) -> Band:
    low = min(max(low, LEAST_PRICE if log else 0.0), MOST_PRICE)
    least = low * 1.001 if log else low + max(LEAST_PRICE, low * 1e-4)
    return low, max(min(high, 10 * MOST_PRICE), least)


def window_of(text: str) -> Seconds:
    """Seconds in `15m`, `3h`, `90d`.

    Raises:
        ValueError: it is none of these, or not from 15 minutes to 90 days.
    """
    number, unit = text.strip()[:-1], text.strip()[-1:].lower()
    if not (number.isascii() and number.isdigit()) or unit not in _UNITS:
        raise ValueError(f"“{text}” is no window: say minutes, hours or days, such as 15m, 3h, 90d")
    seconds = int(number) * _UNITS[unit]
    if not WINDOWS[0] <= seconds <= WINDOWS[-1]:
        raise ValueError(f"“{text}” is no window: it goes from 15m to 90d")
    return seconds


def span(seconds: Seconds) -> str:
    """A length of time as `window_of` reads it: `15m`, `3h`, `90d`."""
    for unit in ("d", "h"):
        if seconds % _UNITS[unit] == 0 and seconds:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{round(seconds / MINUTE)}m"


_UNITS: Final = {"m": MINUTE, "h": HOUR, "d": DAY}
