"""The monitor in a terminal, and its picture without one."""

from collections.abc import Callable
from pathlib import Path

from anyio import to_thread

from spot_price.watch.feed import Feed
from spot_price.watch.monitor import Monitor
from spot_price.watch.options import WatchOptions
from spot_price.watch.picture import picture


async def run(options: WatchOptions, open_feed: Callable[[WatchOptions], Feed]) -> None:
    """Watch until a key ends it."""
    feed = open_feed(options)
    try:
        await Monitor(feed, options).run_async()
    finally:
        await feed.close()


async def draw(
    options: WatchOptions, open_feed: Callable[[WatchOptions], Feed], path: Path, size: tuple[int, int]
) -> None:
    """Look once and draw the monitor as SVG, as it would be in a terminal of so many columns and rows.

    Raises:
        OSError: the file cannot be written.
    """
    feed = open_feed(options)
    try:
        monitor = Monitor(feed, options)
        async with monitor.run_test(size=size) as pilot:
            await monitor.workers.wait_for_complete()
            await pilot.pause()
            svg = picture(monitor)
    finally:
        await feed.close()
    await to_thread.run_sync(lambda: path.write_text(svg, "utf-8"))
