"""The launcher does what is decided, and nothing twice: whatever EC2 says, and whenever it is killed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genba_contracts.events import JobReport
from spot_launching import FAR, JOB, A, B, C, Killed, World, world
from spot_price.core.controlling import BLOCK, Budget, Ended, Offer, Rules
from spot_price.core.jobs import Alive, Seen
from spot_price.ports import LaunchRefusedError
from spot_price.usecases.launching import MOST_LOST, SEEN_BY

FULL = LaunchRefusedError("us-east-1: InsufficientInstanceCapacity: none", scope="pool")
NO_QUOTA = LaunchRefusedError("us-east-1: MaxSpotInstanceCountExceeded: none", scope="region")
NO_ANSWER = LaunchRefusedError("us-east-1: Read timeout", lost=True)
WRONG = LaunchRefusedError("us-east-1: InvalidAMIID.NotFound: none", final=True)


async def test_an_interruption_is_followed_by_the_next_pool_and_the_old_instance_is_ended_at_once() -> None:
    w = world()
    await w.step()
    assert (w.sky.asked, w.where) == ([(A, 1)], A)
    w.drawer.report("i-1", JobReport.NOTICED)
    await w.step(700)
    assert w.sky.alive == ["i-1"]
    w.drawer.report("i-1", JobReport.SAVED)
    w.drawer.report("i-1", JobReport.STOPPED)
    await w.step()
    assert w.sky.asked == [(A, 1), (B, 2)]
    assert w.sky.alive == ["i-2"]
    assert w.launcher.state.interruptions == 1


async def test_a_pool_that_is_full_is_left_alone_for_half_an_hour_while_the_others_are_tried() -> None:
    w = world()
    w.sky.refuses = [FULL, FULL]
    await w.step()
    await w.step()
    assert w.sky.asked == [(A, 1)]
    await w.step(30)
    await w.step(120)
    assert w.sky.asked == [(A, 1), (B, 2), (C, 3)]
    w.sky.end("i-1", Seen(Alive.GONE, interrupted=True))
    await w.step(BLOCK)
    await w.step(600)
    assert w.sky.asked[3:] == [(A, 4)]


async def test_a_region_without_a_quota_is_left_alone_as_a_whole() -> None:
    w = world()
    w.sky.refuses = [NO_QUOTA]
    await w.step()
    await w.step(60)
    assert w.sky.asked == [(A, 1), (FAR, 2)]


@pytest.mark.parametrize("heard", [True, False])
async def test_a_lost_answer_is_asked_for_again_under_its_number_so_that_one_instance_is_started(heard: bool) -> None:
    w = world()
    w.sky.heard = heard
    w.sky.refuses = [NO_ANSWER, NO_ANSWER]
    for _ in range(3):
        await w.step()
    assert w.sky.asked == [(A, 1)] * 3
    assert w.sky.alive == ["i-1"]
    assert w.where == A


@pytest.mark.parametrize("heard", [True, False])
async def test_after_ten_lost_answers_it_is_looked_for_and_if_it_is_not_there_another_pool_is_taken(
    heard: bool,
) -> None:
    w = world()
    w.sky.heard = heard
    w.sky.refuses = [NO_ANSWER] * MOST_LOST
    for _ in range(MOST_LOST):
        await w.step()
    assert w.sky.asked == [(A, 1)] * MOST_LOST
    assert w.where == (A if heard else None)
    await w.step(60)
    assert (w.sky.alive, w.where) == (["i-1"], A)
    assert w.sky.asked[MOST_LOST:] == ([] if heard else [(A, 2)])


async def test_what_no_try_will_help_is_raised_and_not_asked_for_again() -> None:
    w = world()
    w.sky.refuses = [WRONG]
    with pytest.raises(LaunchRefusedError, match="InvalidAMIID"):
        await w.step()
    assert w.launcher.state.asked is None
    await w.begin_again()
    await w.step()
    assert w.sky.asked == [(A, 1), (A, 2)]


async def test_an_instance_that_ec2_does_not_know_yet_is_waited_for() -> None:
    w = world()
    await w.step()
    instance = w.sky.instances.pop("i-1")
    await w.step(SEEN_BY - 1)
    assert w.where == A
    w.sky.instances["i-1"] = instance
    await w.step()
    assert w.sky.asked == [(A, 1)]
    del w.sky.instances["i-1"]
    await w.step()
    await w.step(60)
    assert w.sky.asked == [(A, 1), (A, 2)]


async def test_without_a_place_to_keep_what_is_known_nothing_is_started() -> None:
    w = world()
    w.drawer.away = True
    with pytest.raises(Exception, match="it is away"):
        await w.step()
    assert w.sky.asked == []
    w.drawer.away = False
    await w.step()
    assert w.sky.asked == [(A, 1)]


async def test_a_running_job_moves_for_a_fifth_and_not_for_less() -> None:
    w = world(moves_for=0.2)
    await w.step()
    w.prices[B] = 0.33
    await w.step()
    assert w.where == A
    w.prices[B] = 0.32
    await w.step()
    await w.step()
    assert w.sky.asked == [(A, 1), (B, 2)]
    assert (w.launcher.state.moves, w.sky.alive) == (1, ["i-2"])


async def test_a_spent_budget_ends_the_instance_and_then_the_job() -> None:
    w = world(total=0.4)
    await w.step()
    assert await w.step(3599) is None
    assert w.sky.alive == ["i-1"]
    await w.step(1)
    assert w.sky.alive == []
    assert await w.step() == Ended("the budget of $0.40 is spent", good=False)
    assert "1 interruptions" not in w.told[-1]


@pytest.mark.parametrize(("code", "good"), [(0, True), (3, False)])
async def test_a_job_that_ended_ends_its_instance_and_is_not_started_again(code: int, good: bool) -> None:
    w = world()
    await w.step()
    w.drawer.report("i-1", JobReport.FINISHED, code)
    ended = await w.step() or await w.step()
    assert ended is not None
    assert ended.good is good
    assert (w.sky.alive, w.sky.asked) == ([], [(A, 1)])


async def test_an_instance_that_somebody_ended_is_not_replaced() -> None:
    w = world()
    await w.step()
    w.sky.end("i-1", Seen(Alive.GONE, by_hand=True))
    assert await w.step() == Ended("somebody ended the instance", good=False)


async def test_where_two_instances_are_found_one_is_kept() -> None:
    w = world()
    await w.step()
    await w.sky.start(JOB, Offer(B, 0.5, 1.0), 7, 0)
    assert w.sky.alive == ["i-1", "i-2"]
    await w.begin_again()
    assert (w.sky.alive, w.where) == (["i-1"], A)


async def run_and_kill(w: World, after: int) -> Ended:
    w.calls.kill_at = w.calls.count + after
    w.launcher = w.new()
    return await w.launcher.run()


@settings(deadline=None, max_examples=60)
@given(
    kills=st.lists(st.integers(1, 14), max_size=6),
    refusals=st.lists(st.sampled_from([FULL, NO_QUOTA, NO_ANSWER]), max_size=3),
    heard=st.booleans(),
)
async def test_whenever_it_is_killed_the_next_one_goes_on_and_there_is_one_instance_at_most(
    kills: list[int], refusals: list[LaunchRefusedError], heard: bool
) -> None:
    w = World(Rules(budget=Budget(total=50)))
    w.sky.refuses, w.sky.heard = list(refusals), heard
    for after in kills:
        with pytest.raises(Killed):
            await run_and_kill(w, after)
        w.clock.moment += 301  # the lease is over
        assert w.sky.most_alive <= 1
    w.calls.kill_at = None
    await w.begin_again()
    ended = None
    for _ in range(100):
        if alive := w.sky.alive:
            w.drawer.report(alive[0], JobReport.FINISHED, 0)
        if ended := await w.step(200):
            break
    assert ended == Ended("the job is done", good=True)
    assert w.sky.alive == []
    assert w.sky.most_alive == 1
