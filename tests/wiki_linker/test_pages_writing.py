"""Forms that change the wiki, what they leave behind, and how it is found again."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from genba_servicekit.auth import Role
from wiki_site import Site, attribute, text_of, wiki_site


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


class TestWriting:
    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"keyword": "", "description": "text"}, "cannot be stored"),
            ({"keyword": "a"}, "cannot be stored"),
            ({"keyword": "a", "description": " \n"}, "cannot be stored"),
            ({"keyword": "k" * 256, "description": "text"}, "cannot be stored"),
            ({"keyword": "a\nb", "description": "text"}, "cannot be stored"),
            ({"keyword": "a\u202eb", "description": "text"}, "cannot be stored"),
            ({"keyword": "a", "description": "nul \0"}, "cannot be stored"),
            ({"keyword": "a", "description": "t" * 300_001}, "cannot be stored"),
            ({"keyword": "a", "description": "Buy at https://a.example " * 200}, "spam"),
        ],
    )
    async def test_what_cannot_be_stored_comes_back_in_its_form(
        self, shared: Site, fields: dict[str, str], said: str
    ) -> None:
        before = shared.wiki.reading.seq
        answer = await shared.client.post("/keyword", data=fields)
        assert answer.status_code == 400
        assert said in answer.text
        assert "<textarea" in answer.text
        assert shared.wiki.reading.seq == before

    async def test_forms_may_come_as_multipart(self, shared: Site) -> None:
        answer = await shared.client.post("/keyword", files={"keyword": (None, "parts"), "description": (None, "text")})
        assert answer.status_code == 302
        assert shared.wiki.reading.find("parts") is not None

    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"keyword=%ff&description=a", "application/x-www-form-urlencoded", 400),
            (b"keyword=\xff&description=a", "application/x-www-form-urlencoded", 400),
            (b"a=1&" * 51, "application/x-www-form-urlencoded", 400),
            (b"&" * 1_000_000, "application/x-www-form-urlencoded", 400),
            (b"a" * (5 << 20), "application/x-www-form-urlencoded", 413),
            (b"{}", "application/json", 415),
            (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 400),
            (b"", "multipart/form-data", 400),
            (b"", "application/x-www-form-urlencoded", 400),
        ],
    )
    async def test_a_form_that_cannot_be_read_is_refused(
        self, shared: Site, body: bytes, kind: str, status: int
    ) -> None:
        before = shared.wiki.reading.seq
        answer = await shared.client.post("/keyword", content=body, headers={"content-type": kind})
        assert answer.status_code == status, answer.text
        assert shared.wiki.reading.seq == before

    async def test_a_form_bomb_of_many_parts_is_refused(self, shared: Site) -> None:
        part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        kind = {"content-type": "multipart/form-data; boundary=x"}
        answer = await shared.client.post("/keyword", content=part * 5_000 + b"--x--\r\n", headers=kind)
        assert answer.status_code == 400

    async def test_saving_what_a_form_showed_changes_no_line(self, shared: Site) -> None:
        await shared.save("lines", "one\ntwo\n")
        await shared.save("lines", "one\r\ntwo\r\n")
        assert "The two texts are the same." in text_of(await shared.page("/history/lines?revision=2"), "main")

    async def test_the_answer_tells_which_change_the_next_page_must_not_be_older_than(self, site: Site) -> None:
        answer = await site.save("a", "text")
        assert answer.headers["genba-seq"] == str(site.wiki.reading.seq)
        assert f"wiki-seq={site.wiki.reading.seq}; " in answer.headers["set-cookie"]

    async def test_nobody_loses_what_another_wrote_meanwhile(self, site: Site) -> None:
        await site.save("a", "one")
        base = attribute(await site.page("/edit/a"), "[name=base]", "value")
        await site.save("a", "two", base=base)
        answer = await site.client.post("/keyword", data={"keyword": "a", "description": "three", "base": base})
        assert answer.status_code == 412
        assert "three</textarea>" in answer.text
        assert '<pre dir="auto">two</pre>' in answer.text
        await site.save("a", "four")
        new = await site.client.post("/keyword", data={"keyword": "a", "description": "five", "base": "new"})
        assert new.status_code == 412
        assert "There is an entry of this keyword already" in new.text

    async def test_an_entry_that_was_deleted_under_a_form_can_be_saved_anew(self, site: Site) -> None:
        await site.save("a", "one")
        base = attribute(await site.page("/edit/a"), "[name=base]", "value")
        await site.client.post("/keyword/a", data={"delete": "1"})
        answer = await site.client.post("/keyword", data={"keyword": "a", "description": "two", "base": base})
        assert answer.status_code == 412
        assert 'name="base" value="new"' in answer.text

    async def test_deleting_unlinks_and_bringing_back_links_again(self, site: Site) -> None:
        await site.save("venue", "A place.")
        await site.save("tour", "From venue to venue.")
        answer = await site.client.post("/keyword/venue", data={"delete": "1"})
        assert (answer.status_code, answer.headers["location"]) == (302, "/")
        assert "/keyword/venue" not in (await site.client.get("/keyword/tour")).text
        gone = await site.page("/keyword/venue", 404)
        assert gone.css_first("form[action='/undelete/venue']") is not None
        back = await site.client.post("/undelete/venue")
        assert (back.status_code, back.headers["location"]) == (302, "/keyword/venue")
        assert (await site.client.get("/keyword/tour")).text.count('href="/keyword/venue"') == 2

    async def test_deleting_needs_its_word_and_an_entry(self, site: Site) -> None:
        assert (await site.client.post("/keyword/a", data={"delete": "1"})).status_code == 404
        await site.save("a", "text")
        assert (await site.client.post("/keyword/a", data={})).status_code == 400
        assert site.wiki.reading.find("a") is not None

    async def test_a_renamed_entry_is_found_under_both_names_and_links_follow(self, site: Site) -> None:
        await site.save("gig", "A concert.")
        await site.save("tour", "Many a gig, many a show.")
        answer = await site.client.post("/rename/gig", data={"new_keyword": "show", "keep_alias": "1"})
        assert (answer.status_code, answer.headers["location"]) == (302, "/keyword/show")
        assert (await site.client.get("/keyword/tour")).text.count('href="/keyword/show"') == 2
        assert (await site.client.get("/keyword/gig")).headers["location"] == "/keyword/show"
        taken = await site.client.post("/rename/show", data={"new_keyword": "tour"})
        assert taken.status_code == 409
        assert (await site.client.post("/rename/show", data={"new_keyword": " "})).status_code == 400

    async def test_an_alias_that_is_taken_comes_back_in_its_form(self, site: Site) -> None:
        await site.save("gig", "A concert.")
        await site.save("tour", "Many.")
        answer = await site.client.post("/aliases/gig", data={"aliases": "concert\ntour"})
        assert answer.status_code == 409
        assert "concert\ntour</textarea>" in answer.text
        assert site.wiki.reading.find("concert") is None

    @pytest.mark.parametrize(
        "path", ["/keyword", "/keyword/a", "/rename/a", "/aliases/a", "/undelete/a", "/restore/a", "/stars?keyword=a"]
    )
    async def test_nothing_is_written_by_those_who_are_not_logged_in(self, shared: Site, path: str) -> None:
        await shared.save("a", "text")
        before = shared.wiki.reading.seq
        shared.client.cookies.clear()
        form = {"keyword": "b", "description": "c", "delete": "1", "new_keyword": "d", "aliases": "e", "revision": "1"}
        answer = await shared.client.post(path, data=form)
        assert answer.status_code == 403
        assert "Log in to do this" in answer.text
        assert shared.wiki.reading.seq == before

    async def test_readers_read_and_star_only(self, site: Site) -> None:
        await site.save("a", "text")
        await site.log_in("reader", Role.READER)
        answer = await site.client.post("/keyword", data={"keyword": "b", "description": "c"})
        assert answer.status_code == 403
        assert not (await site.page("/keyword/a")).css("a[href^='/edit']")
        assert (await site.client.post("/stars?keyword=a")).status_code == 302

    async def test_a_form_of_another_site_is_refused(self, shared: Site) -> None:
        before = shared.wiki.reading.seq
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
            answer = await shared.client.post(
                "/keyword", data={"keyword": "elsewhere", "description": "b"}, headers=headers
            )
            assert answer.status_code == 403
        assert shared.wiki.reading.seq == before


class TestHistory:
    async def test_a_revision_shows_what_it_changed_and_can_be_restored(self, site: Site) -> None:
        await site.save("a", "one\ntwo")
        await site.save("a", "one\nthree", summary="counted on")
        history = await site.page("/history/a")
        assert [node.text() for node in history.css(".log li > a")] == ["Revision 2", "Revision 1"]
        assert text_of(history, ".log q") == "counted on"
        page = await site.page("/history/a?revision=2")
        shown = [(row.attributes["class"], row.css("td")[-1].text()) for row in page.css(".diff tr")]
        assert shown == [("equal", "one"), ("delete", "two"), ("insert", "three")]
        number = attribute(page, "[name=revision]", "value")
        assert number == "1"
        answer = await site.client.post("/restore/a", data={"revision": number})
        assert (answer.status_code, answer.headers["location"]) == (302, "/keyword/a")
        assert "two" in text_of(await site.page("/keyword/a"), "article > div")

    async def test_revisions_that_are_not_there_are_not_found(self, site: Site) -> None:
        await site.save("a", "one")
        await site.page("/history/a?revision=2", 404)
        await site.page("/history/b", 404)
        await site.page("/history/a?revision=x", 400)
        assert (await site.client.post("/restore/a", data={"revision": "7"})).status_code == 404
        assert (await site.client.post("/restore/a", data={"revision": "x"})).status_code == 400

    async def test_recent_changes_tell_everything_in_order(self, site: Site) -> None:
        await site.save("a", "one", summary="began")
        await site.client.post("/rename/a", data={"new_keyword": "b"})
        await site.client.post("/keyword/b", data={"delete": "1"})
        page = await site.page("/recent")
        lines = [" ".join(node.text().split()) for node in page.css(".log li")]
        assert [line.split()[1] for line in lines] == ["deleted", "renamed", "saved"]
        assert "was “a”" in lines[1]
        assert "began" in lines[2]

    async def test_recent_changes_go_on_on_further_pages(self, site: Site) -> None:
        for number in range(60):
            await site.save("a", f"text {number}")
        page = await site.page("/recent")
        following = attribute(page, "a[rel=next]", "href")
        assert len(page.css(".log li")) + len((await site.page(following)).css(".log li")) == 60


class TestFinding:
    async def test_search_marks_what_it_found_and_pages_on(self, site: Site) -> None:
        for number in range(25):
            await site.save(f"entry {number}", f"The needle of entry {number}.")
        page = await site.page("/search?q=Needle")
        assert len(page.css(".hits li")) == 20
        assert {node.text() for node in page.css(".hits mark")} == {"needle"}
        following = attribute(page, "a[rel=next]", "href")
        assert following == "/search?q=Needle&page=2"
        assert len((await site.page(following)).css(".hits li")) == 5
        await site.page("/search?q=Needle&page=3", 404)
        await site.page("/search?q=Needle&page=501", 404)

    async def test_what_is_not_found_can_be_written(self, shared: Site) -> None:
        page = await shared.page("/search?q=never%2Fheard")
        assert attribute(page, "main a.button", "href") == "/edit?keyword=never%2Fheard"

    async def test_a_search_for_nothing_explains_itself_and_a_long_one_is_refused(self, shared: Site) -> None:
        assert "Every word" in text_of(await shared.page("/search"), "main")
        await shared.page(f"/search?q={'a' * 201}", 400)

    async def test_links_tell_what_links_here(self, site: Site) -> None:
        await site.save("venue", "A place.")
        await site.save("tour", "From venue to venue.")
        page = await site.page("/links/venue")
        assert [" ".join(node.text().split()) for node in page.css("main li")] == ["tour × 2", "tour → 0 ← 2"]
        await site.page("/links/nothing", 404)


class TestStars:
    async def test_a_star_shows_at_once_and_can_be_taken_back(self, site: Site) -> None:
        await site.save("a", "text")
        await site.page("/")
        answer = await site.client.post("/stars?keyword=a")
        assert (answer.status_code, answer.headers["location"]) == (302, "/keyword/a")
        for path in ("/", "/keyword/a"):
            assert [node.attributes["title"] for node in (await site.page(path)).css("article img")] == ["hanako"]
        again = await site.client.post("/stars", data={"keyword": "a", "user": "hanako"})
        assert again.status_code == 302
        assert len((await site.page("/")).css("article img")) == 1
        assert attribute(await site.page("/"), "[name=remove]", "value") == "1"
        await site.client.post("/stars?keyword=a", data={"remove": "1"})
        assert not (await site.page("/")).css("article img")
        await site.client.post("/stars?keyword=a")
        assert (await site.client.delete("/stars?keyword=a")).status_code == 302
        assert not (await site.page("/keyword/a")).css("article img")

    async def test_programs_have_stars_as_json(self, site: Site) -> None:
        await site.save("a", "text")
        program = {"accept": "*/*"}
        assert (await site.client.post("/stars?keyword=a", headers=program)).json() == {"result": "ok"}
        answer = await site.client.get("/stars?keyword=a", headers=program)
        assert answer.json() == {"stars": [{"user_name": "hanako", "keyword": "a"}]}
        assert [node.attributes["title"] for node in (await site.page("/stars?keyword=a")).css("main img")] == [
            "hanako"
        ]

    async def test_nobody_stars_in_another_s_name(self, site: Site) -> None:
        await site.save("a", "text")
        for path, form in (("/stars?keyword=a&user=bob", {}), ("/stars?keyword=a", {"user": "bob"})):
            assert (await site.client.post(path, data=form)).status_code == 403
        assert (await site.client.delete("/stars?keyword=a&user=bob")).status_code == 403
        assert not (await site.page("/")).css("article img")

    async def test_stars_of_an_unknown_entry_are_not_found(self, shared: Site) -> None:
        assert (await shared.client.post("/stars?keyword=nothing")).status_code == 404
        assert (await shared.client.post("/stars")).status_code == 404
        assert (await shared.client.get("/stars?keyword=nothing")).status_code == 404
        assert (await shared.client.delete("/stars?keyword=nothing")).status_code == 404
