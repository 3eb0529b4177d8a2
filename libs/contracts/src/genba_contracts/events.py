"""What happened, as one service tells the others.

An event's class is its schema, its `type` the name by which it travels. It goes through Redis as JSON, in one capped
stream, one version counter and one channel a type:

| key or channel                             | what it is                                                             |
|--------------------------------------------|------------------------------------------------------------------------|
| `genba:events:{wiki.entry.saved}:stream`   | the last events: `n` (1, 2, 3…), `id` (the event's), `event` (JSON)    |
| `genba:events:{wiki.entry.saved}:version`  | hash: `epoch` (random, the stream's), `count` (last n), `last` (its id) |
| `genba:events:{wiki.entry.saved}`          | channel: the stream id of each event as it is added                    |

The braces put a type's keys on one node of a Redis cluster, so that one script may touch them all.
"""

from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

STREAM_LENGTH: Final = 10_000
"""Events that a type's stream keeps, roughly: Redis trims whole nodes of some hundred.

A subscriber that was away for more than these is told to start over from the database.
"""

_types: dict[str, type["Event"]] = {}
EVENT_TYPES: Final = MappingProxyType(_types)
"""Every event type by its name."""


def channel(event_type: str) -> str:
    """Name of the pub/sub channel on which a type's events are announced."""
    return f"genba:events:{{{event_type}}}"


def stream_key(event_type: str) -> str:
    """Key of the capped stream that keeps a type's last events."""
    return f"{channel(event_type)}:stream"


def version_key(event_type: str) -> str:
    """Key of the hash that says how far a type's stream has come."""
    return f"{channel(event_type)}:version"


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return uuid4().hex


class UnknownEventError(ValueError):
    """An event of a type that this version of the contracts does not know."""


class Event(BaseModel):
    """Something that happened. Members that a newer publisher added are ignored, so that old subscribers go on.

    Subclasses set `type`, a name such as `wiki.entry.saved`: service, thing, what happened to it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]

    id: str = Field(default_factory=_new_id, min_length=1, description="Its own name; a repeated delivery has the same")
    at: datetime = Field(default_factory=_now, description="When it happened, with its offset from UTC")
    source: str = Field(min_length=1, description="The service that it happened in", examples=["wiki-linker"])

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Enter the type in the registry.

        Raises:
            TypeError: two classes have one type.
        """
        super().__pydantic_init_subclass__(**kwargs)
        known = _types.setdefault(cls.type, cls)
        if known.__qualname__ != cls.__qualname__:
            raise TypeError(f"{cls.type} is the type of {known.__qualname__} already")


Seq = Annotated[int, Field(ge=0, description="The wiki's change that it tells of: later changes have higher ones")]


class WikiEntrySaved(Event):
    """An entry was created, edited, renamed, brought back or given other aliases: this is how it is called now."""

    type: ClassVar[str] = "wiki.entry.saved"

    seq: Seq
    keyword: str = Field(description="The entry's keyword after the change")
    aliases: tuple[str, ...] = Field(default=(), description="Every other keyword that leads to the entry now")
    revision: int = Field(ge=1, description="Number of the entry's current revision")
    author: str = Field(description="Name of the user who made the change")
    operation: str = Field(description="What was done", examples=["save", "rename", "undelete", "alias"])
    previous_keyword: str | None = Field(default=None, description="After a rename: the keyword before it")


class WikiEntryDeleted(Event):
    """An entry was deleted: nothing links to it any more."""

    type: ClassVar[str] = "wiki.entry.deleted"

    seq: Seq
    keyword: str = Field(description="The entry's keyword until now")


SLOTS_TOLD: Final = 200
"""Slots that an event of a timetable names at most: 40 kB. Who needs all asks for the version's diff."""
TITLE_TOLD: Final = 200
"""Characters of a title in an event."""

SlotId = Annotated[str, Field(description="A slot's id", examples=["20260807-1030-2zx5ss"])]
SlotTitle = Annotated[str, Field(description="Who plays, or what it is called; long ones are cut")]


class SlotTold(BaseModel):
    """A slot of a timetable, by id and title."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: SlotId
    title: SlotTitle


class SlotMoved(SlotTold):
    """A slot at another time or place, under another id therefore."""

    previous_id: SlotId


class SlotChanged(SlotTold):
    """A slot that says something else: its title, end, performers, details or kind."""

    previous_title: SlotTitle


class TimetableFestivalUpdated(Event):
    """A festival's timetable has a new version. Against the one before it, this has changed."""

    type: ClassVar[str] = "timetable.festival.updated"

    festival: str = Field(description="The festival's id")
    name: str = Field(description="The festival's name")
    version: int = Field(ge=1, description="The timetable's new version")
    slots: int = Field(ge=0, description="Slots in it")
    added_count: int = Field(ge=0, description="New slots; so many of them are named as there is room for")
    removed_count: int = Field(ge=0, description="Slots that are gone")
    moved_count: int = Field(ge=0, description="Slots at another time or place")
    changed_count: int = Field(ge=0, description="Slots that say something else")
    added: tuple[SlotTold, ...] = ()
    removed: tuple[SlotTold, ...] = ()
    moved: tuple[SlotMoved, ...] = ()
    changed: tuple[SlotChanged, ...] = ()
    complete: bool = Field(description="Whether every changed slot is named here")


class TimetableFestivalDeleted(Event):
    """A festival is no longer set up, and its timetable is gone."""

    type: ClassVar[str] = "timetable.festival.deleted"

    festival: str = Field(description="The festival's id")


