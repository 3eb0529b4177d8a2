"""Metrics, each against what it is by its definition."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from face_classifier.core import evaluation

scores = st.lists(st.integers(0, 8), min_size=1, max_size=20).map(lambda found: np.array(found, float))


def example(seed: int = 0, count: int = 200, labels: int = 5) -> tuple[evaluation.Floats, evaluation.Labels]:
    """Logits that are right more often than not, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, labels, count)
    return rng.normal(0, 2, (count, labels)) + 3 * np.eye(labels)[truth], truth


def test_top_k_and_confusion_are_as_scikit_learn_has_them() -> None:
    logits, truth = example()
    assert evaluation.top_k(logits, truth) == reference.accuracy_score(truth, logits.argmax(axis=1))
    assert evaluation.top_k(logits, truth, 3) == reference.top_k_accuracy_score(truth, logits, k=3)
    assert (evaluation.confusion(logits, truth) == reference.confusion_matrix(truth, logits.argmax(axis=1))).all()


@given(scores, scores)
def test_auroc_and_the_curve_are_as_scikit_learn_has_them(
    known: evaluation.Floats, strangers: evaluation.Floats
) -> None:
    truth = np.r_[np.zeros(len(known)), np.ones(len(strangers))]
    said = np.r_[known, strangers]
    assert evaluation.auroc(known, strangers) == pytest.approx(reference.roc_auc_score(truth, said))
    curve = evaluation.roc(known, strangers)
    assert curve[0] == (0, 0)
    assert curve[-1] == (1, 1)
    area = sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in pairwise(curve))
    assert area == pytest.approx(evaluation.auroc(known, strangers))


@given(scores, scores)
def test_where_95_of_100_strangers_are_found_so_many_known_faces_are_called_strange(
    known: evaluation.Floats, strangers: evaluation.Floats
) -> None:
    curve = evaluation.roc(known, strangers)
    assert evaluation.false_positives(known, strangers) == min(x for x, y in curve if y >= 0.95)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_logits_were_made_with_is_found(temperature: float) -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (20_000, 4))
    truth = (evaluation.softmax(logits).cumsum(axis=1) > rng.random((len(logits), 1))).argmax(axis=1)
    assert evaluation.fit_temperature(logits * temperature, truth) == pytest.approx(temperature, rel=0.05)
    bins = evaluation.reliability(evaluation.calibrated(logits * temperature, truth), truth)
    assert evaluation.calibration_error(bins) < 0.02
    assert sum(each.count for each in bins) == len(truth)


def test_thresholds_leave_what_they_promise_known() -> None:
    logits, _ = example()
    probabilities = evaluation.softmax(logits)
    distance = np.random.default_rng(2).random(len(logits))
    least, most = evaluation.thresholds(probabilities, distance)
    known = (probabilities.max(axis=1) >= least) & (distance <= most)
    assert known.mean() >= evaluation.KNOWN_KEPT


def test_centroids_are_of_unit_length_and_nearest_to_their_own() -> None:
    rng = np.random.default_rng(3)
    truth = np.repeat(np.arange(3), 10)
    embeddings = 5 * np.eye(8)[truth] + rng.normal(0, 0.1, (30, 8))
    middles = evaluation.centroids(embeddings, truth, 4)
    assert np.linalg.norm(middles, axis=1) == pytest.approx([1, 1, 1, 0])
    assert evaluation.distances(embeddings, middles).max() < 0.01
    assert evaluation.distances(-embeddings, middles).min() > 0.9
