"""What every name of a scenario means, what may be read where, and the reading of expressions in their place."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal as OneOf

from escalation.chance.distributions import REGISTRY
from escalation.expressions.check import chain, read, read_chance
from escalation.expressions.kinds import DURATION, PURE, RATE, Category, Dimension, Kind, Quantity, Truth
from escalation.expressions.problems import Problem
from escalation.expressions.scope import Scope, UnitDefinition
from escalation.expressions.tree import Count, Expr, If, children, walk
from escalation.language.beliefs import Believed, as_believed, unsaid
from escalation.language.document import Case, Cases
from escalation.language.faults import Fault
from escalation.language.parameters import impossible_draws, known_value
from escalation.language.percentages import bare_percentages
from escalation.language.written import Written
from escalation.model.process import Origin, Value

TRUTH = Truth()
NUMBER = Quantity(PURE)
TIME = Quantity(DURATION)
PER_TIME = Quantity(RATE)

TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*(?!\s*=[^=])")

FIXED = frozenset({"constant"})
FUTURE = FIXED | {"uncertainty"}
POINT = FUTURE | {"lever"}
WORLD = POINT | {"state", "derived", "reading", "ladder", "rung"}

WORDS = {
    "constant": "a constant",
    "uncertainty": "an uncertainty",
    "lever": "a lever",
    "state": "a state",
    "derived": "a derived name",
    "reading": "a reading",
    "ladder": "a ladder",
    "rung": "a rung",
    "event": "an event",
    "unit": "a unit",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: what it is called, which groups of names it may read, and what else it may do.

    sign: what a value that is known now must be there, `not negative` or `positive`; empty when anything goes.
    instead_of_age: what to write in place of `elapsed`, `since` or an age, where a condition is not all that is meant.
    """

    what: str
    groups: frozenset[str]
    draws: bool = False
    elapsed: bool = False
    since_at_least: bool = False
    mean_months: bool = False
    sign: OneOf["", "not negative", "positive"] = ""
    instead_of_age: str = ""


