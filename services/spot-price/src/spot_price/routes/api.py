"""The REST API: every router, in the order of the docs page."""

from typing import Final

from fastapi import APIRouter

TAGS: Final[tuple[dict[str, str], ...]] = ()
ROUTERS: Final[tuple[APIRouter, ...]] = ()
