"""The value of a tree, by walking it: for what is computed once a scenario, a future or a trajectory.

Engines compile what they compute often; this is the plain reading of the same tree.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from escalation.expressions import tree
from escalation.expressions.python import quantile_levels
from escalation.expressions.tree import Expr
from escalation.model.functions import FUNCTIONS
from escalation.model.process import Value

Uniform = Callable[[str], float]
"""Gives the uniform that a stream's address fixes."""

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": FUNCTIONS["divide"],
}


def evaluate(node: Expr, values: Mapping[str, Value], uniform: Uniform | None = None, now: int = 0) -> Any:
    """The value of `node` where names have `values`; `uniform` serves its draws, `now` is in milliseconds.

    Raises KeyError for a name without a value and TypeError for a node that the build removes (since, count).
    """
    below = lambda child: evaluate(child, values, uniform, now)  # noqa: E731 - the recursion in one word
    match node:
        case tree.Literal():
            return node.value
        case tree.Name():
            return values[node.path]
        case tree.Negative():
            return -below(node.operand)
        case tree.Not():
            return not below(node.operand)
        case tree.Arithmetic():
            return _ARITHMETIC[node.sign](below(node.left), below(node.right))
        case tree.Comparison():
            return _COMPARE[node.sign](below(node.left), below(node.right))
        case tree.And():
            return all(below(operand) for operand in node.operands)
        case tree.Or():
            return any(below(operand) for operand in node.operands)
        case tree.If():
            return below(node.then if below(node.condition) else node.otherwise)
        case tree.Call():
            return _call(node, [below(argument) for argument in node.arguments])
        case tree.Draw():
            return _draw(node, [below(argument) for argument in node.arguments], uniform)
        case tree.Elapsed():
            return float(now)
        case _:
            raise TypeError(f"{type(node).__name__} has no value of its own: the build turns it into a variable")


def _call(node: tree.Call, arguments: list[Any]) -> Any:
    if node.function == "count_of":
        return sum((1.0 if argument else 0.0 for argument in arguments), 0.0)
    return FUNCTIONS[node.function](*arguments)


def _draw(node: tree.Draw, arguments: list[Any], uniform: Uniform | None) -> Any:
    if uniform is None or node.stream is None:
        raise TypeError(f"a draw from {node.distribution} has no address here")
    u = uniform(node.stream)
    levels = quantile_levels(node)
    if levels is not None:
        pairs = [item for pair in zip(levels, arguments, strict=True) for item in pair]
        return FUNCTIONS[f"{node.distribution}_from_quantiles"](u, *pairs)
    return FUNCTIONS[node.distribution](u, *arguments)
