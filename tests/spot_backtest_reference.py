"""A backtest as one writes it down: a walk over every moment at which something could happen, one pool at a time."""

import heapq
import math

from spot_price.core.backtest import HOUR, Outcome, Policy, Terms, Trace


class Walk:
    """One job, walked through a trace."""

    def __init__(self, trace: Trace, policy: Policy, terms: Terms) -> None:
        self.trace, self.policy, self.terms = trace, policy, terms
        self.prices = trace.prices.tolist()
        self.blocked: dict[int, int] = {}
        self.pool: int | None = None
        self.since = 0
        self.cost = 0.0
        self.useful = self.wall = self.unknown = self.launches = self.interruptions = self.moves = 0

    def run(self) -> Outcome:
        moments = [(moment, index) for index, moment in enumerate(self.trace.times.tolist())]
        heapq.heapify(moments)
        index = 0
        while moments:
            now, number = heapq.heappop(moments)
            index = max(index, number)
            until = moments[0][0] if moments else self.trace.end
            self.look(now, index, moments)
            until = min(until, moments[0][0]) if moments else self.trace.end
            self.pass_time(until - now, index)
        if self.pool is not None:
            self.leave(self.trace.end, lost=False)
        only = self.trace.pools[0] if self.policy is Policy.FIXED else None
        return Outcome(
            self.policy,
            only,
            self.cost,
            self.useful,
            self.wall,
            self.unknown,
            self.launches,
            self.interruptions,
            self.moves,
        )

    def look(self, now: int, index: int, moments: list[tuple[int, int]]) -> None:
        if self.pool is not None:
            price = self.prices[self.pool][index]
            if math.isnan(price):
                self.leave(now, lost=False)
            elif price > self.terms.cap:
                self.blocked[self.pool] = now + self.terms.block
                if now + self.terms.block < self.trace.end:
                    heapq.heappush(moments, (now + self.terms.block, -1))
                self.interruptions += 1
                self.leave(now, lost=True)
            elif self.policy is Policy.CHASE and now >= self.since + self.terms.boot and self.move_is_due(now, index):
                self.moves += 1
                self.leave(now, lost=False)
        if self.pool is None:
            self.pool = self.cheapest(now, index)
            if self.pool is not None:
                self.since = now
                self.launches += 1

    def move_is_due(self, now: int, index: int) -> bool:
        if now not in self.trace.times:  # a pool is no longer left alone: looked at only while nothing runs
            return False
        assert self.pool is not None
        target = self.cheapest(now, index)
        most = (1 - self.terms.moves_for) * self.prices[self.pool][index]
        return target is not None and self.prices[target][index] <= most

    def cheapest(self, now: int, index: int) -> int | None:
        found = None
        for pool, prices in enumerate(self.prices):
            price = prices[index]
            if not price <= self.terms.cap or self.blocked.get(pool, 0) > now:
                continue
            if found is None or price < self.prices[found][index]:
                found = pool
        return found

    def pass_time(self, seconds: int, index: int) -> None:
        if all(math.isnan(prices[index]) for prices in self.prices):
            self.unknown += seconds
        else:
            self.wall += seconds
        if self.pool is not None:
            self.cost += self.prices[self.pool][index] * seconds / HOUR

    def leave(self, now: int, *, lost: bool) -> None:
        """Count the work that is kept, one checkpoint after the other."""
        left = now - self.since - self.terms.boot
        while left >= self.terms.checkpoint + self.terms.saving:
            self.useful += self.terms.checkpoint
            left -= self.terms.checkpoint + self.terms.saving
        if left > 0 and not lost:
            self.useful += min(left, self.terms.checkpoint)
        self.pool = None


def walked(trace: Trace, policy: Policy, terms: Terms) -> Outcome:
    """What a policy would have come to."""
    return Walk(trace, policy, terms).run()
