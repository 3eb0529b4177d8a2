"""Links go into the text of HTML and nowhere else; a browser's parser (lexbor) is the judge."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from wiki_linker.core.formats import link_text
from wiki_linker.core.html import html_tokens
from wiki_linker.core.index import LinkIndex
from wiki_linker.core.options import Linked, LinkOptions

OURS = re.compile(r'<a href="/keyword/[^"]*">(.*?)</a>', re.DOTALL)
# A keyword that breaks attributes, scripts and comments if it ever gets there.
NASTY = """x"onload=alert(1)"'>--></script><b>"""


def index(*keywords: str) -> LinkIndex:
    return LinkIndex.build((number, keyword, ()) for number, keyword in enumerate(keywords, 1))


WIKI = index("kw", "R&B", "東京", "東京都", "あ", NASTY)


def link(html: str, **options: object) -> Linked:
    return link_text(html, LinkOptions(format="html", **options), WIKI)  # type: ignore[arg-type]


def unlinked(linked: Linked, html: str) -> str:
    """What is left when the links are taken out again, by their places."""
    parts, position, at = [], 0, 0
    for span in linked.spans:
        gap = html[position : span.start]
        opening = f'<a href="{span.href}">'
        expected = gap + opening + html[span.start : span.end] + "</a>"
        assert linked.html.startswith(expected, at)
        at += len(expected)
        position = span.end
        parts.append(gap + html[span.start : span.end])
    assert linked.html[at:] == html[position:]
    return "".join([*parts, html[position:]])


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ("<p>kw</p>", 1),
        ("kw", 1),
        ("<p>k<b>w</b></p>", 0),
        ('<a href="#">kw</a> kw', 1),
        ("<code>kw</code><pre>kw <b>kw</b></pre><kbd>kw</kbd>kw", 1),
        ("<script>kw</script><style>kw</style><textarea>kw</textarea><title>kw</title>kw", 1),
        ("<h1>kw</h1><h6>kw</h6>kw", 1),
        ("<!-- kw --><!doctype kw><?kw?></ kw>kw", 1),
        ('<p title="kw" class=kw>kw</p>', 1),
        ("<button>kw</button><select><option>kw</select><svg><text>kw</text></svg><math><mi>kw</math>", 0),
        ("<A HREF=x>kw</A> <CODE>kw</CODE> kw", 1),
        ("a < b kw <3 kw", 2),
        ("<code>kw <code>kw</code> kw</code> kw", 1),
        ("<a>kw<a>kw</a>kw", 1),
        ("</code>kw", 1),
        ("<table>kw<tr>kw<td>kw</td>kw</tr>kw</table>kw", 2),
    ],
)
def test_links_stand_in_text_and_not_in_what_shelters_it(html: str, count: int) -> None:
    linked = link(html)
    assert len(linked.spans) == count
    assert unlinked(linked, html) == html


def test_headings_are_linked_where_that_is_asked_for() -> None:
    assert link("<h2>kw</h2>", in_headings=True).html == '<h2><a href="/keyword/kw">kw</a></h2>'


@pytest.mark.parametrize(
    ("html", "surface", "source"),
    [
        ("R&amp;B", "R&B", "R&amp;B"),
        ("R&ampB", "R&B", "R&ampB"),
        ("R&#38;B", "R&B", "R&#38;B"),
        ("&#x3042;", "あ", "&#x3042;"),
        ("x &#26481;&#x4EAC; y", "東京", "&#26481;&#x4EAC;"),
    ],
)
def test_character_references_are_read_and_kept(html: str, surface: str, source: str) -> None:
    linked = link(html)
    (span,) = linked.spans
    assert span.surface == surface
    assert html[span.start : span.end] == source
    assert f">{source}</a>" in linked.html


def test_a_reference_to_several_characters_is_not_linked_in_part() -> None:
    wiki = index("f")
    assert link_text("&fjlig;", LinkOptions(format="html"), wiki).spans == ()


