"""The clocks of rules as instructions: the twin of `engines.clocks`, kind by kind and step by step.

A clock's alarm is one 64-bit key: the instant shifted left, and in the low bits the alarm's place in the order of ties;
the least key is the next alarm. An edge with a delay has two alarms, its delay's first, as SimPy would have them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from math import ceil

from escalation.engines.compiled.expressions import Place
from escalation.engines.compiled.layout import NEVER
from escalation.engines.compiled.state import State
from escalation.engines.compiled.text import ZERO, Text, double, number_of
from escalation.expressions.tree import Expr
from escalation.model.process import Months, Periodic, Rule
from escalation.model.streams import hazard_stream


class Clock:
    """What every kind shares: fields of its own, its alarms, and how a waiting time is made whole.

    alarms: how many the kind has.
    """

    alarms = 1

    def __init__(self, state: State, rank: int, rule: Rule) -> None:
        self.state, self.rank, self.rule = state, rank, rule
        self.lowering = state.lowering
        self.first_alarm = -1
        """The place of its first alarm, told when all rules have been counted."""
        self.needed = False

    def field(self, name: str, first: int | float = 0) -> int:
        """The place of one of its words, and its value at the beginning."""
        return self.state.layout.word("clock", self.rank, name, first=first)

    def place(self, number: str = "0", now: str = "%now") -> Place:
        """Where its expressions are computed."""
        return Place(self.rank, number, now)

    def part(self, name: str) -> Expr | None:
        """A tree of its clock, or None."""
        return getattr(self.rule.clock, name, None)

    def holds(self, text: Text, name: str, otherwise: str) -> str:
        """A condition of the clock as a truth."""
        node = self.part(name)
        return otherwise if node is None else self.lowering.truth(text, node, self.place())

    def drawn(self, text: Text, value: str) -> None:
        """Keep what it drew, for a log."""
        text.store("double", value, self.state.drawn(self.rank))

    def realise(self, text: Text, part: str, number: str) -> str:
        """The value of a part that is drawn or computed now, as a double."""
        node = self.part(part)
        assert node is not None
        return self.lowering.stored(text, node, self.place(number))

    def whole(self, text: Text, duration: str) -> str:
        """A waiting time rounded up to whole milliseconds; a negative one or a NaN is a fault."""
        known = number_of(duration)
        if known is not None and known >= 0.0:
            return str(min(ceil(min(known, 2.0**62)), self.state.horizon + 1))
        with text.when(text.let(f"fcmp ult double {duration}, {ZERO}")):
            self.lowering.fault(text, self.place())
        return self.state.rounded_up(text, duration)

    @contextmanager
    def unless_committed(self, text: Text) -> Iterator[None]:
        """A choice that is being carried out in this instant stays as it is."""
        if self.state.is_simultaneous(self.rule):
            committed = text.load_truth(self.state.committed(self.rank))
            with text.when(text.negate(committed)):
                yield
        else:
            yield

    def key_place(self, alarm: int = 0) -> int:
        """Where an alarm's key lies."""
        return self.state.key_place(self.first_alarm + alarm)

    def key(self, text: Text, due: str, alarm: int = 0) -> str:
        """The key of one of its alarms that is due at an instant."""
        return self.state.key(text, due, self.first_alarm + alarm)

    def schedule(self, text: Text, wait: str, alarm: int = 0, due_at: int | None = None) -> None:
        """Be due `wait` milliseconds from now."""
        with self.unless_committed(text):
            due = text.let(f"add i64 %now, {wait}")
            if due_at is not None:
                text.store("i64", due, due_at)
            text.store("i64", self.key(text, due, alarm), self.key_place(alarm))

    def cancel(self, text: Text, alarm: int = 0) -> None:
        """Be due no longer."""
        with self.unless_committed(text):
            text.store("i64", str(NEVER), self.key_place(alarm))

    def is_due(self, text: Text, alarm: int = 0) -> str:
        """Whether an alarm is due in this instant."""
        due = text.let(f"lshr i64 {text.load('i64', self.key_place(alarm))}, {self.state.shift}")
        return text.let(f"icmp eq i64 {due}, %now")

    # ------------------------------------------------------------------ what the kinds do

    def start(self, text: Text) -> None:
        """Begin at the first instant; `%now` is 0."""
        self.call_look(text)

    def look(self, text: Text) -> None:
        """What the clock reads may have changed."""
        raise NotImplementedError

    def rest(self, text: Text) -> None:
        """The rule has fired."""
        raise NotImplementedError

    def is_firing(self, alarm: int) -> bool:
        """Whether an alarm is a firing and nothing else."""
        return True

    def due(self, text: Text, alarm: int) -> None:
        """The moment of an alarm has come; its key is `never` again."""
        text.call(f"fire_{self.rank}")

    def fires_now(self, text: Text) -> str:
        """Whether this instant still brings a firing."""
        return self.is_due(text)

    def call_look(self, text: Text) -> None:
        """Look at it by its own function."""
        self.needed = True
        text.call(f"look_{self.rank}")

    def functions(self) -> list[str]:
        """Further functions of its own."""
        return []


