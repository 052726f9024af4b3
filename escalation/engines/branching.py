"""A snapshot whose luck is drawn anew from its instant on, conditional on its past (law 18).

What was drawn and is over stays, and so does what the future fixed. What is still running is drawn again under the
branch's own number, given that it has run so long: a hazard needs a fresh exponential beyond what is spent, a delay is
drawn given that it is longer than its age. `docs/branching.md` gives every formula and its order of operations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from escalation.chance.conditional import UniformsAbove, uniforms_above
from escalation.chance.quantiles import exponential
from escalation.chance.streams import Streams
from escalation.engines.clocks import Fault, whole_wait
from escalation.engines.following import UnderWay
from escalation.engines.program import Program, RuleCode
from escalation.engines.wiring import drawn_wait
from escalation.expressions.tree import Expr, If
from escalation.model.evaluate import evaluate
from escalation.model.monotone import NotMonotone, the_draw
from escalation.model.process import Edge, Following, Hazard, Periodic, Value, Waiting
from escalation.model.snapshot import Kept, Snapshot
from escalation.model.trajectory import Failure

Fields = Mapping[str, Kept]


class CannotBranch(ValueError):
    """A trajectory cannot be branched here: the branch's number is taken, or a delay cannot be drawn again."""


@dataclass(frozen=True, slots=True)
class Running:
    """A delay under way at the instant of a branch, and what is known of it.

    number: of its draw. age: milliseconds. least: the fewest that it can have in all. seen: values of the names that
    it was drawn with. drawn_at: when.
    """

    number: int
    age: int
    least: int
    seen: tuple[Any, ...]
    drawn_at: int


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A delay drawn again: its own value, its milliseconds in all, and those that are left of them."""

    drawn: float
    total: int
    left: int


@dataclass(frozen=True, slots=True)
class Delay:
    """A drawn delay as a function of its draw's uniform, with the address of that, and what its age tells of it."""

    value: Callable[[float], float]
    stream: str
    longer: UniformsAbove


def branch(program: Program, snapshot: Snapshot, number: int) -> Snapshot:
    """The same past with other luck from here on; of many branches of one snapshot, see `Branching`.

    Raises:
        OtherModel, CannotBranch: as `Branching` and its `branch`.
    """
    return Branching(program, snapshot).branch(number)


