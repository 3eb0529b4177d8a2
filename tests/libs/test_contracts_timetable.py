"""The timetable's requests and responses: their bounds and their examples."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from genba_contracts import timetable
from genba_contracts.fields import WireRequest

MODELS = [
    member
    for name in timetable.__all__
    if isinstance(member := getattr(timetable, name), type) and issubclass(member, BaseModel)
]
REQUESTS = [model for model in MODELS if issubclass(model, WireRequest)]
SPEC: dict[str, Any] = {"name": "Fes", "sources": [{"url": "https://fes.example.org/time.json"}]}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_has_examples_and_each_is_an_instance_of_it(model: type[BaseModel]) -> None:
    bodies = model.model_json_schema()["examples"]
    assert bodies
    for body in bodies:
        read = model.model_validate_json(json.dumps(body))
        assert model.model_validate_json(read.model_dump_json()) == read
        assert model.model_validate(body) == read


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_says_what_it_is_and_its_own_examples_are_valid(model: type[BaseModel]) -> None:
    for name, schema in model.model_json_schema()["properties"].items():
        assert schema.get("description") or "$ref" in schema, f"{model.__name__}.{name} has no description"
        field = TypeAdapter[Any](model.model_fields[name].rebuild_annotation())
        for example in schema.get("examples", []):
            field.validate_python(example)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_instances_do_not_change(model: type[BaseModel]) -> None:
    assert model.model_config.get("frozen") is True


@pytest.mark.parametrize("model", REQUESTS, ids=lambda model: model.__name__)
def test_a_request_with_a_misspelt_field_is_refused(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="colur"):
        model.model_validate({"colur": "x"})


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "a\nb"},
        {"days": ["2026-02-30"]},
        {"days": [1_700_000_000]},
        {"days": ["2026-08-07T00:00:00"]},
        {"day_boundary": "24:00"},
        {"day_boundary": "5:00"},
        {"sources": []},
        {"sources": [{"url": "file:///etc/passwd"}]},
        {"sources": [{"url": "https://a b"}]},
        {"sources": [{"file": "time.json"}]},
        {"sources": SPEC["sources"] * 21},
        {"refresh_seconds": 9},
        {"refresh_seconds": "600"},
        {"stages": [{"name": "HOT", "colour": "red"}]},
        {"walks": [{"stages": ["HOT"], "minutes": 5}]},
        {"shows_over_24h": "yes"},
        {"official_url": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_a_festival_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    assert timetable.FestivalSpec.model_validate(SPEC)
    with pytest.raises(ValidationError):
        timetable.FestivalSpec.model_validate({**SPEC, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"picks": []},
        {"picks": ["a"] * 501},
        {"picks": ["a" * 65]},
        {"scale": 0},
        {"scale": 4},
        {"scale": 1.5},
        {"width": 319},
        {"width": 4_321},
        {"height": 10_000_000},
        {"day": 0},
        {"inset_top": -1},
        {"format": "bmp"},
        {"layout": "poster"},
        {"language": "fr"},
        {"qr": "true"},
        {"title": "drawn?"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_picture_out_of_bounds_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        timetable.PictureRequest.model_validate({"picks": ["a"], **change})
