"""The clock of a rule as a SimPy event that can be put on the queue, taken off it, and rung.

Each kind of clock answers three questions: what happens when what it reads has changed (`look`), when it is due
(`due`), and when its rule has fired (`rest`). A cancelled event stays on SimPy's queue and is ignored when it comes.
"""

from typing import TYPE_CHECKING, Any
from typing import Literal as OneOf

from simpy.events import Event

from escalation.chance.quantiles import ParameterError, exponential
from escalation.engines.program import RuleCode
from escalation.model.calendar import add_months
from escalation.model.process import Edge, Months, Periodic, Waiting

if TYPE_CHECKING:
    from escalation.engines.simpy import Simulation


class Fault(Exception):
    """A trajectory cannot go on: the rule that failed and a sentence that says why."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(rule, message)
        self.rule, self.message = rule, message


def _always(s: list[Any]) -> bool:
    return True


def never(s: list[Any]) -> bool:
    """What a clock without a condition of some kind goes by."""
    return False


def whole_wait(rule: str, duration: float, horizon: int, what: str) -> int:
    """A waiting time rounded up to whole milliseconds; one beyond the horizon is one longer than that.

    Raises:
        Fault: it is negative, or not a number.
    """
    if not duration >= 0.0:
        word = "negative" if duration < 0.0 else "not a number"
        raise Fault(rule, f"its {what} is {word} ({duration / 86_400_000:g} days)")
    if duration > horizon:
        return horizon + 1
    whole = int(duration)
    return whole if whole == duration else whole + 1


class Pause(Event):
    """A moment at which nothing happens: it only brings SimPy's time there. Decided from the start, as a timeout is."""

    def __init__(self, env: Any) -> None:
        self.env = env
        self.callbacks: list[Any] = []
        self._ok = True
        self._value = None


class Ring(Event):
    """The moment at which a clock is due, on SimPy's queue."""

    _ok = True
    _value = None

    def __init__(self, clock: "Clock") -> None:
        self.env = clock.simulation.env
        self.callbacks: list[Any] = [clock.ring]


class Clock:
    """What every kind of clock shares: its rule, its event on the queue, and how often it was armed.

    drawn_as: what the clock's own draw is in a log: a wait (milliseconds), or a hazard to spend.
    because, began: what its condition read as it was put on the queue, and when that was; kept for a log.
    total, drawn_at, seen: of the wait that was drawn last, its milliseconds, when it was drawn, and the values of what
    it read that can change (`RuleCode.seen`): what a branch needs to draw it anew, given that it has lasted so long.
    saved: the fields of its kind that a snapshot keeps besides those that every clock has.
    """

    drawn_as: OneOf["wait", "hazard"] = "wait"
    saved: tuple[str, ...] = ()

    def __init__(self, simulation: "Simulation", code: RuleCode) -> None:
        self.simulation = simulation
        self.code = code
        self.priority = simulation.priority_of(code.rank)
        self.condition = code.parts.get("condition", _always)
        self.armed = 0
        self.event: Ring | None = None
        self.due_at = -1
        self.drawn: float | None = None
        self.because: tuple[tuple[str, Any], ...] = ()
        self.began = -1
        self.total = -1
        self.drawn_at = -1
        self.seen: tuple[Any, ...] = ()

    def start(self) -> None:
        """Begin at the first instant."""
        self.look()

    def look(self) -> None:
        """What the clock reads may have changed."""

    def due(self) -> None:
        """The moment has come: most clocks fire."""
        self.simulation.fire(self)

    def rest(self) -> None:
        """The rule has fired."""
        self.look()

    def begin(self, wait: int = 0) -> None:
        """Another clock starts this one."""

    def waits_for(self) -> tuple[Any, ...]:
        """What is on the queue for this clock and how often it was armed: the same until a look changes something."""
        return self.event, self.due_at, self.armed

    def fires_now(self) -> bool:
        """Whether the event that is due in this instant is a firing."""
        return self.event is not None and self.due_at == self.simulation.env.now

    def ring(self, event: Event) -> None:
        """SimPy has come to an event of this clock."""
        if event is self.event:
            self.event = None
            self.due()

    def schedule(self, wait: int) -> None:
        """Be due `wait` milliseconds from now; beyond the horizon nothing is put on the queue."""
        simulation = self.simulation
        if simulation.committed and self.code.rank in simulation.committed:
            return
        if simulation.recorder is not None:
            simulation.recorder.note_enabled(self)
        self.due_at = simulation.env.now + wait
        if self.due_at > simulation.horizon:
            self.event = None
            return
        self.event = Ring(self)
        simulation.env.schedule(self.event, self.priority, wait)

    def cancel(self) -> None:
        """Be due no longer. A choice that is being carried out in this instant stays."""
        simulation = self.simulation
        if simulation.committed and self.code.rank in simulation.committed:
            return
        if simulation.recorder is not None and self.due_at >= 0:
            simulation.recorder.note_disabled(self)
        self.event = None
        self.due_at = -1

    def realise(self, part: str, number: int) -> float:
        """The value of a part of the clock that is drawn or computed now."""
        simulation = self.simulation
        try:
            return self.code.parts[part](simulation.s, simulation.env.now, simulation.u, number)
        except ParameterError as error:
            raise Fault(self.code.rule.name, str(error)) from None

    def draw_wait(self, part: str, number: int, what: str) -> int:
        """Draw how long to wait, in whole milliseconds, and keep what that was drawn with."""
        simulation, s = self.simulation, self.simulation.s
        self.drawn = self.realise(part, number)
        self.total = self.whole(self.drawn, what)
        self.drawn_at = simulation.env.now
        if self.code.seen:
            self.seen = tuple([s[slot] for slot in self.code.seen])
        return self.total

    def whole(self, duration: float, what: str) -> int:
        """A waiting time rounded up to whole milliseconds (law 1); endless waits go beyond the horizon."""
        return whole_wait(self.code.rule.name, duration, self.simulation.horizon, what)


