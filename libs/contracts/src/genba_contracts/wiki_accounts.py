"""People, their sessions and the API keys of programs, as they travel."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from genba_contracts.fields import ONE_LINE, Timestamp, Wire, WireRequest, examples
from genba_contracts.wiki_fields import PASSWORD_MAX, PASSWORD_MIN, StoredName, UserName

SESSION_COOKIE: Final = "wiki_session"
SECURE_SESSION_COOKIE: Final = "__Host-wiki_session"
"""The session cookie's name over https: browsers take it only from this very host."""

Role = Annotated[
    Literal["reader", "editor", "admin"],
    Field(
        description="What the person or key may do: a reader reads, an editor writes, an admin does all.",
        examples=["editor"],
    ),
]


class User(Wire):
    """A person of the wiki."""

    name: StoredName
    role: Role
    created_at: Timestamp

    model_config = ConfigDict(
        json_schema_extra=examples({"name": "hanako", "role": "editor", "created_at": "2026-04-11T08:00:00Z"})
    )


class UserCreate(WireRequest):
    """A person who registers."""

    name: UserName
    password: str = Field(
        repr=False,
        min_length=PASSWORD_MIN,
        max_length=PASSWORD_MAX,
        description="The password, any characters.",
        examples=["correct horse battery staple"],
    )

    model_config = ConfigDict(
        hide_input_in_errors=True,
        json_schema_extra=examples({"name": "梅田", "password": "correct horse battery staple"}),
    )


class RoleChange(WireRequest):
    """What a person may do from now on."""

    role: Role

    model_config = ConfigDict(json_schema_extra=examples({"role": "admin"}))


class SessionCreate(WireRequest):
    """A person who logs in."""

    name: UserName
    password: str = Field(
        repr=False,
        min_length=1,
        max_length=PASSWORD_MAX,
        description="The password.",
        examples=["correct horse battery staple"],
    )

    model_config = ConfigDict(
        hide_input_in_errors=True,
        json_schema_extra=examples({"name": "hanako", "password": "correct horse battery staple"}),
    )


class Session(Wire):
    """A log-in. The answer sets it as a cookie, `SESSION_COOKIE`; a program may send the token so by itself."""

    user: User = Field(description="Who logged in.")
    token: str = Field(
        repr=False,
        description="The secret of the session: shown once.",
        examples=["Zk3vM0n2t7q9w1x5y8a4c6e0g2i4k6m8o1q3s5u7w9y"],
    )
    expires_at: Timestamp

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "user": {"name": "hanako", "role": "editor", "created_at": "2026-04-11T08:00:00Z"},
                "token": "Zk3vM0n2t7q9w1x5y8a4c6e0g2i4k6m8o1q3s5u7w9y",
                "expires_at": "2026-05-18T09:30:00Z",
            },
        ),
    )


KeyName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        description="What the key is for, in its owner's words.",
        examples=["timetable-renderer", "夜間の取り込み"],
    ),
    ONE_LINE,
]


class ApiKey(Wire):
    """An API key as its owner may see it later: never its secret."""

    id: int = Field(ge=1, description="The key's number: its name in paths.", examples=[3])
    name: str = Field(description="What the key is for, in its owner's words.", examples=["timetable-renderer"])
    prefix: str = Field(description="The secret's first characters, to know it by.", examples=["gk_Q2w4E6"])
    role: Role
    created_at: Timestamp
    last_used_at: Timestamp | None = Field(
        default=None, description="About when it was last used; null for never.", examples=["2026-04-18T09:30:00Z"]
    )


class ApiKeyPage(Wire):
    """One's own API keys."""

    items: list[ApiKey] = Field(description="The keys, oldest first.")


class ApiKeyCreate(WireRequest):
    """A key to make. Its role cannot be above its owner's."""

    name: KeyName
    role: Role = "editor"

    model_config = ConfigDict(json_schema_extra=examples({"name": "timetable-renderer", "role": "reader"}))


class ApiKeyCreated(ApiKey):
    """A key that was just made."""

    key: str = Field(
        repr=False,
        description="The secret: send it as `Authorization: Bearer`. Shown once, stored only hashed.",
        examples=["gk_Q2w4E6r8T0y1U3i5O7p9A1s3D5f7G9h1J3k5L7z9X1c"],
    )