@pytest.mark.parametrize(
    "broken",
    [
        '<p title="kw',
        "<p title='kw>kw",
        "<p kw",
        "<!-- kw",
        "<script>kw",
        "<title>kw",
        "<style><!-- kw",
        "<script><!--<script>kw</script>kw",
        "<plaintext>kw",
        "<noscript><p title='</noscript>kw",
        "<noscript><a href=x></noscript>kw",
        '<svg><style><a title="</style></svg>kw">',
        '<svg><![CDATA[<a title=">kw">]]></svg>',
        '<math><title/><a title="</title></math>kw">',
        '<select><xmp><a title="</xmp></select>kw">',
        '<frameset><style><frame title="</style>kw">',
        "</p kw",
        "<",
        "</",
        "<!",
    ],
)
def test_broken_and_ambiguous_markup_is_left_alone_from_where_it_begins(broken: str) -> None:
    assert [span.start for span in link("kw" + broken).spans] == [0]


@pytest.mark.parametrize(
    "html",
    [
        "<svg><title>icon</title><path d='M0 0'/><style>p{}</style></svg><p>kw</p><script>1<2</script><p>kw",
        "<select><option>a<option>b</select>kw <style>p{}</style> kw",
        "<noscript><img src=x></noscript>kw<br>kw",
        "<p title=a>b=c/ d='>' e=\"<\" =f>kw kw",
        "<!-->kw<!--->kw<!--x--!>",
        "<script>if (a < b) {}</script>kw<textarea><p></textarea>kw",
    ],
)
def test_unusual_markup_that_has_one_reading_is_linked_around(html: str) -> None:
    assert len(link(html).spans) == 2


MARKUP = """
    kw 東京 東京都 R&amp;B &#x3042; & &amp x = ' " > < </ /> / <!-- --> --!> <! <? <![CDATA[ ]]>
    <p> </p> <b> </b> </a> <code> </code> <h1> </h1> <pre> </pre> <br/> <li> <ul> <div> </div> <div/> <option>
    <script> </script> <style> </style> <title> </title> <textarea> </textarea> <xmp> </xmp> <iframe> </iframe>
    <svg> </svg> <svg/> <math> </math> <foreignObject> </foreignObject> <mi> <select> </select> <noscript> </noscript>
    <table> <tr> <td> </table> <template> </template> <plaintext>
"""
WITH_SPACES = (" ", "\n", '<a href="x">', '<p title="', "<p title='", "<p title=", "<img alt=", NASTY)
PIECES = st.sampled_from([*MARKUP.split(), *WITH_SPACES])


@settings(max_examples=600)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_a_browser_sees_the_same_document_with_links_in_it(html: str) -> None:
    linked = link(html)
    assert unlinked(linked, html) == html
    before, after = LexborHTMLParser(html), LexborHTMLParser(linked.html)
    assert text_of(after) == text_of(before)
    assert shape_of(after) == shape_of(before)


@given(st.text("<>/!-='\" abp&;#x\n", max_size=40))
def test_every_character_is_in_at_most_one_token_and_tokens_are_in_order(html: str) -> None:
    position = 0
    for token in html_tokens(html):
        assert position <= token.start < token.end <= len(html)
        position = token.end


def text_of(tree: LexborHTMLParser) -> str:
    return "" if tree.root is None else tree.root.text(deep=True)


def shape_of(tree: LexborHTMLParser) -> list[tuple[str | None, tuple[tuple[str, str | None], ...]]]:
    """Every element with its attributes, but for our links."""
    elements = [] if tree.root is None else list(tree.root.traverse(include_text=False))
    found = [(element.tag, tuple(sorted(element.attributes.items()))) for element in elements]
    return [element for element in found if not (element[0] == "a" and dict(element[1]).get("href", "") != "x")]


@pytest.mark.parametrize(
    "html",
    [
        '<a "' * 50_000,
        "<p " + "a=b " * 100_000,
        "<noscript>" * 30_000 + "</noscript>",
        "<!--" * 50_000,
        "&" * 200_000,
        "&" + "a" * 200_000,
        "<svg>" * 50_000 + "kw",
        "<" * 200_000,
        "<title>" * 50_000,
        "<title></title>" * 20_000,
        "&ampamp" * 30_000,
    ],
)
def test_hostile_markup_takes_time_in_proportion_to_its_length(html: str) -> None:
    assert unlinked(link(html), html) == html
