"""Nothing that anybody writes becomes markup: payloads through every field, into every page and the feed.

A page about a payload is parsed as browsers parse it and compared with the same page about a harmless word: the same
elements with the same attributes in the same number, but for links within texts, which may lead to entries only.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlencode

import defusedxml.ElementTree
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode
from starlette.types import Message

from genba_servicekit.auth import BadName, Role, check_name
from wiki_linker.core.validation import InvalidText, check_description, check_keyword
from wiki_site import Site, at, wiki_site
from xss_payloads import payloads

ATOM = "{http://www.w3.org/2005/Atom}"
PER_PAGE = 100
AT_ONCE = 24
HARMLESS = "harmless"

PAYLOADS = payloads()


def test_there_are_enough_payloads() -> None:
    assert len(PAYLOADS) >= 500
    assert sum(_fits(check_keyword, payload) for payload in PAYLOADS) >= 450
    assert sum(_fits(check_name, payload) for payload in PAYLOADS) >= 250


def _fits(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except (InvalidText, BadName):
        return False
    return True


@dataclass
class Case:
    """A payload, and as what it was taken: its entry's keyword, text and author."""

    payload: str
    keyword: str
    description: str
    author: str

    @property
    def word(self) -> str:
        """The payload without NUL, which no address or form may hold."""
        return self.payload.replace("\0", "")


