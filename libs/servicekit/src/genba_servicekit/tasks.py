"""What runs beside the requests: loops that never end by themselves, and their start and stop.

    async with AsyncExitStack() as stack:
        run_beside(stack, every(1.0, follower.poll, name="poll the log"), run_forever(reader.step, name="read"))

Whatever goes wrong in a loop, it waits a little and goes on. An outage is logged when it begins and when it is over, a
failure of another kind once until the loop succeeds; all are counted in `genba_task_failures_total`.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final, NoReturn

from genba_servicekit.bus_log import EventBusUnavailable
from genba_servicekit.errors import ServiceUnavailable
from genba_servicekit.logging import get_logger
from genba_servicekit.metrics import TASK_FAILURES

FIRST_WAIT: Final = 0.02  # seconds after a first failure
LONGEST_WAIT: Final = 0.4  # seconds: with a connect and a read, what was missed is handled within 1 s of a heal
SUCCESS_AFTER: Final = 3.0  # seconds: longer than any step takes to find out that Redis is silent
CANCEL_AGAIN: Final = 0.5  # seconds; closing what a cancelled task holds takes milliseconds

Step = Callable[[], Awaitable[object]]

log = get_logger(__name__)


async def run_forever(step: Step, *, name: str) -> NoReturn:
    """Call `step` again and again until this task is cancelled.

    After a failure it waits: twice as long each time up to 0.4 s, less up to half by chance, so that many processes
    do not come back at once. A step that ran for three seconds before it failed was a success until then.

    Args:
        step: waits for work and does it.
        name: what the log and the metric call it.
    """
    await _supervise(step, name, pause=0.0)


async def every(seconds: float, step: Step, *, name: str, at_once: bool = False) -> NoReturn:
    """Call `step`, `seconds` after the start (or `at_once` too) and after each end of it, until this task is cancelled.

    After a failure it waits as `run_forever` does where that is longer.
    """
    if not at_once:
        await asyncio.sleep(seconds)
    await _supervise(step, name, pause=seconds)


def run_beside(stack: AsyncExitStack, *coroutines: Coroutine[Any, Any, object]) -> None:
    """Start a task for each coroutine; when `stack` closes they are cancelled, and it waits until they are gone.

    One that ends by an exception is logged then, not at the end of the service.
    """
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    for task in tasks:
        task.add_done_callback(_report)
    stack.push_async_callback(_stop, tasks)


async def _supervise(step: Step, name: str, *, pause: float) -> NoReturn:
    clock = asyncio.get_running_loop().time
    failing = TASK_FAILURES.labels(name)
    failures = 0
    told: set[type[BaseException]] = set()
    while True:
        began = clock()
        try:
            await step()
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            _tell(name, error, told)  # it came from inside, by a step's own task: no reason to end
        except Exception as error:  # noqa: BLE001  (whatever it was, the next round tries again)
            _tell(name, error, told)
        else:
            if failures:
                log.info("background work goes on", task=name, failures=failures)
            failures = 0
            told.clear()
            await asyncio.sleep(pause)
            continue
        failing.inc()
        if clock() - began > SUCCESS_AFTER:
            failures = 0
            told.clear()
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures, 10)) * random.uniform(0.5, 1)  # noqa: S311  (nobody gains by guessing it)
        failures += 1
        await asyncio.sleep(max(pause, wait))


def _tell(name: str, error: BaseException, told: set[type[BaseException]]) -> None:
    if type(error) in told:
        return
    told.add(type(error))
    if isinstance(error, (EventBusUnavailable, ServiceUnavailable)):
        log.warning("background work waits", task=name, reason=str(error))
    else:
        log.error("background work fails", task=name, exc_info=error)


def _report(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background work ended", task=task.get_name(), exc_info=error)


async def _stop(tasks: Collection["asyncio.Task[Any]"]) -> None:
    """Cancel tasks and wait until they are gone.

    Python 3.11's `asyncio.wait_for`, which redis-py sends with, loses a cancellation that comes just as it is done
    (about once in a thousand stops): who is not gone in time is cancelled again.
    """
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=CANCEL_AGAIN)
