"""Delivery of a rung: all at once after a delay, or in equal batches one after another."""

from escalation.expressions import tree
from escalation.expressions.kinds import DURATION, Quantity
from escalation.expressions.tree import Expr
from escalation.model.scenario import Batches
from escalation.model.streams import address

_TIME, _SHARE = Quantity(DURATION), Quantity()
_AT_ONCE = tree.Literal(0.0, _TIME)


def time_to_next(deliver: Expr | Batches | None, share: tree.Name, stream: str) -> Expr:
    """How long the next delivery takes from the decision, or from the batch before; `share` is what has come."""
    if not isinstance(deliver, Batches):
        return _AT_ONCE if deliver is None else address(deliver, stream)
    none_yet = tree.Comparison("==", share, tree.Literal(0.0, _SHARE))
    first, every = address(deliver.first, f"{stream}.first"), address(deliver.every, f"{stream}.every")
    return tree.If(none_yet, first, every, _TIME)


def share_after(deliver: Expr | Batches | None, share: tree.Name) -> Expr:
    """The share that has come after the next delivery.

    Batches are counted in whole numbers, so that the last makes it exactly 1: six times 1/6 added up would not.
    """
    if not isinstance(deliver, Batches):
        return tree.Literal(1.0, _SHARE)
    whole = tree.Literal(float(deliver.count), _SHARE)
    nearest = tree.Arithmetic("+", tree.Arithmetic("*", share, whole, _SHARE), tree.Literal(1.5, _SHARE), _SHARE)
    return tree.Arithmetic("/", tree.Call("floor", (nearest,), _SHARE), whole, _SHARE)
