"""Bodies that are read a line at a time."""

import itertools
from collections.abc import AsyncIterator

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect
from starlette.types import Message

from genba_servicekit.streams import DuplexResponse, lines_of


async def pieces_of(body: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    places = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    for start, end in itertools.pairwise(places):
        yield body[start:end]


@given(st.lists(st.text("ab", max_size=8)), st.booleans(), st.lists(st.integers(min_value=0)))
def test_however_a_body_is_cut_its_lines_are_the_same_and_long_ones_are_none(
    lines: list[str], ended: bool, cuts: list[int]
) -> None:
    async def read() -> list[bytes | None]:
        return [line async for line in lines_of(pieces_of(body, cuts), longest=4)]

    body = "\n".join(lines).encode() + b"\n" * ended
    whole = body.split(b"\n")
    expected = whole if whole[-1] else whole[:-1]
    assert anyio.run(read) == [line if len(line) <= 4 else None for line in expected]


@pytest.mark.parametrize("leaves", [False, True])
async def test_an_answer_goes_out_between_the_parts_of_the_body_until_the_client_leaves(leaves: bool) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body is the stream's own to read")

    async def send(message: Message) -> None:
        sent.append(message)

    async def body() -> AsyncIterator[bytes]:
        for number in range(3):
            if leaves and number == 2:
                raise ClientDisconnect
            yield b"%d\n" % number

    await DuplexResponse(body())({"type": "http"}, receive, send)
    parts = [message["body"] for message in sent if message["type"] == "http.response.body"]
    assert parts == ([b"0\n", b"1\n"] if leaves else [b"0\n", b"1\n", b"2\n", b""])
