"""How good a model is, from what it said of photos that it had not seen."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

BINS: Final = 15
TOP_K: Final = 3
KNOWN_KEPT: Final = 0.95
"""The share of known faces that the thresholds for strangers are to leave known."""
TEMPERATURES: Final = (0.05, 20.0)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose probability is about the same.

    Attributes:
        low, high: the probabilities of this bin.
        count: how many answers.
        confidence: the mean of their probabilities.
        accuracy: the share of them that was right.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Probabilities of logits [n, labels]."""
    scaled = np.asarray(logits, np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    weights = np.exp(scaled)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def top_k(logits: Floats, labels: Labels, k: int = 1) -> float:
    """The share of photos whose label is among the `k` likeliest."""
    best = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


def confusion(logits: Floats, labels: Labels) -> NDArray[np.int64]:
    """How often each label (row) was taken for each (column)."""
    count = logits.shape[1]
    pairs = labels * count + logits.argmax(axis=1)
    return np.bincount(pairs, minlength=count * count).reshape(count, count)


def fit_temperature(logits: Floats, labels: Labels) -> float:
    """The temperature by which the truth is likeliest (Guo et al. 2017, arXiv:1706.04599).

    Where every answer is right any lower one would be better still: it stays within 0.05 and 20.
    """
    low, high = (float(np.log(each)) for each in TEMPERATURES)
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(60):  # the likelihood has one peak: halves the interval every 1.44 rounds
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _surprise(logits, labels, np.exp(left)) <= _surprise(logits, labels, np.exp(right)):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def _surprise(logits: Floats, labels: Labels, temperature: float) -> float:
    truth = softmax(logits, temperature)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(truth, 1e-300)).mean())


def calibrated(logits: Floats, labels: Labels, seed: int = 0) -> Floats:
    """Probabilities, each half of the photos at the temperature that fits the other: an honest look at calibration."""
    half = np.random.default_rng(seed).permutation(len(labels)) % 2 == 0
    found = np.empty(logits.shape, np.float64)
    for part in (half, ~half):
        others = ~part if (~part).any() else part
        found[part] = softmax(logits[part], fit_temperature(logits[others], labels[others]))
    return found


def reliability(probabilities: Floats, labels: Labels) -> list[Bin]:
    """The answers, parted by how probable they were said to be; empty bins are left out."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        Bin(
            place / BINS,
            (place + 1) / BINS,
            int(here.sum()),
            float(confidence[here].mean()),
            float(right[here].mean()),
        )
        for place in range(BINS)
        if (here := places == place).any()
    ]


def calibration_error(bins: list[Bin]) -> float:
    """The expected calibration error: the mean distance between what was said and what was so (Naeini et al. 2015)."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / max(total, 1)


def centroids(embeddings: Floats, labels: Labels, count: int) -> NDArray[np.float32]:
    """Each label's mean unit embedding, of unit length: [labels, d]; zeros for a label without a photo."""
    unit = _unit(embeddings)
    sums = np.zeros((count, unit.shape[1]))
    np.add.at(sums, labels, unit)
    return _unit(sums).astype(np.float32)


def distances(embeddings: Floats, middles: NDArray[np.float32]) -> Floats:
    """From each face to the nearest label: one less the cosine, from 0 to 2."""
    return np.asarray(1 - (_unit(embeddings) @ middles.T.astype(np.float64)).max(axis=1))


def _unit(vectors: Floats) -> Floats:
    wide = np.asarray(vectors, np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12))


def auroc(known: Floats, strangers: Floats) -> float:
    """The probability that a stranger's score is above a known face's, ties counting half (Mann and Whitney 1947)."""
    both = np.concatenate([known, strangers])
    _, places, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    above = ranks[len(known) :].sum() - len(strangers) * (len(strangers) + 1) / 2
    return float(above / (len(known) * len(strangers)))


def roc(known: Floats, strangers: Floats) -> list[tuple[float, float]]:
    """The curve: shares of known faces and of strangers that are called strangers, from (0, 0) to (1, 1)."""
    scores = np.unique(np.concatenate([known, strangers]))[::-1]
    return [(0.0, 0.0), *((float((known >= at).mean()), float((strangers >= at).mean())) for at in scores)]


def false_positives(known: Floats, strangers: Floats, found: float = 0.95) -> float:
    """The share of known faces that is called strange where that share of the strangers is found."""
    missed = int(len(strangers) * (1 - found) + 1e-9)  # 20 × (1 - 0.95) is a little under 1
    at = np.sort(strangers)[missed]
    return float((known >= at).mean())


def thresholds(probabilities: Floats, distance: Floats) -> tuple[float, float]:
    """The least probability and the greatest distance that leave 95 % of these known faces known."""
    share = (1 - KNOWN_KEPT) / 2  # each of the two may cost half of what may be lost
    least = float(np.quantile(probabilities.max(axis=1), share, method="lower"))
    return min(least, 0.99), float(np.quantile(distance, 1 - share, method="higher"))
