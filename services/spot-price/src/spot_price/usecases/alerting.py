"""Alerts: made, listed, paused, tried; and judged whenever prices have changed.

One process judges them, the one that asks for prices. That an alert has spoken, its message and its event are kept in
one transaction: killed before it, the next process finds the alert as it was and lets it speak; after it, all of it is
there.
"""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Final

from genba_contracts.events import SpotAlertSpoke
from genba_servicekit.errors import Conflict, NotFound, UnprocessableContent
from genba_servicekit.logging import get_logger
from spot_price import events
from spot_price.core.alerts import Alert, Prices, Spoken, State, judge
from spot_price.core.records import Pool
from spot_price.core.regions import UnknownNameError
from spot_price.core.selection import Selection
from spot_price.core.webhooks import new_secret
from spot_price.ports import Change
from spot_price.ports_alerts import AlertStore, Delivery, KeptAlert, WebhookRefusedError, Webhooks
from spot_price.usecases.market import MANY, Market
from spot_price.usecases.telling import chooser

LISTED: Final = 500
"""Messages that are listed at once."""
AT_ONCE: Final = 64
"""Alerts whose words share a transaction."""

log = get_logger(__name__)


class NoSuchAlert(NotFound):
    """No alert has this id."""

    title = "There is no such alert"


class NoSuchDelivery(NotFound):
    """No message has this id."""

    title = "There is no such message"


class TooManyAlerts(Conflict):
    """There are as many alerts as there may be."""

    title = "There are too many alerts"
    example = "There are 1,000 alerts already: delete one, or set SPOT_ALERT_LIMIT."


class WebhookRefused(UnprocessableContent):
    """Messages may not be sent there."""

    title = "This webhook cannot be told"
    example = "webhook: 10.0.0.8 is in a private network"


class NothingToTell(Conflict):
    """No price of the alert's pools is known."""

    title = "There is no price to tell of"


class NoWebhook(Conflict):
    """The alert has no webhook."""

    title = "The alert has no webhook"


