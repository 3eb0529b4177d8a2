"""The page of alerts: its script does everything over the API, with a key that the person types in."""

import json
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from spot_price.core.alerts import Kind
from spot_price.core.records import PRODUCTS
from spot_price.deps import SpotDep
from spot_price.routes.languages import languages
from spot_price.routes.pages import show

router = APIRouter(include_in_schema=False)

SCRIPT_TEXTS: Final = (
    *("offline", "unsent", "no_answer", "key_wrong", "key_weak", "made", "everywhere", "spoke", "spoke_never"),
    *("paused", "delete_sure", "state_waiting", "state_delivered", "state_dead", "tried"),
    *(f"{what}{done}" for what in ("pause", "resume", "test", "delete", "redeliver") for done in ("", "_done")),
    *(f"waits_{kind}" for kind in Kind),
)
"""What the script says."""


@router.get("/alerts")
async def alerts(request: Request, spot: SpotDep) -> Response:
    """What is watched, what was told, and a form for more."""
    t = languages.of_request(request)
    return show(
        request,
        t,
        "alerts.html",
        title=t("alerts"),
        market=spot.market,
        kinds=list(Kind),
        products=PRODUCTS,
        here_api=str(request.base_url).rstrip("/"),
        texts=json.dumps({key: t.texts[key] for key in SCRIPT_TEXTS}, ensure_ascii=False),
    )
