"""A real browser for tests: Debian's Chromium, driven by Playwright."""

import asyncio
import shutil
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from genba_servicekit.testing import missing

FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

T = TypeVar("T")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; the test is skipped with a word where there is none."""
    path = shutil.which("chromium")
    if path is None:
        missing("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def elsewhere(work: Coroutine[Any, Any, T]) -> T:
    """Run it where no event loop is running: the browser's driver has this thread's. Gives what it gives."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@contextmanager
def watched(context: BrowserContext, *, unheard: tuple[str, ...] = ()) -> Iterator[Page]:
    """A page on which whatever the console complains of is a failure, refused styles and scripts included.

    Args:
        context: closed at the end.
        unheard: complaints with one of these in them are expected.
    """
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # A browser reports every status from 400 on as an error of the console.
    expected = ("the server responded with a status of 4", *unheard)
    assert [text for text in complaints if not any(part in text for part in expected)] == []
