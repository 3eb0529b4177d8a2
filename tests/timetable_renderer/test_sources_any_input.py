"""No bytes make a parser fail in any way but one: a refusal that says why."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genba_servicekit.testing import test_data
from timetable_renderer.core.assemble import assemble
from timetable_renderer.core.bare import config_of
from timetable_renderer.core.config import FORMATS, Format
from timetable_renderer.core.festival import Festival
from timetable_renderer.core.festival_json import dump, load
from timetable_renderer.core.parsed import SourceRefusedError
from timetable_renderer.core.sources import parse
from timetable_sources import ALL

PIECES = (
    *(
        b'"',
        b"{",
        b"}",
        b"[",
        b"null",
        b"1e999",
        b"9" * 30,
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"\t",
        b"\n",
    ),
    *(b"2530", b"-1", b"0001-01-01", b"9999-12-31T23:59:59+00:00", b"day99", b"<a>", b"</room>", b"&x;", b"]]>"),
    *(b"DTSTART", b"RRULE:", b"VALUE=PERIOD", b"TZID=No/Where", b"PT", b";", b":", b",", b"\xef\xbb\xbf", b"\r"),
)
REAL = (
    "tif2017-time.json",
    "fesfolio-2025-12-06_o_shimokita.json",
    "pretalx-rc3.facts.json",
    "frab-camp2019.facts.json",
)


@st.composite
def mutated(draw: st.DrawFn, body: bytes) -> bytes:
    """The bytes with pieces cut out, put in and doubled."""
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.sampled_from((0, 0, 1, 2, 9, 60))))
        piece = draw(
            st.one_of(st.just(b""), st.sampled_from(PIECES), st.binary(max_size=4), st.just(body[start:end] * 2))
        )
        body = body[:start] + piece + body[end:]
    return body


def read(body: bytes, fmt: Format = "auto") -> None:
    """Read it all the way; what comes out is whole."""
    try:
        parsed = parse(body, fmt, place="p")
        config = config_of(parsed, "folder/p.json", first_day=date(2027, 8, 6))
        festival = assemble(config, [(config.sources[0], parsed)]).festival
    except SourceRefusedError as error:
        refusal = error
    else:
        _is_whole(festival)
        return
    assert refusal.faults
    assert all(fault.reason for fault in refusal.faults)


def _is_whole(festival: Festival) -> None:
    assert load(dump(festival)) == festival
    assert all(slot.end.timestamp() > slot.start.timestamp() and slot.day in festival.days for slot in festival.slots)
    assert len({slot.id for slot in festival.slots}) == len(festival.slots)
    assert {slot.stage for slot in festival.slots} <= {stage.id for stage in festival.stages}


@settings(deadline=None)
@given(st.data())
def test_mutated_timetables_are_read_or_refused(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(ALL)).encode()
    read(data.draw(mutated(body)))


@settings(deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_so_they_are_where_another_format_is_named(fmt: Format, data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(ALL)).encode()
    read(data.draw(st.one_of(st.just(body), mutated(body))), fmt)


@settings(deadline=None)
@given(st.sampled_from(FORMATS), st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_so_is_anything_at_all(fmt: Format, body: bytes) -> None:
    read(body, fmt)


@pytest.mark.parametrize("name", REAL)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_mutated_real_timetables_are_read_or_refused(name: str, data: st.DataObject) -> None:
    read(data.draw(mutated((test_data("timetables") / name).read_bytes())))
