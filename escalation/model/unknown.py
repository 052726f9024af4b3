"""Conditions on readings that nobody has reported yet.

A condition holds only if it is true whatever the unknown is (Kleene's strong logic): a comparison of an
unknown is neither true nor false, so `seen >= 5` and `not (seen >= 5)` are both false until `seen` is known.
"""

from collections.abc import Mapping
from dataclasses import replace

from escalation.expressions import tree
from escalation.expressions.kinds import Truth
from escalation.expressions.tree import Expr, names_in

TRUE = tree.Literal(True, Truth())
FALSE = tree.Literal(False, Truth())


def both(*conditions: Expr | None) -> Expr:
    """All of several conditions; None and `true` say nothing."""
    parts: list[Expr] = []
    for condition in conditions:
        if condition is None or condition == TRUE:
            continue
        parts.extend(condition.operands if isinstance(condition, tree.And) else (condition,))
    if not parts:
        return TRUE
    return parts[0] if len(parts) == 1 else tree.And(tuple(parts))


def opposite(condition: Expr) -> Expr:
    """The condition does not hold."""
    if condition == TRUE:
        return FALSE
    if condition == FALSE:
        return TRUE
    return condition.operand if isinstance(condition, tree.Not) else tree.Not(condition)


_CONTRARY: dict[str, tuple[tree.ComparisonSign, ...]] = {
    "<": (">=",),
    "<=": (">",),
    ">": ("<=",),
    ">=": ("<",),
    "==": ("<", ">"),
    "!=": ("==",),
}


def _compared(node: Expr, *, wanted: bool) -> Expr:
    """A comparison of numbers, or its contrary, that is false on NaN, which is what an unknown number is."""
    assert isinstance(node, tree.Comparison)
    if wanted and node.sign != "!=":
        return node
    signs: tuple[tree.ComparisonSign, ...] = ("<", ">") if wanted else _CONTRARY[node.sign]
    parts = tuple(replace(node, sign=sign) for sign in signs)
    return parts[0] if len(parts) == 1 else tree.Or(parts)


class Unknowns:
    """What may be unknown, by name, with the condition under which it is known; derived names are looked through."""

    def __init__(self, known: Mapping[str, Expr], derived: Mapping[str, Expr]) -> None:
        self._known = dict(known)
        self._derived = derived
        self._touched: dict[str, frozenset[str]] = {}

    def touched(self, node: Expr) -> frozenset[str]:
        """Names of readings that a tree reads, itself or through derived names, and that may be unknown."""
        found: set[str] = set()
        for name in names_in(node):
            if name in self._known:
                found.add(name)
            elif name in self._derived:
                if name not in self._touched:
                    self._touched[name] = self.touched(self._derived[name])
                found |= self._touched[name]
        return frozenset(found)

    def settle(self, node: Expr) -> Expr:
        """The tree with every condition in it (of `if`, of `count_of`, or itself) made definite."""
        if not self.touched(node):
            return node
        if isinstance(getattr(node, "kind", None), Truth):
            return self.holds(node)
        return self._below(node)

    def holds(self, node: Expr) -> Expr:
        """True when the condition is true whatever the unknown readings are."""
        return self._definite(node, wanted=True)

    def _definite(self, node: Expr, *, wanted: bool) -> Expr:
        needed = self.touched(node)
        if not needed:
            return node if wanted else opposite(node)
        match node:
            case tree.Not():
                return self._definite(node.operand, wanted=not wanted)
            case tree.And() | tree.Or():
                parts = tuple(self._definite(operand, wanted=wanted) for operand in node.operands)
                joins = isinstance(node, tree.And) == wanted
                return both(*parts) if joins else tree.Or(parts)
            case tree.If():
                chosen = both(self.holds(node.condition), self._definite(node.then, wanted=wanted))
                other = both(
                    self._definite(node.condition, wanted=False), self._definite(node.otherwise, wanted=wanted)
                )
                return tree.Or((chosen, other))
            case tree.Comparison() if not isinstance(node.left.kind, Truth):
                return _compared(self._below(node), wanted=wanted)
            case tree.Name() if node.path in self._derived:
                return self._definite(self._derived[node.path], wanted=wanted)
            case _:
                whole = self._below(node)
                return both(*(self._known[name] for name in sorted(needed)), whole if wanted else opposite(whole))

    def _below(self, node: Expr) -> Expr:
        """The node with its parts settled; numbers stay as they are, an unknown one being NaN."""
        match node:
            case tree.If():
                return replace(
                    node,
                    condition=self.settle(node.condition),
                    then=self.settle(node.then),
                    otherwise=self.settle(node.otherwise),
                )
            case tree.Call():
                return replace(node, arguments=tuple(self.settle(argument) for argument in node.arguments))
            case tree.Arithmetic() | tree.Comparison():
                return replace(node, left=self.settle(node.left), right=self.settle(node.right))
            case tree.Negative():
                return replace(node, operand=self.settle(node.operand))
            case tree.Draw():
                return replace(node, arguments=tuple(self.settle(argument) for argument in node.arguments))
            case _:
                return node
