"""A model run the natural way in SimPy, to be measured beside the engine: a generator a rule, per-variable signals.

A signal is a SimPy event, renewed at each change of its variable; a generator waits with `any_of` for its timeout or
for the signals of what it reads. Everything but the waiting is the engine's own: compiled expressions, addressed
draws, first values, measures. Nothing orders what falls in one instant but SimPy's queue, so ties may go otherwise.
"""

from collections.abc import Callable, Generator
from typing import Any

from simpy import Environment, Interrupt
from simpy.events import Event, Process

from escalation.chance.quantiles import exponential
from escalation.chance.streams import Streams
from escalation.engines.first_values import first_values, ranges
from escalation.engines.gauges import Gauges
from escalation.engines.program import LOOKED_AT, Program, RuleCode
from escalation.expressions.tree import names_in
from escalation.model.calendar import add_months
from escalation.model.process import Dated, Edge, Following, Hazard, Months, Periodic, Rule, Waiting
from escalation.model.trajectory import Point, Trajectory

Generated = Generator[Event, Any, None]


class OutOfRange(Exception):
    """A variable would leave its range."""


def signals_of(program: Program) -> tuple[tuple[int, ...], ...]:
    """For each rule, the slots of what changes among the things that its clock reads. Once a program."""
    model = program.model
    changing = {item.name for item in model.variables} | {item.name for item in model.derived}
    return tuple(tuple(sorted(program.slots[name] for name in _reads(rule) & changing)) for rule in model.rules)


def _reads(rule: Rule) -> set[str]:
    parts = [getattr(rule.clock, part, None) for part in LOOKED_AT]
    return {name for part in parts if part is not None for name in names_in(part)}


