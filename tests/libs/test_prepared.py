"""Pages that are joined from parts made before, and static files."""

import gzip
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genba_servicekit.prepared import Page, Part, SizedCache, as_response, gzip_of, takes_gzip
from genba_servicekit.static_files import StaticFiles


class TestParts:
    @given(st.lists(st.binary(max_size=2_000), max_size=12))
    def test_joined_parts_unpack_to_the_same_bytes(self, plain: list[bytes]) -> None:
        assert gzip.decompress(gzip_of(map(Part, plain))) == b"".join(plain)

    def test_a_joined_page_is_one_gzip_member(self) -> None:
        """Browsers stop at the first member's end."""
        parts = [Part(b"<p>small</p>"), Part(b"<p>large</p>" * 500), Part(b"")]
        unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert unpacking.decompress(gzip_of(parts)) == b"".join(part.plain for part in parts)
        assert unpacking.eof
        assert not unpacking.unused_data

    @pytest.mark.parametrize(
        ("header", "takes"),
        [
            (b"", False),
            (b"gzip", True),
            (b"gzip, deflate, br", True),
            (b"br;q=1.0, gzip;q=0.8", True),
            (b"gzip;q=0", False),
            (b"gzip; q=0.000, *", False),
            (b"*", True),
            (b"*;q=0", False),
            (b"GZIP", True),
            (b"identity", False),
        ],
    )
    def test_gzip_is_sent_to_those_who_take_it(self, header: bytes, takes: bool) -> None:
        assert takes_gzip(header) is takes

    def test_the_two_encodings_have_tags_of_their_own(self) -> None:
        page = Page([Part(b"<p>text</p>" * 100)], route="/")
        plain, packed = page.answer({}), page.answer({b"accept-encoding": b"gzip"})
        assert gzip.decompress(packed.body) == plain.body
        tags = [dict(answer.headers)[b"etag"] for answer in (plain, packed)]
        assert tags[0] != tags[1]
        assert page.answer({b"if-none-match": tags[0]}).status == 304
        assert page.answer({b"if-none-match": tags[1]}).status == 200
        assert page.answer({b"if-none-match": b"W/" + tags[1], b"accept-encoding": b"gzip"}).status == 304

    def test_equal_pages_have_equal_tags_and_different_ones_have_not(self) -> None:
        def tag(*parts: bytes) -> bytes:
            return dict(Page([Part(part) for part in parts], route="/").answer({}).headers)[b"etag"]

        assert tag(b"a", b"b") == tag(b"a", b"b")
        assert tag(b"a", b"b") != tag(b"b", b"a")
        assert tag(b"a") != tag(b"a", b"a")

    def test_the_least_recently_used_make_room(self) -> None:
        kept: SizedCache[Part] = SizedCache(3_000)
        parts = [Part(bytes(600)) for _ in range(4)]  # about 1,000 bytes each
        for number, part in enumerate(parts[:3]):
            kept.put(number, part)
        assert kept.get(0) is parts[0]
        kept.put(3, parts[3])
        assert [kept.get(number) is not None for number in range(4)] == [True, False, True, True]
        large = Part(bytes(100_000))
        assert kept.put("large", large) is large
        assert kept.get("large") is large
        assert kept.get(3) is None


def test_a_prepared_answer_goes_through_a_route_unchanged_but_for_further_headers() -> None:
    answer = Page([Part(b"text")], route="/").answer({})
    response = as_response(answer, {"X-More": "1"})
    assert (response.body, response.status_code) == (b"text", 200)
    assert response.raw_headers == [*answer.headers, (b"x-more", b"1")]


class TestStaticFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "icons" / "deeper").mkdir(parents=True)
        (tmp_path / "site.css").write_text("p { color: red }\n" * 50)
        (tmp_path / "site.webmanifest").write_text("{}")
        (tmp_path / "secret.py").write_text("")
        (tmp_path / "icons" / "large.png").write_bytes(bytes(500))
        (tmp_path / "icons" / "deeper" / "small.png").write_bytes(b"")
        return tmp_path

    def test_a_file_is_kept_for_a_year_under_a_name_that_changes_with_the_contents(self, folder: Path) -> None:
        files = StaticFiles(folder)
        answer = files.answer(files.path("site.css"), {})
        assert answer is not None
        headers = dict(answer.headers)
        assert headers[b"content-type"] == b"text/css; charset=utf-8"
        assert headers[b"cache-control"] == b"public, max-age=31536000, immutable"
        before = files.path("site.css")
        (folder / "site.css").write_text("p {}")
        changed = StaticFiles(folder)
        assert changed.path("site.css") != before
        old = changed.answer(before, {})
        assert old is not None
        assert (old.body, dict(old.headers)[b"cache-control"]) == (b"p {}", b"public, no-cache")

    def test_folders_right_in_it_are_served_too_and_no_others(self, folder: Path) -> None:
        files = StaticFiles(folder, prefix="/files/")
        assert files.path("icons/large.png").startswith("/files/")
        assert files.answer(files.path("icons/large.png"), {}) is not None
        for name in ("icons/deeper/small.png", "secret.py", "icons", "../site.css", ""):
            with pytest.raises(KeyError):
                files.path(name)
            assert files.answer(f"/files/x/{name}", {}) is None

    def test_pictures_are_not_gzipped(self, folder: Path) -> None:
        files = StaticFiles(folder)
        gzipped = {
            name: b"content-encoding" in dict(answer.headers)
            for name in ("site.css", "site.webmanifest", "icons/large.png")
            if (answer := files.answer(files.path(name), {b"accept-encoding": b"gzip"}))
        }
        assert gzipped == {"site.css": True, "site.webmanifest": True, "icons/large.png": False}
