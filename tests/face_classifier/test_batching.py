"""Photos of many callers, answered together: each gets its own, in order, whoever leaves meanwhile."""

import asyncio
import threading
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from face_classifier.core.batches import PROBE_EVERY, Delay, Joiner, answer, pieces
from face_classifier.usecases.batching import ROWS, Batcher, ModelBusy, OutOfTime, TooManyPhotos
from genba_servicekit.errors import ServiceUnavailable, UnprocessableContent

Numbers = NDArray[np.float32]


class Doubler:
    """A network that doubles, and keeps what it was asked; it works while `gate` is open."""

    def __init__(self, factor: float = 2, sizes: tuple[int, ...] = ()) -> None:
        self.classes, self.width, self.sizes = 1, 1, sizes
        self.factor = factor
        self.asked: list[list[float]] = []
        self.gate = threading.Event()
        self.gate.set()

    def run(self, images: Numbers) -> tuple[Numbers, Numbers]:
        assert self.gate.wait(10)
        self.asked.append(images[:, 0].tolist())
        return images * np.float32(self.factor), images + 1


class Failing(Doubler):
    """A network that fails."""

    def run(self, images: Numbers) -> tuple[Numbers, Numbers]:
        raise MemoryError(f"no memory for {len(images)}")


def photos(*values: float) -> Numbers:
    return np.array(values, np.float32)[:, None]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  (the batcher tells nobody who waits in it)
            await asyncio.sleep(0.001)


async def hold(batcher: Batcher, network: Doubler) -> "asyncio.Task[object]":
    """Keep the network at work, so that whatever comes next has to wait."""
    network.gate.clear()
    task = asyncio.create_task(batcher.submit(network, photos(-1)))
    await until(lambda: batcher.waiting == 0)
    return task


@given(
    counts=st.lists(st.integers(1, 40), min_size=1, max_size=25),
    leave=st.sets(st.integers(0, 24)),
    workers=st.integers(1, 3),
    largest=st.sampled_from([1, 8, 32]),
    sizes=st.sampled_from([(), (1, 8, 32)]),
)
@settings(max_examples=40, deadline=None)
def test_each_caller_gets_the_answers_to_its_own_photos(
    counts: list[int], leave: set[int], workers: int, largest: int, sizes: tuple[int, ...]
) -> None:
    """Whoever leaves in the meantime, nobody else's answer is lost, doubled or another's."""

    async def all_of_them() -> None:
        batcher = Batcher(workers=workers, capacity=2000, largest=largest)
        network = Doubler(sizes=sizes)
        starts = np.cumsum([0, *counts])
        asked = [photos(*range(start, start + count)) for start, count in zip(starts[:-1], counts, strict=True)]
        tasks = [asyncio.create_task(batcher.submit(network, each)) for each in asked]
        await asyncio.sleep(0)
        for number in leave & set(range(len(tasks))):
            tasks[number].cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        for number, (mine, found) in enumerate(zip(asked, answers, strict=True)):
            if number in leave:
                assert isinstance(found, asyncio.CancelledError)
                continue
            assert not isinstance(found, BaseException), found
            np.testing.assert_array_equal(found[0], mine * 2)
            np.testing.assert_array_equal(found[1], mine + 1)
        await batcher.stop()  # what runs for nobody any more is counted when it is done
        assert batcher.waiting == 0
        assert batcher.counts.photos + batcher.counts.dropped == sum(counts)

    asyncio.run(all_of_them())


@given(count=st.integers(1, 200), sizes=st.sampled_from([(), (1,), (8,), (1, 8, 32), (4, 16)]))
def test_any_number_of_photos_is_cut_into_sizes_that_the_network_takes(count: int, sizes: tuple[int, ...]) -> None:
    cut = pieces(count, sizes, 32)
    assert sum(used for used, _ in cut) == count
    assert all(size in sizes if sizes else size == used <= 32 for used, size in cut)
    if 1 in sizes:
        assert sum(size for _, size in cut) <= 2 * count, "half of what is computed is of use"
    network = Doubler(sizes=sizes)
    doubled, _ = answer(network.run, photos(*range(count)), sizes, 32)
    np.testing.assert_array_equal(doubled[:, 0], np.arange(count) * 2)


def test_photos_that_lie_askew_in_a_body_are_put_straight() -> None:
    body = bytearray(b"{}." + photos(1, 2).tobytes())
    askew = np.frombuffer(body, np.float32, offset=3)[:, None]
    assert not askew.flags.aligned
    joiner = Joiner()
    assert joiner.join([askew]).flags.aligned
    np.testing.assert_array_equal(joiner.join([askew, askew])[:, 0], [1, 2, 1, 2])
    np.testing.assert_array_equal(joiner.join([askew[1:], askew[:1]])[:, 0], [2, 1])


async def test_who_comes_while_nobody_else_does_is_answered_at_once_and_the_rest_together_in_order() -> None:
    batcher, network = Batcher(), Doubler()
    held = await hold(batcher, network)
    tasks = [asyncio.create_task(batcher.submit(network, photos(value))) for value in range(40)]
    await until(lambda: batcher.waiting == 40)
    network.gate.set()
    await asyncio.gather(held, *tasks)
    assert network.asked[0] == [-1]
    assert network.asked[1] == [float(value) for value in range(32)]
    assert [value for batch in network.asked[2:] for value in batch] == [float(value) for value in range(32, 40)]
    await batcher.stop()


