"""What is spam by the rules that come with the wiki, and by a published word list."""

import json
from pathlib import Path

import pytest

from genba_servicekit.testing import test_data
from wiki_linker.core.spam import Reason, SpamFileError, SpamFilter, SpamRules


def texts(name: str) -> list[str]:
    lines = (test_data("wiki") / name).read_text(encoding="utf-8").splitlines()
    return ["{keyword}\n{description}".format_map(json.loads(line)) for line in lines]


def test_a_published_word_list_refuses_every_listed_spam_and_no_real_entry() -> None:
    spam_filter = SpamFilter.load(test_data("wiki") / "spam_words.csv")
    assert all(spam_filter.check(text).spam for text in texts("spam_entries.jsonl"))
    assert not any(spam_filter.check(text).spam for text in [*texts("entries.jsonl"), *texts("new_entries.jsonl")])


def test_the_rules_of_the_wiki_itself_refuse_what_is_full_of_links_and_no_real_entry() -> None:
    spam_filter = SpamFilter.load(None)
    # The other 61 of 100 are articles with a word of that list in them, often inside another word.
    assert sum(spam_filter.check(text).spam for text in texts("spam_entries.jsonl")) == 39
    real = [*texts("entries.jsonl"), *texts("new_entries.jsonl")][::16]
    assert not any(spam_filter.check(text).spam for text in real)


@pytest.mark.parametrize(
    "text",
    [
        "今なら入金不要ボーナス進呈",
        "Play at our ONLINE CASINO today",
        "ｏｎｌｉｎｅ　ｃａｓｉｎｏ",
        "ｵﾝﾗｲﾝｶｼﾞﾉ",
        "http://a.example " * 5,
        "見て https://shop.example/" + "buy-now" * 60,
    ],
)
def test_common_spam_is_refused_out_of_the_box(text: str) -> None:
    assert SpamFilter.load(None).check(text).spam


@pytest.mark.parametrize(
    "text",
    [
        "Soundcheck is at four.",
        "The Specialist was released in 1994.",
        "see https://hall.example/access",
        "カジノ・ロワイヤル",
    ],
)
def test_ordinary_text_is_not_refused(text: str) -> None:
    assert SpamFilter.load(None).check(text).reasons == ()


def test_a_word_of_latin_script_counts_where_it_is_a_word() -> None:
    spam_filter = SpamFilter(SpamRules(words=("cialis", "激安")))
    assert not spam_filter.check("a specialist").spam
    assert spam_filter.check("buy Cialis!").reasons == (Reason("word", "has the listed word “cialis”"),)
    assert spam_filter.check("超激安品").spam


def test_case_can_be_told_apart() -> None:
    spam_filter = SpamFilter(SpamRules(words=("PR",), ignore_case=False))
    assert [spam_filter.check(text).spam for text in ("PR", "pr", "ＰＲ")] == [True, False, False]


def test_listed_hosts_are_refused_with_all_below_them_and_none_beside_them() -> None:
    spam_filter = SpamFilter(SpamRules(hosts=("casino.example",)))
    bad = ["http://casino.example", "HTTPS://WWW.Casino.Example:8080/x", "http://user@casino.example./?q"]
    good = ["http://mycasino.example", "http://casino.example.org", "casino.example", "http://a.b/casino.example"]
    assert [spam_filter.check(text).spam for text in bad] == [True] * 3
    assert [spam_filter.check(text).spam for text in good] == [False] * 4
    assert spam_filter.check(bad[0]).reasons == (Reason("url", "links to casino.example"),)


def test_links_are_counted() -> None:
    spam_filter = SpamFilter(SpamRules(max_links=2))
    assert not spam_filter.check("http://a.b http://a.b and more").spam
    assert [reason.rule for reason in spam_filter.check("http://a.b " * 3).reasons] == ["url_count"]


def test_a_long_text_of_nothing_but_an_address_is_refused_and_a_short_one_is_not() -> None:
    spam_filter = SpamFilter(SpamRules())
    assert spam_filter.check("http://a.b/" + "x" * 300).reasons == (Reason("url_count", "is 100% links"),)
    assert not spam_filter.check("http://a.b/x").spam


def test_at_most_ten_reasons_are_given() -> None:
    words = tuple(f"word{number}" for number in range(30))
    assert len(SpamFilter(SpamRules(words=words)).check(" ".join(words)).reasons) == 10


def test_accents_by_the_hundred_thousand_take_no_longer() -> None:
    assert not SpamFilter.load(None).check("e" + "\u0301\u0316" * 150_000).spam


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.toml", "words = [", "a.toml: "),
        ("a.toml", "wrods = []", "wrods: Extra inputs"),
        ("a.toml", "max_links = -1", "max_links: "),
        ("a.toml", "max_link_share = 'much'", "max_link_share: "),
        ("gone.toml", None, "No such file"),
        ("a.csv", b"\xff\xfe", "decode"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(
    tmp_path: Path, name: str, content: str | bytes | None, reason: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SpamFileError, match=reason) as caught:
        SpamFilter.load(path)
    assert "\n" not in str(caught.value)


def test_a_word_list_may_have_more_columns_with_lines_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text('"猫","ねこ","犬\n鳥",\n\n"馬",,,\n', encoding="utf-8")
    spam_filter = SpamFilter.load(path)
    assert [spam_filter.check(text).spam for text in ("猫", "馬", "犬", "鳥", "")] == [True, True, False, False, False]
