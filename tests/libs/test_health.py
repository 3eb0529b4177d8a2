"""/livez says that the loop turns; /readyz asks everything that is needed, all at once."""

import asyncio

from genba_contracts.problem import Problem
from genba_servicekit.app import GenbaApp, build_app
from genba_servicekit.health import Check, Health
from genba_servicekit.metrics import Metrics
from genba_servicekit.settings import ServiceSettings
from genba_servicekit.testing import app_client


class Dependency:
    """Something that can be switched off."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.hangs = False

    async def ping(self) -> str:
        if self.hangs:
            await asyncio.Event().wait()
        if self.fault is not None:
            raise self.fault
        return "there"


def build(*checks: Check) -> GenbaApp:
    return build_app(settings=ServiceSettings(access_log=False), title="T", description="", version="1", checks=checks)


async def test_livez_asks_nothing() -> None:
    dependency = Dependency()
    dependency.hangs = True
    async with app_client(build(Check("database", dependency.ping))) as client:
        answer = await client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert answer.headers["cache-control"] == "no-store"


async def test_readyz_shows_what_every_check_said() -> None:
    async with app_client(build(Check("database", Dependency().ping))) as client:
        answer = await client.get("/readyz")
    found = answer.json()
    assert (answer.status_code, found["status"]) == (200, "ready")
    assert found["checks"]["database"].items() >= {"ok": True, "required": True, "detail": "there"}.items()


async def test_readyz_is_503_with_the_reason_while_something_required_is_away_and_200_once_it_is_back() -> None:
    database = Dependency()
    database.fault = OSError("connection refused")
    async with app_client(build(Check("database", database.ping), Check("redis", Dependency().ping))) as client:
        away = await client.get("/readyz")
        database.fault = None
        back = await client.get("/readyz")
    problem = Problem.model_validate_json(away.content)
    assert (away.status_code, problem.detail) == (503, "database: connection refused")
    assert away.headers["retry-after"] == "1"
    assert away.json()["checks"]["redis"]["ok"] is True
    assert back.status_code == 200


async def test_what_is_not_required_degrades_and_does_not_stop_it() -> None:
    redis = Dependency()
    redis.fault = OSError()
    async with app_client(build(Check("redis", redis.ping, required=False))) as client:
        answer = await client.get("/readyz")
        figures = (await client.get("/metrics")).text
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["redis"]["detail"] == "OSError"
    assert 'genba_check_ok{check="redis"} 0.0' in figures


async def test_a_check_that_never_answers_is_given_up() -> None:
    hanging = Dependency()
    hanging.hangs = True
    health = Health([Check("database", hanging.ping), Check("redis", Dependency().ping)], Metrics(), timeout=0.05)
    found = await health.readiness()
    assert (found["status"], found["checks"]["redis"]["ok"]) == ("unready", True)
    assert found["checks"]["database"]["detail"] == "no answer in 0.05 s"


async def test_checks_are_asked_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def meet() -> None:
        await both.wait()

    health = Health([Check("one", meet), Check("two", meet)], Metrics(), timeout=5)
    assert (await health.readiness())["status"] == "ready"
