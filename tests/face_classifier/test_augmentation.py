"""What a model is shown: each photo as often as any other, the same again for the same step, and still that face."""

import numpy as np
import pytest

from face_classifier.core.augmentation import Augmentation, Feed
from face_classifier.core.crops import centre

PLAIN = Augmentation(geometry=False, colour=False, erasing=False)


def photos(count: int, seed: int = 0) -> np.ndarray:
    """Noise, but for its first row, which tells them apart."""
    found = np.random.default_rng(seed).integers(0, 256, (count, 112, 112, 3), np.uint8)
    return np.asarray(found)


def test_without_changes_what_is_shown_is_the_middle() -> None:
    some = photos(3)
    images, labels = Feed(some, np.arange(3), 3, 0, PLAIN).at(0)
    assert images.shape == (3, 96, 96, 3)
    assert images == pytest.approx(centre(some)[labels], abs=1e-6)


def test_each_photo_is_shown_once_before_one_is_shown_again() -> None:
    feed = Feed(photos(7), np.arange(7), 3, 5, PLAIN)
    shown = np.concatenate([feed.at(step)[1] for step in range(14)])
    for start in range(0, 42, 7):
        assert sorted(shown[start : start + 7]) == list(range(7))
    assert len({tuple(shown[start : start + 7]) for start in range(0, 42, 7)}) > 1


def test_a_batch_may_be_larger_than_the_data_set() -> None:
    _, labels = Feed(photos(2), np.arange(2), 5, 0).at(3)
    assert sorted(np.bincount(labels)) == [2, 3]


def test_a_batch_depends_on_the_seed_and_the_step_alone() -> None:
    some = photos(5)
    one, other = Feed(some, np.arange(5), 4, 1), Feed(some, np.arange(5), 4, 2)
    one.at(0)
    assert (one.at(7)[0] == Feed(some, np.arange(5), 4, 1).at(7)[0]).all()
    assert (one.at(7)[0] != one.at(8)[0]).any()
    assert (one.at(7)[0] != other.at(7)[0]).any()


def test_numbers_stay_between_0_and_1() -> None:
    images, _ = Feed(photos(4), np.arange(4), 64, 0).at(0)
    assert images.min() >= 0
    assert images.max() <= 1
    assert images.dtype == np.float32


def test_a_grey_photo_stays_grey() -> None:
    grey = np.repeat(photos(4)[:, :, :, :1], 3, axis=3)
    images, _ = Feed(grey, np.arange(4), 32, 0, Augmentation(erasing=False)).at(0)
    assert np.ptp(images, axis=3).max() < 1e-3


def test_colours_are_changed_as_a_whole_and_about_their_own_mean() -> None:
    flat = np.full((1, 112, 112, 3), (200, 120, 60), np.uint8)
    images, _ = Feed(flat, np.zeros(1, np.int64), 64, 0, Augmentation(geometry=False, erasing=False)).at(0)
    assert np.ptp(images, axis=(1, 2)).max() < 1e-5
    assert np.abs(images.mean() - flat.mean() / 255) < 0.03
    assert images.mean(axis=(1, 2)).std(axis=0).min() > 0.03


def test_a_face_is_still_where_it_was() -> None:
    dot = np.zeros((1, 112, 112, 3), np.uint8)
    dot[:, 40:72, 40:72] = 255
    images, _ = Feed(dot, np.zeros(1, np.int64), 200, 0, Augmentation(colour=False, erasing=False)).at(0)
    rows, columns = np.mgrid[:96, :96]
    weight = images[..., 0].sum(axis=(1, 2))
    for places in (rows, columns):
        middles = (images[..., 0] * places).sum(axis=(1, 2)) / weight
        assert abs(middles.mean() - 47.5) < 1
        assert 2 < middles.std() < 12
    nearer = np.sqrt(weight) / 32  # than where the model looks when it answers
    assert 0.84 < nearer.min() < 0.9
    assert 1.05 < nearer.max() < 1.12