class DatedClock(Clock):
    """Fires once, at an instant that the future fixes, if its condition holds then."""

    def start(self, text: Text) -> None:
        """Evaluate the date with the draws of the future."""
        node = self.part("at")
        assert node is not None
        at = self.lowering.stored(text, node, Place(self.rank, "0", "0", future=True))
        text.store("i64", self.whole(text, at), self.field("at", -1))
        self.call_look(text)

    def look(self, text: Text) -> None:
        """Wait for the date while the condition holds; a date that has passed is gone."""
        left = text.let(f"sub i64 {text.load('i64', self.field('at', -1))}, %now")
        ahead = text.let(f"icmp sge i64 {left}, 0")
        holds = text.both(ahead, self.holds(text, "condition", "true"))
        waits = text.load_truth(self.field("waits"))
        with text.when(text.both(holds, text.negate(waits))):
            self.schedule(text, left)
        with text.when(text.both(waits, text.negate(holds))):
            self.cancel(text)
        text.store_truth(holds, self.field("waits"))

    def rest(self, text: Text) -> None:
        """It never fires again."""
        text.store("i64", "-1", self.field("at", -1))
        text.store("i64", "0", self.field("waits"))


class PeriodicClock(Clock):
    """Fires every period, from the start, from a date, or from when its condition became true."""

    def start(self, text: Text) -> None:
        """Evaluate the first date, from which months are then counted."""
        if self.part("first") is not None:
            first = self.whole(text, self.realise(text, "first", "0"))
            text.store("i64", first, self.field("first", -1))
            text.store("i64", first, self.field("base"))
        self.call_look(text)

    def look(self, text: Text) -> None:
        """Start a period when the condition becomes true, stop when it falls."""
        holds = self.holds(text, "condition", "true")
        running = text.load_truth(self.field("running"))
        with text.when(text.both(holds, text.negate(running))):
            text.store("i64", "1", self.field("running"))
            self._arm(text)
        with text.when(text.both(running, text.negate(holds))):
            text.store("i64", "0", self.field("running"))
            self.cancel(text)

    def rest(self, text: Text) -> None:
        """The next period begins, unless the firing ended the condition."""
        holds = self.holds(text, "condition", "true")
        text.store_truth(holds, self.field("running"))
        with text.when(holds):
            self._arm(text)

    def _arm(self, text: Text) -> None:
        number = text.add_to(self.field("armed"))
        if self.part("first") is None:
            self._next(text, number)
            return
        first = text.load("i64", self.field("first", -1))
        later = text.let(f"icmp sgt i64 {first}, %now")
        here = text.both(text.let(f"icmp eq i64 {first}, %now"), text.let(f"icmp eq i64 {number}, 0"))
        yes, no, after = text.label(), text.label(), text.label()
        text.branch(text.either(later, here), yes, no)
        text.begin(yes)
        self.schedule(text, text.let(f"sub i64 {first}, %now"))
        text.jump(after)
        text.begin(no)
        self._next(text, number)
        text.jump(after)
        text.begin(after)

    def _next(self, text: Text, number: str) -> None:
        clock = self.rule.clock
        assert isinstance(clock, Periodic)
        if isinstance(clock.every, Months):
            self._next_month(text, clock.every.count)
            return
        every = self.realise(text, "every", number)
        self.drawn(text, every)
        self.schedule(text, self.whole(text, every))

    def _next_month(self, text: Text, months: int) -> None:
        """The first step of the calendar that lies after now, counted from the start or from the first date."""
        again, further, after = text.label(), text.label(), text.label()
        base = text.load("i64", self.field("base"))
        text.jump(again)
        text.begin(again)
        steps = text.load("i64", self.field("steps"))
        count = text.let(f"mul i64 {steps}, {months}")
        start = date.fromisoformat(self.state.model.start).toordinal()
        due = text.let(f"call i64 @add_months(i64 {start}, i64 {base}, i64 {count})")
        self.state.calendar = True
        text.branch(text.let(f"icmp sle i64 {due}, %now"), further, after)
        text.begin(further)
        text.add_to(self.field("steps"))
        text.jump(again)
        text.begin(after)
        self.schedule(text, text.let(f"sub i64 {due}, %now"))


