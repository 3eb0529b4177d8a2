"""A keyword becomes one path segment and comes back from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from linking_reference import reference_href
from wiki_linker.core.hrefs import PREFIX, decode_keyword, href_of

KEYWORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1)


@given(keyword=KEYWORDS)
def test_every_byte_outside_the_unreserved_characters_is_encoded(keyword: str) -> None:
    assert href_of(keyword) == reference_href(keyword)


@given(keyword=KEYWORDS.filter(lambda keyword: keyword not in {".", ".."}))
def test_a_keyword_survives_the_way_into_a_url_and_back(keyword: str) -> None:
    href = href_of(keyword)

    assert href.startswith(PREFIX)
    assert decode_keyword(href.removeprefix(PREFIX).encode()) == keyword


@pytest.mark.parametrize(
    ("keyword", "href"),
    [
        ("a/b", "/keyword/a%2Fb"),
        ("100%", "/keyword/100%25"),
        ("%2E", "/keyword/%252E"),
        ("...", "/keyword/..."),
        ("C#?", "/keyword/C%23%3F"),
        ("a b+c", "/keyword/a%20b%2Bc"),
        ("'\"<>&", "/keyword/%27%22%3C%3E%26"),
        ("日本", "/keyword/%E6%97%A5%E6%9C%AC"),
        ("😀", "/keyword/%F0%9F%98%80"),
        ("A-z_0.9~", "/keyword/A-z_0.9~"),
        ("\0\n", "/keyword/%00%0A"),
    ],
)
def test_awkward_keywords_have_the_hrefs_that_they_should(keyword: str, href: str) -> None:
    assert href_of(keyword) == href


@pytest.mark.parametrize("keyword", [".", ".."])
def test_dot_segments_travel_in_the_query_and_survive_a_url_parser(keyword: str) -> None:
    resolved = URL("http://wiki.example/keyword/here").join(URL(href_of(keyword)))

    assert resolved.path == "/keyword/"
    assert resolved.query["keyword"] == keyword


@pytest.mark.parametrize(
    "segment", [b"%", b"%4", b"a%zz", b"%%41", b"%E6%97", b"\xff", b"%FF", b"%ED%A0%80", b"%C0%AF"]
)
def test_malformed_segments_are_refused(segment: bytes) -> None:
    with pytest.raises(ValueError, match=r"percent|utf-8"):
        decode_keyword(segment)


def test_a_plus_is_a_plus_and_either_case_of_hexadecimal_is_read() -> None:
    assert decode_keyword(b"a+b%2f%2F") == "a+b//"
    assert decode_keyword("日本".encode()) == "日本"
