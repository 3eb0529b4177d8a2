"""What a model's answers to photos that it had not seen say of it: its metrics, and when a face is a stranger's."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from face_classifier.core import evaluation
from face_classifier.core.bundles import Unknown
from face_classifier.core.material import Learnt, Material

WORST: Final = 24
CURVE: Final = 200
"""Points of a curve that are kept."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A photo that was taken for somebody else.

    Attributes:
        place: of the photo in the material.
        taken_for: the label's number.
        probability: as the model said.
        truth: the probability that it gave to who it is.
    """

    place: int
    taken_for: int
    probability: float
    truth: float


@dataclass(frozen=True, slots=True)
class Judged:
    """How good a model is.

    Attributes:
        metrics: as `metrics.json` has them.
        temperature, unknown: what its manifest needs.
        centroids: each label's mean embedding.
        mistakes: the surest first.
        confusion: [labels, labels], truth by answer.
        roc: the curve for strangers, by their distance; None if nobody was kept back.
    """

    metrics: dict[str, Any]
    temperature: float
    unknown: Unknown
    centroids: NDArray[np.float32]
    mistakes: list[Mistake]
    confusion: NDArray[np.int64]
    roc: list[tuple[float, float]] | None


def judge(material: Material, learnt: Learnt) -> Judged:
    """Judge a model by the photos that it did not learn from; by all if it learnt from all."""
    judged = material.judged if material.judged.any() else material.learnt
    truth, logits = material.truth[judged], learnt.logits[judged]
    middles = evaluation.centroids(
        learnt.embeddings[material.learnt], material.truth[material.learnt], len(material.labels)
    )
    temperature = evaluation.fit_temperature(logits, truth)
    honest = evaluation.calibrated(logits, truth)
    bins = evaluation.reliability(honest, truth)
    distance = evaluation.distances(learnt.embeddings[judged], middles)
    unknown = Unknown(*evaluation.thresholds(evaluation.softmax(logits, temperature), distance))
    table = evaluation.confusion(logits, truth)
    strangers, roc = _strangers(material, learnt, middles, distance, temperature, unknown)
    metrics = {
        "top1": evaluation.top_k(logits, truth),
        f"top{evaluation.TOP_K}": evaluation.top_k(logits, truth, evaluation.TOP_K),
        "nearest_centroid": _nearest(learnt.embeddings[judged], middles, truth),
        "calibration_error": evaluation.calibration_error(bins),
        "reliability": [[each.confidence, each.accuracy, each.count] for each in bins],
        "photos": {"learnt": int(material.learnt.sum()), "judged": int(judged.sum())},
        "per_label": _per_label(material, table),
        "strangers": strangers,
    }
    mistakes = _mistakes(evaluation.softmax(logits, temperature), truth, np.flatnonzero(judged))
    return Judged(metrics, temperature, unknown, middles, mistakes, table, roc)


def _nearest(embeddings: Any, middles: Any, truth: Any) -> float:
    return float(((embeddings @ middles.T).argmax(axis=1) == truth).mean())


def _per_label(material: Material, table: NDArray[np.int64]) -> list[dict[str, Any]]:
    right, photos, said = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    return [
        {
            "id": label.id,
            "photos": int(photos[place]),
            "recall": float(right[place] / photos[place]) if photos[place] else None,
            "precision": float(right[place] / said[place]) if said[place] else None,
        }
        for place, label in enumerate(material.labels)
    ]


def _strangers(  # noqa: PLR0917  (what the caller has computed)
    material: Material, learnt: Learnt, middles: Any, distance: Any, temperature: float, unknown: Unknown
) -> tuple[dict[str, Any] | None, list[tuple[float, float]] | None]:
    """How well people who were kept back are told from known ones: by distance, by probability, and by both bounds."""
    theirs = material.strangers
    if not theirs.any():
        return None, None
    judged = material.judged if material.judged.any() else material.learnt
    far = evaluation.distances(learnt.embeddings[theirs], middles)
    sure = evaluation.softmax(learnt.logits[theirs], temperature).max(axis=1)
    known_sure = evaluation.softmax(learnt.logits[judged], temperature).max(axis=1)
    roc = evaluation.roc(distance, far)
    said = {
        "photos": int(theirs.sum()),
        "auroc_distance": evaluation.auroc(distance, far),
        "auroc_probability": evaluation.auroc(-known_sure, -sure),
        "false_positives_at_95": evaluation.false_positives(distance, far),
        "found": float(((far > unknown.distance) | (sure < unknown.probability)).mean()),
        "known_called_strangers": float(((distance > unknown.distance) | (known_sure < unknown.probability)).mean()),
    }
    return said, roc[:: max(1, len(roc) // CURVE)] + roc[-1:]


def _mistakes(probabilities: Any, truth: Any, places: Any) -> list[Mistake]:
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != truth)
    wrong = wrong[np.argsort(-probabilities[wrong, answers[wrong]])][:WORST]
    return [
        Mistake(
            int(places[each]),
            int(answers[each]),
            float(probabilities[each, answers[each]]),
            float(probabilities[each, truth[each]]),
        )
        for each in wrong
    ]