class NaturalRun:
    """One trajectory. `signalled` is what `signals_of` gives for the program."""

    def __init__(self, program: Program, point: Point, signalled: tuple[tuple[int, ...], ...]) -> None:
        self.program, self.point, self.signalled = program, point, signalled
        self.env: Any = Environment()
        self.horizon = program.model.horizon
        luck = Streams(point.seed, point.luck)
        self.u = [luck.stream(name).uniform for name in program.streams]
        self.s = first_values(program, point, {}, {}, luck)
        self.bounds = ranges(program, dict(zip(program.names, self.s, strict=True)))
        self.gauges = Gauges(program, self.s)
        self.signals: dict[int, Event] = {slot: self.env.event() for reads in signalled for slot in reads}
        self.fired = [0] * len(program.rules)
        self.in_flight = [0] * len(program.rules)
        self.latest: dict[int, Process] = {}
        self.firings = 0
        self.instant = 0
        for code in program.rules:
            kind = type(code.rule.clock)
            if kind is not Following:
                self.env.process(GENERATORS[kind](self, code))

    def run(self) -> None:
        """Up to the horizon, which is inside."""
        self.env.run(until=self.horizon + 1)

    def trajectory(self) -> Trajectory:
        """What was measured."""
        self.gauges.settle(self.s, self.instant)
        measures, series = self.gauges.results(self.horizon + 1)
        return Trajectory(self.point, measures, series, self.firings)

    # ------------------------------------------------------------------ waiting

    def change(self, code: RuleCode) -> Event:
        """The next change of something that the rule reads; never, if all that it reads is fixed."""
        reads = self.signalled[code.rank]
        if not reads:
            return self.env.event()
        return self.signals[reads[0]] if len(reads) == 1 else self.env.any_of([self.signals[slot] for slot in reads])

    def change_or(self, timeout: Event, code: RuleCode) -> Event:
        """The timeout, or a change before it."""
        reads = self.signalled[code.rank]
        return self.env.any_of([timeout, *[self.signals[slot] for slot in reads]]) if reads else timeout

    def dated(self, code: RuleCode) -> Generated:
        future = Streams(self.point.seed, self.point.future)
        uniforms = [future.stream(name).uniform for name in self.program.streams]
        yield self.env.timeout(self.whole(code.parts["at"](self.s, 0, uniforms, 0)))
        self.fire(code)

    def periodic(self, code: RuleCode) -> Generated:
        env, s, condition = self.env, self.s, code.parts.get("condition")
        first = self.whole(code.parts["first"](s, 0, self.u, 0)) if "first" in code.parts else -1
        armed = 0
        while True:
            while condition is not None and not condition(s):
                yield self.change(code)
            timeout = env.timeout(self.period(code, armed, first))
            armed += 1
            if condition is None:
                yield timeout
            else:
                while condition(s) and not timeout.processed:
                    yield self.change_or(timeout, code)
            if timeout.processed:
                self.fire(code)

    def period(self, code: RuleCode, number: int, first: int) -> int:
        """Milliseconds to the next firing of a periodic rule."""
        now, clock = self.env.now, code.rule.clock
        assert isinstance(clock, Periodic)
        if first > now or (first == now and number == 0):
            return first - now
        if not isinstance(clock.every, Months):
            return self.whole(code.parts["every"](self.s, now, self.u, number))
        steps, base = clock.every.count * (number or 1), max(first, 0)
        while (due := add_months(self.program.start, base, steps)) <= now:
            steps += clock.every.count
        return due - now

    def hazard(self, code: RuleCode) -> Generated:
        env, s, rate_of, condition = self.env, self.s, code.parts["rate"], code.parts["condition"]
        armed = 0
        while True:
            needed, spent = exponential(self.u[code.hazard_stream](armed), 1.0), 0.0
            armed += 1
            while True:
                rate = rate_of(s) if condition(s) else 0.0
                if rate <= 0.0:
                    yield self.change(code)
                    continue
                since = env.now
                timeout = env.timeout(self.whole(max(needed - spent, 0.0) / rate))
                while not timeout.processed and (rate_of(s) if condition(s) else 0.0) == rate:
                    yield self.change_or(timeout, code)
                if timeout.processed:
                    break
                spent += rate * (env.now - since)
            self.fire(code)

    def waiting(self, code: RuleCode) -> Generated:
        env, s, condition = self.env, self.s, code.parts["condition"]
        running = code.parts.get("running", condition)
        clock = code.rule.clock
        assert isinstance(clock, Waiting)
        armed, left, total = 0, -1, -1
        while True:
            while not condition(s):
                yield self.change(code)
            if left < 0:
                left = total = self.whole(code.parts["after"](s, env.now, self.u, armed))
                armed += 1
            done = False
            while condition(s) and not done:
                if not running(s):
                    yield self.change(code)
                    continue
                began, timeout = env.now, env.timeout(left)
                while condition(s) and running(s) and not timeout.processed:
                    yield self.change_or(timeout, code)
                done = timeout.processed
                left -= env.now - began
            if done:
                self.fire(code)
            if done or clock.memory == "restart":
                left = -1
            elif clock.memory == "keep":
                left = total

    def edge(self, code: RuleCode) -> Generated:
        env, s, condition, unless = self.env, self.s, code.parts["condition"], code.parts.get("unless")
        clock = code.rule.clock
        assert isinstance(clock, Edge)
        armed, delay = 0, None
        while True:
            while not condition(s):
                yield self.change(code)
            if delay is None or not delay.is_alive or clock.overlap == "restart":
                timeout = env.timeout(self.whole(code.parts["lasting"](s, env.now, self.u, 0)))
                while condition(s) and not timeout.processed:
                    yield self.change_or(timeout, code)
                if timeout.processed and not (unless is not None and unless(s)):
                    if clock.after is None:
                        self.fire(code)
                    else:
                        self.withdraw(delay)
                        wait = self.whole(code.parts["after"](s, env.now, self.u, armed))
                        delay = env.process(self.delay(code, wait))
                        armed += 1
            while condition(s):
                yield self.change(code)
            if clock.reversible:
                self.withdraw(delay)

    def delay(self, code: RuleCode, wait: int) -> Generated:
        """The delay of an edge, withdrawn by `unless` or by an interruption."""
        unless = code.parts.get("unless")
        timeout = self.env.timeout(wait)
        try:
            if unless is None:
                yield timeout
            while not timeout.processed:
                yield self.change_or(timeout, code)
                if unless is not None and unless(self.s) and not timeout.processed:
                    return
        except Interrupt:
            return
        self.fire(code)

    def following(self, code: RuleCode, wait: int, carried: tuple[tuple[int, Any], ...]) -> Generated:
        """One delay after one firing of the leader, with what the leader drew then."""
        try:
            yield self.env.timeout(wait)
        except Interrupt:
            return
        finally:
            self.in_flight[code.rank] -= 1
        for slot, value in carried:
            self.s[slot] = value
        self.fire(code)

    def withdraw(self, process: Process | None) -> None:
        """Interrupt a process that still waits."""
        if process is not None and process.is_alive:
            process.interrupt()

    def whole(self, duration: float) -> int:
        """A waiting time rounded up to whole milliseconds; an endless one goes beyond the horizon."""
        if duration > self.horizon:
            return self.horizon + 1
        return -int(-duration // 1)

    # ------------------------------------------------------------------ firing

    def fire(self, code: RuleCode) -> None:
        """Draw, write, derive, and signal what changed."""
        s, now, u, number = self.s, self.env.now, self.u, self.fired[code.rank]
        if now != self.instant:
            self.gauges.settle(s, self.instant)
            self.instant = now
        self.firings += 1
        self.fired[code.rank] = number + 1
        for slot, _, draw in code.draws:
            s[slot] = draw(s, now, u, number)
        self.gauges.count(code, now)
        values = code.effect(s, now, u, number)
        changed = []
        for slot, value in zip(code.targets, values, strict=True):
            if s[slot] != value:
                self.check(slot, value)
                s[slot] = value
                changed.append(slot)
        self.derive(changed)
        for follower in code.followers:
            self.lead(self.program.rules[follower], code)
        self.tell(changed)

    def check(self, slot: int, value: Any) -> None:
        bounds = self.bounds[slot]
        if bounds is not None and not bounds[0] <= value <= bounds[1]:
            raise OutOfRange(self.program.names[slot])

    def lead(self, code: RuleCode, leader: RuleCode) -> None:
        """Start a delay of its own for a rule that follows."""
        clock, rank = code.rule.clock, code.rank
        assert isinstance(clock, Following)
        if clock.overlap == "restart":
            self.withdraw(self.latest.get(rank))
        elif self.in_flight[rank] >= clock.capacity:
            raise OutOfRange(f"more than {clock.capacity} on their way to {code.rule.name}")
        number = self.fired[leader.rank] - 1
        wait = self.whole(code.parts["lag"](self.s, self.env.now, self.u, number))
        carried = tuple((slot, self.s[slot]) for slot, _, _ in leader.draws)
        self.in_flight[rank] += 1
        self.latest[rank] = self.env.process(self.following(code, wait, carried))

    def derive(self, changed: list[int]) -> None:
        """Compute again what depends on the changes, adding what changed of it."""
        s = self.s
        for index in self.program.stale[tuple(changed)]:
            slot, function = self.program.derived_code[index]
            value = function(s)
            if value != s[slot]:
                s[slot] = value
                changed.append(slot)

    def tell(self, changed: list[int]) -> None:
        """Mark the measures that read what changed, and send the signals that are waited for."""
        signals = self.signals
        self.gauges.touched.update(self.program.heard_by[tuple(changed)][1])
        for slot in changed:
            signal = signals.get(slot)
            if signal is not None and signal.callbacks:
                signals[slot] = self.env.event()
                signal.succeed()


GENERATORS: dict[type, Callable[[NaturalRun, RuleCode], Generated]] = {
    Dated: NaturalRun.dated,
    Periodic: NaturalRun.periodic,
    Hazard: NaturalRun.hazard,
    Waiting: NaturalRun.waiting,
    Edge: NaturalRun.edge,
}
