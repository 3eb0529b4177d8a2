"""What linking costs: `python benchmarks/linking.py [--large]`, about 10 seconds.

The corpus is the Japanese wiki of the tests' real input where it is at hand (in $GENBA_TEST_DATA or in `shared/data`
beside the checkout), else a generated one of the same size. The first figure is a ratio against the alternation of all
escaped keywords, longest first, as Python's `re` matches it on the same articles; below 300 the exit status is 1.
"""

import argparse
import json
import os
import random
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from wiki_linker.core.index import LinkIndex
from wiki_linker.core.pagecache import PageCache
from wiki_linker.core.render import render_text

WANTED_RATIO = 300
REFERENCE_ARTICLES = 60


def corpus() -> tuple[str, list[str], list[str], list[str]]:
    """Where it is from, its keywords, its texts, and keywords that come later."""
    shared = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("GENBA_TEST_DATA", shared)) / "wiki"
    if not folder.is_dir():
        return generated_corpus()
    entries = [json.loads(line) for line in (folder / "entries.jsonl").read_text(encoding="utf-8").splitlines()]
    later = [json.loads(line) for line in (folder / "new_entries.jsonl").read_text(encoding="utf-8").splitlines()]
    return (
        "real",
        [entry["keyword"] for entry in entries],
        [entry["description"] for entry in entries],
        [entry["keyword"] for entry in later],
    )


def generated_corpus() -> tuple[str, list[str], list[str], list[str]]:
    """The same in size and script, from a fixed seed."""
    chance = random.Random(1)
    letters = [chr(code) for code in (*range(0x3042, 0x3093), *range(0x30A2, 0x30F3), *range(0x4E00, 0x5200))]

    def word(longest: int) -> str:
        return "".join(chance.choices(letters, k=chance.randint(3, longest)))

    keywords = list(dict.fromkeys(word(10) for _ in range(7_958)))
    texts = ["\n".join(word(80) + chance.choice(keywords) + word(40) for _ in range(15)) for _ in range(7_101)]
    return "generated", keywords[:7_101], texts, keywords[7_101:]


