"""What reads and writes what in a model, and so what can have an effect on a measure at all."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from escalation.expressions.tree import Expr, names_in
from escalation.model.process import Following, Measure, Model, Rule

CLOCK_PARTS = ("condition", "running", "unless", "rate", "at", "every", "first", "after", "lag", "lasting")


@dataclass(frozen=True)
class Influence:
    """Names by who reads and writes them.

    reads, writes: of each rule, derived names followed to what they are made of. arrows: from a name (or `rule RULE`)
    to everything that depends on it directly. measured: names and rules that some measure reads or counts.
    """

    reads: dict[str, frozenset[str]]
    writes: dict[str, frozenset[str]]
    arrows: dict[str, frozenset[str]]
    measured: frozenset[str]

    def contended(self, first: str, second: str) -> tuple[str, ...]:
        """Names that one of two different rules writes and the other reads or writes."""
        if first == second:
            return ()
        touched = self.writes[first] & (self.reads[second] | self.writes[second])
        return tuple(sorted(touched | (self.writes[second] & self.reads[first])))

    def telling(self) -> frozenset[str]:
        """Names from which some measure can be reached; no other can have an effect on one."""
        sources: dict[str, set[str]] = {}
        for name, targets in self.arrows.items():
            for target in targets:
                sources.setdefault(target, set()).add(name)
        return _closure(self.measured, sources)

    def touched(self, names: Iterable[str]) -> frozenset[str]:
        """Names and rules that depend on any of these, themselves included; no other can feel a change of them."""
        return _closure(names, self.arrows)


def _closure(names: Iterable[str], arrows: Mapping[str, AbstractSet[str]]) -> frozenset[str]:
    reached = set(names)
    waiting = list(reached)
    while waiting:
        fresh = arrows.get(waiting.pop(), frozenset()) - reached
        reached |= fresh
        waiting += fresh
    return frozenset(reached)


def influence_of(model: Model) -> Influence:
    """Who reads and writes what."""
    derived = {item.name: item.value for item in model.derived}
    reads = {rule.name: _grounded(_expressions(rule), derived) for rule in model.rules}
    writes = {rule.name: frozenset(assign.target for assign in rule.effect) for rule in model.rules}
    arrows: dict[str, set[str]] = {}

    def arrow(sources: Iterable[str], target: str) -> None:
        for source in sources:
            arrows.setdefault(source, set()).add(target)

    for rule in model.rules:
        arrow(reads[rule.name], _node(rule))
        arrows.setdefault(_node(rule), set()).update(writes[rule.name], (draw.target for draw in rule.draws))
        if isinstance(rule.clock, Following):
            arrow([f"rule {rule.clock.leader}"], _node(rule))
    for uncertainty in model.uncertainties:
        arrow(names_in(uncertainty.value), uncertainty.name)
    for variable in model.variables:
        for part in (variable.initial, variable.low, variable.high):
            arrow(names_in(part) if part is not None else (), variable.name)
    measured = measured_by(model, model.measures)
    return Influence(reads, writes, {name: frozenset(to) for name, to in arrows.items()}, measured)


def measured_by(model: Model, measures: Iterable[Measure]) -> frozenset[str]:
    """Names that measures read, derived names followed to what they are made of, and rules that they count."""
    chosen = tuple(measures)
    derived = {item.name: item.value for item in model.derived}
    counted = frozenset(f"rule {rule}" for measure in chosen for rule in measure.rules)
    return counted | _grounded([each.value for each in chosen if each.value is not None], derived)


def _node(rule: Rule) -> str:
    return f"rule {rule.name}"


def _expressions(rule: Rule) -> list[Expr]:
    parts = [getattr(rule.clock, part, None) for part in CLOCK_PARTS]
    found = [part for part in parts if part is not None and hasattr(part, "kind")]
    return found + [assign.value for assign in rule.draws + rule.effect]


def _grounded(trees: Iterable[Expr], derived: dict[str, Expr]) -> frozenset[str]:
    """Names that trees read, with derived names replaced by what they are made of."""
    found: set[str] = set()
    waiting = list(trees)
    seen: set[str] = set()
    while waiting:
        for name in names_in(waiting.pop()) - seen:
            seen.add(name)
            if name in derived:
                waiting.append(derived[name])
            else:
                found.add(name)
    return frozenset(found)
