"""Measures as instructions: the twin of `engines.gauges` and of the watches of `model.measures` (law 12)."""

from datetime import date

from escalation.engines.compiled.expressions import Place
from escalation.engines.compiled.layout import FIRINGS, INSTANT, LIMIT
from escalation.engines.compiled.state import State
from escalation.engines.compiled.text import NAN, ONE, ZERO, Text, double
from escalation.engines.simpy import CASCADE, MOST_FIRINGS
from escalation.model.measures import sample_times, window
from escalation.model.process import Measure

MASK = 64
"""Measures in one word of those touched."""


class Gauge:
    """One measure that watches a value: its fields, and what a segment and the end do to them."""

    def __init__(self, state: State, index: int, measure: Measure) -> None:
        self.state, self.index, self.measure = state, index, measure
        self.low, self.high = window(measure, state.horizon)
        self.at = self.high if measure.at is None else measure.at
        self.at_the_end = measure.how == "final" and self.at == state.horizon
        """Whether it is read once, when the trajectory is over."""
        self.times: tuple[int, ...] = ()
        if measure.how == "series":
            self.times = sample_times(measure, date.fromisoformat(state.model.start), state.horizon)

    def field(self, name: str, first: int | float = 0) -> int:
        """The place of one of its words."""
        return self.state.layout.word("gauge", self.index, name, first=first)

    def read(self, text: Text) -> str:
        """What it watches, as it is now."""
        assert self.measure.value is not None
        return self.state.lowering.stored(text, self.measure.value, Place(-1))

    def start(self, text: Text) -> None:
        """The value at the first instant."""
        text.store("double", self.read(text), self.field("value", 0.0))

    def functions(self) -> list[str]:
        """What settles it when an instant is over, and what takes a segment (`%end` is not in it)."""
        settle = Text(f"void @settle_{self.index}(ptr %s, i64 %now)")
        value, before = self.read(settle), settle.load("double", self.field("value", 0.0))
        with settle.when(settle.let(f"fcmp une double {value}, {before}")):
            since = settle.load("i64", self.field("since"))
            with settle.when(settle.let(f"icmp sgt i64 %now, {since}")):
                settle.do(f"call void @segment_{self.index}(ptr %s, i64 {since}, i64 %now, double {before})")
            settle.store("i64", "%now", self.field("since"))
            settle.store("double", value, self.field("value", 0.0))
        segment = Text(f"void @segment_{self.index}(ptr %s, i64 %start, i64 %end, double %value)")
        getattr(self, f"_{self.measure.how}")(segment)
        return [settle.finished(), segment.finished()]

    def _inside(self, text: Text) -> str:
        """Whether the segment has an instant of the window."""
        return text.both(text.let(f"icmp sle i64 %start, {self.high}"), text.let(f"icmp sgt i64 %end, {self.low}"))

    def _later(self, text: Text, left: str, right: str, word: str = "sgt") -> str:
        return text.let(f"select i1 {text.let(f'icmp {word} i64 {left}, {right}')}, i64 {left}, i64 {right}")

    def _length(self, text: Text) -> str:
        """How much of the segment lies in the window, perhaps below zero."""
        end = self._later(text, "%end", str(self.high), "slt")
        return text.let(f"sub i64 {end}, {self._later(text, '%start', str(self.low))}")

    def _ever(self, text: Text) -> None:
        held = text.let(f"fcmp une double %value, {ZERO}")
        with text.when(text.both(held, self._inside(text))):
            text.store("double", ONE, self.field("held", 0.0))
            self._want_no_more(text)

    def _first(self, text: Text) -> None:
        held = text.let(f"fcmp une double %value, {ZERO}")
        at = text.load("double", self.field("at", float("nan")))
        new = text.let(f"fcmp uno double {at}, {at}")
        with text.when(text.both(held, new, self._inside(text))):
            start = self._later(text, "%start", str(self.low))
            text.store("double", text.let(f"sitofp i64 {start} to double"), self.field("at", float("nan")))
            self._want_no_more(text)

    def _want_no_more(self, text: Text) -> None:
        """It is settled for good, whatever comes."""
        wanted = self.state.layout.word("wanted", self.index // MASK, first=-1)
        left = text.let(f"and i64 {text.load('i64', wanted)}, {_signed(~(1 << self.index % MASK))}")
        text.store("i64", left, wanted)

    def _time_in(self, text: Text) -> None:
        length = self._length(text)
        counts = text.both(text.let(f"fcmp une double %value, {ZERO}"), text.let(f"icmp sgt i64 {length}, 0"))
        with text.when(counts):
            text.add_to(self.field("total"), length)

    def _mean(self, text: Text) -> None:
        length = self._length(text)
        known = text.let("fcmp ord double %value, %value")
        with text.when(text.both(text.let(f"icmp sgt i64 {length}, 0"), known)):
            area = text.let(f"fmul double %value, {text.let(f'sitofp i64 {length} to double')}")
            total = text.load("double", self.field("total", 0.0))
            text.store("double", text.let(f"fadd double {total}, {area}"), self.field("total", 0.0))
            text.add_to(self.field("known"), length)

    def _extreme(self, text: Text) -> None:
        best = text.load("double", self.field("best", float("nan")))
        sign = double(1.0 if self.measure.how == "max" else -1.0)
        above = text.let(f"fmul double {text.let(f'fsub double %value, {best}')}, {sign}")
        wins = text.either(text.let(f"fcmp uno double {best}, {best}"), text.let(f"fcmp ogt double {above}, {ZERO}"))
        known = text.let("fcmp ord double %value, %value")
        with text.when(text.both(self._inside(text), known, wins)):
            text.store("double", "%value", self.field("best", float("nan")))

    _max = _min = _extreme

    def _final(self, text: Text) -> None:
        here = text.both(text.let(f"icmp sle i64 %start, {self.at}"), text.let(f"icmp sgt i64 %end, {self.at}"))
        with text.when(text.both(here, text.let("fcmp ord double %value, %value"))):
            text.store("double", "%value", self.field("value at", float("nan")))

    def _series(self, text: Text) -> None:
        """Every instant of the series before `%end` that has no value yet; none is kept where nobody wants any."""
        out = text.let(f"inttoptr i64 {text.load('i64', self.state.layout.word('series'))} to ptr")
        with text.when(text.let(f"icmp ne ptr {out}, null")):
            test, check, write, done = (text.label() for _ in range(4))
            text.jump(test)
            text.begin(test)
            index = text.load("i64", self.field("next"))
            text.branch(text.let(f"icmp slt i64 {index}, {len(self.times)}"), check, done)
            text.begin(check)
            at = text.let(f"getelementptr i64, ptr @times_{self.index}, i64 {index}")
            text.branch(text.let(f"icmp slt i64 {text.let(f'load i64, ptr {at}, align 8')}, %end"), write, done)
            text.begin(write)
            place = text.let(f"add i64 {index}, {self.state.layout.places['first sample', self.index]}")
            text.do(f"store double %value, ptr {text.let(f'getelementptr double, ptr {out}, i64 {place}')}, align 8")
            text.add_to(self.field("next"))
            text.jump(test)
            text.begin(done)

    def result(self, text: Text) -> str:
        """The measure at the end, a double; NaN is blank."""
        match self.measure.how:
            case "ever":
                return text.load("double", self.field("held", 0.0))
            case "first":
                return text.load("double", self.field("at", float("nan")))
            case "time_in":
                return text.let(f"sitofp i64 {text.load('i64', self.field('total'))} to double")
            case "mean":
                known = text.load("i64", self.field("known"))
                total = text.load("double", self.field("total", 0.0))
                mean = text.let(f"fdiv double {total}, {text.let(f'sitofp i64 {known} to double')}")
                return text.let(f"select i1 {text.let(f'icmp eq i64 {known}, 0')}, double {NAN}, double {mean}")
            case "final" if self.at_the_end:
                value = self.read(text)
                known = text.let(f"fcmp ord double {value}, {value}")
                return text.let(f"select i1 {known}, double {value}, double {NAN}")
            case "final":
                return text.load("double", self.field("value at", float("nan")))
        return text.load("double", self.field("best", float("nan")))

    def constants(self) -> list[str]:
        """The instants of a series."""
        if not self.times:
            return []
        listed = ", ".join(f"i64 {instant}" for instant in self.times)
        return [f"@times_{self.index} = internal constant [{len(self.times)} x i64] [{listed}]\n"]


class Gauges:
    """All measures of a model, and which of them have been touched in the present instant."""

    def __init__(self, state: State) -> None:
        self.state = state
        measures = state.model.measures
        self.watching = [Gauge(state, i, each) for i, each in enumerate(measures) if each.value is not None]
        self.settling = [gauge for gauge in self.watching if not gauge.at_the_end]
        self.words = sorted({gauge.index // MASK for gauge in self.settling})
        samples = 0
        for gauge in self.watching:
            if gauge.times:
                state.layout.places["first sample", gauge.index] = samples
                samples += len(gauge.times)
        self.samples = samples
        """Of all series of a trajectory."""
        self.told = tuple(i for i, each in enumerate(measures) if each.how != "series")
        """The measures that are one number, in order."""

    def touched(self, word: int) -> int:
        """The place of a word of those touched."""
        return self.state.layout.word("touched", word)

    def wanted(self, word: int) -> int:
        """The place of a word of those that are still to be measured: no series that nobody keeps, no settled first."""
        return self.state.layout.word("wanted", word, first=-1)

    def want(self, text: Text, charted: str) -> None:
        """At the beginning: whether the series of this trajectory are kept."""
        for word in self.words:
            series = sum(1 << each.index % MASK for each in self.watching if each.times and each.index // MASK == word)
            if series:
                wanted = text.let(f"select i1 {charted}, i64 -1, i64 {_signed(~series)}")
                text.store("i64", wanted, self.wanted(word))

    def touch(self, text: Text, measures: tuple[int, ...]) -> None:
        """Something that these read has changed."""
        settling = [gauge.index for gauge in self.settling if gauge.index in measures]
        for word in self.words:
            mask = sum(1 << (index % MASK) for index in settling if index // MASK == word)
            if mask:
                have = text.load("i64", self.touched(word))
                text.store("i64", text.let(f"or i64 {have}, {_signed(mask)}"), self.touched(word))

    def count(self, text: Text, rule: str) -> None:
        """A rule has fired: those that count it, where their window holds the instant."""
        for index, measure in enumerate(self.state.model.measures):
            if rule in measure.rules:
                low, high = window(measure, self.state.horizon)
                inside = "true"
                if (low, high) != (0, self.state.horizon):
                    inside = text.both(text.let(f"icmp sge i64 %now, {low}"), text.let(f"icmp sle i64 %now, {high}"))
                with text.when(inside):
                    text.add_to(self._counted(index))

    def _counted(self, index: int) -> int:
        return self.state.layout.word("counted", index)

    def start(self, text: Text) -> None:
        """Read every watched value at the first instant."""
        for gauge in self.settling:
            gauge.start(text)

    def functions(self) -> list[str]:
        """Those of every measure, what settles those touched, and what tells the results."""
        made = [text for gauge in self.settling for text in gauge.constants() + gauge.functions()]
        return [*made, self._settle().finished(), self._results().finished()]

    def settle_touched(self, text: Text) -> None:
        """The instant of the last firing is over: if something that is measured has changed, read it again."""
        touched = [
            text.let(f"and i64 {text.load('i64', self.touched(word))}, {text.load('i64', self.wanted(word))}")
            for word in self.words
        ]
        if touched:
            some = touched[0]
            for each in touched[1:]:
                some = text.let(f"or i64 {some}, {each}")
            with text.when(text.let(f"icmp ne i64 {some}, 0")):
                text.do(f"call void @settle(ptr %s, i64 {text.load('i64', INSTANT)})")

    def open_instant(self, text: Text) -> None:
        """A firing is to come: in a new instant the one before is measured, and firings are counted anew."""
        with text.when(text.let(f"icmp ne i64 {text.load('i64', INSTANT)}, %now")):
            self.settle_touched(text)
            text.store("i64", "%now", INSTANT)
            limit = text.let(f"add i64 {text.load('i64', FIRINGS)}, {CASCADE}")
            text.store("i64", text.let(f"call i64 @llvm.smin.i64(i64 {limit}, i64 {MOST_FIRINGS})"), LIMIT)

    def _settle(self) -> Text:
        """The instant that is over has settled: read again what was touched."""
        text = Text("void @settle(ptr %s, i64 %now)")
        for word in self.words:
            self._settle_word(text, word, [gauge for gauge in self.settling if gauge.index // MASK == word])
        return text

    def _settle_word(self, text: Text, word: int, gauges: list[Gauge]) -> None:
        both = text.let(f"and i64 {text.load('i64', self.touched(word))}, {text.load('i64', self.wanted(word))}")
        text.store("i64", "0", self.touched(word))
        for gauge in gauges:
            bit = text.let(f"and i64 {both}, {_signed(1 << gauge.index % MASK)}")
            with text.when(text.let(f"icmp ne i64 {bit}, 0")):
                text.call(f"settle_{gauge.index}")

    def _results(self) -> Text:
        """Every last segment lasts until before `%end`; the numbers go to `%out`, in order."""
        text = Text("void @results(ptr %s, i64 %end, ptr %out)")
        by_index = {gauge.index: gauge for gauge in self.watching}
        for gauge in self.settling:
            since, value = text.load("i64", gauge.field("since")), text.load("double", gauge.field("value", 0.0))
            with text.when(text.let(f"icmp sgt i64 %end, {since}")):
                text.do(f"call void @segment_{gauge.index}(ptr %s, i64 {since}, i64 %end, double {value})")
        for column, index in enumerate(self.told):
            if index in by_index:
                value = by_index[index].result(text)
            else:
                value = text.let(f"sitofp i64 {text.load('i64', self._counted(index))} to double")
            text.store("double", value, column * 8, "%out")
        return text


def _signed(mask: int) -> int:
    """A word of bits as the whole number that LLVM writes."""
    word = mask & (2**64 - 1)
    return word - 2**64 if word >= 2**63 else word
