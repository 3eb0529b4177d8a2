"""How much change it takes until a model no longer sees who it is: robust accuracy by what an attacker may change."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from face_classifier.core.fooling import FoolingError

NORMS: Final = {"l2-momentum": "l2", "deepfool": "l2", "cw": "l2", "fgsm": "linf", "pgd": "linf"}
"""By what norm each method keeps its change small; `pgd` keeps to a radius, the others look for the least."""
USUAL: Final = ("l2-momentum", "deepfool", "fgsm", "pgd")
RADII: Final = (1, 2, 3, 4, 6, 8, 12, 16)
"""Of 255, at which `pgd` is tried; `fgsm` goes as far as the last."""
POINTS: Final = 33
FARTHEST: Final = 4.0
"""L2 at which curves end: over 96 × 96 × 3 numbers that is 6 of 255 each, which is plain to see."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Robustness:
    """How a model fared against one method.

    Attributes:
        method: one of `NORMS`.
        accuracy: the share of photos that it recognises as they are.
        curve: radii (L2; or L∞, of 255), each with the share that it still recognises after any change so large.
        success: the share of recognised photos that were led astray at all.
        median: the radius by which half of the recognised photos are led astray; None if half never is.
    """

    method: str
    accuracy: float
    curve: list[tuple[float, float]]
    success: float
    median: float | None

    @property
    def norm(self) -> str:
        """`l2` or `linf`."""
        return NORMS[self.method]

    def as_json(self) -> dict[str, Any]:
        """For `robustness.json`."""
        return {
            "method": self.method,
            "norm": self.norm,
            "success": round(self.success, 4),
            "median": None if self.median is None else round(self.median, 4),
            "curve": [[round(radius, 4), round(share, 4)] for radius, share in self.curve],
        }


def judged(method: str, needed: Floats) -> Robustness:
    """How a model fared.

    Args:
        method: one of `NORMS`.
        needed: [n], the change that each photo needed; 0 if it was mistaken as it is, infinite if none was found.

    Raises:
        FoolingError: there is no photo.
    """
    if not len(needed):
        raise FoolingError("there is no photo to lead astray")
    radii = np.linspace(0, FARTHEST, POINTS) if NORMS[method] == "l2" else np.array([0, *RADII], np.float64)
    # a change as large as the radius counts; floats say 3/255 * 255 is a little over or under 3
    curve = [(float(radius), float((needed > radius + 1e-6).mean())) for radius in radii]
    recognised = needed[needed > 0]
    middle = float(np.median(recognised)) if len(recognised) else np.inf
    return Robustness(
        method=method,
        accuracy=float((needed > 0).mean()),
        curve=curve,
        success=float(np.isfinite(recognised).mean()) if len(recognised) else 0.0,
        median=middle if np.isfinite(middle) else None,
    )
