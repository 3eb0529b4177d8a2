"""The reads that happen most, answered ahead of the router without waiting for anything."""

import re
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from genba_contracts.wiki import SEQ_HEADER
from genba_servicekit.auth import Principal
from genba_servicekit.middleware import HEADERS_KEY, Prepared
from wiki_linker.core.hrefs import PREFIX, decode_keyword
from wiki_linker.routes.answers import SEQ_COOKIE
from wiki_linker.routes.languages import Language, language_of
from wiki_linker.routes.page_parts import Page
from wiki_linker.routes.pages_prepared import PreparedPages, prepared_pages
from wiki_linker.routes.pages_static import STATIC, static_file
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
        if path == "/" or path.startswith(PREFIX):
            return None if strict else _page(scope)
        if path.startswith(STATIC):
            return static_file(path, scope[HEADERS_KEY])
        return None

    return look


def _page(scope: Scope) -> Prepared | None:
    pages = prepared_pages(scope["app"].state)
    wiki = pages.wiki
    headers: dict[bytes, bytes] = scope[HEADERS_KEY]
    # The wiki first: being current may mean that somebody's session has just ended.
    if not wiki.reading.is_current(seq_token(headers)):
        return None
    who = wiki.authenticator.peek(scope)
    if who is None:
        return None
    language = language_of(headers.get(b"accept-language"), headers.get(b"cookie"))
    page = (_index if scope["path"] == "/" else _entry)(scope, pages, who, language)
    return None if page is None else page.answer(headers)


def _index(scope: Scope, pages: PreparedPages, who: Principal, language: Language) -> Page | None:
    query: bytes = scope["query_string"]
    if not query:
        return pages.index(1, who, language)
    match = _PAGE.fullmatch(query)
    return None if match is None else pages.index(int(match[1]), who, language)


def _entry(scope: Scope, pages: PreparedPages, who: Principal, language: Language) -> Page | None:
    raw: bytes = scope["raw_path"]
    if scope["query_string"] or not raw.startswith(_RAW_PREFIX):
        return None
    try:
        surface = decode_keyword(raw[len(_RAW_PREFIX) :])
    except ValueError:
        return None
    return pages.entry(surface, who, language)
