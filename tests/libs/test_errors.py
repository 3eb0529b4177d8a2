"""Errors know their status, and are said as problem documents."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genba_contracts.problem import Problem, ProblemItem
from genba_servicekit.errors import (
    Conflict,
    NotFound,
    ProblemError,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
    UnprocessableContent,
    error_of_status,
    problem_body,
    problem_response,
    responses,
)


class KeywordTaken(Conflict):
    """An entry of this keyword exists."""

    title = "There is such an entry"


class StarTaken(Conflict):
    """It is starred."""


def test_a_services_own_error_is_typed_by_its_name_and_keeps_its_parents_status() -> None:
    assert (KeywordTaken.status, KeywordTaken.type_uri) == (409, "urn:genba:problem:keyword-taken")
    assert StarTaken.title == Conflict.title


def test_a_document_says_what_is_known_and_nothing_else() -> None:
    body = json.loads(problem_body(KeywordTaken("by taro", keyword="曲"), instance="/v1/entries/曲", request_id="r1"))
    assert body == {
        "type": "urn:genba:problem:keyword-taken",
        "title": "There is such an entry",
        "status": 409,
        "detail": "by taro",
        "instance": "/v1/entries/曲",
        "request_id": "r1",
        "keyword": "曲",
    }
    assert set(json.loads(problem_body(NotFound()))) == {"type", "title", "status"}


def test_further_members_cannot_take_the_place_of_the_standard_ones() -> None:
    assert json.loads(problem_body(NotFound(title="x")))["title"] == NotFound.title


@given(detail=st.text(st.characters(exclude_categories=[])), instance=st.text(st.characters(exclude_categories=[])))
def test_any_text_even_lone_surrogates_makes_a_document_that_parses(detail: str, instance: str) -> None:
    item = ProblemItem.model_construct(pointer=instance, detail=detail)
    body = problem_body(UnprocessableContent(detail, errors=[item]), instance=instance)
    problem = Problem.model_validate_json(body)
    assert problem.status == 422


def test_the_response_has_the_media_type_of_rfc_9457_and_the_errors_headers() -> None:
    response = problem_response(TooManyRequests("slow down", retry_after=1.2))
    assert response.status_code == 429
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "2"
    assert problem_response(Unauthorized()).headers["www-authenticate"] == "Bearer"
    assert problem_response(ServiceUnavailable()).headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("status", "type_uri"), [(404, NotFound.type_uri), (500, ProblemError.type_uri), (418, "about:blank")]
)
def test_a_bare_status_becomes_its_own_class_or_about_blank(status: int, type_uri: str) -> None:
    error = error_of_status(status)
    assert (error.status, error.type_uri) == (status, type_uri)


def test_a_status_that_nobody_knows_is_said_all_the_same() -> None:
    assert error_of_status(599).title == "Status 599"
    assert ProblemError.status == 500  # untouched by it


def test_routes_list_their_errors_with_examples_that_are_problems() -> None:
    listed = responses(KeywordTaken, StarTaken, TooManyRequests)
    assert set(listed) == {409, 429}
    examples = listed[409]["content"]["application/problem+json"]["examples"]
    assert set(examples) == {"KeywordTaken", "StarTaken"}
    for answer in listed.values():
        for example in answer["content"]["application/problem+json"]["examples"].values():
            Problem.model_validate(example["value"])
    assert "Retry-After" in listed[429]["headers"]
