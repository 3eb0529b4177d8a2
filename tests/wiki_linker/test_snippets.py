"""A snippet shows what was looked for, in its place."""

from hypothesis import given
from hypothesis import strategies as st

from wiki_linker.core.snippets import make_snippet

TERMS = st.lists(st.text("ab東Ａ.*", min_size=1, max_size=3), max_size=3)


@given(st.text("abAB東京Ａ \n\t.*…", max_size=600), TERMS)
def test_a_snippet_is_one_line_of_the_text_with_the_terms_marked_in_it(text: str, terms: list[str]) -> None:
    snippet = make_snippet(text, terms)
    assert len(snippet.text) <= 162
    assert snippet.text == " ".join(snippet.text.split()) or "…" in snippet.text
    assert "\n" not in snippet.text
    position = 0
    for start, end in snippet.highlights:
        assert position <= start < end <= len(snippet.text)
        assert snippet.text[start:end].casefold() in {term.casefold() for term in terms}
        position = end


@given(st.text("xyz \n", max_size=900), st.text("xyz \n", max_size=900))
def test_what_stands_anywhere_in_a_text_is_shown(before: str, after: str) -> None:
    snippet = make_snippet(f"{before}武道館{after}", ["武道館"])
    assert [snippet.text[start:end] for start, end in snippet.highlights] == ["武道館"]


def test_cut_ends_are_marked_and_whole_ones_are_not() -> None:
    assert make_snippet("a 武道館 b", ["武道館"]).text == "a 武道館 b"
    cut = make_snippet("x" * 300 + "武道館" + "y" * 300, ["武道館"]).text
    assert cut.startswith("…x")
    assert cut.endswith("y…")


def test_without_a_hit_the_beginning_is_shown() -> None:
    snippet = make_snippet("The hour before doors. " * 20, ["encore"])
    assert snippet.text.startswith("The hour before doors.")
    assert snippet.highlights == ()


def test_case_makes_no_difference_and_the_text_keeps_its_own() -> None:
    snippet = make_snippet("At the Soundcheck", ["SOUNDCHECK"])
    assert [snippet.text[start:end] for start, end in snippet.highlights] == ["Soundcheck"]


def test_the_longer_of_two_terms_is_marked() -> None:
    snippet = make_snippet("東京都", ["東京", "東京都"])
    assert snippet.highlights == ((0, 3),)
