"""How one text became another: line by line, and within changed lines."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

_LINES_MAX: Final = 2_000
"""Changed lines a side that are matched with each other: matching is quadratic, 2,000 lines take 0.25 s at worst."""
_PIECE_MAX: Final = 400
"""Code points of two lines whose parts are compared: 400 of each take 20 ms at worst."""
_PIECES_AT_ONCE: Final = 50
"""Pairs of lines in a row that are compared so; where more changed together, marking parts tells little."""
_ALIKE: Final = 0.4
"""The least ratio (2 × matching / all) at which parts are marked; under it the whole lines differ."""

Operation = Literal["equal", "insert", "delete"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a difference, and the parts (start, end in code points) that the other side does not have.

    Numbers start at 1; None where that side has no such line. No parts in a changed line mean that all of it changed.
    """

    operation: Operation
    text: str
    old_number: int | None
    new_number: int | None
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """Every line of both texts in order, and how many were inserted and deleted."""

    lines: tuple[Line, ...]
    inserted: int
    deleted: int


def diff_texts(old: str, new: str) -> Diff:
    r"""The difference of two texts. `\r\n`, `\r` and `\n` end lines."""
    before, after = _lines(old), _lines(new)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    lines = [Line("equal", text, number, number) for number, text in enumerate(before[:head], 1)]
    middle_old, middle_new = before[head : len(before) - tail], after[head : len(after) - tail]
    lines.extend(_middle(middle_old, middle_new, head))
    first_old, first_new = len(before) - tail, len(after) - tail
    lines.extend(
        Line("equal", text, first_old + number, first_new + number) for number, text in enumerate(before[first_old:], 1)
    )
    inserted = sum(line.operation == "insert" for line in lines)
    deleted = sum(line.operation == "delete" for line in lines)
    return Diff(tuple(lines), inserted, deleted)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if text else []


def _common(one: list[str], other: list[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _middle(old: list[str], new: list[str], head: int) -> list[Line]:
    if len(old) > _LINES_MAX or len(new) > _LINES_MAX:
        return _replaced(old, new, head, head)
    lines: list[Line] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs = zip(range(i1, i2), range(j1, j2), strict=True)
            lines.extend(Line("equal", old[i], head + i + 1, head + j + 1) for i, j in pairs)
        else:
            lines.extend(_replaced(old[i1:i2], new[j1:j2], head + i1, head + j1))
    return lines


def _replaced(old: list[str], new: list[str], before_old: int, before_new: int) -> list[Line]:
    """Lines that went, then lines that came; where they are as many, each is compared with its counterpart."""
    paired = len(old) == len(new) <= _PIECES_AT_ONCE
    parts = [_parts(left, right) if paired else ((), ()) for left, right in zip(old, new, strict=False)]
    nothing: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]] = ((), ())
    gone = [
        Line("delete", text, before_old + number + 1, None, (parts[number] if paired else nothing)[0])
        for number, text in enumerate(old)
    ]
    came = [
        Line("insert", text, None, before_new + number + 1, (parts[number] if paired else nothing)[1])
        for number, text in enumerate(new)
    ]
    return gone + came


def _parts(left: str, right: str) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """What each of two lines has that the other has not; nothing if they have little in common."""
    start = len(_shared(left, right))
    end = len(_shared(left[start:][::-1], right[start:][::-1]))
    a, b = left[start : len(left) - end], right[start : len(right) - end]
    if len(a) > _PIECE_MAX or len(b) > _PIECE_MAX:
        common = start + end
        codes = [("replace", 0, len(a), 0, len(b))]
    else:
        matcher = SequenceMatcher(None, a, b, autojunk=False)
        common = start + end + sum(block.size for block in matcher.get_matching_blocks())
        codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    if 2 * common < _ALIKE * (len(left) + len(right)):
        return (), ()
    gone = tuple((start + i1, start + i2) for _, i1, i2, _, _ in codes if i2 > i1)
    came = tuple((start + j1, start + j2) for _, _, _, j1, j2 in codes if j2 > j1)
    return gone, came


def _shared(left: str, right: str) -> str:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return left[:count]
