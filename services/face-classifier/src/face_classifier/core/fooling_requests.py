"""What is asked of optimal inputs that the service is to make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from face_classifier.core.fooling import Fooling


@dataclass(frozen=True, slots=True)
class FoolingRequest:
    """Optimal inputs.

    Attributes:
        version: of the model.
        targets: ids of its labels, or `all`.
        fooling: how.
        faces: `detect` or `whole`: what of a photo is taken.
        seed: of the noise, where there is no photo.
        photo: whether it begins with a photo, which is kept with the job.
    """

    version: int
    targets: tuple[str, ...]
    fooling: Fooling
    faces: str = "detect"
    seed: int = 0
    photo: bool = False

    def as_json(self) -> dict[str, Any]:
        """It as `fooling_request_of` reads it."""
        return {
            "version": self.version,
            "targets": list(self.targets),
            "method": self.fooling.method,
            "steps": self.fooling.steps,
            "probability": self.fooling.probability,
            "epsilon": self.fooling.epsilon,
            "faces": self.faces,
            "seed": self.seed,
            "photo": self.photo,
        }


def fooling_request_of(said: Mapping[str, Any]) -> FoolingRequest:
    """What JSON says. Raises FoolingError, KeyError."""
    fooling = Fooling(said["method"], said["steps"], said["probability"], said["epsilon"])
    targets = tuple(said["targets"])
    return FoolingRequest(said["version"], targets, fooling, said["faces"], said["seed"], photo=said["photo"])


def fooling_words(request: FoolingRequest, model: str, out: str, photo: str | None) -> list[str]:
    """The command that does it: what `face-classifier` is called with."""
    fooling = request.fooling
    words = [
        *("optimal-input", model, "--output", out, "--events", "--method", fooling.method),
        *("--probability", repr(fooling.probability), "--epsilon", repr(fooling.epsilon)),
        *("--faces", request.faces, "--seed", str(request.seed)),
        *(() if photo is None else ("--from", photo)),
        *(() if fooling.steps is None else ("--steps", str(fooling.steps))),
    ]
    return [*words, *(word for target in request.targets for word in ("--target", target))]
