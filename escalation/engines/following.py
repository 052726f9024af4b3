"""The clock of a rule that follows another: a pool of delays, each with what the leader drew."""

from typing import TYPE_CHECKING, Any, NamedTuple

from simpy.events import Event

from escalation.engines.clocks import Clock, Fault, Ring, never
from escalation.engines.program import RuleCode
from escalation.model.process import Following

if TYPE_CHECKING:
    from escalation.engines.simpy import Simulation


class UnderWay(NamedTuple):
    """A delay of a pool: what the leader drew, when it fired, the delay's own draw with its number, and as `Clock`."""

    carried: tuple[Any, ...]
    began: int
    number: int
    drawn: float
    total: int
    seen: tuple[Any, ...]


class FollowingClock(Clock):
    """A pool of delays, one for each firing of the leader that is still on its way, in order of their beginning."""

    def __init__(self, simulation: "Simulation", code: RuleCode) -> None:
        super().__init__(simulation, code)
        clock = code.rule.clock
        assert isinstance(clock, Following)
        program = simulation.program
        self.capacity, self.restarts, self.leader = clock.capacity, clock.overlap == "restart", clock.leader
        self.unless = code.parts.get("unless", never)
        rank = program.by_name.get(clock.leader)
        # A ladder whose condition is always true has no rule that withdraws, which may yet be followed.
        draws = program.rules[rank].rule.draws if rank is not None else ()
        self.carried_names = tuple(draw.target for draw in draws)
        self.carried_slots = tuple(program.slots[name] for name in self.carried_names)
        self.under_way: dict[Ring, UnderWay] = {}

    def look(self) -> None:
        """All delays are withdrawn as `unless` becomes true."""
        if self.under_way and self.unless(self.simulation.s):
            self.under_way.clear()
            if self.simulation.recorder is not None:
                self.simulation.recorder.note_disabled(self)

    def begin(self, wait: int = 0) -> None:
        """The leader has fired: one more delay, with what the leader drew; how long is drawn here."""
        simulation, number = self.simulation, self.armed
        self.armed += 1
        if self.unless(simulation.s):
            return
        if self.restarts:
            self.under_way.clear()
        elif len(self.under_way) >= self.capacity:
            raise Fault(self.code.rule.name, f"more than {self.capacity} of {self.leader} are on their way at once")
        drawn = self.realise("lag", number)
        total, s, now = self.whole(drawn, "delay"), simulation.s, simulation.env.now
        carried, seen = (tuple([s[slot] for slot in slots]) for slots in (self.carried_slots, self.code.seen))
        self.put_under_way(UnderWay(carried, now, number, drawn, total, seen))
        if simulation.recorder is not None:
            simulation.recorder.note_enabled(self)

    def put_under_way(self, delay: UnderWay) -> None:
        """One more delay runs; beyond the horizon nothing is put on the queue."""
        event, env = Ring(self), self.simulation.env
        self.under_way[event] = delay
        due = delay.began + delay.total
        if due <= self.simulation.horizon:
            env.schedule(event, self.priority, due - env.now)

    def ring(self, event: Event) -> None:
        """One of the delays is over: its leader's draws are as they were then."""
        found = self.under_way.pop(event, None)  # type: ignore[call-overload]
        if found is None:
            return
        carried, self.began, self.drawn = found.carried, found.began, found.drawn
        for slot, value in zip(self.carried_slots, carried, strict=True):
            self.simulation.s[slot] = value
        self.because = tuple(zip(self.carried_names, carried, strict=True))
        self.simulation.fire(self)

    def waits_for(self) -> tuple[Any, ...]:
        """Which delays run, and how many ever did."""
        return tuple(self.under_way), self.armed

    def fires_now(self) -> bool:
        """A following rule is nobody's choice."""
        return False

    def rest(self) -> None:
        """Others may still be on their way."""
        self.look()
