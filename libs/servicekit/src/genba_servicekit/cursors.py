"""Cursors of lists: opaque to clients, so that what is in them can change."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from genba_servicekit.errors import BadRequest


def write_cursor(kind: str, position: str | int) -> str:
    """A cursor for a list of some kind that goes on behind `position`."""
    return urlsafe_b64encode(f"{kind}:{position}".encode()).decode().rstrip("=")


def read_cursor(kind: str, cursor: str | None) -> str | None:
    """The position in a cursor of this kind.

    Raises:
        BadRequest: it is not one.
    """
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        text = ""
    found, colon, position = text.partition(":")
    if not colon or found != kind or "\0" in position:
        raise BadRequest("The cursor is not one that this list gave.")
    return position


def read_number(kind: str, cursor: str | None) -> int | None:
    """The number in a cursor of this kind.

    Raises:
        BadRequest: it is not one.
    """
    position = read_cursor(kind, cursor)
    if position is None:
        return None
    if not (position.isascii() and position.isdigit() and len(position) < 19):  # noqa: PLR2004 - digits of 2**62
        raise BadRequest("The cursor is not one that this list gave.")
    return int(position)
