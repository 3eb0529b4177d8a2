"""Drawn people: the same from the same seed, and told apart by what stays of them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from face_classifier.core.drawn import draw
from face_classifier.core.people import traits_of, view_of
from face_classifier.usecases.making import drawn_photo, person_name


def photo(person: int, number: int, seed: int = 7, size: int = 64) -> np.ndarray:
    return np.asarray(draw(traits_of(seed, person), view_of(seed, person, number), size, seed=number))


def test_the_same_seed_is_the_same_file_and_another_is_not() -> None:
    assert drawn_photo(7, 0, 0, 96) == drawn_photo(7, 0, 0, 96)
    assert drawn_photo(7, 0, 0, 96) != drawn_photo(8, 0, 0, 96)
    assert drawn_photo(7, 0, 0, 96) != drawn_photo(7, 0, 1, 96)


def test_a_person_keeps_their_traits_in_every_photo() -> None:
    assert traits_of(7, 3) == traits_of(7, 3)
    assert len({traits_of(7, person) for person in range(50)}) == 50
    assert len({view_of(7, 3, number) for number in range(50)}) == 50


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from((64, 97, 160)))
def test_whoever_is_drawn_however_it_is_a_picture_with_something_on_it(
    seed: int, person: int, number: int, size: int
) -> None:
    pixels = photo(person, number, seed, size)
    assert pixels.shape == (size, size, 3)
    assert pixels.std() > 8


def test_people_have_names_and_more_than_there_are_names() -> None:
    names = [person_name(person) for person in range(40)]
    assert names[0] == "Aoi"
    assert names[12] == "Aoi 2"
    assert len(set(names)) == 40
