"""What every refusal of a service has to be."""

import httpx

from genba_contracts.problem import PROBLEM_MEDIA_TYPE, Problem

JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}

_SAYS_ENOUGH = frozenset({401, 404, 405})
"""Statuses whose title says all there is to say."""


def problem_of(answer: httpx.Response, *statuses: int) -> Problem:
    """The answer's problem: of one of these statuses, with a title and a detail, and not as long as what was sent."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"] == PROBLEM_MEDIA_TYPE
    problem = Problem.model_validate_json(answer.content)
    assert problem.status == answer.status_code
    assert problem.title
    assert problem.detail or answer.status_code in _SAYS_ENOUGH, problem
    assert len(answer.content) < 8_000 + len(answer.url.raw_path), "it does not repeat what was sent"
    assert "Traceback" not in answer.text
    return problem
