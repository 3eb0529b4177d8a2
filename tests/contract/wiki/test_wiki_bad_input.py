"""Whatever bodies are sent to the REST API: a clear problem, and nothing stored by half."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from contract.refusals import JSON, LINES, problem_of
from contract.wiki.wiki_world import ENTRY, World

pytestmark = pytest.mark.anyio

MEGABYTE = 2**20


WRONG_ENTRIES: dict[str, Any] = {
    "nothing": {},
    "no body at all": None,
    "empty description": {"description": ""},
    "white space alone": {"description": " \n\u3000\t"},
    "NUL": {"description": "a\0b"},
    "bell": {"description": "a\x07b"},
    "delete": {"description": "a\x7fb"},
    "no character": {"description": "a\uffffb"},
    "too long": {"description": "x" * 300_001},
    "null": {"description": None},
    "a number": {"description": 5},
    "a truth": {"description": True},
    "a list": {"description": ["x"]},
    "an object": {"description": {"text": "x"}},
    "alias empty": {"description": "x", "aliases": [""]},
    "alias too long": {"description": "x", "aliases": ["x" * 256]},
    "alias of 10,000": {"description": "x", "aliases": ["x" * 10_000]},
    "alias of two lines": {"description": "x", "aliases": ["a\nb"]},
    "alias with bidi": {"description": "x", "aliases": ["a\u202eb"]},
    "alias with space at the end": {"description": "x", "aliases": ["a\u3000"]},
    "too many aliases": {"description": "x", "aliases": [str(number) for number in range(51)]},
    "100,000 aliases": {"description": "x", "aliases": ["a"] * 100_000},
    "aliases as text": {"description": "x", "aliases": "boards"},
    "alias of another": {"description": "x", "aliases": ["wings"]},
    "summary too long": {"description": "x", "summary": "x" * 501},
    "summary with NUL": {"description": "x", "summary": "\0"},
    "unknown field": {"description": "x", "desription": "y"},
    "unknown in another case": {"Description": "x"},
    "not an object": ["description", "x"],
    "a word": "description",
}


@pytest.mark.parametrize("name", WRONG_ENTRIES)
@pytest.mark.parametrize("path", [ENTRY, "/v1/entries/new"])
async def test_an_entry_that_cannot_be_is_refused_and_said_why(http: httpx.AsyncClient, name: str, path: str) -> None:
    problem = problem_of(await http.put(path, json=WRONG_ENTRIES[name]), 422, 409)
    if problem.status == 422:
        assert problem.errors
        assert all(item.pointer.startswith("body") and item.detail for item in problem.errors)
        assert "^" not in (problem.detail or ""), "no regular expression to read"


@pytest.mark.parametrize("name", [name for name in WRONG_ENTRIES if name not in {"nothing", "null"}])
async def test_a_change_that_cannot_be_is_refused(http: httpx.AsyncClient, name: str) -> None:
    problem_of(await http.patch(ENTRY, json=WRONG_ENTRIES[name]), 422, 409)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"summary": "nothing else"},
        {"description": None, "aliases": None, "keyword": None},
        {"keyword": ""},
        {"keyword": "x" * 256},
        {"keyword": "x" * 10_000},
        {"keyword": "wings"},
        {"keyword": "\u200fx"},
        {"keyword": "new", "aliases": ["wings"]},
        {"keyword": "new", "description": ""},
        {"keyword": "new", "description": "入金不要ボーナス"},
        {"keyword": "new", "keep_alias": "no"},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
async def test_a_change_is_made_whole_or_not_at_all(http: httpx.AsyncClient, change: dict[str, Any]) -> None:
    problem_of(await http.patch(ENTRY, json=change), 422, 409)


BODIES: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "half": (b'{"description": "x', (400,)),
    "words": (b"description=x", (400,)),
    "lone surrogate": (b'{"description": "a \\ud800 b"}', (422,)),
    "surrogates the wrong way round": (b'{"description": "\\udc00\\ud800"}', (422,)),
    "lone surrogate in a name": (b'{"description": "x", "\\ud800": "x"}', (422,)),
    "surrogate in UTF-8": (b'{"description": "\xed\xa0\x80"}', (400, 422)),
    "overlong UTF-8": (b'{"description": "\xc0\xaf"}', (400, 422)),
    "cut UTF-8": (b'{"description": "\xe3\x81"}', (400, 422)),
    "Latin-1": ('{"description": "é"}'.encode("latin-1"), (400, 422)),
    "raw NUL": (b'{"description": "a\0b"}', (400,)),
    "raw line end": (b'{"description": "a\nb"}', (400,)),
    "deep lists": (b"[" * 200_000, (400, 422)),
    "deep lists that end": (b"[" * 100_000 + b"]" * 100_000, (400, 422)),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, (400, 422)),
    "a long number": (b'{"description": ' + b"9" * 100_000 + b"}", (400, 422)),
    "a great number": (b'{"description": 1e999999}', (400, 422)),
    "no number": (b'{"description": NaN}', (400, 422)),
    "50,000 fields": (json.dumps({f"field {number}": 1 for number in range(50_000)}).encode(), (422,)),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", ENTRY),
        ("PATCH", ENTRY),
        ("POST", f"{ENTRY}/revisions/1/restore"),
        ("POST", "/v1/link"),
        ("POST", "/v1/spam-check"),
        ("POST", "/v1/users"),
        ("POST", "/v1/sessions"),
        ("POST", "/v1/api-keys"),
        ("PUT", "/v1/users/guest/role"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    http: httpx.AsyncClient, method: str, path: str, name: str
) -> None:
    body, statuses = BODIES[name]
    answer = await http.request(method, path, content=body, headers=JSON)
    problem_of(answer, *statuses)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "\xff",
    ],
)
async def test_json_is_taken_as_json_alone(http: httpx.AsyncClient, content_type: str | None) -> None:
    headers = httpx.Headers([] if content_type is None else [(b"content-type", content_type.encode("latin-1"))])
    problem_of(await http.put(ENTRY, content=b'{"description": "x"}', headers=headers), 415, 422)


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain", "application/x-ndjsonx", "*/*"])
@pytest.mark.parametrize("path", ["/v1/imports", "/v1/link/batch"])
async def test_lines_are_taken_as_lines_alone(http: httpx.AsyncClient, content_type: str | None, path: str) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    problem_of(await http.post(path, content=b"{}\n", headers=headers), 415)


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
@pytest.mark.parametrize(("method", "path"), [("PUT", ENTRY), ("POST", "/v1/link"), ("POST", "/v1/users")])
async def test_a_body_of_five_megabytes_is_too_long(
    http: httpx.AsyncClient, method: str, path: str, declared: bool
) -> None:
    body = b'{"description": "' + b"x" * (5 * MEGABYTE) + b'"}'
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for start in range(0, len(body), 65_536):
            read += 65_536
            yield body[start : start + 65_536]

    answer = await http.request(method, path, content=body if declared else pieces(), headers=JSON)
    problem_of(answer, 413)
    assert read <= 2 * MEGABYTE, "the rest is not read"


async def test_the_longest_text_of_the_widest_characters_is_taken(world: World) -> None:
    wiki = world.client(world.editor)
    await wiki.save_entry("longest", description="館" * 300_000)
    assert (await wiki.entry("longest")).description == "館" * 300_000
    await wiki.delete_entry("longest")


@pytest.mark.parametrize(
    "who",
    [
        {"name": "", "password": "x"},
        {"name": "x" * 65, "password": "x"},
        {"name": "x" * 10_000, "password": "x"},
        {"name": "a\0b", "password": "x"},
        {"name": "a\u202eb", "password": "x"},
        {"name": "a\u200bb", "password": "x"},
        {"name": "e\u0301", "password": "x"},
        {"name": " x", "password": "x"},
        {"name": "guest ", "password": "x"},
        {"name": "guest", "password": "x"},
        {"name": "new", "password": ""},
        {"name": "new", "password": "x" * 1_025},
        {"name": "new", "password": "館" * 1_024},
        {"name": "new", "password": "a\0b"},
        {"name": "new", "password": "x", "role": "admin"},
        {"name": "new"},
        {"name": None, "password": "x"},
        {"name": 5, "password": "x"},
    ],
    ids=lambda who: json.dumps(who)[:50],
)
async def test_a_person_who_cannot_be_is_not_registered(http: httpx.AsyncClient, who: dict[str, Any]) -> None:
    answer = await http.post("/v1/users", json=who)
    problem_of(answer, 422, 409)
    assert str(who.get("password")) not in answer.text or len(str(who.get("password"))) < 10


@pytest.mark.parametrize(
    "key", [{}, {"name": ""}, {"name": "x" * 101}, {"name": "a\nb"}, {"name": "x", "role": "owner"}]
)
async def test_a_key_that_cannot_be_is_not_made(http: httpx.AsyncClient, key: dict[str, str]) -> None:
    before = (await http.get("/v1/api-keys")).json()["items"]
    problem_of(await http.post("/v1/api-keys", json=key), 422)
    after = (await http.get("/v1/api-keys")).json()["items"]
    assert [one["id"] for one in after] == [one["id"] for one in before]


@pytest.mark.parametrize("key_id", ["0", "-1", "x", "9" * 30, "2147483648"])
async def test_a_key_that_is_none_is_not_revoked(http: httpx.AsyncClient, key_id: str) -> None:
    problem_of(await http.delete(f"/v1/api-keys/{key_id}"), 422)
    problem_of(await http.delete("/v1/api-keys/2147483647"), 404)


@pytest.mark.parametrize(
    "options",
    [
        {"format": "rtf"}, {"limit": -1}, {"limit": 1.5}, {"limit": "5"}, {"limit": 10**30}, {"min_length": 0},
        {"min_length": True}, {"exclude": "x"}, {"exclude": [""]}, {"exclude": ["x"] * 10_001}, {"self_keyword": ""},
        {"whole_words": "yes"}, {"ignore_case": 1}, {"unknown": True}, {"text": "a\0b"}, {"text": None},
    ],
)  # fmt: skip
async def test_an_option_of_linking_that_is_none_is_refused(http: httpx.AsyncClient, options: dict[str, Any]) -> None:
    problem_of(await http.post("/v1/link", json={"text": "x", **options}), 422)


async def test_each_line_of_a_batch_that_cannot_be_read_is_told_of_in_its_place(http: httpx.AsyncClient) -> None:
    lines = [
        b'{"text": "the stage", "id": 1}', b"", b"\xff", b"[]", b"null", b"{}", b'{"text": "a\\u0000b"}',
        b'{"text": "\\ud800"}', b'{"id": [1], "text": "x"}', b'{"id": 7, "text": 5}', b"[" * 100_000,
        b'{"text": "' + b"x" * (MEGABYTE + 1) + b'"}', b'{"text": "stage", "limit": -1}', b'{"text": "stage"}',
    ]  # fmt: skip
    answer = await http.post("/v1/link/batch", content=b"\r\n".join(lines), headers=LINES)
    assert answer.status_code == 200
    results = [json.loads(line) for line in answer.content.splitlines()]
    assert [result["line"] for result in results] == [1, *range(3, 15)]
    assert [result["line"] for result in results if not result.get("error")] == [1, 14]
    assert next(result for result in results if result["line"] == 10)["id"] == 7
    assert all(len(line) < 4_000 for line in answer.content.splitlines())
