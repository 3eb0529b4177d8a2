"""Run a program that does not outlive the process that started it, not even by `kill -9`.

Run as a script, by its path: `python die_with_parent.py PARENT COMMAND…` becomes COMMAND, in a session of its own and
under the same process id, so that the parent signals the program itself. A watcher beside it, told by the kernel when
the parent ends, sends the program's process group SIGTERM and, a second later, SIGKILL. When the program ends, the
watcher kills what is left of that group and ends too.

Linux's own PR_SET_PDEATHSIG would need no watcher, but it fires when the *thread* ends that started the child, and
macOS has nothing like it. The script imports the standard library alone and is started without `site`: 15 ms.
"""

import contextlib
import os
import select
import signal
import sys
from pathlib import Path
from typing import Final

GRACE: Final = 1.0  # seconds from SIGTERM to SIGKILL: what is left must be gone within two of the parent's death


def die_with_parent_command(argv: list[str]) -> list[str]:
    """The command that runs `argv` such that it and its children end when this process ends.

    The process that calls this must be the one that starts the command.
    """
    return [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(os.getpid()), *argv]


def _wait_for_end(parent: int, program: int, timeout: float | None) -> int | None:
    """Which of the two ended; none if neither did in time. A process that was not there any more has ended."""
    if sys.platform == "linux":
        poll = select.poll()
        owners = {}
        for pid in (parent, program):
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                return pid
            owners[descriptor] = pid
            poll.register(descriptor, select.POLLIN)
        ended = poll.poll(None if timeout is None else timeout * 1000)
        for descriptor in owners:
            os.close(descriptor)
        return owners[ended[0][0]] if ended else None
    queue = select.kqueue()  # the BSDs and macOS
    for pid in (parent, program):
        watch = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        try:
            queue.control([watch], 0)
        except ProcessLookupError:
            return pid
    happened = queue.control(None, 1, timeout)
    return int(happened[0].ident) if happened else None


def _watch(parent: int, program: int) -> None:
    """Stay until the program ends; end it if the parent ends first; leave nothing of it."""
    os.setsid()  # out of the way of Ctrl-C and of the signal for the program's session
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(quiet, descriptor)  # who reads the program's output must see its end
    os.closerange(3, 1024)
    with contextlib.suppress(ProcessLookupError):
        if _wait_for_end(parent, program, None) == parent:
            os.killpg(program, signal.SIGTERM)
            os.killpg(program, signal.SIGCONT)  # if it was frozen
            _wait_for_end(program, program, GRACE)
        os.killpg(program, signal.SIGKILL)  # a crashed program's workers


def main(argv: list[str]) -> None:
    """Set up the watcher, then become the program."""
    parent, command = int(argv[0]), argv[1:]
    program = os.getpid()
    if os.getpgrp() != program:
        os.setsid()
    if os.getppid() != parent:
        sys.exit("the parent has ended already")
    if os.fork() == 0:
        if os.fork() == 0:  # not the program's child: a Redis or a shell that waits for its children must not see it
            _watch(parent, program)
        os._exit(0)
    os.wait()
    try:
        os.execvp(command[0], command)  # noqa: S606  (no shell is wanted)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
