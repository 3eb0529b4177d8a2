"""Charts of prices: scales and their round values, lines cut at gaps and at the frame, looks, layout, painters."""

import itertools
import math
import xml.etree.ElementTree as ET
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spot_price.adapters.painters.png import PillowSetter, png
from spot_price.adapters.painters.svg import inline, svg
from spot_price.core.chart.full import Frame, Series, full, price_label, spread
from spot_price.core.chart.lines import polylines
from spot_price.core.chart.looks import DASHES, HUES, LOOKS, PAGE, THEMES, Theme, ThemeName, look
from spot_price.core.chart.scales import PriceScale, TimeScale, log_ticks, price_ticks, time_ticks
from spot_price.core.chart.sparkline import sparkline
from spot_price.core.chart.tree import Area, Line, Mark, Picture, Words
from spot_price.core.spans import parse_span, span_text
from spot_price.core.steps import Steps

HOUR = 3600
DAY = 24 * HOUR
NAN = math.nan
LIGHT = THEMES[ThemeName.LIGHT]
# Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency (2009), table 1.
PROTANOPIA = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
DEUTERANOPIA = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
UNCHANGED = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def steps(*prices: float, each: int = HOUR) -> Steps:
    """Prices that hold for an hour each."""
    return Steps(np.arange(len(prices)) * each, np.array(prices, float), len(prices) * each)


def drawn(of: Steps, low: float = 0.0, high: float = 1.0) -> list[tuple[tuple[float, float], ...]]:
    """Its lines on a frame of 100 pixels each way."""
    return polylines(of, TimeScale(0, of.end, 0, 100), PriceScale(low, high, 0, 100))


def chart(
    *series: Series, width: int = 960, height: int = 480, theme: Theme = LIGHT, low: float = 0.0, high: float = 1.0
) -> Picture:
    frame = Frame(width, height, 0, 4 * HOUR, low, high, "g5.2xlarge", "synthetic (seed 7)", warns=True)
    return full(series, frame, theme, PillowSetter())


def one(number: int, *prices: float) -> Series:
    price = None if math.isnan(prices[-1]) else prices[-1]
    return Series(f"k{number}", f"use1-az{number}", price, look(number), steps(*prices))


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.0, 1.0, ["$0.00", "$0.25", "$0.50", "$0.75", "$1.00"]),
        (0.0665, 0.0885, ["$0.070", "$0.075", "$0.080", "$0.085"]),
        (0.5, 30.0, ["$10.00", "$20.00", "$30.00"]),
    ],
)
def test_prices_on_the_axis_are_round(low: float, high: float, labels: list[str]) -> None:
    assert [tick.label for tick in price_ticks(low, high, 5)] == labels


@settings(max_examples=60)
@given(st.floats(0, 100), st.floats(1e-4, 100), st.integers(2, 12))
def test_ticks_are_within_the_band_and_no_more_than_asked_for(low: float, span: float, most: int) -> None:
    high = low + span
    for ticks in (price_ticks(low, high, most), log_ticks(low, high, most)):
        assert len(ticks) <= most
        assert all(low - span * 1e-6 <= tick.value <= high + span * 1e-6 for tick in ticks)
        assert all(one.value < other.value for one, other in itertools.pairwise(ticks))


def test_a_scale_of_ratios_names_ones_twos_and_fives() -> None:
    assert [tick.label for tick in log_ticks(0.05, 12, 8)] == [
        "$0.05", "$0.10", "$0.20", "$0.50", "$1.00", "$2.00", "$5.00", "$10.00"
    ]  # fmt: skip


@pytest.mark.parametrize("window", [900, HOUR, 3 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 700 * DAY])
def test_times_on_the_axis_are_round_for_windows_of_minutes_to_years(window: int) -> None:
    start = 1_790_000_123
    ticks = time_ticks(start, start + window, 8)
    assert 2 <= len(ticks) <= 8
    assert all(start <= tick.value <= start + window and tick.value % 60 == 0 for tick in ticks)


def test_steps_go_straight_across_and_straight_up() -> None:
    assert drawn(steps(0.25, 0.75)) == [((0, 75), (50, 75), (50, 25), (100, 25))]


