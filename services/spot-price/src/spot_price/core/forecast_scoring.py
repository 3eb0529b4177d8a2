"""How good a pool's forecasts would have been: walked forward over its own past, against two that are free.

Each forecast is made with what was known then, and compared with what came. The loss is the pinball loss of the
logarithm of the price, the mean over the quantiles: 0.01 is about a hundredth of the price. In dollars a single spike
would outweigh months.

Source: Gneiting and Raftery, "Strictly proper scoring rules, prediction, and estimation", JASA 102, 2007.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spot_price.core.forecast import (
    AHEAD,
    BAND,
    LEAST,
    SHARES,
    WINDOW,
    Floats,
    Forecast,
    Past,
    forecast,
    staying,
    usual,
)

ORIGINS: Final = 48
"""Forecasts that are tried."""
LEAST_ORIGINS: Final = 12
"""With fewer nothing can be said."""
TRIED_OVER: Final = 14 * 24
"""Hours over which forecasts are tried: a pool that has changed its ways is judged by the new ones."""
HOURS: Final = WINDOW + TRIED_OVER + AHEAD
"""Hours of the past that scoring looks at."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """How far off forecasts of one kind were, by hours ahead.

    Attributes:
        pinball: the loss, (AHEAD,).
        brier: the mean squared error of the chance to stay under the cap, (AHEAD,); None: no cap.
    """

    pinball: Floats
    brier: Floats | None


@dataclass(frozen=True, slots=True)
class Fared:
    """How forecasts fared over some hours ahead, in figures for people.

    Attributes:
        tried: how many were made again.
        ours, staying, usual: the loss of each kind.
        in_band: how often the price was in our 80 % band.
    """

    tried: int
    ours: float
    staying: float
    usual: float
    in_band: float

    @property
    def beats_both(self) -> bool:
        """Whether our loss was the least of the three."""
        return self.ours < min(self.staying, self.usual)


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """How forecasts fared.

    Attributes:
        origins: how many were tried.
        ours, staying, usual: how far off each kind was.
        coverage: how often the price was in our 80 % band, by hours ahead, (AHEAD,).
    """

    origins: int
    ours: Marks
    staying: Marks
    usual: Marks
    coverage: Floats

    def over(self, hours: int) -> Fared:
        """The means over so many hours ahead."""
        ours, staying, usual = (float(kind.pinball[:hours].mean()) for kind in (self.ours, self.staying, self.usual))
        return Fared(self.origins, ours, staying, usual, float(self.coverage[:hours].mean()))


def score(past: Past, *, cap: float | None = None) -> Score | None:
    """Try forecasts at hours of the past, evenly spread; None: fewer than `LEAST_ORIGINS` could be tried.

    Args:
        past: the price, best of `HOURS` hours.
        cap: the chance to stay under this is tried too, US dollars an hour.
    """
    last = len(past.level) - 1 - AHEAD
    first = max(LEAST, last - TRIED_OVER + 1)
    if last < first:
        return None
    kinds: tuple[list[Forecast], ...] = ([], [], [])
    came: list[Floats] = []
    peaks: list[Floats] = []
    for at in np.unique(np.linspace(first, last, ORIGINS).astype(int)).tolist():
        ours, mostly = forecast(past, at=at, cap=cap), usual(past, at=at, cap=cap)
        if ours is None or mostly is None or np.isnan(past.later[:, at]).any():
            continue
        for kind, made in zip(kinds, (ours, staying(past, at=at, cap=cap), mostly), strict=True):
            kind.append(made)
        came.append(past.later[:, at])
        peaks.append(past.peak[:, at])
    if len(came) < LEAST_ORIGINS:
        return None
    truth, peak = np.array(came), np.array(peaks)
    band = np.log([made.quantiles for made in kinds[0]])[:, :, BAND]
    inside = (truth >= band[..., 0] - 1e-9) & (truth <= band[..., 1] + 1e-9)
    under = None if cap is None else peak <= np.log(cap) + 1e-9
    marks = [_marks(kind, truth, under) for kind in kinds]
    return Score(len(came), marks[0], marks[1], marks[2], inside.mean(axis=0))


def _marks(made: list[Forecast], truth: Floats, under: NDArray[np.bool_] | None) -> Marks:
    off = truth[:, :, None] - np.log([one.quantiles for one in made])
    shares = np.array(SHARES)
    pinball = np.maximum(shares * off, (shares - 1) * off).mean(axis=(0, 2))
    if under is None:
        return Marks(pinball, None)
    chance = np.array([one.under for one in made], np.float64)
    return Marks(pinball, ((chance - under) ** 2).mean(axis=0))