class Branching:
    """Branches of one snapshot: what its past tells of the delays that run is worked out once.

    Raises:
        OtherModel: the snapshot was taken of another model.
    """

    def __init__(self, program: Program, snapshot: Snapshot) -> None:
        snapshot.check_model(program.identity)
        self.program, self.snapshot = program, snapshot
        self.now, self.horizon = snapshot.instant, program.model.horizon
        self.s = [snapshot.values[name] for name in program.names]
        self._delays: dict[tuple[int, int], Delay | None] = {}

    def branch(self, number: int) -> Snapshot:
        """The same past with other luck from here on.

        number: 1 or more; each is another luck. A branch may be branched again, under a number that it did not come
        by.

        Raises:
            CannotBranch: the number names luck that this past has met, or a delay that runs is not monotone in one
                draw.
        """
        self.check(number)
        snapshot = self.snapshot
        self.streams = Streams(snapshot.point.seed, snapshot.point.luck, number)
        branches = (*snapshot.branches, number)
        try:
            clocks = {code.rule.name: self.clock(code) for code in self.program.rules} if snapshot.clocks else {}
        except Fault as fault:
            failure = Failure(fault.rule, snapshot.instant, fault.message)
            return replace(snapshot, branches=branches, failure=failure)
        return replace(snapshot, branches=branches, clocks=clocks)

    def check(self, number: int) -> None:
        """Raises CannotBranch if a number names luck that this past has met."""
        if number == 0:
            raise CannotBranch("branch 0 is the plain luck, which this past has met already: take a number from 1 on")
        if number in self.snapshot.branches:
            raise CannotBranch(f"this past came by branch {number}, whose luck it has met already: take another number")

    def clock(self, code: RuleCode) -> Fields:
        """The fields of a rule's clock after the branch."""
        fields = self.snapshot.clocks[code.rule.name]
        if isinstance(code.rule.clock, Hazard):
            return self.hazard(code, fields)
        again = [self.again(code, each) for each in self.running(code)]
        if isinstance(code.rule.clock, Following):
            pairs = zip(fields["under_way"], again, strict=True)
            under_way = tuple(
                delay if new is None else tuple(UnderWay(*delay)._replace(drawn=new.drawn, total=new.total))
                for delay, new in pairs
            )
            return {**fields, "under_way": under_way} if again else fields
        return {**fields, **self.changed(code, fields, again[0])} if again and again[0] is not None else fields

    def running(self, code: RuleCode) -> tuple[Running, ...]:
        """The delays of a rule that are drawn again: those that run, and those that stand still and may go on."""
        fields, clock = self.snapshot.clocks[code.rule.name], code.rule.clock
        match clock:
            case Waiting() if clock.memory != "keep" and fields["left"] >= 0:
                # A delay that runs is longer than its age; one that stands still is at least as long.
                left = fields["due_at"] - self.now if fields["moving"] else fields["left"]
                return (self.one(fields, left, runs=fields["moving"]),)
            case Edge() if clock.after is not None and fields["delay_runs"]:
                return (self.one(fields, fields["delay_due_at"] - self.now),)
            case Periodic() if fields["running"] and fields["total"] >= 0:
                return (self.one(fields, fields["due_at"] - self.now),)
            case Following():
                pool = [UnderWay(*delay) for delay in fields["under_way"]]
                ages = [self.now - delay.began for delay in pool]
                return tuple(
                    Running(delay.number, age, age + 1, delay.seen, delay.began)
                    for delay, age in zip(pool, ages, strict=True)
                )
        return ()

    def one(self, fields: Fields, left: int, *, runs: bool = True) -> Running:
        """The one delay of a clock, of which so many milliseconds are left."""
        age = fields["total"] - left
        return Running(fields["armed"] - 1, age, age + 1 if runs else age, fields["seen"], fields["drawn_at"])

    def changed(self, code: RuleCode, fields: Fields, new: Redrawn) -> dict[str, Kept]:
        """The fields of a clock with one delay that a new one changes."""
        found: dict[str, Kept] = {"drawn": new.drawn, "total": new.total}
        match code.rule.clock:
            case Waiting():
                return found | {"left": new.left} | (self.due(new.left) if fields["moving"] else {})
            case Edge():
                due = self.due(new.left)
                return found | {"delay_due_at": due["due_at"], "delay_live": due["live"]}
        return found | self.due(new.left)

    def hazard(self, code: RuleCode, fields: Fields) -> Fields:
        """What is spent stays spent; what is needed beyond it has no memory."""
        if fields["needed"] < 0.0:
            return fields
        rate, spent = fields["rate"], fields["spent"]
        if rate > 0.0 and self.now > fields["since"]:
            spent += rate * (self.now - fields["since"])
        fresh = exponential(self.streams.stream(self.program.streams[code.hazard_stream]).uniform(fields["armed"]), 1.0)
        needed = spent + fresh
        new = {**fields, "spent": spent, "since": self.now, "needed": needed, "drawn": needed}
        if rate > 0.0:
            left = needed - spent
            wait = whole_wait(code.rule.name, left / rate, self.horizon, "waiting time") if left > 0.0 else 0
            new |= self.due(wait)
        return new

    def due(self, wait: int) -> dict[str, Kept]:
        """Being due after a wait; beyond the horizon nothing is on the queue."""
        due_at = self.now + wait
        return {"due_at": due_at, "live": due_at <= self.horizon}

    def again(self, code: RuleCode, running: Running) -> Redrawn | None:
        """A delay drawn again, given its age; None if nothing in it is drawn."""
        delay = self.delay(code, running)
        if delay is None:
            return None
        drawn = delay.value(delay.longer.uniform(self.streams.stream(delay.stream).uniform(running.number)))
        total = max(whole_wait(code.rule.name, drawn, self.horizon, "delay"), running.least)
        return Redrawn(drawn, total, total - running.age)

    def delay(self, code: RuleCode, running: Running) -> Delay | None:
        """A delay as it was when it was drawn, and what its age tells of it; worked out once.

        Raises:
            CannotBranch: it is not monotone in one draw.
        """
        key = code.rank, running.number
        if key not in self._delays:
            self._delays[key] = self._delay(code, running)
        return self._delays[key]

    def _delay(self, code: RuleCode, running: Running) -> Delay | None:
        """A whole number of at least `least` is a double above `least - 1`."""
        found = drawn_wait(code.rule)
        if found is None:
            return None
        part, node = found
        s = self.s.copy()
        for slot, value in zip(code.seen, running.seen, strict=True):
            s[slot] = value
        stream = self.stream_of(code, part, node, s, running.drawn_at)
        if stream is None:
            return None
        value = self.value_of(code, part, stream, s, running)
        return Delay(value, stream, uniforms_above(value, float(running.least - 1)))

    def stream_of(self, code: RuleCode, part: str, node: Expr, s: list[Any], drawn_at: int) -> str | None:
        """The address of the draw that the delay is monotone in, as conditions chose when it was drawn."""

        def taken(choice: If) -> Expr:
            values: dict[str, Value] = dict(zip(self.program.names, s, strict=True))
            return choice.then if evaluate(choice.condition, values, now=drawn_at) else choice.otherwise

        try:
            draw = the_draw(node, taken)
        except NotMonotone as why:
            where = f" ({code.rule.origin})" if code.rule.origin is not None else ""
            told = f"`{part}` of {code.rule.name}{where} is under way and cannot be drawn again given its age"
            raise CannotBranch(f"{told}: it is not monotone in one draw, since {why}") from None
        return None if draw is None else draw.stream

    def value_of(
        self, code: RuleCode, part: str, stream: str, s: list[Any], running: Running
    ) -> Callable[[float], float]:
        """The delay as a function of the uniform of its draw, everything else as it was when it was drawn."""
        given = [0.0]
        u: list[Any] = [None] * len(self.program.streams)
        u[self.program.streams.index(stream)] = lambda k: given[0]
        compute = code.parts[part]

        def value(uniform: float) -> float:
            given[0] = uniform
            result: float = compute(s, running.drawn_at, u, running.number)
            return result

        return value
