"""Which name lies in which slot, and who reads what: what both engines know of a model before any code is made."""

from collections.abc import Mapping

from escalation.expressions.kinds import Instant, Quantity
from escalation.expressions.tree import Draw, Expr, names_in, walk
from escalation.model.process import Hazard, Model, Rule
from escalation.model.streams import hazard_stream

LOOKED_AT = ("condition", "running", "rate", "unless")
"""Parts of a clock that are looked at again when something that they read has changed."""
REALISED = ("at", "every", "first", "after", "lag", "lasting")
"""Parts of a clock that are drawn or computed at one moment."""
WAITS = ("every", "after", "lag")
"""Parts of clocks that are drawn as a wait begins; a clock has one of them at most."""


def layout(model: Model) -> dict[str, int]:
    """The slot of every name: levers, then uncertainties, variables, draws of rules, and derived names."""
    names = [item.name for item in model.levers]
    names += [item.name for item in model.uncertainties]
    names += [item.name for item in model.variables]
    names += [assign.target for rule in model.rules for assign in rule.draws]
    names += [item.name for item in model.derived]
    # A lever that changes on the way is a variable too, in one and the same slot.
    return {name: slot for slot, name in enumerate(dict.fromkeys(names))}


def trees(rule: Rule) -> list[Expr]:
    """Every tree of a rule: its clock's parts, its draws and its effect."""
    parts = [getattr(rule.clock, part, None) for part in LOOKED_AT + REALISED]
    found = [part for part in parts if part is not None and hasattr(part, "kind")]
    return found + [assign.value for assign in rule.draws + rule.effect]


def streams(model: Model) -> tuple[str, ...]:
    """Streams that are read while a trajectory runs; dated rules draw theirs once a future."""
    found = set()
    for rule in model.rules:
        for node in trees(rule):
            found |= {part.stream for part in walk(node) if isinstance(part, Draw) and part.stream}
        if isinstance(rule.clock, Hazard):
            found.add(hazard_stream(rule))
    return tuple(sorted(found))


def readers(model: Model, slots: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
    """For a slot, the ranks of the rules whose clocks read it."""
    found: dict[int, set[int]] = {}
    for rank, rule in enumerate(model.rules):
        for part in LOOKED_AT:
            node = getattr(rule.clock, part, None)
            for name in names_in(node) if node is not None else ():
                found.setdefault(slots[name], set()).add(rank)
    return {slot: tuple(sorted(ranks)) for slot, ranks in found.items()}


def derived_after(model: Model, slots: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
    """For a slot, which derived names depend on it, at any remove, in the order of computing."""
    depends: dict[str, set[str]] = {}
    for item in model.derived:
        reads = names_in(item.value)
        depends[item.name] = set(reads).union(*(depends.get(name, ()) for name in reads))
    after: dict[int, list[int]] = {}
    for index, item in enumerate(model.derived):
        for name in depends[item.name]:
            after.setdefault(slots[name], []).append(index)
    return {slot: tuple(indexes) for slot, indexes in after.items()}


def watched(model: Model, slots: Mapping[str, int]) -> dict[int, tuple[int, ...]]:
    """For a slot, the places of the measures that read it."""
    found: dict[int, list[int]] = {}
    for index, measure in enumerate(model.measures):
        for name in names_in(measure.value) if measure.value is not None else ():
            found.setdefault(slots[name], []).append(index)
    return {slot: tuple(indexes) for slot, indexes in found.items()}


def clash(one: Rule, other: Rule) -> bool:
    """Whether two rules of one order set one name, so that both cannot be chosen in one instant."""
    names = [{assign.target for assign in rule.effect} for rule in (one, other)]
    return one is not other and one.order == other.order and bool(names[0] & names[1])


def drawn_wait(rule: Rule) -> tuple[str, Expr] | None:
    """The part of a rule's clock that is a wait with a draw in it, by its name; None if its waits draw nothing."""
    for part in WAITS:
        node = getattr(rule.clock, part, None)
        if node is not None and hasattr(node, "kind") and any(isinstance(each, Draw) for each in walk(node)):
            return part, node
    return None


def seen_by_waits(model: Model) -> list[tuple[str, ...]]:
    """For each rule, the names that its drawn wait reads and that can change, in order of names."""
    fixed = {lever.name for lever in model.levers} | {item.name for item in model.uncertainties}
    fixed -= {item.name for item in model.variables}
    waits = map(drawn_wait, model.rules)
    return [() if wait is None else tuple(sorted(names_in(wait[1]) - fixed)) for wait in waits]


def is_number(kind: object) -> bool:
    """Whether values of this kind are stored as a float, and so must be finite."""
    return isinstance(kind, Quantity | Instant)
