"""Pictures: drawn beside the event loop, few at once, each once."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import perf_counter
from typing import Final, TypeAlias

import anyio
import anyio.to_thread

from genba_servicekit.errors import ServiceUnavailable, UnprocessableContent
from genba_servicekit.etag import etag_of
from genba_servicekit.prepared import SizedCache
from timetable_renderer.core.layout.tree import Picture
from timetable_renderer.core.options import ImageFormat, PictureDoesNotFitError, PictureOptions
from timetable_renderer.core.plan import Plan
from timetable_renderer.ports import Painter
from timetable_renderer.usecases.timetables import Timetables

LayOut: TypeAlias = Callable[[Plan, PictureOptions], Picture]
"""Places everything on a picture. Called in a thread."""

MEDIA_TYPES: Final = {
    ImageFormat.PNG: "image/png",
    ImageFormat.WEBP: "image/webp",
    ImageFormat.PDF: "application/pdf",
    ImageFormat.SVG: "image/svg+xml",
}


class PicturesBusy(ServiceUnavailable):
    """So many pictures wait to be drawn that one more would wait too long."""

    title = "Too many pictures are being drawn"
    example = "256 pictures are being drawn already: try again in a few seconds."


class NoSuchDay(UnprocessableContent):
    """The festival does not have so many days."""

    title = "There is no such day"
    example = "day: the festival has 3 days."


class PictureDoesNotFit(UnprocessableContent):
    """The picks do not fit on a picture of the size asked for, or the picture would be too large."""

    title = "It does not fit on the picture"
    example = (
        "300 picks do not fit on a picture of this size in type that can be read; "
        "make it larger, pick fewer, or take the agenda, which is as high as it needs to be"
    )


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture as a file.

    Attributes:
        title: what it shows, in words.
    """

    body: bytes
    etag: str
    media_type: str
    title: str

    @property
    def size(self) -> int:
        """What it takes in memory, in bytes, about."""
        return len(self.body) + 1_000


class Picturing:
    """Draws pictures of plans, and keeps those that were asked for last.

    Args:
        timetables: what tells versions apart.
        lay_out: places everything.
        painter: makes the file.
        cache_bytes: of finished pictures that are kept.
        threads: pictures that are drawn at once.
        queue: pictures that may be drawn or wait to be; more are answered with 503. One that is asked for by many at
            once counts once.
    """

    def __init__(
        self, timetables: Timetables, lay_out: LayOut, painter: Painter, *, cache_bytes: int, threads: int, queue: int
    ) -> None:
        self._timetables = timetables
        self._lay_out = lay_out
        self._painter = painter
        self._cache: SizedCache[Pictured] = SizedCache(cache_bytes)
        self._limiter = anyio.CapacityLimiter(threads)
        self._queue = queue
        self._drawing: dict[Hashable, asyncio.Task[Pictured]] = {}
        self.counts = dict.fromkeys(("drawn", "kept", "joined", "unfit", "busy", "failed"), 0)
        """How often a picture was asked for since the start, by what came of it."""
        self.seconds = 0.0
        """How long it took to draw those that were drawn."""

    @property
    def waiting(self) -> int:
        """How many are drawn or wait to be."""
        return len(self._drawing)

    def etag(self, plan: Plan, options: PictureOptions) -> str:
        """A picture's entity tag, without drawing it."""
        return etag_of(repr(self._key(plan, options)).encode())

    async def picture(self, plan: Plan, options: PictureOptions) -> Pictured:
        """A plan's picture.

        Raises:
            NoSuchDay: `options.day` is more than the festival has.
            PictureDoesNotFit: what is asked for cannot be had in this size.
            PicturesBusy: too many wait already.
        """
        days = len(plan.festival.days)
        if options.day is not None and options.day > days:
            raise NoSuchDay(f"day: the festival has {days} days.")
        key = self._key(plan, options)
        kept = self._cache.get(key)
        if kept is not None:
            self.counts["kept"] += 1
            return kept
        task = self._drawing.get(key)
        if task is not None:
            self.counts["joined"] += 1
        else:
            if len(self._drawing) >= self._queue:
                self.counts["busy"] += 1
                raise PicturesBusy(f"{self._queue} pictures are being drawn already: try again in a few seconds.")
            task = asyncio.create_task(self._draw(key, plan, options))
            self._drawing[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)  # whoever leaves takes nothing from the others who wait for it

    def _key(self, plan: Plan, options: PictureOptions) -> Hashable:
        digest = self._timetables.of(plan.festival).digest
        picks = tuple(slot.id for slot in plan.picks)
        return digest, plan.festival.fetched_at, picks, options

    async def _draw(self, key: Hashable, plan: Plan, options: PictureOptions) -> Pictured:
        try:
            pictured, seconds = await anyio.to_thread.run_sync(
                self._in_thread, plan, options, self.etag(plan, options), limiter=self._limiter
            )
        except PictureDoesNotFit:
            self.counts["unfit"] += 1
            raise
        except Exception:
            self.counts["failed"] += 1
            raise
        self.counts["drawn"] += 1
        self.seconds += seconds
        return self._cache.put(key, pictured)

    def _in_thread(self, plan: Plan, options: PictureOptions, etag: str) -> tuple[Pictured, float]:
        start = perf_counter()
        try:
            picture = self._lay_out(plan, options)
            body = self._painter.paint(picture, options.format)
        except PictureDoesNotFitError as error:
            raise PictureDoesNotFit(str(error)) from error
        return Pictured(body, etag, MEDIA_TYPES[options.format], picture.title), perf_counter() - start

    def _forget(self, key: Hashable, task: "asyncio.Task[Pictured]") -> None:
        self._drawing.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever waited has it; if nobody does any more, it is nobody's
