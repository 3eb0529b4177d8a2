"""How every REST answer of the wiki is given: with the seq that it is true of; and what conditional writes expect."""

import re
from hashlib import blake2b
from typing import Annotated, Final, Literal

from fastapi import Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from genba_contracts.wiki import SEQ_HEADER
from genba_servicekit import answers
from genba_servicekit.answers import AnswerHeaders
from wiki_linker.core.entities import ANYTHING, Entry, Expect
from wiki_linker.deps import Wiki, WikiDep

SEQ_COOKIE: Final = "wiki-seq"
_VERSION: Final = re.compile(r'"(\d{1,18})\.(\d{1,9})(?:\.[^"]*)?"')
_FAR: Final = 2**62

SeqHeader = Annotated[
    int | None,
    Header(
        alias=SEQ_HEADER,
        ge=0,
        le=_FAR,
        description="The answer is at least as new as this change (read your writes).",
        examples=[0],
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='Write only if the entry is in the state of this ETag (`"12.3.5f1c0a9e3b7d"`, quotes and all), or '
        "of one of several; `*`: if there is one.",
        examples=["*"],
    ),
]
IfNoneMatch = Annotated[
    Literal["*"] | None,
    Header(alias="If-None-Match", description="`*`: write only if there is no such entry.", examples=["*"]),
]


_SAID: Final = AnswerHeaders(
    {
        SEQ_HEADER: {
            "description": "The newest change that this answer knows of: send it back to read your own writes "
            "anywhere.",
            "required": True,
            "schema": {"type": "integer", "minimum": 0, "examples": [7103]},
        }
    },
    etag='"12.3.5f1c0a9e3b7d"',
    location="/v1/entries/soundcheck",
)
READ: Final = _SAID.read
WROTE: Final = _SAID.wrote
CREATED: Final = _SAID.created
TOLD: Final = _SAID.told
ADDED: Final = _SAID.added
STARTED: Final = _SAID.started
DONE: Final = _SAID.done


async def be_fresh(request: Request, wiki: WikiDep, genba_seq: SeqHeader = None) -> None:
    """Be level with every write that was answered before, and with what this client has seen, before it is read."""
    token = genba_seq or seq_cookie(request)
    if wiki.settings.strict_freshness or not wiki.reading.is_current(token):
        await wiki.reading.catch_up(token)


def seq_cookie(request: Request) -> int:
    """The seq that this browser has seen; 0 if it has seen none, or sends something else."""
    value = request.cookies.get(SEQ_COOKIE, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0  # noqa: PLR2004 - below _FAR


def answer(
    request: Request,
    wiki: Wiki,
    body: BaseModel,
    *,
    status: int = 200,
    etag: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """What `genba_servicekit.answers.answer` gives, and the seq of the wiki that says it."""
    every = {SEQ_HEADER: str(wiki.reading.seq), **(headers or {})}
    return answers.answer(request, body, status=status, etag=etag, headers=every)


def nothing(wiki: Wiki) -> Response:
    """204, and the seq."""
    return Response(status_code=204, headers={SEQ_HEADER: str(wiki.reading.seq)})


def entry_tag(entry: Entry, shown: str) -> str:
    """The entity tag of an entry: what If-Match goes by (id and revision), and a digest of what is shown beside."""
    return f'"{entry.id}.{entry.revision}.{blake2b(shown.encode(), digest_size=6).hexdigest()}"'


def expectation(if_match: str | None, if_none_match: str | None = None) -> Expect:
    """What a conditional write expects of the entry.

    Only the id and the revision in a tag count: that someone starred the entry meanwhile stops no writer, nor does a
    proxy that made the tag weak when it compressed the answer. What is no tag of an entry is no entry's state.
    """
    if if_none_match is not None:
        return Expect(absent=True)
    if if_match is None:
        return ANYTHING
    if if_match.strip() == "*":
        return Expect(exists=True)
    return Expect(versions=frozenset((int(match[1]), int(match[2])) for match in _VERSION.finditer(if_match)))
