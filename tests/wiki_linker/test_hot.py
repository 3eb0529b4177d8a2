"""Pages that are answered ahead of the router: exact at every moment, the same as the others in every byte."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from genba_servicekit.middleware import HEADERS_KEY, Prepared
from wiki_linker.routes.hot import HotReads, seq_token
from wiki_linker.routes.pages_prepared import PreparedPages
from wiki_linker.routes.pages_shell import static_files
from wiki_site import Site, attribute, text_of, wiki_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with wiki_site(tmp_path) as running:
        await running.log_in("hanako")
        yield running


def look(site: Site, path: str, query: str = "", **headers: str) -> Prepared | None:
    """What is answered without waiting for anything."""
    sent = {"cookie": f"wiki_session={site.client.cookies['wiki_session']}", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]
    request = httpx.Request("GET", f"http://genba.test{path}")
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": query.encode(),
        "headers": raw,
        "app": site.app,
        HEADERS_KEY: dict(raw),
    }
    return HotReads(site.wiki.settings)(scope)


class TestHot:
    async def test_a_page_that_was_read_is_there_without_waiting(self, site: Site) -> None:
        await site.save("a/b", "Text of a/b.")
        for path in ("/", "/keyword/a%2Fb"):
            read = await site.client.get(path)
            found = look(site, path, accept_language="en")
            assert found is not None
            assert found.body == read.content
            again = look(site, path, accept_language="en", if_none_match=read.headers["etag"].replace("-gzip", ""))
            assert again is not None
            assert (again.status, again.body) == (304, b"")

    async def test_a_hot_page_and_one_from_the_route_are_the_same_bytes(self, site: Site) -> None:
        for number in range(12):
            await site.save(f"entry {number}", "An entry.")
        for path in ("/", "/?page=2", "/keyword/entry%203"):
            await site.client.get(path)
            hot = await site.client.get(path)
            site.app.state.prepared_pages = PreparedPages(site.wiki)
            routed = await site.client.get(f"{path}{'&' if '?' in path else '?'}x=1")
            assert (routed.status_code, routed.text) == (200, hot.text)
            assert routed.headers["etag"] == hot.headers["etag"]

    async def test_every_change_shows_at_once(self, site: Site) -> None:
        """Whatever happens, the page from memory is the one that a wiki without memory would give."""
        dice = random.Random(7)
        keywords = [f"word{number}" for number in range(14)]
        people = ["hanako", "bob"]
        cookies = {}
        for name in people:
            await site.log_in(name)
            cookies[name] = dict(site.client.cookies)
        for _ in range(150):
            site.client.cookies.clear()
            site.client.cookies.update(cookies[dice.choice(people)])
            keyword = dice.choice(keywords)
            match dice.randrange(6):
                case 0 | 1 | 2:
                    await site.save(keyword, " and ".join(dice.choices(keywords, k=4)))
                case 3:
                    await site.client.post(f"/keyword/{keyword}", data={"delete": "1"})
                case 4:
                    await site.client.post("/stars", data={"keyword": keyword})
                case 5:
                    await site.client.request("DELETE", f"/stars?keyword={keyword}")
            path = dice.choice(["/", "/?page=2", f"/keyword/{keyword}"])
            shown = await site.client.get(path)
            site.app.state.prepared_pages = PreparedPages(site.wiki)
            afresh = await site.client.get(path)
            assert (shown.status_code, shown.text.split("Request")[0]) == (
                afresh.status_code,
                afresh.text.split("Request")[0],
            )
            if path == "/":
                await self._check_stars(site, shown.text)

    async def _check_stars(self, site: Site, page: str) -> None:
        newest = await site.wiki.reading.entries(lambda: site.wiki.reading.newest(0, 10))
        for kept in newest:
            foot = page.partition(f'<a href="/keyword/{kept.entry.keyword}">{kept.entry.keyword}</a></h1>')[2]
            shown = foot.partition("</article>")[0].count("<img")
            assert shown == len(kept.stars), kept.entry.keyword

    async def test_one_person_s_page_is_never_another_s(self, site: Site) -> None:
        await site.save("a", "Text.")
        await site.client.post("/stars?keyword=a")
        for path in ("/", "/keyword/a"):
            for _ in range(2):
                assert ">hanako</span>" in (await site.client.get(path)).text
        mine = dict(site.client.cookies)
        await site.log_in("bob")
        for path in ("/", "/keyword/a"):
            for _ in range(2):
                text = (await site.client.get(path)).text
                assert ">bob</span>" in text
                assert "hanako</span>" not in text.replace('class="author">by hanako</span>', "")
                assert 'name="remove"' not in text
        site.client.cookies.clear()
        anonymous = await site.client.get("/")
        assert "isu-account-name" not in anonymous.text
        assert "/login" in anonymous.text
        site.client.cookies.update(mine)
        assert ">hanako</span>" in (await site.client.get("/")).text

    async def test_two_cookie_headers_are_not_taken_for_one(self, site: Site) -> None:
        """What is remembered of a request must not be found under a part of its cookies."""
        await site.save("a", "Text.")
        session = f"wiki_session={site.client.cookies['wiki_session']}"
        site.client.cookies.clear()
        both = [("cookie", session), ("cookie", "x=1")]
        for _ in range(2):
            assert ">hanako</span>" in (await site.client.get("/", headers=both)).text
        assert ">hanako</span>" not in (await site.client.get("/", headers={"cookie": "x=1"})).text

    async def test_a_session_that_ended_elsewhere_shows_at_once(self, site: Site) -> None:
        await site.save("a", "Text.")
        session = {"cookie": f"wiki_session={site.client.cookies['wiki_session']}"}
        for _ in range(2):
            assert ">hanako</span>" in (await site.client.get("/", headers=session)).text
        await site.wiki.accounts.log_out(site.client.cookies["wiki_session"])
        assert "isu-account-name" not in (await site.client.get("/", headers=session)).text

    async def test_the_language_is_part_of_what_is_remembered(self, site: Site) -> None:
        await site.save("a", "Text.")
        for _ in range(2):
            assert '<html lang="en">' in (await site.client.get("/")).text
            assert '<html lang="ja">' in (await site.client.get("/", headers={"accept-language": "ja"})).text

    async def test_a_wiki_that_was_loaded_anew_is_read_anew(self, site: Site, tmp_path: Path) -> None:
        await site.save("a", "The first wiki's text.")
        assert "first" in (await site.client.get("/")).text
        async with wiki_site(tmp_path / "other") as other:
            await other.log_in("hanako")
            await other.save("a", "The second wiki's text.")
            assert other.wiki.reading.seq == site.wiki.reading.seq
            site.app.state.wiki = other.wiki
            site.client.cookies.clear()
            assert "second" in (await site.client.get("/")).text

    async def test_what_has_to_be_waited_for_is_left_to_the_router(self, site: Site) -> None:
        await site.save("a", "Text.")
        await site.client.get("/")
        assert look(site, "/") is not None
        assert look(site, "/", "page=x") is None
        assert look(site, "/", "page=2") is None
        assert look(site, "/", "lang=ja") is None
        assert look(site, "/recent") is None
        assert look(site, "/keyword/b") is None
        assert look(site, "/keyword/%ff") is None
        assert look(site, "/keyword/") is None
        assert look(site, "/static/nothing") is None
        assert look(site, "/", cookie="wiki_session=" + "A" * 43) is None
        assert look(site, "/", genba_seq=str(site.wiki.reading.seq + 1)) is None
        assert look(site, "/", genba_seq=str(site.wiki.reading.seq)) is not None

    async def test_a_token_of_the_future_gets_an_answer_all_the_same(self, site: Site) -> None:
        await site.save("a", "Text.")
        for headers in ({"genba-seq": "999999"}, {"cookie": "wiki-seq=999999"}, {"genba-seq": "nonsense"}):
            assert (await site.client.get("/", headers=headers)).status_code == 200

    async def test_with_strict_freshness_nothing_is_answered_ahead(self, tmp_path: Path) -> None:
        async with wiki_site(tmp_path, strict_freshness=True) as site:
            await site.log_in("hanako")
            await site.save("a", "Text.")
            assert (await site.client.get("/")).status_code == 200
            assert look(site, "/") is None

    async def test_head_is_answered_without_a_body(self, site: Site) -> None:
        await site.save("a", "Text.")
        whole = await site.client.get("/", headers={"accept-encoding": "identity"})
        for _ in range(2):
            head = await site.client.head("/", headers={"accept-encoding": "identity"})
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == whole.headers["content-length"]

    def test_a_token_is_read_from_header_or_cookie(self) -> None:
        assert seq_token({}) == 0
        assert seq_token({b"cookie": b"a=b; wiki-seq=17"}) == 17
        assert seq_token({b"cookie": b"wiki-seq=17; a=b"}) == 17
        assert seq_token({b"cookie": b"my-wiki-seq=17"}) == 0
        assert seq_token({b"cookie": b"wiki-seq=-1"}) == 0
        assert seq_token({b"cookie": b"wiki-seq=" + b"9" * 30}) == 0
        assert seq_token({b"genba-seq": b"18", b"cookie": b"wiki-seq=17"}) == 18
        assert seq_token({b"genba-seq": b"x", b"cookie": b"wiki-seq=17"}) == 17


class TestStatic:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("site.css", "text/css; charset=utf-8"),
            ("site.js", "text/javascript; charset=utf-8"),
            ("icon.svg", "image/svg+xml"),
        ],
    )
    async def test_files_have_names_that_change_with_their_contents_and_are_kept_for_a_year(
        self, site: Site, name: str, kind: str
    ) -> None:
        page = await site.page("/recent")
        assert static_files.path(name) in (page.html or "")
        answer = await site.client.get(static_files.path(name))
        assert answer.headers["content-type"] == kind
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        other = await site.client.get(f"/static/0123456789abcdef/{name}")
        assert (other.text, other.headers["cache-control"]) == (answer.text, "public, no-cache")

    @pytest.mark.parametrize(
        "path", ["/static/", "/static/x/nothing.css", "/static/x/..%2Fapp.py", "/static/../app.py"]
    )
    async def test_other_files_are_not_found(self, site: Site, path: str) -> None:
        assert (await site.client.get(path)).status_code == 404

    async def test_pages_have_nothing_inline(self, site: Site) -> None:
        """The policy forbids it, so a browser would drop it."""
        await site.save("a", "Text.")
        for path in ("/", "/keyword/a", "/edit/a", "/history/a?revision=1", "/recent", "/search?q=a", "/login"):
            page = await site.page(path)
            assert not page.css("style, [style], script:not([src])")
            assert not [name for node in page.css("*") for name in node.attributes if name.startswith("on")]

    async def test_every_field_has_a_name_for_those_who_do_not_see_it(self, site: Site) -> None:
        await site.save("a", "Text.")
        for path in ("/", "/edit", "/edit/a", "/login", "/register", "/search?q=a"):
            page = await site.page(path)
            labels = {node.attributes.get("for") for node in page.css("label")}
            for field in page.css("input:not([type=hidden]):not([type=checkbox]), textarea"):
                assert field.attributes.get("id") in labels - {None} or field.attributes.get("aria-label"), field.html
            assert attribute(page, "a.skip", "href") == "#main"
            assert text_of(page, "title")
            ids = [node.attributes["id"] for node in page.css("[id]")]
            assert len(ids) == len(set(ids))
