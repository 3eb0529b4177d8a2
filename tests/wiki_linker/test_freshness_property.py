"""Whatever happens to entries, in whatever order, every page that is served is what the regular expression gives."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from linking_reference import alternation, reference_html
from wiki_linker.core.index import LinkIndex, RebuildPlan
from wiki_linker.core.pagecache import PageCache, Ticket
from wiki_linker.core.render import Rendered, render_text

ALPHABETS = {
    "two letters": ["a", "b"],
    "Japanese": ["あ", "か", "が", "か\u3099", "東", "京"],
    "emoji and marks": ["😀", "👨\u200d👩", "e", "é", "e\u0301", "\u0301"],
    "markup and URLs": [".", "..", "a/b", "%", "?", "<", "&", "&lt;", '"', "\n", "\r\n", "a"],
}


@dataclass
class Page:
    keyword: str
    aliases: tuple[str, ...]
    text: str
    live: bool = True


@dataclass
class Rendering:
    """A page on its way into the cache."""

    entry_id: int
    text: str
    ticket: Ticket
    rendered: Rendered


@dataclass
class Wiki:
    """A wiki in a few lines, beside a model of it that is plain dictionaries and one regular expression."""

    index: LinkIndex = field(default_factory=LinkIndex)
    cache: PageCache[str] = field(init=False)
    pages: dict[int, Page] = field(default_factory=dict)
    plan: RebuildPlan | None = None
    renderings: list[Rendering] = field(default_factory=list)
    reference: re.Pattern[str] | None = None

    def __post_init__(self) -> None:
        self.cache = PageCache(self.index)

    def targets(self) -> dict[str, str]:
        pages = [page for page in self.pages.values() if page.live]
        return {surface: page.keyword for page in pages for surface in (page.keyword, *page.aliases)}

    def free(self, *surfaces: str) -> bool:
        return self.targets().keys().isdisjoint(surfaces)

    def put(self, entry_id: int, page: Page) -> None:
        self.pages[entry_id] = page
        self.index.set_entry(entry_id, page.keyword, page.aliases, live=page.live)
        self.cache.discard(entry_id)
        self.reference = None

    def add(self, keyword: str, aliases: tuple[str, ...], text: str) -> None:
        if self.free(keyword, *aliases):
            self.put(len(self.pages), Page(keyword, aliases, text))

    def set_live(self, entry_id: int, live: bool) -> None:
        page = self.pages[entry_id]
        if page.live != live and (not live or self.free(page.keyword, *page.aliases)):
            self.put(entry_id, Page(page.keyword, page.aliases, page.text, live))

    def rename(self, entry_id: int, keyword: str, keep_alias: bool) -> None:
        page = self.pages[entry_id]
        if page.live and (self.free(keyword) or keyword in page.aliases):
            aliases = (*page.aliases, page.keyword) if keep_alias else page.aliases
            self.put(entry_id, Page(keyword, tuple(a for a in aliases if a != keyword), page.text))

    def set_aliases(self, entry_id: int, aliases: tuple[str, ...]) -> None:
        page = self.pages[entry_id]
        if page.live and self.free(*(set(aliases) - {page.keyword, *page.aliases})):
            self.put(entry_id, Page(page.keyword, tuple(a for a in aliases if a != page.keyword), page.text))

    def edit(self, entry_id: int, text: str) -> None:
        page = self.pages[entry_id]
        self.put(entry_id, Page(page.keyword, page.aliases, text, page.live))

    def begin_rebuild(self) -> None:
        self.plan = self.index.plan_rebuild()

    def finish_rebuild(self) -> None:
        if self.plan:
            self.index.adopt(self.plan.build())

    def begin_rendering(self, entry_id: int) -> None:
        ticket, text = self.cache.ticket(), self.pages[entry_id].text
        self.renderings.append(Rendering(entry_id, text, ticket, render_text(text, self.index.snapshot())))

    def finish_renderings(self) -> None:
        while self.renderings:
            done = self.renderings.pop()
            self.keep(done.entry_id, done.text, done.ticket, done.rendered)

    def keep(self, entry_id: int, text: str, ticket: Ticket, rendered: Rendered) -> bool:
        return self.cache.put(
            entry_id, rendered.html, ticket, size=len(rendered.html), texts=[text], links=rendered.links
        )

    def serve(self, entry_id: int) -> str:
        html = self.cache.get(entry_id)
        if html is None:
            ticket, text = self.cache.ticket(), self.pages[entry_id].text
            rendered = render_text(text, self.index)
            assert self.keep(entry_id, text, ticket, rendered), "nothing happened meanwhile"
            html = rendered.html
        return html

    def expected(self, entry_id: int) -> str:
        targets = self.targets()
        self.reference = self.reference or alternation(targets)
        return reference_html(self.pages[entry_id].text, targets, self.reference)


def random_step(wiki: Wiki, chance: random.Random, alphabet: list[str]) -> None:
    def word() -> str:
        return "".join(chance.choices(alphabet, k=chance.randint(1, 4)))

    def words() -> tuple[str, ...]:
        return tuple(dict.fromkeys(word() for _ in range(chance.choice([0, 0, 1, 2]))))

    def text() -> str:
        return "".join(chance.choices(alphabet, k=chance.randint(0, 30)))

    def add() -> None:
        keyword = word()
        wiki.add(keyword, tuple(alias for alias in words() if alias != keyword), text())

    if len(wiki.pages) < 3:
        add()
        return
    entry_id = chance.randrange(len(wiki.pages))
    steps: list[tuple[int, Callable[[], None]]] = [
        (2 if len(wiki.pages) < 40 else 0, add),
        (2, lambda: wiki.set_live(entry_id, live=False)),
        (3, lambda: wiki.set_live(entry_id, live=True)),
        (1, lambda: wiki.rename(entry_id, word(), chance.random() < 0.5)),
        (1, lambda: wiki.set_aliases(entry_id, words())),
        (1, lambda: wiki.edit(entry_id, text())),
        (1, lambda: wiki.begin_rendering(entry_id)),
        (1, wiki.finish_renderings),
        (1, wiki.begin_rebuild),
        (1, wiki.finish_rebuild),
    ]
    weights = [weight for weight, _ in steps]
    chance.choices([step for _, step in steps], weights)[0]()


@pytest.mark.parametrize("alphabet", ALPHABETS.values(), ids=list(ALPHABETS))
@pytest.mark.parametrize("reads", [1.0, 0.03], ids=["read after every change", "read rarely"])
def test_thousands_of_random_changes_leave_no_page_wrong(alphabet: list[str], reads: float) -> None:
    chance = random.Random(20160701)
    wiki = Wiki()
    served = 0
    for _ in range(2_500):
        random_step(wiki, chance, alphabet)
        if chance.random() < reads:
            # A few pages, so that others fall behind by many changes before they are read.
            for entry_id in chance.sample(range(len(wiki.pages)), min(3 if reads == 1.0 else 40, len(wiki.pages))):
                assert wiki.serve(entry_id) == wiki.expected(entry_id)
                served += 1

    # The comparison means something only if pages came out of the cache, and after a check.
    assert served > 2_000
    assert wiki.cache.stats.checked > served // 100
    assert wiki.cache.stats.outdated > served // 100


WORD = st.text(alphabet="ab😀", min_size=1, max_size=4)
TEXT = st.text(alphabet="ab😀c", max_size=20)
WORDS = st.lists(WORD, max_size=2, unique=True).map(tuple)
ENTRY = st.integers(min_value=0, max_value=100)


class WikiMachine(RuleBasedStateMachine):
    """Hypothesis looks for the shortest history after which a page is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.wiki = Wiki()

    def pick(self, number: int) -> int:
        return number % len(self.wiki.pages)

    @rule(keyword=WORD, aliases=WORDS, text=TEXT)
    def add(self, keyword: str, aliases: tuple[str, ...], text: str) -> None:
        self.wiki.add(keyword, tuple(alias for alias in aliases if alias != keyword), text)

    @precondition(lambda self: self.wiki.pages)
    @rule(entry=ENTRY, live=st.booleans())
    def set_live(self, entry: int, live: bool) -> None:
        self.wiki.set_live(self.pick(entry), live)

    @precondition(lambda self: self.wiki.pages)
    @rule(entry=ENTRY, keyword=WORD, keep_alias=st.booleans())
    def rename(self, entry: int, keyword: str, keep_alias: bool) -> None:
        self.wiki.rename(self.pick(entry), keyword, keep_alias)

    @precondition(lambda self: self.wiki.pages)
    @rule(entry=ENTRY, aliases=WORDS)
    def set_aliases(self, entry: int, aliases: tuple[str, ...]) -> None:
        self.wiki.set_aliases(self.pick(entry), aliases)

    @precondition(lambda self: self.wiki.pages)
    @rule(entry=ENTRY, text=TEXT)
    def edit(self, entry: int, text: str) -> None:
        self.wiki.edit(self.pick(entry), text)

    @precondition(lambda self: self.wiki.pages)
    @rule(entry=ENTRY)
    def begin_rendering(self, entry: int) -> None:
        self.wiki.begin_rendering(self.pick(entry))

    @rule()
    def finish_renderings(self) -> None:
        self.wiki.finish_renderings()

    @rule()
    def begin_rebuild(self) -> None:
        self.wiki.begin_rebuild()

    @rule()
    def finish_rebuild(self) -> None:
        self.wiki.finish_rebuild()

    @invariant()
    def every_page_is_exact(self) -> None:
        for entry_id in self.wiki.pages:
            assert self.wiki.serve(entry_id) == self.wiki.expected(entry_id)


TestAnyHistory = WikiMachine.TestCase
TestAnyHistory.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
