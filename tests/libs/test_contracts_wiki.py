"""The wiki's requests and responses: their bounds, their examples, and how a keyword becomes a path."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from genba_contracts import wiki
from genba_contracts.fields import WireRequest
from genba_contracts.wiki_fields import DESCRIPTION_MAX, KEYWORD_MAX

MODELS = [
    member for name in wiki.__all__ if isinstance(member := getattr(wiki, name), type) and issubclass(member, BaseModel)
]
REQUESTS = [model for model in MODELS if issubclass(model, WireRequest)]
UNRESERVED = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%")
ENTRY: dict[str, Any] = {
    "keyword": "encore",
    "description": "What is asked for after the last song.",
    "author": "hanako",
    "created_at": "2026-04-11T08:00:00Z",
    "updated_at": "2026-04-11T08:00:00Z",
    "revision": 1,
    "seq": 1,
    "url": "/keyword/encore",
    "etag": '"1.1.0"',
}


def field_schemas(model: type[BaseModel]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from model.model_json_schema()["properties"].items()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_example_of_a_model_is_an_instance_of_it(model: type[BaseModel]) -> None:
    for body in model.model_json_schema().get("examples", []):
        read = model.model_validate_json(json.dumps(body))
        assert model.model_validate_json(read.model_dump_json()) == read


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_says_what_it_is_and_its_own_examples_are_valid(model: type[BaseModel]) -> None:
    for name, schema in field_schemas(model):
        assert schema.get("description"), f"{model.__name__}.{name} has no description"
        field = TypeAdapter[Any](model.model_fields[name].rebuild_annotation())
        for example in schema.get("examples", []):
            field.validate_python(example)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_instances_do_not_change(model: type[BaseModel]) -> None:
    assert model.model_config.get("frozen") is True


@pytest.mark.parametrize(
    "model", [model for model in MODELS if issubclass(model, WireRequest)], ids=lambda m: m.__name__
)
def test_a_request_with_a_misspelt_field_is_refused(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="descripton"):
        model.model_validate({"descripton": "x"})


def test_an_answer_with_a_field_of_a_newer_service_is_read() -> None:
    assert wiki.Entry.model_validate({**ENTRY, "sentiment": "warm"}).keyword == "encore"


def test_an_entry_leaves_html_out_unless_it_was_asked_for() -> None:
    entry = wiki.Entry.model_validate(ENTRY)
    assert entry.html is None
    assert "html" not in json.loads(entry.model_dump_json(exclude_none=True))


@pytest.mark.parametrize(
    "keyword",
    [
        ".",
        "..",
        "a/b",
        "a//b",
        "%",
        "%2F",
        "?",
        "#",
        "🎸",
        "👩‍🎤",
        "日本武道館",
        "Nippon Budokan",
        "'\"<&>",
        "x" * KEYWORD_MAX,
    ],
)
def test_a_keyword_may_hold_any_visible_character(keyword: str) -> None:
    request = wiki.EntryPatch(keyword=keyword)
    assert request.keyword == keyword
    assert wiki.EntryPatch.model_validate_json(request.model_dump_json()) == request


@pytest.mark.parametrize(
    "keyword",
    [
        "",
        " ",
        " lead",
        "trail ",
        "全角　",
        "x" * (KEYWORD_MAX + 1),
        "x" * 10_000,
        "nul\x00",
        "line\nbreak",
        "line\n",
        "bell\x07",
        "c1\x85",
        "bidi\u202etxt",
        "isolate\u2066",
        "mark\u200f",
        "bom\ufeff",
        "arabic mark\u061c",
        "not a character\uffff",
        "separator\u2028",
        "surrogate\ud800",
    ],
    ids=ascii,
)
def test_a_keyword_with_what_cannot_be_seen_is_refused(keyword: str) -> None:
    with pytest.raises(ValidationError):
        wiki.EntryPatch(keyword=keyword)


def test_a_lone_surrogate_in_json_is_refused() -> None:
    with pytest.raises(ValidationError):
        wiki.EntryWrite.model_validate_json(r'{"description": "\ud800"}')


@pytest.mark.parametrize(
    "description", ["", "nul\x00", "escape\x1b[31m", "x" * (DESCRIPTION_MAX + 1)], ids=lambda d: ascii(d[:10])
)
def test_a_description_with_control_characters_or_without_bounds_is_refused(description: str) -> None:
    with pytest.raises(ValidationError):
        wiki.EntryWrite(description=description)


def test_a_description_may_hold_line_breaks_tabs_and_right_to_left_text() -> None:
    text = "一行目\r\n\t二行目\n\u202aاهلا\u202c"
    assert wiki.EntryWrite(description=text).description == text


def test_a_password_shows_neither_in_a_printed_request_nor_in_an_error() -> None:
    assert "hunter2hunter2" not in repr(wiki.UserCreate(name="hanako", password="hunter2hunter2"))
    with pytest.raises(ValidationError) as refused:
        wiki.UserCreate(name="hanako", password="hunter2" * 200)
    assert "hunter2" not in str(refused.value)


def test_a_line_of_a_batch_says_by_its_error_whether_it_failed() -> None:
    lines: TypeAdapter[wiki.LinkResult | wiki.LinkFailure] = TypeAdapter(wiki.LinkResult | wiki.LinkFailure)
    assert isinstance(lines.validate_python({"line": 2, "error": "no object"}), wiki.LinkFailure)
    assert isinstance(lines.validate_python({"line": 1, "html": "x", "spans": [], "seq": 3}), wiki.LinkResult)


@pytest.mark.parametrize(
    ("keyword", "segment"),
    [
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("...", "..."),
        ("a.b", "a.b"),
        ("a/b", "a%2Fb"),
        ("a//b", "a%2F%2Fb"),
        ("%", "%25"),
        ("%2F", "%252F"),
        ("?", "%3F"),
        ("#", "%23"),
        ("a b+c", "a%20b%2Bc"),
        ("~_-", "~_-"),
        ("🎸", "%F0%9F%8E%B8"),
        ("館", "%E9%A4%A8"),
    ],
)
def test_a_keyword_has_one_spelling_in_a_path(keyword: str, segment: str) -> None:
    assert wiki.path_segment(keyword) == segment


@given(st.text(min_size=1))
def test_any_text_comes_back_from_its_path(keyword: str) -> None:
    segment = wiki.path_segment(keyword)
    assert unquote(segment, errors="strict") == keyword
    assert set(segment) <= UNRESERVED
    assert segment not in {".", ".."}
