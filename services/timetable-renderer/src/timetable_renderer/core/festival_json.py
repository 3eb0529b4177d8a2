"""A festival as JSON: for storage, for telling whether two are the same, and back again."""

import json
from dataclasses import replace
from datetime import date, datetime, time
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from timetable_renderer.core.festival import Festival, Kind, Slot, Stage


def dump(festival: Festival) -> bytes:
    """Canonical JSON, UTF-8: the same bytes for the same festival, always."""
    return _bytes(_json(festival))


def load(body: bytes) -> Festival:
    """The festival that `dump` wrote.

    Raises:
        ValueError: it is not what `dump` writes.
    """
    try:
        return _festival(json.loads(body))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"it is no festival: {type(error).__name__}: {error}") from error


def digest(festival: Festival) -> str:
    """What is the same for two festivals that differ in nothing but their version and the time of fetching."""
    whole = _json(festival)
    del whole["version"], whole["fetched_at"]
    return blake2b(_bytes(whole), digest_size=16).hexdigest()


def _bytes(whole: dict[str, Any]) -> bytes:
    return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _json(festival: Festival) -> dict[str, Any]:
    return {
        "id": festival.id,
        "name": festival.name,
        "timezone": festival.timezone,
        "day_boundary": festival.day_boundary.isoformat(),
        "days": [day.isoformat() for day in festival.days],
        "stages": [{"id": stage.id, "name": stage.name, "colour": stage.colour} for stage in festival.stages],
        "slots": [_slot_json(slot) for slot in festival.slots],
        "shows_over_24h": festival.shows_over_24h,
        "walking_minutes": festival.walking_minutes,
        "walks": sorted([first, second, minutes] for (first, second), minutes in festival.walks.items()),
        "official_url": festival.official_url,
        "version": festival.version,
        "fetched_at": festival.fetched_at and festival.fetched_at.isoformat(),
    }


def _slot_json(slot: Slot) -> dict[str, Any]:
    return {
        "id": slot.id,
        "day": slot.day.isoformat(),
        "stage": slot.stage,
        "lane": slot.lane,
        "start": slot.start.isoformat(),  # with the offset, which tells the two 2:30 of an autumn night apart
        "end": slot.end.isoformat(),
        "title": slot.title,
        "performers": list(slot.performers),
        "detail": slot.detail,
        "kind": slot.kind.value,
    }


def _festival(whole: Any) -> Festival:
    festival = Festival(
        id=whole["id"],
        name=whole["name"],
        timezone=whole["timezone"],
        day_boundary=time.fromisoformat(whole["day_boundary"]),
        days=tuple(map(date.fromisoformat, whole["days"])),
        stages=tuple(Stage(stage["id"], stage["name"], stage["colour"]) for stage in whole["stages"]),
        slots=(),
        shows_over_24h=whole["shows_over_24h"],
        walking_minutes=whole["walking_minutes"],
        walks=MappingProxyType({(first, second): minutes for first, second, minutes in whole["walks"]}),
        official_url=whole["official_url"],
        version=whole["version"],
        fetched_at=datetime.fromisoformat(whole["fetched_at"]) if whole["fetched_at"] else None,
    )
    zone = festival.zone
    slots = tuple(
        Slot(
            id=slot["id"],
            day=date.fromisoformat(slot["day"]),
            stage=slot["stage"],
            lane=slot["lane"],
            start=datetime.fromisoformat(slot["start"]).astimezone(zone),
            end=datetime.fromisoformat(slot["end"]).astimezone(zone),
            title=slot["title"],
            performers=tuple(slot["performers"]),
            detail=slot["detail"],
            kind=Kind(slot["kind"]),
        )
        for slot in whole["slots"]
    )
    return replace(festival, slots=slots)
