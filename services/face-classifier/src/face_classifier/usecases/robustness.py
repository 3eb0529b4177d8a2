"""How a model stands up to those who would fool it: each method against photos of people that it knows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from face_classifier.core.bundles import Manifest
from face_classifier.core.curves import robustness_svg
from face_classifier.core.fooling import Fooled, Fooling, FoolingError, Step, distance
from face_classifier.core.material import STRANGER, Material
from face_classifier.core.recipes import Recipe, RecipeError, recipe_of
from face_classifier.core.robustness import NORMS, RADII, judged
from face_classifier.core.survival import middle
from face_classifier.ports import Fooler, ModelStore

RESULT: Final = "robustness.json"
PICTURE: Final = "robustness.svg"
FORMAT: Final = 1
STEPS: Final = {"l2-momentum": 200, "deepfool": 50, "cw": 500, "fgsm": max(RADII), "pgd": 40}


def recipe_for(manifest: Manifest) -> Recipe:
    """How photos are to be cut out and parted for a model: as it was trained, with nobody kept back.

    Raises:
        FoolingError: the manifest does not say how it was trained.
    """
    try:
        return replace(recipe_of(manifest.settings), kept_back=())
    except RecipeError as error:
        raise FoolingError(f"its manifest does not say how it was trained: {error}") from error


def photos_of(manifest: Manifest, material: Material, most: int, seed: int) -> tuple[NDArray[np.uint8], Any]:
    """What the model sees of photos of people it knows, [n, 96, 96, 3], and their labels by number, [n].

    Those that a training by its rules would have left out, if there are any; `most` of them, by chance.

    Raises:
        FoolingError: it knows none of the people.
    """
    numbers = {label.id: number for number, label in enumerate(manifest.labels)}
    own = np.array([numbers.get(label.id, STRANGER) for label in material.labels], np.int64)
    truth = np.where(material.truth == STRANGER, STRANGER, own[material.truth])
    known = truth != STRANGER
    unseen = known & ~material.learnt
    places = np.flatnonzero(unseen if unseen.any() else known)
    if not len(places):
        raise FoolingError("the model knows none of these people")
    if len(places) > most:
        places = np.sort(np.random.default_rng(seed).choice(places, most, replace=False))
    return np.stack([middle(material.crops[place]) for place in places]), truth[places]


async def robustness(  # noqa: PLR0917  (what is asked, of whom, and where it goes)
    out: ModelStore,
    manifest: Manifest,
    fooler: Fooler,
    seen: NDArray[np.uint8],
    truth: NDArray[np.int64],
    methods: Sequence[str],
    told: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Lead photos astray by each method; keeps `robustness.json` and `robustness.svg`, and gives what the former says.

    `seen` is [n, 96, 96, 3], `truth` [n] their labels by number; `methods` are some of `core.robustness.NORMS`. `told`
    gets how much was done since the last time; see `rounds`.

    Raises:
        FoolingError: one of the methods is none.
    """
    if strange := [method for method in methods if method not in NORMS]:
        raise FoolingError(f"method is one of {', '.join(NORMS)}, not {strange[0]!r:.40}")
    found = []
    for method in methods:
        needed = await anyio.to_thread.run_sync(_needed, fooler, seen, truth, method, told)
        found.append(judged(method, needed))
    said = {
        "format": FORMAT,
        "model": {"name": manifest.name, "architecture": manifest.architecture, "labels": len(manifest.labels)},
        "photos": len(seen),
        "accuracy": round(found[0].accuracy, 4),
        "methods": [each.as_json() for each in found],
    }
    await out.put(PICTURE, robustness_svg(found).encode())
    await out.put_json(RESULT, said)
    return said


def rounds(methods: Sequence[str]) -> int:
    """What `told` of `robustness` adds up to."""
    return sum(1_000 * len(RADII if method == "pgd" else (0,)) for method in methods)


def _needed(
    fooler: Fooler,
    seen: NDArray[np.uint8],
    truth: NDArray[np.int64],
    method: str,
    told: Callable[[int], None],
) -> NDArray[np.float64]:
    """The change that each photo needs: see `core.robustness.judged`."""
    needed = np.full(len(seen), np.inf)
    for radius in RADII if method == "pgd" else (max(RADII),):
        left = np.flatnonzero(np.isinf(needed))
        if len(left):
            fooling = Fooling(method, STEPS[method], epsilon=radius, away=True)
            done = _Share(told)
            found = fooler.fool(seen[left], truth[left], fooling, done)
            done.end()
            needed[left] = _distances(seen[left], found, NORMS[method])
        else:
            told(1_000)
    mistaken = fooler.probabilities(seen).argmax(1) != truth
    return np.where(mistaken, 0.0, needed)


def _distances(before: NDArray[np.uint8], found: Fooled, norm: str) -> NDArray[np.float64]:
    far = [distance(one, other) for one, other in zip(before, found.pictures, strict=True)]
    lengths = np.array([each.l2 if norm == "l2" else each.linf * 255 for each in far])
    return np.where(found.reached, lengths, np.inf)


class _Share:
    """Steps as parts of 1,000."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self._told, self._last = told, 0

    def __call__(self, at: Step) -> None:
        now = 1_000 * at.step // at.steps
        self._told(now - self._last)
        self._last = now

    def end(self) -> None:
        self._told(1_000 - self._last)