CONDITION = Place("a condition", WORLD, since_at_least=True)
HAZARD = Place("a rate", WORLD, mean_months=True, sign="not negative")
REALISED = Place("a value of a firing", WORLD, draws=True, elapsed=True)
DELAY = Place("a delay", WORLD, draws=True, elapsed=True, sign="not negative")
PERIOD = Place("a period", WORLD, draws=True, elapsed=True, sign="positive")
LASTING = Place("how long something must last", WORLD, sign="not negative")
PURE_VALUE = Place(
    "a derived value",
    WORLD,
    since_at_least=True,
    instead_of_age="write it where a value is drawn or set (an effect, a delay, an error), or keep it in a state that "
    "an `every:` event sets",
)
CONSTANT = Place("a constant", FIXED)
UNCERTAINTY = Place("an uncertainty", FUTURE, draws=True)
BIAS = Place("a bias, drawn at the start,", POINT, draws=True)
INITIAL = Place("an initial value", POINT)
SETTING = Place("a lever's value", FIXED)
INJECTED = Place("what an inject sets", FIXED)
BOUND = Place("a bound", FIXED)
DATED = Place("a date of a policy", FUTURE)
CALENDAR = Place("a date of an event", FUTURE, draws=True)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a path is: its group, and its kind once that is known."""

    group: str
    kind: Kind


@dataclass
class Names:
    """The names of one scenario as they become known, and everything found wrong with what reads them.

    start, horizon: the first day, and the last instant.
    ranges: the two ends between which a state or lever must stay.
    broken: names whose definition has a fault; what mentions them is not judged a second time.
    fixed: values of the constants that are known.
    watched: names of measures.
    rules: what `since`, `count` and `count:` may name.
    beliefs: readings of which actors have beliefs of their own. reader: the actor whose rule is being read.
    """

    start: date
    horizon: int
    units: dict[str, UnitDefinition] = field(default_factory=dict)
    meanings: dict[str, Meaning] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    rules: set[str] = field(default_factory=set)
    aged: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    ranges: dict[str, tuple[Expr | None, Expr | None]] = field(default_factory=dict)
    fixed: dict[str, Value] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    watched: set[str] = field(default_factory=set)
    notes: list[Fault] = field(default_factory=list)
    scopes: dict[tuple[Place, int], Scope] = field(default_factory=dict)
    categories: dict[tuple[str, ...], str] = field(default_factory=dict)
    beliefs: dict[str, Believed] = field(default_factory=dict)
    reader: str | None = None

    @contextmanager
    def read_by(self, actor: str | None) -> Iterator[None]:
        """While it lasts, what is read is read by this actor (None: by nobody in particular)."""
        before, self.reader = self.reader, actor
        try:
            yield
        finally:
            self.reader = before

    def define(self, path: str, group: str, kind: Kind) -> None:
        """A name becomes known."""
        self.meanings[path] = Meaning(group, kind)

    def kind(self, path: str) -> Kind | None:
        """The kind of a name that is known and sound."""
        found = self.meanings.get(path)
        return found.kind if found else None

    def category(self, name: str, words: Iterable[str]) -> Category:
        """The category of these words; two with the same words are one, under the name that came first."""
        listed = tuple(words)
        return Category(self.categories.setdefault(listed, name), listed)

    def fault(self, origin: Origin, message: str, suggestion: str = "", length: int = 1) -> None:
        """Something is wrong here."""
        self.faults.append(Fault.at(origin, message, suggestion, max(1, length)))

    def fault_at(self, leaf: Written, message: str, suggestion: str = "") -> None:
        """Something is wrong with this value."""
        self.fault(leaf.origin, message, suggestion, 1 if "\n" in leaf else len(leaf))

    def note(self, origin: Origin, message: str, suggestion: str = "", length: int = 1) -> None:
        """Something is worth knowing, and no fault."""
        self.notes.append(Fault.at(origin, message, suggestion, max(1, length)))

    def mentions_broken(self, text: str) -> bool:
        """Whether a text reads a name that has a fault of its own."""
        return bool(self.broken) and any(
            part in self.broken for token in TOKEN.findall(text) for part in (*_prefixes(token), *token.split("."))
        )

    def scope(self, place: Place, local: Mapping[str, Kind] | None = None) -> Scope:
        """What an expression may read at a place; `local` are names that only it knows."""
        key = (place, len(self.meanings))
        scope = self.scopes.get(key)
        if scope is None:
            scope = self.scopes[key] = self._scope(place)
        if not local:
            return scope
        return _replaced(scope, {**scope.names, **local})

    def _scope(self, place: Place) -> Scope:
        allowed = {path: found.kind for path, found in self.meanings.items() if found.group in place.groups}
        barred = {
            path: f"{path} is {WORDS[found.group]}, and {place.what} may read only {_listed(place.groups)}"
            for path, found in self.meanings.items()
            if found.group not in place.groups
        }
        unread = self.watched - allowed.keys() - self.hints.keys()
        barred |= {name: "it is a measure, which only scores and claims read" for name in unread}
        return Scope(
            names=allowed,
            hints={**self.hints, **barred},
            rules=frozenset(self.rules),
            distributions=REGISTRY,
            units=self.units,
            start=self.start,
            draws=place.draws,
            elapsed=place.elapsed,
            since_at_least=place.since_at_least,
            mean_months=place.mean_months,
            aged=frozenset(self.aged),
            instead_of_age=place.instead_of_age,
        )

    def read(
        self, leaf: Written, place: Place, expected: Kind | None = None, local: Mapping[str, Kind] | None = None
    ) -> Expr | None:
        """The tree of one text, or None; whatever is wrong with it has then become a fault."""
        if self.mentions_broken(leaf):
            return None
        expr, problems = read(leaf, self.scope(place, local), expected)
        if expr is not None and "state" not in place.groups and any(isinstance(part, Count) for part in walk(expr)):
            self.fault_at(leaf, f"{place.what} is known before anything has happened, so nothing is counted in it")
            return None
        if expr is not None:
            problems = tuple(impossible_draws(leaf, expr, self.fixed))
        self._report(leaf, problems)
        if problems:
            return None
        if expr is not None:
            expr = self._believed(leaf, expr)
        if expr is not None and not (self._sensible(leaf, expr, place) and self._no_bare_percentage(leaf, expr)):
            return None
        if expr is not None and _nested(expr):
            self.note(
                leaf.origin, "an `if` inside an `if` is easily misread", "write it as `cases:`, a line a condition"
            )
        return expr

    def _believed(self, leaf: Written, expr: Expr) -> Expr | None:
        """The tree with readings as their reader believes them; None when a bare name has no meaning here."""
        expr = as_believed(expr, self.reader, self.beliefs)
        wrong = unsaid(leaf, expr, self.reader, self.beliefs)
        if wrong is None:
            return expr
        self.fault(leaf.node.at(wrong.position), wrong.message, wrong.suggestion, len(wrong.name))
        return None

    def constant_value(self, expr: Expr) -> Value | None:
        """The value of an expression that reads constants alone; None when it reads or draws more."""
        return known_value(expr, self.fixed)

    def _sensible(self, leaf: Written, expr: Expr, place: Place) -> bool:
        """Whether a waiting time or a rate may be what constants make of it; if not, that has become a fault."""
        value = known_value(expr, self.fixed) if place.sign and isinstance(expr.kind, Quantity) else None
        if value is None or value > 0 or (value == 0 and place.sign == "not negative"):
            return True
        size = "nothing" if value == 0 else "less than nothing"
        least = "above nothing" if place.sign == "positive" else "0 or more"
        self.fault_at(leaf, f"{leaf} is {size}", f"it must be {least}")
        return False

    def _no_bare_percentage(self, leaf: Written, expr: Expr) -> bool:
        """Whether no share is compared with a number that was meant in percent; if one is, that has become a fault."""
        for name, number in bare_percentages(expr, self.ranges, self.fixed):
            ends = " to ".join(f"{known_value(end, self.fixed):.0%}" for end in self.ranges[name] if end is not None)
            found = re.search(rf"(?<![\w.]){re.escape(number)}(?![\w.%])", leaf)
            place, length = (leaf.node.at(found.start()), len(number)) if found else (leaf.origin, 1)
            self.fault(place, f"{name} runs from {ends} and never comes near {number}", f"write {number}%", length)
            return False
        return True

    def outside(self, expr: Expr, name: str) -> str:
        """On which side of a range a value known now lies, `below` or `above`; empty when it does not."""
        known = self.constant_value(expr)
        for end, side in zip(self.ranges.get(name, (None, None)), ("below", "above"), strict=True):
            bound = self.constant_value(end) if end is not None else None
            if known is not None and bound is not None and (known < bound if side == "below" else known > bound):
                return side
        return ""

    def read_chance(self, leaf: Written) -> tuple[Expr, Expr] | None:
        """Share and duration of `10% in 1 year`, or None."""
        if self.mentions_broken(leaf):
            return None
        pair, problems = read_chance(leaf, self.scope(HAZARD))
        self._report(leaf, problems)
        if pair is None:
            return None
        share, within = (self._believed(leaf, part) for part in pair)
        return (share, within) if share is not None and within is not None else None

    def _report(self, leaf: Written, problems: Iterable[Problem]) -> None:
        for problem in problems:
            origin, length = leaf.node.at(problem.start), problem.end - problem.start
            self.fault(origin, problem.message, problem.suggestion, min(length, 200))

    def value(
        self,
        value: "Written | Cases",
        place: Place,
        expected: Kind | None = None,
        local: Mapping[str, Kind] | None = None,
    ) -> Expr | None:
        """The tree of a value, which may be written as cases."""
        if isinstance(value, Written):
            return self.read(value, place, expected, local)
        return self._cases(value, place, expected, local)

    def _cases(
        self, value: Cases, place: Place, expected: Kind | None, local: Mapping[str, Kind] | None
    ) -> Expr | None:
        wrong = next((case for case in value.cases[:-1] if not _is_line(case)), None)
        last = value.cases[-1]
        if wrong is not None or last.otherwise is None or last.when is not None or last.value is not None:
            self._misformed(wrong or last)
            return None
        pairs: list[tuple[Expr | None, Expr | None]] = []
        for case in value.cases[:-1]:
            assert case.when is not None
            assert case.value is not None
            condition = self.read(case.when, place, TRUTH, local)
            then = self.read(case.value, place, expected, local)
            expected = expected or (then.kind if then is not None else None)
            pairs.append((condition, then))
        otherwise = self.read(last.otherwise, place, expected, local)
        known = [(when, then) for when, then in pairs if when is not None and then is not None]
        if otherwise is None or len(known) < len(pairs):
            return None
        return chain(known, otherwise)

    def _misformed(self, case: Case) -> None:
        leaf = case.when or case.value or case.otherwise
        message = "`cases` has lines of `when` and `value`, and a last line with `otherwise` alone"
        if leaf is not None:
            self.fault_at(leaf, message, "- {otherwise: 1}")


def _is_line(case: Case) -> bool:
    """Whether a line says a condition and its value, and nothing else."""
    return case.when is not None and case.value is not None and case.otherwise is None


def _nested(expr: Expr) -> bool:
    """Whether a choice stands inside a choice."""
    return any(isinstance(part, If) and any(isinstance(below, If) for below in children(part)) for part in walk(expr))


def _prefixes(token: str) -> Iterable[str]:
    parts = token.split(".")
    return (".".join(parts[: end + 1]) for end in range(len(parts)))


def _listed(groups: frozenset[str]) -> str:
    order = [group for group in WORDS if group in groups]
    plural = {"uncertainty": "uncertainties", "state": "state", "derived": "derived names"}
    named = [plural.get(group, f"{group}s") for group in order]
    if not named:
        return "measures"
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]


def _replaced(scope: Scope, names: Mapping[str, Kind]) -> Scope:
    return replace(scope, names=names)


def author_unit(name: str) -> UnitDefinition:
    """A unit that the author declared: a dimension of its own, counted in ones."""
    return UnitDefinition(Dimension.base(name))
