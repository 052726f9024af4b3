"""Scripts as machine code: decisions, forced firings, settings and handings over at their instants (`engines.playing`).

A script becomes a list of steps, one for all trajectories of a call, which `script` goes through for each of them. What
does not hang on a trajectory (names that do not exist, who is played when) is settled as the steps are written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, auto
from itertools import groupby
from typing import TYPE_CHECKING, Any

from escalation.engines.compiled.clocks import Clock
from escalation.engines.compiled.delays import FollowingClock
from escalation.engines.compiled.expressions import Place
from escalation.engines.compiled.firing import Firing
from escalation.engines.compiled.layout import FAULT, FIRINGS, LIMIT, NEVER, NOW, WORD, bits
from escalation.engines.compiled.state import State
from escalation.engines.compiled.text import NAN, ZERO, Text
from escalation.engines.orders import rules_at_rest
from escalation.engines.playing import together
from escalation.engines.program import Program
from escalation.expressions.tree import names_in
from escalation.model.process import Choice, Dated, Hazard, Value
from escalation.model.script import Decide, Force, HandOver, Input, Put, Script

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

GOES_ON = -1
"""In the last column of what is told of a script: no step failed. Otherwise the number of the one that did."""


class Op(IntEnum):
    """What a step does. A step is four words: this, and three that each uses as it says."""

    RUN = auto()
    """Every alarm up to and including an instant: (instant)."""
    ADMIT = auto()
    """Whether a choice can be taken now, beside those admitted before: (item, choice)."""
    FILL = auto()
    """A draw is given, if the choice was admitted (-1: in any case): (choice, place of the draw, value)."""
    EMPTY = auto()
    """It is no longer: (place of the draw)."""
    CHOOSE = auto()
    """Realise an admitted choice: (choice, rank)."""
    DECIDE = auto()
    """Fire it: (choice, rank)."""
    FORCE = auto()
    """Fire a rule: (item, rank)."""
    OPEN = auto()
    """A firing of no rule begins."""
    WRITE = auto()
    """A variable is set: (variable, value)."""
    CLOSE = auto()
    """What depends on what was set is looked at again."""
    REST = auto()
    """Whether a rule rests because a person plays its actor: (rank, 0 or 1)."""
    LAY = auto()
    """The clock of a rule that rests from now on, as before the start: (rank)."""
    WAKE = auto()
    """The clock of a rule begins, as at the start: (rank)."""


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
        first, second = (self.model.rules[self.rank[each.rule]] for each in (one, other))
        targets = [{assign.target for assign in rule.effect} for rule in (first, second)]
        return first is not second and first.order == second.order and bool(targets[0] & targets[1])

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


# ---------------------------------------------------------------------- a script as steps

Step = tuple[int, int, int, int]


@dataclass
class Steps:
    """A script as steps. held: items that no trajectory carries out. first: the first step of each item."""

    rows: list[Step] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    first: dict[int, int] = field(default_factory=dict)

    def add(self, op: Op, *words: int | float) -> None:
        """One more step."""
        one, two, three = (*(bits(word) for word in words), 0, 0, 0)[:3]
        self.rows.append((int(op), one, two, three))

    def array(self) -> "Array":
        """Shape (steps, 4)."""
        import numpy as np

        return np.array(self.rows, dtype=np.uint64).reshape(len(self.rows), 4)

    def told(self, held: "Array", failed_before: "Array") -> "Array":
        """Which items were held, by trajectory: by it, by all, or since it had failed when their instant came.

        held: as `script` tells it, shape (trajectories, items + 1). failed_before: whether one failed before it.
        """
        import numpy as np

        found = held[:, :-1] != 0
        found[:, sorted(self.held)] = True
        first = np.array([self.first[item] for item in range(found.shape[1])], dtype=np.int64)
        never_reached = (held[:, -1:] != GOES_ON) & (first > held[:, -1:])
        told: Array = found | never_reached | failed_before[:, None]
        return told


class Encoding:
    """Writes scripts as steps for one module. state: of the module; program: of the same model."""

    def __init__(self, state: State, program: Program) -> None:
        self.state, self.program = state, program
        self.choices = {item.name: index for index, item in enumerate(program.model.choices)}
        self.variables = {item.name: index for index, item in enumerate(program.model.variables) if not item.hidden}

    def steps(self, script: Script, played: Sequence[str]) -> Steps:
        """A script for trajectories in which the same actors are played."""
        steps, at_play = Steps(), frozenset(played)
        places = iter(sorted(range(len(script)), key=lambda place: script[place].instant))
        ordered = sorted(script, key=lambda item: item.instant)
        for instant, items in groupby(ordered, key=lambda item: item.instant):
            for group in together(items):
                steps.add(Op.RUN, instant)
                placed = [(next(places), item) for item in group]
                steps.first |= {place: len(steps.rows) for place, _ in placed}
                place, first = placed[0]
                match first:
                    case Decide():
                        self._decide(steps, placed)
                    case Force():
                        self._force(steps, place, first)
                    case Put():
                        self._put(steps, place, first)
                    case HandOver():
                        at_play = self._hand_over(steps, place, first, at_play)
        return steps

    def _decide(self, steps: Steps, placed: Sequence[tuple[int, Input]]) -> None:
        chosen: list[tuple[int, int]] = []
        fills: list[tuple[int, int, Value]] = []
        for place, item in placed:
            assert isinstance(item, Decide)
            index = self.choices.get(item.choice)
            rule = "" if index is None else self.program.model.choices[index].rule
            filled = None if index is None else self._filled(rule, item.draws)
            if index is None or filled is None:
                steps.held.add(place)
                continue
            steps.add(Op.ADMIT, place, index)
            chosen.append((index, self.program.by_name[rule]))
            fills += [(index, where, value) for where, value in filled]
        for index, where, value in fills:
            steps.add(Op.FILL, index, where, float(value))
        for index, rank in chosen:
            steps.add(Op.CHOOSE, index, rank)
        for _, where, _ in fills:
            steps.add(Op.EMPTY, where)
        for index, rank in chosen:
            steps.add(Op.DECIDE, index, rank)

    def _force(self, steps: Steps, place: int, item: Force) -> None:
        filled = self._filled(item.rule, item.draws) if item.rule in self.program.by_name else None
        if filled is None:
            steps.held.add(place)
            return
        for where, value in filled:
            steps.add(Op.FILL, -1, where, float(value))
        steps.add(Op.FORCE, place, self.program.by_name[item.rule])
        for where, _ in filled:
            steps.add(Op.EMPTY, where)

    def _put(self, steps: Steps, place: int, item: Put) -> None:
        if not self.variables.keys() >= item.values.keys():
            steps.held.add(place)
            return
        steps.add(Op.OPEN)
        for name, value in item.values.items():
            steps.add(Op.WRITE, self.variables[name], float(value))
        steps.add(Op.CLOSE)

    def _hand_over(self, steps: Steps, place: int, item: HandOver, at_play: frozenset[str]) -> frozenset[str]:
        """Who is played from then on."""
        if all(choice.actor != item.actor for choice in self.program.model.choices):
            steps.held.add(place)
            return at_play
        after = at_play - {item.actor} if item.to == "model" else at_play | {item.actor}
        ranks = sorted(rules_at_rest(self.program, at_play) ^ rules_at_rest(self.program, after))
        for rank in ranks:
            flag = self.state.at_rest(rank)
            assert flag is not None, "a rule that leads to a choice can rest"
            steps.add(Op.REST, flag, int(item.to == "person"))
        for rank in ranks:
            steps.add(Op.LAY if item.to == "person" else Op.WAKE, rank)
        return after

    def _filled(self, rule: str, draws: Mapping[str, Value]) -> list[tuple[int, Value]] | None:
        """Where each draw that is filled in lies, and its value; None if the rule has no such draw."""
        rank = self.program.by_name[rule]
        own = [draw.target for draw in self.program.model.rules[rank].draws]
        known = {name.rpartition(".")[2]: self.state.filled(rank, index) for index, name in enumerate(own)}
        if not known.keys() >= draws.keys():
            return None
        return [(known[name], value) for name, value in draws.items()]