class DatedClock(Clock):
    """Fires once, at an instant that the future fixes, if its condition holds then."""

    saved = ("at", "waits")

    def __init__(self, simulation: "Simulation", code: RuleCode) -> None:
        super().__init__(simulation, code)
        self.at = -1
        self.waits = False

    def start(self) -> None:
        """Evaluate the date with the future's draws."""
        simulation, name = self.simulation, self.code.rule.name
        at = self.code.parts["at"](simulation.s, 0, simulation.future_uniforms, 0)
        if not at >= 0.0:
            raise Fault(name, f"its date lies {-at / 86_400_000:g} days before the start")
        self.at = self.whole(at, "date")
        self.look()

    def look(self) -> None:
        """Wait for the date while the condition holds; a date that has passed is gone."""
        left = self.at - self.simulation.env.now
        holds = left >= 0 and self.condition(self.simulation.s)
        if holds and not self.waits:
            self.schedule(left)
        elif self.waits and not holds:
            self.cancel()
        self.waits = holds

    def rest(self) -> None:
        """It never fires again."""
        self.at = -1
        self.waits = False


class PeriodicClock(Clock):
    """Fires every period, from the start, from a date, or from when its condition became true.

    total is -1 while the present wait is for a first date or a step of the calendar.
    """

    saved = ("first", "running", "base", "steps", "total", "drawn_at", "seen")

    def __init__(self, simulation: "Simulation", code: RuleCode) -> None:
        super().__init__(simulation, code)
        clock = code.rule.clock
        assert isinstance(clock, Periodic)
        self.months = clock.every.count if isinstance(clock.every, Months) else 0
        self.first = -1
        self.running = False
        self.base = 0
        self.steps = 0

    def start(self) -> None:
        """Evaluate the first date, from which months are then counted."""
        if "first" in self.code.parts:
            self.first = self.base = self.whole(self.realise("first", 0), "first date")
        self.look()

    def look(self) -> None:
        """Start a period when the condition becomes true, stop when it falls."""
        holds = self.condition(self.simulation.s)
        if holds and not self.running:
            self.running = True
            self._arm()
        elif not holds and self.running:
            self.running = False
            self.cancel()

    def rest(self) -> None:
        """The next period begins, unless the firing ended the condition."""
        self.running = self.condition(self.simulation.s)
        if self.running:
            self._arm()

    def _arm(self) -> None:
        number, now = self.armed, self.simulation.env.now
        self.armed += 1
        self.total = -1
        if self.first > now or (self.first == now and number == 0):
            self.schedule(self.first - now)
        elif self.months:
            self.schedule(self._next_month(now) - now)
        else:
            self.schedule(self.draw_wait("every", number, "period"))

    def _next_month(self, now: int) -> int:
        """The first step of the calendar that lies after now, counted from the start or from the first date."""
        start = self.simulation.program.start
        while (due := add_months(start, self.base, self.steps * self.months)) <= now:
            self.steps += 1
        return due


class HazardClock(Clock):
    """A hazard, constant between firings; when it changes the spent hazard is kept (Kurtz's random time change)."""

    drawn_as = "hazard"
    saved = ("rate", "spent", "since", "needed")

    def __init__(self, simulation: "Simulation", code: RuleCode) -> None:
        super().__init__(simulation, code)
        self.rate_of = code.parts["rate"]
        self.rate = 0.0
        self.spent = 0.0
        self.since = 0
        self.needed = -1.0

    def look(self) -> None:
        """Spend what has run at the old rate, and be due when the rest is spent at the new one."""
        simulation, s = self.simulation, self.simulation.s
        rate = self.rate_of(s) if self.condition(s) else 0.0
        if rate == self.rate:
            return
        if not rate >= 0.0:
            word = "negative" if rate < 0.0 else "not a number"
            raise Fault(self.code.rule.name, f"its rate is {word} ({rate * 86_400_000:g} a day)")
        now = simulation.env.now
        if self.rate > 0.0 and now > self.since:
            self.spent += self.rate * (now - self.since)
        self.since, self.rate = now, rate
        if rate > 0.0:
            self._wait()
        else:
            self.cancel()

    def rest(self) -> None:
        """A fresh exponential, at the rate that holds after the firing."""
        self.armed += 1
        self.needed = -1.0
        self.spent = self.rate = 0.0
        self.since = self.simulation.env.now
        self.look()

    def _wait(self) -> None:
        if self.needed < 0.0:
            self.needed = self.drawn = exponential(self.simulation.u[self.code.hazard_stream](self.armed), 1.0)
        left = self.needed - self.spent
        self.schedule(self.whole(left / self.rate, "waiting time") if left > 0.0 else 0)


