"""A typed tree in the author's words: for traces, reports and the resolved scenario.

What `read` gave, `write` can say: reading it again in the same scope gives the same tree. Trees that the model
has changed are written as well as words allow.
"""

from datetime import date, timedelta
from math import isfinite

from escalation.expressions.kinds import DURATION, PURE, Category, Instant, Kind, Quantity, Rung, Truth
from escalation.expressions.tree import (
    And,
    Arithmetic,
    Call,
    Comparison,
    Count,
    Draw,
    Elapsed,
    Expr,
    If,
    Literal,
    Name,
    Negative,
    Not,
    Or,
    Since,
)
from escalation.expressions.units import DAY, EXACT_TIME, with_unit

# How strongly a form binds: what binds less than its place asks for stands in brackets.
_CHOICE, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGNED, _ATOM = range(9)


def write(expr: Expr, start: date | None = None) -> str:
    """The expression as its author might have written it.

    start: the scenario's first day, without which a date cannot be named and is written as a time since then.
    """
    return _write(expr, start)[0]


def _write(node: Expr, start: date | None) -> tuple[str, int]:
    """The words of a node, and how strongly they bind."""

    def inside(part: Expr, least: int) -> str:
        words, strength = _write(part, start)
        return words if strength >= least else f"({words})"

    match node:
        case Literal(value, kind):
            return _literal(value, kind, start)
        case Name(path):
            return path, _ATOM
        case Negative(operand):
            return f"-{inside(operand, _SIGNED)}", _SIGNED
        case Not(operand):
            return f"not {inside(operand, _NOT)}", _NOT
        case Arithmetic(sign, left, right):
            place = _SUM if sign in "+-" else _PRODUCT
            return f"{inside(left, place)} {sign} {inside(right, place + 1)}", place
        case Comparison(sign, left, right):
            return f"{inside(left, _SUM)} {sign} {inside(right, _SUM)}", _COMPARISON
        case And(operands):
            return " and ".join(inside(each, _NOT) for each in operands), _AND
        case Or(operands):
            # Beside `or`, even `and` needs its brackets.
            return " or ".join(inside(each, _NOT) for each in operands), _OR
        case If(condition, then, otherwise):
            return f"{inside(then, _OR)} if {inside(condition, _OR)} else {inside(otherwise, _CHOICE)}", _CHOICE
        case Call(function, arguments):
            return f"{function}({', '.join(inside(each, _CHOICE) for each in arguments)})", _ATOM
        case Draw(distribution, parameters, arguments):
            pairs = zip(parameters, arguments, strict=False)
            return f"{distribution}({', '.join(f'{name}={inside(each, _CHOICE)}' for name, each in pairs)})", _ATOM
        case Elapsed():
            return "elapsed", _ATOM
        case Since(rule, when):
            return f"since({rule if when is None else inside(when, _CHOICE)})", _ATOM
        case Count(rule):
            return f"count({rule})", _ATOM


def _literal(value: float | bool | int, kind: Kind, start: date | None) -> tuple[str, int]:
    match kind:
        case Truth():
            return ("true" if value else "false"), _ATOM
        case Category(_, words) | Rung(_, words):
            index = int(value)
            return (words[index] if 0 <= index < len(words) else str(index)), _ATOM
        case Instant():
            return _instant(float(value), start)
    number = float(value)
    if number < 0:
        positive, strength = _quantity(-number, kind)
        return (f"-{positive}" if strength >= _SIGNED else f"-({positive})"), _SIGNED
    return _quantity(number, kind)


def _quantity(number: float, kind: Quantity) -> tuple[str, int]:
    dimension = kind.dimension
    if dimension == PURE:
        return write_number(number), _ATOM
    if dimension == DURATION:
        return write_duration(number), _ATOM
    words = with_unit(write_number(number * _times(dimension.exponents)), dimension)
    return words, _ATOM if " * " not in words and " / " not in words else _PRODUCT


def _times(exponents: tuple[tuple[str, int], ...]) -> float:
    """What a number in milliseconds is multiplied by to be in days."""
    factor = 1.0
    for base, exponent in exponents:
        if base == "time":
            for _ in range(abs(exponent)):
                factor = factor / DAY if exponent > 0 else factor * DAY
    return factor


def _instant(value: float, start: date | None) -> tuple[str, int]:
    days = value // DAY
    rest = value - days * DAY
    try:
        day = None if start is None else (start + timedelta(days=days)).isoformat()
    except OverflowError:
        day = None
    if day is None:
        words, _ = _literal(value, Quantity(DURATION), None)
        return f"start + {words}", _SUM
    return (day, _ATOM) if rest == 0 else (f"{day} + {write_duration(rest)}", _SUM)


def write_number(number: float) -> str:
    """The shortest number that is read as this float: `10_000`, `0.3`, `1e+16`."""
    if isfinite(number) and number == int(number) and abs(number) < 1e16:
        return f"{int(number):_}"
    return repr(number)


def write_duration(milliseconds: float) -> str:
    """A time not below 0 in the largest unit that says it exactly: `14 days`, `36 hours`, `0.5 milliseconds`."""
    for unit in ("days", "hours", "minutes", "seconds"):
        count = milliseconds / EXACT_TIME[unit]
        if isfinite(count) and count == int(count) and count * EXACT_TIME[unit] == milliseconds:
            return _counted(count, unit)
    return _counted(milliseconds, "milliseconds")


def _counted(count: float, unit: str) -> str:
    return f"{write_number(count)} {unit[:-1] if count == 1 else unit}"
