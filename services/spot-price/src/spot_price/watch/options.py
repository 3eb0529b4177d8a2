"""What the monitor is told: by the command line, by the environment, by a file, in that order, else by default."""

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from spot_price.core.records import LINUX, Seconds
from spot_price.core.regions import UnknownNameError, near
from spot_price.core.selection import Selection
from spot_price.usecases.market import product_of
from spot_price.watch.view import HOUR, window_of

SECTION: Final = "watch"
"""The table of the file that is the monitor's; others are for other commands."""
LEAST_REFRESH: Final = 1.0


class Format(StrEnum):
    """How prices are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class OptionError(ValueError):
    """What the monitor was told does not fit: one line, with where it was said."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What the monitor was told.

    Attributes:
        type: instance types, or patterns.
        regions: names, prefixes or aliases; empty: all.
        product: product descriptions.
        window: seconds from the chart's left edge to now.
        auto_refresh: seconds from one look to the next; 0: only when asked.
        server: address of a price service; None: the source itself.
        format: of what is printed.
    """

    type: tuple[str, ...] = ("g5.2xlarge",)
    regions: tuple[str, ...] = ()
    product: tuple[str, ...] = (LINUX,)
    window: Seconds = 3 * HOUR
    auto_refresh: float = 10.0
    server: str | None = None
    format: Format = Format.TABLE

    @property
    def selection(self) -> Selection:
        """Which pools are to be seen."""
        return Selection(types=self.type, regions=self.regions, products=self.product)


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be told.

    Attributes:
        name: as the command line and the file have it, `auto-refresh`.
        help: what it sets, for people.
        shown: the default, for people.
        read: makes the value of what was said; raises ValueError.
    """

    name: str
    help: str
    shown: str
    read: Callable[[Any], object]

    @property
    def field(self) -> str:
        """Its attribute in `WatchOptions`."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"SPOT_WATCH_{self.field.upper()}"


def _names(said: Any) -> tuple[str, ...]:
    every = said.split(",") if isinstance(said, str) else said
    if not isinstance(every, list | tuple) or not all(isinstance(name, str) for name in every):
        raise ValueError(f"{said!r} is no list of names")
    return tuple(dict.fromkeys(name.strip() for name in every if name.strip()))


def _types(said: Any) -> tuple[str, ...]:
    names = _names(said)
    if not names:
        raise ValueError("name at least one instance type, or a pattern such as g5.*")
    return tuple(name.lower() for name in names)


def _products(said: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(product_of(name) for name in _names(said))) or (LINUX,)


def _window(said: Any) -> Seconds:
    return window_of(str(said))


def _refresh(said: Any) -> float:
    try:
        seconds = float(said)
    except (TypeError, ValueError):
        seconds = math.nan
    if not (seconds == 0 or LEAST_REFRESH <= seconds < math.inf):
        raise ValueError(f"“{said}” is no number of seconds: 0 for never, else at least {LEAST_REFRESH:g}")
    return seconds


def _server(said: Any) -> str:
    parts = urlsplit(str(said))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"“{said}” is no address of a service: it looks like http://127.0.0.1:8004")
    return str(said)


def _format(said: Any) -> Format:
    if said not in list(Format):
        raise ValueError(f"“{said}” is no format: {', '.join(Format)}")
    return Format(said)


OPTIONS: Final = (
    Option("type", "Instance type, or a pattern such as `g5.*`; may be given again.", "g5.2xlarge", _types),
    Option("regions", "Region, prefix (`us-west`) or `us eu ap sa ca me af all`; may be given again.", "all", _names),
    Option("product", "Product description; may be given again.", LINUX, _products),
    Option("window", "How much time the chart shows: 15m to 90d.", "3h", _window),
    Option("auto-refresh", "Seconds from one look to the next; 0: only when asked.", "10", _refresh),
    Option("server", "Address of a running service; without it the source is asked.", "none", _server),
    Option("format", "How `--once` prints: table, json or csv.", "table", _format),
)
"""Everything that can be told in all three ways."""
CONFIG_VARIABLE: Final = "SPOT_WATCH_CONFIG"


def default_config(environ: Mapping[str, str]) -> Path:
    """Where the file is when nobody names one: `~/.config/genba/spot-price.toml`."""
    home = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or Path.home()) / ".config"
    return Path(home) / "genba" / "spot-price.toml"


def read_options(given: Mapping[str, object], environ: Mapping[str, str], config: Path | None = None) -> WatchOptions:
    """What the monitor is told.

    Args:
        given: what the command line says, by `Option.name`; None and empty lists are not said.
        environ: the environment; an empty variable says nothing.
        config: the file; None: the one that the environment names, else the usual one if there is one.

    Raises:
        OptionError: something does not fit, or the file that was named cannot be read.
    """
    named = config or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    path = named or default_config(environ)
    written = _read_file(path) if named or path.is_file() else {}
    values: dict[str, Any] = {}
    for option in OPTIONS:
        ways = (
            (f"--{option.name}", given.get(option.name) or None),
            (option.variable, environ.get(option.variable) or None),
            (f"{path}: {option.name}", written.get(option.name)),
        )
        if option.name == "auto-refresh":  # 0 says something
            ways = ((ways[0][0], given.get(option.name)), *ways[1:])
        for where, said in ways:
            if said is not None:
                values[option.field] = _value(option, where, said)
                break
    return WatchOptions(**values)


def _value(option: Option, where: str, said: object) -> object:
    try:
        return option.read(said)
    except (ValueError, UnknownNameError) as error:
        raise OptionError(f"{where}: {error}") from None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8")).get(SECTION, {})
    except OSError as error:
        raise OptionError(f"{path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{path}: {error}") from None
    if not isinstance(table, dict):
        raise OptionError(f"{path}: {SECTION} is no table")
    names = [option.name for option in OPTIONS]
    for name in table:
        if name not in names:
            hint = f" Did you mean {', '.join(near(name, names))}?" if near(name, names) else ""
            raise OptionError(f"{path}: there is no option “{name}” in [{SECTION}].{hint}")
    return table
