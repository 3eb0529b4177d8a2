"""What the price service publishes and what it handles.

Published: `spot.price.changed` of every region in which there is something newer, and `spot.offer.cheapest` of watched
types; both are written to the outbox with the records themselves. Handled: both, from the process that asks the
source: prices as what this process would have found in the database; what is cheapest, so that this process would go on
from there.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from genba_contracts.events import (
    PRICES_TOLD,
    Event,
    SpotAlertSpoke,
    SpotOfferCheapest,
    SpotPlace,
    SpotPriceChanged,
    SpotPriceTold,
)
from genba_servicekit.bus import EventBus
from spot_price.core.alerts import Alert, Spoken
from spot_price.core.records import MICROS, Pool, names_of
from spot_price.ports import Change, Following, Last

SOURCE: Final = "spot-price"


def changed(changes: Sequence[Change]) -> SpotPriceChanged:
    """What others are told of newer prices in one region."""
    complete = len(changes) <= PRICES_TOLD
    return SpotPriceChanged(
        source=SOURCE,
        region=changes[0].now.pool.region,
        count=len(changes),
        changes=tuple(told(change) for change in changes) if complete else (),
        complete=complete,
    )


def cheapest(change: Change, before: Last | None) -> SpotOfferCheapest:
    """What others are told of a zone that has become the cheapest, and of the one that was."""
    return SpotOfferCheapest(
        source=SOURCE,
        offer=told(change),
        before=None if before is None else _place(before.pool),
        before_price=None if before is None else _dollars(before),
    )


def spoke(alert: Alert, spoken: Spoken, *, synthetic: bool, test: bool = False) -> SpotAlertSpoke:
    """What others, and an alert's webhook, are told when it speaks."""
    return SpotAlertSpoke(
        source=SOURCE,
        alert=alert.id,
        name=alert.name,
        kind=alert.kind.value,
        place=_place(spoken.pool),
        price=spoken.price,
        before=spoken.before,
        threshold=alert.threshold,
        percent=alert.percent,
        synthetic=synthetic,
        test=test,
    )


def told(change: Change) -> SpotPriceTold:
    """A newer price."""
    now = change.now
    return SpotPriceTold(
        **names_of(now.pool),
        price=_dollars(now),
        previous=None if change.before is None else _dollars(change.before),
        since=datetime.fromtimestamp(now.at, UTC),
        holds=now.holds,
    )


def heard(price: SpotPriceTold) -> Last:
    """What another process has told."""
    pool = Pool(price.region, price.zone_id, price.zone_name, price.instance_type, price.product)
    return Last(pool, int(price.since.timestamp()), round((price.price or 0) * MICROS), price.holds)


def follow_other_processes(bus: EventBus, following: Following) -> None:
    """Know what another process has been told, whenever it says so."""

    async def on_change(event: Event) -> None:
        if isinstance(event, SpotPriceChanged):
            if event.complete:
                await following.hear([heard(price) for price in event.changes])
            else:
                await following.load()
        elif isinstance(event, SpotOfferCheapest):
            following.settle(heard(event.offer).pool)

    async def on_gap(event_type: str) -> None:
        if event_type == SpotPriceChanged.type:  # which pool counts as the cheapest is told with its next change
            await following.load()

    bus.subscribe([SpotPriceChanged, SpotOfferCheapest], on_change, on_gap)


def _place(pool: Pool) -> SpotPlace:
    return SpotPlace(**names_of(pool))


def _dollars(last: Last) -> float | None:
    return last.micros / MICROS if last.micros else None
