"""Colours: mixing and contrast."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timetable_renderer.core.colours import AA, contrast, luminance, parse, readable, text, tint

COLOURS = st.tuples(*(st.integers(0, 255) for _ in range(3))).map(text)


@given(COLOURS)
def test_a_colour_is_written_as_it_was_read(colour: str) -> None:
    assert text(parse(colour)) == colour


@pytest.mark.parametrize("wrong", ["", "red", "#fff", "#gggggg", "aabbccd", "#aabbccdd"])
def test_what_is_no_colour_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"colour|invalid literal"):
        parse(wrong)


def test_contrast_is_as_in_the_recommendation() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert contrast("#ff0000", "#ffffff") == pytest.approx(3.998, abs=0.001)
    assert luminance("#ff0000") == pytest.approx(0.2126)


def test_a_tint_is_between_its_colours() -> None:
    assert tint("#ff0000", "#ffffff", 0.14) == "#ffdbdb"
    assert tint("#ff0000", "#ffffff", 0) == "#ffffff"
    assert tint("#ff0000", "#ffffff", 1) == "#ff0000"


@given(COLOURS, COLOURS)
def test_every_colour_can_be_made_readable_on_every_other(colour: str, on: str) -> None:
    assert contrast(readable(colour, on), on) >= AA


@given(COLOURS, COLOURS)
def test_what_can_be_read_stays_as_it_is(colour: str, on: str) -> None:
    made = readable(colour, on)
    assert (made == colour) == (contrast(colour, on) >= AA)
