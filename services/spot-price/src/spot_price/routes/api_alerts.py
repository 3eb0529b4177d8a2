"""REST: alerts, and the messages that tell of them. All of it takes an API key: webhooks' addresses are secrets."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from genba_contracts import spot as contracts
from genba_contracts.spot_alerts import DELIVERIES_MAX, AlertId, DeliveryId
from genba_servicekit.answers import Said, answer
from genba_servicekit.errors import BadRequest, Forbidden, ServiceUnavailable, Unauthorized, responses
from spot_price.core.alerts import Alert, Kind
from spot_price.core.selection import Selection
from spot_price.deps import Editor, SpotDep
from spot_price.ports_alerts import Delivery, KeptAlert
from spot_price.routes.bodies import HEADERS
from spot_price.routes.converting import moment
from spot_price.routes.parameters import wanted_products
from spot_price.routes.problems import UnknownName
from spot_price.usecases.alerting import (
    NoSuchAlert,
    NoSuchDelivery,
    NothingToTell,
    NoWebhook,
    TooManyAlerts,
    WebhookRefused,
)

router = APIRouter(prefix="/v1", tags=["alerts"])

_MADE: Final[Said] = {201: {"headers": HEADERS.started[202]["headers"]}}
_ACCEPTED: Final[Said] = {202: {"headers": HEADERS.told[200]["headers"]}}
_READ: Final = (BadRequest, Unauthorized, Forbidden, ServiceUnavailable)


@router.get("/alerts", response_model=contracts.AlertList, responses=HEADERS.read | responses(*_READ))
async def list_alerts(request: Request, spot: SpotDep, _who: Editor) -> Response:
    """List every alert, the oldest first."""
    return answer(request, contracts.AlertList(items=[_alert(kept) for kept in await spot.alerting.all()]))


@router.post(
    "/alerts",
    status_code=201,
    response_model=contracts.AlertMade,
    responses=_MADE | responses(*_READ, TooManyAlerts, UnknownName, WebhookRefused),
)
async def make_alert(request: Request, spot: SpotDep, _who: Editor, body: contracts.AlertSpec) -> Response:
    """Make an alert. If what it waits for is so already, it speaks within seconds. The secret is told this once."""
    wanted = Selection(body.types, body.regions, body.zones, wanted_products(body.products))
    alert = Alert("", body.name, Kind(body.kind), wanted, body.threshold, body.percent, body.rearm, body.webhook)
    kept = await spot.alerting.make(alert)
    made = contracts.AlertMade(**_alert(kept).model_dump(), secret=kept.secret)
    return answer(request, made, status=201, headers={"Location": f"/v1/alerts/{kept.alert.id}"})


@router.get("/alerts/{alert}", response_model=contracts.Alert, responses=HEADERS.read | responses(*_READ, NoSuchAlert))
async def get_alert(request: Request, spot: SpotDep, _who: Editor, alert: AlertId) -> Response:
    """Get an alert, and what it has said."""
    return answer(request, _alert(await spot.alerting.one(alert)))


@router.patch(
    "/alerts/{alert}", response_model=contracts.Alert, responses=HEADERS.told | responses(*_READ, NoSuchAlert)
)
async def change_alert(
    request: Request, spot: SpotDep, _who: Editor, alert: AlertId, body: contracts.AlertChange
) -> Response:
    """Give an alert another name, pause it, or let it go on: then it begins anew."""
    return answer(request, _alert(await spot.alerting.change(alert, name=body.name, paused=body.paused)))


@router.delete("/alerts/{alert}", status_code=204, responses=HEADERS.done | responses(*_READ, NoSuchAlert))
async def delete_alert(spot: SpotDep, _who: Editor, alert: AlertId) -> Response:
    """Forget an alert, with its messages."""
    await spot.alerting.remove(alert)
    return Response(status_code=204)


@router.post(
    "/alerts/{alert}/test",
    status_code=202,
    response_model=contracts.Delivery,
    responses=_ACCEPTED | responses(*_READ, NoSuchAlert, NoWebhook, NothingToTell),
)
async def try_alert(request: Request, spot: SpotDep, _who: Editor, alert: AlertId) -> Response:
    """Have its webhook told what is cheapest now, as a test. `GET /v1/deliveries?alert=…` says how it went."""
    return answer(request, _delivery(await spot.alerting.test(alert)), status=202)


@router.get("/deliveries", response_model=contracts.DeliveryList, responses=HEADERS.read | responses(*_READ))
async def list_deliveries(
    request: Request,
    spot: SpotDep,
    _who: Editor,
    *,
    alert: Annotated[AlertId | None, Query(description="Of this alert alone.")] = None,
    state: Annotated[
        contracts.DeliveryState | None, Query(description="`dead` gives those that were given up.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=DELIVERIES_MAX, description="How many at most.")] = 100,
) -> Response:
    """List messages to webhooks, the newest first; they are kept for 30 days."""
    found = await spot.alerting.deliveries(alert=alert, state=state, limit=limit)
    return answer(request, contracts.DeliveryList(items=[_delivery(one) for one in found]))


@router.post(
    "/deliveries/{delivery}/redeliver",
    status_code=202,
    response_model=contracts.Delivery,
    responses=_ACCEPTED | responses(*_READ, NoSuchDelivery),
)
async def redeliver(request: Request, spot: SpotDep, _who: Editor, delivery: DeliveryId) -> Response:
    """Send a message again, from now on, with its own id and as many attempts as a new one."""
    return answer(request, _delivery(await spot.alerting.redeliver(delivery)), status=202)


def _alert(kept: KeptAlert) -> contracts.Alert:
    alert = kept.alert
    return contracts.Alert(
        id=alert.id,
        name=alert.name,
        kind=alert.kind.value,
        types=alert.selection.types,
        regions=alert.selection.regions,
        zones=alert.selection.zones,
        products=alert.selection.products,
        threshold=alert.threshold,
        percent=alert.percent,
        rearm=alert.rearm,
        webhook=alert.webhook,
        paused=alert.paused,
        created_at=moment(kept.created_at),
        spoken_at=moment(kept.spoken_at),
        spoken=kept.spoken,
    )


def _delivery(one: Delivery) -> contracts.Delivery:
    return contracts.Delivery(
        id=one.id,
        alert=one.alert,
        state=one.state,
        created_at=moment(one.created_at),
        attempts=one.attempts,
        tried_at=moment(one.tried_at),
        reason=one.reason,
        body=one.body,
    )
