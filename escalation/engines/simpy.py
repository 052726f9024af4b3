"""The engine to believe: every rule a SimPy event on SimPy's own queue, in the total order of the laws.

The queue holds (instant, priority, …) and a rule's priority is its rank, so SimPy itself picks the smallest
(time, phase, order, name). What lives here is what happens at a firing; how clocks wait is in `clocks`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Literal

from simpy import Environment

from escalation.chance.quantiles import ParameterError
from escalation.chance.streams import Streams
from escalation.engines.branching import branch
from escalation.engines.clocks import (
    Clock,
    DatedClock,
    EdgeClock,
    Fault,
    HazardClock,
    Pause,
    PeriodicClock,
    WaitingClock,
)
from escalation.engines.first_values import LARGEST, first_values, ranges
from escalation.engines.following import FollowingClock
from escalation.engines.gauges import Gauges
from escalation.engines.handing_over import hand_over
from escalation.engines.orders import Order, Refused, admit, clashing, forced, menu, rules_at_rest
from escalation.engines.program import Program, RuleCode
from escalation.engines.recorder import Recorder
from escalation.engines.saving import restore, save
from escalation.model.process import Dated, Edge, Following, Hazard, Periodic, Value, Waiting
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Failure, Firing, Point, Trajectory

CASCADE = 10_000
"""More firings than this in one instant is an error (law 8)."""
MOST_FIRINGS = 1_000_000
"""More firings than this in one trajectory is an error: a runaway rate is found, and no run hangs on it."""
RUNAWAY = f"more than {MOST_FIRINGS:,} firings"
FIRST_PRIORITY = 10
"""Ranks come after SimPy's own priorities, so a researcher's process goes before the rules of its instant."""

KINDS: dict[type, type[Clock]] = {
    Dated: DatedClock,
    Periodic: PeriodicClock,
    Hazard: HazardClock,
    Waiting: WaitingClock,
    Edge: EdgeClock,
    Following: FollowingClock,
}


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

    Raises:
        KeyError: there is no such policy, lever or uncertainty.
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
        self.settings: Mapping[str, Value] = dict(settings or {})
        self.given: Mapping[str, Value] = dict(given or {})
        self.processes = tuple(processes)
        self._lay_out(program, point, (), 0, frozenset(played), record, verify)
        self._guarded(self._start)

    @classmethod
    def resume(
        cls, program: Program, snapshot: Snapshot, *, record: bool = False, verify: bool = False
    ) -> "Simulation":
        """A trajectory that goes on from a snapshot, bit for bit as the one that was saved.

        A log begins at the snapshot: `first` of the trajectory then has the values of that instant.

        Raises:
            OtherModel: the snapshot was taken of another model.
        """
        simulation = cls.__new__(cls)
        simulation.settings, simulation.given, simulation.processes = snapshot.settings, snapshot.given, ()
        played = frozenset(snapshot.played)
        simulation._lay_out(program, snapshot.point, snapshot.branches, snapshot.instant, played, record, verify)
        restore(simulation, snapshot)
        return simulation

    def _lay_out(
        self,
        program: Program,
        point: Point,
        branches: tuple[int, ...],
        instant: int,
        played: frozenset[str],
        record: bool,
        verify: bool,
    ) -> None:
        """What is there before anything has been drawn; the luck is that of the last branch."""
        self.program, self.point, self.verify = program, point, verify
        self.env: Any = Environment(initial_time=instant)
        self.horizon = program.model.horizon
        self.recorder = Recorder() if record else None
        self.branches = branches
        self.luck = Streams(point.seed, point.luck, branches[-1] if branches else 0)
        self.u: list[Callable[[int], float]] = [self.luck.stream(name).uniform for name in program.streams]
        self.fired = [0] * len(program.rules)
        self.firings = 0
        self.committed: dict[int, tuple[Any, ...]] = {}
        self.failure: Failure | None = None
        self.at_work = "the start"
        self._outside = 0
        self._instant, self._in_instant = 0, 0
        self._recent: list[str] = []
        self._listeners: list[Callable[[set[int]], None]] = []
        self.set_played(played)
        self.s: list[Any] = [None] * len(program.slots)

    # ------------------------------------------------------------------ reading

    @property
    def now(self) -> int:
        """The present instant, in milliseconds since the start."""
        return int(self.env.now)

    def __getitem__(self, name: str) -> Value:
        """The present value of a name (lever, uncertainty, variable, draw or derived name)."""
        value: Value = self.s[self.program.slots[name]]
        return value

    def choices(self, actor: str) -> dict[str, dict[str, bool]]:
        """What an actor can do now: each choice whose guard holds, with its gates and whether they are open."""
        return menu(self.program, actor, self.values())

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

        Raises:
            ValueError: the instant lies before the present one, or beyond the horizon.
        """
        end = self.horizon if until is None else until
        if not self.now <= end <= self.horizon:
            raise ValueError(f"cannot run to {end}: it must lie between now ({self.now}) and {self.horizon}")
        self._guarded(partial(self._run, end))

    def decide(self, *orders: Order) -> None:
        """Take choices now, all of them reading the same state, as an actor's choices of one instant do.

        Raises:
            Refused: one of them cannot be taken; nothing has changed then.
        """
        values = self.values()
        taken = [admit(self.program, order, values) for order in orders]
        clash = clashing(self.program, taken)
        if clash is not None:
            raise Refused(clash[1])
        filled = {
            code.rank: {f"{code.rule.name}.{name}": value for name, value in order.draws.items()}
            for code, order in zip(taken, orders, strict=True)
        }
        self._guarded(partial(self._commit, taken, filled))
        for code in taken:
            self._guarded(partial(self.fire, self.clocks[code.rank]))

    def force(self, rule: str, draws: Mapping[str, Value] | None = None) -> None:
        """Have a rule fire now, whatever its clock and condition say; draws given by their own names are not drawn.

        It is the rule's next firing, with that firing's number; its clock then goes on as after any firing.

        Raises:
            Refused: there is no such rule or draw, or it reads what a rule drew that has not fired yet.
        """
        code = forced(self.program, rule, draws or {}, self.s)
        clock = self.clocks[code.rank]
        clock.drawn = None
        filled = {f"{rule}.{name}": value for name, value in (draws or {}).items()}
        if code.chosen:
            self._guarded(partial(self._commit, [code], {code.rank: filled}))
        self._guarded(partial(self.fire, clock, filled))

    def put(self, values: Mapping[str, Value], rule: str = "outside") -> None:
        """Set variables now, as the firing of a rule that the model does not have.

        Raises:
            KeyError: a name is no variable of the model's state.
        """
        self._guarded(partial(self.set_from_outside, rule, values))

    def hand_over(self, actor: str, to: Literal["person", "model"]) -> None:
        """From now on a person, or the model, makes an actor's choices; nothing changes if that is so already.

        The model takes up its clocks as at the start: a condition that is true now counts as becoming true. A person
        finds them at rest. Draws keep their numbers, so that none is met twice; a date that was used up stays so.

        Raises:
            KeyError: the actor has no choices.
        """
        self._guarded(partial(hand_over, self, actor, to))

    def branch(self, number: int, *, record: bool = False) -> "Simulation":
        """Another simulation with the same past and other luck from here on, conditional on that past (law 18).

        number: 1 or more; each is another luck.

        Raises:
            NotSettled: something is still due in this instant.
            CannotBranch: this past has met that luck already, or a delay that runs is not monotone in one draw.
        """
        return Simulation.resume(self.program, branch(self.program, self.save(), number), record=record)

    def save(self) -> Snapshot:
        """Everything that is needed to go on from this instant, as a value; the simulation goes on undisturbed.

        Raises:
            NotSettled: something is still due in this instant, or a process of one's own runs beside the model.
        """
        return save(self)

    def trajectory(self) -> Trajectory:
        """What happened, with everything measured up to the horizon (or up to the failure)."""
        if self.failure is not None and not hasattr(self, "gauges"):
            return Trajectory(self.point, {}, {}, 0, self.failure)
        end = self.horizon if self.failure is None else self.failure.time
        self.gauges.settle(self.s, self._instant)
        measures, series = self.gauges.results(end + 1)
        log = tuple(self.recorder.firings) if self.recorder is not None else ()
        return Trajectory(self.point, measures, series, self.firings, self.failure, log, self.first)

    def _run(self, end: int) -> None:
        pause = Pause(self.env)
        self.env.schedule(pause, self.priority_of(len(self.program.rules)), end - self.now)
        self.env.run(until=pause)

    # ------------------------------------------------------------------ the start

    @cached_property
    def future_uniforms(self) -> list[Callable[[int], float]]:
        """Uniforms of the future in the place of those of the luck, for dated rules."""
        future = Streams(self.point.seed, self.point.future)
        return [future.stream(name).uniform for name in self.program.streams]

    def _start(self) -> None:
        program = self.program
        self.s = first_values(program, self.point, self.settings, self.given, self.luck)
        self.bounds = ranges(program, self.values())
        for slot, limits in enumerate(self.bounds):
            if limits is not None and not limits[0] <= self.s[slot] <= limits[1]:
                self._refuse(slot, self.s[slot], limits, "the start")
        self.first = dict(self.values()) if self.recorder is not None else {}
        self.gauges = Gauges(program, self.s)
        self.make_clocks()
        for clock in self.clocks:
            if clock.code.rank not in self.at_rest:
                self.at_work = clock.code.rule.name
                clock.start()
        if self.processes:
            from escalation.engines.world import World

            world = World(self)
            for process in self.processes:
                self.env.process(process(world))

    def set_played(self, played: Iterable[str]) -> None:
        """For whom people choose, so that the rules rest by which the model would."""
        self.played = tuple(sorted(played))
        self.at_rest = rules_at_rest(self.program, frozenset(played))

    def make_clocks(self) -> None:
        """A clock for each rule, at rest."""
        self.set_clocks([self.make_clock(code) for code in self.program.rules])

    def make_clock(self, code: RuleCode) -> Clock:
        """A rule's clock, at rest."""
        return KINDS[type(code.rule.clock)](self, code)

    def set_clocks(self, clocks: list[Clock]) -> None:
        """By rank."""
        self.clocks = clocks
        self._choosing = [clock for clock in clocks if clock.code.chosen]

    def values(self) -> Mapping[str, Value]:
        """Every name with its present value."""
        return dict(zip(self.program.names, self.s, strict=True))

    # ------------------------------------------------------------------ a process from outside

    def listen_to_changes(self, listener: Callable[[set[int]], None]) -> None:
        """Have a function called with the slots that each firing changed."""
        self._listeners.append(listener)

    def set_from_outside(self, rule: str, values: Mapping[str, Value], *, hidden: bool = False) -> None:
        """Write variables as the firing of a rule that the model does not have.

        hidden: those that the build made may be among them.

        Raises:
            KeyError: a name is no variable of the model's state.
        """
        slots = self.program.slots
        variables = {item.name for item in self.program.model.variables if hidden or not item.hidden}
        for name in values:
            if name not in variables:
                raise KeyError(f"{name!r} is no variable of the model's state")
        self._begin_firing(rule, self.now)
        before = {name: self[name] for name in values}
        changed = self._write([slots[name] for name in values], values.values(), rule)
        if self.recorder is not None:
            done = tuple((name, before[name], value) for name, value in values.items() if before[name] != value)
            self.recorder.firings.append(Firing(self.now, rule, self._outside, changed=done))
        self._outside += 1
        self._derive(changed)
        self._look_again(changed)

    # ------------------------------------------------------------------ a firing

    def priority_of(self, rank: int) -> int:
        """SimPy's priority for a rule."""
        return FIRST_PRIORITY + rank

    def fire(self, clock: Clock, filled: Mapping[str, Value] | None = None) -> None:
        """Realise the draws, read the effect, write it, and look again at whatever reads what changed.

        filled: draws given from outside, by their full names. Those of a choice are given as it is committed.
        """
        code, now = clock.code, self.env.now
        rank, name = code.rank, code.rule.name
        self._begin_firing(name, now)
        number = self.fired[rank]
        if code.chosen:
            if rank not in self.committed:
                self._commit(self._chosen_with(clock))
            values = self.committed.pop(rank)
        else:
            values = self._realise(code, number, filled)
        self.fired[rank] = number + 1
        if code.counted_by:
            self.gauges.count(code, now)
        if self.recorder is not None:
            self.recorder.open(self, clock, number)
        changed = self._write(code.targets, values, name) if values else []
        if changed:
            self._derive(changed)
        for follower in code.followers:
            self.clocks[follower].begin()
        if rank not in self.at_rest:
            if clock.event is not None:
                clock.cancel()
            clock.rest()
        self._look_again(changed, rank)
        if self.recorder is not None:
            self.recorder.close()

    def _chosen_with(self, this: Clock) -> list[RuleCode]:
        """The choices that are due in this instant and not yet made."""
        made = self.committed
        return [
            other.code
            for other in self._choosing
            if other is this or (other.fires_now() and other.code.rank not in made)
        ]

    def _realise(self, code: RuleCode, number: int, filled: Mapping[str, Value] | None = None) -> tuple[Any, ...]:
        """Draw, unless a person filled the draw in, and read the effect's right-hand sides."""
        s, now, u = self.s, self.env.now, self.u
        try:
            for slot, name, draw in code.draws:
                s[slot] = filled[name] if filled and name in filled else draw(s, now, u, number)
            values = code.effect(s, now, u, number)
        except ParameterError as error:
            raise Fault(code.rule.name, str(error)) from None
        if self.recorder is not None:
            self.recorder.note_realised(self, code, number)
        return values

    def _commit(self, codes: Sequence[RuleCode], filled: Mapping[int, Mapping[str, Value]] | None = None) -> None:
        """Choices due in one instant read the same state; two of one order that set one name are an error."""
        clash = clashing(self.program, codes)
        if clash is not None:
            raise Fault(*clash)
        for code in codes:
            filled_in = filled.get(code.rank) if filled else None
            self.committed[code.rank] = self._realise(code, self.fired[code.rank], filled_in)

    def _begin_firing(self, rule: str, now: int) -> None:
        """Count it; the first firing of an instant ends the one before, whose settled state is measured (law 12)."""
        self.at_work = rule
        self.firings += 1
        if self.firings > MOST_FIRINGS:
            raise Fault(rule, f"more than {MOST_FIRINGS:,} firings in one trajectory")
        if now != self._instant:
            if self.gauges.touched:
                self.gauges.settle(self.s, self._instant)
            self._instant, self._in_instant = now, 0
            if self._recent:
                self._recent.clear()
        self._in_instant += 1
        if self._in_instant > CASCADE - 50:
            self._recent.append(rule)
            if self._in_instant > CASCADE:
                raise Fault(rule, f"more than {CASCADE:,} firings in one instant: {_cycle(self._recent)}")

    def _write(self, targets: Iterable[int], values: Iterable[Any], rule: str) -> list[int]:
        s, bounds = self.s, self.bounds
        changed = []
        for slot, value in zip(targets, values, strict=True):
            if s[slot] != value:
                limits = bounds[slot]
                if limits is not None and not limits[0] <= value <= limits[1]:
                    self._refuse(slot, value, limits, rule)
                if self.recorder is not None:
                    self.recorder.note_change(self, slot, value)
                s[slot] = value
                changed.append(slot)
        return changed

    def _refuse(self, slot: int, value: Any, limits: tuple[float, float], rule: str) -> None:
        """A value beyond its limits is an error; so is NaN, but for a variable that may be unknown."""
        name = self.program.names[slot]
        if value != value:
            if slot in self.program.may_be_unknown:
                return
            raise Fault(rule, f"{name} would become something that is not a number")
        if abs(value) > LARGEST:
            raise Fault(rule, f"{name} would become infinite")
        raise Fault(rule, f"{name} would become {value:g}, outside its range {limits[0]:g} to {limits[1]:g}")

    # ------------------------------------------------------------------ after a firing

    def _derive(self, changed: list[int]) -> None:
        """Compute again the derived names that depend on what changed, adding those whose value did."""
        code, s = self.program.derived_code, self.s
        for index in self.program.stale[tuple(changed)]:
            slot, function = code[index]
            value = function(s)
            if value != s[slot]:
                s[slot] = value
                changed.append(slot)

    def _look_again(self, changed: list[int], fired: int = -1) -> None:
        """Look at the clocks of every rule that reads what changed, and mark the measures that do (law 7)."""
        if changed:
            ranks, watched = self.program.heard_by[tuple(changed)]
            self.gauges.touched.update(watched)
            clocks, inert = self.clocks, self.at_rest
            for rank in ranks:
                if rank != fired and rank not in inert:
                    clocks[rank].look()
            for listener in self._listeners:
                listener(set(changed))
        if self.verify:
            self._verify()

    def _verify(self) -> None:
        """Every rule, looked at afresh, must agree with its clock (law 7)."""
        for index, (slot, function) in enumerate(self.program.derived_code):
            value = function(self.s)
            if value != self.s[slot] and value == value:
                name = self.program.model.derived[index].name
                raise AssertionError(f"{name} is {self.s[slot]} and should be {value}")
        for clock in self.clocks:
            if clock.code.rank in self.at_rest or clock.code.rank in self.committed:
                continue
            before = clock.waits_for()
            clock.look()
            if before != clock.waits_for():
                raise AssertionError(f"{clock.code.rule.name} should have been looked at and was not")

    # ------------------------------------------------------------------ failing

    def _guarded(self, action: Callable[[], Any]) -> None:
        """Do it; a fault ends this trajectory and no other."""
        if self.failure is not None:
            return
        try:
            action()
        except Fault as fault:
            self.failure = Failure(fault.rule, self.now, fault.message)
        except ParameterError as error:
            self.failure = Failure(self.at_work, self.now, str(error))


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
