"""The words of a site in English and Japanese, and which of the two a reader gets.

A service says its words once, and which cookie keeps its readers' choice:

    languages = Languages(MESSAGES, cookie="wiki-lang")
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from genba_servicekit.middleware import HEADERS_KEY

_RANGE: Final = re.compile(rb"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9-]{0,40})?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")
_MOST_RANGES: Final = 20
_REMEMBERED: Final = 1_000  # values of Accept-Language: browsers send some hundred different ones
_YEAR_S: Final = 365 * 24 * 3600


class Message(NamedTuple):
    """One text in both languages. `{name}` stands for a value."""

    en: str
    ja: str


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language of the pages. Call it with a message's key to have the text: `t("revision", number=3)`.

    Attributes:
        code: as the `lang` attribute says it (BCP 47).
        name: in the language itself.
        texts: every message by its key.
    """

    code: str
    name: str
    texts: dict[str, str]

    def __call__(self, key: str, **values: Any) -> str:
        """The message, plain text: whatever shows it has to escape it."""
        text = self.texts[key]
        return text.format(**values) if values else text


class Languages:
    """The languages of a site, and how a reader's is found. Iterate over it to have them all.

    Args:
        messages: every text of the site by its key.
        cookie: the name of the cookie that keeps a reader's choice.
        parameter: of the query, with which a reader chooses.
    """

    def __init__(self, messages: Mapping[str, Message], *, cookie: str, parameter: str = "lang") -> None:
        self.english: Final = Language("en", "English", {key: message.en for key, message in messages.items()})
        self.japanese: Final = Language("ja", "日本語", {key: message.ja for key, message in messages.items()})
        self.parameter: Final = parameter
        self._cookie_name = cookie
        self._by_code = {language.code: language for language in (self.japanese, self.english)}
        self._by_header = {b"": self.english}
        name = re.escape(cookie.encode())
        self._mark = cookie.encode() + b"="
        self._cookie = re.compile(rb"(?:^|;) *" + name + rb"=(ja|en) *(?:;|$)")

    def __iter__(self) -> Iterator[Language]:
        return iter(self._by_code.values())

    def find(self, accept: bytes | None, cookie: bytes | None) -> Language:
        """The reader's language: the one chosen before (cookie), or what the browser asks for, or English.

        Args:
            accept: the Accept-Language header (RFC 9110, 12.5.4).
            cookie: the Cookie header.
        """
        if cookie is not None and self._mark in cookie and (chosen := self._cookie.search(cookie)):
            return self._by_code[chosen[1].decode("ascii")]
        known = self._by_header.get(accept or b"")
        if known is None:
            known = self._negotiate(accept or b"")
            if len(self._by_header) >= _REMEMBERED:
                self._by_header.clear()
                self._by_header[b""] = self.english
            self._by_header[accept or b""] = known
        return known

    def of_request(self, request: Request) -> Language:
        """The reader's language: the one that the query chooses, or else as `find` says."""
        asked = self._by_code.get(request.query_params.get(self.parameter, ""))
        headers: dict[bytes, bytes] = request.scope[HEADERS_KEY]
        return asked or self.find(headers.get(b"accept-language"), headers.get(b"cookie"))

    def remember(self, request: Request, response: Response) -> Response:
        """Have the browser keep the language, if the request's query chose one; the same response."""
        asked = request.query_params.get(self.parameter, "")
        if asked in self._by_code:
            response.set_cookie(self._cookie_name, asked, max_age=_YEAR_S, path="/", samesite="lax")
        return response

    def _negotiate(self, accept: bytes) -> Language:
        best, weight = self.english, 0.0
        for item in accept.split(b",")[:_MOST_RANGES]:
            match = _RANGE.fullmatch(item)
            if match is None:
                continue
            language = self._by_code.get(match[1].decode("ascii").lower())
            quality = float(match[2] or 1)
            if language is not None and quality > weight:
                best, weight = language, quality
        return best
