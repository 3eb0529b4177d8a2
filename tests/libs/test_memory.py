"""Memory that was freed goes back to the system."""

import subprocess
import sys

import pytest

# Large blocks of several threads, each with a small one after it that stays.
PROGRAM = """
import ctypes, threading
import psutil
from genba_servicekit.memory import give_memory_back

if {given}:
    give_memory_back()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.free(libc.malloc(30 << 20))  # glibc learns from this how large blocks can be that it keeps

def work():
    blocks = []
    for _ in range(20):
        block = libc.malloc(1 << 20)
        ctypes.memset(block, 1, 1 << 20)
        blocks.append(block)
        ctypes.memset(libc.malloc(1000), 1, 1000)
    for block in blocks:
        libc.free(block)

before = psutil.Process().memory_info().rss
threads = [threading.Thread(target=work) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print((psutil.Process().memory_info().rss - before) >> 20)
"""


def megabytes_kept(*, given: bool) -> int:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(given=given)], capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator is Linux's")
def test_large_blocks_that_are_freed_are_the_systems_again() -> None:
    assert megabytes_kept(given=True) < 10
    assert megabytes_kept(given=False) > 20, "glibc does it by itself now: the setting can go"


def test_what_is_loaded_is_not_looked_through_again() -> None:
    """In a process of its own, whose objects are then left alone for good; circles that are made later are found."""
    program = """
import gc, weakref
from genba_servicekit.memory import leave_alone_what_is_loaded
leave_alone_what_is_loaded()
class Thing: pass
thing = Thing(); thing.itself = thing; seen = weakref.ref(thing); del thing
print(gc.get_freeze_count(), len(gc.get_objects()), gc.collect() > 0 and seen() is None)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    frozen, looked_at, found = done.stdout.split()
    assert int(frozen) > 20 * int(looked_at)
    assert found == "True"
