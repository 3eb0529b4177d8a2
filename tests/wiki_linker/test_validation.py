"""What can be stored, and that the contracts say the same."""

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from genba_contracts import wiki_fields as contracts
from genba_servicekit.testing import test_data
from wiki_linker.core import validation
from wiki_linker.core.validation import (
    InvalidText,
    check_aliases,
    check_description,
    check_keyword,
    check_user_name,
)

ANY = st.text(st.characters(), max_size=8)


@pytest.mark.parametrize(
    "keyword",
    [
        "a",
        "東京",
        "a/b",
        ".",
        "..",
        "%",
        "?",
        "#",
        "🎤",
        "👩‍🎤",
        "Mötley Crüe",
        "\"'<>&",
        "a" * 255,
        "が",
        "か\u3099",
        "ا",
        "a b",
    ],
)
def test_any_visible_line_is_a_keyword(keyword: str) -> None:
    assert check_keyword(keyword) == keyword


@pytest.mark.parametrize(
    ("keyword", "reason"),
    [
        ("", "it is empty"),
        ("a" * 10_000, "it has 10,000 characters, of at most 255"),
        ("a" * 256, "256"),
        ("a\nb", "U\\+000A"),
        ("a\rb", "U\\+000D"),
        ("a\tb", "U\\+0009"),
        ("\0", "U\\+0000 \\(a control character\\) at position 0"),
        ("a\x7f", "U\\+007F"),
        ("a\x85b", "U\\+0085"),
        ("a\u2028b", "line separator"),
        ("a\ud800", "U\\+D800"),
        ("a\ufffe", "U\\+FFFE"),
        ("a\u202eb", "right-to-left override"),
        ("\u2066a", "left-to-right isolate"),
        ("a\u200f", "right-to-left mark"),
        ("\ufeffa", "no-break space"),
        (" a", "white space"),
        ("a\u3000", "white space"),
        ("\u00a0", "white space"),
        ("\u200b\u2060", "nothing of it can be seen"),
    ],
)
def test_what_is_no_visible_line_is_no_keyword(keyword: str, reason: str) -> None:
    with pytest.raises(InvalidText, match=reason):
        check_keyword(keyword)


@pytest.mark.parametrize("text", ["a", "a\tb\r\nc\rd\n", " a", "\u202e", "a" * 300_000, "a\u2028", "\ufdd0"])
def test_a_description_is_any_text_with_tabs_and_line_ends(text: str) -> None:
    assert check_description(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\u3000", "blank"),
        ("a" * 300_001, "300,001"),
        ("a\0", "U\\+0000"),
        ("a\x0b", "U\\+000B"),
        ("a\x1b[31m", "U\\+001B"),
        ("\udfff", "U\\+DFFF"),
        ("\uffff", "U\\+FFFF"),
    ],
)
def test_a_description_holds_nothing_that_a_feed_cannot_carry(text: str, reason: str) -> None:
    with pytest.raises(InvalidText, match=reason):
        check_description(text)


def test_an_error_names_the_field() -> None:
    with pytest.raises(InvalidText) as caught:
        check_user_name("")
    assert (caught.value.field, caught.value.reason, str(caught.value)) == ("name", "it is empty", "name: it is empty")


def test_user_names_are_shorter_lines() -> None:
    assert check_user_name("梅" * 64) == "梅" * 64
    with pytest.raises(InvalidText):
        check_user_name("梅" * 65)


def test_aliases_are_kept_once_each_and_without_the_keyword() -> None:
    assert check_aliases("a", ["b", "a", "c", "b"]) == ("b", "c")
    with pytest.raises(InvalidText, match="aliases: it is empty"):
        check_aliases("a", ["b", ""])
    assert len(check_aliases("a", [str(number) for number in range(50)])) == 50
    with pytest.raises(InvalidText, match="51"):
        check_aliases("a", [str(number) for number in range(51)])


def test_all_real_entries_and_names_can_be_stored() -> None:
    wiki = test_data("wiki")
    for name in ("entries.jsonl", "new_entries.jsonl", "spam_entries.jsonl"):
        for line in (wiki / name).read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            check_keyword(entry["keyword"])
            check_description(entry["description"])
            check_user_name(entry.get("author", "nobody"))
    for line in (wiki / "users.jsonl").read_text(encoding="utf-8").splitlines():
        check_user_name(json.loads(line)["name"])


@given(ANY)
def test_what_is_stored_can_be_sent_as_utf8_and_as_xml(text: str) -> None:
    for check in (check_keyword, check_description):
        try:
            stored = check(text)
        except InvalidText:
            continue
        root = ET.Element("x")
        root.text = stored
        # XML makes every line end a line feed.
        assert ET.fromstring(ET.tostring(root, "utf-8")).text == stored.replace("\r\n", "\n").replace("\r", "\n")


@given(ANY)
def test_whatever_is_stored_the_contracts_let_pass(text: str) -> None:
    for check, field in ((check_keyword, contracts.Keyword), (check_description, contracts.Description)):
        try:
            stored = check(text)
        except InvalidText:
            continue
        try:
            TypeAdapter(field).validate_python(stored)
        except ValidationError as error:
            raise AssertionError(f"the contract refuses {stored!r}") from error


def test_the_bounds_are_those_of_the_contracts() -> None:
    for name in ("KEYWORD_MAX", "DESCRIPTION_MAX", "USER_NAME_MAX", "ALIASES_MAX"):
        assert getattr(validation, name) == getattr(contracts, name)
