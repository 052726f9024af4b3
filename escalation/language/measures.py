"""Measures and viewpoints: what is watched on each trajectory, and how good it is."""

from escalation.expressions.kinds import Kind, Quantity, Rung, Truth
from escalation.expressions.tree import Expr
from escalation.language import document as plain_shapes
from escalation.language import document_outcomes as shapes
from escalation.language.calendar import LONGEST, Misdated, instant, step
from escalation.language.faults import nearest
from escalation.language.labels import label_of
from escalation.language.names import FIXED, NUMBER, TIME, TRUTH, WORLD, Names, Place
from escalation.language.node import Mapping
from escalation.language.percentages import is_share, meant_in_percent
from escalation.language.quantities import Quantities
from escalation.language.shape import anything_refused, key_origin
from escalation.language.written import Written
from escalation.model.process import Measure, MeasureHow, Months
from escalation.model.scenario import Viewpoint

HOW: tuple[MeasureHow, ...] = ("ever", "first", "final", "max", "min", "mean", "time_in", "count", "series")
CONDITIONS = ("ever", "first", "time_in")
NUMBERS = ("max", "min", "mean")

WATCHED = Place("a measure", WORLD, since_at_least=True)
DIFFERENCE = Place("a size", FIXED)
SCORE = Place("a score", frozenset())

WEEK = 7 * 86_400_000
MOST_POINTS = 20_000
"""Of a series in one trajectory; hourly for two years is fewer."""


