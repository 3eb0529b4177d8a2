"""The wiki's client: what each call sends and reads, and its pages."""

import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from genba_client import WikiClient
from genba_contracts import wiki


def example(model: type[BaseModel]) -> dict[str, Any]:
    body: dict[str, Any] = model.model_json_schema()["examples"][0]
    return body


AT = "2026-04-18T09:30:00Z"
USER = {"name": "hanako", "role": "editor", "created_at": AT}
ENTRY = example(wiki.Entry)
REVISION = example(wiki.Revision)
DIFF = example(wiki.RevisionDiff)
STARS = {"keyword": "encore", "count": 0, "items": []}
KEY = {"id": 3, "name": "import", "prefix": "gk_abc", "role": "editor", "created_at": AT}
JOB = {"id": "job-1", "format": "ndjson", "state": "succeeded", "created_at": AT}
STATS = {"entries": 1, "aliases": 0, "seq": 7}
LINKED = {"html": "x", "spans": [], "seq": 7}
SESSION = {"user": USER, "token": "secret-token", "expires_at": AT}


@dataclass
class Canned:
    """Answers every request with one body and keeps what was asked."""

    body: Any
    requests: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        sent = await request.body()
        path = scope["raw_path"].decode()
        self.requests.append((request.method, path, dict(request.query_params), json.loads(sent) if sent else None))
        self.headers = dict(request.headers)
        answer = Response(status_code=204) if self.body is None else JSONResponse(self.body)
        await answer(scope, receive, send)


def client_of(app: Any, **options: Any) -> WikiClient:
    return WikiClient("http://wiki.test", transport=httpx.ASGITransport(app), **options)


Use = Callable[[WikiClient], Awaitable[Any]]
CALLS: dict[str, tuple[Use, Any, tuple[str, str, dict[str, str], Any]]] = {
    "entry": (lambda c: c.entry("a/b"), ENTRY, ("GET", "/v1/entries/a%2Fb", {}, None)),
    "entry with html": (lambda c: c.entry("x", html=True), ENTRY, ("GET", "/v1/entries/x", {"include": "html"}, None)),
    "save_entry": (
        lambda c: c.save_entry("x", description="text", aliases=["y"], summary="why"),
        ENTRY,
        ("PUT", "/v1/entries/x", {}, {"description": "text", "aliases": ["y"], "summary": "why"}),
    ),
    "create_entry": (
        lambda c: c.create_entry("x", description="text"),
        ENTRY,
        ("PUT", "/v1/entries/x", {}, {"description": "text", "aliases": [], "summary": ""}),
    ),
    "edit_entry": (
        lambda c: c.edit_entry("x", rename_to="y", keep_alias=False, aliases=[]),
        ENTRY,
        ("PATCH", "/v1/entries/x", {}, {"keyword": "y", "keep_alias": False, "aliases": [], "summary": ""}),
    ),
    "delete_entry": (lambda c: c.delete_entry(".."), None, ("DELETE", "/v1/entries/%2E%2E", {}, None)),
    "undelete_entry": (lambda c: c.undelete_entry("x"), ENTRY, ("POST", "/v1/entries/x/undelete", {}, None)),
    "revision": (lambda c: c.revision("x", number=2), REVISION, ("GET", "/v1/entries/x/revisions/2", {}, None)),
    "diff": (
        lambda c: c.diff("x", number=2, against=1),
        DIFF,
        ("GET", "/v1/entries/x/revisions/2/diff", {"against": "1"}, None),
    ),
    "diff with the one before": (
        lambda c: c.diff("x", number=2),
        DIFF,
        ("GET", "/v1/entries/x/revisions/2/diff", {}, None),
    ),
    "restore": (
        lambda c: c.restore("x", number=2, summary="spam"),
        ENTRY,
        ("POST", "/v1/entries/x/revisions/2/restore", {}, {"summary": "spam"}),
    ),
    "stars": (lambda c: c.stars("x"), STARS, ("GET", "/v1/entries/x/stars", {}, None)),
    "star": (lambda c: c.star("x"), None, ("PUT", "/v1/entries/x/star", {}, None)),
    "unstar": (lambda c: c.unstar("x"), None, ("DELETE", "/v1/entries/x/star", {}, None)),
    "link": (
        lambda c: c.link("a text", options=wiki.LinkOptions(first_only=True, exclude=("x",))),
        LINKED,
        ("POST", "/v1/link", {}, {"text": "a text", "first_only": True, "exclude": ["x"]}),
    ),
    "related": (
        lambda c: c.related("x", limit=5),
        {"keyword": "x", "items": [], "seq": 7},
        ("GET", "/v1/entries/x/related", {"limit": "5"}, None),
    ),
    "check_spam": (
        lambda c: c.check_spam("buy", keyword="x"),
        {"spam": False, "reasons": []},
        ("POST", "/v1/spam-check", {}, {"keyword": "x", "description": "buy"}),
    ),
    "import_job": (lambda c: c.import_job("job-1"), JOB, ("GET", "/v1/imports/job-1", {}, None)),
    "stats": (lambda c: c.stats(), STATS, ("GET", "/v1/stats", {}, None)),
    "register": (
        lambda c: c.register("hanako", password="pass word"),
        USER,
        ("POST", "/v1/users", {}, {"name": "hanako", "password": "pass word"}),
    ),
    "log_in": (
        lambda c: c.log_in("hanako", password="pass word"),
        SESSION,
        ("POST", "/v1/sessions", {}, {"name": "hanako", "password": "pass word"}),
    ),
    "log_out": (lambda c: c.log_out(), None, ("DELETE", "/v1/sessions/current", {}, None)),
    "set_role": (
        lambda c: c.set_role("a b", role="admin"),
        None,
        ("PUT", "/v1/users/a%20b/role", {}, {"role": "admin"}),
    ),
    "me": (lambda c: c.me(), USER, ("GET", "/v1/users/me", {}, None)),
    "api_keys": (lambda c: c.api_keys(), {"items": [KEY]}, ("GET", "/v1/api-keys", {}, None)),
    "create_api_key": (
        lambda c: c.create_api_key("import", role="reader"),
        {**KEY, "key": "gk_abcdef"},
        ("POST", "/v1/api-keys", {}, {"name": "import", "role": "reader"}),
    ),
    "revoke_api_key": (lambda c: c.revoke_api_key(3), None, ("DELETE", "/v1/api-keys/3", {}, None)),
}


