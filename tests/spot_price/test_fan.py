"""The fan: the past on the left, what may be on the right, nothing outside the frame; in SVG and PNG."""

from io import BytesIO
from xml.etree import ElementTree as ET

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from spot_price.adapters.painters.png import PillowSetter, png
from spot_price.adapters.painters.svg import svg
from spot_price.core.chart.fan import BACK, fan
from spot_price.core.chart.looks import THEMES, ThemeName
from spot_price.core.chart.tree import Area, Line, Picture
from spot_price.core.forecast import AHEAD, HOUR, SHARES
from spot_price.core.steps import Steps

NOW = 1_776_506_400
SIZE = (640, 240)
PRICES = st.one_of(st.floats(0.01, 5.0), st.just(float("nan")))


def drawn(prices: list[float], quantiles: np.ndarray, hours: int = AHEAD) -> Picture:
    at = np.linspace(NOW - BACK - HOUR, NOW - 600, len(prices)).astype(np.int64)
    steps = Steps(at, np.array(prices, np.float64), NOW)
    words = ("now", "what may be")
    theme = THEMES[ThemeName.LIGHT]
    return fan(steps, quantiles[:hours], NOW, size=SIZE, theme=theme, setter=PillowSetter(), words=words)


def widening(price: float = 0.4) -> np.ndarray:
    spread = np.linspace(-1, 1, len(SHARES)) * np.linspace(0.01, 0.2, AHEAD)[:, None]
    return price * (1 + spread)


@settings(max_examples=60, deadline=None)
@given(st.lists(PRICES, min_size=1, max_size=30), st.integers(1, AHEAD), st.floats(0.01, 4))
@example([0.1, 0.1, 0.1, 5.0], 24, 0.4)
def test_nothing_of_the_future_is_outside_the_frame(prices: list[float], hours: int, price: float) -> None:
    picture = drawn(prices, widening(price), hours)
    for leaf in picture.root.leaves():
        if isinstance(leaf, Area | Line):
            for x, y in leaf.points:
                assert 0 <= x <= SIZE[0]
                assert -1 <= y <= SIZE[1]


def test_the_past_ends_and_the_bands_begin_where_it_is_now() -> None:
    picture = drawn([0.4, 0.41], widening())
    areas = [leaf for leaf in picture.root.leaves() if isinstance(leaf, Area)]
    assert len(areas) == 3
    starts = {area.points[0] for area in areas}
    assert len(starts) == 1
    widths = [max(y for _, y in area.points) - min(y for _, y in area.points) for area in areas]
    assert widths == sorted(widths, reverse=True)


def test_without_a_known_past_the_bands_are_there_all_the_same() -> None:
    picture = drawn([float("nan")], widening())
    assert sum(isinstance(leaf, Area) for leaf in picture.root.leaves()) == 3


def test_it_is_an_svg_and_a_png() -> None:
    picture = drawn([0.4, 0.42, 0.39], widening())
    root = ET.fromstring(svg(picture))
    shapes = [each.get("fill-opacity") for each in root.iter("{http://www.w3.org/2000/svg}polygon")]
    assert [float(share) for share in shapes if share] == [0.16, 0.2, 0.26]
    image = Image.open(BytesIO(png(picture)))
    assert image.size == SIZE
    blue = np.asarray(image)[:, SIZE[0] // 2 + 40 :].reshape(-1, 3)
    assert len(np.unique(blue, axis=0)) >= 4, "paper and three bands"
