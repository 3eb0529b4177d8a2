"""Delivering: messages to webhooks are sent until they are taken, or for so long that they are given up.

One process sends, the one that asks for prices. A message is kept before it is sent and settled after: killed in
between, it is sent again, with the same id. Of one alert one message is under way, and what else waits for a receiver
that failed comes after that of others: who hangs keeps nobody waiting.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from spot_price.core.webhooks import signed, wait_after
from spot_price.ports_alerts import AlertStore, Delivery, KeptAlert, WebhookFailedError, Webhooks

AT_ONCE: Final = 16
"""Messages that are under way, each of another alert."""
LOOK_AGAIN: Final = 1.0
"""Seconds: so long what has come due waits while others are under way."""
KEPT: Final = 30 * 86_400
"""Seconds that messages are kept which were taken or given up."""


class Delivering:
    """Sends what waits.

    Args:
        store: keeps messages.
        webhooks: sends them.
        attempts: how often a message is sent until it is given up.
        first_wait: seconds from the first attempt to the second; each wait is 4 times as long as the one before.
        sends: says whether this process is the one that sends.
        now: the time; tests have their own.
    """

    def __init__(
        self,
        store: AlertStore,
        webhooks: Webhooks,
        *,
        attempts: int,
        first_wait: float,
        sends: Callable[[], bool],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._webhooks = webhooks
        self._attempts = attempts
        self._first_wait = first_wait
        self._sends = sends
        self._now = now

    async def send(self) -> None:
        """Send every message whose time has come, some at once, and settle each. Call it every second."""
        under_way: dict[str, asyncio.Task[None]] = {}
        try:
            while self._sends():
                if room := AT_ONCE - len(under_way):
                    for delivery, kept in await self._store.due(self._now(), room, besides=under_way):
                        under_way[delivery.alert] = asyncio.create_task(self._send(delivery, kept))
                if not under_way:
                    return
                await asyncio.wait(under_way.values(), timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
                for alert in [alert for alert, task in under_way.items() if task.done()]:
                    under_way.pop(alert).result()
            await asyncio.gather(*under_way.values())
        finally:
            for task in under_way.values():
                task.cancel()
            await asyncio.gather(*under_way.values(), return_exceptions=True)

    async def forget(self) -> None:
        """Drop what was taken, or given up, a month ago."""
        await self._store.forget(int(self._now()) - KEPT)

    async def _send(self, delivery: Delivery, kept: KeptAlert) -> None:
        body = delivery.body.encode()
        now = int(self._now())
        sent = replace(delivery, attempts=delivery.attempts + 1, tried_at=now, state="delivered", reason=None)
        rest = None
        try:
            headers = signed(kept.secret, delivery.id, now, body)
            await self._webhooks.send(kept.alert.webhook or "", body, headers)
        except WebhookFailedError as error:
            over = error.final or sent.attempts >= self._attempts
            due_at = self._now() + wait_after(sent.attempts, self._first_wait)
            sent = replace(sent, state="dead" if over else "waiting", due_at=due_at, reason=str(error))
            rest = self._now() + self._first_wait
        await self._store.tried(sent, others_at=rest)
