"""Loops that go on whatever their step does, and tasks that end with their stack."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
import structlog

from genba_servicekit.errors import ServiceUnavailable
from genba_servicekit.metrics import Metrics
from genba_servicekit.tasks import every, run_beside, run_forever
from genba_servicekit.testing import until


class Step:
    """Raises what it is told to, one after the other, then succeeds."""

    def __init__(self, *fates: BaseException | None) -> None:
        self.fates = list(fates)
        self.calls = 0

    async def __call__(self) -> None:
        self.calls += 1
        await asyncio.sleep(0)
        if self.fates and (fate := self.fates.pop(0)) is not None:
            raise fate


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as logs:
        yield logs


async def play(step: Step) -> None:
    async with AsyncExitStack() as stack:
        run_beside(stack, run_forever(step, name="test"))
        rounds = len(step.fates) + 2
        await until(lambda: step.calls >= rounds)


def told(logs: list[Any]) -> list[str]:
    return [one["event"] for one in logs]


async def test_an_outage_is_logged_when_it_begins_and_when_it_is_over(logs: list[Any]) -> None:
    away = ServiceUnavailable("no route")
    await play(Step(away, away, away, None, away))
    assert told(logs) == ["background work waits", "background work goes on"] * 2
    assert logs[0]["task"] == "test"
    assert "no route" in logs[0]["reason"]
    assert logs[1]["failures"] == 3


async def test_a_failure_that_nobody_expected_is_logged_with_its_traceback_once(logs: list[Any]) -> None:
    error = ValueError("a bug")
    await play(Step(error, error))
    assert told(logs) == ["background work fails", "background work goes on"]
    assert logs[0]["exc_info"] is error


async def test_a_bug_behind_an_outage_is_logged_too(logs: list[Any]) -> None:
    away = ServiceUnavailable("away")
    await play(Step(away, ValueError("a bug"), away))
    assert told(logs) == ["background work waits", "background work fails", "background work goes on"]


async def test_a_step_that_was_cancelled_from_inside_is_called_again(logs: list[Any]) -> None:
    await play(Step(asyncio.CancelledError()))
    assert told(logs) == ["background work fails", "background work goes on"]


async def test_failures_are_counted_by_task() -> None:
    async with AsyncExitStack() as stack:
        step = Step(ValueError("a"), ValueError("b"))
        run_beside(stack, run_forever(step, name="counted"))
        await until(lambda: not step.fates and step.calls > 2)
    assert b'genba_task_failures_total{task="counted"} 2.0' in Metrics().render()


async def test_periodic_work_waits_before_each_call_and_outlives_a_failure(logs: list[Any]) -> None:
    step = Step(ValueError("once"))
    async with AsyncExitStack() as stack:
        run_beside(stack, every(0.01, step, name="test"))
        await asyncio.sleep(0)
        assert step.calls == 0
        await until(lambda: step.calls >= 4)
    assert told(logs) == ["background work fails", "background work goes on"]


async def test_tasks_are_gone_when_their_stack_is_closed() -> None:
    before = asyncio.all_tasks()
    async with AsyncExitStack() as stack:
        run_beside(stack, run_forever(Step(), name="one"), every(60, Step(), name="other"))
        assert len(asyncio.all_tasks() - before) == 2
    assert asyncio.all_tasks() == before


async def test_a_step_that_loses_a_cancellation_is_stopped_all_the_same() -> None:
    lost = 0

    async def lose_the_first() -> None:
        nonlocal lost
        if not lost:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
            lost += 1
        await asyncio.sleep(60)

    before = asyncio.all_tasks()
    async with AsyncExitStack() as stack:
        run_beside(stack, run_forever(lose_the_first, name="test"))
        await asyncio.sleep(0)
    assert lost == 1
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("fate", [ValueError("broken"), KeyError("broken")])
async def test_a_task_that_ends_by_an_exception_is_logged_at_once(fate: Exception, logs: list[Any]) -> None:
    async def end() -> None:
        raise fate

    async with AsyncExitStack() as stack:
        run_beside(stack, end())
        await until(lambda: bool(logs))
        assert told(logs) == ["background work ended"]
        assert logs[0]["exc_info"] is fate
