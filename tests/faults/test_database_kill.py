"""What was acknowledged outlives kill -9: of the process that wrote it, and of the database server."""

from pathlib import Path

import pytest

from faults.database_worker import check, kill_rounds, running
from genba_servicekit.testing import PostgresServer

ROUNDS = 10


@pytest.mark.parametrize("workers", [1, 2])
def test_no_acknowledged_write_is_lost_when_its_process_is_killed(tmp_path: Path, workers: int) -> None:
    acknowledged = kill_rounds(f"sqlite:///{tmp_path}/kill.db", rounds=ROUNDS // workers, workers=workers, seed=workers)
    assert len(acknowledged) > 100


def test_no_acknowledged_write_is_lost_when_a_process_on_postgresql_is_killed(postgres_url: str) -> None:
    assert len(kill_rounds(postgres_url, rounds=3, workers=2, seed=3)) > 50


def test_writers_outlive_a_postgresql_that_is_killed(postgres_cluster: PostgresServer) -> None:
    url = postgres_cluster.create_database()
    with running(url, "steady") as (worker,):
        for _ in range(2):
            worker.wait_for_word(50)
            postgres_cluster.kill9()
            worker.listen(0.1)
            postgres_cluster.start()
            worker.wait_for_word(50)
        acknowledged = set(worker.kill())
    assert len(acknowledged) >= 200
    check(url, acknowledged)
