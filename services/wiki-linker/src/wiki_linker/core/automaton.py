"""Where patterns occur in a text: every pattern at once, in one pass, in code points.

The engine is daachorse's character-wise double-array Aho-Corasick automaton in its standard mode, asked for the longest
pattern that ends at each position. That one list (143 MB/s at 8,000 patterns, as fast as the engine's own
leftmost-longest mode, and no longer than the text) is enough for everything else: every other match is a proper suffix
of one in the list, and `sweep` looks for those only where the list alone does not decide.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Sequence
from operator import itemgetter
from typing import Final, TypeVar

import daachorse

T = TypeVar("T")

Hit = tuple[int, int, int]
"""A match: start and end in code points, and the pattern's place among the patterns."""


class Automaton:
    """Finds all of `patterns` in texts. It never changes, and may be used from several threads at once.

    `patterns` is kept, not copied: it must not change, and `in` has to be quick (a dict, a set, dict keys). Building
    takes about 10 ms for 8,000 patterns and lets other threads run meanwhile, except while the list is handed over.

    Raises:
        ValueError: a pattern is empty, or holds a lone surrogate (as UnicodeEncodeError).
    """

    __slots__ = ("_patterns", "_suffixes", "hits")

    hits: Final[Callable[[str], list[Hit]]]
    """The longest pattern that ends at each position of a text, in order of their ends.

    It is the engine's own bound method: a Python frame around it would cost as much as some short texts. A text with a
    lone surrogate raises UnicodeEncodeError, whatever the patterns.
    """

    def __init__(self, patterns: Collection[str]) -> None:
        if "" in patterns:
            raise ValueError("an empty pattern would match everywhere")
        self._patterns = patterns
        self._suffixes: dict[str, tuple[int, ...]] = {}
        self.hits = daachorse.CharwiseDoubleArrayAhoCorasick(list(patterns)).find_overlapping_no_suffix

    def suffixes(self, pattern: str) -> tuple[int, ...]:
        """Lengths of the patterns that `pattern` ends with, without itself, shortest first."""
        found = self._suffixes.get(pattern)
        if found is None:
            patterns, size = self._patterns, len(pattern)
            found = tuple(length for length in range(1, size) if pattern[size - length :] in patterns)
            self._suffixes[pattern] = found
        return found

    def leftmost_longest(self, text: str) -> list[tuple[int, int]]:
        """What the alternation of all escaped patterns, longest first, matches in `text`."""
        return [(start, end) for start, end, _ in sweep(text, [(self, self.hits(text))], _always)]


def sweep(
    text: str,
    found: Sequence[tuple[Automaton | None, Sequence[Hit]]],
    accept: Callable[[int, int], T | None],
    *,
    counts: Callable[[str], bool] | None = None,
    edge: Callable[[int], bool] | None = None,
) -> list[tuple[int, int, T]]:
    """Leftmost-longest over the accepted matches of several automata: (start, end, what `accept` said), in order.

    `found` pairs each automaton with its hits in `text`; with None in the automaton's place the hits are taken to be
    complete. A match is refused if `counts` says so of its surface or `edge` of where it starts or ends; or else
    `accept` sees its start and end and gives None to refuse it, always the same for the same match. Refusing comes
    before sweeping: a shorter or later match takes the place of one that is refused.

    After each end, `swept` is the outcome for all matches that end there or before. A match that ends next changes it
    only from where it fits in: accepted, and not starting inside the match before it. It then replaces what lies
    behind its start, for all of that lies inside it. If it does not fit in, its longest suffix that may does. So the
    time is O(hits log hits), also where patterns nest (`a`, `aa`, `aaa`, ...) and overlapping matches are many more;
    and also where most of these are refused, as long as `counts` or `edge` can say so: asked of one match after the
    other, 250 keywords that were deleted held a page of 100,000 characters for half a minute.
    """
    suffixes = _counted(counts) if counts else Automaton.suffixes
    hits = [(end, start, automaton) for automaton, spans in found for start, end, _ in spans]
    if len(found) > 1:
        hits.sort(key=itemgetter(0))
    swept: list[tuple[int, int, T]] = []
    starts: list[int] = []
    for end, first, automaton in hits:
        if edge and not edge(end):
            continue
        start = first
        while True:
            place = bisect_left(starts, start)
            earliest = swept[place - 1][1] if place else 0
            if (
                start >= earliest
                and (edge is None or edge(start))
                and (counts is None or counts(text[start:end]))
                and (value := accept(start, end)) is not None
            ):
                swept[place:] = [(start, end, value)]
                starts[place:] = [start]
                break
            lengths = suffixes(automaton, text[first:end]) if automaton else ()
            shorter = bisect_right(lengths, end - max(earliest, start + 1))
            if not shorter:
                break
            start = end - lengths[shorter - 1]
    return swept


def _counted(counts: Callable[[str], bool]) -> Callable[[Automaton, str], tuple[int, ...]]:
    """`Automaton.suffixes`, without those that do not count."""
    known: dict[tuple[int, str], tuple[int, ...]] = {}

    def suffixes(automaton: Automaton, pattern: str) -> tuple[int, ...]:
        found = known.get((id(automaton), pattern))
        if found is None:
            size = len(pattern)
            found = tuple(length for length in automaton.suffixes(pattern) if counts(pattern[size - length :]))
            known[id(automaton), pattern] = found
        return found

    return suffixes


def _always(_start: int, _end: int) -> bool:
    return True