@pytest.mark.parametrize(("use", "body", "sent"), CALLS.values(), ids=CALLS)
async def test_a_call_sends_what_the_route_takes_and_reads_what_it_gives(use: Use, body: Any, sent: Any) -> None:
    app = Canned(body)
    async with client_of(app) as client:
        given = await use(client)
    assert app.requests == [sent]
    if body is None:
        assert given is None
    elif isinstance(given, list):
        assert [item.id for item in given] == [3]
    else:
        assert type(given).model_validate(body) == given


def test_every_method_of_the_client_is_described() -> None:
    public = {name: member for name, member in vars(WikiClient).items() if not name.startswith("_")}
    for base in WikiClient.__mro__[1:-1]:
        public |= {name: member for name, member in vars(base).items() if not name.startswith("_")}
    for name, member in public.items():
        assert name == "seq_header" or member.__doc__, name


async def test_preconditions_go_as_headers() -> None:
    app = Canned(ENTRY)
    async with client_of(app) as client:
        await client.create_entry("x", description="text")
        assert app.headers["if-none-match"] == "*"
        for write in (
            client.save_entry("x", description="text", if_match='"1.1.0"'),
            client.edit_entry("x", description="text", if_match='"1.1.0"'),
            client.delete_entry("x", if_match='"1.1.0"'),
        ):
            await write
            assert app.headers["if-match"] == '"1.1.0"'
            assert "if-none-match" not in app.headers


async def test_what_no_wiki_could_take_is_refused_before_it_is_sent() -> None:
    app = Canned(ENTRY)
    async with client_of(app) as client:
        for call in (
            client.entry("\ud800"),
            client.save_entry("x", description="nul\x00"),
            client.save_entry("x", description=""),
            client.edit_entry("x", rename_to=" y"),
            client.link("\ud800"),
        ):
            with pytest.raises(ValueError, match=r"surrogate|one line|control characters|short|unicode"):
                await call
    assert app.requests == []


