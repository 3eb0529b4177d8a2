"""Which language a reader gets, and its words."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from genba_servicekit.languages import Languages, Message
from genba_servicekit.middleware import HEADERS_KEY

LANGUAGES = Languages({"page": Message("Page {number}", "{number}ページ")}, cookie="site-lang")


def _request(query: bytes, headers: dict[bytes, bytes] | None = None) -> Request:
    return Request({"type": "http", "query_string": query, "headers": [], HEADERS_KEY: headers or {}})


@pytest.mark.parametrize(
    ("accept", "code"),
    [
        (b"ja", "ja"),
        (b"ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        (b"en-US,en;q=0.9,ja;q=0.8", "en"),
        (b"fr, ja;q=0.5", "ja"),
        (b"en;q=0.3, JA;q=0.7", "ja"),
        (b"ja;q=0, en;q=0.1", "en"),
        (b"ja;q=0", "en"),
        (b"*", "en"),
        (b"", "en"),
        (b"\xff;;;q=9, ,=", "en"),
        (b"ja;q=" + b"1" * 5000, "en"),
        (None, "en"),
    ],
)
def test_the_browser_s_preferred_language_is_used(accept: bytes | None, code: str) -> None:
    assert LANGUAGES.find(accept, None).code == code


def test_the_language_that_was_chosen_before_goes_first() -> None:
    assert LANGUAGES.find(b"en", b"a=b; site-lang=ja; c=d") is LANGUAGES.japanese
    assert LANGUAGES.find(b"ja", b"site-lang=en") is LANGUAGES.english
    assert LANGUAGES.find(b"ja", b"site-lang=xx") is LANGUAGES.japanese
    assert LANGUAGES.find(b"ja", b"not-site-lang=en") is LANGUAGES.japanese


def test_a_text_is_said_in_the_language_with_its_values() -> None:
    assert [(language.code, language("page", number=3)) for language in LANGUAGES] == [
        ("ja", "3ページ"),
        ("en", "Page 3"),
    ]


def test_what_the_query_chooses_goes_before_all_and_is_remembered() -> None:
    chosen = _request(b"lang=ja", {b"cookie": b"site-lang=en"})
    assert LANGUAGES.of_request(chosen) is LANGUAGES.japanese
    cookie = LANGUAGES.remember(chosen, Response()).headers["set-cookie"]
    assert cookie.startswith("site-lang=ja;")
    for query in (b"", b"lang=xx"):
        request = _request(query, {b"accept-language": b"ja"})
        assert LANGUAGES.of_request(request) is LANGUAGES.japanese
        assert "set-cookie" not in LANGUAGES.remember(request, Response()).headers


def test_thousands_of_different_headers_are_all_answered() -> None:
    for number in range(2_500):
        assert LANGUAGES.find(b"ja, x-%d" % number, None) is LANGUAGES.japanese