class HazardClock(Clock):
    """A hazard, constant between firings; when it changes the spent hazard is kept (Kurtz's random time change)."""

    def look(self, text: Text) -> None:
        """Spend what has run at the old rate, and be due when the rest is spent at the new one."""
        rate, before = self._rate(text), text.load("double", self.field("rate", 0.0))
        with text.when(text.let(f"fcmp une double {rate}, {before}")):
            self._require(text, rate)
            ran = text.let(f"sub i64 %now, {text.load('i64', self.field('since'))}")
            running = text.let(f"fcmp ogt double {before}, {ZERO}")
            spent = text.load("double", self.field("spent", 0.0))

            def spend() -> str:
                used = text.let(f"fmul double {before}, {text.let(f'sitofp i64 {ran} to double')}")
                return text.let(f"fadd double {spent}, {used}")

            spent_now = text.instead(text.both(running, text.let(f"icmp sgt i64 {ran}, 0")), spent, spend)
            text.store("double", spent_now, self.field("spent", 0.0))
            text.store("i64", "%now", self.field("since"))
            text.store("double", rate, self.field("rate", 0.0))
            self._wait_or_cancel(text, rate)

    def rest(self, text: Text) -> None:
        """A fresh exponential, at the rate that holds after the firing."""
        text.add_to(self.field("armed"))
        text.store("double", ZERO, self.field("spent", 0.0))
        text.store("i64", "%now", self.field("since"))
        if self.state.many:
            # The look does the same, as at a rate that rises from 0: half the text, two nanoseconds more.
            text.store("double", double(-1.0), self.field("needed", -1.0))
            text.store("double", ZERO, self.field("rate", 0.0))
            self.call_look(text)
            return
        rate = self._rate(text)
        self._require(text, rate)
        text.store("double", rate, self.field("rate", 0.0))
        runs = self._is_positive(text, rate)
        if runs != "true":
            text.store("double", double(-1.0), self.field("needed", -1.0))
        with text.when(runs):
            needed = self._draw(text)
            # Nothing is spent, and what is needed is above 0.
            self.schedule(text, self.state.rounded_up(text, text.let(f"fdiv double {needed}, {rate}")))

    def _is_positive(self, text: Text, rate: str) -> str:
        known = number_of(rate)
        if known is None:
            return text.let(f"fcmp ogt double {rate}, {ZERO}")
        return "true" if known > 0.0 else "false"

    def _rate(self, text: Text) -> str:
        node = self.part("rate")
        assert node is not None
        holds = self.holds(text, "condition", "true")
        if holds == "false":
            return ZERO
        rate = self.lowering.number(text, node, self.place())
        return rate if holds == "true" else text.let(f"select i1 {holds}, double {rate}, double {ZERO}")

    def _require(self, text: Text, rate: str) -> None:
        known = number_of(rate)
        if known is not None and known >= 0.0:
            return
        with text.when(text.let(f"fcmp ult double {rate}, {ZERO}")):
            self.lowering.fault(text, self.place())

    def _wait_or_cancel(self, text: Text, rate: str) -> None:
        def run() -> None:
            kept = text.load("double", self.field("needed", -1.0))
            undrawn = text.let(f"fcmp olt double {kept}, {ZERO}")
            needed = text.instead(undrawn, kept, lambda: self._draw(text))
            spent = text.load("double", self.field("spent", 0.0))
            self._wait(text, rate, text.let(f"fsub double {needed}, {spent}"))

        text.choose(self._is_positive(text, rate), run, lambda: self.cancel(text))

    def _draw(self, text: Text) -> str:
        place = self.place(text.load("i64", self.field("armed")))
        needed = self.lowering.made(text, hazard_stream(self.rule), "hazard", (), place)
        text.store("double", needed, self.field("needed", -1.0))
        self.drawn(text, needed)
        return needed

    def _wait(self, text: Text, rate: str, left: str) -> None:
        """What is left of the hazard, at this rate; what is spent is due now."""
        positive = text.let(f"fcmp ogt double {left}, {ZERO}")
        ratio = text.let(f"fdiv double {left}, {rate}")
        # Both are numbers above 0 where their ratio is taken, so that it is one.
        self.schedule(
            text, self.state.rounded_up(text, text.let(f"select i1 {positive}, double {ratio}, double {ZERO}"))
        )
