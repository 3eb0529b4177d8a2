"""Forms, numbers in queries, and paths to lead back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from genba_servicekit.errors import BadRequest, UnsupportedMediaType
from genba_servicekit.forms import form_items, form_of, local_path, number_of, own_url, page_number, wants_html

FORM = "application/x-www-form-urlencoded"
PARTS = 'multipart/form-data; boundary="b"'


def request_of(path: str = "/", query: str = "", *, method: str = "GET", body: bytes = b"", **headers: str) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    return Request(scope, receive)


def part(name: str, value: str) -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


class TestForms:
    async def test_of_fields_with_one_name_the_last_one_counts(self) -> None:
        body = b"a=1&b=&a=%E6%AD%A6"
        assert await form_of(request_of(method="POST", body=body, content_type=FORM)) == {"a": "武", "b": ""}
        parts = (part("a", "1") + part("b", "") + part("a", "武") + "--b--\r\n").encode()
        assert await form_of(request_of(method="POST", body=parts, content_type=PARTS)) == {"a": "武", "b": ""}

    async def test_fields_of_one_name_are_all_given_in_order(self) -> None:
        items = [("pick", "b"), ("pick", "a"), ("festival", "x")]
        body = "&".join(f"{name}={value}" for name, value in items).encode()
        assert await form_items(request_of(method="POST", body=body, content_type=FORM)) == items

    async def test_as_many_fields_are_read_as_are_asked_for(self) -> None:
        body = b"&".join(b"pick=%d" % number for number in range(60))
        assert len(await form_items(request_of(method="POST", body=body, content_type=FORM), most=60)) == 60
        with pytest.raises(BadRequest):
            await form_items(request_of(method="POST", body=body, content_type=FORM), most=59)

    async def test_no_body_is_a_form_without_fields(self) -> None:
        assert await form_of(request_of(method="POST")) == {}

    async def test_a_long_form_is_read_like_a_short_one(self) -> None:
        body = b"a=" + b"%E6%AD%A6" * 20_000
        assert await form_of(request_of(method="POST", body=body, content_type=FORM)) == {"a": "武" * 20_000}

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            (FORM, b"a=%ff"),
            (FORM, b"a=\xff"),
            (FORM, b"&".join([b"a=1"] * 51)),
            (PARTS, part("a", "1").encode()),
            (PARTS, b""),
        ],
    )
    async def test_what_cannot_be_read_whole_is_refused(self, kind: str, body: bytes) -> None:
        with pytest.raises(BadRequest):
            await form_of(request_of(method="POST", body=body, content_type=kind))

    async def test_what_is_no_form_is_refused(self) -> None:
        with pytest.raises(UnsupportedMediaType):
            await form_of(request_of(method="POST", body=b"{}", content_type="application/json"))


class TestPaths:
    @pytest.mark.parametrize("path", ["/", "/a", "/a?b=c&d=%2F", "/keyword/%E6%AD%A6", "/a//b"])
    def test_paths_of_this_site_are_led_to(self, path: str) -> None:
        assert local_path(path) == path

    @pytest.mark.parametrize(
        "url", ["", "a", "//evil.example", "/\\evil.example", "https://evil.example", "/a\n", "/a b", "/" + "a" * 3_000]
    )
    def test_nothing_else_is(self, url: str) -> None:
        assert local_path(url) == "/"

    @given(st.text())
    def test_no_path_names_a_host_or_breaks_a_header(self, url: str) -> None:
        found = local_path(url)
        assert found.startswith("/")
        assert found[1:2] not in {"/", "\\"}
        assert found.isascii()
        assert found.isprintable()

    def test_a_page_s_own_path_keeps_its_query_but_the_language(self) -> None:
        assert own_url(request_of("/a%2Fb", "q=%26&lang=ja&n=1"), without="lang") == "/a%2Fb?q=%26&n=1"
        assert own_url(request_of("/a", "lang=ja"), without="lang") == "/a"
        assert own_url(request_of("/a", method="POST"), without="lang") == "/"
        assert own_url(request_of("//evil.example"), without="lang") == "/"


class TestNumbers:
    def test_a_number_that_is_not_there_is_the_first_page_or_none(self) -> None:
        assert page_number(request_of()) == 1
        assert number_of(request_of(), "n") is None

    def test_numbers_are_read(self) -> None:
        assert page_number(request_of(query="page=17")) == 17
        assert number_of(request_of(query="n=0"), "n") == 0

    @pytest.mark.parametrize("given", ["", "0", "-1", "1.5", "x", "１", "9" * 10])
    def test_what_is_no_page_is_refused(self, given: str) -> None:
        with pytest.raises(BadRequest):
            page_number(request_of(query=f"page={given}"))

    @pytest.mark.parametrize("given", ["", "-1", "1.5", "x", "１", "9" * 16])
    def test_what_is_no_number_is_refused(self, given: str) -> None:
        with pytest.raises(BadRequest):
            number_of(request_of(query=f"n={given}"), "n")


def test_browsers_are_told_from_programs() -> None:
    assert wants_html(request_of(accept="text/html,application/xhtml+xml,*/*;q=0.8"))
    assert not wants_html(request_of(accept="*/*"))
    assert not wants_html(request_of())
