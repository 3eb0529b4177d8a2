"""Calls about links: of any text, between entries, and in search of entries."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable

from pydantic import TypeAdapter, ValidationError

from genba_client import _constants as constants
from genba_client._pages import Pages
from genba_client._streams import lines_of
from genba_client._transport import JSON, Call, ServiceClient, pieces_of
from genba_client._wiki_entries import path_of
from genba_client.errors import ApiConnectionError, ApiResponseError
from genba_contracts.wiki import (
    NDJSON,
    Backlink,
    Backlinks,
    LinkFailure,
    LinkLine,
    LinkOptions,
    LinkRequest,
    LinkResponse,
    LinkResult,
    Mention,
    Mentions,
    Related,
    SearchHit,
    SearchResults,
    SpamCheckRequest,
    SpamCheckResponse,
)

Texts = Iterable[str] | Iterable[LinkLine] | Iterable[str | LinkLine] | AsyncIterable[str | LinkLine]
_AS_THEY_ARE = LinkOptions()
_LINE: TypeAdapter[LinkResult | LinkFailure] = TypeAdapter(LinkResult | LinkFailure)


class LinkCalls(ServiceClient):
    """What the wiki's client can do with links."""

    async def link(self, text: str, *, options: LinkOptions = _AS_THEY_ARE) -> LinkResponse:
        """Link every mention of an entry in a text.

        Raises:
            UnprocessableError: an option is not allowed.
            PayloadTooLargeError: the text is.
        """
        request = LinkRequest(text=text, **dict(options))
        content = request.model_dump_json(exclude_defaults=True).encode()
        # A POST because of the text's size; it changes nothing.
        return await self._call(Call("POST", "/v1/link", headers=JSON, content=content, repeatable=True), LinkResponse)

    async def link_many(
        self, texts: Texts, *, options: LinkOptions = _AS_THEY_ARE
    ) -> AsyncGenerator[LinkResult | LinkFailure, None]:
        """Link many texts in one stream: the results come in the texts' order, while texts are still being sent.

        A text that cannot be linked gives a `LinkFailure` in its place; the others are not touched by it.

        Args:
            texts: the texts; a `LinkLine` brings its own options and id.
            options: how those are linked that come as plain text.

        Raises:
            ApiConnectionError: the stream ended in the middle; results that were given stand.
            ApiResponseError: the stream ended properly, but not every text has a result.
        """
        sent = received = 0

        async def lines() -> AsyncIterator[bytes]:
            nonlocal sent
            async for text in _each(texts):
                sent += 1
                line = LinkLine(text=text, **dict(options)) if isinstance(text, str) else text
                yield line.model_dump_json(exclude_defaults=True).encode() + b"\n"

        call = Call(
            "POST",
            "/v1/link/batch",
            headers={"Content-Type": NDJSON, "Accept": NDJSON},
            content=lines,
            repeatable=False,
            read_timeout=constants.BATCH_READ_TIMEOUT,
        )
        async with self._stream(call) as response:
            try:
                async for line in lines_of(pieces_of(response)):
                    try:
                        result = _LINE.validate_json(line)
                    except ValidationError as error:
                        raise ApiResponseError(f"a line is no result: {error}", response=response) from error
                    received += 1
                    yield result
            except ApiConnectionError:
                if call.failure is not None:
                    raise call.failure from None
                raise
            if received < sent:
                raise ApiResponseError(f"{received} results for {sent} texts", response=response)

    def backlinks(self, keyword: str, *, limit: int | None = None) -> Pages[Backlinks, Backlink]:
        """List the entries that link to one, newest first."""
        return self._listing(
            path_of(keyword, "backlinks"),
            Backlinks,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={"limit": limit},
        )

    def mentions(self, keyword: str, *, limit: int | None = None) -> Pages[Mentions, Mention]:
        """List the entries that would link to a keyword if there were an entry of it, newest first."""
        return self._listing(
            "/v1/mentions",
            Mentions,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={"keyword": keyword, "limit": limit},
        )

    async def related(self, keyword: str, *, limit: int | None = None) -> Related:
        """Give the entries that have to do with one, the closest first.

        Raises:
            NotFoundError: there is no such entry.
        """
        params = {} if limit is None else {"limit": str(limit)}
        return await self._call(Call("GET", path_of(keyword, "related"), params), Related)

    def search(self, query: str, *, limit: int | None = None) -> Pages[SearchResults, SearchHit]:
        """List the entries that have every word of a query, best first."""
        return self._listing(
            "/v1/search",
            SearchResults,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={"q": query, "limit": limit},
        )

    async def check_spam(self, description: str, *, keyword: str | None = None) -> SpamCheckResponse:
        """Tell whether an entry would be refused as spam, and why."""
        content = SpamCheckRequest(keyword=keyword, description=description).model_dump_json(exclude_none=True).encode()
        call = Call("POST", "/v1/spam-check", headers=JSON, content=content, repeatable=True)
        return await self._call(call, SpamCheckResponse)


async def _each(texts: Texts) -> AsyncIterator[str | LinkLine]:
    if isinstance(texts, AsyncIterable):
        async for text in texts:
            yield text
    else:
        for text in texts:
            yield text
