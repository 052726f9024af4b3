"""Branches of one snapshot as machine code: the image of the past, with the clocks that run drawn again.

The twin of `engines.branching`, whose formulas `docs/branching.md` gives. What the past tells of each delay (from which
uniform on it is longer than its age) is worked out there, once a snapshot, and stands in a row of the plan; what is
done for every branch is here. A library of its own, so that only those who branch compile it.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from escalation.chance.conditional import GREATEST
from escalation.chance.streams import SMALLEST, stream_key
from escalation.engines.branching import Branching, Running
from escalation.engines.compiled import definitions
from escalation.engines.compiled.clocks import Clock
from escalation.engines.compiled.delays import FollowingClock
from escalation.engines.compiled.expressions import Chance, Lowering, Place, signed
from escalation.engines.compiled.layout import BRANCH, NEVER, SEED, WORD, Word, bits
from escalation.engines.compiled.module import DECLARATIONS, Module, table
from escalation.engines.compiled.text import ONE, ZERO, Text, double
from escalation.engines.program import RuleCode
from escalation.engines.wiring import drawn_wait, seen_by_waits
from escalation.expressions.tree import Expr, Name
from escalation.model.process import Edge, Following, Hazard, Periodic, Waiting
from escalation.model.streams import hazard_stream

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

ROW = ("function", "number", "edge", "falls", "age", "least", "drawn_at", "where")
"""Words of a delay in the plan, before the values of the names that it was drawn with.

