"""Linking texts that are not the wiki's own."""

import asyncio
from typing import Final

from wiki_linker.core.folding import FoldedIndex
from wiki_linker.core.formats import folding_of, link_text
from wiki_linker.core.live import LiveWiki
from wiki_linker.core.options import Linked, LinkOptions

_INLINE: Final = 5_000  # code points of plain text that are linked on the event loop: under 0.1 ms


class Linking:
    """Any text with its mentions as links, as of every write that was answered before."""

    def __init__(self, live: LiveWiki) -> None:
        self._live = live
        self._folded = FoldedIndex()
        live.listen(lambda _change: None, self._start_over)

    def _start_over(self) -> None:
        self._folded = FoldedIndex()

    async def link(self, text: str, options: LinkOptions) -> tuple[Linked, int]:
        """The linked text, and the change that it is true of."""
        seq = self._live.applied
        index = self._live.index
        folding = folding_of(options)
        if folding is not None:
            folded, plan = self._folded, index.plan_rebuild()
            return await asyncio.to_thread(lambda: link_text(text, options, folded.view(plan, folding))), seq
        if options.format == "text" and len(text) <= _INLINE:
            return link_text(text, options, index), seq
        return await asyncio.to_thread(link_text, text, options, index.snapshot()), seq
