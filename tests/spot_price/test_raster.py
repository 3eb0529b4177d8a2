"""Lines in braille say what the step functions say, dot by dot."""

import math
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from spot_price.core.steps import Steps
from spot_price.watch.raster import DASHES, DOWN, NOBODY, Frame, raster

COLUMNS, ROWS, SECONDS_A_DOT = 6, 3, 10
SPAN = COLUMNS * 2 * SECONDS_A_DOT
HEIGHT = ROWS * DOWN
FRAME = Frame(0, SPAN, 1.0, 2.0, COLUMNS, ROWS)
PRICES = st.one_of(st.just(math.nan), st.floats(0.5, 2.5))
LINES = st.builds(
    lambda rows, more: Steps(
        np.array([at for at, _ in rows], np.int64),
        np.array([price for _, price in rows], np.float64),
        max([at for at, _ in rows], default=0) + more,
    ),
    st.lists(st.tuples(st.integers(-SPAN, SPAN), PRICES), max_size=12, unique_by=lambda row: row[0]).map(sorted),
    st.integers(1, SPAN),
)
Dots = set[tuple[int, int]]


def dots_of(codes: np.ndarray) -> Dots:
    """(column, row from the bottom) of every dot, from Unicode's numbering of them."""
    places = {0x01: (0, 0), 0x02: (0, 1), 0x04: (0, 2), 0x40: (0, 3), 0x08: (1, 0), 0x10: (1, 1), 0x20: (1, 2)}
    places[0x80] = (1, 3)
    return {
        (2 * column + across, HEIGHT - 1 - (DOWN * row + down))
        for row in range(ROWS)
        for column in range(COLUMNS)
        for bit, (across, down) in places.items()
        if codes[row, column] & bit
    }


def in_hole(line: Steps, moment: int) -> bool:
    known = line.at[~np.isnan(line.price)]
    return bool(len(known)) and bool(known[0] <= moment < known[-1]) and math.isnan(line.value(moment))


def by_hand(line: Steps) -> Dots:
    """Every dot of a line, second by second."""
    found: Dots = set()
    for column in range(COLUMNS * 2):
        moments = range(column * SECONDS_A_DOT, (column + 1) * SECONDS_A_DOT)
        prices = [line.value(moment) for moment in moments]
        if any(in_hole(line, moment) for moment in moments):
            continue
        if not math.isnan(prices[0]):
            prices.append(line.value(moments[0] - 1))
        heights = [round((price - 1.0) * (HEIGHT - 1)) for price in prices if not math.isnan(price)]
        if heights:
            found |= {(column, height) for height in range(min(heights), max(heights) + 1) if 0 <= height < HEIGHT}
    return found


@given(LINES)
def test_every_dot_is_where_the_step_function_is(line: Steps) -> None:
    assert dots_of(raster([line], FRAME).codes) == by_hand(line)


@given(LINES, st.integers(0, SPAN - 1))
def test_nothing_is_drawn_where_there_is_a_hole(line: Steps, moment: int) -> None:
    if in_hole(line, moment):
        assert all(column != moment // SECONDS_A_DOT for column, _ in dots_of(raster([line], FRAME).codes))


@settings(max_examples=60)
@given(st.lists(LINES, max_size=5))
def test_many_lines_are_drawn_as_each_alone_and_a_cell_belongs_to_the_first(lines: list[Steps]) -> None:
    drawn = raster(lines, FRAME)
    alone = [raster([line], FRAME).codes for line in lines]
    codes = np.zeros_like(drawn.codes)
    owner = np.full_like(drawn.owner, NOBODY)
    for index in reversed(range(len(lines))):
        codes |= alone[index]
        owner[alone[index] > 0] = index
    np.testing.assert_array_equal(drawn.codes, codes)
    np.testing.assert_array_equal(drawn.owner, owner)


@given(LINES, st.integers(1, len(DASHES) - 1))
def test_dashes_leave_out_dots_of_level_stretches_alone(line: Steps, dash: int) -> None:
    whole, dashed = dots_of(raster([line], FRAME).codes), dots_of(raster([line], FRAME, [dash]).codes)
    assert dashed <= whole
    for column in {column for column, _ in whole - dashed}:
        assert sum(at == column for at, _ in whole) == 1


def test_equal_ratios_are_equally_high_on_a_log_scale() -> None:
    line = Steps(np.array([0, 40, 80]), np.array([1.0, 10.0, 100.0]), SPAN)
    drawn = dots_of(raster([line], Frame(0, SPAN, 1.0, 100.0, COLUMNS, ROWS, log=True)).codes)
    assert {row for column, row in drawn if column == 1} == {0}
    assert {row for column, row in drawn if column == 5} == {6}
    assert {row for column, row in drawn if column == 9} == {11}


def test_a_frame_of_no_size_and_no_lines_are_drawn_as_nothing() -> None:
    line = Steps(np.array([0]), np.array([1.0]), SPAN)
    assert not raster([], FRAME).codes.any()
    narrow = raster([line], Frame(0, SPAN, 1.0, 2.0, 0, ROWS))
    assert narrow.codes.shape == (ROWS, 0)
    assert narrow.runs() == [[]] * ROWS
    assert raster([line], Frame(0, SPAN, 1.0, 2.0, COLUMNS, 0)).codes.shape == (0, COLUMNS)
    assert not raster([line], Frame(0, 0, 1.0, 2.0, COLUMNS, ROWS)).codes.any()


def test_rows_are_braille() -> None:
    line = Steps(np.array([0]), np.array([1.0]), SPAN)
    runs = raster([line], FRAME).runs()
    assert runs[ROWS - 1] == [("⣀" * COLUMNS, 0)]
    assert runs[0] == [("⠀" * COLUMNS, NOBODY)]


@given(st.lists(LINES, max_size=4))
def test_runs_are_the_row_in_pieces_of_one_colour(lines: list[Steps]) -> None:
    drawn = raster(lines, FRAME)
    assert len(drawn.runs()) == ROWS
    for row, runs in enumerate(drawn.runs()):
        assert [ord(dot) - 0x2800 for text, _ in runs for dot in text] == drawn.codes[row].tolist()
        owners = [owner for text, owner in runs for _ in text]
        for column, owner in enumerate(owners):
            assert drawn.owner[row, column] in {NOBODY, owner}
        assert all(one != other for (_, one), (_, other) in pairwise(runs))
