"""What use cases about alerts need of the outside, as Protocols."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from genba_contracts.events import Event
from spot_price.core.alerts import Alert, State
from spot_price.core.records import Seconds


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert with what it has said.

    Attributes:
        alert: what is waited for.
        secret: what bodies to its webhook are signed with.
        created_at: when it was made, Unix seconds on the wall.
        state: what it has said, as it counts.
        spoken_at: when it last spoke; None: never.
        spoken: how often.
    """

    alert: Alert
    secret: str
    created_at: Seconds
    state: State
    spoken_at: Seconds | None = None
    spoken: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a webhook.

    Attributes:
        id: the same each time that it is sent.
        alert: the id of the alert that it is of.
        body: as it is sent.
        state: whether it waits to be sent, was taken, or was given up.
        created_at: since when it is to be sent, Unix seconds on the wall.
        attempts: how often it was sent.
        due_at: when it is sent next, while it waits.
        tried_at: when it was last sent.
        reason: why that failed.
    """

    id: str
    alert: str
    body: str
    state: Literal["waiting", "delivered", "dead"]
    created_at: Seconds
    attempts: int = 0
    due_at: float = 0.0
    tried_at: Seconds | None = None
    reason: str | None = None


class AlertStore(Protocol):
    """Alerts, and messages that wait to be sent."""

    async def add(self, kept: KeptAlert, *, limit: int) -> bool:
        """Keep a new alert; False if there are `limit` already."""

    async def alerts(self) -> Sequence[KeptAlert]:
        """Every alert, the oldest first."""

    async def alert(self, alert_id: str) -> KeptAlert | None:
        """One of them; None if there is none of this id."""

    async def change(self, alert_id: str, *, name: str | None = None, paused: bool | None = None) -> bool:
        """Give it another name, pause it or let it go on; False if there is none.

        One that was paused and goes on begins anew.
        """

    async def remove(self, alert_id: str) -> bool:
        """Forget it, and every message of it; False if there is none."""

    async def speak(self, alert_id: str, before: State, after: State, delivery: Delivery | None, event: Event) -> bool:
        """Keep at once that it spoke, what is to be sent, and the event; False if it is not as it was before."""

    async def settle(self, alert_id: str, before: State, after: State) -> None:
        """Keep a state in which it said nothing, if it is as it was before."""

    async def send(self, delivery: Delivery) -> bool:
        """Have a message sent; False if its alert is gone."""

    async def due(
        self, now: float, limit: int, *, besides: Collection[str] = ()
    ) -> Sequence[tuple[Delivery, KeptAlert]]:
        """Messages that are to be sent now, one of an alert, with the alerts, those that wait longest first.

        Args:
            now: Unix seconds on the wall.
            limit: how many at most.
            besides: ids of alerts of which none is wanted.
        """

    async def tried(self, delivery: Delivery, *, others_at: float | None = None) -> None:
        """Keep how sending a message went, and when the first of the others of its alert is to be sent; None: as is."""

    async def deliveries(self, *, alert: str | None, state: str | None, limit: int) -> Sequence[Delivery]:
        """Messages, the newest first."""

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """One of them; None if there is none of this id."""

    async def forget(self, before: Seconds) -> None:
        """Drop messages that were taken, or given up, before then."""


class WebhookRefusedError(Exception):
    """A webhook that may not be told: why, in one line for people."""


class WebhookFailedError(Exception):
    """A webhook did not take a message: why, in one line for people.

    Attributes:
        final: whether to try again is in vain.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


class Webhooks(Protocol):
    """Sends messages over HTTP."""

    async def check(self, url: str) -> None:
        """See whether a webhook may be told at all.

        Raises:
            WebhookRefusedError: it may not.
        """

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send one message, once.

        Raises:
            WebhookFailedError: it was not taken.
        """
