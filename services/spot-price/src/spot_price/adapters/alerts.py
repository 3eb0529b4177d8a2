"""Alerts and messages in the database."""

import json
from collections.abc import Collection, Sequence
from dataclasses import astuple, fields
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection

from genba_contracts.events import Event
from genba_servicekit import outbox
from genba_servicekit.database import Database
from spot_price.adapters import schema
from spot_price.adapters.schema import alerts, deliveries
from spot_price.core.alerts import Alert, Kind, State
from spot_price.core.records import Seconds
from spot_price.core.selection import Selection
from spot_price.ports_alerts import Delivery, KeptAlert

_STATE: Final = tuple(field.name for field in fields(State))
_DELIVERY: Final = ("id", "alert_id", "body", "state", "created_at", "attempts", "due_at", "tried_at", "reason")


class Alerts:
    """Fulfils `ports.AlertStore`.

    Args:
        database: a started one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, kept: KeptAlert, *, limit: int) -> bool:
        """See AlertStore."""
        row = _row_of(kept)

        def perform(connection: Connection) -> bool:
            count = connection.execute(sa.select(sa.func.count()).select_from(alerts)).scalar_one()
            if count < limit:
                connection.execute(alerts.insert(), row)
            return bool(count < limit)

        return await self._database.write(perform)

    async def alerts(self) -> Sequence[KeptAlert]:
        """See AlertStore."""
        asked = sa.select(alerts).order_by(alerts.c.created_at, alerts.c.id)
        return await self._database.read(lambda connection: list(map(_kept, connection.execute(asked))))

    async def alert(self, alert_id: str) -> KeptAlert | None:
        """See AlertStore."""
        asked = sa.select(alerts).where(alerts.c.id == alert_id)
        row = await self._database.read(lambda connection: connection.execute(asked).one_or_none())
        return None if row is None else _kept(row)

    async def change(self, alert_id: str, *, name: str | None = None, paused: bool | None = None) -> bool:
        """See AlertStore."""
        this = alerts.c.id == alert_id
        values: dict[str, Any] = {"id": alert_id} if name is None else {"name": name}
        if paused is not None:
            values |= {"paused": paused}

        def perform(connection: Connection) -> bool:
            if paused is False:  # one that was not paused is not to say again what it has said
                anew = dict(zip(_STATE, astuple(State()), strict=True))
                connection.execute(alerts.update().where(this, alerts.c.paused.is_(True)).values(anew))
            return connection.execute(alerts.update().where(this).values(values)).rowcount == 1

        return await self._database.write(perform)

    async def remove(self, alert_id: str) -> bool:
        """See AlertStore."""

        def perform(connection: Connection) -> bool:
            found = connection.execute(alerts.delete().where(alerts.c.id == alert_id)).rowcount == 1
            connection.execute(deliveries.delete().where(deliveries.c.alert_id == alert_id))  # none comes any more
            return found

        return await self._database.write(perform)

    async def speak(self, alert_id: str, before: State, after: State, delivery: Delivery | None, event: Event) -> bool:
        """See AlertStore."""

        def perform(connection: Connection) -> bool:
            now = int(event.at.timestamp())
            spoken = {"spoken_at": now, "spoken": alerts.c.spoken + 1}
            if connection.execute(_moved(alert_id, before, after).values(spoken)).rowcount != 1:
                return False
            if delivery is not None:
                connection.execute(deliveries.insert(), _cells(delivery))
            outbox.add(connection, schema.outbox, event)
            return True

        return await self._database.write(perform)

    async def settle(self, alert_id: str, before: State, after: State) -> None:
        """See AlertStore."""
        await self._database.write(lambda connection: connection.execute(_moved(alert_id, before, after)).rowcount)

    async def send(self, delivery: Delivery) -> bool:
        """See AlertStore."""
        alert = sa.select(alerts.c.id).where(alerts.c.id == delivery.alert).with_for_update(read=True)

        def perform(connection: Connection) -> bool:
            known = connection.execute(alert).one_or_none() is not None
            if known:
                connection.execute(deliveries.insert(), _cells(delivery))
            return known

        return await self._database.write(perform)

    async def due(
        self, now: float, limit: int, *, besides: Collection[str] = ()
    ) -> Sequence[tuple[Delivery, KeptAlert]]:
        """See AlertStore."""
        return await self._database.read(partial(_due, now=now, limit=limit, besides=tuple(besides)))

    async def tried(self, delivery: Delivery, *, others_at: float | None = None) -> None:
        """See AlertStore."""
        cells = _cells(delivery)
        c = deliveries.c
        done = deliveries.update().where(c.id == cells.pop("id")).values(cells)
        others = deliveries.update().where(c.alert_id == delivery.alert, c.id != delivery.id, c.state == "waiting")

        def perform(connection: Connection) -> None:
            connection.execute(done)
            if others_at is not None:
                connection.execute(others.where(c.due_at < others_at).values(due_at=others_at))

        await self._database.write(perform)

    async def deliveries(self, *, alert: str | None, state: str | None, limit: int) -> Sequence[Delivery]:
        """See AlertStore."""
        asked = sa.select(deliveries).order_by(deliveries.c.created_at.desc(), deliveries.c.id).limit(limit)
        if alert is not None:
            asked = asked.where(deliveries.c.alert_id == alert)
        if state is not None:
            asked = asked.where(deliveries.c.state == state)
        return list(map(_delivery, await self._database.read(lambda connection: connection.execute(asked).all())))

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """See AlertStore."""
        asked = sa.select(deliveries).where(deliveries.c.id == delivery_id)
        row = await self._database.read(lambda connection: connection.execute(asked).one_or_none())
        return None if row is None else _delivery(row)

    async def forget(self, before: Seconds) -> None:
        """See AlertStore."""
        old = deliveries.delete().where(deliveries.c.state != "waiting", deliveries.c.created_at < before)
        await self._database.write(lambda connection: connection.execute(old).rowcount)


def _moved(alert_id: str, before: State, after: State) -> sa.Update:
    """From one state to another, unless it is in neither: somebody else let it speak, or let it begin anew."""
    same = [alerts.c[name].is_not_distinct_from(getattr(before, name)) for name in _STATE]
    values = dict(zip(_STATE, astuple(after), strict=True))
    return alerts.update().where(alerts.c.id == alert_id, alerts.c.paused.is_(False), *same).values(values)


def _due(connection: Connection, *, now: float, limit: int, besides: Sequence[str]) -> list[tuple[Delivery, KeptAlert]]:
    c = deliveries.c
    place = sa.func.row_number().over(partition_by=c.alert_id, order_by=(c.due_at, c.created_at, c.id))
    waiting = (
        sa.select(deliveries, place.label("place"))
        .join(alerts, alerts.c.id == c.alert_id)
        .where(c.state == "waiting", c.due_at <= now, c.alert_id.not_in(besides))
        .subquery()
    )
    first = sa.select(waiting).where(waiting.c.place == 1).order_by(waiting.c.due_at).limit(limit)
    rows = list(map(_delivery, connection.execute(first)))
    wanted = sa.select(alerts).where(alerts.c.id.in_({row.alert for row in rows}))
    known = {kept.alert.id: kept for kept in map(_kept, connection.execute(wanted))}
    return [(row, known[row.alert]) for row in rows if row.alert in known]


def _row_of(kept: KeptAlert) -> dict[str, Any]:
    alert = kept.alert
    spec = {
        "kind": alert.kind,
        "types": alert.selection.types,
        "regions": alert.selection.regions,
        "zones": alert.selection.zones,
        "products": alert.selection.products,
        "threshold": alert.threshold,
        "percent": alert.percent,
        "rearm": alert.rearm,
    }
    return {
        "id": alert.id,
        "name": alert.name,
        "spec": json.dumps(spec),
        "webhook": alert.webhook,
        "secret": kept.secret,
        "paused": alert.paused,
        "created_at": kept.created_at,
        **dict(zip(_STATE, astuple(kept.state), strict=True)),
        "spoken_at": kept.spoken_at,
        "spoken": kept.spoken,
    }


def _kept(row: Any) -> KeptAlert:
    spec = json.loads(row.spec)
    selection = Selection(*(tuple(spec[name]) for name in ("types", "regions", "zones", "products")))
    alert = Alert(
        row.id,
        row.name,
        Kind(spec["kind"]),
        selection,
        spec["threshold"],
        spec["percent"],
        spec["rearm"],
        row.webhook,
        row.paused,
    )
    state = State(row.armed, row.reference, row.place)
    return KeptAlert(alert, row.secret, row.created_at, state, row.spoken_at, row.spoken)


def _cells(delivery: Delivery) -> dict[str, Any]:
    return dict(zip(_DELIVERY, astuple(delivery), strict=True))


def _delivery(row: Any) -> Delivery:
    return Delivery(*(getattr(row, name) for name in _DELIVERY))
