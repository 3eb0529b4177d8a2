"""How a model is trained: with the data set, its settings repeat it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

ARCHITECTURES: Final = ("resnet", "cnn2016")
PRECISIONS: Final = ("float32", "mixed_bfloat16")
FACES: Final = ("detect", "whole")


class RecipeError(ValueError):
    """These settings train no model; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of a training.

    Attributes:
        architecture: `resnet` or `cnn2016`.
        split: which photos are learnt from, by the rules of `core.splitting`.
        faces: `detect` cuts out the largest face of each photo, `whole` takes each photo as a face.
        steps: batches that are shown.
        batch: pictures in each. On 35 people 32 recognised 99.4 % where 64 recognised 97.1 %.
        rate: the learning rate at its highest, after the warm-up; a cosine lowers it to a hundredth.
        warm_up: steps in which it rises.
        weight_decay: of AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101).
        ema: how much of the weights' moving average stays at each step; the average is what answers.
        label_smoothing: the share of the truth that is given to the other labels.
        augment: pictures are changed a little each time; see `core.augmentation`.
        adversarial: by up to so many of 255 levels half of the pictures are changed, so that the model as it is sees
            their label least (Madry et al. 2017, arXiv:1706.06083); 0 leaves them.
        precision: what is computed in: `float32`, or `mixed_bfloat16` where there is hardware for it.
        seed: of the first weights, the order and the changes.
        kept_back: labels that are not learnt; by their photos it is judged whether strangers are told from others.
    """

    architecture: str = "resnet"
    split: str = "fraction-0.8"
    faces: str = "detect"
    steps: int = 1_500
    batch: int = 32
    rate: float = 6e-3
    warm_up: int = 100
    weight_decay: float = 0.3
    ema: float = 0.99
    label_smoothing: float = 0.0
    augment: bool = True
    adversarial: float = 0.0
    precision: str = "float32"
    seed: int = 0
    kept_back: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what trains nothing."""
        for name, choices in (("architecture", ARCHITECTURES), ("precision", PRECISIONS), ("faces", FACES)):
            if (value := getattr(self, name)) not in choices:
                raise RecipeError(f"{name} is one of {', '.join(choices)}, not {value!r:.40}")
        for name, least, most in _RANGES:
            value = getattr(self, name)
            if not least <= value <= most:  # refuses NaN too
                raise RecipeError(f"{name} is from {least:g} to {most:g}, not {value}")

    def as_json(self) -> dict[str, Any]:
        """It as `recipe_of` reads it."""
        return {**asdict(self), "kept_back": list(self.kept_back)}


_RANGES: Final = (
    ("steps", 1, 10_000_000),
    ("batch", 1, 65_536),
    ("rate", 1e-9, 10.0),
    ("warm_up", 0, 10_000_000),
    ("weight_decay", 0.0, 10.0),
    ("ema", 0.0, 0.99999),
    ("label_smoothing", 0.0, 0.9),
    ("adversarial", 0.0, 64.0),
    ("seed", 0, 2**32 - 1),
)


def recipe_of(said: Mapping[str, Any]) -> Recipe:
    """The recipe that a JSON object says; what it does not name is as by default.

    Raises:
        RecipeError: it names what there is not, or a value that cannot be.
    """
    defaults = Recipe()
    known = defaults.as_json()
    if strange := sorted(said.keys() - known.keys()):
        raise RecipeError(f"there is no setting {strange[0]!r:.40}; there are {', '.join(known)}")
    return Recipe(**{name: _as(name, value, type(known[name])) for name, value in said.items()})


def _as(name: str, value: Any, wanted: type) -> Any:
    if wanted is list:
        fits = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    elif wanted is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        fits = type(value) is wanted
    if not fits:
        raise RecipeError(f"{name} has to be {_KINDS[wanted]}")
    return tuple(value) if wanted is list else wanted(value)


_KINDS: Final = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    list: "a list of texts",
}
