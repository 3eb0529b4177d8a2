"""The sample wiki that `make up` shows: enough of it, in two languages, and woven tightly."""

import json
import re
import unicodedata
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest

from genba_contracts.wiki import EntryRecord
from wiki_linker.core.spam import SpamFilter

Sample = list[dict[str, Any]]


@pytest.fixture(scope="module")
def sample() -> Sample:
    text = files("wiki_linker").joinpath("data", "sample.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def surfaces(sample: Sample) -> dict[str, str]:
    return {name: entry["keyword"] for entry in sample for name in [entry["keyword"], *entry.get("aliases", [])]}


def mentions(sample: Sample) -> dict[str, set[str]]:
    """The other entries that each entry's text names, by the plain regular expression."""
    names = surfaces(sample)
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    return {
        entry["keyword"]: {names[found] for found in pattern.findall(entry["description"])} - {entry["keyword"]}
        for entry in sample
    }


def is_japanese(text: str) -> bool:
    letters = [unicodedata.name(letter, "") for letter in text if letter.isalpha()]
    return sum(name.startswith(("HIRAGANA", "KATAKANA", "CJK")) for name in letters) > len(letters) / 2


def test_it_has_hundreds_of_entries_about_half_in_each_language(sample: Sample) -> None:
    japanese = sum(is_japanese(entry["description"]) for entry in sample)
    assert len(sample) >= 200
    assert 0.4 < japanese / len(sample) < 0.6


def test_the_ten_newest_are_in_both_languages(sample: Sample) -> None:
    assert 3 <= sum(is_japanese(entry["description"]) for entry in sample[-10:]) <= 7


def test_every_entry_is_one_that_the_wiki_takes(sample: Sample) -> None:
    for entry in sample:
        assert EntryRecord.model_validate(entry).keyword == entry["keyword"]
        assert set(entry) <= {"keyword", "description", "author", "aliases"}
        assert entry["author"]


def test_no_name_stands_for_two_entries(sample: Sample) -> None:
    names = Counter(name for entry in sample for name in [entry["keyword"], *entry.get("aliases", [])])
    assert [name for name, count in names.items() if count > 1] == []


def test_each_text_is_some_sentences(sample: Sample) -> None:
    for entry in sample:
        sentences = len(re.findall(r"[。.?](?:\s|$)|。", entry["description"]))
        assert 2 <= sentences <= 6, entry["keyword"]


def test_every_entry_mentions_others_and_is_mentioned(sample: Sample) -> None:
    found = mentions(sample)
    woven = [keyword for keyword, others in found.items() if len(others) >= 2]
    assert len(woven) >= 0.95 * len(sample)
    assert set(found) - set().union(*found.values()) == set()


def test_the_languages_mention_each_other(sample: Sample) -> None:
    crossings = [
        (keyword, other)
        for keyword, others in mentions(sample).items()
        for other in others
        if is_japanese(keyword) != is_japanese(other)
    ]
    assert len(crossings) >= 20


def test_no_mention_begins_or_ends_inside_an_english_word(sample: Sample) -> None:
    names = surfaces(sample)
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    inside = [
        (entry["keyword"], match[0])
        for entry in sample
        for match in pattern.finditer(entry["description"])
        if re.search(r"[a-z]{2}", entry["description"][max(0, match.start() - 1) : match.start() + 1])
        or re.search(r"[a-z]{2}", entry["description"][match.end() - 1 : match.end() + 1])
    ]
    assert inside == []


def test_none_of_it_is_spam(sample: Sample) -> None:
    spam_filter = SpamFilter.load(None)
    assert [entry["keyword"] for entry in sample if spam_filter.check(str(entry)).spam] == []
