"""Policies that adapt: each entry of a `then` becomes a rule that only its policy arms, so all share one model.

For the entry number k of a policy `adapt`:

- `adapt.then.k` fires once, on its date or when its condition has lasted, and sets levers;
- `adapt.then.k#armed` is true under that policy until then, and false under every other;
- each lever that it sets is a variable of the same name, whose first value is what the policy set at the start.

A date comes first in the calendar of its day, a condition first among what has lasted, so a change is in force for
whatever else is due in that instant and phase, and for every choice.
"""

from collections.abc import Iterable, Mapping

from escalation.expressions import tree
from escalation.expressions.kinds import Kind, Rung, Truth
from escalation.expressions.tree import Expr
from escalation.model.process import Assign, Dated, Edge, Lever, Phase, Rule, Value, Variable
from escalation.model.scenario import Adaptation, Ladder, PolicySpec, Scenario
from escalation.model.unknown import FALSE, both

FIRST = -10_000_000
"""The order of the first entry: before any that an author can write. Later entries come after earlier ones."""


def adaptable(scenario: Scenario) -> frozenset[str]:
    """Levers, ceilings and switches that some policy sets on the way."""
    return frozenset(name for policy in scenario.policies for entry in policy.then for name, _ in entry.settings)


def rules_of_policies(scenario: Scenario) -> list[Rule]:
    """The rule of every entry of every policy."""
    kinds: dict[str, Kind] = {lever.name: lever.kind for lever in scenario.levers}
    kinds |= {f"{ladder.name}.ceiling": _rungs(ladder) for ladder in scenario.ladders}
    return [
        _rule(policy, index, entry, kinds, scenario.ladders)
        for policy in scenario.policies
        for index, entry in enumerate(policy.then)
    ]


def settings_of(policy: PolicySpec) -> tuple[tuple[str, Value], ...]:
    """What a policy sets at the start: what its author wrote, and the entries that wait."""
    return policy.settings + tuple((_armed(policy, index).path, True) for index in range(len(policy.then)))


def armed_levers(scenario: Scenario) -> list[Lever]:
    """Whether an entry waits: false but under its policy."""
    names = [_armed(policy, index).path for policy in scenario.policies for index in range(len(policy.then))]
    return [Lever(name, Truth(), False) for name in names]


def variables_of(levers: Iterable[Lever], changing: frozenset[str]) -> tuple[Variable, ...]:
    """Levers that change on the way, as variables that begin as the lever is set."""
    found = [lever for lever in levers if lever.name in changing or lever.name.endswith("#armed")]
    return tuple(Variable(lever.name, lever.kind, tree.Name(lever.name, lever.kind), hidden=True) for lever in found)


def _armed(policy: PolicySpec, index: int) -> tree.Name:
    return tree.Name(f"{policy.name}.then.{index}#armed", Truth())


def _rungs(ladder: Ladder) -> Rung:
    return Rung(ladder.name, tuple(rung.id for rung in ladder.rungs))


def _rule(
    policy: PolicySpec, index: int, entry: Adaptation, kinds: Mapping[str, Kind], ladders: Iterable[Ladder]
) -> Rule:
    armed = _armed(policy, index)
    sets = [Assign(name, tree.Literal(value, kinds.get(name, Truth())), entry.origin) for name, value in entry.settings]
    for ladder in ladders:
        sets += _withdrawal(ladder, dict(entry.settings), entry)
    clock: Dated | Edge
    if entry.at is not None:
        clock = Dated(entry.at, armed)
    else:
        assert entry.when is not None
        clock = Edge(both(armed, entry.when), entry.lasting)
    return Rule(
        name=f"{policy.name}.then.{index}",
        phase=Phase.CALENDAR if entry.at is not None else Phase.LASTED,
        clock=clock,
        effect=(Assign(armed.path, FALSE), *sets),
        order=FIRST + index,
        label=f"Policy {policy.label}",
        origin=entry.origin,
    )


def _withdrawal(ladder: Ladder, settings: Mapping[str, Value], entry: Adaptation) -> list[Assign]:
    """A rung being decided that the change forbids is withdrawn with it; what is decided stays (ladder law 4)."""
    kind = _rungs(ladder)
    pending, decided = tree.Name(f"{ladder.name}.pending", kind), tree.Name(f"{ladder.name}.decided", kind)
    forbidden: list[Expr] = []
    ceiling = settings.get(f"{ladder.name}.ceiling")
    if ceiling is not None:
        forbidden.append(tree.Comparison(">", pending, tree.Literal(ceiling, kind)))
    for index, rung in enumerate(ladder.rungs):
        if settings.get(f"{ladder.name}.{rung.id}.active") is False:
            forbidden.append(tree.Comparison("==", pending, tree.Literal(index, kind)))
    if not forbidden:
        return []
    whether = forbidden[0] if len(forbidden) == 1 else tree.Or(tuple(forbidden))
    return [Assign(pending.path, tree.If(whether, decided, pending, kind), entry.origin)]


def switched_clock_off(active: Expr, unless: Expr | None) -> Expr:
    """What withdraws a delay of a rule that can be switched off on the way: its `unless`, or the switch."""
    off = tree.Not(active)
    return off if unless is None else tree.Or((off, unless))
