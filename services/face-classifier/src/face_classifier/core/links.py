"""What other services know of a person whom the model knows."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Appearance:
    """Where somebody plays, and when.

    Attributes:
        festival: its name.
        stage: its name.
        start, end: with their offset from UTC.
        title: of the slot.
        url: of the festival's page.
    """

    festival: str
    stage: str
    start: datetime
    end: datetime
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Links:
    """What is known of a person elsewhere.

    Attributes:
        wiki: the address of the entry in the wiki; None if there is none.
        appearances: the next ones, the first first.
    """

    wiki: str | None = None
    appearances: tuple[Appearance, ...] = ()


NOTHING = Links()
