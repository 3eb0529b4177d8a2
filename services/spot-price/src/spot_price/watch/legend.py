"""The legend: every line with its price, the cheapest first; it scrolls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from spot_price.core.offers import discount
from spot_price.usecases.market import Quote
from spot_price.watch import palette
from spot_price.watch.printing import dollars

MARKED: Final = "▸"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A line of the legend: a pool's price, and its place in the palette."""

    quote: Quote
    place: int


class Legend(ScrollView, can_focus=False):
    """Every line, one of them chosen."""

    DEFAULT_CSS = "Legend { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; }"

    class Chosen(Message):
        """A line was clicked."""

        def __init__(self, number: int) -> None:
            self.number = number
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own word)
        super().__init__(id=id)
        self._entries: Sequence[Entry] = ()
        self._chosen = 0
        self._widths = Widths(0, 0)

    def show(self, entries: Sequence[Entry], chosen: int) -> None:
        """Show these lines from now on."""
        moved = chosen != self._chosen
        self._entries, self._chosen = entries, chosen
        self._widths = widths(entries)
        self.virtual_size = Size(self.size.width, len(entries))
        if moved:
            self.scroll_to_region(Region(0, chosen, 1, 1), animate=False, force=True)
        self.refresh()

    def on_click(self, event: Click) -> None:
        """Choose what was clicked."""
        number = event.y + int(self.scroll_offset.y)
        if number < len(self._entries):
            self.post_message(self.Chosen(number))

    def render_line(self, y: int) -> Strip:
        """One line."""
        number, width = y + int(self.scroll_offset.y), self.size.width
        if number >= len(self._entries):
            return Strip.blank(width, Style(bgcolor=palette.GROUND))
        return written(self._entries[number], self._widths, width, chosen=number == self._chosen)


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells that the longest zone and the longest type take; a type that all have is left out, and takes 0."""

    zone: int
    type: int


def widths(entries: Sequence[Entry]) -> Widths:
    """What these lines need."""
    pools = [entry.quote.pool for entry in entries]
    types = {pool.instance_type for pool in pools}
    return Widths(max((len(pool.zone) for pool in pools), default=0), max(map(len, types)) if len(types) > 1 else 0)


def written(entry: Entry, room: Widths, width: int, *, chosen: bool) -> Strip:
    """A line of the legend in so many cells: what does not fit is left out from the right."""
    quote, pool = entry.quote, entry.quote.pool
    ground = palette.CHOSEN if chosen else palette.GROUND
    text = Style(color=palette.TEXT, bgcolor=ground, bold=chosen)
    faint = Style(color=palette.FAINT, bgcolor=ground)
    less = discount(quote)
    segments = [
        Segment(MARKED if chosen else " ", text),
        Segment(f"{palette.sample(entry.place)} ", Style(color=palette.colour(entry.place), bgcolor=ground)),
        Segment(f"{dollars(quote.price):>7} ", text),
        Segment(f"{pool.zone:<{room.zone}} ", text),
        Segment(f"{pool.instance_type:<{room.type}} " if room.type else "", faint),
        Segment("     " if less is None else f"{-less:>+5.0%}", faint),
        Segment(f" {pool.region if pool.zone_id else ''}", faint),
    ]
    return Strip(segments).extend_cell_length(width, Style(bgcolor=ground)).crop(0, width)
