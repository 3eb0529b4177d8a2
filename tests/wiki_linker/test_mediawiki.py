"""Dumps of MediaWiki wikis come in whole, damaged and hostile."""

import bz2
import gzip
import io
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO, cast
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_linker.core.mediawiki import read_dump
from wiki_linker.core.ndjson import BadLine, ImportRecord
from wiki_linker.core.validation import ALIASES_MAX
from wiki_linker.core.wikitext import plain_text

HEAD = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="ja">'
    "<siteinfo><sitename>Wikipedia</sitename></siteinfo>"
)


def page(title: str, text: str = "text", *, ns: int = 0, redirect: str | None = None, author: str = "ann") -> str:
    lead = "" if redirect is None else f"<redirect title={quoteattr(redirect)} />"
    return (
        f"<page><title>{escape(title)}</title><ns>{ns}</ns><id>7</id>{lead}<revision><id>9</id>"
        f"<timestamp>2016-07-01T00:00:01Z</timestamp><contributor><username>{escape(author)}</username><id>3</id>"
        f"</contributor><text bytes='4' xml:space='preserve'>{escape(text)}</text></revision></page>"
    )


def dump(*pages: str) -> bytes:
    return "".join([HEAD, *pages, "</mediawiki>"]).encode()


def read(data: bytes) -> list[ImportRecord | BadLine]:
    return list(read_dump(io.BytesIO(data)))


def test_pages_of_the_main_namespace_become_records() -> None:
    found = read(dump(page("東京", "'''東京'''は[[日本|日本国]]の首都。"), page("利用者:ann", ns=2), page("大阪")))
    assert found == [
        ImportRecord(1, "東京", "東京は日本国の首都。", "ann", (), 1467331201000),
        ImportRecord(3, "大阪", "text", "ann", (), 1467331201000),
    ]


@pytest.mark.parametrize("compress", [bz2.compress, gzip.compress])
def test_compressed_dumps_are_read_as_they_are(compress: "type[bytes]") -> None:
    data = dump(page("東京"), page("江戸", redirect="東京"))
    assert read(compress(data)) == read(data)


def test_redirects_before_and_behind_a_page_become_its_aliases_through_chains_and_past_sections() -> None:
    found = read(
        dump(
            page("江戸", redirect="東京"),
            page("東京"),
            page("大江戸", redirect="江戸"),
            page("都心", redirect="東京#都心"),
        )
    )
    assert found == [ImportRecord(2, "東京", "text", "ann", ("江戸", "大江戸", "都心"), 1467331201000)]


def test_redirects_that_lead_nowhere_are_told() -> None:
    found = read(dump(page("a", redirect="b"), page("b", redirect="a"), page("c", redirect="gone")))
    assert sorted(bad.line for bad in found if isinstance(bad, BadLine)) == [1, 2, 3]
    assert BadLine(3, "“c”: it leads to “gone”, which is not there") in found


def test_bad_pages_are_told_by_number_and_title_and_the_rest_is_kept() -> None:
    found = read(dump(page("a\u202eb"), page("empty", "{{stub}}"), page("x" * 256), page("good"), page("new\nline")))
    assert [(item.line, isinstance(item, BadLine)) for item in found] == [
        (1, True),
        (2, True),
        (3, True),
        (4, False),
        (5, True),
    ]
    assert [item.reason for item in found if isinstance(item, BadLine)][1] == "“empty”: text: it is empty"


def test_more_redirects_than_an_entry_may_have_aliases_are_told() -> None:
    found = read(dump(page("a"), *(page(f"a{number}", redirect="a") for number in range(ALIASES_MAX + 2))))
    record = next(item for item in found if isinstance(item, ImportRecord))
    assert len(record.aliases) == ALIASES_MAX
    assert [item.line for item in found if isinstance(item, BadLine)] == [52, 53]


def test_an_author_who_cannot_be_one_here_is_nobody() -> None:
    anonymous = page("a").replace("<username>ann</username><id>3</id>", "<ip>2001:db8::1</ip>")
    found = read(dump(anonymous, page("b", author="x" * 65)))
    assert [item.author for item in found if isinstance(item, ImportRecord)] == [None, None]


