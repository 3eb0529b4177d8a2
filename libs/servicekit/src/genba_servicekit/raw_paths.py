"""Routes that see the path as it was sent.

A server hands applications a decoded path, in which a name's `%2F` has become a separator. These routes match the raw
one (ASGI's `raw_path`), so that a name is one segment whatever is in it:

    router = APIRouter(prefix="/v1", route_class=RawPathRoute)
"""

from collections.abc import MutableMapping
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import Match


class RawPathRoute(APIRoute):
    """A route that matches the raw path; its path parameters are still percent-encoded."""

    def matches(self, scope: MutableMapping[str, Any]) -> tuple[Match, MutableMapping[str, Any]]:
        """Match the path as it was sent."""
        raw = scope.get("raw_path")
        if raw is None:
            return super().matches(scope)
        return super().matches({**scope, "path": raw.decode("latin-1")})