class JobReport(StrEnum):
    """What an instance can tell of its job."""

    STARTED = "started"
    """It runs, from the last checkpoint on if there was one."""
    WARNED = "warned"
    """The instance is likelier than usual to be taken back."""
    NOTICED = "noticed"
    """The instance will be taken back: the job is told to stop."""
    SAVED = "saved"
    """A checkpoint is safe."""
    STOPPED = "stopped"
    """The job ended because it was told to; what it saved is safe."""
    FINISHED = "finished"
    """The job ended by itself; what it saved is safe."""


class SpotJobReported(Event):
    """A job's instance tells what became of it; the same is kept beside the job's checkpoints."""

    type: ClassVar[str] = "spot.job.reported"

    job: str = Field(description="The job's name")
    instance: str = Field(description="The instance's id")
    zone: str = Field(description="The id of the zone that it is in")
    kind: JobReport = Field(description="What became of it")
    checkpoint: int = Field(default=0, ge=0, description="Number of the last checkpoint that is safe; 0: none")
    exit_code: int | None = Field(default=None, description="How the job ended, where it did")
    detail: str = Field(default="", description="More, for people")


PRICES_TOLD: Final = 200
"""Prices that an event of a region names at most: 50 kB. Who needs all reads them."""


class SpotPlace(BaseModel):
    """A pool: an instance type with a product description in one zone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    region: str = Field(description="The region's name", examples=["us-east-1"])
    zone_id: str | None = Field(description="The zone's id, the same for everyone", examples=["use1-az1"])
    zone_name: str | None = Field(
        description="The zone's name, each account has its own order", examples=["us-east-1a"]
    )
    instance_type: str = Field(description="The instance type", examples=["g5.2xlarge"])
    product: str = Field(description="The product description", examples=["Linux/UNIX"])


class SpotPriceTold(SpotPlace):
    """A pool's newest price."""

    price: float | None = Field(description="US dollars an hour; null: not known from then on")
    previous: float | None = Field(description="The price before; null: it was not known")
    since: datetime = Field(description="Since when")
    holds: int | None = Field(description="Seconds that it is good for if no other follows; null: without end")


class SpotPriceChanged(Event):
    """Pools of a region cost something else, or say again what they cost."""

    type: ClassVar[str] = "spot.price.changed"

    region: str = Field(description="The region's name")
    count: int = Field(ge=1, description="Pools of which there is a newer price")
    changes: tuple[SpotPriceTold, ...] = ()
    complete: bool = Field(description="Whether every such pool is named here; if not, none is")


class SpotOfferCheapest(Event):
    """Another zone than before, of all that are asked, is now the cheapest of a watched type."""

    type: ClassVar[str] = "spot.offer.cheapest"

    offer: SpotPriceTold = Field(description="Where it is cheapest now; `previous` is that zone's own price before")
    before: SpotPlace | None = Field(description="Where it was; null: nowhere that is known")
    before_price: float | None = Field(description="What it costs there now; null: not known")


AlertKind: TypeAlias = Literal["below", "above", "change", "cheapest"]
"""What a price alert waits for, of the cheapest of its pools: a threshold from either side, a change, another place."""


class SpotAlertSpoke(Event):
    """What somebody wanted to be told of has come true."""

    type: ClassVar[str] = "spot.alert.spoke"

    alert: str = Field(description="The alert's id", examples=["alr_2mUv0cZ1xQ"])
    name: str = Field(description="Its name", examples=["a g5 for 40 cents"])
    kind: AlertKind = Field(description="What it waited for")
    place: SpotPlace = Field(description="The cheapest of its pools")
    price: float = Field(description="US dollars an hour there", examples=[0.3977])
    before: float | None = Field(
        default=None,
        description="Of `change` the price before, of `cheapest` what the former place costs now; null: not known",
    )
    threshold: float | None = Field(default=None, description="US dollars an hour; of `below` and `above`")
    percent: float | None = Field(default=None, description="Of `change`")
    synthetic: bool = Field(description="Whether the prices are made up")
    test: bool = Field(default=False, description="Whether somebody only tries how it is told")


class FaceTrainingProgressed(Event):
    """A training goes on; told every few seconds, and not again if it was missed."""

    type: ClassVar[str] = "face.training.progressed"

    training: str = Field(description="Its id", examples=["5f1c0a9e71b2d3c4"])
    step: int = Field(ge=0, description="Batches that were shown")
    steps: int = Field(ge=1, description="All there are")
    loss: float = Field(description="Of the last ones")
    accuracy: float = Field(description="The share of the last pictures that was recognised")


class FaceModelPromoted(Event):
    """Another version of the model is to say whose faces they are."""

    type: ClassVar[str] = "face.model.promoted"

    version: int = Field(ge=1, description="Its number in the registry")
    name: str = Field(description="The model's name", examples=["orl"])
    labels: int = Field(ge=1, description="People whom it knows")
    drawn: bool = Field(description="Whether it was trained on drawn people, who do not exist")


def parse_event(event_type: str, json: str | bytes) -> Event:
    """Read an event of a type from its JSON.

    Raises:
        UnknownEventError: no such type here.
        pydantic.ValidationError: the JSON is not such an event.
    """
    try:
        model = _types[event_type]
    except KeyError:
        raise UnknownEventError(f"no event is called {event_type}") from None
    return model.model_validate_json(json)
