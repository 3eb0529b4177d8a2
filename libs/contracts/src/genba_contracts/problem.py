"""The body of every error: a problem document (RFC 9457)."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
"""The content type of every error (RFC 9457, section 6.1)."""


class ProblemItem(BaseModel):
    """One thing that is wrong with a request."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(
        description="Where: the part of the request (body, query, path, header, cookie) and a JSON Pointer into it.",
        examples=["body/description"],
    )
    detail: str = Field(description="What is wrong there.", examples=["String should have at least 1 character"])


class Problem(BaseModel):
    """What went wrong, for programs (`type`, `status`) and for people (`title`, `detail`).

    Further members that a type of problem brings are kept as extra fields.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = Field(default="about:blank", description="A URI that names the kind of problem.")
    title: str = Field(description="The kind of problem in a few words; the same each time.")
    status: int = Field(ge=400, le=599, description="The HTTP status of the answer.")
    detail: str | None = Field(default=None, description="What happened this time.")
    instance: str | None = Field(default=None, description="The path that was asked for.")
    request_id: str | None = Field(default=None, description="The answer's X-Request-ID: log lines carry it too.")
    errors: list[ProblemItem] | None = Field(default=None, description="Each single fault, where there are several.")
