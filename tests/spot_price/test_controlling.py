"""One instance at a time, never where it was refused, never for too much, and it ends when it has to."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from spot_price.core.controlling import (
    BLOCK,
    Budget,
    Decision,
    Ended,
    Launch,
    Leaving,
    Offer,
    Rules,
    State,
    Stop,
    Wait,
    acceptable,
    backoff,
    begin,
    decide,
    finished,
    gone,
    launched,
    noticed,
    refused,
    warned,
)
from spot_price.core.records import Pool

HOUR: Final = 3600
A, B, C = (Pool("us-east-1", f"use1-az{number}", None, "g5.2xlarge") for number in (1, 2, 3))
STAYS: Final = Rules()
MOVES: Final = Rules(moves_for=0.2)


def offers(a: float = 0.5, b: float = 0.6, c: float = 0.7, cap: float = 1.2) -> list[Offer]:
    return [Offer(pool, price, cap) for pool, price in ((A, a), (B, b), (C, c))]


def running_in_a(rules: Rules = STAYS, now: int = 0) -> State:
    state, decision = decide(begin(now), rules, now, offers())
    assert decision == Launch(offers()[0], 1)
    return launched(state, now, "i-1")


def test_it_starts_where_it_is_cheapest() -> None:
    _, decision = decide(begin(0), STAYS, 0, offers(a=0.9, b=0.3))
    assert decision == Launch(offers(b=0.3)[1], 1)


def test_what_is_unknown_too_dear_or_for_nothing_is_not_taken() -> None:
    bad = offers(a=float("nan"), b=1.3, c=0.0)
    assert acceptable(bad, STAYS) == []
    assert isinstance(decide(begin(0), STAYS, 0, bad)[1], Wait)
    assert isinstance(decide(begin(0), Rules(budget=Budget(hourly=0.4)), 0, offers())[1], Wait)


def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_number() -> None:
    state, first = decide(begin(0), STAYS, 0, offers())
    _, second = decide(state, STAYS, 30, offers(a=0.9, b=0.1))
    assert second == first


def test_a_pool_without_capacity_is_left_alone_for_half_an_hour_and_the_next_is_taken_after_a_minute() -> None:
    state, _ = decide(begin(0), STAYS, 0, offers())
    state = refused(state, STAYS, 0, pools=[A])
    assert isinstance(decide(state, STAYS, 59, offers())[1], Wait)
    state, decision = decide(state, STAYS, 60, offers())
    assert decision == Launch(offers()[1], 2)
    state = refused(state, STAYS, 60, pools=[B])
    assert isinstance(decide(state, STAYS, 179, offers())[1], Wait)
    assert decide(state, STAYS, 180, offers())[1] == Launch(offers()[2], 3)
    assert decide(state, STAYS, BLOCK, offers())[1] == Launch(offers()[0], 3)


def test_the_wait_grows_from_one_minute_to_ten() -> None:
    assert [backoff(failures) for failures in range(7)] == [0, 60, 120, 240, 480, 600, 600]
    assert backoff(10_000) == 600


def test_an_interruption_after_a_long_run_waits_for_nothing() -> None:
    state = noticed(running_in_a(), STAYS, HOUR)
    state, decision = decide(state, STAYS, HOUR, offers())
    assert isinstance(decision, Wait)
    state = gone(state, STAYS, HOUR + 120, interrupted=True)
    state, decision = decide(state, STAYS, HOUR + 120, offers())
    assert decision == Launch(offers()[1], 2)
    assert state.interruptions == 1
    assert state.spent == pytest.approx(0.5 * (HOUR + 120) / HOUR)


def test_instances_that_are_taken_back_at_once_are_waited_for_longer_and_longer() -> None:
    state = running_in_a()
    for waited in (60, 120, 240):
        state = gone(state, STAYS, state.at + 30, interrupted=True)
        assert state.next_try == state.at + waited
        state, decision = decide(state, STAYS, state.next_try + BLOCK, offers())
        assert isinstance(decision, Launch)
        state = launched(state, state.at, "i-2")


def test_a_third_instance_that_ends_of_itself_at_once_is_the_last() -> None:
    state = running_in_a()
    for _ in range(2):
        state = gone(state, STAYS, state.at + 30, interrupted=False)
        state, decision = decide(state, STAYS, state.next_try, offers())
        assert isinstance(decision, Launch)
        state = launched(state, state.at, "i-2")
    state = gone(state, STAYS, state.at + 30, interrupted=False)
    assert isinstance(decide(state, STAYS, state.at, offers())[1], Ended)


def test_a_running_job_is_not_moved_for_less_than_a_fifth() -> None:
    with pytest.raises(ValueError, match="20%"):
        Rules(moves_for=0.19)
    state = running_in_a(MOVES)
    assert isinstance(decide(state, MOVES, 60, offers(b=0.401))[1], Wait)
    assert isinstance(decide(state, STAYS, 60, offers(b=0.1))[1], Wait)
    state, decision = decide(state, MOVES, 60, offers(b=0.4))
    assert isinstance(decision, Stop)
    state = gone(state, MOVES, 120, interrupted=False)
    assert decide(state, MOVES, 120, offers(b=0.4))[1] == Launch(offers(b=0.4)[1], 2)
    assert (state.moves, state.interruptions, state.failures) == (1, 0, 0)


def test_a_pool_that_is_likely_to_take_it_back_is_not_moved_to_again_but_not_left_either() -> None:
    state = warned(running_in_a(MOVES), MOVES, 60)
    state, decision = decide(state, MOVES, 60, offers())
    assert isinstance(decision, Wait)
    assert [pool for pool, _ in state.blocked] == [A]


def test_a_spent_budget_stops_it_and_nothing_is_started_after() -> None:
    rules = Rules(budget=Budget(total=1.0))
    state = running_in_a(rules)
    assert isinstance(decide(state, rules, 2 * HOUR - 1, offers())[1], Wait)
    state, decision = decide(state, rules, 2 * HOUR, offers())
    assert isinstance(decision, Stop)
    state, decision = decide(state, rules, 2 * HOUR + 30, offers())
    assert isinstance(decision, Wait)
    state = gone(state, rules, 2 * HOUR + 60, interrupted=False)
    assert decide(state, rules, 2 * HOUR + 60, offers())[1] == Ended("the budget of $1.00 is spent", good=False)


def test_the_wall_clock_stops_it_while_it_waits_too() -> None:
    rules = Rules(budget=Budget(seconds=HOUR))
    assert isinstance(decide(begin(0), rules, HOUR, offers())[1], Ended)


def test_a_pool_that_became_too_dear_an_hour_is_left() -> None:
    rules = Rules(budget=Budget(hourly=0.65))
    state, decision = decide(running_in_a(rules), rules, 60, offers(a=0.66))
    assert isinstance(decision, Stop)
    state = gone(state, rules, 90, interrupted=False)
    assert decide(state, rules, 90, offers(a=0.66))[1] == Launch(offers()[1], 2)


@pytest.mark.parametrize(("code", "good"), [(0, True), (3, False)])
def test_a_job_that_ended_is_not_started_again(code: int, good: bool) -> None:
    state = finished(running_in_a(), HOUR, code)
    state, decision = decide(state, STAYS, HOUR, offers())
    assert isinstance(decision, Stop)
    state = gone(state, STAYS, HOUR + 60, interrupted=False)
    _, decision = decide(state, STAYS, HOUR + 60, offers())
    assert isinstance(decision, Ended)
    assert decision.good is good


def test_an_instance_that_somebody_ended_is_not_replaced() -> None:
    state = gone(running_in_a(), STAYS, HOUR, interrupted=False, by_hand=True)
    assert isinstance(decide(state, STAYS, HOUR, offers())[1], Ended)


def test_a_price_that_is_no_longer_known_goes_on_costing_what_it_did() -> None:
    state, _ = decide(running_in_a(), STAYS, HOUR, offers(a=float("nan")))
    state, _ = decide(state, STAYS, 2 * HOUR, offers(a=0.0))
    assert state.spent == pytest.approx(1.0)


PRICES: Final = st.sampled_from([0.1, 0.3, 0.39, 0.5, 1.0, 1.3, 0.0, float("nan")])


class Controlled(RuleBasedStateMachine):
    """EC2 does what it likes."""

    @initialize(
        moves_for=st.sampled_from([None, 0.2, 0.5]),
        total=st.sampled_from([None, 0.5, 3.0]),
        hourly=st.sampled_from([None, 0.4]),
        seconds=st.sampled_from([None, 5 * HOUR]),
    )
    def start(self, moves_for: float | None, total: float | None, hourly: float | None, seconds: int | None) -> None:
        self.terms = Rules(moves_for, Budget(total, hourly, seconds))
        self.now = 0
        self.state = begin(0)
        self.instances = 0
        self.left_alone: dict[Pool, int] = {}
        self.ended: Ended | None = None

    @rule(prices=st.tuples(PRICES, PRICES, PRICES), later=st.integers(1, 2 * HOUR))
    def look(self, prices: tuple[float, float, float], later: int) -> None:
        before, found = self.state, offers(*prices)
        self.now += later
        self.state, decision = decide(self.state, self.terms, self.now, found)
        self.check(before, decision)

    def check(self, before: State, decision: Decision) -> None:
        if self.ended:
            assert not isinstance(decision, Launch)
        if isinstance(decision, Launch):
            assert self.instances == 0
            assert before.asked == decision.offer or self.left_alone.get(decision.offer.pool, 0) <= self.now
            assert 0 < decision.offer.price <= min(decision.offer.cap, self.terms.budget.hourly or 9)
            assert self.terms.budget.total is None or self.state.spent < self.terms.budget.total
        if isinstance(decision, Stop):
            assert self.instances == 1
            assert before.running is not None
            assert before.running.leaving is None
            assert decision.running.leaving is not Leaving.MOVE or self.terms.moves_for is not None
        if isinstance(decision, Ended):
            assert self.instances == 0
            self.ended = decision

    @precondition(lambda self: self.state.asked)
    @rule()
    def starts(self) -> None:
        self.instances += 1
        self.state = launched(self.state, self.now, f"i-{self.state.number}")

    @precondition(lambda self: self.state.asked)
    @rule()
    def has_no_capacity(self) -> None:
        pool = self.state.asked.pool  # type: ignore[union-attr]
        self.left_alone[pool] = self.now + BLOCK
        failures = self.state.failures
        self.state = refused(self.state, self.terms, self.now, pools=[pool])
        assert self.state.next_try - self.now == backoff(failures + 1)

    @precondition(lambda self: self.state.running)
    @rule()
    def gives_notice(self) -> None:
        self.state = noticed(self.state, self.terms, self.now)
        self.left_alone[self.state.running.offer.pool] = self.now  # type: ignore[union-attr]

    @precondition(lambda self: self.state.running)
    @rule(interrupted=st.booleans())
    def takes_it_back(self, interrupted: bool) -> None:
        self.instances -= 1
        if interrupted:
            self.left_alone[self.state.running.offer.pool] = self.now + BLOCK  # type: ignore[union-attr]
        self.state = gone(self.state, self.terms, self.now, interrupted=interrupted)
        self.ended = self.ended or self.state.ended

    @precondition(lambda self: self.state.running)
    @rule(code=st.sampled_from([0, 1]))
    def job_ends(self, code: int) -> None:
        self.state = finished(self.state, self.now, code)
        self.ended = self.state.ended

    @invariant()
    def there_is_what_is_said(self) -> None:
        if hasattr(self, "state"):
            assert self.instances == (self.state.running is not None)
            assert not (self.state.asked and self.state.running)
            assert self.state.spent >= 0
            assert replace(self.state) == self.state


Controlled.TestCase.settings = settings(max_examples=30, stateful_step_count=20)
test_whatever_ec2_does_there_is_one_instance_at_most = Controlled.TestCase
