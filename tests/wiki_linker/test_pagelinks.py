"""Wikis that do not link every mention: what becomes a link, and that cached pages stay exact."""

import random

from wiki_linker.core.index import LinkIndex
from wiki_linker.core.options import LinkOptions
from wiki_linker.core.pagecache import PageCache
from wiki_linker.core.pagelinks import PageLinker


def html(text: str, linker: PageLinker, words: str, keyword: str = "") -> str:
    index = LinkIndex.build((number, word, ()) for number, word in enumerate(words.split(), 1))
    rendered = str(linker.render(text, keyword, index).html)
    return rendered.replace('<a href="/keyword/', "[").replace("</a>", "]").replace('">', "|")


def test_every_mention_is_a_link_by_default() -> None:
    assert html("a b a", PageLinker(), "a b", "a") == "[a|a] [b|b] [a|a]"


def test_an_entry_is_not_linked_in_its_own_text_if_the_wiki_says_so() -> None:
    assert html("a b a", PageLinker(link_self=False), "a b", "a") == "a [b|b] a"


def test_first_mentions_alone_are_linked_if_the_wiki_says_so() -> None:
    assert html("a b a b", PageLinker(LinkOptions(first_only=True)), "a b") == "[a|a] [b|b] a b"
    assert html("a b a b", PageLinker(LinkOptions(limit=1)), "a b") == "[a|a] b a b"


def test_excluded_short_and_split_words_are_not_linked_if_the_wiki_says_so() -> None:
    assert html("an ant", PageLinker(LinkOptions(exclude=frozenset({"ant"}))), "an ant") == "[an|an] [an|an]t"
    assert html("an ant", PageLinker(LinkOptions(whole_words=True)), "an ant t") == "[an|an] [ant|ant]"
    assert html("an ant", PageLinker(LinkOptions(min_length=3)), "an ant") == "an [ant|ant]"


def test_cached_pages_stay_exact_under_every_rule() -> None:
    chance = random.Random(7)
    texts = ["".join(chance.choice("ab ") for _ in range(12)) for _ in range(30)]
    words = ["a", "b", "ab", "ba", "aab", "bb", "a b"]
    for linker in (
        PageLinker(LinkOptions(first_only=True)),
        PageLinker(LinkOptions(limit=2)),
        PageLinker(LinkOptions(whole_words=True, min_length=2)),
        PageLinker(LinkOptions(exclude=frozenset({"ab"})), link_self=False),
    ):
        index = LinkIndex()
        pages: PageCache[str] = PageCache(index)
        for _ in range(300):
            number = chance.randrange(len(words))
            aliases = [words[(number + 1) % len(words)]] if chance.random() < 0.3 else []
            free = [alias for alias in aliases if index.target_of(alias) is None]
            index.set_entry(number, words[number], free, live=chance.random() < 0.6)
            for text in chance.sample(texts, 5):
                kept = pages.get(text)
                ticket = pages.ticket()
                now = linker.render(text, "a", index)
                assert kept is None or kept == now.html
                pages.put(text, str(now.html), ticket, size=len(now.html), texts=[text], links=now.links)
