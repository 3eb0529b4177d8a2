"""The wiki's pages and forms, as a browser and a program see them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from wiki_site import Site, at, attribute, text_of, wiki_site

ODD_KEYWORDS = [
    "a/b",
    "%",
    "?",
    "a?b=c#d",
    "%2F",
    "🎤",
    ".",
    "..",
    "日本 武道館",
    "<b>",
    "it's",
    '"',
    "a&b",
    "//",
    "\\",
]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with wiki_site(tmp_path) as running:
        await running.log_in("hanako")
        yield running


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with wiki_site(tmp_path_factory.mktemp("wiki")) as site:
        await site.log_in("hanako")
        yield site


@pytest.fixture
def shared(running: Site) -> Iterator[Site]:
    """A wiki that other tests have written in, too; hanako is logged in."""
    kept = dict(running.client.cookies)
    yield running
    running.client.cookies.clear()
    running.client.cookies.update(kept)


class TestIndex:
    async def test_an_empty_wiki_says_how_to_begin(self, tmp_path: Path) -> None:
        async with wiki_site(tmp_path) as site:
            page = await site.page("/")
            assert text_of(page, "h1") == "An empty wiki"
            assert attribute(page, "main a.button", "href") == "/login?next=%2Fedit"
            await site.log_in("hanako")
            assert attribute(await site.page("/"), "main a.button", "href") == "/edit"

    async def test_it_shows_ten_entries_newest_first_and_pages_of_older_ones(self, site: Site) -> None:
        for number in range(23):
            await site.save(f"entry {number:02}", f"text {number}")
        await site.save("entry 05", "text 5 anew")
        first = await site.page("/")
        keywords = [node.text() for node in first.css("article h1 a")]
        assert keywords == ["entry 05", *(f"entry {number}" for number in range(22, 13, -1))]
        assert [node.attributes["href"] for node in first.css("a[rel=next], link[rel=next]")] == ["/?page=2"] * 2
        assert not first.css("[rel=prev]")
        last = await site.page("/?page=3")
        assert [node.text() for node in last.css("article h1 a")] == ["entry 02", "entry 01", "entry 00"]
        assert not last.css("[rel=next]")
        assert text_of(last, ".pager [aria-current]") == "3"
        assert [node.text() for node in (await site.page("/?page=1")).css("article h1 a")] == keywords

    @pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "", "１", "9" * 30, "1'", "%00"])
    async def test_a_page_that_is_no_number_is_refused(self, shared: Site, page: str) -> None:
        await shared.save("one", "text")
        await shared.page(f"/?page={page}", 400)

    @pytest.mark.parametrize("page", ["2", "999999999"])
    async def test_a_page_beyond_the_last_is_not_found(self, site: Site, page: str) -> None:
        await site.page(f"/?page={page}", 404)
        await site.save("one", "text")
        await site.page(f"/?page={page}", 404)

    async def test_every_mention_is_a_link_at_once_and_the_entry_s_own_keyword_too(self, site: Site) -> None:
        await site.save("soundcheck", "A soundcheck.\nThen the line check.")
        await site.save("line check", "Not a soundcheck.")
        page = await site.page("/")
        newer, older = (node.inner_html for node in page.css("article > div"))
        assert newer == 'Not a <a href="/keyword/soundcheck">soundcheck</a>.'
        first, second = (older or "").split("<br>\n")
        assert first == 'A <a href="/keyword/soundcheck">soundcheck</a>.'
        assert second == 'Then the <a href="/keyword/line%20check">line check</a>.'

    async def test_the_logged_in_name_stands_alone(self, site: Site) -> None:
        assert '<span class="isu-account-name">hanako</span>' in (await site.client.get("/")).text
        await site.client.get("/logout")
        assert "isu-account-name" not in (await site.client.get("/")).text


class TestEntry:
    @pytest.mark.parametrize("keyword", ODD_KEYWORDS)
    async def test_any_keyword_works_as_link_and_address(self, shared: Site, keyword: str) -> None:
        await shared.save(keyword, "What it is.")
        link = attribute(await shared.page("/"), "article h1 a", "href")
        page = await shared.page(link)
        assert text_of(page, "article h1 a") == keyword
        for other in ("history", "edit", "links"):
            found = [node.attributes["href"] or "" for node in page.css("article footer a")]
            (path,) = [href for href in found if href.startswith(f"/{other}/")]
            assert keyword in text_of(await shared.page(path), "h1")

    async def test_a_slash_may_stand_in_the_path_as_it_is(self, shared: Site) -> None:
        await shared.save("AC/DC", "A band.")
        assert text_of(await shared.page("/keyword/AC/DC"), "h1") == "AC/DC"
        assert text_of(await shared.page("/keyword/AC%2FDC"), "h1") == "AC/DC"

    async def test_another_name_leads_to_the_keyword(self, site: Site) -> None:
        await site.save("日本武道館", "会場。")
        await site.client.post(at("日本武道館", "aliases"), data={"aliases": "武道館\nBudokan\n"})
        answer = await site.client.get("/keyword/Budokan")
        assert answer.status_code == 302
        assert answer.headers["location"] == at("日本武道館")
        assert "Budokan, 武道館" in text_of(await site.page(at("日本武道館")), ".aliases")

    @pytest.mark.parametrize("path", ["%ff", "%", "%2", "%zz", "a%ED%A0%80", "%C0%AF"])
    async def test_an_address_that_cannot_be_read_is_refused(self, shared: Site, path: str) -> None:
        await shared.page(f"/keyword/{path}", 400)

    async def test_an_unknown_keyword_offers_to_write_it_and_says_what_would_link_here(self, site: Site) -> None:
        await site.save("festival", "Bring a rain poncho.")
        page = await site.page("/keyword/rain%20poncho", 404)
        assert attribute(page, "a.button", "href") == "/edit?keyword=rain%20poncho"
        assert [node.text() for node in page.css("main li a")] == ["festival"]
        form = await site.page("/edit?keyword=rain%20poncho")
        assert attribute(form, "#keyword", "value") == "rain poncho"

    @pytest.mark.parametrize("path", ["", "%0A", "x" * 256, "%E2%80%AE", "%20%20"])
    async def test_what_could_be_no_keyword_is_just_not_found(self, shared: Site, path: str) -> None:
        assert not (await shared.page(f"/keyword/{path}", 404)).css("a[href^='/edit?']")

    async def test_a_program_is_told_of_an_unknown_keyword_as_a_problem(self, shared: Site) -> None:
        answer = await shared.client.get("/keyword/nothing", headers={"accept": "*/*"})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert "nothing" in answer.json()["detail"]


class TestPeople:
    async def test_registering_logs_in(self, tmp_path: Path) -> None:
        async with wiki_site(tmp_path) as site:
            answer = await site.client.post("/register", data={"name": "梅田", "password": "secret"})
            assert (answer.status_code, answer.headers["location"]) == (302, "/")
            assert text_of(await site.page("/"), ".isu-account-name") == "梅田"

    @pytest.mark.parametrize(
        ("name", "password", "status"),
        [
            ("hanako", "x", 409),
            ("", "x", 400),
            ("a" * 65, "x", 400),
            ("a\u202e", "x", 400),
            ("new", "", 400),
            (" a", "x", 400),
        ],
    )
    async def test_a_name_or_password_that_cannot_be_comes_back_in_the_form(
        self, shared: Site, name: str, password: str, status: int
    ) -> None:
        answer = await shared.client.post("/register", data={"name": name, "password": password})
        assert answer.status_code == status
        assert "wiki_session" not in answer.headers.get("set-cookie", "")
        assert 'action="/register"' in answer.text

    async def test_a_wrong_password_is_403_and_keeps_the_name(self, shared: Site) -> None:
        for name in ("hanako", "nobody"):
            answer = await shared.client.post("/login", data={"name": name, "password": "wrong"})
            assert answer.status_code == 403
            assert f'value="{name}"' in answer.text
            assert "The name or the password is wrong." in answer.text

    @pytest.mark.parametrize(
        ("following", "leads_to"),
        [
            ("/edit?keyword=a%2Fb", "/edit?keyword=a%2Fb"),
            ("/", "/"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/\t/evil.example", "/"),
            ("/a\r\nSet-Cookie: x=y", "/"),
            ("evil", "/"),
            ("/" + "a" * 5000, "/"),
        ],
    )
    async def test_a_log_in_goes_on_to_a_page_of_this_site_only(
        self, shared: Site, following: str, leads_to: str
    ) -> None:
        form = {"name": "hanako", "password": "hanako"}
        by_form = await shared.client.post("/login", data={**form, "next": following})
        by_query = await shared.client.post("/login", params={"next": following}, data=form)
        for answer in (by_form, by_query):
            assert (answer.status_code, answer.headers["location"]) == (302, leads_to)

    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_a_log_out_ends_the_session_everywhere(self, site: Site, method: str) -> None:
        cookie = {"cookie": f"wiki_session={site.client.cookies['wiki_session']}"}
        assert "isu-account-name" in (await site.client.get("/", headers=cookie)).text
        answer = await site.client.request(method, "/logout")
        assert (answer.status_code, answer.headers["location"]) == (302, "/")
        assert 'wiki_session=""' in answer.headers["set-cookie"]
        assert "isu-account-name" not in (await site.client.get("/", headers=cookie)).text

    async def test_too_many_attempts_have_to_wait(self, tmp_path: Path) -> None:
        async with wiki_site(tmp_path, login_limit_account="2/minute") as site:
            for _ in range(2):
                assert (await site.client.post("/login", data={"name": "a", "password": "b"})).status_code == 403
            answer = await site.client.post("/login", data={"name": "a", "password": "b"})
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) >= 1
            assert "<form" in answer.text

    async def test_a_closed_registration_says_so(self, tmp_path: Path) -> None:
        async with wiki_site(tmp_path, registration=False) as site:
            await site.page("/register", 403)
            assert not (await site.page("/")).css("a[href^='/register']")


class TestErrors:
    async def test_an_error_is_a_page_with_the_request_s_id(self, shared: Site) -> None:
        answer = await shared.client.get("/nowhere")
        assert answer.status_code == 404
        assert answer.headers["x-request-id"] in answer.text
        assert answer.headers["cache-control"] == "no-store"

    async def test_a_page_never_uses_the_host_that_was_sent(self, site: Site) -> None:
        await site.save("a", "text")
        host = {"host": "evil.example", "x-forwarded-host": "evil.example"}
        for path in ("/", "/keyword/a", "/feed.atom", "/recent", "/login", "/nowhere", "//evil.example/x"):
            assert "evil.example" not in (await site.client.get(path, headers=host)).text.replace(
                "//evil.example/x", ""
            )
        answer = await site.client.get("/logout", headers=host)
        assert answer.headers["location"] == "/"

    async def test_a_path_of_two_slashes_makes_no_link_to_elsewhere(self, shared: Site) -> None:
        answer = await shared.client.get("http://genba.test//evil.example/x")
        assert answer.status_code == 404
        assert "evil.example" not in answer.text

    async def test_every_page_has_a_tag_or_is_not_kept(self, site: Site) -> None:
        await site.save("a", "text")
        paths = ["/", "/keyword/a", "/recent", "/history/a", "/edit", "/edit/a", "/links/a", "/search?q=a", "/login"]
        for path in [*paths, "/register", "/feed.atom", "/stars?keyword=a", "/history/a?revision=1"]:
            answer = await site.client.get(path)
            assert answer.status_code == 200
            again = await site.client.get(path, headers={"if-none-match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["vary"] == answer.headers["vary"]
            if path != "/feed.atom":
                assert answer.headers["cache-control"] == "private, no-cache"
                assert {"Cookie", "Accept-Language"} <= set(answer.headers["vary"].split(", "))
        for path in ("/nowhere", "/keyword/b"):
            assert (await site.client.get(path)).headers["cache-control"] == "no-store"
