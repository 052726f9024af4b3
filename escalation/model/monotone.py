"""Whether what a tree computes rises or falls throughout with one draw in it, decided by the shape of the tree.

Such a value, as a function of the draw's uniform, can be inverted by bisection; no distribution function is needed.
"""

from collections.abc import Callable

from escalation.chance.distributions import REGISTRY
from escalation.expressions.tree import Arithmetic, Call, Draw, Expr, If, Negative, children

FUNCTIONS = frozenset({"min", "max", "clip", "floor", "sqrt", "exp", "log"})
"""Monotone in each of their arguments, the others held."""

Take = Callable[[If], Expr]
"""Gives the arm that the condition chose when the value was drawn."""


class NotMonotone(ValueError):
    """A value does not rise, or fall, throughout with exactly one draw: says why."""


def the_draw(node: Expr, take: Take) -> Draw | None:
    """The one draw that a value is monotone in; None if nothing in it is drawn.

    Raises:
        NotMonotone: there are several draws, or the value may rise here and fall there.
    """
    if isinstance(node, If):
        if the_draw(node.condition, take) is not None:
            raise NotMonotone("a condition in it draws")
        return the_draw(take(node), take)
    drawn = [(child, draw) for child in children(node) if (draw := the_draw(child, take)) is not None]
    if isinstance(node, Draw):
        if drawn:
            raise NotMonotone(f"{drawn[0][1].distribution}(…) is drawn for another draw")
        if not REGISTRY[node.distribution].monotone:
            raise NotMonotone(f"the places of {node.distribution} have no order")
        return node
    if not drawn:
        return None
    if len(drawn) > 1:
        raise NotMonotone("it has more than one draw")
    child, draw = drawn[0]
    _check(node, child)
    return draw


def _check(node: Expr, drawn: Expr) -> None:
    match node:
        case Negative() | Arithmetic(sign="+" | "-" | "*"):
            return
        case Arithmetic():
            if drawn is node.right:
                raise NotMonotone("something is divided by a draw")
        case Call():
            if node.function not in FUNCTIONS:
                raise NotMonotone(f"{node.function}(…) of a draw may rise and fall")
        case _:
            raise NotMonotone("a condition in it draws")
