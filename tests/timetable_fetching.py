"""Festivals that are kept in a real database and fetched from sources that a test holds in its hand."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from timetable_renderer.core.config import FestivalConfig, SourceConfig
from timetable_renderer.ports import Fetched, FetchFailedError, Validators

DAY: Final = date(2026, 8, 7)
START: Final = datetime(2026, 8, 6, 3, tzinfo=UTC)


def tif(*slots: tuple[str, str, str, str]) -> bytes:
    """A timetable in TIF's JSON of (stage, start, end, artist), all on the first day."""
    stages: dict[str, list[dict[str, str]]] = {}
    for stage, start, end, artist in slots:
        stages.setdefault(stage, []).append({"start": start, "end": end, "artist": artist, "detail": ""})
    return json.dumps({"day1": stages}, ensure_ascii=False).encode()


FIRST: Final = tif(("HOT STAGE", "1030", "1100", "朝焼けカフェ"), ("SKY STAGE", "1100", "1130", "夕立ち"))
SECOND: Final = tif(("HOT STAGE", "1030", "1100", "朝焼けカフェ"), ("SKY STAGE", "1230", "1300", "夕立ち"))


def config(*urls: str, festival_id: str = "fes", **more: Any) -> FestivalConfig:
    """A festival's settings, with one source a URL."""
    sources = tuple(SourceConfig(url=url, format="tif") for url in urls)
    return FestivalConfig(id=festival_id, name="げんばフェス", days=(DAY,), sources=sources, **more)


@dataclass
class HandFetcher:
    """Fulfils `ports.SourceFetcher`: a place has a body, or a reason why it cannot be had; and ETags."""

    places: dict[str, bytes | str] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def fetch(self, place: str, known: Validators) -> Fetched:
        self.asked.append((place, known.etag))
        there = self.places.get(place, "was answered with 404")
        if isinstance(there, str):
            raise FetchFailedError(there)
        etag = blake2b(there, digest_size=8).hexdigest()
        return Fetched(None if known.etag == etag else there, Validators(etag))


class Clock:
    """A time that goes on when told to."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def pass_time(self, **span: float) -> datetime:
        self.time += timedelta(**span)
        return self.time
