"""Links go into the text of Markdown and nowhere else; markdown-it-py's whole renderer is the judge."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from wiki_linker.core.formats import link_text
from wiki_linker.core.index import LinkIndex
from wiki_linker.core.options import Linked, LinkOptions
from wiki_linker.core.validation import InvalidText

OURS = re.compile(r'<a href="/keyword/[^"]*">(.*?)</a>', re.DOTALL)
RENDERERS = (MarkdownIt("commonmark"), MarkdownIt("commonmark").enable(["table", "strikethrough"]))

KEYWORDS = [
    "kw",
    "東京",
    "東京都",
    "a_b",
    "C:\\",
    "x",
    "-",
    "---",
    "*kw*",
    "kw!",
    "!",
    "1",
    "1.",
    "R&B",
    "<b>",
    "|",
    "&",
]
WIKI = LinkIndex.build((number, keyword, ()) for number, keyword in enumerate(KEYWORDS))


def link(markdown: str, **options: object) -> Linked:
    return link_text(markdown, LinkOptions(format="markdown", **options), WIKI)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("markdown", "linked"),
    [
        ("kw", "[kw](/keyword/kw)"),
        ("- kw\n\n> kw", "- [kw](/keyword/kw)\n\n> [kw](/keyword/kw)"),
        ("東京都へ。", "[東京都](/keyword/%E6%9D%B1%E4%BA%AC%E9%83%BD)へ。"),
        ("** kw **", "** [kw](/keyword/kw) **"),
        ("**kw** x2", "**[kw](/keyword/kw)** [x](/keyword/x)2"),
        ("a_b", "[a_b](/keyword/a_b)"),
        ("R&amp;B R\\&B", "[R&amp;B](/keyword/R%26B) [R\\&B](/keyword/R%26B)"),
        ("Wow!kw", "Wow\\![kw](/keyword/kw)"),
        ("kw  \nkw\\\nkw\r\nkw", "[kw](/keyword/kw)  \n[kw](/keyword/kw)\\\n[kw](/keyword/kw)\r\n[kw](/keyword/kw)"),
        ("| kw |\n|---|\n| kw |", "| [kw](/keyword/kw) |\n|---|\n| [kw](/keyword/kw) |"),
    ],
)
def test_mentions_in_text_become_links(markdown: str, linked: str) -> None:
    only = LinkIndex.build((n, k, ()) for n, k in enumerate(["kw", "東京都", "a_b", "x", "R&B"]))
    assert link_text(markdown, LinkOptions(format="markdown"), only).html == linked


@pytest.mark.parametrize(
    "markdown",
    [
        "`kw` ``kw ` kw``",
        "```\nkw\n```\n\n~~~ kw\nkw\n~~~",
        "    kw\n\tkw",
        "- item\n\n      kw",
        '[kw](kw "kw") ![kw](kw)',
        "[kw][1] [kw][] [kw]\n\n[1]: kw 'kw'\n[kw]: kw",
        "<https://kw.example/kw> <kw@kw.example>",
        "https://kw.example/kw www.kw.example kw@kw.example",
        '<b title="kw"> <!-- kw --> <?kw?> <!KW kw>',
        "<div>\nkw\n</div>",
        "<a href=x>kw</a> <code>kw</code>",
        "# kw\n\nkw\n===\n\n## kw ##",
        "[^kw] and [^kw]",
        "は**東京**は",
        "_東京_は *東京*。",
        "\\kw",
    ],
)
def test_code_links_addresses_markup_and_headings_are_left_alone(markdown: str) -> None:
    quiet = LinkIndex.build((n, k, ()) for n, k in enumerate(["kw", "東京"]))
    linked = link_text(markdown, LinkOptions(format="markdown"), quiet)
    assert linked.html == markdown
    assert linked.spans == ()


def test_headings_are_linked_where_that_is_asked_for() -> None:
    linked = link("# kw ##\n\nkw kw\n---\n", in_headings=True)
    assert linked.html == "# [kw](/keyword/kw) ##\n\n[kw](/keyword/kw) [kw](/keyword/kw)\n---\n"


def test_offsets_are_those_of_the_text_as_it_was_given() -> None:
    markdown = "> - *kw*\r\n>   東京都 `kw`"
    assert [markdown[span.start : span.end] for span in link(markdown).spans if span.surface != "-"] == ["kw", "東京都"]


def test_unclosed_html_shelters_everything_behind_it() -> None:
    assert len(link("kw\n\n<!--\n\nkw").spans) == 1
    assert len(link("kw <code>kw\n\nkw").spans) == 1
    assert len(link('kw\n\n<div title="\n\nkw').spans) == 1


MARKUP = """
    kw 東京 東京都 は a_b a C:\\ \\ * ** *** _ __ ~~ ` `` ``` [ ] ( ) ! ![ [x] [x](y) [1] [kw]: | --- - 1. # > < <b>
    </b> <kw> <a> </a> <code> </code> <div> <!-- --> & &amp; &#42; R&amp;B https://kw.x/kw kw@kw.kw \\* \\[ \\! ~~~ ===
    + : ^ [^x] (kw)
"""
PIECES = st.sampled_from(
    [*MARKUP.split(), *[" ", "\n"] * 5, "\n\n", "    ", "\t", "\r\n", "\u3000", "  \n", "\n[kw]: /x\n"]
)


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_markdown_renders_the_same_with_links_in_it(markdown: str) -> None:
    linked = link(markdown)
    for renderer in RENDERERS:
        assert OURS.sub(r"\1", renderer.render(linked.html)) == renderer.render(markdown)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_every_link_that_was_set_is_one_when_it_is_rendered(markdown: str) -> None:
    linked = link(markdown)
    assert len(OURS.findall(RENDERERS[0].render(linked.html))) == len(linked.spans)


def test_more_brackets_than_any_text_has_are_refused() -> None:
    with pytest.raises(InvalidText, match="opening brackets"):
        link("[" * 10_001)


@pytest.mark.parametrize(
    "markdown",
    ["[" * 10_000, "`" * 50_000 + "a", "*a " * 20_000, "[a](" * 5_000, "<" * 20_000, "a" * 200_000, "_a" * 20_000,
     "*" * 50_000, "> " * 10_000, "- " * 5_000, "![" * 3_000, "a@" * 20_000, "]x" * 10_000],
)  # fmt: skip
def test_hostile_markdown_comes_through(markdown: str) -> None:
    spans = link(markdown).spans
    assert all(markdown[span.start : span.end] == span.surface for span in spans)
