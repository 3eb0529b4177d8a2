"""A browser for the tests of a file: its driver has an event loop, beside which asynchronous tests cannot run."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from browsers import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found
