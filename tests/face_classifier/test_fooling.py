"""What is asked for when a model is to be fooled, and how far the pictures went."""

from typing import Any

import numpy as np
import pytest

from face_classifier.core.fooling import Fooling, FoolingError, distance, top


def photo(seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(20, 230, (6, 6, 3))
    return np.kron(coarse, np.ones((4, 4, 1))).astype(np.uint8)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"method": "magic"}, "method is one of adam2016, l2-momentum"),
        ({"probability": 1.0}, "over 0 and under 1"),
        ({"probability": float("nan")}, "over 0 and under 1"),
        ({"steps": 0}, "from 1 to 100,000, not 0"),
        ({"steps": 100_001}, "from 1 to 100,000"),
        ({"epsilon": 0.0}, "over 0 and up to 255"),
        ({"epsilon": float("nan")}, "over 0 and up to 255"),
    ],
)
def test_what_cannot_be_done_is_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(FoolingError, match=reason):
        Fooling(**asked)


def test_the_goal_is_the_probabilitys_log_odds() -> None:
    assert 1 / (1 + np.exp(-Fooling(probability=0.9).goal)) == pytest.approx(0.9, abs=1e-3)
    assert 1 / (1 + np.exp(-Fooling(probability=0.9).goal)) > 0.9
    assert Fooling(away=True).goal < 0.01


def test_a_distance_is_that_of_its_definitions() -> None:
    before = photo()
    after = before.copy()
    after[3, 4, 1] += 17
    after[9, 9, 0] -= 8
    found = distance(before, after)
    assert found.l2 == pytest.approx(np.hypot(17, 8) / 255)
    assert found.linf == pytest.approx(17 / 255)
    assert found.psnr == pytest.approx(-10 * np.log10((17**2 + 8**2) / 255**2 / before.size))
    assert 0.9 < found.ssim < 1


def test_the_same_picture_is_no_way_off_and_json_has_no_infinity() -> None:
    found = distance(photo(), photo())
    assert not found.l2
    assert not found.linf
    assert found.ssim == pytest.approx(1)
    assert found.as_json() == {"l2": 0, "linf": 0, "psnr": None, "ssim": 1}


def test_structural_similarity_falls_with_noise_and_not_with_a_little_light() -> None:
    before = photo().astype(np.float64)
    noise = np.random.default_rng(1).normal(0, 20, before.shape)
    noisy, lighter = ((before + change).clip(0, 255).astype(np.uint8) for change in (noise, np.full(before.shape, 20)))
    assert distance(photo(), noisy).ssim < 0.9 < distance(photo(), lighter).ssim
    assert distance(photo(), photo(1)).ssim < 0.2


def test_the_likeliest_come_first_and_equals_in_their_order() -> None:
    assert top(np.array([0.1, 0.4, 0.4, 0.1])) == [(1, 0.4), (2, 0.4), (0, 0.1)]
