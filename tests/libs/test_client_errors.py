"""What a client raises: the tree, and what each error keeps."""

import time
from email.utils import formatdate

import httpx
import pytest

import genba_client
from genba_client import errors
from genba_client.errors import ApiStatusError, status_error

REQUEST = httpx.Request("GET", "http://wiki.test/v1/entries/x", headers={"X-Request-ID": "asked-1"})
PROBLEM = {
    "type": "urn:genba:problem:not-found",
    "title": "Not found",
    "status": 404,
    "detail": "There is no entry “x”.",
    "request_id": "answered-1",
    "errors": [{"pointer": "path/keyword", "detail": "unknown"}],
    "keyword": "x",
}


def answer(
    status: int, *, json: object = None, headers: dict[str, str] | None = None, text: str = ""
) -> httpx.Response:
    if json is not None:
        return httpx.Response(status, json=json, headers=headers, request=REQUEST)
    return httpx.Response(status, text=text, headers=headers, request=REQUEST)


def test_what_the_package_exports_is_listed_and_nothing_else_is_public() -> None:
    public = {
        name for name, value in vars(genba_client).items() if not name.startswith("_") and isinstance(value, type)
    }
    assert set(genba_client.__all__) == public
    assert genba_client.__all__ == [
        "ApiConnectionError",
        "ApiDeadlineError",
        "ApiResponseError",
        "ApiStatusError",
        "ApiTimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "ConflictError",
        "FaceClient",
        "GenbaError",
        "InternalServerError",
        "NotFoundError",
        "Pages",
        "PayloadTooLargeError",
        "PermissionDeniedError",
        "PreconditionFailedError",
        "RateLimitError",
        "ServiceUnavailableError",
        "SpotClient",
        "TimetableClient",
        "UnprocessableError",
        "WikiClient",
    ]


def test_every_error_is_exported_and_is_a_genba_error() -> None:
    tree = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)}
    of_genba = {kind for kind in tree if issubclass(kind, genba_client.GenbaError)}
    assert {kind.__name__ for kind in of_genba} <= set(genba_client.__all__)
    assert issubclass(genba_client.ApiDeadlineError, genba_client.ApiTimeoutError)
    assert issubclass(genba_client.ApiTimeoutError, genba_client.ApiConnectionError)
    assert issubclass(genba_client.ServiceUnavailableError, genba_client.InternalServerError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, genba_client.BadRequestError),
        (401, genba_client.AuthenticationError),
        (403, genba_client.PermissionDeniedError),
        (404, genba_client.NotFoundError),
        (409, genba_client.ConflictError),
        (412, genba_client.PreconditionFailedError),
        (413, genba_client.PayloadTooLargeError),
        (422, genba_client.UnprocessableError),
        (429, genba_client.RateLimitError),
        (500, genba_client.InternalServerError),
        (502, genba_client.InternalServerError),
        (503, genba_client.ServiceUnavailableError),
        (418, ApiStatusError),
        (301, ApiStatusError),
    ],
)
def test_a_status_has_its_error(status: int, kind: type[ApiStatusError]) -> None:
    error = status_error(answer(status))
    assert type(error) is kind
    assert error.status == status


def test_an_error_keeps_request_answer_problem_and_request_id() -> None:
    response = answer(404, json=PROBLEM, headers={"X-Request-ID": "answered-1"})
    error = status_error(response)
    assert error.request is REQUEST
    assert error.response is response
    assert error.problem is not None
    assert error.problem.errors is not None
    assert error.problem.errors[0].pointer == "path/keyword"
    assert error.problem.model_extra == {"keyword": "x"}
    assert error.request_id == "answered-1"


def test_an_error_reads_as_one_line_with_all_that_is_needed_to_look_for_it() -> None:
    assert str(status_error(answer(404, json=PROBLEM))) == (
        "GET http://wiki.test/v1/entries/x: 404 Not found: There is no entry “x”. (request answered-1)"
    )


@pytest.mark.parametrize("body", ["", "<h1>Bad Gateway</h1>", "[]", "null", '{"title": 3}', "{", "\x00"])
def test_an_answer_of_something_in_between_has_no_problem(body: str) -> None:
    error = status_error(answer(502, text=body))
    assert error.problem is None
    assert error.request_id == "asked-1"
    assert "502 Bad Gateway" in str(error)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("7", 7), (" 120 ", 120), ("", None), ("soon", None), ("-1", None), ("1.5", None), ("７", None)],
)
def test_retry_after_in_seconds_is_read(value: str, seconds: float | None) -> None:
    response = answer(503)
    response.headers = httpx.Headers([(b"Retry-After", value.encode())])
    assert status_error(response).retry_after == seconds


def test_retry_after_as_a_date_is_read() -> None:
    later = status_error(answer(503, headers={"Retry-After": formatdate(time.time() + 100, usegmt=True)})).retry_after
    assert later is not None
    assert 0 < later <= 100
    past = status_error(answer(503, headers={"Retry-After": formatdate(0, usegmt=True)}))
    assert past.retry_after == 0
    nowhere = status_error(answer(503, headers={"Retry-After": formatdate(0)}))
    assert nowhere.retry_after == 0


def test_an_answer_without_retry_after_says_nothing() -> None:
    assert status_error(answer(429)).retry_after is None
