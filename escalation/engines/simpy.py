"""The engine to believe: every rule a SimPy event on SimPy's own queue, in the total order of the laws.

The queue holds (instant, priority, …) and a rule's priority is its rank, so SimPy itself picks the smallest
(time, phase, order, name). What lives here is what happens at a firing; how clocks wait is in `clocks`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simpy import Environment

from escalation.chance.quantiles import ParameterError
from escalation.chance.streams import Streams
from escalation.engines.clocks import (
    Clock,
    DatedClock,
    EdgeClock,
    Fault,
    FollowingClock,
    HazardClock,
    PeriodicClock,
    Ring,
    WaitingClock,
)
from escalation.engines.program import Program, RuleCode, is_number
from escalation.engines.recorder import Recorder
from escalation.expressions.tree import Draw, walk
from escalation.model.evaluate import evaluate
from escalation.model.measures import Watch, watch, window
from escalation.model.process import (
    Choice,
    Clock as ClockSpec,
    Dated,
    Edge,
    Following,
    Hazard,
    Periodic,
    Phase,
    Value,
    Variable,
    Waiting,
)
from escalation.model.trajectory import Failure, Firing, Point, Trajectory

CASCADE = 10_000
"""More firings than this in one instant is an error (law 8)."""
FIRST_PRIORITY = 10
"""Ranks come after SimPy's own priorities, so a researcher's process goes before the rules of its instant."""
LARGEST = 1.7976931348623157e308

KINDS: dict[type[ClockSpec], type[Clock]] = {
    Dated: DatedClock,
    Periodic: PeriodicClock,
    Hazard: HazardClock,
    Waiting: WaitingClock,
    Edge: EdgeClock,
    Following: FollowingClock,
}


class Refused(ValueError):
    """A choice cannot be taken now: it does not exist at present, or gates are shut."""


@dataclass(frozen=True)
class Order:
    """A decision from outside: the choice, and draws of its rule that the person fills in."""

    choice: str
    draws: Mapping[str, Value] = field(default_factory=dict)


class Simulation:
    """One trajectory in progress: it can be stepped, run up to an instant, read, and given decisions.

    Args:
        program: the compiled model.
        point: policy, future, luck and seed.
        settings: levers set otherwise than by the policy (name to value).
        given: uncertainties fixed from outside (name to value), instead of drawn.
        record: keep a log of every firing; it never changes a result.
        verify: after each firing look at every rule and fail if one that was not looked at would differ (law 7).
        played: actors whose choices are taken from outside; the model does not choose for them.
        processes: generator functions of a `World` (see `escalation.engines.world`), started at the first instant.
    """

    def __init__(
        self,
        program: Program,
        point: Point,
        *,
        settings: Mapping[str, Value] | None = None,
        given: Mapping[str, Value] | None = None,
        record: bool = False,
        verify: bool = False,
        played: Iterable[str] = (),
        processes: Sequence[Callable[[Any], Any]] = (),
    ) -> None:
        self.program, self.point = program, point
        self.env = Environment()
        self.horizon = program.model.horizon
        self.verify = verify
        self.played = frozenset(played)
        self.recorder = Recorder() if record else None
        self.luck = Streams(point.seed, point.luck)
        self.u: list[Callable[[int], float]] = [self.luck.stream(name).uniform for name in program.streams]
        if self.recorder is not None:
            self.u = self.recorder.listen(program.streams, self.u)
        self.s: list[Any] = [None] * len(program.slots)
        self.fired = [0] * len(program.rules)
        self.firings = 0
        self.committed: dict[int, tuple[Any, ...]] = {}
        self.failure: Failure | None = None
        self.last: Firing | None = None
        self._instant, self._in_instant = -1, 0
        self._recent: list[str] = []
        self._dirty: set[int] = set()
        self._settling = False
        self._changed_listeners: list[Callable[[set[int]], None]] = []
        self._set_parameters(settings or {}, given or {})
        self._set_variables()
        self._bounds = _bounds(program, self._values())
        self._compute_derived(range(len(program.derived_code)))
        self._watches = self._make_watches()
        self._counts = [0] * len(program.model.measures)
        self._windows = [window(measure, self.horizon) for measure in program.model.measures]
        self._inert = self._rules_at_rest()
        self.clocks: list[Clock] = [KINDS[type(code.rule.clock)](self, code) for code in program.rules]
        self._settle_priority = FIRST_PRIORITY + len(program.rules)
        self._guarded(self._start)
        if processes and self.failure is None:
            self._start_processes(processes)

    # ------------------------------------------------------------------ reading

    @property
    def now(self) -> int:
        """The present instant, in milliseconds since the start."""
        return self.env.now

    def __getitem__(self, name: str) -> Value:
        """The present value of a name (lever, uncertainty, variable, draw or derived name)."""
        return self.s[self.program.slots[name]]

    def choices(self, actor: str) -> dict[str, dict[str, bool]]:
        """What an actor can do now: each choice whose guard holds, with its gates and whether they are open."""
        values = self._values()
        return {
            choice.name: {gate.name: bool(evaluate(gate.holds, values)) for gate in choice.gates}
            for choice in self.program.model.choices
            if choice.actor == actor and evaluate(choice.guard, values)
        }

    # ------------------------------------------------------------------ going on

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen up to the horizon."""
        return self.failure is not None or self.env.peek() > self.horizon

    def step(self) -> bool:
        """Go on to the next firing; False when the horizon (which is inside) or a failure came first."""
        before = self.firings
        while self.firings == before and not self.finished:
            self._guarded(self.env.step)
        return self.firings > before

    def run(self, until: int | None = None) -> None:
        """Go on through every firing up to and including an instant (default: the horizon).

        Raises ValueError for an instant that lies before the present one or beyond the horizon.
        """
        end = self.horizon if until is None else until
        if not self.now <= end <= self.horizon:
            raise ValueError(f"cannot run to {end}: it must lie between now ({self.now}) and {self.horizon}")
        while self.failure is None and self.env.peek() <= end:
            self._guarded(self.env.step)
        if self.failure is None and self.now < end:
            self._call(lambda _: None, self._settle_priority + 1, end - self.now)
            self.env.step()

    def decide(self, *orders: Order) -> None:
        """Take choices now, all of them reading the same state, as an actor's choices of one instant do.

        Raises Refused, before anything has changed, if one of them cannot be taken.
        """
        taken = [self._admit(order) for order in orders]
        for code, order in zip(taken, orders, strict=True):
            self._fill_draws(code, order.draws)
        self._guarded(lambda: self._commit(taken))
        for code in taken:
            self._guarded(lambda code=code: self.fire(self.clocks[code.rank]))

    def trajectory(self) -> Trajectory:
        """What happened, with everything measured up to the horizon (or up to the failure)."""
        measures: dict[str, Value | None] = {}
        series: dict[str, tuple[Value | None, ...]] = {}
        for index, measure in enumerate(self.program.model.measures):
            if measure.how == "count":
                measures[measure.name] = float(self._counts[index])
            elif measure.how == "series":
                series[measure.name] = self._result(index)
            else:
                measures[measure.name] = self._result(index)
        log = tuple(self.recorder.firings) if self.recorder is not None else ()
        return Trajectory(self.point, measures, series, self.firings, self.failure, log)

    # ------------------------------------------------------------------ the start

    def future_uniforms(self) -> list[Callable[[int], float]]:
        """Uniforms of the future in the place of those of the luck, for dated rules."""
        future = Streams(self.point.seed, self.point.future)
        return [future.stream(name).uniform for name in self.program.streams]

    def _set_parameters(self, settings: Mapping[str, Value], given: Mapping[str, Value]) -> None:
        model, slots = self.program.model, self.program.slots
        chosen = next((dict(p.settings) for p in model.policies if p.name == self.point.policy), None)
        if chosen is None:
            raise KeyError(f"there is no policy {self.point.policy!r}")
        values: dict[str, Value] = {lever.name: lever.default for lever in model.levers}
        unknown = set(settings) - values.keys()
        if unknown:
            raise KeyError(f"there is no lever {sorted(unknown)[0]!r}")
        values |= chosen | dict(settings)
        future = Streams(self.point.seed, self.point.future)
        for item in model.uncertainties:
            if item.name in given:
                values[item.name] = given[item.name]
            else:
                values[item.name] = evaluate(item.value, values, lambda stream: future.stream(stream).uniform(0))
        for name, value in values.items():
            self.s[slots[name]] = value

    def _set_variables(self) -> None:
        values = self._values()
        for item in self.program.model.variables:
            value = evaluate(item.initial, values, lambda stream: self.luck.stream(stream).uniform(0))
            self.s[self.program.slots[item.name]] = value

    def _values(self) -> Mapping[str, Value]:
        slots, s = self.program.slots, self.s
        return {name: s[slot] for name, slot in slots.items()}

    def _start(self) -> None:
        for item in self.program.model.variables:
            slot = self.program.slots[item.name]
            self._check_stored(slot, self.s[slot], item.name)
        for clock in self.clocks:
            if clock.code.rank not in self._inert:
                clock.start()
        self._dirty.update(range(len(self._watches)))
        self._ask_to_settle()

    def _rules_at_rest(self) -> frozenset[int]:
        """Rules by which the model would choose for the actors that are played."""
        names = {
            name
            for choice in self.program.model.choices
            if choice.actor in self.played
            for name in (choice.rule, *choice.helpers)
        }
        return frozenset(self.program.by_name[name] for name in names)

    def _start_processes(self, processes: Sequence[Callable[[Any], Any]]) -> None:
        from escalation.engines.world import World

        world = World(self)
        for process in processes:
            self.env.process(process(world))

    # ------------------------------------------------------------------ a firing

    def priority_of(self, rank: int) -> int:
        """SimPy's priority for a rule."""
        return FIRST_PRIORITY + rank

    def fire(self, clock: Clock) -> None:
        """Realise the draws, read the effect, write it, and look again at whatever reads what changed."""
        code = clock.code
        rule = code.rule
        rank = code.rank
        if rule.phase is Phase.CHOICES:
            if rank not in self.committed:
                self._commit([c.code for c in self.clocks if c.code.rule.phase is Phase.CHOICES and self._is_due(c, clock)])
            values = self.committed.pop(rank)
            number = self.fired[rank]
        else:
            number = self.fired[rank]
            values = self._realise(code, number)
        self.fired[rank] = number + 1
        self._count_firing(code)
        if self.recorder is not None:
            self.recorder.open(self, clock, number)
        changed = self._write(code, values)
        for follower in code.followers:
            self.clocks[follower].begin()  # type: ignore[attr-defined]
        if rank not in self._inert:
            clock.rest()
        self._look_again(changed, rank)
        if self.recorder is not None:
            self.recorder.close()

    def _is_due(self, other: Clock, this: Clock) -> bool:
        return other is this or (other.code.rank not in self.committed and other.fires_now())

    def _realise(self, code: RuleCode, number: int) -> tuple[Any, ...]:
        s, now, u = self.s, self.env.now, self.u
        for slot, _, draw in code.draws:
            s[slot] = draw(s, now, u, number)
        return code.effect(s, now, u, number)

    def _commit(self, codes: Sequence[RuleCode]) -> None:
        """Choices due in one instant read the same state; two of one order that set one name are an error."""
        writers: dict[tuple[int, int], str] = {}
        for code in codes:
            for slot in code.targets:
                other = writers.setdefault((code.rule.order, slot), code.rule.name)
                if other != code.rule.name:
                    name = code.rule.effect[code.targets.index(slot)].target
                    raise Fault(
                        code.rule.name,
                        f"{other} and {code.rule.name} are chosen in one instant and both set {name}: "
                        "give one of them another `order:`",
                    )
        for code in codes:
            self.committed[code.rank] = self._realise(code, self.fired[code.rank])

    def _count_firing(self, code: RuleCode) -> None:
        now = self.env.now
        self.firings += 1
        if now != self._instant:
            self._instant, self._in_instant = now, 0
        self._in_instant += 1
        if self._in_instant > CASCADE - 50:
            self._recent.append(code.rule.name)
            if self._in_instant > CASCADE:
                raise Fault(code.rule.name, f"more than {CASCADE:,} firings in one instant: {_cycle(self._recent)}")
        for index in code.counted_by:
            low, high = self._windows[index]
            if low <= now <= high:
                self._counts[index] += 1

    def _write(self, code: RuleCode, values: tuple[Any, ...]) -> set[int]:
        s = self.s
        changed: set[int] = set()
        for slot, value in zip(code.targets, values, strict=True):
            if s[slot] != value:
                if self._bounds[slot] is not None:
                    self._check_stored(slot, value, code.rule.name)
                if self.recorder is not None:
                    self.recorder.note_change(self, slot, value)
                s[slot] = value
                changed.add(slot)
        return changed

    def _check_stored(self, slot: int, value: Any, rule: str) -> None:
        bounds = self._bounds[slot]
        if bounds is None or bounds[0] <= value <= bounds[1]:
            return
        variable = next(item for item in self.program.model.variables if self.program.slots[item.name] == slot)
        if value != value:
            if variable.may_be_unknown:
                return
            raise Fault(rule, f"{variable.name} would become something that is not a number")
        if abs(value) > LARGEST:
            raise Fault(rule, f"{variable.name} would become infinite")
        raise Fault(rule, f"{variable.name} would become {value:g}, outside its range {bounds[0]:g} to {bounds[1]:g}")

    # ------------------------------------------------------------------ after a firing

    def _look_again(self, changed: set[int], fired: int = -1) -> None:
        if changed:
            program = self.program
            if program.derived:
                self._derive(changed)
            ranks: set[int] = set()
            for slot in changed:
                ranks.update(program.readers.get(slot, ()))
                self._dirty.update(program.watched.get(slot, ()))
            ranks.discard(fired)
            clocks, inert = self.clocks, self._inert
            for rank in sorted(ranks) if self.recorder is not None else ranks:
                if rank not in inert:
                    clocks[rank].look()
            if self._dirty and not self._settling:
                self._ask_to_settle()
            for listener in self._changed_listeners:
                listener(changed)
        if self.verify:
            self._verify()

    def _derive(self, changed: set[int]) -> None:
        """Compute again the derived names that depend on what changed, adding those whose value did."""
        derived, code, s = self.program.derived, self.program.derived_code, self.s
        stale: set[int] = set()
        for slot in changed:
            stale.update(derived.get(slot, ()))
        for index in sorted(stale):
            slot, function = code[index]
            value = function(s)
            if value != s[slot]:
                s[slot] = value
                changed.add(slot)

    def _compute_derived(self, indexes: Iterable[int]) -> None:
        for index in indexes:
            slot, function = self.program.derived_code[index]
            self.s[slot] = function(self.s)

    def _verify(self) -> None:
        """Every rule, looked at afresh, must agree with its clock (law 7)."""
        for index, (slot, function) in enumerate(self.program.derived_code):
            value = function(self.s)
            if value != self.s[slot] and value == value:
                name = self.program.model.derived[index].name
                raise AssertionError(f"{name} is {self.s[slot]} and should be {value}")
        for clock in self.clocks:
            before, rank = (clock.event, clock.due_at, clock.armed), clock.code.rank
            if rank in self._inert or rank in self.committed:
                continue
            clock.look()
            if before != (clock.event, clock.due_at, clock.armed):
                raise AssertionError(f"{clock.code.rule.name} should have been looked at and was not")

    # ------------------------------------------------------------------ settling and measuring

    def _ask_to_settle(self) -> None:
        self._settling = True
        self._call(self._settle, self._settle_priority)

    def _call(self, what: Callable[[Any], None], priority: int, wait: int = 0) -> None:
        """Put a callback of our own on SimPy's queue, decided from the start as SimPy's own timeouts are."""
        event = self.env.event()
        event._ok = True
        event._value = None
        event.callbacks.append(what)
        self.env.schedule(event, priority, wait)

    def _settle(self, _: Any) -> None:
        """The instant is over: measures see its settled state."""
        self._settling = False
        now, s = self.env.now, self.s
        for index in sorted(self._dirty):
            function = self.program.measure_code[index]
            entry = self._watches[index]
            if function is None or entry is None:
                continue
            value = function(s)
            since, held, watched = entry
            if value != held:
                if now > since:
                    watched.segment(since, now, held)
                self._watches[index] = (now, value, watched)
        self._dirty.clear()

    def _make_watches(self) -> list[tuple[int, Any, Watch] | None]:
        made: list[tuple[int, Any, Watch] | None] = []
        for measure, function in zip(self.program.model.measures, self.program.measure_code, strict=True):
            if function is None:
                made.append(None)
            else:
                made.append((0, function(self.s), watch(measure, self.program.start, self.horizon)))
        return made

    def _result(self, index: int) -> Any:
        entry = self._watches[index]
        assert entry is not None
        since, held, watched = entry
        end = self.horizon + 1 if self.failure is None else self.failure.time + 1
        watched.segment(since, max(end, since), held)
        return watched.result()

    # ------------------------------------------------------------------ decisions from outside

    def _admit(self, order: Order) -> RuleCode:
        choice = next((item for item in self.program.model.choices if item.name == order.choice), None)
        if choice is None:
            raise Refused(f"there is no choice {order.choice!r}")
        values = self._values()
        if not evaluate(choice.guard, values):
            raise Refused(f"{choice.name} cannot be chosen now")
        shut = [gate.name for gate in choice.gates if not evaluate(gate.holds, values)]
        if shut:
            raise Refused(f"{choice.name} cannot be carried out: shut gates: {', '.join(shut)}")
        _check_filled(choice, order)
        return self.program.rules[self.program.by_name[choice.rule]]

    def _fill_draws(self, code: RuleCode, draws: Mapping[str, Value]) -> None:
        """Replace draws of the next firing by what the person says."""
        if not draws:
            return
        filled = {f"{code.rule.name}.{name}": value for name, value in draws.items()}
        number = self.fired[code.rank]
        for slot, name, draw in code.draws:
            self.s[slot] = filled.get(name, draw(self.s, self.env.now, self.u, number))
        self.committed[code.rank] = code.effect(self.s, self.env.now, self.u, number)

    # ------------------------------------------------------------------ failing

    def _guarded(self, action: Callable[[], Any]) -> None:
        """Do it; a fault ends this trajectory and no other."""
        try:
            action()
        except Fault as fault:
            self.failure = Failure(fault.rule, self.env.now, fault.message)
        except ParameterError as error:
            self.failure = Failure(self._culprit(), self.env.now, str(error))

    def _culprit(self) -> str:
        return self._recent_rule or "start"

    _recent_rule = ""


