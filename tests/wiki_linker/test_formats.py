"""One text in three formats, with real pages and with hostile keywords."""

import json
import random
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from genba_servicekit.testing import test_data
from linking_reference import alternation, plain, reference_html
from wiki_linker.core.folding import FoldedIndex
from wiki_linker.core.formats import folding_of, link_text
from wiki_linker.core.index import LinkIndex
from wiki_linker.core.options import Format, LinkOptions, Span

FORMATS: list[Format] = ["text", "html", "markdown"]
KEYWORDS = st.lists(st.text(st.sampled_from("ab東京<&\"' .\n\\!"), min_size=1, max_size=3), max_size=6, unique=True)


def wiki(keywords: list[str]) -> LinkIndex:
    return LinkIndex.build((number, keyword, ()) for number, keyword in enumerate(keywords))


@given(KEYWORDS, st.text(st.sampled_from("ab東京<&\"' .\r\n\\!"), max_size=30))
def test_plain_text_comes_out_as_the_pages_of_the_wiki_show_it(keywords: list[str], text: str) -> None:
    linked = link_text(text, LinkOptions(), wiki(keywords))
    assert linked.html == reference_html(text, {keyword: keyword for keyword in keywords})


@given(KEYWORDS, st.text(st.sampled_from("ab東京<&\"' .\n\\!#*`_[]()|"), max_size=30), st.sampled_from(FORMATS))
def test_spans_are_what_they_say_in_every_format(keywords: list[str], text: str, text_format: Format) -> None:
    spans = link_text(text, LinkOptions(format=text_format), wiki(keywords)).spans
    position = 0
    for span in spans:
        assert position <= span.start < span.end <= len(text)
        assert span.surface == span.keyword
        if text_format == "text":
            assert text[span.start : span.end] == span.surface
        position = span.end


def test_a_span_names_the_entry_its_page_and_the_mention() -> None:
    index = LinkIndex.build([(1, "日本武道館", ["武道館"])])
    (span,) = link_text("来週は武道館で", LinkOptions(), index).spans
    href = "/keyword/%E6%97%A5%E6%9C%AC%E6%AD%A6%E9%81%93%E9%A4%A8"
    assert span == Span(3, 6, "日本武道館", href, "武道館")


@pytest.mark.parametrize("text_format", FORMATS)
def test_links_are_counted_over_the_whole_text(text_format: Format) -> None:
    text = "kw ab\n\nkw ab\n\nkw"
    index = wiki(["kw", "ab"])
    once = link_text(text, LinkOptions(format=text_format, first_only=True), index)
    three = link_text(text, LinkOptions(format=text_format, limit=3), index)
    assert [span.start for span in once.spans] == [0, 3]
    assert [span.start for span in three.spans] == [0, 3, 7]


@pytest.mark.parametrize("text_format", FORMATS)
def test_case_and_width_are_ignored_in_every_format(text_format: Format) -> None:
    options = LinkOptions(format=text_format, ignore_case=True, ignore_width=True)
    folding = folding_of(options)
    assert folding is not None
    view = FoldedIndex().view(wiki(["ガール", "R&B"]).plan_rebuild(), folding)
    text = "ｶﾞｰﾙ and r&amp;b" if text_format != "text" else "ｶﾞｰﾙ and r&b"
    linked = link_text(text, options, view)
    assert [span.keyword for span in linked.spans] == ["ガール", "R&B"]
    assert [span.surface for span in linked.spans] == ["ｶﾞｰﾙ", "r&b"]


@pytest.mark.parametrize("text_format", FORMATS)
def test_a_lone_surrogate_is_an_error(text_format: Format) -> None:
    with pytest.raises(ValueError, match="surrogates"):
        link_text("a\ud800", LinkOptions(format=text_format), wiki(["a"]))


HOSTILE = [
    '"onmouseover="alert(1)',
    "'><script>alert(1)</script>",
    "javascript:alert(1)",
    "](javascript:alert(1))",
    "</a>",
]


@pytest.mark.parametrize("keyword", HOSTILE)
def test_a_hostile_keyword_adds_nothing_but_a_link(keyword: str) -> None:
    index = LinkIndex.build([(1, keyword, ["kw"])])
    for text_format in FORMATS:
        html = link_text("kw", LinkOptions(format=text_format), index).html
        if text_format == "markdown":
            html = MarkdownIt("commonmark").render(html)
        body = LexborHTMLParser(html).body
        assert body is not None
        elements = [element for element in body.traverse() if element.tag not in {"body", "p"}]
        assert [(element.tag, *element.attributes) for element in elements] == [("a", "href")]
        assert (elements[0].attributes["href"] or "").startswith("/keyword/")


def test_real_entries_are_linked_as_the_regular_expression_does_as_text_and_as_html() -> None:
    lines = (test_data("wiki") / "entries.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    keywords = [entry["keyword"] for entry in entries]
    index, pattern, names = wiki(keywords), alternation(keywords), {keyword: keyword for keyword in keywords}
    for entry in random.Random(7).sample(entries, 50):
        text = entry["description"]
        as_text = link_text(text, LinkOptions(), index)
        assert as_text.html == reference_html(text, names, pattern)
        as_html = link_text(plain(text), LinkOptions(format="html", in_headings=True), index)
        surfaces = [span.surface for span in as_text.spans if "\n" not in span.surface]
        assert [span.surface for span in as_html.spans] == surfaces
        assert unescape(as_html.html).count("<a href=") - text.count("<a href=") == len(surfaces)