def fastest(run: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of the fastest run: what the code takes, not what the machine does beside it."""
    seconds = []
    for _ in range(times):
        began = time.thread_time()
        run()
        seconds.append(time.thread_time() - began)
    return min(seconds)


def each(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """Microseconds a text."""

    def run() -> None:
        for text in texts:
            work(text)

    return fastest(run) / len(texts) * 1e6


def say(what: str, figure: float, unit: str) -> None:
    """Print one line of the outcome."""
    print(f"{what:<72}{figure:>10,.1f} {unit}", flush=True)


def index_of(keywords: Sequence[str]) -> LinkIndex:
    """An index of these keywords, without aliases."""
    return LinkIndex.build((number, keyword, ()) for number, keyword in enumerate(keywords))


def throughput(keywords: list[str], texts: list[str]) -> float:
    """Matching and rendering; gives the ratio against the regular expression."""
    index = index_of(keywords)
    expression = re.compile("|".join(map(re.escape, sorted(keywords, key=len, reverse=True))))
    sample = random.Random(2).sample(texts, REFERENCE_ARTICLES)
    megabytes = sum(len(text.encode()) for text in sample) / 1e6
    slow = fastest(lambda: [[match.span() for match in expression.finditer(text)] for text in sample], times=1)
    quick = each(index.find, sample * 20) * len(sample) / 1e6
    whole = sum(len(text.encode()) for text in texts) / len(texts)
    say("matching, all articles", whole / each(index.find, texts), "MB/s")
    say(f"matching, {len(sample)} articles", megabytes / quick, "MB/s")
    say(f"regular expression, {len(sample)} articles", megabytes / slow, "MB/s")
    say(f"ratio (at least {WANTED_RATIO} wanted)", slow / quick, "times")
    say("matching an article", each(index.find, texts), "µs")
    say("rendering an article", each(lambda text: render_text(text, index), texts), "µs")
    return slow / quick


def longest_wait(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds that `work` takes in a thread, and how late another thread woke up at most meanwhile."""
    thread = threading.Thread(target=work)
    began = time.perf_counter()
    latest = 0.0
    thread.start()
    while thread.is_alive():
        asleep = time.perf_counter()
        time.sleep(0.001)
        latest = max(latest, time.perf_counter() - asleep - 0.001)
    return (time.perf_counter() - began) * 1e3, latest * 1e3


def building(keywords: list[str], size: int) -> None:
    """A rebuild of `size` surfaces: what it asks of the event loop and of a thread."""
    chance = random.Random(3)
    many = dict.fromkeys(keywords)
    while len(many) < size:
        many[chance.choice(keywords) + chance.choice(keywords)] = None
    index = index_of(list(many)[:size])
    index.set_entry(size, "one more")
    say(f"{size:,} surfaces: planning a rebuild (on the loop)", fastest(index.plan_rebuild) * 1e6, "µs")
    built = []
    plan = index.plan_rebuild()
    total, wait = longest_wait(lambda: built.append(plan.build()))
    say(f"{size:,} surfaces: building (in a thread)", total, "ms")
    say(f"{size:,} surfaces: how late the loop was at most meanwhile", wait, "ms")
    say(f"{size:,} surfaces: adopting it (on the loop)", fastest(lambda: index.adopt(built.pop()), 1) * 1e6, "µs")


def recent_changes(keywords: list[str], texts: list[str], later: list[str]) -> None:
    """Rendering with `later` keywords that no rebuild has taken in yet."""
    index = index_of(keywords)
    for number, keyword in enumerate(later, len(keywords)):
        index.set_entry(number, keyword)
    first = fastest(lambda: index.find(texts[0]), 1) * 1e6
    say(f"{len(later)} recent surfaces: matching the first article after a change", first, "µs")
    rendering = each(lambda text: render_text(text, index), texts)
    say(f"{len(later)} recent surfaces: rendering an article", rendering, "µs")


def page_checks(keywords: list[str], texts: list[str], later: list[str]) -> None:
    """Reading cached pages after `later` keywords have come."""
    index = index_of(keywords)
    cache: PageCache[str] = PageCache(index)
    for text in texts:
        ticket, rendered = cache.ticket(), render_text(text, index)
        cache.put(text, rendered.html, ticket, size=len(rendered.html), texts=[text], links=rendered.links)
    for number, keyword in enumerate(later, len(keywords)):
        index.set_entry(number, keyword)
    cache.get(texts[0])
    # Once only: afterwards the pages are no longer behind.
    seconds = fastest(lambda: [cache.get(text) for text in texts], 1)
    say(f"a page {len(later)} surfaces behind: getting it", seconds / len(texts) * 1e6, "µs")
    if later:
        say("    of these to be rendered again", cache.stats.outdated / len(texts) * 100, "%")


def worst_case() -> None:
    """Keywords that nest as deeply as they can, in a text that holds nothing else."""
    index = index_of(["a" * length for length in range(1, 256)])
    say("1 MB of `a`, keywords of 1 to 255 `a`", fastest(lambda: index.find("a" * 1_000_000), 1) * 1e3, "ms")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also build an index of a million surfaces (10 s more)")
    arguments = parser.parse_args()
    origin, keywords, texts, later = corpus()
    characters = statistics.mean(map(len, texts))
    print(f"{origin} corpus: {len(keywords):,} keywords, {len(texts):,} articles of {characters:,.0f} characters\n")
    ratio = throughput([*keywords, *later], texts)
    for size in (len(keywords), 100_000, *([1_000_000] if arguments.large else [])):
        building(keywords, size)
    for count in (0, 1, 16, 256):
        recent_changes(keywords, texts[:2_000], later[:count])
        page_checks(keywords, texts[:2_000], later[:count])
    index = index_of(keywords)
    numbered = list(enumerate(later, len(keywords)))

    def set_all() -> None:
        for number, keyword in numbered:
            index.set_entry(number, keyword)

    say("setting an entry", fastest(set_all, 1) / len(later) * 1e6, "µs")
    worst_case()
    sys.exit(ratio < WANTED_RATIO)


if __name__ == "__main__":
    main()
