"""Writing: saving, renaming, deleting and starring entries, with every check before and every promise after."""

import asyncio
from typing import Final

from genba_servicekit.errors import UnprocessableContent
from wiki_linker.core.commands import Command, Delete, Rename, Restore, Save, SetAliases, Undelete
from wiki_linker.core.entities import ANYTHING, Expect, Written
from wiki_linker.core.entrycache import EntryCache, Kept
from wiki_linker.core.live import LiveWiki
from wiki_linker.core.spam import SpamFilter, Verdict
from wiki_linker.core.validation import check_aliases, check_description, check_keyword, check_summary
from wiki_linker.ports import EntryStore, Freshness

_LONG: Final = 20_000  # code points; checking more takes milliseconds and is done in a thread


class Spam(UnprocessableContent):
    """The text is spam; `verdict` says why."""

    title = "The text looks like spam"
    example = "The text looks like spam."

    def __init__(self, verdict: Verdict) -> None:
        reasons = [str(reason) for reason in verdict.reasons]
        super().__init__(f"The text looks like spam: {'; '.join(reasons)}.", reasons=reasons)
        self.verdict = verdict


class Writing:
    """What people and programs do to entries. Every method returns after the change is on disk and seen by readers.

    All raise `InvalidText` for what cannot be stored, and what the commands raise: `UnknownEntry`, `KeywordTaken`,
    `Stale`, `UnknownRevision`.
    """

    def __init__(
        self,
        store: EntryStore,
        freshness: Freshness,
        live: LiveWiki,
        cache: EntryCache,
        spam: SpamFilter,
    ) -> None:
        self._store = store
        self._freshness = freshness
        self._live = live
        self._cache = cache
        self._spam = spam

    async def check_spam(self, keyword: str, description: str) -> Verdict:
        """Whether an entry of this keyword and text would be refused, and why."""
        return await self._judge(keyword, description)

    async def _judge(self, *texts: str) -> Verdict:
        text = "\n".join(filter(None, texts))
        if len(text) > _LONG:
            return await asyncio.to_thread(self._spam.check, text)
        return self._spam.check(text)

    async def save(
        self,
        *,
        keyword: str,
        description: str,
        author: str,
        aliases: tuple[str, ...] | None = None,
        summary: str = "",
        expect: Expect = ANYTHING,
    ) -> Written:
        """Create or update an entry.

        Raises:
            Spam: the text, or a name, is spam.
        """
        keyword = check_keyword(keyword)
        description = check_description(description)
        summary = check_summary(summary)
        names = None if aliases is None else check_aliases(keyword, aliases)
        await self._refuse_spam(keyword, *(names or ()), description)
        return await self._write(Save(keyword, description, author, names, summary, expect))

    async def edit(
        self,
        *,
        keyword: str,
        author: str,
        description: str | None = None,
        new_keyword: str | None = None,
        keep_alias: bool = True,
        aliases: tuple[str, ...] | None = None,
        summary: str = "",
        expect: Expect = ANYTHING,
    ) -> Written:
        """Change parts of an entry in one transaction: its keyword, its text, its aliases.

        Raises:
            Spam: the new text, or a new name, is spam.
        """
        steps: list[Command] = []
        name = keyword
        if new_keyword is not None:
            name = check_keyword(new_keyword)
            steps.append(Rename(keyword, name, author, keep_alias, expect))
        names = None if aliases is None else check_aliases(name, aliases)
        if description is not None:
            description = check_description(description)
            summary = check_summary(summary)
            steps.append(Save(name, description, author, names, summary, Expect(exists=True) if steps else expect))
        elif names is not None:
            steps.append(SetAliases(name, names, author, ANYTHING if steps else expect))
        await self._refuse_spam(name, *(names or ()), description or "")
        return await self._write(*steps)

    async def delete(self, *, keyword: str, author: str, expect: Expect = ANYTHING) -> Written:
        """Delete an entry; it can be brought back."""
        return await self._write(Delete(keyword, author, expect))

    async def undelete(self, *, keyword: str, author: str) -> Written:
        """Bring a deleted entry back."""
        return await self._write(Undelete(keyword, author))

    async def restore(
        self, *, keyword: str, number: int, author: str, summary: str = "", expect: Expect = ANYTHING
    ) -> Written:
        """Save an earlier revision's text again."""
        return await self._write(Restore(keyword, number, author, check_summary(summary), expect))

    async def star(self, *, keyword: str, user: str, on: bool) -> bool:
        """Give or take back one's star; whether that changed anything."""
        changed = await self._store.set_star(keyword=keyword, user=user, on=on)
        await self._freshness.announce()
        return changed

    async def _refuse_spam(self, *texts: str) -> None:
        verdict = await self._judge(*texts)
        if verdict.spam:
            raise Spam(verdict)

    async def _write(self, *commands: Command) -> Written:
        with self._cache.loading() as loading:
            written = await self._store.write(*commands)
            await self._freshness.announce()
            entry = written.entry
            known = self._live.entry(entry.id)
            if written.created and entry.revision == 1 and known is not None and known.seq == entry.seq:
                # It is new, so that nobody has starred it before: its first reader needs no database.
                self._cache.finish(loading, [Kept(entry, {})])
            return written
