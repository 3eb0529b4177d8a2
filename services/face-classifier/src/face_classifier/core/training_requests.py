"""What is asked of a training that the service is to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from face_classifier.core.recipes import Recipe, recipe_of

DRAWN: Final = "drawn"
"""The data set that is made when it is asked for and is not there: people who do not exist."""
DRAWN_PEOPLE: Final = 10
DRAWN_PHOTOS: Final = 20


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """A training.

    Attributes:
        data_set: the name of the data set.
        name: the model's.
        recipe: its settings.
        promote: whether it is to answer as soon as it is done.
    """

    data_set: str
    name: str
    recipe: Recipe
    promote: bool = False

    def as_json(self) -> dict[str, Any]:
        """It as `training_request_of` reads it."""
        return {
            "data_set": self.data_set,
            "name": self.name,
            "recipe": self.recipe.as_json(),
            "promote": self.promote,
        }


def training_request_of(said: Mapping[str, Any]) -> TrainingRequest:
    """What JSON says. Raises RecipeError, KeyError."""
    return TrainingRequest(said["data_set"], said["name"], recipe_of(said["recipe"]), promote=said["promote"])


def training_words(request: TrainingRequest, data_set: str, run: str) -> list[str]:
    """The command that does it: what `face-classifier` is called with."""
    recipe = request.recipe
    words = [
        *("train", data_set, "--output", run, "--events", "--name", request.name),
        *("--arch", recipe.architecture, "--split", recipe.split, "--faces", recipe.faces),
        *("--steps", str(recipe.steps), "--batch", str(recipe.batch), "--rate", repr(recipe.rate)),
        *("--weight-decay", repr(recipe.weight_decay), "--ema", repr(recipe.ema)),
        *("--label-smoothing", repr(recipe.label_smoothing), "--seed", str(recipe.seed)),
        *("--adversarial-training", repr(recipe.adversarial)),
        "--augment" if recipe.augment else "--no-augment",
    ]
    return [*words, *(word for label in recipe.kept_back for word in ("--keep-back", label))]


def drawing_words(data_set: str) -> list[str]:
    """The command that draws people who do not exist."""
    return ["dataset", "make", data_set, "--people", str(DRAWN_PEOPLE), "--photos", str(DRAWN_PHOTOS)]
