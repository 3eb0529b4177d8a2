"""Alerts: what somebody wants to be told of, and the messages that tell it."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from genba_contracts.events import AlertKind
from genba_contracts.fields import Timestamp, Wire, WireRequest, examples
from genba_contracts.spot_fields import TYPES_MAX, AskedProduct, AskedRegion, AskedType, AskedZone

ALERT_NAME_MAX: Final = 100
WEBHOOK_MAX: Final = 2_000
DELIVERIES_MAX: Final = 500
MOST_DOLLARS: Final = 100_000
_SPEC: Final = {
    "name": "a g5 for 40 cents",
    "kind": "below",
    "types": ["g5.2xlarge"],
    "regions": ["us", "eu-west-1"],
    "threshold": 0.4,
    "webhook": "https://example.org/hooks/spot",
}
_ALERT: Final = {
    **_SPEC,
    "id": "alr_2mUv0cZ1xQkR",
    "zones": [],
    "products": ["Linux/UNIX"],
    "rearm": 5.0,
    "paused": False,
    "created_at": "2026-04-18T09:30:00Z",
    "spoken_at": "2026-04-18T10:02:11Z",
    "spoken": 3,
}
_DELIVERY: Final = {
    "id": "msg_01JS3V2M6Y",
    "alert": "alr_2mUv0cZ1xQkR",
    "state": "dead",
    "created_at": "2026-04-18T10:02:11Z",
    "attempts": 8,
    "tried_at": "2026-04-18T18:40:02Z",
    "reason": "answered with 500",
    "body": '{"type": "spot.alert.spoke", "timestamp": "2026-04-18T10:02:11+00:00", "data": {"price": 0.3977}}',
}


def _one_line(text: str) -> str:
    found = " ".join(text.split())
    if not found or not found.isprintable():
        raise ValueError("it has to be one line that can be read")
    return found


AlertId = Annotated[
    str, Field(pattern=r"^alr_[A-Za-z0-9_-]{1,32}$", description="The alert's id.", examples=["alr_2mUv0cZ1xQkR"])
]
DeliveryId = Annotated[
    str, Field(pattern=r"^msg_[A-Za-z0-9_-]{1,64}$", description="The message's id.", examples=["msg_01JS3V2M6Y"])
]
AlertName = Annotated[
    str, Field(max_length=ALERT_NAME_MAX, description="As people read it."), AfterValidator(_one_line)
]
DeliveryState = Literal["waiting", "delivered", "dead"]


class AlertSpec(WireRequest):
    """What to be told of: of the cheapest of these pools."""

    model_config = ConfigDict(json_schema_extra=examples(_SPEC))

    name: AlertName
    kind: AlertKind = Field(
        description="`below`: it costs no more than the threshold; `above`: no less; `change`: so many per cent up or "
        "down since the alert last spoke; `cheapest`: it is in another place."
    )
    types: tuple[AskedType, ...] = Field(strict=False, min_length=1, max_length=TYPES_MAX)
    regions: tuple[AskedRegion, ...] = Field(default=(), strict=False, max_length=TYPES_MAX)
    zones: tuple[AskedZone, ...] = Field(default=(), strict=False, max_length=TYPES_MAX)
    products: tuple[AskedProduct, ...] = Field(default=("Linux/UNIX",), strict=False, max_length=TYPES_MAX)
    threshold: float | None = Field(
        default=None, gt=0, le=MOST_DOLLARS, description="US dollars an hour; of `below` and `above`."
    )
    percent: float | None = Field(default=None, gt=0, le=1_000, description="Of `change`.")
    rearm: float = Field(
        default=5.0,
        ge=0,
        le=90,
        description="Per cent that the price has to go back behind the threshold until the alert can speak again; of "
        "`cheapest`, by which another place has to be cheaper.",
    )
    webhook: str | None = Field(
        default=None,
        max_length=WEBHOOK_MAX,
        pattern=r"^https?://[!-~]+$",
        description="A URL that is sent a signed message; null: the event `spot.alert.spoke` alone.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind in {"below", "above"} and self.threshold is None:
            raise ValueError(f"{self.kind} needs a threshold")
        if self.kind == "change" and self.percent is None:
            raise ValueError("change needs percent")
        return self


class Alert(Wire):
    """An alert, and what it has said."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_ALERT)}

    id: AlertId
    name: str
    kind: AlertKind
    types: tuple[str, ...]
    regions: tuple[str, ...]
    zones: tuple[str, ...]
    products: tuple[str, ...]
    threshold: float | None = None
    percent: float | None = None
    rearm: float
    webhook: str | None = None
    paused: bool = Field(description="Whether it keeps silent")
    created_at: Timestamp
    spoken_at: Timestamp | None = Field(description="When it last spoke")
    spoken: int = Field(description="How often it spoke")


class AlertMade(Alert):
    """A new alert, with the secret that its messages are signed with; it is told this once."""

    model_config = Wire.model_config | {
        "json_schema_extra": examples({**_ALERT, "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"})
    }

    secret: str = Field(description="For the receiver (Standard Webhooks): `whsec_` and a key in base64")


class AlertList(Wire):
    """Every alert, the oldest first."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"items": [_ALERT]})}

    items: list[Alert]


class AlertChange(WireRequest):
    """What is to be otherwise; what is not named stays. An alert that goes on after a pause begins anew."""

    model_config = ConfigDict(json_schema_extra=examples({"paused": True}))

    name: AlertName | None = None
    paused: bool | None = None


class Delivery(Wire):
    """A message to a webhook."""

    model_config = Wire.model_config | {"json_schema_extra": examples(_DELIVERY)}

    id: DeliveryId
    alert: AlertId
    state: DeliveryState = Field(description="`dead` was given up, after so many attempts or a 410")
    created_at: Timestamp
    attempts: int
    tried_at: Timestamp | None
    reason: str | None = Field(description="Why the last attempt failed")
    body: str = Field(description="What is sent")


class DeliveryList(Wire):
    """Messages, the newest first."""

    model_config = Wire.model_config | {"json_schema_extra": examples({"items": [_DELIVERY]})}

    items: list[Delivery]