def test_a_gap_is_left_open() -> None:
    assert drawn(steps(0.5, NAN, 0.5, 0.5)) == [((0, 50), (25, 50)), ((50, 50), (100, 50))]
    assert drawn(steps(NAN, NAN)) == []


def test_a_line_that_leaves_the_frame_is_followed_to_its_edge_and_no_further() -> None:
    assert drawn(steps(0.5, 9.0, 0.5, 0.5)) == [((0, 50), (25, 50), (25, 0)), ((50, 0), (50, 50), (100, 50))]


def test_more_steps_than_pixels_keep_their_extremes() -> None:
    prices = np.full(100_000, 0.5)
    prices[31_234], prices[71_234] = 0.9, 0.1
    (line,) = drawn(steps(*prices.tolist(), each=1))
    assert len(line) < 1_000
    heights = {y for _, y in line}
    assert min(heights) == pytest.approx(10)
    assert max(heights) == pytest.approx(90)


def test_lines_look_different_from_each_other_however_many() -> None:
    looks = [look(number) for number in range(LOOKS)]
    assert len(set(looks)) == LOOKS == HUES * len(DASHES) * 5
    by_colour_and_dashes = {(each.hue, each.dash) for each in looks[: HUES * len(DASHES)]}
    assert len(by_colour_and_dashes) == HUES * len(DASHES)


def linear(colour: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """CIE L*a*b* of linear sRGB."""
    to_xyz = np.array(((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)))
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array((0.9505, 1.0, 1.089))
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array((116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])))


@pytest.mark.parametrize("name", list(ThemeName))
@pytest.mark.parametrize("sight", [UNCHANGED, PROTANOPIA, DEUTERANOPIA], ids=["all", "no-red", "no-green"])
def test_hues_stay_apart_for_people_who_see_no_red_or_no_green(name: ThemeName, sight: tuple[object, ...]) -> None:
    seen = [lab(np.array(sight, float) @ linear(hue)) for hue in THEMES[name].hues]
    apart = [float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)]
    assert min(apart) > 25


@pytest.mark.parametrize("name", list(ThemeName))
def test_everything_is_seen_on_its_background(name: ThemeName) -> None:
    theme = THEMES[name]
    weights = np.array((0.2126, 0.7152, 0.0722))
    paper = float(weights @ linear(theme.paper or "#ffffff"))

    def contrast(colour: str) -> float:
        other = float(weights @ linear(colour))
        return (max(paper, other) + 0.05) / (min(paper, other) + 0.05)

    assert min(map(contrast, theme.hues)) >= 3
    assert min(map(contrast, (theme.ink, theme.soft, theme.warn))) >= 4.5


def test_the_legend_has_the_cheapest_first_and_unknown_prices_last() -> None:
    picture = chart(one(1, 0.5, 0.5, 0.5, 0.5), one(2, 0.4, 0.4, 0.4, NAN), one(3, 0.3, 0.3, 0.3, 0.2))
    (legend,) = picture.root.groups("legend")
    assert [leaf.text for leaf in legend.leaves() if isinstance(leaf, Words)] == [
        "use1-az3", "$0.2000", "use1-az1", "$0.5000", "use1-az2", "?"
    ]  # fmt: skip
    assert picture.title == "g5.2xlarge: cheapest now use1-az3 at $0.2000 an hour (synthetic (seed 7))"


def test_lines_have_their_names_at_their_ends_apart_from_each_other() -> None:
    (labels,) = chart(*(one(number, 0.5, 0.5, 0.5, 0.5) for number in range(6))).root.groups("labels")
    heights = [leaf.y for leaf in labels.leaves() if isinstance(leaf, Words)]
    assert len(heights) == 6
    assert all(above - below >= 13 for above, below in itertools.pairwise(heights))


@given(st.lists(st.floats(0, 100), max_size=8))
def test_names_are_spread_within_the_frame_in_the_order_of_their_lines(wanted: list[float]) -> None:
    wanted.sort(reverse=True)
    placed = spread(wanted, 12, 0, 100)
    assert all(0 <= y <= 100 for y in placed)
    assert all(below - above >= 12 - 1e-9 for below, above in itertools.pairwise(placed))