async def test_after_logging_in_calls_are_the_persons_until_logging_out() -> None:
    app = Canned(SESSION)
    async with client_of(app) as client:
        other = client.with_options(deadline=5)
        session = await client.log_in("hanako", password="pass word")
        assert session.token == "secret-token"
        assert "secret-token" not in repr(session)
        app.body = STATS
        await other.stats()
        assert app.headers["cookie"] == "wiki_session=secret-token"
        app.body = None
        await client.log_out()
        app.body = STATS
        await client.stats()
        assert "cookie" not in app.headers


async def test_the_cookies_name_over_https_is_the_services() -> None:
    app = Canned(STATS)
    async with WikiClient("https://wiki.test", session_token="t", transport=httpx.ASGITransport(app)) as client:
        await client.stats()
    assert app.headers["cookie"] == "__Host-wiki_session=t"


def summary(number: int) -> dict[str, Any]:
    return {**ENTRY, "keyword": f"entry {number}", "seq": number}


async def paged_entries(request: Request) -> Response:
    after = int(request.query_params.get("cursor", "0"))
    limit = int(request.query_params.get("limit", "3"))
    numbers = [number for number in range(1, 9) if number > after][:limit]
    following = str(numbers[-1]) if numbers and numbers[-1] < 8 else None
    return JSONResponse({"items": [summary(number) for number in numbers], "next_cursor": following})


@pytest.mark.parametrize("limit", [1, 3, 4, 8, 100])
async def test_a_list_is_iterated_over_its_pages(limit: int) -> None:
    app = Starlette(routes=[Route("/v1/entries", paged_entries)])
    async with client_of(app) as client:
        listing = client.entries(limit=limit)
        assert [entry.seq async for entry in listing] == list(range(1, 9))
        assert [entry.seq async for entry in listing] == list(range(1, 9)), "a second time too"
        pages = [page async for page in listing.pages()]
    assert [len(page.items) for page in pages] == [min(limit, 8 - start) for start in range(0, 8, limit)]
    assert pages[-1].next_cursor is None


async def test_a_list_is_fetched_no_further_than_it_is_iterated() -> None:
    app = Canned({"items": [summary(1)], "next_cursor": "more"})
    async with client_of(app) as client, aclosing(aiter(client.entries(prefix="日"))) as entries:
        await anext(entries)
    assert app.requests == [("GET", "/v1/entries", {"order": "keyword", "prefix": "日"}, None)]


@pytest.mark.parametrize(
    ("listing", "path", "query", "body"),
    [
        (lambda c: c.revisions("a/b", limit=2), "/v1/entries/a%2Fb/revisions", {"limit": "2"}, {"items": []}),
        (lambda c: c.backlinks("x"), "/v1/entries/x/backlinks", {}, {"keyword": "x", "items": [], "seq": 1}),
        (
            lambda c: c.mentions("a/b"),
            "/v1/mentions",
            {"keyword": "a/b"},
            {"keyword": "a/b", "exists": False, "items": [], "seq": 1},
        ),
        (lambda c: c.search("武道館"), "/v1/search", {"q": "武道館"}, {"query": "武道館", "items": []}),
    ],
    ids=["revisions", "backlinks", "mentions", "search"],
)
async def test_other_lists_ask_their_routes(listing: Any, path: str, query: dict[str, str], body: Any) -> None:
    app = Canned(body)
    async with client_of(app) as client:
        assert [item async for item in listing(client)] == []
    assert app.requests == [("GET", path, query, None)]


def change(seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "operation": "save",
        "at": AT,
        "keyword": f"entry {seq}\u2028",
        "revision": 1,
        "author": "hanako",
        "live": True,
    }


async def paged_changes(request: Request) -> Response:
    since, limit = int(request.query_params["since"]), int(request.query_params.get("limit", "2"))
    numbers = [number for number in range(1, 6) if number > since][:limit]
    newest = numbers[-1] if numbers else 5
    return JSONResponse({"items": [change(number) for number in numbers], "seq": newest, "more": newest < 5})


async def test_changes_are_listed_from_where_one_was() -> None:
    app = Starlette(routes=[Route("/v1/changes", paged_changes)])
    async with client_of(app) as client:
        assert [one.seq async for one in client.changes()] == [1, 2, 3, 4, 5]
        assert [one.seq async for one in client.changes(since=3, limit=1)] == [4, 5]
        assert [page.seq async for page in client.changes(since=5).pages()] == [5]
