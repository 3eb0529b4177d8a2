"""A Python program that is given as the first argument, in a process that has imported the clients."""

import sys

import genba_client  # noqa: F401  (what the documents' programs import: once for all of them)


def main() -> None:
    """Run it, as `python -c` does."""
    exec(compile(sys.argv[1], "<program>", "exec"), {"__name__": "__main__"})
