"""The reads that happen most, answered ahead of the router without waiting for anything."""

import re
from collections.abc import Hashable, MutableMapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from genba_contracts.wiki import SEQ_HEADER
from genba_servicekit.auth import Principal
from genba_servicekit.languages import Language
from genba_servicekit.middleware import HEADERS_KEY, Prepared
from wiki_linker.core.hrefs import PREFIX, decode_keyword
from wiki_linker.routes.answers import SEQ_COOKIE
from wiki_linker.routes.languages import languages
from wiki_linker.routes.pages_prepared import Joined, PreparedPages, prepared_pages
from wiki_linker.routes.pages_shell import static_files
from wiki_linker.settings import WikiSettings

_PAGE: Final = re.compile(rb"page=([1-9][0-9]{0,8})")
_SEQ: Final = re.compile(rb"(?:^|;) *" + SEQ_COOKIE.encode() + rb"=([0-9]{1,18}) *(?:;|$)")
_DIGITS: Final = re.compile(rb"[0-9]{1,18}")
_RAW_PREFIX: Final = PREFIX.encode()
_SEQ_HEADER: Final = SEQ_HEADER.lower().encode()
_SEEN_S: Final = 1.0  # by which a session's last minute is longer; the list of seen requests stays as short
_MOST_SEEN: Final = 4_096
_LONGEST_SEEN: Final = 2_000  # bytes of a request that is remembered: 8 MB in all at most

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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a request of exactly these headers was answered with, and what has to hold for it to be so again."""

    joined: Joined
    seq: int
    token: int
    until: float


class HotReads:
    """Answers the index, entries' pages and static files, where all of it is in memory.

    None (something has to be waited for, or it is another page, or an error) lets the router answer.

    A request that is the same to the byte as one of the last second is not taken apart again: if nothing at all has
    happened since, its answer is the same. A log-out is something that happens, in the same log as all the rest.
    """

    def __init__(self, settings: WikiSettings) -> None:
        self._strict = settings.strict_freshness
        self._seen: dict[Hashable, _Seen] = {}

    def __call__(self, scope: Scope) -> Prepared | None:
        """The answer, if it is ready."""
        path: str = scope["path"]
        if path == "/" or path.startswith(PREFIX):
            return None if self._strict else self._page(scope)
        if path.startswith(static_files.prefix):
            return static_files.answer(path, scope[HEADERS_KEY])
        return None

    def _page(self, scope: Scope) -> Prepared | None:
        headers: dict[bytes, bytes] = scope[HEADERS_KEY]
        raw = scope.get("raw_path")
        if raw is None:
            return None
        pages = prepared_pages(scope["app"].state)
        cookie, language = headers.get(b"cookie"), headers.get(b"accept-language")
        sent = (raw, scope["query_string"], cookie, language, scope["scheme"])
        seen = self._seen.get(sent)
        plain = b"authorization" not in headers and _SEQ_HEADER not in headers and len(headers) == len(scope["headers"])
        if (
            seen is not None
            and plain
            and pages.wiki.reading.is_current(seen.token)
            and seen.seq == seen.joined.seq  # which moves on when the same page is found to be so still for others
            and pages.is_exact(seen.joined)
            and monotonic() < seen.until
        ):
            return seen.joined.page.answer(headers)
        token = seq_token(headers)
        # The wiki first: being current may mean that somebody's session has just ended.
        if not pages.wiki.reading.is_current(token):
            return None
        who = pages.wiki.authenticator.peek(scope)
        if who is None:
            return None
        find = _index if raw == b"/" else _entry
        joined = find(raw, scope["query_string"], pages, who, languages.find(language, cookie))
        if joined is None:
            return None
        if plain and sum(map(len, (raw, cookie or b"", language or b""))) < _LONGEST_SEEN:
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen[sent] = _Seen(joined, joined.seq, token, monotonic() + _SEEN_S)
        return joined.page.answer(headers)


def _index(_raw: bytes, query: bytes, pages: PreparedPages, who: Principal, language: Language) -> Joined | None:
    if not query:
        return pages.index(1, who, language)
    match = _PAGE.fullmatch(query)
    return None if match is None else pages.index(int(match[1]), who, language)


def _entry(raw: bytes, query: bytes, pages: PreparedPages, who: Principal, language: Language) -> Joined | None:
    if query or not raw.startswith(_RAW_PREFIX):
        return None
    try:
        surface = decode_keyword(raw[len(_RAW_PREFIX) :])
    except ValueError:
        return None
    return pages.entry(surface, who, language)


def hot_reads(settings: WikiSettings) -> HotReads:
    """What `build_app` asks first."""
    return HotReads(settings)
