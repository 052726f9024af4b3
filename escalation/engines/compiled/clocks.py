"""The clocks of rules as instructions: the twin of `engines.clocks`, kind by kind and step by step.

A clock's alarm is one 64-bit key: the instant shifted left, and in the low bits the alarm's place in the order of ties;
the least key is the next alarm. An edge with a delay has two alarms, its delay's first, as SimPy would have them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from math import ceil

from escalation.engines.compiled.expressions import Place
from escalation.engines.compiled.layout import NEVER, OWN, WORD
from escalation.engines.compiled.state import State
from escalation.engines.compiled.text import ZERO, Text, double, number_of
from escalation.expressions.tree import Expr
from escalation.model.process import Dated, Edge, Following, Hazard, Months, Periodic, Rule, Waiting
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
        return self.rounded_up(text, duration)

    def rounded_up(self, text: Text, duration: str) -> str:
        """A waiting time of 0 or more in whole milliseconds."""
        beyond = self.state.horizon + 1
        within = text.let(f"fcmp olt double {duration}, {double(beyond)}")
        short = text.let(f"select i1 {within}, double {duration}, double {double(beyond)}")
        down = text.let(f"fptosi double {short} to i64")
        above = text.let(f"fcmp olt double {text.let(f'sitofp i64 {down} to double')}, {short}")
        return text.let(f"add i64 {down}, {text.let(f'zext i1 {above} to i64')}")

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
        """The key of an instant; beyond the horizon it is never."""
        shifted = text.let(f"shl i64 {due}, {self.state.shift}")
        key = text.let(f"or i64 {shifted}, {self.first_alarm + alarm}")
        beyond = text.let(f"icmp sgt i64 {due}, {self.state.horizon}")
        return text.let(f"select i1 {beyond}, i64 {NEVER}, i64 {key}")

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
            self.schedule(text, self.rounded_up(text, text.let(f"fdiv double {needed}, {rate}")))

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
        self.schedule(text, self.rounded_up(text, text.let(f"select i1 {positive}, double {ratio}, double {ZERO}")))


class WaitingClock(Clock):
    """A delay drawn when the condition becomes true, which runs while `running` holds too."""

    def look(self, text: Text) -> None:
        """Draw when the condition becomes true; run, stand still, or stop."""
        holds = self.holds(text, "condition", "true")
        if self._is_simple():
            held = text.load_truth(self.field("holds"))
            with text.when(text.differ(holds, held)):
                for name in ("holds", "moving"):
                    text.store_truth(holds, self.field(name))
                text.choose(holds, lambda: self._begin(text), lambda: self._end(text))
            return
        moving = text.both(holds, self.holds(text, "running", "true"))
        held, moved = text.load_truth(self.field("holds")), text.load_truth(self.field("moving"))
        differs = text.either(text.differ(holds, held), text.differ(moving, moved))
        with text.when(differs):
            self._change(text, (holds, held), (moving, moved))

    def _is_simple(self) -> bool:
        """Whether it runs whenever its condition holds, and keeps nothing."""
        clock = self.rule.clock
        assert isinstance(clock, Waiting)
        return clock.running is None and clock.memory == "restart"

    def _begin(self, text: Text) -> None:
        self._draw(text)
        self.schedule(text, text.load("i64", self.field("left", -1)), due_at=self.field("due_at", -1))

    def _end(self, text: Text) -> None:
        self.cancel(text)
        for name in ("left", "total"):
            text.store("i64", "-1", self.field(name, -1))

    def _change(self, text: Text, holding: tuple[str, str], going: tuple[str, str]) -> None:
        (holds, held), (moving, moved) = holding, going
        rises = text.both(holds, text.negate(held))
        with text.when(text.both(rises, text.let(f"icmp slt i64 {text.load('i64', self.field('left', -1))}, 0"))):
            self._draw(text)
        with text.when(text.both(moving, text.negate(moved))):
            self.schedule(text, text.load("i64", self.field("left", -1)), due_at=self.field("due_at", -1))
        with text.when(text.both(moved, text.negate(moving))):
            self._stand_still(text)
        text.store_truth(moving, self.field("moving"))
        with text.when(text.both(held, text.negate(holds))):
            self._forget(text)
        text.store_truth(holds, self.field("holds"))

    def rest(self, text: Text) -> None:
        """The delay is over; if the condition still holds, a new one begins."""
        for name in ("left", "total"):
            text.store("i64", "-1", self.field(name, -1))
        for name in ("holds", "moving"):
            text.store("i64", "0", self.field(name))
        self.call_look(text)

    def _draw(self, text: Text) -> None:
        number = text.add_to(self.field("armed"))
        after = self.realise(text, "after", number)
        self.drawn(text, after)
        whole = self.whole(text, after)
        for name in ("left", "total"):
            text.store("i64", whole, self.field(name, -1))

    def _stand_still(self, text: Text) -> None:
        left = text.let(f"sub i64 {text.load('i64', self.field('due_at', -1))}, %now")
        late = text.let(f"icmp slt i64 {left}, 0")
        text.store("i64", text.let(f"select i1 {late}, i64 0, i64 {left}"), self.field("left", -1))
        self.cancel(text)

    def _forget(self, text: Text) -> None:
        clock = self.rule.clock
        assert isinstance(clock, Waiting)
        if clock.memory == "restart":
            for name in ("left", "total"):
                text.store("i64", "-1", self.field(name, -1))
        elif clock.memory == "keep":
            text.store("i64", text.load("i64", self.field("total", -1)), self.field("left", -1))


class EdgeClock(Clock):
    """A condition that becomes true and lasts; then the rule fires, at once or after a delay."""

    def __init__(self, state: State, rank: int, rule: Rule) -> None:
        super().__init__(state, rank, rule)
        assert isinstance(rule.clock, Edge)
        self.clock = rule.clock
        self.delayed = rule.clock.after is not None
        self.alarms = 2 if self.delayed else 1
        self.trigger = self.alarms - 1
        """The alarm of the edge itself."""

    def look(self, text: Text) -> None:
        """Start lasting at a rise, stop at a fall; withdraw a running delay."""
        holds, held = self.holds(text, "condition", "true"), text.load_truth(self.field("holds"))
        with text.when(text.differ(holds, held)):
            text.store_truth(holds, self.field("holds"))
            text.choose(holds, lambda: self._rises(text), lambda: self._falls(text))
        if self.delayed and self.clock.unless is not None:
            with text.when(self.holds(text, "unless", "false")):
                self._cancel_delay(text)

    def _rises(self, text: Text) -> None:
        free = "true"
        if self.delayed and self.clock.overlap != "restart":
            free = text.negate(text.load_truth(self.field("runs")))
        with text.when(free):
            self.schedule(text, self.whole(text, self.realise(text, "lasting", "0")), self.trigger)

    def _falls(self, text: Text) -> None:
        self.cancel(text, self.trigger)
        if self.delayed and self.clock.reversible:
            self._cancel_delay(text)

    def _cancel_delay(self, text: Text) -> None:
        with text.when(text.load_truth(self.field("runs"))):
            self.cancel(text, 0)
            runs = "false"
            if self.state.is_simultaneous(self.rule):
                runs = text.load_truth(self.state.committed(self.rank))
            text.store_truth(runs, self.field("runs"))

    def is_firing(self, alarm: int) -> bool:
        """Without a delay and anything that prevents it."""
        return not self.delayed and self.clock.unless is None

    def due(self, text: Text, alarm: int) -> None:
        """The condition has lasted, and fires or draws the delay; or the delay is over."""
        if self.delayed and alarm == 0:
            text.store("i64", "0", self.field("runs"))
            super().due(text, alarm)
            return
        prevented = self.holds(text, "unless", "false")
        if self.state.is_simultaneous(self.rule):
            committed = text.load_truth(self.state.committed(self.rank))
            prevented = text.both(prevented, text.negate(committed))
        with text.when(text.negate(prevented)):
            if not self.delayed:
                super().due(text, alarm)
                return
            self._cancel_delay(text)
            after = self.realise(text, "after", text.add_to(self.field("armed")))
            self.drawn(text, after)
            text.store("i64", "1", self.field("runs"))
            self.schedule(text, self.whole(text, after), 0)

    def rest(self, text: Text) -> None:
        """The condition must fall before it triggers again; a delay that a decision made needless is withdrawn."""
        text.store("i64", str(NEVER), self.key_place(self.trigger))
        if self.delayed:
            self._cancel_delay(text)
        self.call_look(text)

    def fires_now(self, text: Text) -> str:
        """Whether this instant brings a firing."""
        due = self.is_due(text, 0)
        return due if self.delayed else text.both(due, text.negate(self.holds(text, "unless", "false")))


class FollowingClock(Clock):
    """A pool of delays, one for each firing of the leader that is still on its way, in the order of their beginning.

    Of each are kept: when it is due, what it drew, and the leader's draws.
    """

    def __init__(self, state: State, rank: int, rule: Rule) -> None:
        super().__init__(state, rank, rule)
        assert isinstance(rule.clock, Following)
        self.clock = rule.clock
        leader = next((other for other in state.model.rules if other.name == rule.clock.leader), None)
        self.carried = tuple(state.slots[draw.target] for draw in leader.draws) if leader is not None else ()
        self.wide = 2 + len(self.carried)
        self.pool = state.layout.words("clock", rank, "pool", count=self.wide * self.clock.capacity)

    def start(self, text: Text) -> None:
        """Nothing is on its way; the first look of the SimPy engine does nothing either."""

    def look(self, text: Text) -> None:
        """All delays are withdrawn as `unless` becomes true."""
        if self.clock.unless is not None:
            with text.when(self.holds(text, "unless", "false")):
                self._clear(text)

    def rest(self, text: Text) -> None:
        """Others may still be on their way."""
        self.look(text)

    def fires_now(self, text: Text) -> str:
        """A following rule is nobody's choice."""
        return "false"

    def _clear(self, text: Text) -> None:
        text.store("i64", "0", self.field("under_way"))
        text.store("i64", str(NEVER), self.key_place())

    def functions(self) -> list[str]:
        """What the leader's firing calls, what finds the delay that is over, and what takes it out of the pool."""
        return [self._begin().finished(), self._take().finished()]

    def _begin(self) -> Text:
        """The leader has fired: one more delay, with what the leader drew."""
        text = Text(f"void @begin_{self.rank}(ptr %s, i64 %now)")
        number = text.add_to(self.field("armed"))
        with text.when(text.negate(self.holds(text, "unless", "false"))):
            if self.clock.overlap == "restart":
                self._clear(text)
            count = text.load("i64", self.field("under_way"))
            full, room, after = text.label(), text.label(), text.label()
            text.branch(text.let(f"icmp sge i64 {count}, {self.clock.capacity}"), full, room)
            text.begin(full)
            self.lowering.fault(text, self.place())
            text.jump(after)
            text.begin(room)
            self._append(text, count, number)
            text.jump(after)
            text.begin(after)
        return text

    def _append(self, text: Text, count: str, number: str) -> None:
        lag = self.realise(text, "lag", number)
        due = text.let(f"add i64 %now, {self.whole(text, lag)}")
        entry = self._entry(text, count)
        text.store("i64", due, 0, entry)
        text.store("double", lag, WORD, entry)
        for index, slot in enumerate(self.carried):
            text.store("double", text.load("double", self.state.slot_place(slot)), (2 + index) * WORD, entry)
        text.store("i64", text.let(f"add i64 {count}, 1"), self.field("under_way"))
        before = text.load("i64", self.key_place())
        key = self.key(text, due)
        sooner = text.let(f"icmp slt i64 {key}, {before}")
        text.store("i64", text.let(f"select i1 {sooner}, i64 {key}, i64 {before}"), self.key_place())

    def _entry(self, text: Text, index: str) -> str:
        offset = text.let(f"mul i64 {index}, {self.wide * WORD}")
        return text.let(f"getelementptr i8, ptr {text.place(self.pool)}, i64 {offset}")

    def is_firing(self, alarm: int) -> bool:
        """First it must leave the pool."""
        return False

    def due(self, text: Text, alarm: int) -> None:
        """The first delay that is due now: its leader's draws are as they were then."""
        text.do(f"call void @take_{self.rank}(ptr %s, i64 %now)")
        super().due(text, alarm)

    def _take(self) -> Text:
        text = Text(f"void @take_{self.rank}(ptr %s, i64 %now)")
        find, further, found = text.label(), text.label(), text.label()
        text.jump(find)
        text.begin(find)
        index = "%index"
        text.lines.append(f"  {index} = phi i64 [ 0, %entry ], [ %index.next, %{further} ]")
        entry = self._entry(text, index)
        text.branch(text.let(f"icmp eq i64 {text.load('i64', 0, entry)}, %now"), found, further)
        text.begin(further)
        text.lines.append(f"  %index.next = add i64 {index}, 1")
        text.jump(find)
        text.begin(found)
        drawn = text.load("double", WORD, entry)
        self.drawn(text, drawn)
        text.store("double", drawn, OWN)
        for place, slot in enumerate(self.carried):
            text.store("double", text.load("double", (2 + place) * WORD, entry), self.state.slot_place(slot))
        count = text.let(f"add i64 {text.load('i64', self.field('under_way'))}, -1")
        text.store("i64", count, self.field("under_way"))
        self._close_up(text, entry, index, count)
        return text

    def _close_up(self, text: Text, entry: str, index: str, count: str) -> None:
        """Those behind it move up, and the key is that of the soonest."""
        behind = text.let(f"mul i64 {text.let(f'sub i64 {count}, {index}')}, {self.wide * WORD}")
        source = text.let(f"getelementptr i8, ptr {entry}, i64 {self.wide * WORD}")
        text.do(f"call void @llvm.memmove.p0.p0.i64(ptr {entry}, ptr {source}, i64 {behind}, i1 false)")
        start, loop, step, done = text.block, text.label(), text.label(), text.label()
        text.jump(loop)
        text.begin(loop)
        best, place = text.let(f"phi i64 [ {NEVER}, %{start} ], [ %best.next, %{step} ]"), "%place"
        text.lines.append(f"  {place} = phi i64 [ 0, %{start} ], [ %place.next, %{step} ]")
        text.branch(text.let(f"icmp slt i64 {place}, {count}"), step, done)
        text.begin(step)
        key = self.key(text, text.load("i64", 0, self._entry(text, place)))
        sooner = text.let(f"icmp slt i64 {key}, {best}")
        text.lines.append(f"  %best.next = select i1 {sooner}, i64 {key}, i64 {best}")
        text.lines.append(f"  %place.next = add i64 {place}, 1")
        text.jump(loop)
        text.begin(done)
        text.store("i64", best, self.key_place())


KINDS: dict[type, type[Clock]] = {
    Dated: DatedClock,
    Periodic: PeriodicClock,
    Hazard: HazardClock,
    Waiting: WaitingClock,
    Edge: EdgeClock,
    Following: FollowingClock,
}
