"""What can be wrong with a file of somebody else's.

UpstreamError
├── AddressRefused        where it may not be fetched from: scheme, port, user name, network
├── Unreachable           no such host, no connection, no valid certificate, a connection that broke
├── TooSlow               not whole within the time
├── TooLarge              more bytes than allowed
└── BadAnswer             not 200 or 304, too many redirects, a body that cannot be decompressed
"""

from typing import Final

_SHOWN: Final = 200  # characters of a URL or a foreign message in one of ours


class UpstreamError(Exception):
    """A file that could not be had; the message says why, in one line."""


class AddressRefused(UpstreamError):
    """It may not be fetched from there."""


class Unreachable(UpstreamError):
    """Nobody answered, or not over a connection that can be trusted."""


class TooSlow(UpstreamError):
    """It was not whole within the time."""


class TooLarge(UpstreamError):
    """It has more bytes than allowed."""


class BadAnswer(UpstreamError):
    """What came is not a file."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


def short(text: str) -> str:
    """A foreign text, fit for one line."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