async def test_a_full_queue_says_so_at_once_and_takes_more_when_it_has_room() -> None:
    batcher, network = Batcher(capacity=10), Doubler()
    held = await hold(batcher, network)
    waiting = [asyncio.create_task(batcher.submit(network, photos(1, 2, 3, 4))) for _ in range(2)]
    await until(lambda: batcher.waiting == 8)
    with pytest.raises(ModelBusy) as refused:
        await batcher.submit(network, photos(1, 2, 3))
    assert refused.value.headers == {"Retry-After": "1"}
    assert batcher.counts.refused == 3
    waiting[0].cancel()  # whoever leaves makes room
    await asyncio.wait([waiting[0]])
    more = asyncio.create_task(batcher.submit(network, photos(5, 6, 7)))
    await until(lambda: batcher.waiting == 7)
    network.gate.set()
    await asyncio.gather(held, waiting[1], more)
    assert (await batcher.submit(network, photos(*range(60))))[0].shape == (60, 1), "more than wait, and nobody waits"
    await batcher.stop()


async def test_work_for_whoever_left_or_has_no_more_time_is_not_done() -> None:
    batcher, network = Batcher(), Doubler()
    held = await hold(batcher, network)
    left = asyncio.create_task(batcher.submit(network, photos(7)))
    late = asyncio.create_task(batcher.submit(network, photos(8), within=0.01))
    stays = asyncio.create_task(batcher.submit(network, photos(9), within=60))
    await until(lambda: batcher.waiting == 3)
    left.cancel()
    with pytest.raises(OutOfTime):
        await late
    network.gate.set()
    await asyncio.gather(held, stays)
    assert network.asked == [[-1], [9]]
    assert batcher.counts.dropped == 2
    await batcher.stop()


async def test_a_request_is_answered_by_the_model_it_came_with() -> None:
    """A new model takes over between two requests; nobody fails, and no batch has photos for both."""
    batcher, old, new = Batcher(), Doubler(2), Doubler(3)
    held = await hold(batcher, old)
    tasks = [asyncio.create_task(batcher.submit(old if value < 5 else new, photos(value))) for value in range(10)]
    await until(lambda: batcher.waiting == 10)
    old.gate.set()
    answers = await asyncio.gather(*tasks)
    assert [found[0, 0] for found, _ in answers] == [value * (2 if value < 5 else 3) for value in range(10)]
    assert old.asked[1:] == [[0, 1, 2, 3, 4]]
    await held
    await batcher.stop()


async def test_a_network_that_fails_harms_nobody_else() -> None:
    batcher, network = Batcher(), Doubler()
    answers = await asyncio.gather(
        batcher.submit(Failing(), photos(1)), batcher.submit(network, photos(2)), return_exceptions=True
    )
    assert isinstance(answers[0], MemoryError)
    assert not isinstance(answers[1], BaseException)
    assert answers[1][0][0, 0] == 4
    await batcher.stop()


async def test_whoever_was_taken_in_is_answered_before_it_stops_and_nobody_after() -> None:
    batcher, network = Batcher(), Doubler()
    held = await hold(batcher, network)
    tasks = [asyncio.create_task(batcher.submit(network, photos(value))) for value in range(40)]
    await until(lambda: batcher.waiting == 40)
    stop = asyncio.create_task(batcher.stop())
    await asyncio.sleep(0.01)
    with pytest.raises(ServiceUnavailable):
        await batcher.submit(network, photos(1))
    network.gate.set()
    await stop
    answers = await asyncio.gather(*tasks)
    assert [found[0, 0] for found, _ in answers] == [2 * value for value in range(40)]
    await held
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("faces")]


async def test_no_photo_and_too_many_photos_are_refused() -> None:
    batcher, network = Batcher(), Doubler()
    with pytest.raises(UnprocessableContent, match="no photo"):
        await batcher.submit(network, photos())
    with pytest.raises(TooManyPhotos, match="128"):
        await batcher.submit(network, photos(*range(ROWS + 1)))
    await batcher.stop()


def test_it_waits_longer_while_waiting_doubles_what_is_run_and_not_for_a_while_where_it_does_not() -> None:
    delay = Delay(0.002)
    assert delay.before(waiting=20, last=32) == 0, "as many as usual are there"
    assert delay.before(waiting=2, last=32) == 0.001, "it is tried"
    delay.after(waited=2, now=8)
    assert delay.before(waiting=2, last=32) == 0.002
    delay.after(waited=2, now=8)
    assert delay.before(waiting=2, last=32) == 0.002, "no longer than it may"
    for _ in range(2):
        delay.after(waited=4, now=5)
    waits = [delay.before(waiting=2, last=32) for _ in range(PROBE_EVERY)]
    assert waits == [0] * (PROBE_EVERY - 1) + [0.001]


async def test_a_network_for_which_a_photo_costs_the_same_in_any_company_never_waits_for_more() -> None:
    """One that likes many waits, if the last batch was larger, until its time is up or it has enough."""
    for sizes, together in (((), False), ((1, 8, 32), True)):
        batcher, network = Batcher(longest_delay=30), Doubler(sizes=sizes)
        held = await hold(batcher, network)
        first = [asyncio.create_task(batcher.submit(network, photos(*range(32)))) for _ in range(2)]
        await until(lambda batcher=batcher: batcher.waiting == 64)  # type: ignore[misc]
        last = asyncio.create_task(batcher.submit(network, photos(100)))
        await asyncio.sleep(0)
        batcher._delay.seconds = 30  # nobody wants to wait for it to learn
        network.gate.set()
        await asyncio.gather(held, *first)
        more = asyncio.create_task(batcher.submit(network, photos(*range(31))))
        await asyncio.gather(last, more)
        assert ([100.0, *map(float, range(31))] in network.asked) is together
        await batcher.stop()
