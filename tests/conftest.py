"""What every test may ask for."""

from collections.abc import Iterator

import pytest

from genba_servicekit.testing import PostgresServer, RedisServer, postgres_server, redis_server


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """All of Genba runs on asyncio."""
    return "asyncio"


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """An empty Redis of the test's own."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of this process."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_cluster: PostgresServer) -> str:
    """SQLAlchemy URL of an empty database of the test's own."""
    return postgres_cluster.create_database()
