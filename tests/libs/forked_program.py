"""A program for the tests of forks."""

import os
import sys
import time


def main() -> None:
    match sys.argv[1:]:
        case ["say", word]:
            sys.stdout.write(f"{word}, {os.environ['MOOD']}\n")
        case ["pid"]:
            sys.stdout.write(f"{os.getpid()}\n")
        case ["exit"]:
            sys.exit(3)
        case ["raise"]:
            raise ValueError("broken")
        case ["sleep"]:
            sys.stdout.write("asleep\n")
            sys.stdout.flush()
            time.sleep(60)
