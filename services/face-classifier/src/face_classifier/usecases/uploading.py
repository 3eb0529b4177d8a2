"""How much of what people send is held in memory at once: pictures are large, and many may send at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from genba_servicekit.errors import TooManyRequests

RETRY_AFTER: Final = 1.0


class Uploads:
    """Room for requests with pictures, from their first byte until they are answered.

    Args:
        memory: bytes of all of them.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._held = 0

    @contextmanager
    def room(self, size: int) -> Iterator[None]:
        """Hold so many bytes inside. One request is always let in, however long it is.

        Raises:
            TooManyRequests: others hold too many.
        """
        if self._held and self._held + size > self._memory:
            raise TooManyRequests("Too many pictures are being sent; try again in a moment.", retry_after=RETRY_AFTER)
        self._held += size
        try:
            yield
        finally:
            self._held -= size
