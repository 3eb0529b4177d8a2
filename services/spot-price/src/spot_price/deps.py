"""What routes ask for, by name."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from genba_servicekit.auth import Principal, Role
from genba_servicekit.auth_http import Authenticator, require
from genba_servicekit.ratelimit import RateLimiter
from spot_price.settings import SpotSettings
from spot_price.usecases.alerting import Alerting
from spot_price.usecases.charting import Charting
from spot_price.usecases.forecasting import Forecasting
from spot_price.usecases.history import History
from spot_price.usecases.market import Market
from spot_price.usecases.offering import Offering
from spot_price.usecases.telling import Telling


@dataclass(frozen=True, slots=True)
class Spot:
    """The running service: its use cases, put together in `app.py`."""

    settings: SpotSettings
    authenticator: Authenticator
    limiter: RateLimiter
    alerting: Alerting
    market: Market
    charting: Charting
    forecasting: Forecasting
    history: History
    offering: Offering
    telling: Telling


async def spot_of(request: Request) -> Spot:
    """The running service."""
    spot: Spot = request.app.state.spot
    return spot


SpotDep = Annotated[Spot, Depends(spot_of)]
Editor = Annotated[Principal, Depends(require(Role.EDITOR))]
