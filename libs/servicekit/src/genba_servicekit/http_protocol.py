"""uvicorn's HTTP protocol, with the bounds that it leaves to a proxy: how long a request's head may be, and may take.

What the application has ready is written as soon as the request's head was read (`GenbaApp.answer_now`).

Without the bounds a head of any length is taken into memory and looked through (8 MB of If-None-Match held the event
loop for 4 s), and a connection that never finishes one stays for ever.
"""

from asyncio import TimerHandle, Transport
from http import HTTPStatus
from typing import Final

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

HEAD_BYTES: Final = 64 << 10
"""Bytes of request line and headers; nginx takes 32 KiB, Node 16."""
HEAD_SECONDS: Final = 20.0
"""From a request's first byte to the end of its headers."""
UNIX_CLIENT: Final = "unix"
"""The address of whoever connects over a Unix socket: a proxy of this machine, to be listed among the trusted."""


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 to a head that is too long and 408 to one that takes too long, and ends the connection.

    A connection on which nothing is sent at all is kept for as long as one between two requests.
    """

    head_seconds = HEAD_SECONDS

    _in_head = False
    _head_bytes = 0  # of the head that is coming in, in what was received before
    _received = 0  # the same, with what is being parsed
    _watch: TimerHandle | None = None
    _refusal = HTTPStatus.BAD_REQUEST
    _is_writing = (
        False  # an answer at once: what waits behind it gets a task, or a long pipeline would be as deep a stack
    )

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # uvicorn's own narrowing
        """Wait for a request."""
        super().connection_made(transport)
        if self.client is None:
            self.client = (UNIX_CLIENT, 0)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came in."""
        self._received = self._head_bytes + len(data)
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes = self._received
        if self._head_bytes > HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._watch is None:
            self._watch = self.loop.call_later(self.head_seconds, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A request's head is there."""
        self._in_head = False
        self._head_bytes = 0
        self._stop_watch()
        # Only what came in one piece with a long body has to be counted.
        if self._received > HEAD_BYTES and self._length() > HEAD_BYTES:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError("the request's head is too long")  # to the parser, which gives up
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self._is_writing or not self._write_now(cycle):
            super()._start_asgi_task(cycle, app)

    def _write_now(self, cycle: RequestResponseCycle) -> bool:
        """Answer with what is ready, if it is; without a task, an event and the two awaited calls of ASGI."""
        answer_now = getattr(self.config.app, "answer_now", None)
        if answer_now is None or not cycle.keep_alive or self.flow.write_paused or self.transport.is_closing():
            return False
        written = answer_now(cycle.scope)
        if written is None:
            return False
        status, headers, request_id, body = written
        head = [STATUS_LINE[status]]
        for name, value in (*self.server_state.default_headers, *headers):
            head += (name, b": ", value, b"\r\n")
        head += (b"x-request-id: ", request_id, b"\r\n\r\n", body)
        self.transport.write(b"".join(head))
        cycle.response_started = cycle.response_complete = True
        self._is_writing = True
        self.on_response_complete()
        self._is_writing = False
        return True

    def send_400_response(self, msg: str) -> None:
        """What the parser cannot read is answered with this."""
        self._refuse(self._refusal, msg if self._refusal is HTTPStatus.BAD_REQUEST else "")

    def _length(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _refuse(self, status: HTTPStatus, reason: str = "") -> None:
        if self.transport.is_closing():
            return
        if not self._is_answering():  # else these bytes would stand inside another answer
            body = (reason or status.phrase).encode("ascii")
            head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
            self.transport.write(STATUS_LINE[status] + head % len(body) + body)
        self.transport.close()

    def _is_answering(self) -> bool:
        cycle = self.cycle
        return bool(self.pipeline) or (cycle is not None and cycle.response_started and not cycle.response_complete)

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
