"""A typed tree to Python, by way of the `ast` module: only our own nodes become code, never an author's text.

Emitted code reads `s` (a list of values), `now` (integer milliseconds), `u` (a list of functions from a draw's
number to a uniform), `k` (the number of the draw) and functions named `f_divide`, `f_sqrt`, `f_exp`, `f_log`,
`f_floor`, `f_abs`, `f_lognormal(u, median, sigma)`, `f_lognormal_from_quantiles(u, level, value, level, value)` and
so on. Everything is evaluated from left to right as written, in IEEE arithmetic; nothing is reassociated (law 14).
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from escalation.expressions.draws import level
from escalation.expressions.kinds import Kind, Truth
from escalation.expressions.tree import (
    And,
    Arithmetic,
    Call,
    Comparison,
    Draw,
    Elapsed,
    Expr,
    If,
    Literal,
    Name,
    Negative,
    Not,
    Or,
)

Definition = tuple[tuple[str, ...], list[ast.stmt] | ast.expr]
"""Parameters of a function, and its body: statements, or the expression that it returns."""

_ARITHMETIC: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div}
_COMPARISON: dict[str, type[ast.cmpop]] = {
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "==": ast.Eq,
    "!=": ast.NotEq,
}


def python_ast(expr: Expr, slots: Mapping[str, int], streams: Mapping[str, int]) -> ast.expr:
    """The code of a tree.

    slots: position in `s` of every name. streams: position in `u` of every draw's stream.
    Temporaries are named `_1`, `_2`, ... and are local to the enclosing function.

    Raises:
        TypeError: the tree still has something that the model must have replaced (`since`, `count`).
        KeyError: a name has no slot, or a draw no stream.
    """
    return _Emission(slots, streams).code(expr)


def compile_functions(
    definitions: Mapping[str, Definition], functions: Mapping[str, Callable[..., Any]]
) -> dict[str, Callable[..., Any]]:
    """Functions by name, compiled all at once. `functions["exp"]` is what the code calls as `f_exp`."""
    body: list[ast.stmt] = [_function(name, *definition) for name, definition in definitions.items()]
    module = ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))
    namespace: dict[str, Any] = {"f_abs": abs}
    namespace.update({f"f_{name}": function for name, function in functions.items()})
    exec(compile(module, "<expressions>", "exec"), namespace)
    return {name: namespace[name] for name in definitions}


def _function(name: str, parameters: Sequence[str], body: list[ast.stmt] | ast.expr) -> ast.FunctionDef:
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(each) for each in parameters], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    statements = [ast.Return(body)] if isinstance(body, ast.expr) else body
    return ast.FunctionDef(name=name, args=arguments, body=list(statements), decorator_list=[])


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _item(of: str, position: int) -> ast.expr:
    return ast.Subscript(_load(of), ast.Constant(position), ast.Load())


def _call(function: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(_load(f"f_{function}"), list(arguments), [])


def _is_simple(code: ast.expr) -> bool:
    """Whether code is as cheap to repeat as to remember: a constant, a variable or a slot."""
    return isinstance(code, (ast.Constant, ast.Name, ast.Subscript))


def _as_float(value: ast.expr) -> ast.expr:
    return ast.BinOp(value, ast.Mult(), ast.Constant(1.0))


class _Emission:
    """One tree on its way to code; counts the temporaries, so that none is used twice."""

    def __init__(self, slots: Mapping[str, int], streams: Mapping[str, int]) -> None:
        self.slots = slots
        self.streams = streams
        self.temporaries = 0

    def code(self, node: Expr) -> ast.expr:
        match node:
            case Literal(value, kind):
                return ast.Constant(_constant(value, kind))
            case Name(path):
                return _item("s", self.slots[path])
            case Negative(Literal(float(value))):
                return ast.Constant(-value)
            case Negative(operand):
                return ast.UnaryOp(ast.USub(), self.code(operand))
            case Not(operand):
                return ast.UnaryOp(ast.Not(), self.code(operand))
            case Arithmetic("/", left, right):
                return self.quotient(left, right)
            case Arithmetic(sign, left, right):
                return ast.BinOp(self.code(left), _ARITHMETIC[sign](), self.code(right))
            case Comparison(sign, left, right):
                return ast.Compare(self.code(left), [_COMPARISON[sign]()], [self.code(right)])
            case And(operands):
                return ast.BoolOp(ast.And(), [self.code(each) for each in operands])
            case Or(operands):
                return ast.BoolOp(ast.Or(), [self.code(each) for each in operands])
            case If(condition, then, otherwise):
                return ast.IfExp(self.code(condition), self.code(then), self.code(otherwise))
            case Call(function, arguments):
                return self.call(function, [self.code(each) for each in arguments])
            case Draw():
                return self.draw(node)
            case Elapsed():
                return _as_float(_load("now"))
        raise TypeError(f"{type(node).__name__} has no code of its own: the model replaces it")

    def held(self, code: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Code to evaluate once, and code that reads the same value again."""
        if _is_simple(code):
            return code, code
        self.temporaries += 1
        name = f"_{self.temporaries}"
        return ast.NamedExpr(ast.Name(name, ast.Store()), code), _load(name)

    def quotient(self, left: Expr, right: Expr) -> ast.expr:
        """A quotient: Python's where the divisor is not zero, and `f_divide`, which is IEEE's, where it is."""
        above, below = self.code(left), self.code(right)
        if isinstance(below, ast.Constant) and below.value:
            return ast.BinOp(above, ast.Div(), below)
        first_above, above_again = self.held(above)
        first_below, below_again = self.held(below)
        test = first_below
        if first_above is not above_again:
            # Never None: the comparison is the cheapest way to evaluate the dividend before the divisor.
            evaluated = ast.Compare(first_above, [ast.IsNot()], [ast.Constant(None)])
            test = ast.BoolOp(ast.And(), [evaluated, first_below])
        return ast.IfExp(
            test, ast.BinOp(above_again, ast.Div(), below_again), _call("divide", above_again, below_again)
        )

    def call(self, function: str, arguments: list[ast.expr]) -> ast.expr:
        match function:
            case "min" | "max":
                return self.fold(function, arguments)
            case "clip":
                value, low, high = arguments
                return self.chosen("min", self.chosen("max", value, low), high)
            case "count_of":
                return _counted(arguments)
            case "level":
                return _as_float(arguments[0])
        return _call(function, *arguments)

    def fold(self, function: str, arguments: list[ast.expr]) -> ast.expr:
        result = arguments[0]
        for each in arguments[1:]:
            result = self.chosen(function, result, each)
        return result

    def chosen(self, function: str, left: ast.expr, right: ast.expr) -> ast.expr:
        """`left if left <= right or left != left else right`, or with >= for the larger: NaN if either is."""
        first_left, left_again = self.held(left)
        first_right, right_again = self.held(right)
        sign = ast.LtE() if function == "min" else ast.GtE()
        test: ast.expr = ast.Compare(first_left, [sign], [first_right])
        if not isinstance(left_again, ast.Constant):
            unknown = ast.Compare(left_again, [ast.NotEq()], [left_again])
            test = ast.BoolOp(ast.Or(), [test, unknown])
        return ast.IfExp(test, left_again, right_again)

    def draw(self, node: Draw) -> ast.expr:
        if node.stream is None:
            raise TypeError(f"a draw of {node.distribution} has no stream yet")
        uniform = ast.Call(_item("u", self.streams[node.stream]), [_load("k")], [])
        arguments = [self.code(each) for each in node.arguments]
        levels = quantile_levels(node)
        if levels is None:
            return _call(node.distribution, uniform, *arguments)
        pairs = [code for at, value in zip(levels, arguments, strict=True) for code in (ast.Constant(at), value)]
        return _call(f"{node.distribution}_from_quantiles", uniform, *pairs)


def quantile_levels(node: Draw) -> tuple[float, float] | None:
    """The levels of a draw that is defined by two of its quantiles, ascending; None for any other."""
    if node.distribution == "one_of" or len(node.parameters) != 2:
        return None
    first, second = (level(each) for each in node.parameters)
    return None if first is None or second is None else (first, second)


def _constant(value: float | bool | int, kind: Kind) -> float | bool | int:
    return bool(value) if kind == Truth() else value


def _counted(conditions: list[ast.expr]) -> ast.expr:
    ones: list[ast.expr] = [ast.IfExp(each, ast.Constant(1.0), ast.Constant(0.0)) for each in conditions]
    total = ones[0]
    for each in ones[1:]:
        total = ast.BinOp(total, ast.Add(), each)
    return total