def test_a_legend_without_room_says_how_many_more_there_are() -> None:
    picture = chart(*(one(number, 0.5, 0.5, 0.5, 0.5) for number in range(60)), width=390, height=400)
    (legend,) = picture.root.groups("legend")
    words = [leaf.text for leaf in legend.leaves() if isinstance(leaf, Words)]
    named = sum(text.startswith("use1") for text in words)
    assert words[-1] == f"+ {60 - named}"


@pytest.mark.parametrize("size", [(200, 150), (390, 500), (2000, 900)])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_nothing_leaves_the_picture(size: tuple[int, int], count: int) -> None:
    width, height = size
    series = [one(number, 0.1, 5.0, NAN, 0.1 + number / 50) for number in range(count)]
    for leaf in chart(*series, width=width, height=height).root.leaves():
        places = leaf.points if isinstance(leaf, Line | Area) else [(leaf.x, leaf.y)]
        assert all(0 <= x <= width and 0 <= y <= height for x, y in places)
        if isinstance(leaf, Mark):
            assert leaf.x + leaf.size / 2 <= width


def test_the_same_tree_is_painted_as_svg_and_as_png() -> None:
    picture = chart(one(0, 0.5, 0.6, NAN, 0.7), one(9, 0.2, 0.3, 0.3, 0.2))
    root = ET.fromstring(svg(picture))
    assert root.get("width") == "960"
    assert len(root.findall(".//{*}g[@class='series']")) == 2
    image = Image.open(BytesIO(png(picture, 2)))
    assert (image.format, image.size) == ("PNG", (1920, 960))
    assert image.info["Description"] == picture.title
    pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    for number in (0, 9):
        colour = np.frombuffer(bytes.fromhex(LIGHT.hues[look(number).hue][1:]), np.uint8)
        assert (pixels == colour).all(axis=1).sum() > 1_000


def test_words_of_an_svg_are_words_whatever_is_in_them() -> None:
    series = Series("<k>", "<b>&\x01", 0.5, look(0), steps(0.5, 0.5, 0.5, 0.5))
    picture = chart(series)
    root = ET.fromstring(svg(picture))
    assert "<b>&" in {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}


def test_a_drawing_within_a_page_has_no_style_of_its_own() -> None:
    text = inline(chart(one(0, 0.5, 0.5, 0.5, 0.5), theme=PAGE))
    assert "style" not in text
    assert "var(--hue-0)" in text


def test_a_sparkline_is_a_line_and_its_end() -> None:
    made = sparkline(
        steps(0.5, 0.4, NAN, 0.3), start=0, end=4 * HOUR, size=(120, 28), look=look(0), theme=PAGE, title="use1-az1"
    )
    assert [type(leaf) for leaf in made.root.leaves()] == [Line, Line, Mark]


def test_a_line_whose_source_fell_silent_ends_where_it_did() -> None:
    silent = Series("k", "use1-az1", 0.5, look(0), Steps(np.array([0]), np.array([0.5]), 2 * HOUR))
    (group,) = chart(silent).root.groups("series")
    path, mark = group.leaves()
    assert isinstance(path, Line)
    assert isinstance(mark, Mark)
    assert mark.x == pytest.approx(path.points[-1][0], abs=0.1)
    assert mark.x < 600


@pytest.mark.parametrize(("text", "seconds"), [("15m", 900), ("3h", 10_800), (" 7D ", 604_800), ("2w", 1_209_600)])
def test_lengths_of_time_are_read(text: str, seconds: int) -> None:
    assert parse_span(text) == seconds
    assert parse_span(span_text(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "3", "h", "-1h", "0h", "1.5h", "400d", "3h30m", "99999999h"])
def test_what_is_no_length_of_time_is_none(text: str) -> None:
    assert parse_span(text) is None


@pytest.mark.parametrize(
    ("price", "label"), [(0.5, "$0.5000"), (0.067123, "$0.067123"), (None, "?"), (32.77, "$32.7700")]
)
def test_prices_are_said_exactly(price: float | None, label: str) -> None:
    assert price_label(price) == label