class WaitingClock(Clock):
    """A delay drawn when the condition becomes true, which runs while `running` holds too."""

    saved = ("holds", "left", "total", "moving", "drawn_at", "seen")

    def __init__(self, simulation: "Simulation", code: RuleCode) -> None:
        super().__init__(simulation, code)
        clock = code.rule.clock
        assert isinstance(clock, Waiting)
        self.memory = clock.memory
        self.running = code.parts.get("running", _always)
        self.holds = False
        self.left = -1
        """Milliseconds still to run, as it last began to move or stood still; -1 until drawn."""
        self.moving = False

    def look(self) -> None:
        """Draw when the condition becomes true; run, stand still, or stop."""
        s = self.simulation.s
        holds = self.condition(s)
        if holds and not self.holds and self.left < 0:
            self.left = self.draw_wait("after", self.armed, "delay")
            self.armed += 1
        moving = holds and self.running(s)
        if moving and not self.moving:
            self.schedule(self.left)
        elif self.moving and not moving:
            self.left = max(0, self.due_at - self.simulation.env.now)
            self.cancel()
        self.moving = moving
        if self.holds and not holds:
            self._forget()
        self.holds = holds

    def rest(self) -> None:
        """The delay is over; if the condition still holds, a new one begins."""
        self.left = self.total = -1
        self.holds = self.moving = False
        self.look()

    def _forget(self) -> None:
        if self.memory == "restart":
            self.left = self.total = -1
        elif self.memory == "keep":
            self.left = self.total


class EdgeClock(Clock):
    """A condition that becomes true and lasts; then the rule fires, at once or after a delay."""

    saved = ("holds", "total", "drawn_at", "seen")

    def __init__(self, simulation: "Simulation", code: RuleCode) -> None:
        super().__init__(simulation, code)
        clock = code.rule.clock
        assert isinstance(clock, Edge)
        self.reversible, self.restarts = clock.reversible, clock.overlap == "restart"
        self.unless = code.parts.get("unless", never)
        self.holds = False
        self.delay = DelayClock(simulation, code, self) if clock.after is not None else None

    def look(self) -> None:
        """Start lasting at a rise, stop at a fall; withdraw a running delay."""
        s, delay = self.simulation.s, self.delay
        holds = self.condition(s)
        if holds and not self.holds:
            if delay is None or not delay.runs or self.restarts:
                self.schedule(self.whole(self.realise("lasting", 0), "`for`"))
        elif self.holds and not holds:
            self.cancel()
            if delay is not None and delay.runs and self.reversible:
                delay.cancel()
        self.holds = holds
        if delay is not None and delay.runs and self.unless(s):
            delay.cancel()

    def due(self) -> None:
        """The condition has lasted: fire, or draw the delay. `unless` true at this moment means no trigger."""
        self.due_at = -1
        if self.code.rank not in self.simulation.committed and self.prevented():
            return
        if self.delay is None:
            self.simulation.fire(self)
            return
        self.delay.cancel()
        wait = self.draw_wait("after", self.armed, "delay")
        self.armed += 1
        self.delay.begin(wait)

    def rest(self) -> None:
        """The condition must fall before it triggers again; a delay that a decision made needless is withdrawn."""
        if self.delay is not None:
            self.delay.cancel()
        self.look()

    def prevented(self) -> bool:
        """Whether `unless` holds."""
        return bool(self.unless(self.simulation.s))

    def waits_for(self) -> tuple[Any, ...]:
        """Its own event and its delay's."""
        return super().waits_for() + (self.delay.waits_for() if self.delay is not None else ())

    def fires_now(self) -> bool:
        """Whether this instant brings a firing."""
        if self.delay is not None:
            return self.delay.fires_now()
        return super().fires_now() and not self.prevented()


class DelayClock(Clock):
    """The delay of an edge, which runs beside it."""

    def __init__(self, simulation: "Simulation", code: RuleCode, edge: EdgeClock) -> None:
        super().__init__(simulation, code)
        self.edge = edge
        self.runs = False

    def begin(self, wait: int = 0) -> None:
        """Run for `wait` milliseconds."""
        self.runs = True
        self.schedule(wait)

    def cancel(self) -> None:
        """Withdraw."""
        if self.runs:
            super().cancel()
            self.runs = self.code.rank in self.simulation.committed

    def due(self) -> None:
        """The delay is over."""
        self.runs = False
        self.simulation.fire(self.edge)
