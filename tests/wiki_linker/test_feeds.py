"""The Atom feed."""

from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import defusedxml.ElementTree
import httpx
import pytest

from genba_servicekit.auth import BadName, check_name
from wiki_linker.core.validation import InvalidText, check_description, check_keyword
from wiki_site import wiki_site

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "{http://www.w3.org/XML/1998/namespace}base"


def _feed(answer: httpx.Response) -> Element:
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root: Element = defusedxml.ElementTree.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    return root


async def test_a_feed_has_all_that_rfc_4287_asks_for(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        await site.save("venue", "A <place>.")
        await site.save("tour", "From venue to venue.\nOn.")
        feed = _feed(await site.client.get("/feed.atom"))
        entries = feed.findall(f"{ATOM}entry")
        assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["tour", "venue"]
        ids = [element.text or "" for element in feed.iter(f"{ATOM}id")]
        assert len(set(ids)) == 3
        assert all(urlsplit(one).scheme for one in ids)
        for element in (feed, *entries):
            assert len(element.findall(f"{ATOM}updated")) == 1
            assert element.find(f"{ATOM}link[@rel='alternate']") is not None
        assert feed.find(f"{ATOM}link[@rel='self']") is not None
        assert [entry.findtext(f"{ATOM}author/{ATOM}name") for entry in entries] == ["hanako"] * 2
        content = entries[0].find(f"{ATOM}content")
        assert content is not None
        assert content.attrib == {"type": "html"}
        assert content.text == (
            'From <a href="/keyword/venue">venue</a> to <a href="/keyword/venue">venue</a>.<br />\nOn.'
        )
        assert entries[1].findtext(f"{ATOM}content") == "A &lt;place&gt;."


async def test_an_empty_wiki_has_a_feed_too(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        feed = _feed(await site.client.get("/feed.atom"))
        assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
        assert not feed.findall(f"{ATOM}entry")


async def test_an_entry_keeps_its_id_when_it_is_renamed(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        await site.save("gig", "A concert.")
        before = _feed(await site.client.get("/feed.atom")).findtext(f"{ATOM}entry/{ATOM}id")
        await site.client.post("/rename/gig", data={"new_keyword": "show"})
        after = _feed(await site.client.get("/feed.atom"))
        assert after.findtext(f"{ATOM}entry/{ATOM}title") == "show"
        assert after.findtext(f"{ATOM}entry/{ATOM}id") == before


async def test_addresses_are_whole_ones_where_the_public_one_is_known(tmp_path: Path) -> None:
    async with wiki_site(tmp_path, public_url="https://wiki.example.org") as site:
        await site.log_in("hanako")
        await site.save("a/b", "Text.")
        feed = _feed(await site.client.get("/feed.atom", headers={"host": "evil.example"}))
        links = [urljoin(feed.attrib[BASE], link.attrib["href"]) for link in feed.iter(f"{ATOM}link")]
        assert links == [
            "https://wiki.example.org/feed.atom",
            "https://wiki.example.org/",
            "https://wiki.example.org/keyword/a%2Fb",
        ]


async def test_a_reader_that_has_the_feed_is_told_so_and_everybody_gets_the_same(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        await site.save("gig", "A concert.")
        known = await site.client.get("/feed.atom")
        assert known.headers["cache-control"] == "public, no-cache"
        tag = {"if-none-match": known.headers["etag"]}
        assert (await site.client.get("/feed.atom", headers=tag)).status_code == 304
        site.client.cookies.clear()
        assert (await site.client.get("/feed.atom", headers={"accept-language": "ja"})).content == known.content
        await site.log_in("hanako")
        await site.save("gig", "A show.")
        assert (await site.client.get("/feed.atom", headers=tag)).status_code == 200


async def test_text_with_the_marks_of_xml_stays_text(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        await site.save("odd", "🎤\t]]> <!-- &amp; \u0085")
        content = _feed(await site.client.get("/feed.atom")).findtext(f"{ATOM}entry/{ATOM}content")
        assert content == "🎤\t]]&gt; &lt;!-- &amp;amp; \u0085"


def test_the_wiki_stores_nothing_that_xml_cannot_hold() -> None:
    """One such character would make the whole feed unreadable (XML 1.0, section 2.2, Char)."""
    for code in (*set(range(0x20)) - {0x9, 0xA, 0xD}, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF):
        for check in (check_description, check_keyword):
            with pytest.raises(InvalidText):
                check(f"a{chr(code)}b")
        with pytest.raises(BadName):
            check_name(f"a{chr(code)}b")
