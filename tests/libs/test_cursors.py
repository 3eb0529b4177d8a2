"""Cursors of lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genba_servicekit.cursors import read_cursor, read_number, write_cursor
from genba_servicekit.errors import BadRequest


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_cursor_is_read_as_it_was_written(position: str) -> None:
    cursor = write_cursor("k", position)
    assert read_cursor("k", cursor) == position
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_a_number_is_read_as_it_was_written(number: int) -> None:
    assert read_number("n", write_cursor("n", number)) == number


def test_no_cursor_is_the_beginning() -> None:
    assert read_cursor("k", None) is None
    assert read_number("n", None) is None


@pytest.mark.parametrize("cursor", ["", "!", "é", "AAAA", "____", write_cursor("other", "a"), write_cursor("k", "\0")])
def test_what_this_list_did_not_give_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequest):
        read_cursor("k", cursor)


@pytest.mark.parametrize("position", ["", "x", "-1", "١", "9" * 19])
def test_a_cursor_that_has_to_be_a_number_is_one(position: str) -> None:
    with pytest.raises(BadRequest):
        read_number("n", write_cursor("n", position))
