"""What a command is told: by its command line, by the environment, by a file, in that order, else by default."""

import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import typer

from spot_price.core.records import LINUX
from spot_price.core.regions import UnknownNameError, near
from spot_price.usecases.market import product_of

MOST_DOLLARS: Final = 1_000_000.0
E = TypeVar("E", bound=StrEnum)
_NOT_SAID: Final[tuple[object, ...]] = (None, "", [], ())


class Format(StrEnum):
    """How prices are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class OptionError(ValueError):
    """What a command was told does not fit: one line, with where it was said."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a command can be told.

    Attributes:
        name: as the command line and the file have it, `auto-refresh`.
        help: what it sets, for people.
        shown: the default, for people.
        read: makes the value of what was said; raises ValueError or UnknownNameError.
        panel: heading in the command's help.
    """

    name: str
    help: str
    shown: str
    read: Callable[[Any], object]
    panel: str | None = None

    @property
    def field(self) -> str:
        """Its name where it has been read."""
        return self.name.replace("-", "_")

    def typer(self, *letters: str) -> typer.models.OptionInfo:
        """As Typer wants it."""
        made: typer.models.OptionInfo = typer.Option(
            f"--{self.name}", *letters, help=self.help, show_default=self.shown, rich_help_panel=self.panel
        )
        return made


@dataclass(frozen=True)
class Section:
    """Everything that a command can be told in all three ways.

    Attributes:
        name: of the command, and of its table in the file; other tables are for other commands.
        options: what can be told.
    """

    name: str
    options: Sequence[Option]

    @cached_property
    def by_name(self) -> Mapping[str, Option]:
        """The options by their names."""
        return {option.name: option for option in self.options}

    @property
    def config_variable(self) -> str:
        """The environment variable that names the file."""
        return f"SPOT_{self.name.upper()}_CONFIG"

    @property
    def config_option(self) -> typer.models.OptionInfo:
        """`--config` as Typer wants it."""
        made: typer.models.OptionInfo = typer.Option(
            "--config",
            help=f"File of options (TOML); else {self.config_variable}, else ~/.config/genba/spot-price.toml.",
        )
        return made

    def variable(self, option: Option) -> str:
        """An option's environment variable."""
        return f"SPOT_{self.name.upper()}_{option.field.upper()}"

    def read(
        self, given: Mapping[str, object], environ: Mapping[str, str], config: Path | None = None
    ) -> dict[str, Any]:
        """What was told, by `Option.field`; what was not is not in it.

        Args:
            given: what the command line says, by `Option.name`; None and empty lists are not said.
            environ: the environment; an empty variable says nothing.
            config: the file; None: the one that the environment names, else the usual one if there is one.

        Raises:
            OptionError: something does not fit, or the file that was named cannot be read.
        """
        variable = self.config_variable
        named = config or (Path(environ[variable]) if environ.get(variable) else None)
        path = named or default_config(environ)
        written = self._read_file(path) if named or path.is_file() else {}
        values = {}
        for option in self.options:
            ways = (
                (f"--{option.name}", given.get(option.name)),
                (self.variable(option), environ.get(self.variable(option))),
                (f"{path}: {option.name}", written.get(option.name)),
            )
            for where, said in ways:
                if said not in _NOT_SAID:
                    values[option.field] = _value(option, where, said)
                    break
        return values

    def _read_file(self, path: Path) -> dict[str, Any]:
        try:
            table = tomllib.loads(path.read_text("utf-8")).get(self.name, {})
        except OSError as error:
            raise OptionError(f"{path}: {error.strerror or error}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise OptionError(f"{path}: {error}") from None
        if not isinstance(table, dict):
            raise OptionError(f"{path}: {self.name} is no table")
        for name in table:
            if name not in self.by_name:
                like = near(name, list(self.by_name))
                hint = f" Did you mean {', '.join(like)}?" if like else ""
                raise OptionError(f"{path}: there is no option “{name}” in [{self.name}].{hint}")
        return table


def default_config(environ: Mapping[str, str]) -> Path:
    """Where the file is when nobody names one: `~/.config/genba/spot-price.toml`."""
    home = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or Path.home()) / ".config"
    return Path(home) / "genba" / "spot-price.toml"


def names_of(said: Any) -> tuple[str, ...]:
    """Names from a list, or from a text with commas; each once.

    Raises:
        ValueError: it is neither.
    """
    every = said.split(",") if isinstance(said, str) else said
    if not isinstance(every, list | tuple) or not all(isinstance(name, str) for name in every):
        raise ValueError(f"{said!r} is no list of names")
    return tuple(dict.fromkeys(name.strip() for name in every if name.strip()))


def types_of(said: Any) -> tuple[str, ...]:
    """Instance types, or patterns; at least one. Raises ValueError."""
    names = names_of(said)
    if not names:
        raise ValueError("name at least one instance type, or a pattern such as g5.*")
    return tuple(name.lower() for name in names)


def products_of(said: Any) -> tuple[str, ...]:
    """Product descriptions, Linux/UNIX if none is said. Raises ValueError and UnknownNameError."""
    return tuple(dict.fromkeys(product_of(name) for name in names_of(said))) or (LINUX,)


def dollars_of(said: Any) -> float:
    """US dollars, more than none. Raises ValueError."""
    try:
        dollars = math.nan if isinstance(said, bool) else float(said)
    except (TypeError, ValueError):
        dollars = math.nan
    if not 0 < dollars <= MOST_DOLLARS:
        raise ValueError(f"“{said}” is no amount of dollars above 0")
    return dollars


def count_of(least: int, most: int) -> Callable[[Any], int]:
    """What makes a whole number between these of what was said; it raises ValueError."""

    def read(said: Any) -> int:
        if isinstance(said, bool) or not re.fullmatch(r"[0-9]{1,9}", str(said)) or not least <= int(said) <= most:
            raise ValueError(f"“{said}” is no whole number from {least} to {most:,}")
        return int(said)

    return read


def one_of(choices: type[E], word: str) -> Callable[[Any], E]:
    """What makes one of these, each of which is a `word`, of what was said; it raises ValueError."""

    def read(said: Any) -> E:
        if said not in list(choices):
            raise ValueError(f"“{said}” is no {word}: {', '.join(choices)}")
        return choices(said)

    return read


def server_of(said: Any) -> str:
    """The address of a service. Raises ValueError."""
    parts = urlsplit(str(said))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"“{said}” is no address of a service: it looks like http://127.0.0.1:8004")
    return str(said)


def _value(option: Option, where: str, said: object) -> object:
    try:
        return option.read(said)
    except (ValueError, UnknownNameError) as error:
        raise OptionError(f"{where}: {error}") from None
