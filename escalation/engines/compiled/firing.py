"""A firing as instructions: the twin of `Simulation.fire`. One function a rule, which calls those that read changes."""

from collections.abc import Mapping
from functools import partial

from escalation.engines import wiring
from escalation.engines.compiled.clocks import Clock
from escalation.engines.compiled.expressions import Place, is_closed
from escalation.engines.compiled.gauges import Gauges
from escalation.engines.compiled.layout import FIRINGS, WORD
from escalation.engines.compiled.state import State
from escalation.engines.compiled.text import Text, double, number_of
from escalation.expressions import tree
from escalation.model.evaluate import evaluate
from escalation.model.process import Following, Rule, Variable

LARGEST = 1.7976931348623157e308


class Firing:
    """Writes the firing of each rule of a model."""

    def __init__(self, state: State, clocks: list[Clock], gauges: Gauges) -> None:
        self.state, self.clocks, self.gauges = state, clocks, gauges
        model, slots = state.model, state.slots
        self.readers = wiring.readers(model, slots)
        self.watched = wiring.watched(model, slots)
        self.after = wiring.derived_after(model, slots)
        self.followers: dict[str, list[int]] = {}
        for rank, rule in enumerate(model.rules):
            if isinstance(rule.clock, Following):
                self.followers.setdefault(rule.clock.leader, []).append(rank)
        self.variables: Mapping[str, Variable] = {item.name: item for item in model.variables}

    def function(self, rank: int) -> str:
        """`fire_RANK`: realise, write, derive, begin what follows, rest, and look again."""
        rule = self.state.model.rules[rank]
        text = Text(f"void @fire_{rank}(ptr %s, i64 %now)")
        text.add_to(FIRINGS)
        if self.state.is_simultaneous(rule):
            values = self._carried_out(text, rank, rule)
        else:
            values = self.realise(text, rank)
        text.add_to(self.state.fired(rank))
        self.gauges.count(text, rule.name)
        changed = self._write(text, rank, rule, values)
        self.derive_again(text, changed)
        for follower in self.followers.get(rule.name, ()):
            text.call(f"begin_{follower}")
        self._rest(text, rank)
        self.look_again(text, rank, changed)
        return text.finished()

    def realise(self, text: Text, rank: int) -> list[str]:
        """Draw, and read the effect's right-hand sides before anything is written."""
        rule, lowering = self.state.model.rules[rank], self.state.lowering
        number = text.load("i64", self.state.fired(rank))
        place = Place(rank, number, "%now")
        for index, draw in enumerate(rule.draws):
            make = partial(lowering.stored, text, draw.value, place)
            if self.state.scripted:
                filled = self.state.filled(rank, index)
                given = text.load("double", filled + WORD)
                value = text.instead(text.negate(text.load_truth(filled)), given, make)
            else:
                value = make()
            text.store("double", value, self._slot(draw.target))
        return [lowering.stored(text, assign.value, place) for assign in rule.effect]

    def _slot(self, name: str) -> int:
        return self.state.slot_place(self.state.slots[name])

    # ------------------------------------------------------------------ choices of one instant

    def _carried_out(self, text: Text, rank: int, rule: Rule) -> list[str]:
        """The values of a choice, which is made with all others that are due if it has not been."""
        committed = self.state.committed(rank)
        with text.when(text.negate(text.load_truth(committed))):
            text.do(f"call void @commit(ptr %s, i64 %now, i64 {rank})")
        text.store("i64", "0", committed)
        place = self.state.chosen(rank) if rule.effect else 0
        return [text.load("double", place + index * WORD) for index in range(len(rule.effect))]

    def commit(self) -> list[str]:
        """`commit`: choices due in one instant read the same state; two of one order that set one name are a fault."""
        if not any(map(self.state.is_simultaneous, self.state.model.rules)):
            return []
        text = Text("void @commit(ptr %s, i64 %now, i64 %this)")
        due: dict[int, str] = {}
        for rank in self.state.choices:
            this = text.let(f"icmp eq i64 %this, {rank}")
            made = text.load_truth(self.state.committed(rank))
            also = text.both(self.clocks[rank].fires_now(text), text.negate(made))
            due[rank] = text.either(this, also)
        for first, second in self._clashes():
            with text.when(text.both(due[first], due[second])):
                self.state.lowering.fault(text, Place(second))
        for rank, truth in due.items():
            with text.when(truth):
                text.do(f"call void @choose_{rank}(ptr %s, i64 %now)")
        return [text.finished(), *(self._choose(rank) for rank in self.state.choices)]

    def _choose(self, rank: int) -> str:
        text = Text(f"void @choose_{rank}(ptr %s, i64 %now)")
        values = self.realise(text, rank)
        if values:
            place = self.state.chosen(rank)
            for index, value in enumerate(values):
                text.store("double", value, place + index * WORD)
        text.store("i64", "1", self.state.committed(rank))
        return text.finished()

    def _clashes(self) -> list[tuple[int, int]]:
        rules = self.state.model.rules
        return [
            (first, second)
            for place, first in enumerate(self.state.choices)
            for second in self.state.choices[place + 1 :]
            if wiring.clash(rules[first], rules[second])
        ]

    # ------------------------------------------------------------------ writing

    def _write(self, text: Text, rank: int, rule: Rule, values: list[str]) -> dict[str, str]:
        """Write what differs; gives, for every name that may have changed, whether it did."""
        changed: dict[str, str] = {}
        for assign, value in zip(rule.effect, values, strict=True):
            if assign.value == tree.Name(assign.target, assign.value.kind):
                continue
            place = self._slot(assign.target)
            differs = text.let(f"fcmp une double {value}, {text.load('double', place)}")
            if assign.target in self.variables:
                self.refuse_beyond(text, rank, self.variables[assign.target], value)
            text.store("double", value, place)
            changed[assign.target] = text.either(changed.get(assign.target, "false"), differs)
        return changed

    def refuse_beyond(self, text: Text, rank: int, item: Variable, value: str) -> None:
        """A value beyond its limits is a fault; so is a NaN, but for a variable that may be unknown."""
        if not wiring.is_number(item.kind):
            return
        low, high = self.limit(text, item, "low"), self.limit(text, item, "high")
        numbers = [number_of(each) for each in (low, value, high)]
        if None not in numbers and numbers[0] <= numbers[1] <= numbers[2]:  # type: ignore[operator]
            return
        beyond = text.either(text.let(f"fcmp ult double {value}, {low}"), text.let(f"fcmp ugt double {value}, {high}"))
        if item.may_be_unknown:
            beyond = text.both(beyond, text.let(f"fcmp ord double {value}, {value}"))
        with text.when(beyond):
            self.state.lowering.fault(text, Place(rank))

    def limit(self, text: Text, item: Variable, side: str) -> str:
        """A limit of a variable: a number, or what was computed at the start."""
        node = getattr(item, side)
        if node is None:
            return double(-LARGEST if side == "low" else LARGEST)
        if is_closed(node):
            return double(float(evaluate(node, {})))
        return text.load("double", self.state.layout.word(side, item.name))

    # ------------------------------------------------------------------ what follows from a change

    def derive_again(self, text: Text, changed: dict[str, str]) -> None:
        """Compute again the derived names that depend on what changed."""
        stale = sorted({index for name in changed for index in self.after.get(self.state.slots[name], ())})
        written = list(changed)
        for index in stale:
            item = self.state.model.derived[index]
            truth = text.either(
                *(changed[name] for name in written if index in self.after.get(self.state.slots[name], ()))
            )
            before = text.block
            done, work = text.label(), text.label()
            text.branch(truth, work, done)
            text.begin(work)
            differs = text.let(f"call i1 @derive_{index}(ptr %s)")
            text.jump(done)
            text.begin(done)
            changed[item.name] = text.let(f"phi i1 [ false, %{before} ], [ {differs}, %{work} ]")

    def derive(self, index: int) -> str:
        """`derive_INDEX`: compute a derived name, and say whether it differs from what it was."""
        item = self.state.model.derived[index]
        text = Text(f"i1 @derive_{index}(ptr %s)")
        value = self.state.lowering.stored(text, item.value, Place(-1))
        place = self._slot(item.name)
        differs = text.let(f"fcmp une double {value}, {text.load('double', place)}")
        text.store("double", value, place)
        return text.finished(f"ret i1 {differs}")

    def _rest(self, text: Text, rank: int) -> None:
        resting = self.state.at_rest(rank)
        if resting is None:
            self.clocks[rank].rest(text)
            return
        with text.when(text.negate(text.load_truth(resting))):
            self.clocks[rank].rest(text)

    def look_again(self, text: Text, rank: int, changed: dict[str, str]) -> None:
        """Look at the clocks that read what changed, and mark the measures that do."""
        ranks: dict[tuple[str, ...], list[int]] = {}
        for reader in sorted({r for name in changed for r in self.readers.get(self.state.slots[name], ())} - {rank}):
            names = tuple(name for name in changed if reader in self.readers.get(self.state.slots[name], ()))
            ranks.setdefault(names, []).append(reader)
        measures: dict[tuple[str, ...], list[int]] = {}
        for index in sorted({m for name in changed for m in self.watched.get(self.state.slots[name], ())}):
            names = tuple(name for name in changed if index in self.watched.get(self.state.slots[name], ()))
            measures.setdefault(names, []).append(index)
        for names in dict.fromkeys((*ranks, *measures)):
            with text.when(text.either(*(changed[name] for name in names))):
                self.gauges.touch(text, tuple(measures.get(names, ())))
                for reader in ranks.get(names, ()):
                    self.clocks[reader].call_look(text)