def _check_filled(choice: Choice, order: Order) -> None:
    known = {name.rpartition(".")[2] for name in choice.draws}
    wrong = sorted(set(order.draws) - known)
    if wrong:
        raise Refused(f"{choice.name} has no {wrong[0]!r} to fill in; it has {', '.join(sorted(known)) or 'nothing'}")


def _bounds(program: Program, values: Mapping[str, Value]) -> list[tuple[float, float] | None]:
    """The range of every slot that stores a number; where no range is given, all finite numbers."""
    bounds: list[tuple[float, float] | None] = [None] * len(program.slots)
    for item in program.model.variables:
        if is_number(item.kind):
            bounds[program.slots[item.name]] = _range(item, values)
    return bounds


def _range(item: Variable, values: Mapping[str, Value]) -> tuple[float, float]:
    low = -LARGEST if item.low is None else evaluate(item.low, values)
    high = LARGEST if item.high is None else evaluate(item.high, values)
    return low, high


def _cycle(names: Sequence[str]) -> str:
    """The shortest ring that the last firings go round in."""
    last = names[-1]
    earlier = len(names) - 2
    while earlier > 0 and names[earlier] != last:
        earlier -= 1
    return " → ".join(names[earlier:])


def simulate(program: Program, point: Point, **options: Any) -> Trajectory:
    """One trajectory from the start to the horizon; options as for `Simulation`."""
    simulation = Simulation(program, point, **options)
    simulation.run()
    return simulation.trajectory()
