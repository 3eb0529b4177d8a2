"""Whose face it is, by what a network says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from face_classifier.core.bundles import BundleError, Manifest
from face_classifier.core.datasets import Label
from face_classifier.core.evaluation import distances, softmax

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Guess:
    """Somebody it may be, and how probable that is, calibrated."""

    label: Label
    probability: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """Whose face it is.

    Attributes:
        guesses: the likeliest first.
        distance: from the nearest label's photos: one less the cosine, from 0 to 2.
        unknown: it is nobody whom the model knows: the first guess is too improbable, or all are too far.
    """

    guesses: tuple[Guess, ...]
    distance: float
    unknown: bool


def recognize(
    logits: Numbers, embeddings: Numbers, manifest: Manifest, centroids: Numbers, *, top: int
) -> list[Recognition]:
    """Say whose faces they are.

    Args:
        logits: [n, labels].
        embeddings: [n, width].
        manifest: of the model that gave both.
        centroids: of its labels: [labels, width], of unit length.
        top: guesses of each, at most.
    """
    if not len(logits):
        return []
    probabilities = softmax(logits.astype(np.float64), manifest.temperature)
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    return [
        Recognition(
            tuple(Guess(manifest.labels[at], float(row[at])) for at in places),
            float(distance),
            bool(row[places[0]] < manifest.unknown.probability or distance > manifest.unknown.distance),
        )
        for row, places, distance in zip(
            probabilities, best.tolist(), distances(embeddings.astype(np.float64), centroids), strict=True
        )
    ]


def check_centroids(centroids: Numbers, manifest: Manifest, width: int) -> Numbers:
    """The centroids, if they fit the labels and the network's embeddings.

    Raises:
        BundleError: they do not.
    """
    wanted = (len(manifest.labels), width)
    if centroids.shape != wanted or not np.isfinite(centroids).all():
        raise BundleError(f"centroids.npy has to hold {_shape(wanted)} numbers, and holds {_shape(centroids.shape)}")
    return centroids


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape)) or "one"
