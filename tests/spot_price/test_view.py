"""Keys of the monitor change what is seen in the way that they say, and always to something that can be drawn."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_price.watch.view import (
    FARTHEST,
    LEAST_PRICE,
    MOST_PRICE,
    WINDOWS,
    View,
    span,
    window_of,
)

NOW = 1_700_000_000
BANDS = st.tuples(st.floats(0.001, 50), st.floats(1.01, 10)).map(lambda pair: (pair[0], pair[0] * pair[1]))
VIEWS = st.builds(View, window=st.sampled_from(WINDOWS), band=st.none() | BANDS, log=st.booleans())
KEYS = st.lists(st.sampled_from(["+", "-", "up", "down", "left", "right", "[", "]", "g", "0"]), max_size=60)


def pressed(view: View, key: str, found: tuple[float, float]) -> View:
    return {
        "+": lambda: view.zoomed(1 / 1.5, found),
        "-": lambda: view.zoomed(1.5, found),
        "up": lambda: view.shifted(0.25, found),
        "down": lambda: view.shifted(-0.25, found),
        "left": lambda: view.moved(-0.25, NOW),
        "right": lambda: view.moved(0.25, NOW),
        "[": view.shorter,
        "]": view.longer,
        "g": view.rescaled,
        "0": view.first,
    }[key]()


@given(VIEWS, BANDS, KEYS)
def test_whatever_is_pressed_there_is_something_to_draw(
    view: View, found: tuple[float, float], keys: list[str]
) -> None:
    for key in keys:
        view = pressed(view, key, found)
        low, high = view.seen(found)
        start, end = view.stretch(NOW)
        assert 0 <= low < high < math.inf
        assert low > 0 or not view.log
        assert NOW - FARTHEST <= end <= NOW
        assert WINDOWS[0] <= end - start <= WINDOWS[-1]


@given(VIEWS, BANDS)
def test_zooming_keeps_the_bottom(view: View, found: tuple[float, float]) -> None:
    low, high = view.seen(found)
    nearer = view.zoomed(1 / 1.5, found).seen(found)
    farther = view.zoomed(1.5, found).seen(found)
    assert nearer[0] == farther[0] == low
    assert nearer[1] <= high <= farther[1]
    back = view.zoomed(1.5, found).zoomed(1 / 1.5, found).seen(found)
    assert back == pytest.approx((low, high))


@given(VIEWS, BANDS)
def test_shifting_up_and_down_again_comes_back(view: View, found: tuple[float, float]) -> None:
    there = view.shifted(0.25, found)
    assert there.seen(found)[0] > view.seen(found)[0]
    assert there.shifted(-0.25, found).seen(found) == pytest.approx(view.seen(found))


def test_the_band_never_goes_under_nothing() -> None:
    view = View(band=(0.1, 1.1))
    assert view.shifted(-0.25, (0, 1)).seen() == (0.0, 1.0)
    assert View(band=(LEAST_PRICE, 1), log=True).shifted(-1, (0, 1)).seen() == pytest.approx((LEAST_PRICE, 1))
    assert View(band=(MOST_PRICE / 2, MOST_PRICE)).shifted(1, (0, 1)).seen() == (MOST_PRICE / 2, MOST_PRICE)


def test_going_back_and_later_again_ends_at_now_and_follows_it() -> None:
    view = View(window=3600)
    back = view.moved(-0.25, NOW)
    assert back.stretch(NOW + 60) == (NOW - 900 - 3600, NOW - 900)
    assert back.moved(0.25, NOW) == view
    assert view.moved(0.25, NOW) == view
    assert view.stretch(NOW + 60)[1] == NOW + 60


def test_windows_go_from_15_minutes_to_90_days_one_after_the_other() -> None:
    view, met = View(window=15 * 60), []
    for _ in range(20):
        met.append(view.window)
        view = view.longer()
    assert tuple(dict.fromkeys(met)) == WINDOWS
    assert View(window=4 * 3600).longer().window == 6 * 3600
    assert View(window=4 * 3600).shorter().window == 3 * 3600
    assert View(window=WINDOWS[0]).shorter().window == WINDOWS[0]


@pytest.mark.parametrize(("text", "seconds"), [("15m", 900), ("3h", 10_800), ("90d", 7_776_000), (" 36H ", 129_600)])
def test_a_window_is_read_as_people_write_it(text: str, seconds: int) -> None:
    assert window_of(text) == seconds
    assert window_of(span(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "3", "h", "-3h", "1.5h", "14m", "91d", "3 weeks", "٣h"])
def test_what_is_no_window_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no window"):
        window_of(text)