where: the place of its entry in a pool; of a delay of `while:`, 1 if it runs and 0 if it stands still.
"""
HAZARD = ("armed", "rate", "spent", "since", "needed", "drawn", "key", "alarm", "stream")
"""Words of a hazard in the table: the places of its fields and of its key, its alarm, and the key of its stream."""

LOOP = """\
define void @branches(ptr %images, ptr %numbers, i64 %count, ptr %base, ptr %plan, i64 %rows, i64 %now) nounwind {
entry:
  br label %again
again:
  %i = phi i64 [ 0, %entry ], [ %i.next, %drawn ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %copy, label %done
copy:
  %offset = mul i64 %i, IMAGE_BYTES
  %image = getelementptr i8, ptr %images, i64 %offset
  call void @llvm.memcpy.p0.p0.i64(ptr %image, ptr %base, i64 IMAGE_BYTES, i1 false)
  %number.place = getelementptr i64, ptr %numbers, i64 %i
  %number = load i64, ptr %number.place, align 8
  %branch.place = getelementptr i8, ptr %image, i64 BRANCH_PLACE
  store i64 %number, ptr %branch.place, align 8
  br label %hazard
hazard:
  %h = phi i64 [ 0, %copy ], [ %h.next, %one ]
  %another = icmp slt i64 %h, HAZARDS
  br i1 %another, label %one, label %delay
one:
  %hazard.offset = mul i64 %h, HAZARD_BYTES
  %fields = getelementptr i8, ptr @hazards, i64 %hazard.offset
  call void @hazard(ptr %image, i64 %now, ptr %fields)
  %h.next = add i64 %h, 1
  br label %hazard
delay:
  %d = phi i64 [ 0, %hazard ], [ %d.next, %each ]
  %further = icmp slt i64 %d, %rows
  br i1 %further, label %each, label %drawn
each:
  %row.offset = mul i64 %d, ROW_BYTES
  %row = getelementptr i8, ptr %plan, i64 %row.offset
  %which = load i64, ptr %row, align 8
  %called = getelementptr ptr, ptr @delays, i64 %which
  %function = load ptr, ptr %called, align 8
  call void %function(ptr %image, i64 %now, ptr %row)
  %d.next = add i64 %d, 1
  br label %delay
drawn:
  %i.next = add i64 %i, 1
  br label %again
done:
  ret void
}
"""


class _AsThen(Lowering):
    """Lowers a delay as it was when it was drawn: names and the instant from its row, its draw by one new uniform."""

    finished = frozenset[str]()
    made_ahead: Mapping[str, str] = MappingProxyType({})

    def __init__(self, of: Lowering, seen: tuple[str, ...]) -> None:
        super().__init__(of.slots, of.slot_place, Chance(of.chance.layout))
        self.seen = {name: (len(ROW) + place) * WORD for place, name in enumerate(seen)}

    def number(self, text: Text, node: Expr, at: Place) -> str:
        """A name that the delay was drawn with has the value that it had."""
        if isinstance(node, Name) and node.path in self.seen:
            return text.load("double", self.seen[node.path], "%row")
        return super().number(text, node, at)

    def made(self, text: Text, stream: str, kind: str, parameters: tuple[float, ...], at: Place) -> str:
        """A fresh uniform, which picks one of those for which the delay is long enough."""
        fresh = _uniform(text, self.chance, str(signed(stream_key(stream))), at.number)
        edge = _word(text, "edge", "double")
        below = text.let(f"fmul double {edge}, {fresh}")
        small = text.let(f"fcmp olt double {below}, {double(SMALLEST)}")
        below = text.let(f"select i1 {small}, double {double(SMALLEST)}, double {below}")
        share = text.let(f"fmul double {text.let(f'fsub double {ONE}, {edge}')}, {fresh}")
        above = text.let(f"fadd double {edge}, {share}")
        great = text.let(f"fcmp ogt double {above}, {double(GREATEST)}")
        above = text.let(f"select i1 {great}, double {double(GREATEST)}, double {above}")
        falls = text.let(f"icmp ne i64 {_word(text, 'falls')}, 0")
        return text.let(f"select i1 {falls}, double {below}, double {above}")


def _word(text: Text, name: str, kind: str = "i64") -> str:
    return text.load(kind, ROW.index(name) * WORD, "%row")


def _uniform(text: Text, chance: Chance, key: str, number: str) -> str:
    """One number of a stream, in the branch of the image."""
    eight = text.let(f"lshr i64 {number}, 3")
    where = f"ptr {text.place(SEED)}, i64 {key}, i64 {eight}"
    made = text.let(f"call <8 x double> @{chance.need('uniforms')}({where})")
    return text.let(f"extractelement <8 x double> {made}, i64 {text.let(f'and i64 {number}, 7')}")


class Redrawing:
    """What draws the clocks of a model's branches again.

    ir: its text. symbols: what that asks of others.
    """

    def __init__(self, module: Module) -> None:
        self.module, self.state = module, module.state
        model = self.state.model
        self.seen = seen_by_waits(model)
        self.width = len(ROW) + max(map(len, self.seen), default=0)
        self.chance = Chance(self.state.layout)
        self.delayed = [rank for rank, rule in enumerate(model.rules) if drawn_wait(rule) is not None]
        delays = [self._delay(module.clocks[rank]) for rank in self.delayed]
        hazards = [clock for clock in module.clocks if isinstance(clock.rule.clock, Hazard)]
        constants = {
            "IMAGE_BYTES": len(self.state.layout.image) * WORD,
            "BRANCH_PLACE": BRANCH,
            "HAZARDS": len(hazards),
            "HAZARD_BYTES": len(HAZARD) * WORD,
            "ROW_BYTES": self.width * WORD,
        }
        loop = LOOP
        for name, value in constants.items():
            loop = loop.replace(name, str(value))
        named = [f"ptr @delay_{rank}" for rank in self.delayed] or ["ptr null"]
        tables = [
            table("hazards", [word for clock in hazards for word in self._hazard_row(clock)] or [0]),
            f"@delays = internal constant [{len(named)} x ptr] [{', '.join(named)}]",
        ]
        body = [*tables, *delays, self._hazard(), loop]
        called = definitions.definitions({*self.chance.functions, "e_log"})
        self.ir = "\n".join((DECLARATIONS, *body, called))
        self.symbols = definitions.externals(self.chance.functions)

    # ------------------------------------------------------------------ what is done for every branch

    def _hazard_row(self, clock: Clock) -> tuple[int, ...]:
        """In the order of HAZARD."""
        places = [self._field(clock, name) for name in ("armed", "rate", "spent", "since", "needed")]
        stream = signed(stream_key(hazard_stream(clock.rule)))
        return (*places, self.state.drawn(clock.rank), clock.key_place(), clock.first_alarm, stream)

    def _field(self, clock: Clock, name: str) -> int:
        return self.state.layout.places["clock", clock.rank, name]

    def _hazard(self) -> str:
        """What is spent stays spent; what is needed beyond it has no memory. Of one that was never drawn nothing."""
        text = Text("void @hazard(ptr %s, i64 %now, ptr %fields)")
        fields = {name: text.load("i64", place * WORD, "%fields") for place, name in enumerate(HAZARD)}

        def pointer(name: str) -> str:
            return text.let(f"getelementptr i8, ptr %s, i64 {fields[name]}")

        def value(name: str, kind: str = "double") -> str:
            return text.let(f"load {kind}, ptr {pointer(name)}, align 8")

        def put(kind: str, word: str, name: str) -> None:
            text.do(f"store {kind} {word}, ptr {pointer(name)}, align 8")

        drawn = text.let(f"fcmp oge double {value('needed')}, {ZERO}")
        with text.when(drawn):
            rate = value("rate")
            runs = text.let(f"fcmp ogt double {rate}, {ZERO}")
            ran = text.let(f"sub i64 %now, {value('since', 'i64')}")
            used = text.let(f"fmul double {rate}, {text.let(f'sitofp i64 {ran} to double')}")
            before = value("spent")
            after = text.let(f"fadd double {before}, {used}")
            spending = text.both(runs, text.let(f"icmp sgt i64 {ran}, 0"))
            spent = text.let(f"select i1 {spending}, double {after}, double {before}")
            uniform = _uniform(text, self.chance, fields["stream"], value("armed", "i64"))
            fresh = text.let(f"call double @{self.chance.need('q_exponential')}(double {uniform}, double {ONE})")
            needed = text.let(f"fadd double {spent}, {fresh}")
            for name in ("needed", "drawn"):
                put("double", needed, name)
            put("double", spent, "spent")
            put("i64", "%now", "since")
            left = text.let(f"fsub double {needed}, {spent}")
            positive = text.let(f"fcmp ogt double {left}, {ZERO}")
            with text.when(runs):
                ratio = text.let(f"fdiv double {left}, {rate}")
                wait = text.let(f"select i1 {positive}, double {ratio}, double {ZERO}")
                due = text.let(f"add i64 %now, {self.state.rounded_up(text, wait)}")
                put("i64", self.state.key(text, due, fields["alarm"]), "key")
        return text.finished()

    def _delay(self, clock: Clock) -> str:
        """`delay_RANK`: a delay of the rule drawn again, and what follows for its clock."""
        text = Text(f"void @delay_{clock.rank}(ptr %s, i64 %now, ptr %row)")
        found = drawn_wait(clock.rule)
        assert found is not None
        lowering = _AsThen(self.state.lowering, self.seen[clock.rank])
        at = Place(clock.rank, _word(text, "number"), _word(text, "drawn_at"))
        drawn = lowering.stored(text, found[1], at)
        self.chance.functions |= lowering.chance.functions
        whole, least = clock.whole(text, drawn), _word(text, "least")
        longer = text.let(f"icmp sgt i64 {whole}, {least}")
        total = text.let(f"select i1 {longer}, i64 {whole}, i64 {least}")
        left = text.let(f"sub i64 {total}, {_word(text, 'age')}")
        due = text.let(f"add i64 %now, {left}")
        if isinstance(clock.rule.clock, Following):
            self._put_under_way(text, clock, drawn, due)
            return text.finished()
        text.store("double", drawn, self.state.drawn(clock.rank))
        if isinstance(clock.rule.clock, Waiting):
            text.store("i64", total, self._field(clock, "total"))
            text.store("i64", left, self._field(clock, "left"))
            with text.when(text.let(f"icmp ne i64 {_word(text, 'where')}, 0")):
                text.store("i64", due, self._field(clock, "due_at"))
                text.store("i64", clock.key(text, due), clock.key_place())
        else:
            assert isinstance(clock.rule.clock, Edge | Periodic)
            text.store("i64", clock.key(text, due), clock.key_place())
        return text.finished()

    def _put_under_way(self, text: Text, clock: Clock, drawn: str, due: str) -> None:
        """Its entry in the pool, whose key is that of the soonest."""
        entry = text.let(f"getelementptr i8, ptr %s, i64 {_word(text, 'where')}")
        text.store("i64", due, 0, entry)
        text.store("double", drawn, WORD, entry)
        key, before = clock.key(text, due), text.load("i64", clock.key_place())
        sooner = text.let(f"icmp slt i64 {key}, {before}")
        text.store("i64", text.let(f"select i1 {sooner}, i64 {key}, i64 {before}"), clock.key_place())

    # ------------------------------------------------------------------ what is done once a snapshot

    def plan(self, branching: Branching, image: "Array") -> "Array":
        """A row for each delay that is drawn again; of a pool's key in the image what is not drawn again remains.

        Raises:
            CannotBranch: a delay that runs is not monotone in one draw.
        """
        import numpy as np

        rows = [row for rank in self.delayed for row in self._rows(branching, image, rank)]
        return np.array(rows, dtype=np.uint64).reshape(len(rows), self.width)

    def _rows(self, branching: Branching, image: "Array", rank: int) -> Iterator[list[int]]:
        code, clock = branching.program.rules[rank], self.module.clocks[rank]
        running = branching.running(code)
        kept = NEVER
        for place, each in enumerate(running):
            where = self._where(branching, code, clock, place)
            row = self._row(branching, code, each, where)
            if row is not None:
                yield row
            elif isinstance(code.rule.clock, Following):
                due = int(image[where // WORD])
                kept = min(kept, due << self.state.shift | clock.first_alarm if due <= self.state.horizon else NEVER)
        if isinstance(code.rule.clock, Following):
            image[clock.key_place() // WORD] = kept

    def _where(self, branching: Branching, code: RuleCode, clock: Clock, place: int) -> int:
        if isinstance(clock, FollowingClock):
            return self._field(clock, "pool") + place * clock.wide * WORD
        return int(branching.snapshot.clocks[code.rule.name].get("moving", False))

    def _row(self, branching: Branching, code: RuleCode, running: Running, where: int) -> list[int] | None:
        delay = branching.delay(code, running)
        if delay is None:
            return None
        longer = delay.longer
        words: list[Word] = [self.delayed.index(code.rank), running.number, longer.edge, int(longer.falls)]
        words += [running.age, running.least, running.drawn_at, where]
        words += [0.0 if value is None else float(value) for value in running.seen]
        words += [0] * (self.width - len(words))
        return [bits(word) for word in words]
