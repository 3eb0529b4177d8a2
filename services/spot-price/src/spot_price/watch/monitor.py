"""The monitor of the terminal: keys, layout, looking again. What is drawn is in `chart` and `legend`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.timer import Timer
from textual.widgets import Static

from spot_price.core.band import NOTHING, first_band
from spot_price.core.records import Pool
from spot_price.core.regions import UnknownNameError
from spot_price.usecases.market import Quote
from spot_price.watch import palette, telling
from spot_price.watch.chart import Chart, Drawing
from spot_price.watch.dialogs import Asked, Told, help_screen
from spot_price.watch.exporting import export
from spot_price.watch.feed import Feed, FeedError, Snapshot
from spot_price.watch.keys import KEYS
from spot_price.watch.legend import Entry, Legend
from spot_price.watch.options import WatchOptions
from spot_price.watch.view import MOVE, ZOOM, Band, View

WIDE: Final = 100
"""Columns from which on the legend stands beside the chart."""
MOST_LINES: Final = 200
"""Lines that are drawn, the cheapest; the legend has all."""
SAID: Final = 6.0
"""Seconds that a message stays."""
AUTO: Final = 10.0
"""Seconds between looks when they were switched on where none were asked for."""


class Monitor(App[None]):
    """What pools cost, live.

    Args:
        feed: where prices come from; closed by whoever opened it.
        options: what it was told.
        folder: where exports go.
    """

    CSS = f"""
    Screen {{ background: {palette.GROUND}; color: {palette.TEXT}; layout: vertical; }}
    #head, #foot {{ height: 1; background: {palette.BAR}; }}
    #head {{ height: 2; }}
    #body {{ height: 1fr; layout: vertical; }}
    #legend {{ height: 30%; min-height: 3; background: {palette.GROUND}; scrollbar-background: {palette.GROUND};
        scrollbar-color: {palette.GRID}; }}
    .wide #body {{ layout: horizontal; }}
    .wide #legend {{ width: 46; height: 100%; }}
    """
    TITLE = "spot-price"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.keys, key.action, key.help, show=False) for key in KEYS),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(self, feed: Feed, options: WatchOptions, *, folder: Path | None = None) -> None:
        super().__init__()
        self._feed, self._folder = feed, folder or Path()
        self.view = View(window=options.window)
        self.selection = options.selection
        self.filter = ""
        self.snapshot: Snapshot | None = None
        self.every = options.auto_refresh
        self._again = self.every or AUTO
        self._good = self.selection
        self._places: dict[Pool, int] = {}
        self._chosen: Pool | None = None
        self._found: Band = NOTHING
        self._trouble = ""
        self._said = ""
        self._looking = False
        self._timer: Timer | None = None
        self._forget: Timer | None = None

    def compose(self) -> ComposeResult:
        """Head, chart, legend, foot."""
        yield Static(id="head")
        with Container(id="body"):
            yield Chart(id="chart")
            yield Legend(id="legend")
        yield Static(id="foot")

    def on_mount(self) -> None:
        """Look for the first time."""
        self._schedule()
        self.paint()
        self.look()

    def on_resize(self, event: Resize) -> None:
        """The legend stands where there is room."""
        self.set_class(event.size.width >= WIDE, "wide")
        self.call_after_refresh(self.paint)

    # Looking

    def look(self, *, fresh: bool = True) -> None:
        """Look again; one that is under way is given up for it."""
        self.run_worker(self._look(fresh=fresh), group="look", exclusive=True)

    async def _look(self, *, fresh: bool) -> None:
        self._looking = True
        try:
            self.snapshot = await self._feed.look(self.selection, self.view, fresh=fresh)
        except UnknownNameError as error:
            self.say(str(error))
            if self.snapshot is None:
                self._trouble = str(error)
            self.selection = self._good
        except FeedError as error:
            self._trouble = str(error)
        else:
            self._trouble = ""
            self._good = self.selection
            self._measure()
        finally:
            self._looking = False
        self.paint()

    def _schedule(self) -> None:
        if self._timer:
            self._timer.stop()
        self._timer = self.set_interval(self.every, self._auto_look) if self.every else None

    def _auto_look(self) -> None:
        if not self._looking:
            self.look()

    # What is seen

    @property
    def quotes(self) -> Sequence[Quote]:
        """What the filter leaves, the cheapest first."""
        quotes = self.snapshot.quotes if self.snapshot else ()
        return [quote for quote in quotes if telling.fits(quote.pool, self.filter)]

    @property
    def chosen(self) -> Quote | None:
        """The line that `enter` tells about."""
        quotes = self.quotes
        return next((quote for quote in quotes if quote.pool == self._chosen), quotes[0] if quotes else None)

    @property
    def band(self) -> Band:
        """US dollars an hour at the bottom and at the top of the chart."""
        return self.view.seen(self._found)

    def _measure(self) -> None:
        """Give each line its colour, and find the band near the lowest price."""
        if not self.snapshot:
            return
        for quote in self.snapshot.quotes:
            self._places.setdefault(quote.pool, len(self._places))
        steps = self.snapshot.steps
        self._found = first_band([steps[quote.pool] for quote in self.quotes if quote.pool in steps])

    def paint(self) -> None:
        """Show everything as it is now."""
        if not self.is_running or not self.query("#chart"):
            return
        quotes, chosen = self.quotes, self.chosen
        number = quotes.index(chosen) if chosen else 0
        entries = [Entry(quote, self._places[quote.pool]) for quote in quotes]
        self.query_one(Legend).show(entries, number)
        self.query_one(Chart).draw(self._drawing(quotes, number))
        width = self.size.width
        self.query_one("#head", Static).update(
            telling.head(
                self.snapshot,
                self.selection,
                self.view,
                band=self.band,
                text=self.filter,
                every=self.every,
                width=width,
            )
        )
        self.query_one("#foot", Static).update(self._foot(width))

    def _drawing(self, quotes: Sequence[Quote], number: int) -> Drawing:
        now = self.snapshot.now if self.snapshot else self.view.window
        steps = self.snapshot.steps if self.snapshot else {}
        start, end = self.view.stretch(now)
        first = [*quotes[number : number + 1], *quotes[:number], *quotes[number + 1 :]][:MOST_LINES]
        shown = [quote.pool for quote in first if quote.pool in steps]
        if self.snapshot is None:
            words = self._trouble or "asking for prices …"
        else:
            words = "no price in this window and band" if quotes else "there is nothing to see here"
        return Drawing(
            [steps[pool] for pool in shown],
            [self._places[pool] for pool in shown],
            start,
            end,
            self.band,
            self.view.log,
            words,
        )

    def _foot(self, width: int) -> Text:
        failing = self.snapshot.failing if self.snapshot else ()
        return telling.foot(self._said, self._trouble, failing, len(self.quotes), width)

    def say(self, words: str) -> None:
        """Say something in the last line, for some seconds."""
        self._said = words
        if self._forget:
            self._forget.stop()
        self._forget = self.set_timer(SAID, self._say_no_more)
        self.paint()

    def _say_no_more(self) -> None:
        self._said = ""
        self.paint()

    def _see(self, view: View) -> None:
        earlier, self.view = self.view, view
        self.paint()
        if (view.window, view.end) != (earlier.window, earlier.end):
            self.look(fresh=False)

    # Keys

    def action_zoom(self, way: int) -> None:
        """Nearer or farther."""
        if self.snapshot:
            self._see(self.view.zoomed(ZOOM**way, self._found))

    def action_shift(self, way: int) -> None:
        """The band up or down."""
        if self.snapshot:
            self._see(self.view.shifted(MOVE * way, self._found))

    def action_move(self, way: int) -> None:
        """Earlier or later."""
        if self.snapshot:
            self._see(self.view.moved(MOVE * way, self.snapshot.now))

    def action_window(self, way: int) -> None:
        """A longer window or a shorter one."""
        self._see(self.view.longer() if way > 0 else self.view.shorter())

    def action_first(self) -> None:
        """The first view."""
        self._see(self.view.first())

    def action_log(self) -> None:
        """Log scale, and back."""
        self._see(self.view.rescaled())

    def action_refresh(self) -> None:
        """Look again now."""
        self.look()

    def action_auto(self) -> None:
        """Look again by itself, and stop that."""
        self.every = 0.0 if self.every else self._again
        self._schedule()
        self.say(f"looks again every {self.every:g} s" if self.every else "looks again on r alone")

    def action_choose(self, way: int) -> None:
        """Another line of the legend."""
        quotes, chosen = self.quotes, self.chosen
        if chosen:
            number = min(max(quotes.index(chosen) + way, 0), len(quotes) - 1)
            self._chosen = quotes[number].pool
            self.paint()

    def on_legend_chosen(self, message: Legend.Chosen) -> None:
        """A line of the legend was clicked."""
        if message.number < len(self.quotes):
            self._chosen = self.quotes[message.number].pool
            self.paint()

    def action_details(self) -> None:
        """All about the chosen line."""
        if self.chosen and self.snapshot:
            pool = self.chosen.pool
            rows = telling.details(self.chosen, self.snapshot)
            self.push_screen(Told(f"{pool.instance_type} in {pool.zone}", rows))

    def action_help(self) -> None:
        """Every key."""
        self.push_screen(help_screen())

    async def action_types(self) -> None:
        """Choose instance types."""
        known = await self._feed.types()
        self.push_screen(Asked("instance types, or patterns", " ".join(self.selection.types), known), self._take_types)

    def _take_types(self, text: str | None) -> None:
        types = tuple(dict.fromkeys((text or "").replace(",", " ").lower().split()))
        if types and types != self.selection.types:
            self.selection = replace(self.selection, types=types)
            self._places.clear()
            self.snapshot = replace(self.snapshot, quotes=(), steps={}) if self.snapshot else None
            self.look()

    def action_filter(self) -> None:
        """Show some alone."""
        self.push_screen(Asked("zones, regions, types with this in their name", self.filter), self._take_filter)

    def _take_filter(self, text: str | None) -> None:
        if text is not None:
            self.filter = text
            self._measure()
            self.paint()

    async def action_export(self) -> None:
        """Write what is seen into a file."""
        if not self.snapshot or not self.quotes:
            self.say("there is nothing to export yet")
            return
        start, end = self.view.stretch(self.snapshot.now)
        self.say(await export(self.snapshot, [quote.pool for quote in self.quotes], start, end, self._folder))

    async def action_leave(self) -> None:
        """End."""
        self.exit()
