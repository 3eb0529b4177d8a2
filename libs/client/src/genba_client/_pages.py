"""Lists that come in pages."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Generic, TypeVar

PageT = TypeVar("PageT")
ItemT = TypeVar("ItemT")


class Pages(Generic[PageT, ItemT]):
    """A list that is fetched page by page while it is iterated: `async for item in …`, or `… in ….pages()`.

    It can be iterated more than once, and asks anew each time.

    Args:
        fetch: asks for the page at a cursor; the first one has none.
        items: gives a page's items, in order.
        following: gives the next page's cursor; None after the last one.
    """

    def __init__(
        self,
        fetch: Callable[[str | None], Awaitable[PageT]],
        *,
        items: Callable[[PageT], Sequence[ItemT]],
        following: Callable[[PageT], str | None],
    ) -> None:
        self._fetch = fetch
        self._items = items
        self._following = following

    async def pages(self) -> AsyncGenerator[PageT, None]:
        """Give whole pages, with what they say beside their items."""
        cursor: str | None = None
        while True:
            page = await self._fetch(cursor)
            yield page
            cursor = self._following(page)
            if cursor is None:
                return

    async def __aiter__(self) -> AsyncGenerator[ItemT, None]:
        async for page in self.pages():
            for item in self._items(page):
                yield item
