"""Linking texts that are not the wiki's own."""

import asyncio
from typing import Final

from wiki_linker.core.live import LiveWiki
from wiki_linker.core.options import Linked, LinkOptions

_INLINE: Final = 5_000  # code points that are linked on the event loop: under 0.1 ms without folding


class Linking:
    """Any text with its mentions as links, as of every write that was answered before."""

    def __init__(self, live: LiveWiki) -> None:
        self._live = live

    async def link(self, text: str, options: LinkOptions) -> tuple[Linked, int]:
        """The linked text, and the change that it is true of."""
        from wiki_linker.core.formats import link_text

        seq = self._live.applied
        plain = options.format == "text" and not (options.ignore_case or options.ignore_width)
        if plain and len(text) <= _INLINE:
            return link_text(text, self._live.index, options), seq
        return await asyncio.to_thread(link_text, text, self._live.index.snapshot(), options), seq
