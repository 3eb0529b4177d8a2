"""Typed async clients of Genba's services.

Each is an async context manager that keeps one pool of connections, tries again what is safe to repeat, and raises
subclasses of `GenbaError` that keep the answer, its problem document and the request's id.
"""

from genba_client._pages import Pages
from genba_client.errors import (
    ApiConnectionError,
    ApiDeadlineError,
    ApiResponseError,
    ApiStatusError,
    ApiTimeoutError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    GenbaError,
    InternalServerError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PreconditionFailedError,
    RateLimitError,
    ServiceUnavailableError,
    UnprocessableError,
)
from genba_client.faces import FaceClient
from genba_client.spot import SpotClient
from genba_client.timetable import TimetableClient
from genba_client.wiki import WikiClient

__all__ = [
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
