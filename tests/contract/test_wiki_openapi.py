"""The document of the wiki's REST API is what the API is: complete, valid, kept, and its examples work."""

import json
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from selectolax.lexbor import LexborHTMLParser

from contract.wiki_world import fill, settings_in, wiki_world
from genba_servicekit.testing import app_client
from wiki_linker.app import create_app, service
from wiki_linker.core.imports import Job

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from deploy.openapi import document, path_of  # noqa: E402  (deploy/ is no installed package)

pytestmark = pytest.mark.anyio

METHODS = ("get", "put", "post", "delete", "patch")
JSON = "application/json"
PROBLEM = "application/problem+json"
DOCUMENT: dict[str, Any] = json.loads(document(service))
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}


def test_the_document_is_the_one_that_is_kept() -> None:
    assert path_of(service).read_text("utf-8") == document(service), "if the change is meant: make openapi"


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_is_for_and_what_can_go_wrong(name: str) -> None:
    method, path, operation = OPERATIONS[name]
    assert method in METHODS
    assert operation["summary"]
    assert operation["summary"] != name.replace("_", " ").title()
    assert operation["description"]
    assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    for parameter in operation.get("parameters", []):
        assert parameter["description"], parameter["name"]
        assert {"type": "null"} not in parameter["schema"].get("anyOf", []), parameter["name"]
    assert set(re.findall(r"{(\w+)}", path)) == {
        parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"
    }
    statuses = {int(status) for status in operation["responses"]}
    expected = {400, 500}
    expected |= {403, 413, 422} if "requestBody" in operation else set()
    expected |= {401, 403, 503} if "security" in operation and method != "get" else set()
    expected |= {404} if "{keyword}" in path and name != "put_entry" else set()
    assert statuses >= expected
    for status, answer in operation["responses"].items():
        assert answer["description"]
        if int(status) >= 400:
            assert set(answer["content"]) == {PROBLEM}
            assert answer["content"][PROBLEM]["examples"]
            for shown in answer["content"][PROBLEM]["examples"].values():
                assert shown["value"]["status"] == int(status)
        elif status != "304":
            assert answer["headers"]["Genba-Seq"]["required"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_shows_an_example_of_all_it_takes_and_gives(name: str) -> None:
    _, _, operation = OPERATIONS[name]
    for parameter in operation.get("parameters", []):
        if parameter["required"]:
            assert parameter["schema"]["examples"], parameter["name"]
    for media in operation.get("requestBody", {"content": {}})["content"].values():
        assert examples_of(media), "its body"
    for status, answer in operation["responses"].items():
        for media in answer.get("content", {}).values():
            assert examples_of(media) or has_examples_within(media["schema"]), status


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, or the one that it refers to."""
    if "$ref" in schema:
        found: dict[str, Any] = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def examples_of(media: dict[str, Any]) -> list[Any]:
    """Every whole example of a body."""
    given = [shown["value"] for shown in media.get("examples", {}).values()]
    given += [media["example"]] if "example" in media else []
    schema = media["schema"]
    for part in schema.get("anyOf", [schema]):
        given += resolved(part).get("examples", [])
    return given


def has_examples_within(schema: dict[str, Any]) -> bool:
    """Whether each of its properties has one, so that a docs page can put a whole together."""
    properties = resolved(schema)["properties"].values()
    return all("examples" in one or "default" in one or one["type"] in {"array", "boolean"} for one in properties)


def nodes(where: str, node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document that is no example itself, and where it is."""
    if isinstance(node, dict):
        yield where, node
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in inner:
        if name not in {"examples", "example", "default", "const", "enum"}:
            yield from nodes(f"{where}/{name}", value)


def schemas_with_examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Where, the schema, and an example of it: everything in the document."""
    for where, node in nodes("#", DOCUMENT):
        if isinstance(node.get("examples"), list):
            yield from ((where, node, example) for example in node["examples"])
        if "schema" in node:
            yield from ((where, node["schema"], example) for example in examples_of(node))


def faults(schema: dict[str, Any], instance: Any) -> list[str]:
    """What is wrong with an instance of a schema of the document."""
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in Draft202012Validator(whole, validate_formats=True).iter_errors(instance)]


def test_every_example_fits_its_schema() -> None:
    wrong = {where: found for where, schema, example in schemas_with_examples() if (found := faults(schema, example))}
    assert wrong == {}
    assert sum(1 for _ in schemas_with_examples()) > 300


@dataclass(frozen=True)
class Case:
    """One request made of the document's examples."""

    operation: str
    what: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def __str__(self) -> str:
        return f"{self.operation}-{self.what}"


def cases() -> Iterator[Case]:
    """Each operation with what it needs, then with each other parameter and each other body beside that."""
    for name, (_, path, operation) in OPERATIONS.items():
        needed: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
        more: list[tuple[str, str, str]] = []
        for parameter in operation.get("parameters", []):
            for example in parameter["schema"].get("examples", []):
                if parameter["required"]:
                    needed[parameter["in"]][parameter["name"]] = str(example)
                else:
                    more.append((parameter["in"], parameter["name"], str(example)))
        filled = path.format_map({key: quote(value, safe="") for key, value in needed["path"].items()})
        bodies = [
            (media_type, example if isinstance(example, str) else json.dumps(example, ensure_ascii=False))
            for media_type, media in operation.get("requestBody", {"content": {}})["content"].items()
            for example in examples_of(media)
        ]
        for number, (media_type, body) in enumerate(bodies or [("", "")]):
            headers = {**needed["header"], **({"Content-Type": media_type} if media_type else {})}
            sent = body.encode() if media_type else None
            yield Case(name, f"body-{number}" if media_type else "plain", filled, needed["query"], headers, sent)
            for place, key, value in more if number == 0 else []:
                query = {**needed["query"], **({key: value} if place == "query" else {})}
                added = {key: value} if place == "header" else {}
                yield Case(name, f"with-{key}", filled, query, {**headers, **added}, sent)


CASES = {str(case): case for case in cases()}

# In the order in which they come; what is between them is their own matter.
FIRST: dict[str, tuple[str, str]] = {
    "undelete_entry": ("DELETE", "/v1/entries/Nippon%20Budokan"),
    "put_entry-with-If-None-Match": ("DELETE", "/v1/entries/Nippon%20Budokan"),
}
TOGETHER = {"list_entries-with-prefix": {"order": "keyword"}}
"""What an example needs beside it, as its description says."""


@pytest.fixture(scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a wiki that has what the examples speak of, and an administrator's key."""
    data = tmp_path_factory.mktemp("filled")
    async with wiki_world(data) as world:
        await fill(world.client(world.admin))
        job = Job("5f1c0a9e3b7d4286", "ndjson", "succeeded", created_at=1, beat_at=2, finished_at=3)
        await world.app.state.wiki.importing._jobs.put(job)
        return data, world.admin


@pytest.fixture
async def http(filled: tuple[Path, str], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a copy of that wiki."""
    data, key = filled
    shutil.copytree(data, tmp_path / "data")
    async with app_client(create_app(settings_in(tmp_path / "data"))) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


@pytest.mark.parametrize("name", CASES)
async def test_an_example_is_answered_as_the_document_says(http: httpx.AsyncClient, name: str) -> None:
    case = CASES[name]
    method, _, operation = OPERATIONS[case.operation]
    if first := FIRST.get(name) or FIRST.get(case.operation):
        (await http.request(*first)).raise_for_status()
    query = {**case.query, **TOGETHER.get(name, {})}
    if case.operation == "stream_changes":
        method = "head"  # the stream itself never ends
    answer = await http.request(method, case.path, params=query, headers=case.headers, content=case.body)
    assert str(answer.status_code) in {status for status in operation["responses"] if status.startswith("2")}, (
        answer.text
    )
    said = operation["responses"][str(answer.status_code)]
    for header, described in said["headers"].items():
        kind = described["schema"]["type"]
        value = answer.headers[header]
        assert faults(described["schema"], int(value) if kind == "integer" else value) == []
    if answer.content:
        media = said["content"][answer.headers["content-type"].partition(";")[0]]
        if answer.headers["content-type"] == JSON:
            assert faults(media["schema"], answer.json()) == []
            assert set(answer.json()) == set(resolved(media["schema"])["properties"])


async def test_nothing_that_is_read_is_sent_again_to_who_has_it(http: httpx.AsyncClient) -> None:
    for name, (method, _, operation) in OPERATIONS.items():
        if method != "get" or JSON not in operation["responses"]["200"].get("content", {}):
            continue
        case = next(case for case in CASES.values() if case.operation == name)
        first = await http.get(case.path, params=case.query)
        again = await http.get(case.path, params=case.query, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), name
        assert again.headers["ETag"] == first.headers["ETag"]
        head = await http.head(case.path, params=case.query)
        assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", first.headers["ETag"]), name


async def test_the_docs_pages_and_the_document_come_from_here_alone(http: httpx.AsyncClient) -> None:
    served = await http.get("/openapi.json")
    assert served.json() == DOCUMENT
    for path in ("/docs", "/redoc"):
        tree = LexborHTMLParser((await http.get(path)).text)
        assert [title.text() for title in tree.css("title")] == ["wiki-linker"]
        named = [
            node.attributes.get("src") or node.attributes.get("href") or "" for node in tree.css("script, link, img")
        ]
        assert named
        for name in named:
            assert re.fullmatch(r"docs/static/[a-z.-]+", name)
            assert (await http.get(f"/{name}")).status_code == 200
