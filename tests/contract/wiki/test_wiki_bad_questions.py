"""Whatever addresses and headers are sent to the REST API: a clear problem, and nothing stored by half."""

from base64 import urlsafe_b64encode

import httpx
import pytest

from contract.refusals import problem_of
from contract.wiki.wiki_world import ENTRY

pytestmark = pytest.mark.anyio

NO_KEYWORDS = {
    "nothing": ("", (404, 405)),
    "256 characters": ("x" * 256, (422,)),
    "10,000 characters": ("x" * 10_000, (422,)),
    "7,000 encoded": ("%E9%A4%A8" * 7_000, (422,)),
    "NUL": ("a%00b", (400,)),
    "line end": ("a%0Ab", (422,)),
    "escape": ("%1B", (422,)),
    "C1 control": ("%C2%85", (422,)),
    "bidi override": ("a%E2%80%AEb", (422,)),
    "bidi isolate": ("%E2%81%A6", (422,)),
    "byte order mark": ("%EF%BB%BF", (422,)),
    "line separator": ("a%E2%80%A8b", (422,)),
    "no character": ("%EF%BF%BF", (422,)),
    "space": ("%20", (422,)),
    "space before": ("%20x", (422,)),
    "ideographic space behind": ("x%E3%80%80", (422,)),
    "lone surrogate": ("%ED%A0%80", (400,)),
    "overlong": ("%C0%AF", (400,)),
    "not UTF-8": ("%FF", (400,)),
    "cut UTF-8": ("%E3%81", (400,)),
}


@pytest.mark.parametrize("name", NO_KEYWORDS)
async def test_no_keyword_is_so(http: httpx.AsyncClient, name: str) -> None:
    segment, statuses = NO_KEYWORDS[name]
    path = f"/v1/entries/{segment}"
    for method in ("GET", "DELETE"):
        problem_of(await http.request(method, path), *statuses)
    for method in ("PUT", "PATCH"):
        problem_of(await http.request(method, path, json={"description": "x"}), *statuses)
    if segment:
        for rest in ("stars", "revisions", "revisions/1", "revisions/1/diff", "backlinks", "related"):
            problem_of(await http.get(f"{path}/{rest}"), *statuses)
        for rest in ("undelete", "revisions/1/restore"):
            problem_of(await http.post(f"{path}/{rest}"), *statuses)
        for method in ("PUT", "DELETE"):
            problem_of(await http.request(method, f"{path}/star"), *statuses)
        problem_of(await http.put(f"/v1/users/{segment}/role", json={"role": "admin"}), *statuses, 404)


