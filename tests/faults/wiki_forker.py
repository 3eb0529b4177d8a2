"""Starts real wiki servers fast: what they need is imported once, and each server is a fork that serves on its own.

Reads ports from standard input, one a line, and writes the server's process id for each. Ends with its input.
"""

import ctypes
import os
import signal
import sys

from genba_servicekit.cli import serve
from wiki_linker.app import create_app
from wiki_linker.settings import WikiSettings

PR_SET_PDEATHSIG = 1


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # killed servers leave no zombies
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # Linux; elsewhere the test stops it
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            serve(create_app, WikiSettings(port=int(line)), name="wiki-linker")
            os._exit(0)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
