"""What the face service handles: `face.model.promoted`, from whichever process promoted a version."""

from face_classifier.usecases.following import Following
from genba_contracts.events import Event, FaceModelPromoted
from genba_servicekit.bus import EventBus


def follow_promotions(bus: EventBus, following: Following) -> None:
    """Load the version that is to answer as soon as another process says so."""

    async def on_promotion(_event: Event) -> None:
        await following.follow()

    async def on_gap(_event_type: str) -> None:
        await following.follow()

    bus.subscribe([FaceModelPromoted], on_promotion, on_gap)
