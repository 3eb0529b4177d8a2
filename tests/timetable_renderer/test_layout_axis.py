"""The elastic time axis: as short as it can be, with room for everything."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timetable_renderer.core.layout.axis import LONGEST, Axis, Span, stretch

HOUR = 3_600.0
SPANS = st.lists(
    st.builds(
        lambda start, minutes, least: Span(start * 60.0, (start + minutes) * 60.0, least),
        st.integers(0, 600),
        st.integers(1, 300),
        st.integers(0, 400),
    ),
    min_size=1,
    max_size=12,
)


def test_time_is_in_proportion_where_there_is_room() -> None:
    axis = stretch([Span(0, HOUR, 96)], 2.6)
    assert (axis.at(0), axis.at(HOUR / 2), axis.at(HOUR)) == (0, 78, 156)


def test_what_is_short_has_its_room_all_the_same() -> None:
    assert stretch([Span(0, 60, 96)], 2.6).length == 96


def test_what_goes_on_for_days_takes_no_more_than_four_hours() -> None:
    assert stretch([Span(0, 72 * HOUR, 96)], 2.0).length == LONGEST * 2


def test_two_starts_are_some_way_from_each_other() -> None:
    axis = stretch([Span(0, HOUR, 0), Span(60, HOUR, 0)], 2.6, apart=40)
    assert axis.at(60) == 40


def test_nothing_is_an_axis_of_no_length() -> None:
    assert stretch([], 2.6) == Axis((), ())
    assert Axis((), ()).length == 0


@pytest.mark.parametrize(("moment", "place"), [(-5.0, 0), (2 * HOUR, 156)])
def test_what_is_before_or_after_stands_at_the_ends(moment: float, place: int) -> None:
    assert stretch([Span(0, HOUR, 0)], 2.6).at(moment) == place


@given(SPANS, st.sampled_from((0.0, 1.3, 2.6)), st.sampled_from((0, 40)))
def test_every_span_has_its_room_and_later_is_never_higher_up(spans: list[Span], per_minute: float, apart: int) -> None:
    axis = stretch(spans, per_minute, apart)
    for span in spans:
        height = axis.at(span.end) - axis.at(span.start)
        assert height >= span.least
        assert height >= min((span.end - span.start) / 60, LONGEST) * per_minute - 1
    for before, after in pairwise(axis.places):
        assert before <= after
    for one, other in pairwise(sorted({span.start for span in spans})):
        assert axis.at(other) - axis.at(one) >= apart


@given(SPANS)
def test_no_axis_is_longer_than_one_span_below_the_other(spans: list[Span]) -> None:
    assert stretch(spans, 0.0).length <= sum(span.least for span in spans)
