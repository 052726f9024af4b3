"""Draws whose parameters are written as numbers: checked once, when the model is compiled, not at each draw."""

import ast
from collections.abc import Callable
from typing import Any

from escalation.chance.distributions import REGISTRY
from escalation.chance.quantiles import ParameterError

QUANTILES: dict[str, Callable[..., Any]] = {f"sure_{name}": each.quantile for name, each in REGISTRY.items()}
"""Functions that emitted code may name besides those that check."""


class _Sure(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.id.removeprefix("f_") if isinstance(node.func, ast.Name) else ""
        parameters = [each.value for each in node.args[1:] if isinstance(each, ast.Constant)]
        if name in REGISTRY and len(parameters) == len(node.args) - 1 and _accepted(name, parameters):
            return ast.Call(ast.Name(f"f_sure_{name}", ast.Load()), node.args, [])
        return node


def _accepted(name: str, parameters: list[Any]) -> bool:
    try:
        REGISTRY[name].check(*parameters)
    except ParameterError:
        return False
    return True


def without_needless_checks(code: ast.expr) -> ast.expr:
    """The same code; draws with good constant parameters call their quantile, bad ones still fail when drawn."""
    changed: ast.expr = _Sure().visit(code)
    return changed