@dataclass
class Attacked:
    """A wiki in which everything is a payload."""

    site: Site
    cases: list[Case]
    control: Case

    async def get(self, url: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and body of a page, or of a form's answer. Without httpx, which takes half of the time."""
        path, _, query = url.partition("?")
        headers = [(b"accept", b"text/html"), (b"accept-language", b"en"), (b"cookie", self._cookie)]
        if form is not None:
            headers.append((b"content-type", b"application/x-www-form-urlencoded"))
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET" if form is None else "POST",
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "state": {},
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": urlencode(form or {}).encode()}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.site.app(scope, receive, send)
        assert dict(sent[0]["headers"])[b"content-type"] == b"text/html; charset=utf-8", url
        return sent[0]["status"], b"".join(message["body"] for message in sent[1:]).decode()

    @property
    def _cookie(self) -> bytes:
        return f"wiki_session={self.site.client.cookies['wiki_session']}".encode()


async def _each(cases: Iterable[Case], act: Callable[[Case], Awaitable[None]]) -> None:
    """Do something for every case, some at once; the first that fails stops the others."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> None:
        async with gate:
            await act(case)

    async with asyncio.TaskGroup() as group:
        for case in cases:
            group.create_task(one(case))


def _cases() -> list[Case]:
    cases = []
    taken = set()
    for number, payload in enumerate([HARMLESS, *PAYLOADS]):
        keyword = payload.strip()
        if not _fits(check_keyword, keyword) or keyword in taken:
            keyword = f"keyword {number}"
        taken.add(keyword)
        text = f"{payload} in the text of {payload}"
        author = payload if _fits(check_name, payload) else f"author {number}"
        cases.append(Case(payload, keyword, text if _fits(check_description, text) else "text", author))
    return cases


@pytest.fixture(scope="module")
async def attacked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """Every payload is a person's name, keyword, text, summary and alias, wherever it can be that."""
    title = "<title>\"'&]]>{{7*7}}"
    async with wiki_site(tmp_path_factory.mktemp("xss"), per_page=PER_PAGE, title=title) as site:
        people, writing = site.wiki.accounts._people, site.wiki.writing

        async def write(case: Case) -> None:
            await people.create(case.author, "no hash", Role.EDITOR)
            alias = f"alias {case.payload}"
            await writing.save(
                keyword=case.keyword,
                description=case.description,
                author=case.author,
                aliases=(alias if _fits(check_keyword, alias) else f"alias {case.keyword}",),
                summary=case.payload if _fits(check_description, case.payload) else "summary",
            )
            await writing.star(keyword=case.keyword, user=case.author, on=True)

        control, *cases = _cases()
        await _each([control, *cases], write)
        await site.log_in("editor")
        yield Attacked(site, cases, control)


Shape = Counter[tuple[str, ...]]


def shape(page: LexborHTMLParser) -> Shape:
    """How often each element stands there with which attributes; links and line ends of texts aside."""
    for node in page.css("*"):
        _check_addresses(node)
    kinds = Counter((node.tag or "", *sorted(node.attributes)) for node in page.css("*"))
    kinds.subtract({("a", "href"): len(page.css("article > div a")), ("br",): len(page.css("article > div br"))})
    return +kinds


def _check_addresses(node: LexborNode) -> None:
    """No address leads elsewhere, runs anything, or is written in characters that a browser may read otherwise."""
    for name in ("href", "src", "action", "formaction", "data", "srcdoc", "poster"):
        address = node.attributes.get(name)
        if address is None or address == "#main":
            continue
        assert address.startswith("/"), address
        assert not address.startswith(("//", "/\\")), address
        assert address.isascii(), address
        assert not set(address) & set("<>\"' \\`\t\r\n"), address


@dataclass(frozen=True)
class Place:
    """A page that shows something of a case, and how to get it.

    Attributes:
        url: where it is.
        form: what is sent there; None for GET.
        status: of the answer.
        more: elements that may be there or not, and in any number: lists of what was found.
        shown: where the payload or keyword stands as text, if it does.
    """

    url: Callable[[Case], str]
    form: Callable[[Case], dict[str, str]] | None = None
    status: int = 200
    more: str = ""
    shown: Callable[[Case], tuple[str, str]] | None = None


def _q(text: str) -> str:
    return quote(text, safe="")


LISTS = "ul li small a p ol mark nav h2 section"
PLACES = {
    "entry": Place(lambda case: at(case.keyword), shown=lambda case: ("article h1 a", case.keyword)),
    "history": Place(lambda case: at(case.keyword, "history"), shown=lambda case: ("h1 a", case.keyword)),
    "difference": Place(lambda case: f"{at(case.keyword, 'history')}?revision=1", more="tr td ins"),
    "edit": Place(
        lambda case: at(case.keyword, "edit"), shown=lambda case: ("#description", case.description.splitlines()[0])
    ),
    "links": Place(lambda case: at(case.keyword, "links"), more=LISTS),
    "stars": Place(lambda case: f"/stars?keyword={_q(case.keyword)}", shown=lambda case: ("bdi", case.author)),
    "search": Place(lambda case: f"/search?q={_q(case.word[:200])}", more=f"{LISTS} input"),
    "unknown entry": Place(lambda case: f"/keyword/unknown%20{_q(case.keyword[:200])}", status=404, more=LISTS),
    "new entry": Place(lambda case: f"/edit?keyword={_q(case.word)}"),
    "log in": Place(lambda case: f"/login?next={_q(case.word)}&lang={_q(case.word)}", more="input"),
    "page number": Place(lambda case: f"/?page={_q(case.word)}&lang={_q(case.word)}", status=400),
    "no page": Place(lambda case: f"/{_q(case.word)}", status=404),
    "refused name": Place(
        lambda _: "/register", lambda case: {"name": case.word, "next": case.word}, status=400, more="input"
    ),
    "refused entry": Place(
        lambda _: "/keyword", lambda case: {"keyword": f"no {case.word}", "summary": case.word}, status=400
    ),
    "refused text": Place(
        lambda _: "/keyword",
        lambda case: {"description": case.word, "summary": case.word, "base": case.word},
        status=400,
    ),
    "refused alias": Place(
        lambda case: at(case.keyword, "aliases"), lambda case: {"aliases": f"{case.word}\n{'x' * 300}"}, status=400
    ),
}


@pytest.mark.parametrize("name", PLACES)
async def test_a_page_about_a_payload_is_built_like_any_other(attacked: Attacked, name: str) -> None:
    place = PLACES[name]

    async def page_of(case: Case) -> LexborHTMLParser:
        status, text = await attacked.get(place.url(case), None if place.form is None else place.form(case))
        assert status == place.status, (case.payload, status, text)
        return LexborHTMLParser(text)

    expected = _without(shape(await page_of(attacked.control)), place.more)

    async def compare(case: Case) -> None:
        page = await page_of(case)
        assert _without(shape(page), place.more) == expected, case.payload
        if place.shown is not None:
            selector, shown = place.shown(case)
            assert any(shown in node.text() for node in page.css(selector)), case.payload

    await _each(attacked.cases, compare)


def _without(found: Shape, tags: str) -> Shape:
    """The shape without some elements, whose attributes may be those that the lists of this site give them, no more."""
    some = set(tags.split())
    for tag, *attributes in found:
        assert tag not in some or set(attributes) <= _LIST_ATTRIBUTES, (tag, attributes)
    return Counter({kind: count for kind, count in found.items() if kind[0] not in some})


_LIST_ATTRIBUTES = {
    *("href", "hreflang", "lang", "rel", "dir", "class", "id", "name", "type", "value", "aria-label", "aria-hidden"),
    *("placeholder", "accesskey", "maxlength", "required", "autocomplete", "autocapitalize", "spellcheck", "autofocus"),
}


async def test_lists_of_many_payloads_are_built_like_any_other(attacked: Attacked) -> None:
    client = attacked.site.client
    for number in range(1, -(-len(attacked.cases) // PER_PAGE) + 1):
        page = LexborHTMLParser((await client.get(f"/?page={number}")).text)
        articles = page.css("article")
        by_keyword = {case.keyword: case for case in [attacked.control, *attacked.cases]}
        for article in articles:
            heading = article.css_first("h1 a")
            assert heading is not None
            case = by_keyword[heading.text()]
            assert [node.attributes["title"] for node in article.css("img")] == [case.author]
            tags = Counter(node.tag for node in article.css("*"))
            assert set(tags) <= {
                "article",
                "h1",
                "a",
                "div",
                "br",
                "footer",
                "p",
                "span",
                "time",
                "ul",
                "li",
                "form",
                "input",
                "button",
                "img",
                "bdi",
            }
            assert (tags["img"], tags["form"], tags["h1"], tags["div"]) == (1, 1, 1, 1)
        assert len(articles) == min(PER_PAGE, len(by_keyword) - (number - 1) * PER_PAGE)
        assert {kind for kind in shape(page) if kind[0] == "script"} == {("script", "defer", "src")}
    path: str | None = "/recent"
    while path is not None:
        page = LexborHTMLParser((await client.get(path)).text)
        assert {node.tag for node in page.css(".log *")} <= {"li", "a", "small", "bdi", "time", "q"}
        assert len(page.css("script")) == 1
        shape(page)
        following = page.css_first("main a[rel=next]")
        path = None if following is None else following.attributes["href"]


async def test_the_feed_is_built_like_any_other(attacked: Attacked) -> None:
    """Every payload gets its turn among the feed's twenty entries."""
    client = attacked.site.client
    by_keyword = {case.keyword: case for case in [attacked.control, *attacked.cases]}
    seen = set()
    waiting = list(attacked.cases)
    while waiting:
        turn, waiting = waiting[:20], waiting[20:]
        await _each(turn, _touch(attacked.site))
        root = defusedxml.ElementTree.fromstring((await client.get("/feed.atom")).content)
        for entry in root.findall(f"{ATOM}entry"):
            case = by_keyword[entry.findtext(f"{ATOM}title") or ""]
            seen.add(case.keyword)
            assert [child.tag.removeprefix(ATOM) for child in entry] == _ENTRY
            assert entry.findtext(f"{ATOM}author/{ATOM}name") == case.author
            content = LexborHTMLParser(entry.findtext(f"{ATOM}content") or "")
            assert {node.tag for node in content.css("body *")} <= {"a", "br"}
            assert "".join(content.css("body")[0].text().split()) == "".join(case.description.split())
            for node in content.css("a"):
                _check_addresses(node)
    assert len(seen) >= len(attacked.cases)


def _touch(site: Site) -> Callable[[Case], Awaitable[None]]:
    async def touch(case: Case) -> None:
        await site.wiki.writing.save(keyword=case.keyword, description=case.description, author=case.author)

    return touch


async def test_problems_are_documents_that_say_the_payload_as_it_is(attacked: Attacked) -> None:
    client = attacked.site.client

    async def compare(case: Case) -> None:
        answer = await client.get(f"/stars?keyword={_q('no ' + case.word)}", headers={"accept": "*/*"})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert json.loads(answer.content)["detail"] == f"There is no entry “no {case.word}”."

    await _each(attacked.cases, compare)


_ENTRY = ["title", "id", "link", "author", "published", "updated", "content"]
