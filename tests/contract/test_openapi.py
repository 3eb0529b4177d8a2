"""The document of each service's REST API is complete, valid and kept, and its docs page needs no other host."""

import re
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from selectolax.lexbor import LexborHTMLParser

from contract.openapi_document import METHODS, PROBLEM, ApiDocument
from genba_servicekit.settings import load_services
from genba_servicekit.testing import app_client

pytestmark = pytest.mark.anyio

DOCUMENTS = [ApiDocument(service) for service in load_services()]
of_each_service = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.spec.name)
of_each_operation = pytest.mark.parametrize(
    ("document", "name"),
    [
        pytest.param(document, name, id=f"{document.spec.name}-{name}")
        for document in DOCUMENTS
        for name in document.operations
    ],
)


@of_each_service
def test_the_document_is_the_one_that_is_kept(document: ApiDocument) -> None:
    assert document.kept == document.text, "if the change is meant: make openapi"


@of_each_service
def test_the_document_is_openapi_3_1(document: ApiDocument) -> None:
    assert document.whole["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(document.whole).iter_errors()] == []
    assert document.operations


@of_each_operation
def test_an_operation_says_what_it_is_for_and_what_can_go_wrong(document: ApiDocument, name: str) -> None:
    method, path, operation = document.operations[name]
    assert method in METHODS
    assert operation["summary"]
    assert operation["summary"] != name.replace("_", " ").title()
    assert operation["description"]
    assert set(operation["tags"]) <= {tag["name"] for tag in document.whole["tags"]}
    for parameter in operation.get("parameters", []):
        assert parameter["description"], parameter["name"]
        assert {"type": "null"} not in parameter["schema"].get("anyOf", []), parameter["name"]
    assert set(re.findall(r"{(\w+)}", path)) == {
        parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"
    }
    expected = {400, 500}
    expected |= {403, 413, 422} if "requestBody" in operation else set()
    expected |= {401, 403} if "security" in operation and method != "get" else set()
    assert {int(status) for status in operation["responses"]} >= expected
    for status, answer in operation["responses"].items():
        assert answer["description"]
        if int(status) >= 400:
            assert set(answer["content"]) == {PROBLEM}
            assert answer["content"][PROBLEM]["examples"]
            for shown in answer["content"][PROBLEM]["examples"].values():
                assert shown["value"]["status"] == int(status)


@of_each_operation
def test_an_operation_shows_an_example_of_all_it_takes_and_gives(document: ApiDocument, name: str) -> None:
    _, _, operation = document.operations[name]
    for parameter in operation.get("parameters", []):
        if parameter["required"]:
            assert parameter["schema"]["examples"], parameter["name"]
    for media in operation.get("requestBody", {"content": {}})["content"].values():
        assert document.examples_of(media), "its body"
    for status, answer in operation["responses"].items():
        for media in answer.get("content", {}).values():
            assert document.examples_of(media) or document.has_examples_within(media["schema"]), status


@of_each_service
def test_every_example_fits_its_schema(document: ApiDocument) -> None:
    shown = list(document.schemas_with_examples())
    wrong = {where: found for where, schema, example in shown if (found := document.faults(schema, example))}
    assert wrong == {}
    assert len(shown) > len(document.operations)


@of_each_service
async def test_the_docs_pages_and_the_document_come_from_here_alone(document: ApiDocument, tmp_path: Path) -> None:
    app = document.spec.app(document.spec.settings(data_dir=tmp_path))
    async with app_client(app) as http:
        assert (await http.get("/openapi.json")).json() == document.whole
        for path in ("/docs", "/redoc"):
            tree = LexborHTMLParser((await http.get(path)).text)
            assert [title.text() for title in tree.css("title")] == [document.spec.name]
            named = [
                node.attributes.get("src") or node.attributes.get("href") or ""
                for node in tree.css("script, link, img")
            ]
            assert named
            for name in named:
                assert re.fullmatch(r"docs/static/[a-z.-]+", name)
                assert (await http.get(f"/{name}")).status_code == 200