class Measures:
    """Resolves the measures and viewpoints of one document."""

    def __init__(self, document: shapes.Document, root: Mapping, names: Names, quantities: Quantities) -> None:
        self.document, self.root, self.names, self.quantities = document, root, names, quantities

    def all(self) -> tuple[Measure, ...]:
        """Every sound measure, in the author's order."""
        found = [self.measure(name, written) for name, written in (self.document.measures or {}).items()]
        return tuple(measure for measure in found if measure is not None)

    def measure(self, name: str, written: shapes.Measure) -> Measure | None:
        """One measure."""
        origin, before = key_origin(self.root, ("measures", name)), len(self.names.faults)
        given = [how for how in HOW if getattr(written, how) is not None]
        if not given and anything_refused(self.root, ("measures", name)):
            return None
        if len(given) != 1:
            said = f"says {' and '.join(given)}" if given else "does not say what it measures"
            self.names.fault(origin, f"`{name}` {said}", f"exactly one of {', '.join(HOW)}", len(name))
            return None
        how = given[0]
        value = rules = None
        if how == "count":
            rules = self.rules(written.count or [])
        else:
            value = self.names.read(getattr(written, how), WATCHED, TRUTH if how in CONDITIONS else None)
        kind = self.kind(how, value.kind if value is not None else NUMBER)
        if value is not None and how in NUMBERS and not isinstance(value.kind, Quantity):
            rung = isinstance(value.kind, Rung)
            cure = f"level({getattr(written, how)})" if rung else "a condition has `ever`, `first` or `time_in`"
            self.names.fault_at(getattr(written, how), f"`{how}` is of a number", cure)
        sound = (value is not None or rules is not None) and len(self.names.faults) == before
        matters = self.matters(written, kind, value) if sound else None
        during, at = self.window(name, written), self.at(how, name, written)
        every = self.every(how, name, written)
        if (value is None and rules is None) or len(self.names.faults) > before:
            return None
        return Measure(
            name=name,
            how=how,
            kind=kind,
            value=value,
            rules=rules or (),
            during=during,
            at=at,
            every=every,
            better=str(written.better or "neither"),  # type: ignore[arg-type]
            matters=matters,
            label=label_of(written.label, name),
            origin=origin,
        )

    @staticmethod
    def kind(how: str, watched: Kind) -> Kind:
        """The kind of the measure itself."""
        if how in ("first", "time_in"):
            return TIME
        return NUMBER if how == "count" else watched

    def rules(self, written: list[Written]) -> tuple[str, ...] | None:
        """The rules that are counted."""
        known = True
        for each in written:
            if each not in self.names.rules and str(each).split(".")[0] not in self.names.broken:
                meant = nearest(each, self.names.rules)
                self.names.fault_at(
                    each, f"there is no rule `{each}` to count", f"did you mean {meant}?" if meant else ""
                )
                known = False
        return tuple(str(each) for each in written) if known else None

    def matters(self, written: shapes.Measure, kind: Kind, watched: Expr | None) -> float | None:
        """The smallest difference that matters, in the measure's own unit."""
        if written.matters is None:
            return None
        unit = own_unit(kind)
        if unit is None:
            self.names.fault_at(written.matters, "only numbers, shares and times have a size that matters")
            return None
        value = self.number(written.matters, unit)
        if value is not None and value < 0:
            self.names.fault_at(written.matters, "a size is not negative")
        within = watched is not None and is_share(watched, self.names.ranges, self.names.fixed)
        if (within or isinstance(kind, Truth)) and value is not None and value > 1:
            cure = f"write {written.matters}%" if meant_in_percent(value) else ""
            self.names.fault_at(written.matters, "a share lies between 0% and 100%", cure)
        return value

    def number(self, leaf: Written, kind: Kind) -> float | None:
        """A number that only constants decide."""
        expr = self.names.read(leaf, DIFFERENCE, kind)
        value = self.names.constant_value(expr) if expr is not None else None
        return float(value) if value is not None else None

    def window(self, name: str, written: shapes.Measure) -> tuple[int, int] | None:
        """The two instants between which it counts."""
        if written.during is None:
            return None
        ends = [self.inside(each) for each in written.during]
        if ends[0] is None or ends[1] is None:
            return None
        if ends[0] >= ends[1]:
            self.names.fault_at(written.during[1], "the window ends before it begins")
        return ends[0], ends[1]

    def inside(self, leaf: Written) -> int | None:
        """A date of the study as an instant."""
        return inside(self.names, leaf)

    def at(self, how: str, name: str, written: shapes.Measure) -> int | None:
        """The instant of a `final`."""
        if written.at is None:
            return None
        if how != "final":
            self.misplaced(name, "at", "final")
        return self.inside(written.at)

    def every(self, how: str, name: str, written: shapes.Measure) -> int | Months | None:
        """The step of a series, a week unless told otherwise."""
        if how != "series":
            if written.every is not None:
                self.misplaced(name, "every", "series")
            return None
        if written.every is None:
            return WEEK
        try:
            return self.coarse(step(written.every))
        except Misdated as wrong:
            self.names.faults.append(wrong.fault(written.every))
            return None

    def coarse(self, length: int | Months) -> int | Months:
        """A step that leaves a series that can be held. Raises Misdated."""
        known = self.names.horizon <= LONGEST
        if known and isinstance(length, int) and self.names.horizon // length >= MOST_POINTS:
            raise Misdated(f"a series has {MOST_POINTS:,} points at most", "a longer step")
        return length

    def misplaced(self, name: str, key: str, owner: str) -> None:
        """An entry that belongs to another kind of measure."""
        self.names.fault(key_origin(self.root, ("measures", name, key)), f"`{key}` belongs to `{owner}`", "", len(key))

    def viewpoints(self, measures: tuple[Measure, ...]) -> tuple[Viewpoint, ...]:
        """Scores over measures: a truth counts 0 or 1, a time in days, anything else in its own unit."""
        local = {each.name: NUMBER for each in measures if each.how != "series"}
        self.names.hints |= {each.name: "a series is not one number" for each in measures if each.how == "series"}
        missing = set(self.document.measures or {}) - set(local)
        series = {each.name for each in measures} - set(local)
        hidden = missing - series - self.names.broken
        self.names.broken |= hidden
        found = []
        for name, written in (self.document.values or {}).items():
            viewpoint = self.viewpoint(name, written, local)
            if viewpoint is not None:
                found.append(viewpoint)
        self.names.broken -= hidden
        return tuple(found)

    def viewpoint(self, name: str, written: plain_shapes.Viewpoint, local: dict[str, Quantity]) -> Viewpoint | None:
        """One viewpoint."""
        score = self.names.read(written.score, SCORE, NUMBER, local)
        return Viewpoint(name, label_of(written.label, name), score) if score is not None else None


def own_unit(kind: Kind) -> Kind | None:
    """What a difference of two such measures is counted in: a share for a truth, nothing for words and rungs."""
    if isinstance(kind, Truth):
        return NUMBER
    return kind if isinstance(kind, Quantity) else None


def inside(names: Names, leaf: Written) -> int | None:
    """A date of the study as an instant, or None with a fault."""
    try:
        at = instant(names.start, leaf)
    except Misdated as wrong:
        names.faults.append(wrong.fault(leaf))
        return None
    if not 0 <= at <= names.horizon:
        names.fault_at(leaf, f"{leaf} is {'before the scenario starts' if at < 0 else 'after the scenario ends'}")
        return None
    return at
