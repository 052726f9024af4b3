"""The benchmark ladder in NumPy: ten thousand trajectories step together, each to its own next firing.

At every step the trajectories are grouped by the rule that fires, and the rule's effect and its readers are computed
for the group at once. Draws come from one NumPy generator, in the order of calls: they belong to no address.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

DAY = 86_400_000
NEVER = np.iinfo(np.int64).max
RANK_BITS = 5
(
    REVIEW, CONVOY, COOLING, CROSSING, EXERCISE, INCIDENT, RECALL, TALKS_END, OBSERVE, DELIVER_1, PENDING_1, WITHDRAW_1,
    DELIVER_2, PENDING_2, WITHDRAW_2, MOBILISED, RELAXED, TALKS_OPEN, DECIDE_1, STAND_DOWN_1, DECIDE_2, STAND_DOWN_2,
) = range(22)  # fmt: skip
RULES = 22
LUCKS = 50
"""Trajectories that share a future."""

Array = np.ndarray[Any, Any]


class Lockstep:
    """n trajectories at their start; `run` plays them and gives their measures, shape (n, 6), and firings, (n,)."""

    def __init__(self, n: int, threshold: float, horizon: int, seed: int = 1) -> None:
        self.n, self.threshold, self.horizon = n, threshold, horizon
        self.luck = np.random.default_rng(seed)
        self.key = np.full((RULES, n), NEVER)
        self.now = np.zeros(n, dtype=np.int64)
        self.push = np.repeat(self.luck.triangular(0.5, 1.0, 2.0, -(-n // LUCKS)), LUCKS)[:n]
        self.abroad, self.seen, self.anger = np.full(n, 400.0), np.full(n, 400.0), np.zeros(n)
        self.delivered = np.zeros((2, n))
        self.talking, self.alert, self.delayed = np.zeros((3, n), dtype=bool)
        self.pending, self.decided = np.zeros((2, n), dtype=np.int64)
        self.holds = np.zeros((RULES, n), dtype=bool)
        self.rate, self.spent = np.zeros((2, RULES, n))
        self.needed = np.full((RULES, n), -1.0)
        self.since = np.zeros((RULES, n), dtype=np.int64)
        self.instant, self.watched_since, self.tense_since, self.tense_for = np.zeros((4, n), dtype=np.int64)
        self.watched, self.largest, self.total = np.full(n, 400.0), np.full(n, 400.0), np.zeros(n)
        self.tense = np.zeros(n, dtype=bool)
        self.first, self.incidents, self.firings = np.full(n, np.nan), np.zeros(n), np.zeros(n, dtype=np.int64)

    def run(self) -> tuple[Array, Array]:
        """Up to the horizon, which is inside."""
        self._start(np.arange(self.n))
        while (alive := np.flatnonzero((next_key := self.key.min(axis=0)) != NEVER)).size:
            self.now[alive] = next_key[alive] >> RANK_BITS
            rules = next_key[alive] & (2**RANK_BITS - 1)
            order = np.argsort(rules, kind="stable")
            starts = np.searchsorted(rules[order], np.arange(RULES + 1))
            moved = alive[self.now[alive] != self.instant[alive]]
            self._settle(moved)
            self.instant[moved] = self.now[moved]
            for rule in range(RULES):
                if starts[rule] < starts[rule + 1]:
                    FIRE[rule](self, alive[order[starts[rule] : starts[rule + 1]]])
        return self._measures(), self.firings

    # ------------------------------------------------------------------ clocks

    def _begin(self, rule: int, at: Array, wait: Array | int) -> None:
        due = self.now[at] + wait
        self.key[rule, at] = np.where(due > self.horizon, NEVER, due << RANK_BITS | rule)

    def _whole(self, wait: Array) -> Array:
        return np.ceil(np.minimum(wait, self.horizon + 1.0)).astype(np.int64)

    def _lognormal(self, at: Array, median: float, sigma: float) -> Array:
        return median * np.exp(sigma * self.luck.standard_normal(at.size))

    def _hazard(self, rule: int, at: Array, rate: Array) -> None:
        changed = rate != self.rate[rule, at]
        at, rate = at[changed], rate[changed]
        now = self.now[at]
        self.spent[rule, at] += self.rate[rule, at] * (now - self.since[rule, at])
        self.since[rule, at], self.rate[rule, at] = now, rate
        self.key[rule, at[rate == 0.0]] = NEVER
        at, rate = at[rate > 0.0], rate[rate > 0.0]
        fresh = at[self.needed[rule, at] < 0.0]
        self.needed[rule, fresh] = self.luck.standard_exponential(fresh.size)
        left = np.maximum(self.needed[rule, at] - self.spent[rule, at], 0.0)
        self._begin(rule, at, self._whole(left / rate))

    def _spend_anew(self, rule: int, at: Array) -> None:
        self.rate[rule, at], self.spent[rule, at], self.needed[rule, at] = 0.0, 0.0, -1.0
        self.since[rule, at], self.key[rule, at] = self.now[at], NEVER

    def _edge(self, rule: int, at: Array, holds: Array, wait: int | tuple[float, float]) -> None:
        """A condition that lasts for `wait`; or a delay while it holds, by median and sigma."""
        changed = holds != self.holds[rule, at]
        at, holds = at[changed], holds[changed]
        self.holds[rule, at] = holds
        self.key[rule, at[~holds]] = NEVER
        at = at[holds]
        if at.size:
            self._begin(rule, at, wait if isinstance(wait, int) else self._whole(self._lognormal(at, *wait)))

    # ------------------------------------------------------------------ who reads what

    def _look_convoy(self, at: Array) -> None:
        self._edge(CONVOY, at, self.abroad[at] >= 300.0, (3 * DAY, 0.4))

    def _look_cooling(self, at: Array) -> None:
        self._hazard(COOLING, at, self.anger[at] / (8 * DAY))

    def _look_crossing(self, at: Array) -> None:
        self._hazard(CROSSING, at, self.push[at] / (2 * DAY))

    def _look_exercise(self, at: Array) -> None:
        self._edge(EXERCISE, at, ~self.talking[at], (5 * DAY, 0.5))

    def _look_incident(self, at: Array) -> None:
        holds = self.alert[at] | (self.abroad[at] >= 600.0)
        self._hazard(INCIDENT, at, np.where(holds, (1.0 + self.anger[at]) / (10 * DAY), 0.0))

    def _look_recall(self, at: Array) -> None:
        abroad = self.abroad[at]
        self._hazard(RECALL, at, np.where(abroad >= 100.0, abroad / 1500.0 / (2 * DAY), 0.0))

    def _look_talks_end(self, at: Array) -> None:
        self._edge(TALKS_END, at, self.talking[at], (12 * DAY, 0.6))

    def _look_alert(self, at: Array) -> None:
        self._edge(RELAXED, at, self.alert[at] & (self.abroad[at] < 700.0), 4 * DAY)

    def _look_talks_open(self, at: Array) -> None:
        holds = self.anger[at] >= 3.0
        free = ~self.delayed[at]
        self._edge(TALKS_OPEN, at[free], holds[free], 0)
        self.holds[TALKS_OPEN, at] = holds

    def _look_first_rung(self, at: Array) -> None:
        decided, pending, seen = self.decided[at], self.pending[at], self.seen[at]
        high = seen >= self.threshold
        self._edge(PENDING_1, at, (decided == 0) & (pending == 0) & high, 3 * DAY)
        self._edge(WITHDRAW_1, at, (decided == 0) & (pending == 1) & ~high, 3 * DAY)
        self._edge(STAND_DOWN_1, at, (decided == 1) & (seen < 500.0) & ~high, 10 * DAY)

    def _look_second_rung(self, at: Array) -> None:
        decided, pending, seen = self.decided[at], self.pending[at], self.seen[at]
        high = (seen >= self.threshold) & (self.anger[at] >= 1.0)
        self._edge(PENDING_2, at, (decided == 1) & (pending == 1) & high, 5 * DAY)
        self._edge(WITHDRAW_2, at, (decided == 1) & (pending == 2) & ~high, 5 * DAY)
        self._edge(STAND_DOWN_2, at, (decided == 2) & (seen < 700.0) & ~high, 7 * DAY)

    def _look_ladder(self, at: Array) -> None:
        self._look_first_rung(at)
        self._look_second_rung(at)
        decided, pending = self.decided[at], self.pending[at]
        self._edge(DECIDE_1, at, (pending == 1) & (decided == 0), (10 * DAY, 0.5))
        self._edge(DECIDE_2, at, (pending == 2) & (decided == 1), (15 * DAY, 0.5))
        self._edge(DELIVER_1, at, (decided >= 1) & (self.delivered[0, at] < 1.0), 0)
        self._edge(DELIVER_2, at, (decided >= 2) & (self.delivered[1, at] < 1.0), (20 * DAY, 0.6))

    def _set_abroad(self, at: Array, by: float) -> None:
        self.abroad[at] += by
        self._look_convoy(at)
        self._look_incident(at)
        self._look_recall(at)
        self._edge(MOBILISED, at, self.abroad[at] >= 1000.0, 5 * DAY)
        self._look_alert(at)

    def _set_anger(self, at: Array, by: float) -> None:
        self.anger[at] = np.maximum(self.anger[at] + by, 0.0)
        self._look_cooling(at)
        self._look_incident(at)
        self._look_talks_open(at)
        self._look_second_rung(at)

    def _start(self, at: Array) -> None:
        self._begin(REVIEW, at, 7 * DAY)
        self._begin(OBSERVE, at, self._whole(4 * DAY * self.luck.standard_exponential(at.size)))
        for look in (self._look_exercise, self._look_crossing, self._look_ladder, self._look_talks_end):
            look(at)
        self._set_abroad(at, 0.0)
        self._set_anger(at, 0.0)

    # ------------------------------------------------------------------ firings

    def _fire_talks_open(self, at: Array) -> None:
        """The condition holds: the delay begins, which is no firing; or the delay is over."""
        delayed = self.delayed[at]
        fresh, over = at[~delayed], at[delayed]
        self.delayed[fresh], self.delayed[over] = True, False
        self._begin(TALKS_OPEN, fresh, self._whole(self._lognormal(fresh, 6 * DAY, 0.3)))
        self.firings[over] += 1
        self.key[TALKS_OPEN, over] = NEVER
        self.talking[over] = True
        self._look_exercise(over)
        self._look_talks_end(over)

    def _fire_talks_end(self, at: Array) -> None:
        self._rest(TALKS_END, at)
        self.talking[at] = False
        self._look_exercise(at)
        self._set_anger(at, -2.0)

    def _fire_observe(self, at: Array) -> None:
        self.firings[at] += 1
        self.seen[at] = self.abroad[at] * self._lognormal(at, 1.0, 0.2)
        self._begin(OBSERVE, at, self._whole(4 * DAY * self.luck.standard_exponential(at.size)))
        self._look_first_rung(at)
        self._look_second_rung(at)

    def _fire_review(self, at: Array) -> None:
        self.firings[at] += 1
        self._begin(REVIEW, at, 7 * DAY)
        self._set_anger(at, -1.0)

    def _fire_incident(self, at: Array) -> None:
        self.incidents[at] += 1.0
        self._fire_hazard(INCIDENT, at)
        self._set_anger(at, 1.0)

    def _fire_hazard(self, rule: int, at: Array) -> None:
        self.firings[at] += 1
        self._spend_anew(rule, at)

    def _rest(self, rule: int, at: Array) -> None:
        self.firings[at] += 1
        self.holds[rule, at], self.key[rule, at] = False, NEVER

    def _fire_crossing(self, at: Array) -> None:
        self._fire_hazard(CROSSING, at)
        self._look_crossing(at)
        self._set_abroad(at, 60.0)

    def _fire_recall(self, at: Array) -> None:
        self._fire_hazard(RECALL, at)
        self._set_abroad(at, -100.0)

    def _fire_cooling(self, at: Array) -> None:
        self._fire_hazard(COOLING, at)
        self._set_anger(at, -1.0)

    def _fire_convoy(self, at: Array) -> None:
        self._rest(CONVOY, at)
        self._set_abroad(at, -80.0)

    def _fire_exercise(self, at: Array) -> None:
        self._rest(EXERCISE, at)
        self._look_exercise(at)
        self._set_abroad(at, 150.0)

    def _fire_alert(self, rule: int, at: Array) -> None:
        self.firings[at] += 1
        self.key[rule, at] = NEVER
        self.alert[at] = rule == MOBILISED
        self._look_incident(at)
        self._look_alert(at)

    def _fire_ladder(self, rule: int, at: Array, decided: int | None, pending: int | None, delivered: Any) -> None:
        """What a rule of the ladder sets; None leaves it as it is."""
        self.firings[at] += 1
        self.key[rule, at] = NEVER
        if decided is not None:
            self.decided[at] = decided
        if pending is not None:
            self.pending[at] = pending
        for rung, share in delivered:
            self.delivered[rung, at] = share
        self._look_ladder(at)

    # ------------------------------------------------------------------ measures

    def _settle(self, at: Array) -> None:
        instant = self.instant[at]
        changed = at[self.abroad[at] != self.watched[at]]
        self._add_segment(changed, self.instant[changed])
        self.watched[changed], self.watched_since[changed] = self.abroad[changed], self.instant[changed]
        tense = self.anger[at] >= 2.0
        turned = tense != self.tense[at]
        ended, begun = at[turned & ~tense], at[turned & tense]
        self.tense_for[ended] += self.instant[ended] - self.tense_since[ended]
        self.tense_since[begun] = self.instant[begun]
        self.tense[at] = tense
        reached = (self.decided[at] >= 2) & np.isnan(self.first[at])
        self.first[at[reached]] = instant[reached]

    def _add_segment(self, at: Array, until: Array | int) -> None:
        lasted = until - self.watched_since[at]
        self.total[at] += self.watched[at] * lasted
        self.largest[at] = np.where(lasted > 0, np.maximum(self.largest[at], self.watched[at]), self.largest[at])

    def _measures(self) -> Array:
        everyone = np.arange(self.n)
        self._settle(everyone)
        self._add_segment(everyone, self.horizon)
        tense = np.where(self.tense, self.horizon - self.tense_since, 0) + self.tense_for
        mean = self.total / self.horizon
        return np.stack([~np.isnan(self.first), self.first, tense, self.largest, self.incidents, mean], axis=1)


Fire = Callable[[Lockstep, Array], None]


def _of_ladder(rule: int, decided: int | None, pending: int | None, *delivered: tuple[int, float]) -> Fire:
    return lambda self, at: self._fire_ladder(rule, at, decided, pending, delivered)


FIRE: dict[int, Fire] = {
    REVIEW: Lockstep._fire_review,
    CONVOY: Lockstep._fire_convoy,
    COOLING: Lockstep._fire_cooling,
    CROSSING: Lockstep._fire_crossing,
    EXERCISE: Lockstep._fire_exercise,
    INCIDENT: Lockstep._fire_incident,
    RECALL: Lockstep._fire_recall,
    TALKS_END: Lockstep._fire_talks_end,
    OBSERVE: Lockstep._fire_observe,
    DELIVER_1: _of_ladder(DELIVER_1, None, None, (0, 1.0)),
    PENDING_1: _of_ladder(PENDING_1, None, 1),
    WITHDRAW_1: _of_ladder(WITHDRAW_1, None, 0),
    DELIVER_2: _of_ladder(DELIVER_2, None, None, (1, 1.0)),
    PENDING_2: _of_ladder(PENDING_2, None, 2),
    WITHDRAW_2: _of_ladder(WITHDRAW_2, None, 1),
    MOBILISED: lambda self, at: self._fire_alert(MOBILISED, at),
    RELAXED: lambda self, at: self._fire_alert(RELAXED, at),
    TALKS_OPEN: Lockstep._fire_talks_open,
    DECIDE_1: _of_ladder(DECIDE_1, 1, 1),
    STAND_DOWN_1: _of_ladder(STAND_DOWN_1, 0, 0, (0, 0.0), (1, 0.0)),
    DECIDE_2: _of_ladder(DECIDE_2, 2, 2),
    STAND_DOWN_2: _of_ladder(STAND_DOWN_2, 1, 1, (1, 0.0)),
}
