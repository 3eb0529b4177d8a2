"""Picks become a share: over REST, by a form, and for a picture's QR code."""

from collections.abc import Sequence

from timetable_renderer.deps import Renderer


async def key_of(renderer: Renderer, address: str, festival: str, picks: Sequence[str]) -> str:
    """The key under which picks are shared; each new one is a row, so that one address may make so many.

    Raises:
        TooManyRequests: it made more than `TIMETABLE_SHARE_LIMIT`.
        NoSuchFestival, NoTimetable, UnknownPicksError, TooManyPicksError: there is nothing to share.
    """

    async def count() -> None:
        await renderer.limiter.hit(renderer.settings.share_limit, "share", address)

    return await renderer.picking.share(festival, picks, before_new=count)
