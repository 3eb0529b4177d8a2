"""The reads that happen most, answered ahead of the router without waiting for anything."""

import re
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from genba_contracts.wiki import SEQ_HEADER
from genba_servicekit.middleware import HEADERS_KEY, Prepared
from wiki_linker.core.hrefs import PREFIX, decode_keyword
from wiki_linker.routes.answers import SEQ_COOKIE
from wiki_linker.routes.languages import language_of
from wiki_linker.routes.pages_prepared import prepared_pages
from wiki_linker.routes.pages_static import static_file
from wiki_linker.settings import WikiSettings

_PAGE: Final = re.compile(rb"page=([1-9][0-9]{0,8})")
_SEQ: Final = re.compile(rb"(?:^|;) *" + SEQ_COOKIE.encode() + rb"=([0-9]{1,18}) *(?:;|$)")
_DIGITS: Final = re.compile(rb"[0-9]{1,18}")
_RAW_PREFIX: Final = PREFIX.encode()
_SEQ_HEADER: Final = SEQ_HEADER.lower().encode()

Scope = MutableMapping[str, Any]


def seq_token(headers: dict[bytes, bytes]) -> int:
    """The change that the reader has seen already, by header or cookie; 0 if there is none, or no number."""
    given = headers.get(_SEQ_HEADER)
    if given is not None and _DIGITS.fullmatch(given):
        return int(given)
    cookie = headers.get(b"cookie")
    if cookie is not None and (found := _SEQ.search(cookie)):
        return int(found[1])
    return 0


def hot_reads(settings: WikiSettings) -> Callable[[Scope], Prepared | None]:
    """What `build_app` asks first: the index, entries' pages and static files, where all of it is in memory.

    None (something has to be waited for, or it is another page, or an error) lets the router answer.
    """
    strict = settings.strict_freshness

    def look(scope: Scope) -> Prepared | None:
        path: str = scope["path"]
        index = path == "/"
        if not index and not path.startswith(PREFIX):
            return static_file(path, scope[HEADERS_KEY]) if path.startswith("/static/") else None
        headers: dict[bytes, bytes] = scope[HEADERS_KEY]
        state = scope["app"].state
        pages = prepared_pages(state)
        wiki = pages.wiki
        # The wiki first: being current may mean that somebody's session has just ended.
        if strict or not wiki.reading.is_current(seq_token(headers)):
            return None
        who = wiki.authenticator.peek(scope)
        if who is None:
            return None
        language = language_of(headers.get(b"accept-language"), headers.get(b"cookie"))
        query: bytes = scope["query_string"]
        if index:
            number = 1
            if query:
                match = _PAGE.fullmatch(query)
                if match is None:
                    return None
                number = int(match[1])
            page = pages.index(number, who, language)
        elif query:
            return None
        else:
            raw: bytes = scope["raw_path"]
            if not raw.startswith(_RAW_PREFIX):
                return None
            try:
                surface = decode_keyword(raw[len(_RAW_PREFIX) :])
            except ValueError:
                return None
            page = pages.entry(surface, who, language)
        return None if page is None else page.answer(headers)

    return look
