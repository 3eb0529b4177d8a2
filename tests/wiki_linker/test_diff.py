import difflib

from hypothesis import given
from hypothesis import strategies as st

from wiki_linker.core.diff import Diff, DiffLine, DiffSpan, diff_texts, unified

TEXTS = st.lists(st.sampled_from(["", "a", "b", "東京", "東京都庁は新宿区", "東京都庁は港区", "  "]), max_size=12).map(
    "\n".join
)


def sides(diff: Diff) -> tuple[str, str]:
    old = [line.text for line in diff.lines if line.operation != "insert"]
    new = [line.text for line in diff.lines if line.operation != "delete"]
    return "\n".join(old), "\n".join(new)


def without_spans(line: DiffLine) -> str:
    text = line.text
    for span in reversed(line.spans):
        text = text[: span.start] + text[span.end :]
    return text


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_their_difference(old: str, new: str) -> None:
    assert sides(diff_texts(old, new)) == (old, new)


@given(TEXTS, TEXTS)
def test_numbers_count_the_lines_of_each_side(old: str, new: str) -> None:
    diff = diff_texts(old, new)
    old_lines, new_lines = (text.split("\n") if text else [] for text in (old, new))
    assert [line.old_number for line in diff.lines if line.operation != "insert"] == [*range(1, len(old_lines) + 1)]
    assert [line.new_number for line in diff.lines if line.operation != "delete"] == [*range(1, len(new_lines) + 1)]
    assert diff.inserted == sum(line.operation == "insert" for line in diff.lines)
    assert diff.deleted == sum(line.operation == "delete" for line in diff.lines)


@given(st.text("ab\n", max_size=14), st.text("ab\n", max_size=14))
def test_no_shorter_difference_exists(old: str, new: str) -> None:
    a, b = (text.split("\n") if text else [] for text in (old, new))
    common = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            common[i + 1][j + 1] = common[i][j] + 1 if x == y else max(common[i][j + 1], common[i + 1][j])
    diff = diff_texts(old, new)
    assert len(a) - diff.deleted == common[-1][-1]
    assert len(b) - diff.inserted == common[-1][-1]


@given(st.text("abcdefgh東京", max_size=30), st.text("abcdefgh東京", max_size=30))
def test_a_changed_line_reads_the_same_on_both_sides_without_its_spans(old: str, new: str) -> None:
    lines = diff_texts(old, new).lines
    if any(line.spans for line in lines):
        deleted, inserted = lines
        assert without_spans(deleted) == without_spans(inserted)


def test_the_changed_part_of_a_line_is_marked() -> None:
    deleted, inserted = diff_texts("収容人数は約1万2千人である。", "収容人数は約1万4千人である。").lines
    assert deleted.spans == inserted.spans == (DiffSpan(8, 9),)


def test_lines_with_little_in_common_are_different_lines_and_not_changed_ones() -> None:
    assert all(not line.spans for line in diff_texts("開演は六時", "Doors open at five").lines)


def test_a_line_end_is_a_line_end_in_every_spelling() -> None:
    diff = diff_texts("a\r\nb\rc\n", "a\nb\nc\n")
    assert (diff.inserted, diff.deleted) == (0, 0)


def test_equal_texts_have_an_empty_unified_difference() -> None:
    assert unified(diff_texts("a\nb", "a\nb"), old_name="1", new_name="2") == ""


@given(TEXTS, TEXTS, st.integers(0, 3))
def test_unified_hunks_are_those_of_difflib_where_lines_do_not_repeat(old: str, new: str, context: int) -> None:
    old = "\n".join(dict.fromkeys(old.split("\n")))
    new = "\n".join(line for line in old.split("\n") if line in new.split("\n"))
    before, after = (text.split("\n") if text else [] for text in (old, new))
    theirs = difflib.unified_diff(before, after, "x", "y", n=context, lineterm="")
    # difflib leaves a count of one out: "-3" for "-3,1".
    expected = [_with_counts(line) if line.startswith("@@") else line for line in theirs]
    assert unified(diff_texts(old, new), old_name="x", new_name="y", context=context).splitlines() == expected


def _with_counts(header: str) -> str:
    _, old, new, _ = header.split(" ")
    return " ".join(["@@", *(part if "," in part else f"{part},1" for part in (old, new)), "@@"])


def test_hostile_texts_get_a_coarse_difference() -> None:
    # Every line repeats, and no line stays where it was: difflib would need hours.
    old, new = "a\nb\nb\n" * 20_000, "b\na\na\n" * 20_000
    diff = diff_texts(old, new)
    assert sides(diff) == (old, new)


def test_hostile_lines_of_full_length_get_no_spans() -> None:
    old, new = "ab" * 150_000, "ba" * 75_000 + "bab" * 50_000
    assert [line.spans for line in diff_texts(old, new).lines] == [(), ()]


def test_one_changed_word_in_a_long_text_is_found_whatever_its_length() -> None:
    lines = [f"line {number}" for number in range(100_000)]
    old = "\n".join(lines)
    lines[70_000] = "line of another kind"
    diff = diff_texts(old, "\n".join(lines))
    assert (diff.inserted, diff.deleted) == (1, 1)
    assert next(line for line in diff.lines if line.operation == "delete").old_number == 70_001


def test_a_new_text_has_inserted_lines_only() -> None:
    diff = diff_texts("", "開演\n終演")
    assert [(line.operation, line.new_number) for line in diff.lines] == [("insert", 1), ("insert", 2)]
