"""A festival's settings, from a file in TOML or JSON."""

import json
import tomllib
from typing import Any, Final

from pydantic import ValidationError

from timetable_renderer.core.config import FestivalConfig
from timetable_renderer.core.parsed import Fault, SourceRefusedError

MOST_BYTES: Final = 1_000_000


def is_config(body: bytes) -> bool:
    """Does a file look like a festival's settings, rather than like a timetable?"""
    try:
        whole = _read(body)
    except SourceRefusedError:
        return False
    return "id" in whole and "name" in whole and ("sources" in whole or "timezone" in whole or "days" in whole)


def read_config(body: bytes, *, name: str) -> FestivalConfig:
    """Settings from the text of a file; `name` goes before the places that faults name.

    Raises:
        SourceRefusedError: it is neither TOML nor JSON (line, column), or says what cannot be (key, reason).
    """
    try:
        return FestivalConfig.model_validate(_read(body))
    except SourceRefusedError as error:
        faults = error.faults
    except ValidationError as error:
        faults = tuple(Fault(_key(one["loc"]), _reason(one)) for one in error.errors()[:20])
    raise SourceRefusedError(*(Fault(f"{name}: {one.where}" if one.where else name, one.reason) for one in faults))


def _read(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise SourceRefusedError(Fault("", f"it has {len(body):,} bytes; settings have at most {MOST_BYTES:,}"))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceRefusedError(Fault(f"byte {error.start + 1}", "it is not UTF-8")) from None
    try:
        whole = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except json.JSONDecodeError as error:
        fault = Fault(f"line {error.lineno}, column {error.colno}", f"it is no JSON: {error.msg}")
    except tomllib.TOMLDecodeError as error:
        reason, _, where = str(error).rpartition(" (at ")
        fault = Fault(where.removesuffix(")"), f"it is no TOML: {reason}") if reason else Fault("", str(error))
    except (RecursionError, ValueError) as error:
        fault = Fault("", f"it cannot be read: {error}")
    else:
        return whole if isinstance(whole, dict) else {}
    raise SourceRefusedError(fault)


def _key(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _reason(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")
