"""Calls about entries, their history and their stars."""

from collections.abc import Sequence
from typing import Literal

from genba_client._pages import Pages
from genba_client._transport import JSON, Call, ServiceClient
from genba_contracts.wiki import (
    Entry,
    EntryPage,
    EntryPatch,
    EntrySummary,
    EntryWrite,
    RestoreRequest,
    Revision,
    RevisionDiff,
    RevisionPage,
    Stars,
    path_segment,
)


def path_of(keyword: str, *rest: str | int) -> str:
    """Give the path of an entry, or of something of it."""
    return "/".join(("/v1/entries", path_segment(keyword), *map(str, rest)))


def _expecting(etag: str | None) -> dict[str, str]:
    return {} if etag is None else {"If-Match": etag}


class EntryCalls(ServiceClient):
    """What the wiki's client can do with entries. A keyword may be an alias wherever an entry is meant."""

    def entries(
        self,
        *,
        order: Literal["seq", "keyword"] | None = None,
        prefix: str | None = None,
        limit: int | None = None,
    ) -> Pages[EntryPage, EntrySummary]:
        """List entries, without their texts.

        Args:
            order: `seq`: last saved first; `keyword`: by code points, as is usual with a prefix.
            prefix: only keywords that begin so.
            limit: entries a page.
        """
        order = order or ("seq" if prefix is None else "keyword")
        return self._listing(
            "/v1/entries",
            EntryPage,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={"order": order, "prefix": prefix, "limit": limit},
        )

    async def entry(self, keyword: str, *, html: bool = False) -> Entry:
        """Give an entry; with `html`, its text with every mention linked too.

        Raises:
            NotFoundError: there is none.
        """
        return await self._call(Call("GET", path_of(keyword), {"include": "html"} if html else {}), Entry)

    async def save_entry(
        self,
        keyword: str,
        *,
        description: str,
        aliases: Sequence[str] = (),
        summary: str = "",
        if_match: str | None = None,
    ) -> Entry:
        """Create an entry or replace the whole of it, aliases too.

        Args:
            keyword: the entry's keyword.
            description: its plain text.
            aliases: other words that link to it, all of them.
            summary: what was changed and why, for the history.
            if_match: an `Entry.etag`: save only if the entry is still as it was then.

        Raises:
            PreconditionFailedError: the entry is not as `if_match` says.
            ConflictError: an alias is taken.
            UnprocessableError: the text is spam, or something else about it is not allowed.
        """
        write = EntryWrite(description=description, aliases=tuple(aliases), summary=summary)
        return await self._put(keyword, write, _expecting(if_match))

    async def create_entry(
        self, keyword: str, *, description: str, aliases: Sequence[str] = (), summary: str = ""
    ) -> Entry:
        """Create an entry that is not there yet.

        Raises:
            PreconditionFailedError: it is there.
            ConflictError, UnprocessableError: as `save_entry`.
        """
        write = EntryWrite(description=description, aliases=tuple(aliases), summary=summary)
        return await self._put(keyword, write, {"If-None-Match": "*"})

    async def _put(self, keyword: str, write: EntryWrite, headers: dict[str, str]) -> Entry:
        call = Call("PUT", path_of(keyword), headers={**JSON, **headers}, content=write.model_dump_json().encode())
        return await self._call(call, Entry)

    async def edit_entry(
        self,
        keyword: str,
        *,
        description: str | None = None,
        aliases: Sequence[str] | None = None,
        rename_to: str | None = None,
        keep_alias: bool = True,
        summary: str = "",
        if_match: str | None = None,
    ) -> Entry:
        """Change parts of an entry; what is None stays.

        Args:
            keyword: the entry's keyword as it is now.
            description: the new text.
            aliases: the new aliases, all of them.
            rename_to: the new keyword; links follow.
            keep_alias: on a rename, whether the old keyword still links here.
            summary: what was changed and why, for the history.
            if_match: an `Entry.etag`: edit only if the entry is still as it was then.

        Raises:
            NotFoundError: there is no such entry.
            ConflictError: the new keyword or an alias is taken.
            PreconditionFailedError, UnprocessableError: as `save_entry`.
        """
        patch = EntryPatch(
            description=description,
            aliases=None if aliases is None else tuple(aliases),
            keyword=rename_to,
            keep_alias=keep_alias,
            summary=summary,
        )
        headers = {**JSON, **_expecting(if_match)}
        content = patch.model_dump_json(exclude_none=True).encode()
        return await self._call(Call("PATCH", path_of(keyword), headers=headers, content=content), Entry)

    async def delete_entry(self, keyword: str, *, if_match: str | None = None) -> None:
        """Delete an entry; it can be undeleted.

        Raises:
            NotFoundError: there is none; also if an earlier attempt's answer was lost after it had deleted it.
            PreconditionFailedError: as `save_entry`.
        """
        await self._bytes(Call("DELETE", path_of(keyword), headers=_expecting(if_match)))

    async def undelete_entry(self, keyword: str) -> Entry:
        """Bring back what was deleted last under a keyword, with its history.

        Raises:
            NotFoundError: nothing was.
            ConflictError: there is an entry of this keyword now.
        """
        return await self._call(Call("POST", path_of(keyword, "undelete")), Entry)

    def revisions(self, keyword: str, *, limit: int | None = None) -> Pages[RevisionPage, Revision]:
        """List an entry's history, newest first, without the texts."""
        return self._listing(
            path_of(keyword, "revisions"),
            RevisionPage,
            items=lambda page: page.items,
            following=lambda page: page.next_cursor,
            params={"limit": limit},
        )

    async def revision(self, keyword: str, *, number: int) -> Revision:
        """Give one revision with its text.

        Raises:
            NotFoundError: there is no such entry or revision.
        """
        return await self._call(Call("GET", path_of(keyword, "revisions", number)), Revision)

    async def diff(self, keyword: str, *, number: int, against: int | None = None) -> RevisionDiff:
        """Compare a revision with another, by default with the one before it.

        Raises:
            NotFoundError: there is no such entry or revision.
        """
        params = {} if against is None else {"against": str(against)}
        return await self._call(Call("GET", path_of(keyword, "revisions", number, "diff"), params), RevisionDiff)

    async def restore(self, keyword: str, *, number: int, summary: str = "") -> Entry:
        """Save an earlier revision's text again, as a new revision.

        Raises:
            NotFoundError: there is no such entry or revision.
        """
        content = RestoreRequest(summary=summary).model_dump_json().encode()
        path = path_of(keyword, "revisions", number, "restore")
        return await self._call(Call("POST", path, headers=JSON, content=content), Entry)

    async def stars(self, keyword: str) -> Stars:
        """Tell who starred an entry.

        Raises:
            NotFoundError: there is no such entry.
        """
        return await self._call(Call("GET", path_of(keyword, "stars")), Stars)

    async def star(self, keyword: str) -> None:
        """Give an entry one's star; giving it twice is giving it once.

        Raises:
            NotFoundError: there is no such entry.
        """
        await self._bytes(Call("PUT", path_of(keyword, "star")))

    async def unstar(self, keyword: str) -> None:
        """Take one's star back; so it is if there was none.

        Raises:
            NotFoundError: there is no such entry.
        """
        await self._bytes(Call("DELETE", path_of(keyword, "star")))
