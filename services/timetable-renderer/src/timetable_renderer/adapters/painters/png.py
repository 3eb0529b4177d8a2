"""PNG (RFC 2083, ISO/IEC 15948): rows without a filter, deflated by ISA-L, with a palette where there is one."""

import struct
from binascii import crc32
from typing import Final

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from timetable_renderer.adapters.painters.palette import Indexes

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_LEVEL: Final = 2
_TRUECOLOUR: Final = 2
_INDEXED: Final = 3


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(body, crc32(kind)))


def _description(title: str) -> bytes:
    words = title.replace("\0", "").encode("utf-8", "replace")
    return _chunk(b"iTXt", b"Description\0\0\0\0\0" + words) if words else b""


def indexed_png(rows: Indexes, table: NDArray[np.uint8], title: str = "") -> bytes:
    """A picture of at most 256 colours.

    Args:
        rows: (height, 1 + width) bytes, the first of each row 0.
        table: red, green and blue of each index.
        title: in words, kept as the picture's description.
    """
    height, width = rows.shape[0], rows.shape[1] - 1
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)),
            _chunk(b"PLTE", table.tobytes()),
            _description(title),
            _chunk(b"IDAT", isal_zlib.compress(np.ascontiguousarray(rows), _LEVEL)),
            _chunk(b"IEND", b""),
        )
    )


def truecolour_png(colours: NDArray[np.uint8], title: str = "") -> bytes:
    """A picture of any colours: (height, width) pixels of red, green and blue."""
    height, width, _ = colours.shape
    rows = np.zeros((height, 1 + width * 3), np.uint8)
    rows[:, 1:] = colours.reshape(height, -1)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _TRUECOLOUR, 0, 0, 0)),
            _description(title),
            _chunk(b"IDAT", isal_zlib.compress(rows, _LEVEL)),
            _chunk(b"IEND", b""),
        )
    )
