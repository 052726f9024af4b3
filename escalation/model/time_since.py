"""How often a rule fired, how long ago, and whether that is long enough: kept as plain variables and rules.

`count(x)` becomes a variable that x's effect raises. `since(x)` reads the instant of x's last firing. `since(x) >= D`
in a condition becomes a truth that x's firing lowers and that a clock raises D later, so that it can be scheduled
(law 7: time never stands in a condition). A rule that has not fired yet is infinitely long ago in a draw and not
long enough in a condition.
"""

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from math import inf
from typing import Any

from escalation.expressions import tree
from escalation.expressions.kinds import DURATION, Quantity, Truth
from escalation.expressions.tree import Expr, transform
from escalation.model.process import Assign, Dated, Following, Phase, Rule, Variable
from escalation.model.unknown import FALSE, TRUE

_TIME = Quantity(DURATION)
_NEVER = tree.Literal(inf, _TIME)
_ZERO = tree.Literal(0.0, _TIME)


class TimeSince:
    """Collects what the expressions of one model ask of counts and times, and the variables and rules that answer."""

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.rules: list[Rule] = []
        self._additions: dict[str, list[Assign]] = {}

    def rewrite(self, node: Expr) -> Expr:
        """The tree with every count and time since replaced by what it reads."""
        return transform(node, self._replace)

    def extend(self, rule: Rule) -> Rule:
        """The rule with what its firing must keep added to its effect."""
        return replace(rule, effect=rule.effect + tuple(self._additions.get(rule.name, ())))

    def _replace(self, node: Expr) -> Expr:
        # Children come first: `since(x)` has become its reading when the comparison around it is seen.
        match node:
            case tree.Count():
                return self._count(node.rule)
            case tree.Comparison(sign=">=", left=tree.Since() as since):
                return self._long_enough(since, node.right)
            case _:
                return node

    def realise(self, node: Expr) -> Expr:
        """The tree, of a place where draws may stand, with `since(x)` as a number."""

        def number(part: Expr) -> Expr:
            if not isinstance(part, tree.Since):
                return self._replace(part)
            if part.rule is None:
                assert part.date is not None
                return tree.Arithmetic("-", tree.Elapsed(_TIME), replace(part.date, kind=_TIME), _TIME)
            last = self._last(part.rule)
            return tree.If(
                tree.Comparison(">=", last, _ZERO),
                tree.Arithmetic("-", tree.Elapsed(_TIME), last, _TIME),
                _NEVER,
                _TIME,
            )

        return transform(node, number)

    def _keep(self, rule: str, name: str, kind: Quantity | Truth, initial: Expr, kept: Expr) -> tree.Name:
        if name not in self.variables:
            self.variables[name] = Variable(name, kind, initial, hidden=True)
            self._additions.setdefault(rule, []).append(Assign(name, kept))
        return tree.Name(name, kind)

    def _count(self, rule: str) -> tree.Name:
        name, kind = f"{rule}#count", Quantity()
        raised = tree.Arithmetic("+", tree.Name(name, kind), tree.Literal(1.0, kind), kind)
        return self._keep(rule, name, kind, tree.Literal(0.0, kind), raised)

    def _last(self, rule: str) -> tree.Name:
        return self._keep(rule, f"{rule}#last", _TIME, tree.Literal(-1.0, _TIME), tree.Elapsed(_TIME))

    def _long_enough(self, since: tree.Since, needed: Expr) -> tree.Name:
        what = since.rule if since.rule is not None else f"date.{_in_a_name(since.date)}"
        name = f"{what}#since.{_in_a_name(needed)}"
        if name in self.variables:
            return tree.Name(name, Truth())
        raised = (Assign(name, TRUE),)
        if since.rule is not None:
            flag = self._keep(since.rule, name, Truth(), FALSE, FALSE)
            clock = Following(since.rule, needed, 1, "restart")
            self.rules.append(Rule(name, Phase.LASTED, clock, raised))
            return flag
        assert since.date is not None
        moment = tree.Arithmetic("+", since.date, needed, since.date.kind)
        past = tree.Comparison("<=", moment, tree.Literal(0.0, since.date.kind))
        self.variables[name] = Variable(name, Truth(), past, hidden=True)
        never = tree.Literal(inf, since.date.kind)
        self.rules.append(Rule(name, Phase.CALENDAR, Dated(tree.If(past, never, moment, since.date.kind)), raised))
        return tree.Name(name, Truth())


def _in_a_name(node: Expr | None) -> str:
    """What tells one length from another, wherever it is written: whole milliseconds, or a digest of its tree."""
    if isinstance(node, tree.Literal) and float(node.value).is_integer():
        return f"{node.value:.0f}"
    return blake2b(repr(node).encode(), digest_size=4).hexdigest()


def rewrite_rule(rule: Rule, condition: Callable[[Expr], Expr], realised: Callable[[Expr], Expr]) -> Rule:
    """The rule with `condition` applied to what is a condition or rate and `realised` to what is drawn or assigned."""
    changes: dict[str, Any] = {}
    for field in ("condition", "running", "unless", "rate"):
        if getattr(rule.clock, field, None) is not None:
            changes[field] = condition(getattr(rule.clock, field))
    for field in ("at", "every", "first", "after", "lag", "lasting"):
        value = getattr(rule.clock, field, None)
        if value is not None and hasattr(value, "kind"):
            changes[field] = realised(value)
    return replace(
        rule,
        clock=replace(rule.clock, **changes),
        draws=tuple(replace(assign, value=realised(assign.value)) for assign in rule.draws),
        effect=tuple(replace(assign, value=realised(assign.value)) for assign in rule.effect),
        gates=tuple(replace(gate, holds=condition(gate.holds)) for gate in rule.gates),
        gated=None if rule.gated is None else condition(rule.gated),
    )
