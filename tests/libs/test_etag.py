"""Entity tags and If-Match / If-None-Match."""

import pytest

from genba_servicekit.etag import etag_of, matches

TAG = etag_of(b"page")


def test_equal_bytes_have_equal_tags_and_others_have_not() -> None:
    assert etag_of(b"page") == TAG
    assert etag_of(b"page.") != TAG
    assert TAG[0] == TAG[-1] == '"'


@pytest.mark.parametrize(
    ("header", "weak", "strong"),
    [
        (None, False, False),
        ("", False, False),
        (TAG, True, True),
        ("*", True, True),
        (f'"other", {TAG}', True, True),
        (f'{TAG},"other"', True, True),
        (f'W/{TAG}, "other"', True, False),
        ('"other"', False, False),
        (TAG.strip('"'), False, False),
        (f'"a,{TAG[1:-1]}"', False, False),
        ('"unfinished', False, False),
    ],
)
def test_a_header_matches_as_rfc_9110_compares(header: str | None, weak: bool, strong: bool) -> None:
    assert matches(header, TAG) is weak
    assert matches(header, TAG, weak=False) is strong


def test_a_tag_with_commas_in_it_is_one_tag() -> None:
    assert matches('"a,b"', '"a,b"')
    assert matches('"x", "a,b"', '"a,b"')
    assert not matches('"x", "a,b"', '"a"')


def test_nothing_there_matches_nothing_not_even_the_asterisk() -> None:
    assert not matches("*", None)
    assert not matches(TAG, None)


def test_a_weak_tag_never_matches_strongly() -> None:
    assert matches(f"W/{TAG}", f"W/{TAG}")
    assert not matches(f"W/{TAG}", f"W/{TAG}", weak=False)