class Alerting:
    """What can be done with alerts.

    Args:
        store: keeps them.
        webhooks: knows where messages may go.
        market: knows the prices.
        limit: alerts that there may be.
        judges: says whether this process is the one that judges.
    """

    def __init__(
        self, store: AlertStore, webhooks: Webhooks, market: Market, *, limit: int, judges: Callable[[], bool]
    ) -> None:
        self._store = store
        self._webhooks = webhooks
        self._market = market
        self._limit = limit
        self._judges = judges
        self._changed = True
        self._judged: dict[Alert, State] = {}
        market.listen(self._listen)

    async def make(self, alert: Alert) -> KeptAlert:
        """Keep a new alert under an id of its own; what it waits for is judged within a second.

        Raises:
            UnknownNameError: it names a region, a type, a zone or a product that there is none of.
            WebhookRefused: its webhook may not be told.
            TooManyAlerts: there are as many as there may be.
        """
        self._market.pools(alert.selection)
        await self._check(alert.webhook)
        made = replace(alert, id=f"alr_{secrets.token_urlsafe(9)}")
        kept = KeptAlert(made, new_secret(), int(time.time()), State())
        if not await self._store.add(kept, limit=self._limit):
            raise TooManyAlerts(f"There are {self._limit:,} alerts already: delete one, or set SPOT_ALERT_LIMIT.")
        return kept

    async def all(self) -> Sequence[KeptAlert]:
        """Every alert, the oldest first."""
        return await self._store.alerts()

    async def one(self, alert_id: str) -> KeptAlert:
        """An alert. Raises NoSuchAlert."""
        found = await self._store.alert(alert_id)
        if found is None:
            raise NoSuchAlert(alert_id)
        return found

    async def change(self, alert_id: str, *, name: str | None, paused: bool | None) -> KeptAlert:
        """Give an alert another name, pause it, or let a paused one go on as if it were new. Raises NoSuchAlert."""
        if not await self._store.change(alert_id, name=name, paused=paused):
            raise NoSuchAlert(alert_id)
        return await self.one(alert_id)

    async def remove(self, alert_id: str) -> None:
        """Forget an alert, and the messages of it that wait. Raises NoSuchAlert."""
        if not await self._store.remove(alert_id):
            raise NoSuchAlert(alert_id)

    async def test(self, alert_id: str) -> Delivery:
        """Have the webhook told what is cheapest now, as a test; the alert's own state stays as it is.

        Raises:
            NoSuchAlert: there is none of this id.
            NoWebhook: nobody would be told.
            NothingToTell: there is no price.
        """
        kept = await self.one(alert_id)
        if kept.alert.webhook is None:
            raise NoWebhook(f"{kept.alert.name} is told of by the event spot.alert.spoke alone.")
        prices = await self._prices(kept.alert.selection)
        if prices.cheapest is None:
            raise NothingToTell(f"No price of what {kept.alert.name} watches is known now.")
        event = events.spoke(kept.alert, prices.cheapest, synthetic=self._market.synthetic, test=True)
        delivery = _message(kept.alert, event)
        if not await self._store.send(delivery):
            raise NoSuchAlert(alert_id)
        return delivery

    async def deliveries(self, *, alert: str | None, state: str | None, limit: int = LISTED) -> Sequence[Delivery]:
        """Messages to webhooks, the newest first."""
        return await self._store.deliveries(alert=alert, state=state, limit=limit)

    async def redeliver(self, delivery_id: str) -> Delivery:
        """Have a message sent again, now, with its own id. Raises NoSuchDelivery."""
        found = await self._store.delivery(delivery_id)
        if found is None:
            raise NoSuchDelivery(delivery_id)
        again = replace(found, state="waiting", attempts=0, due_at=0.0, reason=None)
        await self._store.tried(again)
        return again

    async def judge(self) -> None:
        """Let every alert speak whose time has come, if this process is the one that judges. Call it every second."""
        if not self._judges():
            self._judged.clear()
            return
        changed, self._changed = self._changed, False
        judged, self._judged = self._judged, {}
        alerts = [kept for kept in await self._store.alerts() if not kept.alert.paused]
        # One that is as it was, over prices that are as they were, says what it said.
        anew = [kept for kept in alerts if changed or judged.get(kept.alert) != kept.state]
        verdicts = [verdict async for verdict in self._verdicts(anew)]
        for some in (verdicts[start : start + AT_ONCE] for start in range(0, len(verdicts), AT_ONCE)):
            kept_all = await asyncio.gather(*(self._keep(*verdict) for verdict in some), return_exceptions=True)
            if broken := [error for error in kept_all if error is not None]:
                raise broken[0]  # the next time all are judged
        self._judged = {kept.alert: kept.state for kept in alerts} | {kept.alert: state for kept, state, _ in verdicts}

    async def _verdicts(self, alerts: Sequence[KeptAlert]) -> AsyncIterator[tuple[KeptAlert, State, Spoken | None]]:
        """What alerts say. Prices are looked up once for those that choose the same pools."""
        by_selection: dict[Selection, list[KeptAlert]] = {}
        for kept in alerts:
            by_selection.setdefault(kept.alert.selection, []).append(kept)
        for selection, those in by_selection.items():
            prices = await self._prices(selection)
            for kept in those:
                yield kept, *judge(kept.alert, kept.state, prices)

    async def _keep(self, kept: KeptAlert, after: State, spoken: Spoken | None) -> None:
        alert = kept.alert
        if spoken is not None:
            event = events.spoke(alert, spoken, synthetic=self._market.synthetic)
            delivery = None if alert.webhook is None else _message(alert, event)
            if await self._store.speak(alert.id, kept.state, after, delivery, event):
                log.info("an alert spoke", alert=alert.id, kind=alert.kind, price=spoken.price)
        elif after != kept.state:
            await self._store.settle(alert.id, kept.state, after)

    async def _prices(self, selection: Selection) -> Prices:
        """What is known of chosen pools now; where there are many, it is looked up beside the event loop."""
        try:
            pools = self._chosen(selection)
        except UnknownNameError:  # of what was there when the alert was made nothing is left
            pools = []
        if len(pools) < MANY:
            await asyncio.sleep(0)  # of a thousand alerts each takes 0.1 ms
            return Prices(self._market.prices(pools))
        return await asyncio.to_thread(lambda: Prices(self._market.prices(pools)))

    def _chosen(self, selection: Selection) -> Sequence[Pool]:
        try:
            return self._market.pools(selection)
        except UnknownNameError:
            fits = chooser(selection, self._market.regions)
            return [last.pool for last in self._market.lasts() if fits(last.pool)]

    async def _check(self, webhook: str | None) -> None:
        if webhook is None:
            return
        try:
            await self._webhooks.check(webhook)
        except WebhookRefusedError as error:
            raise WebhookRefused(f"webhook: {error}") from None

    async def _listen(self, _: Sequence[Change]) -> None:
        self._changed = True


def _message(alert: Alert, event: SpotAlertSpoke) -> Delivery:
    """What a webhook is told, as Standard Webhooks has it: type, timestamp, data."""
    data = event.model_dump(mode="json", exclude={"id", "at", "source"})
    body = {"type": event.type, "timestamp": event.at.isoformat(), "data": data}
    now = event.at.timestamp()
    return Delivery(f"msg_{event.id}", alert.id, json.dumps(body, ensure_ascii=False), "waiting", int(now), due_at=now)
