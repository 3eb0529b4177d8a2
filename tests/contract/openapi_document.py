"""The OpenAPI document of a service, taken apart: its operations, its examples, and requests made of them."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from jsonschema_rs import Draft202012Validator

from genba_servicekit.settings import ServiceSpec

sys.path.insert(0, str(Path(__file__).parents[2]))

from deploy.openapi import document, path_of

METHODS = ("get", "put", "post", "delete", "patch")
JSON = "application/json"
PROBLEM = "application/problem+json"
Operation = dict[str, Any]
Value = str | list[str]
"""Of a parameter: a list is sent as several of one name."""


@dataclass(frozen=True)
class Case:
    """One request made of a document's examples."""

    operation: str
    what: str
    path: str
    query: dict[str, Value] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def __str__(self) -> str:
        return f"{self.operation}-{self.what}"


class ApiDocument:
    """A service's document, as its application makes it.

    Attributes:
        spec: the service.
        whole: the document.
        text: the same as it would be kept.
        operations: by their names: method, path, and what is said of it.
    """

    def __init__(self, spec: ServiceSpec) -> None:
        self.spec = spec
        self.text = document(spec)
        self.whole: dict[str, Any] = json.loads(self.text)
        self.operations: dict[str, tuple[str, str, Operation]] = {
            operation["operationId"]: (method, path, operation)
            for path, item in self.whole.get("paths", {}).items()
            for method, operation in item.items()
        }

    @property
    def kept(self) -> str:
        """The document that is kept in the project; empty where none is."""
        path = path_of(self.spec)
        return path.read_text("utf-8") if path.exists() else ""

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema, or the one that it refers to."""
        if "$ref" in schema:
            found: dict[str, Any] = self.whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            return found
        return schema

    def examples_of(self, media: dict[str, Any]) -> list[Any]:
        """Every whole example of a body."""
        given = [shown["value"] for shown in media.get("examples", {}).values()]
        given += [media["example"]] if "example" in media else []
        schema = media["schema"]
        for part in schema.get("anyOf", [schema]):
            given += self.resolved(part).get("examples", [])
        return given

    def has_examples_within(self, schema: dict[str, Any]) -> bool:
        """Whether each of its properties has one, so that a docs page can put a whole together."""
        properties = self.resolved(schema)["properties"].values()
        return all("examples" in one or "default" in one or one["type"] in {"array", "boolean"} for one in properties)

    def schemas_with_examples(self) -> Iterator[tuple[str, dict[str, Any], Any]]:
        """Where, the schema, and an example of it: everything in the document."""
        for where, node in _nodes("#", self.whole):
            if isinstance(node.get("examples"), list):
                yield from ((where, node, example) for example in node["examples"])
            if "schema" in node:
                yield from ((where, node["schema"], example) for example in self.examples_of(node))

    def faults(self, schema: dict[str, Any], instance: Any) -> list[str]:
        """What is wrong with an instance of a schema of the document."""
        whole = {**schema, "components": self.whole["components"]}
        return [error.message for error in Draft202012Validator(whole, validate_formats=True).iter_errors(instance)]

    @cached_property
    def cases(self) -> dict[str, Case]:
        """Requests made of the examples, by name.

        Each operation with what it needs, then with each other parameter and each other body beside that.
        """
        return {str(case): case for name in self.operations for case in self._cases_of(name)}

    def _cases_of(self, name: str) -> Iterator[Case]:
        _, path, operation = self.operations[name]
        needed: dict[str, dict[str, str]] = {"path": {}, "header": {}}
        query: dict[str, Value] = {}
        more: list[tuple[str, str, Value]] = []
        for parameter in operation.get("parameters", []):
            for example in parameter["schema"].get("examples", []):
                value = [str(one) for one in example] if isinstance(example, list) else str(example)
                if not parameter["required"]:
                    more.append((parameter["in"], parameter["name"], value))
                elif parameter["in"] == "query":
                    query[parameter["name"]] = value
                else:
                    needed[parameter["in"]][parameter["name"]] = str(example)
        filled = path.format_map({key: quote(value, safe="") for key, value in needed["path"].items()})
        bodies = [
            (media_type, example if isinstance(example, str) else json.dumps(example, ensure_ascii=False))
            for media_type, media in operation.get("requestBody", {"content": {}})["content"].items()
            for example in self.examples_of(media)
        ]
        for number, (media_type, body) in enumerate(bodies or [("", "")]):
            headers = {**needed["header"], **({"Content-Type": media_type} if media_type else {})}
            sent = body.encode() if media_type else None
            yield Case(name, f"body-{number}" if media_type else "plain", filled, query, headers, sent)
            for place, key, value in more if number == 0 else []:
                asked = {**query, **({key: value} if place == "query" else {})}
                added = {key: str(value)} if place == "header" else {}
                yield Case(name, f"with-{key}", filled, asked, {**headers, **added}, sent)

    def check_answer(self, operation: str, answer: httpx.Response) -> None:
        """Assert that an answer is a success and as the document says: its headers, its body, no field more."""
        _, _, said_of_it = self.operations[operation]
        good = {status for status in said_of_it["responses"] if status.startswith("2")}
        assert str(answer.status_code) in good, answer.text
        said = said_of_it["responses"][str(answer.status_code)]
        for header, described in said.get("headers", {}).items():
            kind = described["schema"]["type"]
            value = answer.headers[header]
            assert self.faults(described["schema"], int(value) if kind == "integer" else value) == []
        if answer.content:
            media = said["content"][answer.headers["content-type"].partition(";")[0]]
            if answer.headers["content-type"] == JSON:
                assert self.faults(media["schema"], answer.json()) == []
                assert set(answer.json()) == set(self.resolved(media["schema"])["properties"])


def _nodes(where: str, node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a document that is no example itself, and where it is."""
    if isinstance(node, dict):
        yield where, node
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in inner:
        if name not in {"examples", "example", "default", "const", "enum"}:
            yield from _nodes(f"{where}/{name}", value)
