"""What a client raises.

GenbaError
├── ApiStatusError               the service answered, and refused
│   ├── BadRequestError          400
│   ├── AuthenticationError      401
│   ├── PermissionDeniedError    403
│   ├── NotFoundError            404
│   ├── ConflictError            409
│   ├── PreconditionFailedError  412
│   ├── PayloadTooLargeError     413
│   ├── UnprocessableError       422
│   ├── RateLimitError           429
│   └── InternalServerError      5xx
│       └── ServiceUnavailableError  503
├── ApiConnectionError           no answer, or not all of it
│   └── ApiTimeoutError          … within a timeout
│       └── ApiDeadlineError     … within the call's deadline
└── ApiResponseError             an answer that is not what the contract says
"""

import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from pydantic import ValidationError

from genba_contracts.problem import Problem

REQUEST_ID_HEADER: Final = "X-Request-ID"


class GenbaError(Exception):
    """Anything that went wrong between a client and its service.

    Attributes:
        request: what was sent, or was to be.
        response: what was answered; None if nothing was.
        request_id: by which the service's log lines are found.
    """

    def __init__(
        self,
        message: str,
        *,
        request: httpx.Request,
        response: httpx.Response | None = None,
        request_id: str | None = None,
    ) -> None:
        self.request = request
        self.response = response
        answered = None if response is None else response.headers.get(REQUEST_ID_HEADER)
        self.request_id: str | None = request_id or answered or request.headers.get(REQUEST_ID_HEADER)
        named = f" (request {self.request_id})" if self.request_id else ""
        super().__init__(f"{request.method} {request.url}: {message}{named}")


class ApiConnectionError(GenbaError):
    """The service could not be reached, or the connection ended before the answer did.

    Attributes:
        sent: whether the request may have reached the service. If not, nothing has been done.
    """

    def __init__(self, message: str, *, request: httpx.Request, sent: bool) -> None:
        super().__init__(message, request=request)
        self.sent = sent


class ApiTimeoutError(ApiConnectionError):
    """The connection or the next piece of the answer did not come within its timeout."""


class ApiDeadlineError(ApiTimeoutError):
    """The whole call, with its attempts and the waits between them, did not end within its deadline."""


class ApiResponseError(GenbaError):
    """An answer that is not what the contract says: another program answers there, or a newer version."""

    response: httpx.Response

    def __init__(self, message: str, *, response: httpx.Response) -> None:
        super().__init__(message, request=response.request, response=response)


class ApiStatusError(GenbaError):
    """The service answered with a status that is no success.

    Attributes:
        response: the answer, its body read.
        status: the HTTP status.
        problem: the answer's body (RFC 9457); None if something between answered, with a body of its own.
    """

    response: httpx.Response

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.problem = _problem_of(response)
        if self.problem is None:
            says, request_id = response.reason_phrase, None
        else:
            says = ": ".join(filter(None, (self.problem.title, self.problem.detail)))
            request_id = self.problem.request_id
        message = f"{self.status} {says}".strip()
        super().__init__(message, request=response.request, response=response, request_id=request_id)

    @property
    def retry_after(self) -> float | None:
        """Seconds until it is worth trying again, as the service says (RFC 9110, 10.2.3); None if it does not."""
        value = self.response.headers.get("Retry-After", "").strip()
        if value.isascii() and value.isdigit():
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        if moment.tzinfo is None:  # "-0000", which RFC 5322 has for "UTC, but who knows where"
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - time.time())


class BadRequestError(ApiStatusError):
    """400: the request cannot be read."""


class AuthenticationError(ApiStatusError):
    """401: who asks is not known."""


class PermissionDeniedError(ApiStatusError):
    """403: who asks is known, and may not."""


class NotFoundError(ApiStatusError):
    """404: there is no such thing."""


class ConflictError(ApiStatusError):
    """409: what is asked contradicts what is there."""


class PreconditionFailedError(ApiStatusError):
    """412: somebody else was first; what is there is not what `If-Match` or `If-None-Match` said."""


class PayloadTooLargeError(ApiStatusError):
    """413: more than the service takes at once."""


class UnprocessableError(ApiStatusError):
    """422: readable, but not allowed; `problem.errors` says where."""


class RateLimitError(ApiStatusError):
    """429: too often; `retry_after` says when again."""


class InternalServerError(ApiStatusError):
    """5xx: something broke there."""


class ServiceUnavailableError(InternalServerError):
    """503: not now; `retry_after` may say when."""


_BY_STATUS: Final[dict[int, type[ApiStatusError]]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionFailedError,
    413: PayloadTooLargeError,
    422: UnprocessableError,
    429: RateLimitError,
    503: ServiceUnavailableError,
}
_SERVER_ERROR: Final = 500


def status_error(response: httpx.Response) -> ApiStatusError:
    """Give the error that an answer (with its body read) stands for."""
    general = InternalServerError if response.status_code >= _SERVER_ERROR else ApiStatusError
    return _BY_STATUS.get(response.status_code, general)(response)


def _problem_of(response: httpx.Response) -> Problem | None:
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return None
