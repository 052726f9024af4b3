"""Scripts as machine code: decisions, forced firings, settings and handings over at their instants (`engines.playing`).

A script is a list of steps (`script_steps`), one for all trajectories of a call; `script` goes through it for each.
"""

from collections.abc import Mapping, Sequence

from escalation.engines import wiring
from escalation.engines.compiled.clocks import Clock
from escalation.engines.compiled.delays import FollowingClock
from escalation.engines.compiled.expressions import Place
from escalation.engines.compiled.firing import Firing
from escalation.engines.compiled.layout import FAULT, FIRINGS, LIMIT, NEVER, NOW, WORD
from escalation.engines.compiled.script_steps import Op
from escalation.engines.compiled.state import State
from escalation.engines.compiled.text import NAN, ZERO, Text
from escalation.expressions.tree import names_in
from escalation.model.process import Choice, Dated, Hazard


class Scripting:
    """Writes what a script needs of a model beside its own functions. arguments: offsets of the words of a call."""

    def __init__(self, state: State, clocks: Sequence[Clock], firing: Firing, arguments: Mapping[str, int]) -> None:
        self.state, self.clocks, self.firing, self.arguments = state, clocks, firing, arguments
        self.model = state.model
        self.rank = {rule.name: rank for rank, rule in enumerate(self.model.rules)}
        self.instant = state.layout.word("instant of the script")

    def functions(self) -> list[str]:
        """All of them, and the tables by which a step finds what it calls."""
        ranks, choices = range(len(self.model.rules)), range(len(self.model.choices))
        handed = [rank for rank in ranks if self.state.at_rest(rank) is not None]
        tables = {
            "admits": [f"admit_{index}" for index in choices],
            "chooses": [f"choose_{rank}" if rank in self.state.choices else "nothing" for rank in ranks],
            "unmade": [f"unmade_{rank}" for rank in ranks],
            "fires": [f"fire_from_outside_{rank}" for rank in ranks],
            "lays": [f"lay_{rank}" if rank in handed else "nothing" for rank in ranks],
            "wakes": [f"wake_{rank}" if rank in handed else "nothing" for rank in ranks],
        }
        made = [_table(name, row) for name, row in tables.items()]
        made += [self._admit(index) for index in choices]
        made += [text for rank in ranks for text in (self._unmade(rank), self._fire(rank))]
        made += [text for rank in handed for text in (self._lay(rank), self._wake(rank))]
        made += [Text("void @nothing(ptr %s, i64 %now)").finished()]
        return [*made, self._open(), self._check(), self._write(), self._close(), self._script()]

    # ------------------------------------------------------------------ of a rule or a choice

    @property
    def admitted(self) -> int:
        """The place of whether each choice is admitted and not yet carried out."""
        return self.state.layout.words("admitted", count=max(len(self.model.choices), 1))

    def _admit(self, index: int) -> str:
        """`admit_CHOICE`: guard and gates, and that no choice admitted before clashes with it."""
        choice = self.model.choices[index]
        text, lowering = Text(f"i1 @admit_{index}(ptr %s, i64 %now)"), self.state.lowering
        nodes = (choice.guard, *(gate.holds for gate in choice.gates))
        free = text.both(*(lowering.truth(text, node, Place(-1)) for node in nodes))
        rivals = [place for place, other in enumerate(self.model.choices) if self._clash(choice, other)]
        clash = text.either(*(text.load_truth(self.admitted + place * WORD) for place in rivals))
        return text.finished(f"ret i1 {text.both(free, text.negate(clash))}")

    def _clash(self, one: Choice, other: Choice) -> bool:
        return wiring.clash(*(self.model.rules[self.rank[each.rule]] for each in (one, other)))

    def _unmade(self, rank: int) -> str:
        """`unmade_RANK`: whether a rule reads what another draws that has not fired yet."""
        rule, text = self.model.rules[rank], Text(f"i1 @unmade_{rank}(ptr %s, i64 %now)")
        read = {name for each in rule.draws + rule.effect for name in names_in(each.value)}
        drawn = [{draw.target for draw in other.draws} & read for other in self.model.rules]
        fired = [
            text.load("i64", self.state.fired(other)) for other, names in enumerate(drawn) if names and other != rank
        ]
        return text.finished(f"ret i1 {text.either(*(text.let(f'icmp eq i64 {each}, 0') for each in fired))}")

    def _fire(self, rank: int) -> str:
        """`fire_from_outside_RANK`: a firing whatever the clock says, whose alarm is not to come any more."""
        text, clock = Text(f"void @fire_from_outside_{rank}(ptr %s, i64 %now)"), self.clocks[rank]
        text.do("call void @open(ptr %s, i64 %now)")
        resting = self.state.at_rest(rank)
        if not isinstance(clock, FollowingClock):
            with text.when("true" if resting is None else text.negate(text.load_truth(resting))):
                text.store("i64", str(NEVER), clock.key_place(clock.alarms - 1))
        text.do(f"call void @fire_{rank}(ptr %s, i64 %now)")
        text.do(f"call void @check(ptr %s, i64 {rank + 1})")
        return text.finished()

    def _lay(self, rank: int) -> str:
        """`lay_RANK`: the clock as before the start, but for how often it was armed; a hazard's draw is used up."""
        text, clock = Text(f"void @lay_{rank}(ptr %s, i64 %now)"), self.clocks[rank]
        places, image = self.state.layout.places, self.state.layout.image
        if isinstance(clock.rule.clock, Hazard):
            needed = text.load("double", clock.field("needed", -1.0))
            used = text.let(f"fcmp oge double {needed}, {ZERO}")
            text.add_to(clock.field("armed"), text.let(f"zext i1 {used} to i64"))
        for name, place in places.items():
            if name[:2] == ("clock", rank) and name[2] not in ("armed", "pool"):
                text.store("i64", str(image[place // WORD]), place)
        text.store("double", NAN, self.state.drawn(rank))
        for alarm in range(clock.alarms):
            text.store("i64", str(NEVER), clock.key_place(alarm))
        return text.finished()

    def _wake(self, rank: int) -> str:
        """`wake_RANK`: the clock begins as at the start; a date that was used up stays so."""
        text, clock = Text(f"void @wake_{rank}(ptr %s, i64 %now)"), self.clocks[rank]
        unused = "true"
        if isinstance(clock.rule.clock, Dated):
            unused = text.let(f"icmp eq i64 {text.load('i64', self.state.fired(rank))}, 0")
        with text.when(unused):
            clock.start(text)
        return text.finished()

    # ------------------------------------------------------------------ a firing of no rule

    def _open(self) -> str:
        """`open`: a firing from outside is to come in this instant."""
        text = Text("void @open(ptr %s, i64 %now)")
        text.store("i64", "%now", NOW)
        self.firing.gauges.open_instant(text)
        return text.finished()

    def _check(self) -> str:
        """`check`: more firings than there may be are a fault of `%who`."""
        text = Text("void @check(ptr %s, i64 %who)")
        over = text.let(f"icmp sgt i64 {text.load('i64', FIRINGS)}, {text.load('i64', LIMIT)}")
        with text.when(text.both(over, text.let(f"icmp eq i64 {text.load('i64', FAULT)}, 0"))):
            text.store("i64", "%who", FAULT)
        return text.finished()

    def set_now(self, slot: int) -> int:
        """The place of whether a variable has been set in this firing of no rule."""
        return self.state.layout.word("set now", slot)

    def _write(self) -> str:
        """`write`: a variable, by its place among them, if it differs."""
        text = Text("void @write(ptr %s, i64 %now, i64 %which, double %value)")
        for index, item in enumerate(self.model.variables):
            slot = self.state.slots[item.name]
            place = self.state.slot_place(slot)
            with text.when(text.let(f"icmp eq i64 %which, {index}")):
                differs = text.let(f"fcmp une double %value, {text.load('double', place)}")
                with text.when(differs):
                    self.firing.refuse_beyond(text, -1, item, "%value")
                    text.store("double", "%value", place)
                    text.store("i64", "1", self.set_now(slot))
        return text.finished()

    def _close(self) -> str:
        """`close`: compute again, and look again, as after any firing."""
        text, slots = Text("void @close(ptr %s, i64 %now)"), self.state.slots
        changed = {item.name: text.load_truth(self.set_now(slots[item.name])) for item in self.model.variables}
        for item in self.model.variables:
            text.store("i64", "0", self.set_now(slots[item.name]))
        self.firing.derive_again(text, changed)
        self.firing.look_again(text, -1, changed)
        return text.finished()

    # ------------------------------------------------------------------ going through the steps

    def _script(self) -> str:
        """`script`: step after step, until one fails; what could not be carried out is told, item by item."""
        text = Text("void @script(ptr %s, ptr %a, i64 %i)")
        steps, items = (text.load("i64", self.arguments[name], "%a") for name in ("steps", "items"))
        script, held = (
            text.let(f"inttoptr i64 {text.load('i64', self.arguments[name], '%a')} to ptr")
            for name in ("script", "held")
        )
        told = text.let(f"getelementptr i64, ptr {held}, i64 {text.let(f'mul i64 %i, {items}')}")
        text.jump("again")
        text.begin("again")
        text.lines.append("  %step = phi i64 [ 0, %entry ], [ %step.next, %went ]")
        text.branch(text.let(f"icmp slt i64 %step, {steps}"), "go", "done")
        text.begin("go")
        row = text.let(f"getelementptr i64, ptr {script}, i64 {text.let('mul i64 %step, 4')}")
        op, one, two, three = (text.load("i64", column * WORD, row) for column in range(4))
        for code in Op:
            with text.when(text.let(f"icmp eq i64 {op}, {int(code)}")):
                now = text.load("i64", self.instant)
                self._step(text, code, now, (one, two, three), told)
        text.branch(text.let(f"icmp eq i64 {text.load('i64', FAULT)}, 0"), "went", "failed")
        text.begin("went")
        text.lines.append("  %step.next = add i64 %step, 1")
        text.jump("again")
        text.begin("failed")
        last = text.let(f"add i64 {items}, -1")
        text.do(f"store i64 %step, ptr {text.let(f'getelementptr i64, ptr {told}, i64 {last}')}, align 8")
        text.jump("done")
        text.begin("done")
        return text.finished()

    def _step(self, text: Text, code: Op, now: str, words: tuple[str, str, str], told: str) -> None:
        one, two, three = words
        match code:
            case Op.RUN:
                text.store("i64", one, self.instant)
                text.let(f"call i64 @run(ptr %s, i64 {one}, ptr %a)")
            case Op.ADMIT:
                truth = text.let(f"call i1 {_of(text, 'admits', two)}(ptr %s, i64 {now})")
                self._keep(text, two, text.let(f"zext i1 {truth} to i64"))
                _tell(text, told, one, text.negate(truth))
            case Op.FILL:
                with text.when(self._is_admitted(text, one)):
                    filled = text.let(f"getelementptr i8, ptr %s, i64 {two}")
                    text.store("i64", "1", 0, filled)
                    text.store("i64", three, WORD, filled)
            case Op.EMPTY:
                text.store("i64", "0", 0, text.let(f"getelementptr i8, ptr %s, i64 {one}"))
            case Op.CHOOSE:
                with text.when(self._is_admitted(text, one)):
                    text.do(f"call void {_of(text, 'chooses', two)}(ptr %s, i64 {now})")
            case Op.DECIDE:
                with text.when(self._is_admitted(text, one)):
                    self._keep(text, one, "0")
                    text.do(f"call void {_of(text, 'fires', two)}(ptr %s, i64 {now})")
            case Op.FORCE:
                self._force(text, now, one, two, told)
            case Op.OPEN:
                text.do(f"call void @open(ptr %s, i64 {now})")
                text.add_to(FIRINGS)
                text.do("call void @check(ptr %s, i64 -1)")
            case Op.WRITE:
                value = text.let(f"bitcast i64 {two} to double")
                text.do(f"call void @write(ptr %s, i64 {now}, i64 {one}, double {value})")
            case Op.CLOSE:
                text.do(f"call void @close(ptr %s, i64 {now})")
            case Op.REST:
                text.store("i64", two, 0, text.let(f"getelementptr i8, ptr %s, i64 {one}"))
            case Op.LAY | Op.WAKE:
                table = "lays" if code is Op.LAY else "wakes"
                text.do(f"call void {_of(text, table, one)}(ptr %s, i64 {now})")

    def _force(self, text: Text, now: str, item: str, rank: str, told: str) -> None:
        unmade = text.let(f"call i1 {_of(text, 'unmade', rank)}(ptr %s, i64 {now})")
        _tell(text, told, item, unmade)
        with text.when(text.negate(unmade)):
            text.do(f"call void {_of(text, 'chooses', rank)}(ptr %s, i64 {now})")
            with text.when(text.let(f"icmp eq i64 {text.load('i64', FAULT)}, 0")):
                text.do(f"call void {_of(text, 'fires', rank)}(ptr %s, i64 {now})")

    def _is_admitted(self, text: Text, choice: str) -> str:
        """Whether a choice is; of -1, which is none, always."""
        none = text.let(f"icmp slt i64 {choice}, 0")
        which = text.let(f"select i1 {none}, i64 0, i64 {choice}")
        word = text.let(f"getelementptr i64, ptr {text.place(self.admitted)}, i64 {which}")
        return text.either(none, text.let(f"icmp ne i64 {text.let(f'load i64, ptr {word}, align 8')}, 0"))

    def _keep(self, text: Text, choice: str, word: str) -> None:
        place = text.let(f"getelementptr i64, ptr {text.place(self.admitted)}, i64 {choice}")
        text.store("i64", word, 0, place)


def _table(name: str, functions: Sequence[str]) -> str:
    listed = [f"ptr @{each}" for each in functions or ["nothing"]]
    return f"@{name} = internal constant [{len(listed)} x ptr] [{', '.join(listed)}]"


def _of(text: Text, table: str, index: str) -> str:
    """A function out of a table."""
    place = text.let(f"getelementptr ptr, ptr @{table}, i64 {index}")
    return text.let(f"load ptr, ptr {place}, align 8")


def _tell(text: Text, told: str, item: str, truth: str) -> None:
    """That an item is held, or not."""
    place = text.let(f"getelementptr i64, ptr {told}, i64 {item}")
    text.store("i64", text.let(f"zext i1 {truth} to i64"), 0, place)
