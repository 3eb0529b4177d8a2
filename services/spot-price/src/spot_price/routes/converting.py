"""Core's and use cases' types as the contracts have them."""

from datetime import UTC, datetime

from genba_contracts import spot as contracts
from spot_price.core.records import Seconds
from spot_price.ports import RegionState


def moment(at: Seconds | None) -> datetime | None:
    """A point in time."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


def region(state: RegionState) -> contracts.Region:
    """How asking a region went."""
    return contracts.Region(
        name=state.region,
        observed_until=moment(state.observed_until),
        failing_since=moment(state.failing_since),
        reason=state.reason,
        code=state.code,
    )
