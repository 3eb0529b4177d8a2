"""Loops that never end by themselves: whatever goes wrong, they wait a little and go on."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from typing import Final, NoReturn

from genba_servicekit.bus_log import EventBusUnavailable
from genba_servicekit.errors import ServiceUnavailable
from genba_servicekit.logging import get_logger

FIRST_WAIT: Final = 0.02  # seconds after a first failure
LONGEST_WAIT: Final = 0.4  # seconds: with a connect and a read, what was missed is handled within 1 s of a heal
SUCCESS_AFTER: Final = 3.0  # seconds: longer than any step takes to find out that Redis is silent
CANCEL_AGAIN: Final = 0.5  # seconds; closing what a cancelled task holds takes milliseconds

log = get_logger(__name__)


async def run_forever(name: str, step: Callable[[], Awaitable[None]]) -> NoReturn:
    """Call `step` again and again until this task is cancelled.

    After a failure it waits: twice as long each time up to 0.4 s, less up to half by chance, so that many processes
    do not come back at once. A step that ran for three seconds before it failed was a success until then. An outage is
    logged when it begins and when it is over, any other failure each time.
    """
    clock = asyncio.get_running_loop().time
    failures = 0
    while True:
        began = clock()
        try:
            await step()
        except (EventBusUnavailable, ServiceUnavailable) as error:
            if failures == 0:
                log.warning("events wait", loop=name, reason=str(error))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            log.exception("a step was cancelled from inside", loop=name)  # by a handler's own task: no reason to end
        except Exception:
            log.exception("a step failed", loop=name)
        else:
            if failures:
                log.info("events go on", loop=name, failures=failures)
            failures = 0
            continue
        if clock() - began > SUCCESS_AFTER:
            failures = 0
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures, 10))
        failures += 1
        await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311  (nobody gains by guessing it)


async def stop_tasks(tasks: Collection[asyncio.Task[NoReturn]]) -> None:
    """Cancel tasks and wait until they are gone.

    Python 3.11's `asyncio.wait_for`, which redis-py sends with, loses a cancellation that comes just as it is done
    (about once in a thousand stops): who is not gone in time is cancelled again.
    """
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=CANCEL_AGAIN)
