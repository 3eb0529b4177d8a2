"""What every test may ask for."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """All of Genba runs on asyncio."""
    return "asyncio"
