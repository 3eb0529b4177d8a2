"""The counter that all processes of a host share: read in real processes, while others write."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from wiki_linker.adapters.shared_seq import SharedSeq

STEPS = 20_000

WRITER = """
import sys
from pathlib import Path
from wiki_linker.adapters.shared_seq import SharedSeq

path, offset, steps = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.read()
with SharedSeq(path) as counter:
    for seq in range(offset, 4 * steps, 4):
        counter.advance(seq)
        assert counter.value() >= seq, (counter.value(), seq)
"""

READER = """
import sys
from pathlib import Path
from wiki_linker.adapters.shared_seq import SharedSeq

path, end = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
sys.stdin.read()
with SharedSeq(path) as counter:
    seen, different = counter.value(), set()
    while seen < end:
        value = counter.value()
        assert value >= seen, (value, seen)
        seen = value
        different.add(value)
    print(len(different))
"""


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[SharedSeq]:
    with SharedSeq(tmp_path / "folder" / "wiki.seq") as counter:
        yield counter


def test_a_new_counter_is_nought_and_only_grows(counter: SharedSeq) -> None:
    assert counter.value() == 0
    counter.advance(7)
    counter.advance(5)
    assert counter.value() == 7


def test_it_is_corrected_to_less(counter: SharedSeq) -> None:
    counter.advance(7)
    counter.correct(3)
    assert counter.value() == 3
    counter.advance(4)
    assert counter.value() == 4


def test_it_outlives_those_who_map_it(tmp_path: Path) -> None:
    with SharedSeq(tmp_path / "seq") as counter:
        counter.advance(2**62)
    with SharedSeq(tmp_path / "seq") as counter:
        assert counter.value() == 2**62


def test_what_one_announces_another_sees_at_once(tmp_path: Path) -> None:
    with SharedSeq(tmp_path / "seq") as one, SharedSeq(tmp_path / "seq") as other:
        for seq in range(1, 1_000):
            (one if seq % 2 else other).advance(seq)
            assert (one.value(), other.value()) == (seq, seq)


def start(stack: ExitStack, program: str, *arguments: object) -> subprocess.Popen[str]:
    """A process that is ready, and begins when its input ends."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    stack.callback(process.kill)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_nobody_ever_reads_less_than_before_while_four_processes_write(tmp_path: Path) -> None:
    path = tmp_path / "seq"
    with ExitStack() as stack:
        readers = [start(stack, READER, path, 4 * STEPS - 1) for _ in range(2)]
        processes = readers + [start(stack, WRITER, path, offset, STEPS) for offset in range(4)]
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
        assert [process.wait(60) for process in processes] == [0] * 6
        seen = [int(reader.stdout.read()) for reader in readers if reader.stdout is not None]
    assert min(seen) > 1, "readers saw nothing of the writing"
    with SharedSeq(path) as counter:
        assert counter.value() == 4 * STEPS - 1


def test_threads_of_one_process_take_turns_too(counter: SharedSeq) -> None:
    """The writer's thread and the event loop announce through one object, whose file lock holds neither back."""
    fell: list[tuple[int, int]] = []
    interval = sys.getswitchinterval()

    def write(offset: int) -> None:
        for seq in range(offset, 10 * STEPS, 2):
            counter.advance(seq)
            if counter.value() < seq:
                fell.append((counter.value(), seq))

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=write, args=(offset,)) for offset in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert fell == []
    assert counter.value() == 10 * STEPS - 1
