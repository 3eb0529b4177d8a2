"""Linking any text: short or long, exact or folded, always as of one moment that is told."""

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linking_reference import reference_html, reference_spans
from wiki_fakes import FakeWiki
from wiki_linker.core.options import LinkOptions
from wiki_linker.usecases.linking import Linking

FOLDED = LinkOptions(ignore_case=True, ignore_width=True)
EXACT = LinkOptions()


class Bench(FakeWiki):
    def __init__(self) -> None:
        super().__init__()
        self.linking = Linking(self.live)

    async def html(self, text: str, options: LinkOptions = EXACT) -> str:
        linked, seq = await self.linking.link(text, options)
        assert seq == self.live.applied
        return linked.html

    def save(self, *keywords: str) -> None:
        for keyword in keywords:
            self.store.save(keyword)
        self.freshness.apply()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with closing(Bench()) as bench:
        yield bench


@given(
    st.sets(st.text("ab東😀", min_size=1, max_size=3), max_size=6),
    st.text("ab東😀<\n", max_size=40),
    st.sampled_from([0, 6_000]),
)
@settings(max_examples=60, deadline=None)
def test_short_and_long_texts_are_linked_as_the_regular_expression_would(
    keywords: set[str], text: str, padding: int
) -> None:
    async def check() -> None:
        with closing(Bench()) as bench:
            bench.save(*sorted(keywords))
            long = text + "-" * padding
            linked, _ = await bench.linking.link(long, EXACT)
            assert linked.html == reference_html(long, {keyword: keyword for keyword in keywords})
            assert [(span.start, span.end) for span in linked.spans] == reference_spans(long, keywords)

    asyncio.run(check())


async def test_every_write_that_was_answered_is_in_the_links(bench: Bench) -> None:
    for padding in ("", "-" * 6_000):
        for options in (EXACT, FOLDED, LinkOptions(format="html"), LinkOptions(format="markdown")):
            word = f"word{bench.store.seq}"
            assert word in (await bench.html(word + padding, options)).removesuffix(padding)
            bench.save(word)
            assert f"/keyword/{word}" in await bench.html(word + padding, options)
            bench.store.delete(word)
            bench.freshness.apply()
            assert f"/keyword/{word}" not in await bench.html(word + padding, options)


async def test_case_and_width_are_minded_only_if_they_are_asked_for(bench: Bench) -> None:
    bench.save("Encore", "カラオケ")
    text = "ENCORE ｅｎｃｏｒｅ ｶﾗｵｹ Encore"
    assert (await bench.html(text)).count("<a ") == 1
    assert (await bench.html(text, LinkOptions(ignore_case=True))).count("<a ") == 2
    assert (await bench.html(text, FOLDED)).count("<a ") == 4


async def test_a_text_that_is_linked_in_a_thread_is_true_of_the_moment_it_names(bench: Bench) -> None:
    bench.save("alpha")
    text = "alpha beta" + "-" * 6_000
    for options in (EXACT, FOLDED):
        task = asyncio.create_task(bench.linking.link(text, options))
        await asyncio.sleep(0)  # it is on its way
        seq = bench.live.applied
        bench.save("beta")
        bench.store.delete("alpha")
        bench.freshness.apply()
        linked, told = await task
        assert told == seq
        assert [span.keyword for span in linked.spans] == ["alpha"]
        bench.store.delete("beta")
        bench.save("alpha")


async def test_many_texts_at_once_share_what_is_folded(bench: Bench) -> None:
    bench.save(*(f"Word {number}" for number in range(50)))
    found = await asyncio.gather(*(bench.html(f"wORD {number}", FOLDED) for number in range(50)))
    assert [html.count("<a ") for html in found] == [1] * 50


async def test_folded_links_are_those_of_the_wiki_that_was_loaded_last(bench: Bench) -> None:
    bench.save("Alpha")
    assert "<a " in await bench.html("ALPHA BETA", FOLDED)
    bench.store.delete("Alpha")
    bench.store.save("Beta")
    bench.reload()
    html = await bench.html("ALPHA BETA", FOLDED)
    assert html == 'ALPHA <a href="/keyword/Beta">BETA</a>'


async def test_folded_links_outlive_a_rebuild_of_the_index(bench: Bench) -> None:
    bench.save("Alpha")
    assert "<a " in await bench.html("ALPHA", FOLDED)
    bench.save(*(f"Word {number}" for number in range(300)))
    bench.live.index.adopt(bench.live.index.plan_rebuild().build())
    bench.store.delete("Word 7")
    bench.freshness.apply()
    assert (await bench.html("ALPHA, WORD 299, WORD 7", FOLDED)).count("<a ") == 2
