"""The REST API: every router, in the order of the docs page."""

from typing import Final

from timetable_renderer.routes import api_events, api_festivals, api_picks, api_shares, api_slots

TAGS: Final = (
    {"name": "festivals", "description": "Festivals: set up, listed, refreshed."},
    {"name": "slots", "description": "What goes on when and where, and who takes part."},
    {"name": "versions", "description": "Every accepted version of a timetable, and what it changed."},
    {"name": "picks", "description": "What picks come to: a plan, a picture, a calendar, a text."},
    {"name": "shares", "description": "Picks behind short keys."},
    {"name": "events", "description": "New versions as they come."},
)
ROUTERS: Final = (
    api_festivals.router,
    api_slots.router,
    api_picks.router,
    api_shares.router,
    api_events.router,
)
