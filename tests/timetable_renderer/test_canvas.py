"""Shapes and text, pixel by pixel."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timetable_pictures import FONTS, INK, PICTURES, WHITE, checks, picture, text
from timetable_renderer.adapters.bounded import Bounded
from timetable_renderer.adapters.painters import Painters
from timetable_renderer.adapters.painters.canvas import Canvas
from timetable_renderer.adapters.painters.masks import TextMasks
from timetable_renderer.adapters.painters.palette import Palette, rgb
from timetable_renderer.adapters.painters.raster import RasterPainter
from timetable_renderer.core.layout.tree import Box, Corners, Leaf, Picture, Rounded, Weight
from timetable_renderer.core.options import ImageFormat

PAINTER = RasterPainter(FONTS)
COLOURS = st.integers(0, 0xFFFFFF)
RED = "#e6002d"


def drawn(*leaves: Leaf, background: str = WHITE, width: int = 60, height: int = 40) -> np.ndarray:
    return PAINTER.canvas(picture(*leaves, width=width, height=height, background=background)).colours()


def hex_of(pixel: np.ndarray) -> str:
    return "#" + bytes(pixel.tolist()).hex()


def test_a_plain_rectangle_fills_its_box_and_nothing_else() -> None:
    colours = drawn(Rounded(Box(5, 6, 10, 8), RED))
    expected = np.full_like(colours, 255)
    expected[6:14, 5:15] = (0xE6, 0x00, 0x2D)
    assert np.array_equal(colours, expected)


def test_a_border_lies_within_the_box() -> None:
    colours = drawn(Rounded(Box(5, 6, 20, 18), "#dddddd", 0, RED, 2))
    assert hex_of(colours[6, 5]) == hex_of(colours[7, 12]) == hex_of(colours[23, 24]) == RED
    assert hex_of(colours[8, 7]) == "#dddddd"
    assert hex_of(colours[5, 12]) == WHITE


def test_round_corners_are_symmetrical_and_anti_aliased() -> None:
    colours = drawn(Rounded(Box(4, 4, 40, 30), RED, 12, "#550011", 2))
    inside = colours[4:34, 4:44]
    assert np.array_equal(inside, inside[::-1])
    assert np.array_equal(inside, inside[:, ::-1])
    assert hex_of(inside[0, 0]) == WHITE
    assert hex_of(inside[15, 0]) == "#550011"
    assert len(np.unique(inside[:12, :12].reshape(-1, 3), axis=0)) > 4


def test_only_the_corners_that_are_to_be_round_are() -> None:
    colours = drawn(Rounded(Box(4, 4, 12, 30), RED, 12, corners=Corners(right=False)))
    assert hex_of(colours[4, 4]) == WHITE
    assert hex_of(colours[4, 15]) == RED
    assert hex_of(colours[33, 15]) == RED


def test_a_bar_over_a_card_with_the_same_corners_shows_nothing_strange_at_its_edge() -> None:
    card = Rounded(Box(4, 4, 50, 30), "#fbdce2", 12, "#f08ba0", 2)
    bar = Rounded(Box(4, 4, 12, 30), RED, 12, corners=Corners(right=False))
    corner = drawn(card, bar)[4:16, 4:16].reshape(-1, 3).astype(int)
    # Between white and the stage's red, green and blue stay together: no pixel is bluer or greener than its neighbours.
    assert (corner[:, 0] >= corner[:, 1]).all()
    assert (np.abs(corner[:, 1] - corner[:, 2]) < 72).all()


def test_text_stands_at_its_baseline_in_its_own_colour() -> None:
    colours = drawn(text("HH", 10, 30, 24))
    rows = np.flatnonzero((colours != 255).any(axis=(1, 2)))
    assert 29 <= rows[-1] <= 30
    assert 11 <= rows[0] <= 14
    assert rgb(INK) in {int(red) << 16 | int(green) << 8 | int(blue) for red, green, blue in colours.reshape(-1, 3)}


def test_text_across_an_edge_is_mixed_with_what_is_behind_it() -> None:
    over = drawn(Rounded(Box(0, 0, 30, 40), RED), text("国国", 6, 30, 24, colour="#ffffff", background=RED))
    assert hex_of(over[2, 2]) == RED
    right = over[:, 30:]
    assert (right == 255).all()


def test_what_reaches_over_the_picture_is_cut_off() -> None:
    colours = drawn(
        text("国国国国", -10, 8, 40), Rounded(Box(50, 30, 30, 30), RED, 8), Rounded(Box(-5, -5, 8, 8), RED, 3)
    )
    assert colours.shape == (40, 60, 3)
    assert hex_of(colours[39, 59]) == RED
    assert (colours[:8] != 255).any()
    assert (drawn(text("国", 500, 500, 40)) == 255).all()


def test_a_qr_code_is_drawn_module_by_module() -> None:
    code = checks()
    colours = drawn(code, width=84, height=84)
    first = (84 - 63) // 2
    cells = colours[first + 1 : first + 63 : 3, first + 1 : first + 63 : 3, 0] == 0
    assert cells.tolist() == [list(row) for row in code.rows]


def test_text_and_areas_keep_their_exact_colours_with_thirty_stages() -> None:
    tints = [f"#{240 - index:02x}{200 + index:02x}{120 + 4 * index:02x}" for index in range(30)]
    leaves: list[Leaf] = []
    for index, tint in enumerate(tints):
        leaves += [Rounded(Box(0, 30 * index, 200, 30), tint, 8), text("国H", 20, 30 * index + 24, background=tint)]
    canvas = PAINTER.canvas(picture(*leaves, width=200, height=900))
    assert canvas.palette.is_small
    seen = {hex_of(pixel) for pixel in np.unique(canvas.colours().reshape(-1, 3), axis=0)}
    assert {*tints, INK} <= seen


def test_a_picture_of_more_colours_than_a_palette_holds_is_drawn_in_full_colour() -> None:
    leaves = [Rounded(Box(index % 60, index // 60, 1, 1), f"#{index * 7919 % 0xFFFFFF:06x}") for index in range(600)]
    wide = picture(*leaves, text("国", 5, 36, 20), width=60, height=40)
    canvas = PAINTER.canvas(wide)
    assert not canvas.palette.is_small
    assert [hex_of(canvas.colours()[index // 60, index % 60]) for index in range(600)] == [leaf.fill for leaf in leaves]
    assert PAINTER.png(wide)[25] == 2


@given(st.lists(COLOURS, max_size=20), st.lists(st.tuples(COLOURS, COLOURS), max_size=40), st.integers(0, 30))
def test_a_palette_keeps_every_colour_of_areas_and_text(
    flats: list[int], pairs: list[tuple[int, int]], shapes: int
) -> None:
    palette = Palette(flats, pairs, shapes)
    for colour in [*flats, *(colour for pair in pairs for colour in pair)]:
        assert palette.colour(palette.index(colour)) == colour
    for ink, paper in pairs:
        ramp = palette.ramp(ink, paper)
        assert (palette.colour(int(ramp[0])), palette.colour(int(ramp[255]))) == (paper, ink)
    assert len(palette) <= palette.room


@pytest.mark.parametrize("colour", ["red", "#12345", "#1234567", "#12345g"])
def test_a_colour_that_is_none_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match=r"literal|form"):
        Canvas(picture(background=colour))


def test_masks_stay_within_their_room() -> None:
    masks = TextMasks(FONTS, room=60_000)
    first = masks.mask("最初", 40, Weight.BOLD)
    for number in range(200):
        masks.mask(f"{number}番目の行", 40, Weight.BOLD)
        assert masks.bytes_kept <= 60_000
    assert masks.mask("最初", 40, Weight.BOLD) == first


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=60), st.integers(0, 100))
def test_a_bounded_cache_never_holds_more_than_its_room(entries: list[tuple[int, int]], room: int) -> None:
    cache: Bounded[int, bytes] = Bounded(room, len)
    for key, size in entries:
        cache.put(key, bytes(size))
        assert cache.spent == sum(len(cache.get(each) or b"") for each in range(10)) <= room


def test_eight_threads_get_the_same_bytes() -> None:
    """Nothing is kept at the start, so that all of them fill the caches at once."""
    expected = {(name, form): Painters(FONTS).paint(PICTURES[name], form) for name in PICTURES for form in ImageFormat}
    painters, together = Painters(FONTS), Barrier(8)

    def paint(number: int) -> bool:
        together.wait()
        todo = sorted(expected, key=lambda job: hash((job, number)))
        return all(painters.paint(PICTURES[name], form) == expected[name, form] for name, form in todo)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(paint, range(8)))


def test_an_empty_picture_is_its_background() -> None:
    empty = picture(text(" ", 5, 20), text("", 5, 20), width=9, height=7, background="#102030")
    assert isinstance(empty, Picture)
    assert {hex_of(pixel) for pixel in PAINTER.canvas(empty).colours().reshape(-1, 3)} == {"#102030"}
