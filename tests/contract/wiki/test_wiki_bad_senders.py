"""Who may do what, by which method, and from where: everybody else gets a problem, and changes nothing."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from contract.refusals import problem_of
from contract.wiki.wiki_world import ENTRY, World
from wiki_helpers import PASSWORD
from wiki_linker.app import create_app
from wiki_linker.settings import WikiSettings

pytestmark = pytest.mark.anyio

DOCUMENT: dict[str, Any] = create_app(WikiSettings()).openapi()
UNSAFE = ("put", "post", "delete", "patch")
FILLED = {"{keyword}": "stage", "{number}": "1", "{name}": "guest", "{key_id}": "3", "{job_id}": "0f"}

NEEDED = {
    "get_me": "reader",
    "list_api_keys": "reader",
    "create_api_key": "reader",
    "revoke_api_key": "reader",
    "get_import": "reader",
    "put_star": "reader",
    "delete_star": "reader",
    "put_entry": "editor",
    "patch_entry": "editor",
    "delete_entry": "editor",
    "undelete_entry": "editor",
    "restore_revision": "editor",
    "create_import": "admin",
    "put_role": "admin",
}
"""The least role that may, of what not everybody may."""


def operations() -> Iterator[tuple[str, str, str]]:
    """Name, method and a path of every operation."""
    for template, item in DOCUMENT["paths"].items():
        path = re.sub(r"{\w+}", lambda found: FILLED[found[0]], template)
        for method, operation in item.items():
            yield operation["operationId"], method, path


OPERATIONS = {name: (method, path) for name, method, path in operations()}
PATHS = sorted({path for _, path in OPERATIONS.values()})


def test_the_document_says_which_operations_are_not_for_everybody() -> None:
    secured = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        if "security" in operation
    }
    assert secured == set(NEEDED)


@pytest.mark.parametrize("name", NEEDED)
async def test_who_is_not_known_is_asked_who_they_are(http: httpx.AsyncClient, name: str) -> None:
    del http.headers["Authorization"]
    method, path = OPERATIONS[name]
    answer = await http.request(method, path, json={})
    assert problem_of(answer, 401).type == "urn:genba:problem:unauthorized"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("name", [name for name, role in NEEDED.items() if role != "reader"])
async def test_who_may_not_is_told_what_it_takes(world: World, http: httpx.AsyncClient, name: str) -> None:
    method, path = OPERATIONS[name]
    for role, key in (("reader", world.reader), ("editor", world.editor)):
        if role != NEEDED[name]:
            answer = await http.request(method, path, json={}, headers={"Authorization": f"Bearer {key}"})
            problem = problem_of(answer, 403)
            assert problem.detail == f"This takes the role {NEEDED[name]}; yours is {role}."
        else:
            break


async def test_nobody_revokes_anothers_key(world: World, http: httpx.AsyncClient) -> None:
    mine = (await http.get("/v1/api-keys")).json()["items"][0]["id"]
    answer = await http.delete(f"/v1/api-keys/{mine}", headers={"Authorization": f"Bearer {world.editor}"})
    problem_of(answer, 404)
    assert (await http.get("/v1/users/me")).status_code == 200


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer x",
        "Bearer gk_",
        "Bearer gk_" + "A" * 43,
        "Bearer " + "x" * 10_000,
        "Bearer \xff",
        "bearer gk_ x",
    ],
)
async def test_a_key_that_does_not_hold_is_heard_of(http: httpx.AsyncClient, value: str) -> None:
    headers = [(b"Authorization", value.encode("latin-1"))]
    problem_of(await http.put(ENTRY, json={"description": "x"}, headers=headers), 401)


@pytest.mark.parametrize(
    "cookie",
    [
        "wiki_session=",
        "wiki_session=x",
        "wiki_session=" + "A" * 43,
        "wiki_session=" + "A" * 60_000,
        "wiki_session=\xff\xfe",
        "; ;=;wiki_session",
        "wiki-seq=",
        "wiki-seq=-1",
        "wiki-seq=" + "9" * 60_000,
        "wiki-seq=\xb2",
        "wiki-seq=9223372036854775807",
        "; ".join(f"cookie{number}={number}" for number in range(5_000)),
        "__Host-wiki_session=" + "A" * 43,
    ],
    ids=lambda cookie: cookie[:30],
)
async def test_a_cookie_that_does_not_hold_is_nobodys(http: httpx.AsyncClient, cookie: str) -> None:
    del http.headers["Authorization"]
    headers = [(b"Cookie", cookie.encode("latin-1"))]
    assert (await http.get(ENTRY, headers=headers)).status_code == 200
    assert (await http.get("/", headers=headers)).status_code == 200
    problem_of(await http.put(ENTRY, json={"description": "x"}, headers=headers), 401)


@pytest.mark.parametrize("path", PATHS)
async def test_a_method_that_is_not_taken_is_told_which_are(http: httpx.AsyncClient, path: str) -> None:
    taken = {method.upper() for method, at in OPERATIONS.values() if at == path}
    taken |= {"HEAD"} if "GET" in taken else set()
    for method in {"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} - taken:
        answer = await http.request(method, path)
        if method == "HEAD":
            assert (answer.status_code, answer.content) == (405, b"")
        else:
            problem_of(answer, 405)
        assert set(answer.headers["Allow"].split(", ")) == taken


ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Sec-Fetch-Site": ""},
    {"Origin": "http://elsewhere.example"},
    {"Origin": "http://wiki.test.elsewhere.example"},
    {"Origin": "http://wiki.test:8080"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
]
FORMS = ["/keyword", "/keyword/stage", "/stars?keyword=stage", "/register", "/login", "/logout", "/undelete/stage"]


@pytest.mark.parametrize("sent_from", ELSEWHERE, ids=str)
async def test_a_page_of_another_site_writes_nothing(http: httpx.AsyncClient, sent_from: dict[str, str]) -> None:
    for method, path in OPERATIONS.values():
        if method in UNSAFE:
            problem = problem_of(await http.request(method, path, json={}, headers=sent_from), 403)
            assert problem.detail == "This was sent from a page of another site"
    for path in FORMS:
        answer = await http.post(path, data={"keyword": "x"}, headers={**sent_from, "Accept": "text/html"})
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "set-cookie" not in answer.headers
    assert (await http.get(ENTRY, headers=sent_from)).status_code == 200


async def test_a_page_of_this_site_and_a_program_write(world: World) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.app), base_url="http://wiki.test") as http:
        assert (await http.post("/v1/sessions", json={"name": "writer", "password": PASSWORD})).status_code == 201
        here: list[dict[str, str]] = [
            {},
            {"Origin": "http://wiki.test"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "http://wiki.test"},
            {"Sec-Fetch-Site": "none"},
        ]
        for headers in here:
            assert (await http.put(f"{ENTRY}/star", headers=headers)).status_code == 204
        assert (await http.delete(f"{ENTRY}/star")).status_code == 204
