"""What every test may ask for."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from genba_servicekit.testing import PostgresServer, RedisServer, postgres_server, redis_server

LONGEST = (
    "test_face_devices.py",
    "test_face_training_kill.py",
    "test_faces_trainings.py",
    "test_faces_fuzz.py",
    "test_wiki_kill.py",
    "test_main_job.py",
    "test_timetable_pages.py",
    "test_wiki_fuzz.py",
    "test_freshness_processes.py",
    "test_event_bus.py",
    "test_documents.py",
    "test_spot_whole.py",
    "test_wiki_client_socket.py",
    "test_devstack.py",
    "test_xss.py",
    "test_timetable_services.py",
    "test_timetable_fuzz.py",
    "test_database_kill.py",
    "test_wiki_pages.py",
)
"""Files whose tests take longest. They come first: one that began last would leave the other cores idle."""

# In a shell's background Ctrl-C is ignored, by all that tests start too: some of it has to heed it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Each process that a test starts would compile all of our modules anew: a tenth of its start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# No test asks a real account, whoever runs them.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
# A busy machine takes 200 ms for an example of 5 now and then: Hypothesis would call that a failure.
settings.register_profile("genba", deadline=None)
settings.load_profile("genba")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the longest tests run first."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of an empty database: each test runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'of-the-test.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
