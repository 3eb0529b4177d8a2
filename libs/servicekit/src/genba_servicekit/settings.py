"""What can be set: environment variables, each with a default that works on a laptop, a unit and a line of help.

A service subclasses `ServiceSettings` and names its prefix:

    class WikiSettings(ServiceSettings):
        model_config = SettingsConfigDict(env_prefix="WIKI_")
        port: int = Field(default=8001, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")

What every service has is read from `GENBA_…`; the service's own prefix goes before it (`WIKI_LOG_LEVEL` over
`GENBA_LOG_LEVEL`), so that one of several can be told something else. Nothing is read from files.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from inspect import get_annotations
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from starlette.types import ASGIApp

SHARED_PREFIX: Final = "GENBA_"
ENTRY_POINT_GROUP: Final = "genba.services"


@dataclass(frozen=True, slots=True)
class Unit:
    """What a setting is counted in: `Annotated[int, Unit("bytes")]`."""

    name: str


def _origin(url: str | None) -> str | None:
    """Scheme, host and port of a site; refuses what is not http."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        msg = "must look like https://wiki.example.org"
        raise ValueError(msg)
    return f"{parts.scheme}://{parts.netloc}"


class ServiceSettings(BaseSettings):
    """What every service can be told. `public_url` is kept as scheme, host and port."""

    model_config = SettingsConfigDict(env_prefix=SHARED_PREFIX, extra="ignore", frozen=True, env_ignore_empty=True)
    own_prefix: ClassVar[str]

    data_dir: Path = Field(default=Path("var"), description="Everything that is kept goes here, unless a URL says so.")
    redis_url: str | None = Field(
        default=None, description="Redis for events and rate limits; none: this process alone."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    uds: Path | None = Field(default=None, description="Unix socket to listen on in place of host and port.")
    share_port: bool = Field(default=False, description="Let other processes that say so too listen on the same port.")
    public_url: Annotated[str | None, AfterValidator(_origin)] = Field(
        default=None, description="Where people reach this, if a proxy stands before it, e.g. https://wiki.example.org"
    )
    forwarded_allow_ips: str = Field(
        default="127.0.0.1",
        description="Proxies whose X-Forwarded-For and -Proto are believed; comma-separated, * for all.",
    )
    body_limit: Annotated[int, Unit("bytes")] = Field(
        default=1 << 20, ge=0, description="Longest request body; more is answered with 413."
    )
    shutdown_timeout: Annotated[int, Unit("seconds")] = Field(
        default=5, ge=0, description="How long open requests and streams may go on after a stop signal."
    )
    access_log: bool = Field(default=True, description="One log line a request.")
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="auto: console in a terminal, else JSON."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )

    @property
    def session_cookie(self) -> str:
        """The cookie of people who are logged in, over plain http: `WIKI_` makes `wiki_session`."""
        return f"{self.own_prefix.lower()}session"

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Remember the subclass's own prefix."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.own_prefix = str(cls.model_config.get("env_prefix") or SHARED_PREFIX)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  (pydantic-settings passes all of these)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the service's prefix, then the shared prefix for what all services have."""
        shared = EnvSettingsSource(ServiceSettings, env_prefix=SHARED_PREFIX)
        return init_settings, env_settings, shared


ServiceSettings.own_prefix = SHARED_PREFIX


class SettingRow(NamedTuple):
    """One line of the settings table."""

    name: str
    default: str
    unit: str
    help: str


def settings_table(settings_cls: type[ServiceSettings]) -> list[SettingRow]:
    """Every setting of a service, its own first, as (variable, default, unit, help)."""
    own: list[SettingRow] = []
    shared: list[SettingRow] = []
    for name, field in settings_cls.model_fields.items():
        is_own = any(name in get_annotations(base) for base in _own_classes(settings_cls))
        prefix = settings_cls.own_prefix if is_own else SHARED_PREFIX
        row = SettingRow(f"{prefix}{name.upper()}", _default(field), _unit(field), field.description or "")
        (own if is_own else shared).append(row)
    return own + shared


def _own_classes(settings_cls: type[ServiceSettings]) -> list[type]:
    return [base for base in settings_cls.__mro__ if issubclass(base, ServiceSettings) and base is not ServiceSettings]


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


_TYPE_UNITS: Final[dict[object, str]] = {
    bool: "true or false",
    int: "number",
    float: "number",
    Path: "path",
    str: "text",
}


def _unit(field: FieldInfo) -> str:
    for item in field.metadata:
        if isinstance(item, Unit):
            return item.name
    annotation = field.annotation
    if get_origin(annotation) is Literal:
        return ", ".join(map(str, get_args(annotation)))
    members = [member for member in get_args(annotation) if member is not type(None)] or [annotation]
    return _TYPE_UNITS.get(members[0], "text")


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """What there is to know of a service from outside.

    Attributes:
        name: as people call it, `wiki-linker`.
        command: as it is installed; the first word of its command line.
        default_port: where it listens if not told otherwise.
        settings: its settings class.
        app: makes its ASGI application from its settings.
        sample: arguments of `command` that load the sample into an empty service; none if it has no sample.
        neighbours: settings of this service that name others, and which: `{"TIMETABLE_WIKI_URL": "wiki-linker"}`.
            Whoever runs several services together sets those that are not set.
    """

    name: str
    command: str
    default_port: int
    settings: type[ServiceSettings]
    app: Callable[[Any], ASGIApp]
    sample: tuple[str, ...] = ()
    neighbours: Mapping[str, str] = dataclasses.field(default_factory=dict)


def load_services() -> list[ServiceSpec]:
    """Every installed service, by port: those that registered a `ServiceSpec` in the group `genba.services`."""
    specs = [entry.load() for entry in entry_points(group=ENTRY_POINT_GROUP)]
    return sorted((spec for spec in specs if isinstance(spec, ServiceSpec)), key=lambda spec: spec.default_port)
