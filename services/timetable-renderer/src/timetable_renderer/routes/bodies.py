"""Answers whose bodies are ready bytes, and what OpenAPI says of them."""

import re
from typing import Any, Final

from fastapi import Request

from genba_servicekit.answers import AnswerHeaders, Said
from timetable_renderer.core.options import ImageFormat
from timetable_renderer.deps import Renderer
from timetable_renderer.usecases.picturing import MEDIA_TYPES

HEADERS: Final = AnswerHeaders(location="/v1/festivals/genba-fes-2026")
CALENDAR: Final = "text/calendar; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"

_RANGE: Final = re.compile(r"\s*([a-z*]{1,30})/([a-z0-9.+*-]{1,60})\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?\s*")
_MOST_RANGES: Final = 20
_BY_TYPE: Final = {media_type: image_format for image_format, media_type in MEDIA_TYPES.items()}


def base_url(request: Request, renderer: Renderer) -> str:
    """Where people reach this service."""
    return renderer.settings.public_url or str(request.base_url).rstrip("/")


def wanted_format(given: str | None, accept: str) -> ImageFormat:
    """As what a picture is asked for: what `format` says, or of the kinds in Accept the one with the most weight; PNG.

    An Accept that takes none of them gets PNG too: RFC 9110, 12.4.1, leaves that to the server.
    """
    if given is not None:
        return ImageFormat(given)
    best, weight = ImageFormat.PNG, 0.0
    for item in accept.lower().split(",")[:_MOST_RANGES]:
        match = _RANGE.fullmatch(item)
        if match is None:
            continue
        found = _BY_TYPE.get(f"{match[1]}/{match[2]}")
        quality = float(match[3] or 1)
        if found is not None and quality > weight:
            best, weight = found, quality
    return best


def file_headers(name: str) -> dict[str, str]:
    """Under which name a browser saves it. The name is ASCII: a festival's id and an ending."""
    return {"Content-Disposition": f'inline; filename="{name}"'}


def said(*contents: tuple[str, Any]) -> Said:
    """200 with bodies of these kinds, each with an example, and 304."""
    shown = {
        kind.partition(";")[0]: {
            "schema": {"type": "string", **({} if kind.startswith("text/") else {"format": "binary"})},
            "example": example,
        }
        for kind, example in contents
    }
    return {200: {**HEADERS.read[200], "content": shown}, 304: HEADERS.read[304]}


def fresh(of: Said) -> Said:
    """The same for POST, which is never answered with 304."""
    return {200: of[200]}


PICTURE: Final[Said] = said(*((kind, "(the file)") for kind in MEDIA_TYPES.values()))
ICS: Final[Said] = said((CALENDAR, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n…\r\nEND:VCALENDAR\r\n"))
PLAIN: Final[Said] = said((TEXT, "げんばフェス 2026\n\n8/7(金)\n10:30–11:00 HOT STAGE 朝焼けカフェ\n"))