def test_of_several_revisions_the_last_one_counts() -> None:
    text = page("a", "old").replace("</page>", page("a", "new", author="bob").partition("<id>7</id>")[2])
    (record,) = read(dump(text))
    assert isinstance(record, ImportRecord)
    assert (record.description, record.author) == ("new", "bob")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "broken"),
        (b"no xml", "broken"),
        (dump(page("a"))[:-20], "broken"),
        (b"<rss><page/></rss>", "no MediaWiki export"),
        (bz2.compress(dump(page("a")))[:-10], "cut off"),
        (gzip.compress(dump(page("a")))[:-10], "cut off"),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><mediawiki>&a;</mediawiki>', "DTDForbidden"),
        (HEAD.encode() + b"<page>" * 1_000, "nested too deeply"),
    ],
)
def test_what_is_no_whole_dump_is_an_error(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(data)


def test_a_page_of_monstrous_size_is_told_and_not_held() -> None:
    found = read(dump(page("a", "x" * 4_100_000), page("b")))
    assert found[0] == BadLine(1, "“a”: the wikitext has more than 4,000,000 characters")
    assert isinstance(found[1], ImportRecord)


class Generated(io.RawIOBase):
    """A dump of any length that is never whole in memory."""

    def __init__(self, pages: int) -> None:
        self._pages = pages
        self._place = 0
        self._chunks = self._all()

    def _all(self) -> Iterator[bytes]:
        yield HEAD.encode()
        for number in range(self._pages):
            yield page(f"page {number}", "prose " * 2_000).encode()
        yield b"</mediawiki>"

    def read(self, size: int = -1) -> bytes:
        if size == 3:
            return HEAD[:3].encode()
        return next(self._chunks, b"")

    def tell(self) -> int:
        return 0

    def seek(self, _offset: int, _whence: int = 0) -> int:
        self._chunks = self._all()
        return 0


def test_memory_does_not_grow_with_the_dump() -> None:
    tracemalloc.start()
    try:
        numbers = [item.line for item in read_dump(cast("BinaryIO", Generated(400)))]  # 5 MB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert numbers == [*range(1, 401)]
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("wikitext", "plain"),
    [
        ("'''bold''' and ''italic''", "bold and italic"),
        ("[[a]] [[a|b]] [[:Category:a]] [[Category:a]][[File:a.png|thumb|a [[b]] c]][[en:A]]", "a b Category:a"),
        ("x{{t|{{u|[[v]]}}|w}}y", "xy"),
        ("{| class=x\n! a\n|-\n| b || {{c|}}\n|}\nd", "d"),
        ("a<ref>b</ref><ref name=c /> d<!-- e -->", "a d"),
        ("== head ==\n\n\n\n* item\n** sub", "head\n\n* item\n** sub"),
        ("[http://x.example label] [https://x.example]", "label"),
        ("a<br />b<div class=x>c</div>&nbsp;&amp;&lt;", "a\nbc\xa0&<"),
        ("<nowiki>[[a]] {{b}}</nowiki> &lt;b&gt;", "[[a]] {{b}} <b>"),
        ("__NOTOC__a", "a"),
        ("{{never closed [[neither", "{{never closed [[neither"),
        ("closed }} too ]] often |}", "closed }} too ]] often |}"),
        ("<math>x^2</math>is", "is"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    ],
)
def test_wikitext_becomes_the_prose_that_a_reader_sees(wikitext: str, plain: str) -> None:
    assert plain_text(wikitext) == plain


@given(st.text("ab [|]{}<>/=':\n", max_size=60))
def test_any_wikitext_becomes_some_text_without_templates_of_its_own(wikitext: str) -> None:
    plain = plain_text(wikitext)
    assert plain == plain.strip()
    assert "\n\n\n" not in plain


@given(st.text("ab東 .\n", max_size=60).map(str.strip))
def test_prose_stays_as_it_is(prose: str) -> None:
    lines = [line.rstrip() for line in prose.split("\n")]
    assert plain_text(prose).split("\n") == [line for n, line in enumerate(lines) if n == 0 or line or lines[n - 1]]


@pytest.mark.parametrize(
    "piece",
    ["{{", "}}", "[[", "]]", "[[a|", "{|\n", "<ref>", "<ref ", "<nowiki>", "<!--", "[http://a ", "[//a", "'", "= ", "=",
     " ", "\n", "<", "<a ", "__A", "&", "|}\n", "<pre>"],
)  # fmt: skip
def test_hostile_wikitext_takes_time_in_proportion_to_its_length(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    assert len(plain_text(text + "end")) <= len(text) + 3


def test_deeply_nested_brackets_take_no_longer() -> None:
    assert plain_text("[[" * 100_000 + "x" * 100_000 + "]]" * 100_000).count("x") == 100_000
