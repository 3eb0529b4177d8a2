"""How one text became another: line by line, and inside lines character by character.

Myers' greedy algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986) with a bound on its steps. difflib's
SequenceMatcher is cubic where lines repeat, so a hostile pair of texts within the size limit would take minutes; here
it gets a coarser difference in a bounded time, and is still told the truth: old lines and new lines, all of them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

LineOperation = Literal["equal", "insert", "delete"]
Block = tuple[int, int, int, int]
"""What differs: old[a:b] became new[c:d]."""

_STEPS: Final = 200_000  # about 0.1 s, for the lines; and once more for the characters of all lines
_LINE_END: Final = re.compile("\r\n|\r|\n")
# Fewer equal characters than this between two changes read better as part of the change.
_ISLAND: Final = 3
# Lines with less than this in common are different lines, not changed ones.
_SHARED: Final = 0.4


class DiffSpan(NamedTuple):
    """A part of a line, in code points, that the other side does not have."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a difference. Numbers count from 1 and are None on the side that does not have the line."""

    operation: LineOperation
    text: str
    old_number: int | None = None
    new_number: int | None = None
    spans: tuple[DiffSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """Every line of both texts in order, deleted ones before the inserted ones that take their place."""

    lines: tuple[DiffLine, ...]
    inserted: int
    deleted: int


def diff_texts(old: str, new: str) -> Diff:
    r"""How `old` became `new`, by lines (ended by `\n`, `\r\n` or `\r`, told apart nowhere).

    A deleted line and the inserted one that takes its place carry spans where they are alike: without their spans both
    read the same. An empty text has no lines. Time is bounded: at worst everything between the first and the last
    difference is one change.
    """
    before, after = _lines(old), _lines(new)
    budget = [_STEPS]
    lines: list[DiffLine] = []
    at_old = at_new = inserted = deleted = 0
    for a, b, c, d in [*_blocks(before, after, [_STEPS]), (len(before), len(before), len(after), len(after))]:
        lines.extend(DiffLine("equal", before[at_old + i], at_old + i + 1, at_new + i + 1) for i in range(a - at_old))
        paired = [_spans(before[a + i], after[c + i], budget) for i in range(min(b - a, d - c))]
        lines.extend(
            DiffLine("delete", before[i], i + 1, None, paired[i - a][0] if i - a < len(paired) else ())
            for i in range(a, b)
        )
        lines.extend(
            DiffLine("insert", after[i], None, i + 1, paired[i - c][1] if i - c < len(paired) else ())
            for i in range(c, d)
        )
        deleted += b - a
        inserted += d - c
        at_old, at_new = b, d
    return Diff(tuple(lines), inserted, deleted)


def _lines(text: str) -> list[str]:
    return _LINE_END.split(text) if text else []


def unified(diff: Diff, *, old_name: str, new_name: str, context: int = 3) -> str:
    """The difference as unified text with `context` equal lines around each change; empty if nothing differs."""
    changed = [place for place, line in enumerate(diff.lines) if line.operation != "equal"]
    if not changed:
        return ""
    text = [f"--- {old_name}", f"+++ {new_name}"]
    for start, end in _hunks(changed, len(diff.lines), context):
        hunk = diff.lines[start:end]
        text.append(f"@@ -{_range(diff.lines, start, hunk, new=False)} +{_range(diff.lines, start, hunk, new=True)} @@")
        text.extend({"equal": " ", "insert": "+", "delete": "-"}[line.operation] + line.text for line in hunk)
    return "\n".join(text) + "\n"


def _hunks(changed: Sequence[int], size: int, context: int) -> Iterator[tuple[int, int]]:
    first = last = changed[0]
    for place in changed[1:]:
        if place - last > 2 * context + 1:
            yield max(0, first - context), last + context + 1
            first = place
        last = place
    yield max(0, first - context), min(size, last + context + 1)


def _range(lines: Sequence[DiffLine], start: int, hunk: Sequence[DiffLine], *, new: bool) -> str:
    numbers = [number for line in hunk if (number := line.new_number if new else line.old_number) is not None]
    if numbers:
        return f"{numbers[0]},{len(numbers)}"
    # A side without lines in the hunk is said to begin behind the last line before it.
    before = (line.new_number if new else line.old_number for line in reversed(lines[:start]))
    return f"{next((number for number in before if number is not None), 0)},0"


def _spans(old: str, new: str, budget: list[int]) -> tuple[tuple[DiffSpan, ...], tuple[DiffSpan, ...]]:
    """What differs between two lines, or nothing where (nearly) all of it does."""
    blocks: list[Block] = []
    for a, b, c, d in _blocks(old, new, budget):
        if blocks and a - blocks[-1][1] < _ISLAND:
            blocks[-1] = (blocks[-1][0], b, blocks[-1][2], d)
        else:
            blocks.append((a, b, c, d))
    shared = len(old) - sum(b - a for a, b, _, _ in blocks)
    if shared < _SHARED * max(len(old), len(new)):
        return (), ()
    return (
        tuple(DiffSpan(a, b) for a, b, _, _ in blocks if a < b),
        tuple(DiffSpan(c, d) for _, _, c, d in blocks if c < d),
    )


def _blocks(old: Sequence[str], new: Sequence[str], budget: list[int]) -> list[Block]:
    """What differs, in order. `budget[0]` is how many steps may be taken, and is counted down."""
    start, shortest = 0, min(len(old), len(new))
    while start < shortest and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < shortest - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle_old, middle_new = old[start : len(old) - tail], new[start : len(new) - tail]
    if not middle_old or not middle_new:
        return [(start, len(old) - tail, start, len(new) - tail)] if middle_old or middle_new else []
    found = _myers(middle_old, middle_new, budget)
    if found is None:
        found = [(0, len(middle_old), 0, len(middle_new))]
    return [(a + start, b + start, c + start, d + start) for a, b, c, d in found]


def _myers(old: Sequence[str], new: Sequence[str], budget: list[int]) -> list[Block] | None:
    """The shortest way from `old` to `new`, or None where the budget does not suffice to find it."""
    n, m = len(old), len(new)
    # On each diagonal (x - y), the furthest x that so many edits reach. Before the first edit stands a way in from
    # above the corner, so that it is found like any other.
    furthest = {1: 0}
    trail = [furthest]
    for edits in range(n + m + 1):
        budget[0] -= edits + 1
        reached: dict[int, int] = {}
        for diagonal in range(-edits, edits + 1, 2):
            step = _step(furthest, diagonal, n, m)
            if step is None:
                continue
            begin = x = step[0]
            while x < n and x - diagonal < m and old[x] == new[x - diagonal]:
                x += 1
            budget[0] -= x - begin
            reached[diagonal] = x
        if budget[0] < 0:
            return None
        if reached.get(n - m) == n:
            return _retrace(trail, n, m)
        furthest = reached
        trail.append(furthest)
    raise AssertionError("n deletions and m insertions always lead there")


def _step(furthest: dict[int, int], diagonal: int, n: int, m: int) -> tuple[int, bool] | None:
    """Where on `diagonal` one more edit leads inside the n by m grid, and whether that edit is an insertion."""
    below, above = furthest.get(diagonal - 1), furthest.get(diagonal + 1)
    deleted = -1 if below is None or below >= n else below + 1
    inserted = -1 if above is None or above - diagonal > m else above
    if deleted < 0 and inserted < 0:
        return None
    return (inserted, True) if inserted > deleted else (deleted, False)


def _retrace(trail: Sequence[dict[int, int]], x: int, y: int) -> list[Block]:
    blocks: list[Block] = []
    n, m = x, y
    for furthest in reversed(trail[1:]):
        diagonal = x - y
        step = _step(furthest, diagonal, n, m)
        if step is None:
            raise AssertionError("the way back is the way there")
        x, inserted = step
        y = x - diagonal
        block = (x, x, y - 1, y) if inserted else (x - 1, x, y, y)
        if blocks and (blocks[-1][0], blocks[-1][2]) == (block[1], block[3]):
            follower = blocks.pop()
            block = (block[0], follower[1], block[2], follower[3])
        blocks.append(block)
        x, y = (x, y - 1) if inserted else (x - 1, y)
    return blocks[::-1]
