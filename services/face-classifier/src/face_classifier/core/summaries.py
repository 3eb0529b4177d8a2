"""A training's curve as TensorBoard reads it: an event file, with neither TensorFlow nor TensorBoard.

An event file is a TFRecord file of `Event` messages (tensorflow/core/util/event.proto): each record is its length, a
checksum of that, the message, and a checksum of it. Checksums are CRC-32C (RFC 3720, appendix B.4), turned and added to
so that a checksum of a record that has checksums is not a special one (tensorflow/core/lib/hash/crc32c.h).
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Final

NAME: Final = "tensorboard/events.out.tfevents.0.training"
"""TensorBoard looks for `tfevents` in a file's name."""

_POLYNOMIAL: Final = 0x82F63B78


def _row(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE: Final = [_row(value) for value in range(256)]


def event_file(curve: Iterable[Sequence[float]], names: Sequence[str], at: float) -> bytes:
    """An event file.

    Args:
        curve: rows of a step and the values of that step.
        names: of the values.
        at: seconds since 1970; all events have this time.
    """
    parts = [_record(_double(1, at) + _bytes(3, b"brain.Event:2"))]
    for step, *values in curve:
        said = b"".join(
            _bytes(1, _bytes(1, name.encode()) + b"\x15" + struct.pack("<f", value))
            for name, value in zip(names, values, strict=True)
        )
        parts.append(_record(_double(1, at) + b"\x10" + _whole(int(step)) + _bytes(5, said)))
    return b"".join(parts)


def _record(message: bytes) -> bytes:
    length = struct.pack("<Q", len(message))
    return length + _checksum(length) + message + _checksum(message)


def _checksum(data: bytes) -> bytes:
    found = 0xFFFFFFFF
    for byte in data:
        found = _TABLE[(found ^ byte) & 0xFF] ^ found >> 8
    found ^= 0xFFFFFFFF
    return struct.pack("<I", ((found >> 15 | found << 17) + 0xA282EAD8) & 0xFFFFFFFF)


# Fields as protocol buffers have them: a number and a kind, then the value.
def _whole(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004  (seven bits at a time)
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _double(field: int, value: float) -> bytes:
    return bytes([field << 3 | 1]) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _whole(len(value)) + value
