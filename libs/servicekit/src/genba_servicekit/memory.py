"""Memory that is free again goes back to the system."""

import ctypes
import sys
from typing import Final

# glibc's own numbers (malloc.h), for mallopt(3).
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8

_KEPT_BYTES: Final = 1 << 20
_MAPPED_BYTES: Final = 128 << 10


def give_memory_back() -> None:
    """Have glibc's allocator return what is freed; with another one nothing happens. Call it before threads start.

    By itself it has a heap for every few threads, and after the first large block is freed it takes others as large
    from those heaps, where what lives longer stands between them. A service that draws pictures had 899 MB after 2,560
    of them; with one heap, and large blocks mapped one by one as at the start, 284 MB (docs/decisions/0071).
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # no glibc
        return
    mallopt(_ARENA_MAX, 1)
    mallopt(_MMAP_THRESHOLD, _MAPPED_BYTES)
    mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
