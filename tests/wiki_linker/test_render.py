"""A rendered text has its mentions as links and nothing unescaped."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser

from genba_servicekit.testing import test_data as data_folder
from linking_reference import alternation, reference_html
from wiki_linker.core.index import LinkIndex
from wiki_linker.core.render import render_text

AWKWARD = [
    ".",
    "..",
    "a/b",
    "%",
    "?",
    "<",
    "&",
    "&amp;",
    '"',
    "'",
    "\n",
    "\r\n",
    "😀",
    "か\u3099",
    "が",
    "a",
    "</a>",
    "\0",
]
TEXT = st.lists(st.one_of(st.sampled_from(AWKWARD), st.text(max_size=3)), max_size=15).map("".join)
SURFACES = st.sets(st.one_of(st.sampled_from(AWKWARD), st.text(min_size=1, max_size=3)), max_size=10)


def index_of(*keywords: str) -> LinkIndex:
    return LinkIndex.build((number, keyword, ()) for number, keyword in enumerate(keywords))


@given(surfaces=SURFACES, text=TEXT)
def test_rendering_equals_escaping_around_the_regular_expression_s_matches(surfaces: set[str], text: str) -> None:
    rendered = render_text(text, index_of(*surfaces))

    assert rendered.html == reference_html(text, {surface: surface for surface in surfaces})


@given(surfaces=SURFACES, text=TEXT)
def test_a_rendered_text_parses_to_links_and_line_breaks_and_nothing_else(surfaces: set[str], text: str) -> None:
    body = LexborHTMLParser(f"<body><div>{render_text(text, index_of(*surfaces)).html}</div>").css("div *")

    assert {node.tag for node in body} <= {"a", "br"}
    assert all(list(node.attributes) == (["href"] if node.tag == "a" else []) for node in body)


def test_line_ends_of_every_kind_become_line_breaks() -> None:
    assert render_text("a\nb\r\nc\rd\n\re", LinkIndex()).html == ("a<br />\nb<br />\nc<br />\nd<br />\n<br />\ne")


def test_a_keyword_in_its_own_text_is_linked_as_everywhere() -> None:
    rendered = render_text("festival: a festival", index_of("festival"))

    assert rendered.html.count('<a href="/keyword/festival">festival</a>') == 2


def test_a_link_is_named_as_the_text_names_it_and_leads_to_the_keyword() -> None:
    index = LinkIndex.build([(1, "New York", ("<NYC>",))])

    assert render_text("<NYC>!", index).html == '<a href="/keyword/New%20York">&lt;NYC&gt;</a>!'


def test_the_links_of_a_text_are_told_once_each() -> None:
    index = index_of("a", "b", "c")

    rendered = render_text("a b a", index)

    assert {link.surface for link in rendered.links} == {"a", "b"}
    assert isinstance(rendered.html, Markup)


def test_an_empty_text_renders_to_nothing() -> None:
    assert render_text("", index_of("a")) == ("", frozenset())


@pytest.mark.parametrize("keywords", [(), ("a",)])
def test_a_lone_surrogate_is_refused(keywords: tuple[str, ...]) -> None:
    with pytest.raises(UnicodeEncodeError):
        render_text("a\ud800", index_of(*keywords))


def test_random_articles_of_a_real_wiki_are_rendered_exactly() -> None:
    folder = data_folder("wiki")
    with (folder / "entries.jsonl").open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    keywords = {entry["keyword"]: entry["keyword"] for entry in entries}
    index = LinkIndex.build((entry["id"], entry["keyword"], ()) for entry in entries)
    pattern = alternation(keywords)

    # The reference takes some 5 ms for 1,000 characters, so a few articles and short pieces of many others.
    chance = random.Random(20160701)
    texts = [entry["description"] for entry in chance.sample(entries, 40)]
    texts += [entry["description"][:60] for entry in chance.sample(entries, 800)]
    wrong = [text for text in texts if render_text(text, index).html != reference_html(text, keywords, pattern)]

    assert wrong == []
    for entry in entries:
        found = {link.surface for link in render_text(entry["description"], index).links}
        assert found >= set(entry["links"]) & keywords.keys(), entry["keyword"]
