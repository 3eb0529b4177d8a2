"""Errors as pages say them to people: in their language, above the form that was refused or on a page of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from genba_servicekit.auth import Principal, Role
from genba_servicekit.errors import Forbidden, ProblemError
from genba_servicekit.languages import Language


class NeedsEditor(Forbidden):
    """What was asked for takes the role of an editor."""

    title = "Only editors can do this"


class NeedsLogin(Forbidden):
    """What was asked for takes somebody known."""

    title = "Log in to do this"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, for a person.

    Attributes:
        status: of the answer.
        text: in the reader's language.
        detail: more, in English; empty if there is no more.
        headers: of the answer.
    """

    status: int
    text: str
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def as_trouble(
    problem: ProblemError,
    language: Language,
    *,
    texts: Mapping[type[ProblemError], str],
    bad_input: tuple[type[ProblemError], ...] = (),
) -> Trouble:
    """An error as it is said to a person.

    Args:
        problem: what went wrong.
        language: the reader's. It has the message `error`, and may have one for a status: `error_404`.
        texts: the message's key for a class of errors; one that is not there is said by its status.
        bad_input: errors that are 400 on a form, whatever they are in REST: a person typed them.
    """
    key = texts.get(type(problem), f"error_{problem.status}")
    text = language(key if key in language.texts else "error")
    status = 400 if isinstance(problem, bad_input) else problem.status
    detail = problem.detail or ""
    return Trouble(status, text, "" if detail == text else detail, problem.headers)


def need_member(who: Principal) -> Principal:
    """The reader of a page, who has to be somebody.

    Raises:
        NeedsLogin: nobody is logged in.
    """
    if not who.known:
        raise NeedsLogin
    return who


def need_editor(who: Principal) -> Principal:
    """The reader of a page, who has to be an editor.

    Raises:
        NeedsLogin: nobody is logged in.
        NeedsEditor: the reader may only read.
    """
    if not need_member(who).role.allows(Role.EDITOR):
        raise NeedsEditor
    return who