def cursor(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return urlsafe_b64encode(raw).decode().rstrip("=")


LISTS = [
    "/v1/entries?",
    f"{ENTRY}/revisions?",
    f"{ENTRY}/backlinks?",
    "/v1/mentions?keyword=act&",
    "/v1/search?q=stage&",
]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "value",
    [
        "", "!!!", "=", "a", "%FF", "%ED%A0%80", "館", "x" * 4_096, "x" * 4_097, "x" * 20_000,
        cursor("z:1"), cursor("s"), cursor("s:"), cursor("s:-1"), cursor("s:1.5"), cursor("s:１"), cursor("s:9" * 30),
        cursor("s:99999999999999999999"), cursor(b"s:\xff"), cursor("r:\0"), cursor("b:1 OR 1=1"), cursor("m:٣"),
        cursor("q:99999999999999"), cursor("q:10001"), cursor("q:-1"),
    ],
)  # fmt: skip
async def test_a_cursor_that_no_list_gave_is_refused(http: httpx.AsyncClient, path: str, value: str) -> None:
    problem_of(await http.get(f"{path}cursor={value}"), 400, 422)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"{path}limit={limit}", 422) for path in LISTS for limit in ("", "0", "-1", "501", "1.5", "ten", "9" * 30)),
        ("/v1/entries?order=random", 422),
        ("/v1/entries?prefix=s", 400),
        ("/v1/entries?order=keyword&prefix=" + "x" * 256, 422),
        ("/v1/entries?order=keyword&prefix=%00", 400),
        (f"{ENTRY}?include=everything", 422),
        ("/v1/search", 422),
        ("/v1/search?q=", 422),
        ("/v1/search?q=" + "x" * 201, 422),
        ("/v1/search?q=" + "x" * 10_000, 422),
        ("/v1/search?q=%00", 400),
        ("/v1/mentions", 422),
        ("/v1/mentions?keyword=", 422),
        ("/v1/mentions?keyword=" + "x" * 10_000, 422),
        ("/v1/mentions?keyword=%20x", 422),
        ("/v1/mentions?keyword=a%E2%80%AEb", 422),
        ("/v1/mentions?keyword=%0A", 422),
        ("/v1/changes?since=-1", 422),
        ("/v1/changes?since=" + "9" * 30, 422),
        ("/v1/changes?since=now", 422),
        ("/v1/changes?limit=0", 422),
        ("/v1/changes/stream?since=-1", 422),
        ("/v1/export?after=-1", 422),
        ("/v1/export?after=" + "9" * 30, 422),
        (f"{ENTRY}/related?limit=101", 422),
        (f"{ENTRY}/revisions/0", 422),
        (f"{ENTRY}/revisions/-1", 422),
        (f"{ENTRY}/revisions/one", 422),
        (f"{ENTRY}/revisions/" + "9" * 30, 422),
        (f"{ENTRY}/revisions/2147483647", 404),
        (f"{ENTRY}/revisions/1/diff?against=0", 422),
        (f"{ENTRY}/revisions/1/diff?against=2147483647", 404),
        ("/v1/imports/nothing", 422),
        ("/v1/imports/" + "0" * 65, 422),
        ("/v1/imports/0f", 404),
        ("/v1", 404),
        ("/v1/", 404),
        ("/v2/entries", 404),
        ("/v1/entries/", 404),
        ("/v1/entry", 404),
        (f"{ENTRY}/nothing", 404),
        (f"{ENTRY}/", 404),
        (f"{ENTRY}/stars/x", 404),
        ("/v1/users/guest", 404),
        ("/v1/%65ntries/", 404),
        ("//v1/entries", 404),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(http: httpx.AsyncClient, path: str, status: int) -> None:
    problem_of(await http.get(f"http://wiki.test{path}"), status)


async def test_deep_pages_end(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/v1/entries?cursor={cursor('s:0')}")).json()["items"] == []
    assert (await http.get(f"/v1/entries?order=keyword&cursor={cursor('k:' + chr(0x10FFFF))}")).json()["items"] == []
    assert (await http.get(f"/v1/search?q=stage&cursor={cursor('q:10000')}")).json()["items"] == []
    assert (await http.get(f"/v1/changes?since={2**62}")).json()["items"] == []
    assert (await http.get(f"/v1/export?after={2**62}")).content == b""


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "9" * 30, "１", "0x10", "null"])
async def test_a_seq_that_is_none_is_refused(http: httpx.AsyncClient, value: str) -> None:
    headers = [(b"Genba-Seq", value.encode())]
    problem_of(await http.get("/v1/stats", headers=headers), 422)
    problem_of(await http.put(f"{ENTRY}/star", headers=headers), 422)


@pytest.mark.parametrize(
    "value", ["", "x", "1.1", '"', '"1', '""', '"x"', 'W/"x"', '"9.9"', "\xff", '"1.1"' * 1_000, "9" * 9_000]
)
async def test_a_tag_that_is_no_state_of_the_entry_stops_every_write(http: httpx.AsyncClient, value: str) -> None:
    if value.startswith('"1.1"'):
        value = value.replace("1.1", "1.9")
    headers = [(b"If-Match", value.encode("latin-1"))]
    problem_of(await http.put(ENTRY, json={"description": "x"}, headers=headers), 412)
    problem_of(await http.put("/v1/entries/new", json={"description": "x"}, headers=headers), 412)
    problem_of(await http.patch(ENTRY, json={"description": "x"}, headers=headers), 412)
    problem_of(await http.delete(ENTRY, headers=headers), 412)
    problem_of(await http.post(f"{ENTRY}/revisions/1/restore", headers=headers), 412)


@pytest.mark.parametrize("value", ["", '"1.1"', "x"])
async def test_writing_only_if_there_is_none_is_said_with_an_asterisk(http: httpx.AsyncClient, value: str) -> None:
    headers = {"If-None-Match": value}
    problem_of(await http.put("/v1/entries/new", json={"description": "x"}, headers=headers), 422)
