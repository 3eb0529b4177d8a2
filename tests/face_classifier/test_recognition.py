"""Whose face it is by the network's numbers, and which version of the model answers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from face_classifier.core.bundles import BundleError, Unknown
from face_classifier.core.promotions import PromotionError, Promotions, read_promotions, write_promotions
from face_classifier.core.recognition import check_centroids, recognize
from faces_models import tiny_bundle

MANIFEST, _ = tiny_bundle(3)
CENTROIDS = np.eye(3, dtype=np.float32)


@given(st.lists(st.floats(-20, 20), min_size=3, max_size=3), st.floats(0.1, 10), st.integers(1, 5))
def test_guesses_are_calibrated_and_in_order(logits: list[float], temperature: float, top: int) -> None:
    manifest = replace(MANIFEST, temperature=temperature)
    (found,) = recognize(np.array([logits], np.float32), CENTROIDS[:1], manifest, CENTROIDS, top=top)
    probabilities = [guess.probability for guess in found.guesses]
    assert len(probabilities) == min(top, 3)
    assert probabilities == sorted(probabilities, reverse=True)
    weights = np.exp((np.array(logits) - max(logits)) / temperature)
    assert probabilities[0] == pytest.approx(weights.max() / weights.sum(), abs=1e-5)
    if top >= 3:
        assert sum(probabilities) == pytest.approx(1)


@pytest.mark.parametrize(
    ("logits", "embedding", "unknown"),
    [
        ([9, 0, 0], [2, 0, 0], False),
        ([0.1, 0, 0], [2, 0, 0], True),  # improbable
        ([9, 0, 0], [-1, -1, -1], True),  # far from everybody
    ],
)
def test_a_face_is_unknown_where_it_is_improbable_or_far(
    logits: list[float], embedding: list[float], unknown: bool
) -> None:
    manifest = replace(MANIFEST, unknown=Unknown(0.5, 0.4))
    arrays = np.array([logits], np.float32), np.array([embedding], np.float32)
    (found,) = recognize(*arrays, manifest, CENTROIDS, top=1)
    assert found.unknown is unknown
    assert (found.guesses[0].label.id, 0 <= found.distance <= 2) == ("label-0", True)


def test_no_face_is_nobody() -> None:
    assert recognize(np.empty((0, 3), np.float32), np.empty((0, 3), np.float32), MANIFEST, CENTROIDS, top=3) == []


def test_centroids_have_to_fit_the_model() -> None:
    assert check_centroids(CENTROIDS, MANIFEST, 3) is CENTROIDS
    for wrong in (CENTROIDS[:2], CENTROIDS[0], np.full((3, 3), np.nan, np.float32)):
        with pytest.raises(BundleError, match="3 × 3"):
            check_centroids(wrong, MANIFEST, 3)


@given(st.lists(st.integers(1, 9), max_size=120))
def test_promotions_are_kept_and_taken_back_one_by_one(numbers: list[int]) -> None:
    now = Promotions()
    for number in numbers:
        now = now.promote(number)
        assert now.current == number
        assert now.promote(number) is now
        assert read_promotions(write_promotions(now)) == now
    assert len(now.versions) <= 100
    while (before := now.rollback()) is not None:
        assert before.versions == now.versions[:-1]
        now = before
    assert len(now.versions) <= 1


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2, "version": 1, "before": []}', '{"format": 1, "version": "1", "before": []}']
)
def test_what_is_no_promotion_is_refused(text: str) -> None:
    with pytest.raises(PromotionError, match=r"promoted\.json"):
        read_promotions(text.encode())
