"""A log of firings for people: what made each true, what it drew, what it enabled and cancelled."""

from typing import TYPE_CHECKING, Any

from escalation.expressions.tree import Draw, walk
from escalation.model.evaluate import evaluate
from escalation.model.process import Edge, Following, Value
from escalation.model.trajectory import ClockDraw, Firing

if TYPE_CHECKING:
    from escalation.engines.clocks import Clock
    from escalation.engines.program import RuleCode
    from escalation.engines.simpy import Simulation


class Recorder:
    """Listens to one simulation; reading it changes nothing."""

    def __init__(self) -> None:
        self.firings: list[Firing] = []
        self._enabled: set[str] = set()
        self._disabled: set[str] = set()
        self._changed: list[tuple[str, Any, Any]] = []
        self._realised: dict[int, tuple[tuple[str, Value], ...]] = {}
        self._open: tuple[Any, ...] | None = None

    def note_enabled(self, clock: "Clock") -> None:
        """A clock was put on the queue: remember the values that its condition read."""
        s = clock.simulation.s
        clock.because = tuple((name, s[slot]) for name, slot in clock.code.because)
        clock.began = clock.simulation.now
        name = clock.code.rule.name
        if name in self._disabled:
            self._disabled.discard(name)
        elif clock.due_at <= clock.simulation.now:  # One that was still to come is only due at another time.
            self._enabled.add(name)

    def note_disabled(self, clock: "Clock") -> None:
        """A clock was taken off the queue."""
        name = clock.code.rule.name
        if name in self._enabled:
            self._enabled.discard(name)
        else:
            self._disabled.add(name)

    def note_change(self, simulation: "Simulation", slot: int, value: Any) -> None:
        """A variable is about to be written."""
        self._changed.append((simulation.program.names[slot], simulation.s[slot], value))

    def note_realised(self, simulation: "Simulation", code: "RuleCode", number: int) -> None:
        """A rule has drawn and read its effect: keep its draws as they are, before anything is written."""
        s = simulation.s
        drawn = [(name, s[slot]) for slot, name, _ in code.draws]
        if any(isinstance(part, Draw) for assign in code.rule.effect for part in walk(assign.value)):
            drawn += _drawn_in_effect(simulation, code, number)
        self._realised[code.rank] = tuple(drawn)

    def open(self, simulation: "Simulation", clock: "Clock", number: int) -> None:
        """A rule fires: its draws have been realised, nothing has been written."""
        code, began, follows = clock.code, None, ""
        because = tuple((name, simulation.s[slot]) for name, slot in code.because)
        if isinstance(code.rule.clock, Edge):
            began = clock.began if clock.began >= 0 else None
            if "after" in code.parts:
                # A delay fires whether or not its condition still holds: what started it is told.
                because = clock.because
        elif isinstance(code.rule.clock, Following):
            because, began, follows = clock.because, clock.began, code.rule.clock.leader
        own = None if clock.drawn is None else ClockDraw(clock.drawn_as, clock.drawn)
        draws = self._realised.pop(code.rank, ())
        self._open = (simulation.now, code.rule.name, number, because, draws, began, follows, own)
        self._enabled, self._disabled, self._changed = set(), set(), []

    def close(self) -> None:
        """Everything that reads what changed has been looked at."""
        assert self._open is not None
        time, rule, number, because, draws, *how = self._open
        changed, enabled, disabled = tuple(self._changed), tuple(sorted(self._enabled)), tuple(sorted(self._disabled))
        self.firings.append(Firing(time, rule, number, because, draws, changed, enabled, disabled, *how))


def _drawn_in_effect(simulation: "Simulation", code: "RuleCode", number: int) -> list[tuple[str, Value]]:
    """Each draw that the effect made, by its address; what stands in an untaken branch was not drawn."""
    made: list[str] = []

    def uniform(stream: str) -> float:
        made.append(stream)
        return simulation.luck.stream(stream).uniform(number)

    values, now, found = simulation.values(), simulation.now, {}
    for assign in code.rule.effect:
        evaluate(assign.value, values, uniform, now)
        for part in walk(assign.value):
            if isinstance(part, Draw) and part.stream in made:
                found[part.stream] = evaluate(part, values, uniform, now)
    return list(found.items())
