"""Which mentions in the wiki's own pages become links: all of them, unless this wiki is told otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from wiki_linker.core.index import LinkView, Match
from wiki_linker.core.options import LinkOptions, Quota, filters
from wiki_linker.core.render import Rendered, render_matches, render_text

EVERY_MENTION: Final = LinkOptions()


class PageLinker:
    """Links the text of an entry by the wiki's rules.

    `options` are those of plain text; case and width are never ignored here, since cached pages are checked by the
    exact words that came and went. With `link_self` unset an entry's own keyword and aliases are not linked there.
    """

    def __init__(self, options: LinkOptions = EVERY_MENTION, *, link_self: bool = True) -> None:
        self._options = options
        self._link_self = link_self
        self._plain = link_self and options == EVERY_MENTION

    def links(self, text: str, keyword: str, view: LinkView) -> Sequence[Match]:
        """The mentions in the text of the entry `keyword` that are links."""
        if self._plain:
            return view.find(text)
        options = self._of(keyword)
        return list(Quota(options).take(view.find(text, filters(options)(text))))

    def render(self, text: str, keyword: str, view: LinkView) -> Rendered:
        """The text of the entry `keyword` as HTML.

        What it is kept by are all mentions that were chosen, also those that became no links because there were enough
        of them: were one of these gone, others might be chosen.
        """
        if self._plain:
            return render_text(text, view)
        options = self._of(keyword)
        chosen = view.find(text, filters(options)(text))
        rendered = render_matches(text, list(Quota(options).take(chosen)))
        return Rendered(rendered.html, frozenset(link for _, _, link in chosen))

    def _of(self, keyword: str) -> LinkOptions:
        return self._options if self._link_self else replace(self._options, self_keyword=keyword)
