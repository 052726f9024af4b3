"""Decisions from outside: what a person can choose, and whether an order can be carried out now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from escalation.engines.program import Program, RuleCode
from escalation.expressions.tree import names_in
from escalation.model.evaluate import evaluate
from escalation.model.process import Choice, Value


class Refused(ValueError):
    """A choice cannot be taken now: it does not exist at present, or gates are shut, which `shut` names."""

    def __init__(self, why: str, shut: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.shut = shut


@dataclass(frozen=True)
class Order:
    """A decision from outside: the choice, and draws of its rule that the person fills in (by their own names)."""

    choice: str
    draws: Mapping[str, Value] = field(default_factory=dict)


def menu(program: Program, actor: str, values: Mapping[str, Value]) -> dict[str, dict[str, bool]]:
    """What an actor can do now: each choice whose guard holds, with its gates and whether they are open."""
    return {
        choice.name: {gate.name: bool(evaluate(gate.holds, values)) for gate in choice.gates}
        for choice in program.model.choices
        if choice.actor == actor and evaluate(choice.guard, values)
    }


def admit(program: Program, order: Order, values: Mapping[str, Value]) -> RuleCode:
    """The rule that an order fires.

    Raises:
        Refused: there is no such choice, its guard is false, a gate is shut, or it has no such draw.
    """
    choice = next((item for item in program.model.choices if item.name == order.choice), None)
    if choice is None:
        raise Refused(f"there is no choice {order.choice!r}")
    if not evaluate(choice.guard, values):
        raise Refused(f"{choice.name} cannot be chosen now")
    shut = [gate.name for gate in choice.gates if not evaluate(gate.holds, values)]
    if shut:
        raise Refused(f"{choice.name} cannot be carried out: shut gates: {', '.join(shut)}", tuple(shut))
    _check_filled(choice, order)
    return program.rules[program.by_name[choice.rule]]


def forced(program: Program, rule: str, draws: Mapping[str, Value], s: Sequence[Value | None]) -> RuleCode:
    """The rule that is to fire whatever its clock says; `s` has the present values.

    Raises:
        Refused: there is no such rule, it has no such draw, or it reads a draw that was never made.
    """
    if rule not in program.by_name:
        raise Refused(f"there is no rule {rule!r}")
    code = program.rules[program.by_name[rule]]
    known = {name.rpartition(".")[2] for _, name, _ in code.draws}
    wrong = sorted(set(draws) - known)
    if wrong:
        raise Refused(f"{rule} has no {wrong[0]!r} to fill in; it has {', '.join(sorted(known)) or 'nothing'}")
    own = {name for _, name, _ in code.draws}
    read = {name for each in code.rule.draws + code.rule.effect for name in names_in(each.value)} - own
    never = sorted(name for name in read if s[program.slots[name]] is None)
    if never:
        raise Refused(f"{rule} reads {never[0]}, and what draws that has not fired yet")
    return code


def clashing(program: Program, codes: Sequence[RuleCode]) -> tuple[str, str] | None:
    """A rule of which another, chosen in the same instant and of the same order, sets the same name; and a sentence."""
    writers: dict[tuple[int, int], str] = {}
    for code in codes if len(codes) > 1 else ():
        rule = code.rule.name
        for slot in code.targets:
            other = writers.setdefault((code.rule.order, slot), rule)
            if other != rule:
                both = f"{other} and {rule} are chosen in one instant and both set {program.names[slot]}"
                return rule, f"{both}: give one of them another `order:`"
    return None


def rules_at_rest(program: Program, played: frozenset[str]) -> frozenset[int]:
    """Ranks of the rules by which the model would choose for actors that are played."""
    names = {
        name for choice in program.model.choices if choice.actor in played for name in (choice.rule, *choice.helpers)
    }
    return frozenset(program.by_name[name] for name in names)


def _check_filled(choice: Choice, order: Order) -> None:
    known = {name.rpartition(".")[2] for name in choice.draws}
    wrong = sorted(set(order.draws) - known)
    if wrong:
        raise Refused(f"{choice.name} has no {wrong[0]!r} to fill in; it has {', '.join(sorted(known)) or 'nothing'}")
