"""Clocks that wait for delays, as instructions: while a condition holds, after an edge, and a pool of them."""

from escalation.engines.compiled.clocks import Clock
from escalation.engines.compiled.layout import NEVER, OWN, WORD
from escalation.engines.compiled.state import State
from escalation.engines.compiled.text import Text
from escalation.model.process import Edge, Following, Rule, Waiting


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
