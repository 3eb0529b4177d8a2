"""What is exported is imported the same, and bad lines stop nothing."""

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genba_servicekit.testing import test_data
from wiki_linker.core.ndjson import (
    LINE_MAX,
    BadLine,
    ImportRecord,
    format_time,
    parse_time,
    read_lines,
    write_line,
)
from wiki_linker.core.validation import InvalidText

WORDS = st.text(st.sampled_from('aB東"\\/é😀,:{}[]\u2603'), min_size=1, max_size=12)
RECORDS = st.builds(
    ImportRecord,
    line=st.just(1),
    keyword=WORDS,
    description=st.text(st.sampled_from('aB東"\\/é😀\n\r\t \u2028{}'), max_size=40).map(lambda text: f"{text}."),
    author=st.none() | WORDS,
    aliases=st.lists(WORDS, max_size=4, unique=True).map(tuple),
    updated_at=st.none() | st.integers(0, 253_402_300_799_999),
).filter(lambda record: record.keyword not in record.aliases)


def read(data: bytes) -> list[ImportRecord | BadLine]:
    return list(read_lines(io.BytesIO(data)))


@given(st.lists(RECORDS, max_size=5))
def test_reading_what_was_written_gives_the_same_records(records: list[ImportRecord]) -> None:
    written = b"".join(map(write_line, records))
    assert written.count(b"\n") == len(records)
    assert read(written) == [replace(record, line=number) for number, record in enumerate(records, 1)]


def test_real_entries_are_read_whole_and_what_they_have_besides_is_passed_over() -> None:
    data = (test_data("wiki") / "entries.jsonl").read_bytes()
    records = read(data)
    assert len(records) == 7_101
    first = json.loads(data.partition(b"\n")[0])
    assert records[0] == ImportRecord(1, first["keyword"], first["description"], first["author"], (), 1473170640000)
    assert not [record for record in records if isinstance(record, BadLine)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "the line is not JSON"),
        (b"[1]", "the line is not a JSON object"),
        (b'"a"', "the line is not a JSON object"),
        (b"\xff\xfe", "the line is not UTF-8"),
        (b'{"keyword":"\xed\xa0\x80","description":"b"}', "the line is not UTF-8"),
        (b"[" * 100_000, "the line is not JSON"),
        (b'{"keyword":"a","description":"b","id":' + b"9" * 5_000 + b"}", "the line is not JSON"),
        (b'{"description":"b"}', "keyword: it is missing"),
        (b'{"keyword":"a"}', "description: it is missing"),
        (b'{"keyword":7,"description":"b"}', "keyword: it is not a string"),
        (b'{"keyword":"a","description":["b"]}', "description: it is not a string"),
        (b'{"keyword":"","description":"b"}', "keyword: it is empty"),
        (b'{"keyword":"\\ud800","description":"b"}', "keyword: it holds U+D800 (not a character) at position 0"),
        (b'{"keyword":"a","description":"b","author":" x"}', "author: it begins or ends with white space"),
        (b'{"keyword":"a","description":"b","aliases":"x"}', "aliases: it is not a list of strings"),
        (b'{"keyword":"a","description":"b","aliases":[1]}', "aliases: it is not a list of strings"),
        (b'{"keyword":"a","description":"b","aliases":[""]}', "aliases: it is empty"),
        (b'{"keyword":"a","description":"b","updated_at":1}', "updated_at: it is not a string"),
        (b'{"keyword":"a","description":"b","updated_at":"now"}', "updated_at: it is not an RFC 3339 time"),
    ],
)
def test_a_bad_line_is_told_by_number_and_the_rest_is_kept(line: bytes, reason: str) -> None:
    good = b'{"keyword":"a","description":"b"}'
    found = read(b"\n".join([good, line, good]))
    assert found == [ImportRecord(1, "a", "b"), BadLine(2, reason), ImportRecord(3, "a", "b")]


def test_nulls_are_as_good_as_nothing() -> None:
    line = b'{"keyword":"a","description":"b","author":null,"aliases":null,"updated_at":null}'
    assert read(line) == [ImportRecord(1, "a", "b")]


def test_blank_lines_are_passed_over_and_counted_and_so_is_a_byte_order_mark() -> None:
    data = b'\xef\xbb\xbf{"keyword":"a","description":"b"}\r\n\n  \r\n{"keyword":"c","description":"d"}'
    assert read(data) == [ImportRecord(1, "a", "b"), ImportRecord(4, "c", "d")]


class Watched(io.BytesIO):
    """A file that remembers the most that was asked of it at once."""

    most = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self.most = max(self.most, len(line))
        return line


def test_an_endless_line_is_skipped_without_being_held() -> None:
    file = Watched(b"x" * (3 * LINE_MAX) + b'\n{"keyword":"a","description":"b"}\n' + b"y" * (LINE_MAX + 1))
    reason = "the line is longer than 4,000,000 bytes"
    assert list(read_lines(file)) == [BadLine(1, reason), ImportRecord(2, "a", "b"), BadLine(3, reason)]
    assert file.most == LINE_MAX + 1


def test_the_longest_description_fits_in_a_line_in_its_longest_spelling() -> None:
    line = json.dumps({"keyword": "a", "description": "😀" * 300_000}).encode()
    (record,) = read(line)
    assert isinstance(record, ImportRecord)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2016-09-06T14:04:00Z", 1473170640000),
        ("2016-09-06T23:04:00.123999+09:00", 1473170640123),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ],
)
def test_times_are_whole_milliseconds(text: str, milliseconds: int) -> None:
    assert parse_time(text, field="at") == milliseconds
    assert parse_time(format_time(milliseconds), field="at") == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2016-09-06",
        "2016-09-06T14:04:00",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_moment_since_1970_is_refused(text: str) -> None:
    with pytest.raises(InvalidText):
        parse_time(text, field="at")
