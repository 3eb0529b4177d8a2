"""Memory that is free again goes back to the system."""

import ctypes
import gc
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


def leave_alone_what_is_loaded() -> None:
    """Have Python's collector look no more at what is there now. Call it once everything is loaded.

    It looks at all objects again and again for circles that nobody needs. Of a service's 300,000, nearly all are code
    that stays: each look at them held everybody up for 70 to 110 ms, several times in 6,000 requests.
    """
    gc.collect()
    gc.freeze()
