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
        snapshot = self.snapshot
        if number == 0:
            raise CannotBranch("branch 0 is the plain luck, which this past has met already: take a number from 1 on")
        if number in snapshot.branches:
            raise CannotBranch(f"this past came by branch {number}, whose luck it has met already: take another number")
        self.streams = Streams(snapshot.point.seed, snapshot.point.luck, number)
        branches = (*snapshot.branches, number)
        try:
            clocks = {code.rule.name: self.clock(code) for code in self.program.rules} if snapshot.clocks else {}
        except Fault as fault:
            failure = Failure(fault.rule, snapshot.instant, fault.message)
            return replace(snapshot, branches=branches, failure=failure)
        return replace(snapshot, branches=branches, clocks=clocks)

    def clock(self, code: RuleCode) -> Fields:
        """The fields of a rule's clock after the branch."""
        fields, clock = self.snapshot.clocks[code.rule.name], code.rule.clock
        match clock:
            case Hazard():
                return self.hazard(code, fields)
            case Waiting() if clock.memory != "keep" and fields["left"] >= 0:
                return self.waiting(code, fields)
            case Edge() if clock.after is not None and fields["delay_runs"]:
                return self.edge(code, fields)
            case Periodic() if fields["running"] and fields["total"] >= 0:
                return self.periodic(code, fields)
            case Following() if fields["under_way"]:
                return {**fields, "under_way": tuple(self.under_way(code, delay) for delay in fields["under_way"])}
        return fields

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

    def waiting(self, code: RuleCode, fields: Fields) -> Fields:
        """A delay that runs is longer than its age; one that stands still is at least as long."""
        moving = fields["moving"]
        left = fields["due_at"] - self.now if moving else fields["left"]
        new = self.again(code, fields["armed"] - 1, fields["total"] - left, moving, fields["seen"], fields["drawn_at"])
        if new is None:
            return fields
        due = self.due(new.left) if moving else {}
        return {**fields, **due, "drawn": new.drawn, "total": new.total, "left": new.left}

    def edge(self, code: RuleCode, fields: Fields) -> Fields:
        """Its `for:` stays; a delay that runs is longer than its age."""
        age = fields["total"] - (fields["delay_due_at"] - self.now)
        new = self.again(code, fields["armed"] - 1, age, True, fields["seen"], fields["drawn_at"])
        if new is None:
            return fields
        due = self.due(new.left)
        delay = {"delay_due_at": due["due_at"], "delay_live": due["live"]}
        return {**fields, **delay, "drawn": new.drawn, "total": new.total}

    def periodic(self, code: RuleCode, fields: Fields) -> Fields:
        """A drawn period that runs is longer than its age."""
        age = fields["total"] - (fields["due_at"] - self.now)
        new = self.again(code, fields["armed"] - 1, age, True, fields["seen"], fields["drawn_at"])
        if new is None:
            return fields
        return {**fields, **self.due(new.left), "drawn": new.drawn, "total": new.total}

    def under_way(self, code: RuleCode, delay: tuple[Kept, ...]) -> tuple[Kept, ...]:
        """Each delay of a pool is longer than its own age."""
        old = UnderWay(*delay)
        new = self.again(code, old.number, self.now - old.began, True, old.seen, old.began)
        return delay if new is None else tuple(old._replace(drawn=new.drawn, total=new.total))

    def due(self, wait: int) -> dict[str, Kept]:
        """Being due after a wait; beyond the horizon nothing is on the queue."""
        due_at = self.now + wait
        return {"due_at": due_at, "live": due_at <= self.horizon}

    def again(
        self, code: RuleCode, number: int, age: int, runs: bool, seen: tuple[Any, ...], drawn_at: int
    ) -> Redrawn | None:
        """A delay drawn again, given its age; None if nothing in it is drawn."""
        key, least = (code.rank, number), age + 1 if runs else age
        if key not in self._delays:
            self._delays[key] = self.delay(code, number, least, seen, drawn_at)
        delay = self._delays[key]
        if delay is None:
            return None
        drawn = delay.value(delay.longer.uniform(self.streams.stream(delay.stream).uniform(number)))
        total = max(whole_wait(code.rule.name, drawn, self.horizon, "delay"), least)
        return Redrawn(drawn, total, total - age)

    def delay(self, code: RuleCode, number: int, least: int, seen: tuple[Any, ...], drawn_at: int) -> Delay | None:
        """A delay as it was when it was drawn; a whole number of at least `least` is a double above `least - 1`."""
        found = drawn_wait(code.rule)
        if found is None:
            return None
        part, node = found
        s = self.s.copy()
        for slot, value in zip(code.seen, seen, strict=True):
            s[slot] = value
        stream = self.stream_of(code, part, node, s, drawn_at)
        if stream is None:
            return None
        value = self.value_of(code, part, stream, s, drawn_at, number)
        return Delay(value, stream, uniforms_above(value, float(least - 1)))

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
        self, code: RuleCode, part: str, stream: str, s: list[Any], drawn_at: int, number: int
    ) -> Callable[[float], float]:
        """The delay as a function of the uniform of its draw, everything else as it was when it was drawn."""
        given = [0.0]
        u: list[Any] = [None] * len(self.program.streams)
        u[self.program.streams.index(stream)] = lambda k: given[0]
        compute = code.parts[part]

        def value(uniform: float) -> float:
            given[0] = uniform
            result: float = compute(s, drawn_at, u, number)
            return result

        return value
