"""What cannot be answered of what is sent, as HTTP says it."""

from genba_contracts.problem import Problem
from genba_servicekit.errors import ProblemError, UnprocessableContent, problem_of


class UnreadablePicture(UnprocessableContent):
    """None of the pictures of a request can be read; `errors` says why of each."""

    title = "A picture cannot be read"
    example = "no picture in JPEG, PNG, WebP or PGM"


def problem_document(error: ProblemError) -> Problem:
    """A problem within an answer that has other parts."""
    return Problem.model_validate(problem_of(error))
