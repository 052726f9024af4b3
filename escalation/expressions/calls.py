"""Calls: the functions of the language, what has happened (`since`, `count`), and draws."""

from collections.abc import Callable

from escalation.expressions.draws import draw
from escalation.expressions.kinds import DURATION, PURE, Dimension, Instant, Kind, Quantity, Rung
from escalation.expressions.meaning import Meaning, brief
from escalation.expressions.problems import nearest
from escalation.expressions.syntax import Application, Date, Syntax, Word
from escalation.expressions.tree import Call, Count, Expr, Since
from escalation.expressions.units import describe, with_unit

SHARE = Quantity(PURE)


def call(reading: Meaning, node: Application, may_age: bool = False) -> Expr | None:
    """The meaning of a name applied to arguments. may_age: `since` may stand here although nothing else may."""
    name = node.name
    if name == "since":
        return _since(reading, node, may_age)
    if name in FUNCTIONS:
        if not _positional(reading, node):
            return None
        return FUNCTIONS[name](reading, node)
    if name in reading.scope.distributions:
        return draw(reading, node, reading.scope.distributions[name])
    _unknown(reading, node)
    return None


def _unknown(reading: Meaning, node: Application) -> None:
    name = node.name
    if name == "elapsed":
        reading.name_fault(node, "elapsed stands without brackets", "elapsed")
        return
    if name in reading.scope.names:
        reading.name_fault(
            node, f"{brief(name)} is a value, not a function, and a product needs its sign", f"{name} * ("
        )
        return
    close = nearest(name, [*FUNCTIONS, *reading.scope.distributions])
    known = "" if close else "functions are " + ", ".join(FUNCTIONS)
    reading.name_fault(node, f"{brief(name)} is not a function", f"did you mean {close}?" if close else known)


def _positional(reading: Meaning, node: Application) -> bool:
    for argument in node.arguments:
        if argument.keyword:
            reading.fault(
                argument, f"{node.name} takes its arguments by their place", brief(reading.text, argument.value)
            )
            return False
    return True


def _count_arguments(reading: Meaning, node: Application, form: str, least: int, most: int | None = None) -> bool:
    given = len(node.arguments)
    if given < least or (most is not None and given > most):
        number = f"{least}" if least == most else f"at least {least}"
        noun = "argument" if number.endswith("1") else "arguments"
        reading.fault(node, f"{node.name} takes {number} {noun}, it was given {given}", form)
        return False
    return True


def _values(reading: Meaning, node: Application) -> list[Expr] | None:
    values = [reading.value(each.value) for each in node.arguments]
    known = [each for each in values if each is not None]
    return known if len(known) == len(values) else None


def _alike(form: str, least: int, most: int | None) -> Callable[[Meaning, Application], Expr | None]:
    """A function of numbers (or dates) of one kind, which is the kind of its value."""

    def read(reading: Meaning, node: Application) -> Expr | None:
        if not _count_arguments(reading, node, form, least, most):
            return None
        values = _values(reading, node)
        if values is None or not _ordered(reading, node, values):
            return None
        kind = values[0].kind
        for argument, value in zip(node.arguments, values, strict=True):
            if value.kind != kind:
                reading.unlike(node, (node.arguments[0].value, kind), (argument.value, value.kind), "compared")
                return None
        return Call(node.name, tuple(values), kind)

    return read


def _ordered(reading: Meaning, node: Application, values: list[Expr]) -> bool:
    for argument, value in zip(node.arguments, values, strict=True):
        if not isinstance(value.kind, (Quantity, Instant)) or (node.name == "abs" and isinstance(value.kind, Instant)):
            suggestion = f"level({brief(reading.text, argument)})" if isinstance(value.kind, Rung) else ""
            message = f"{brief(reading.text, argument)} is {describe(value.kind)}: {node.name} takes numbers"
            reading.fault(argument, message, suggestion)
            return False
    return True


def _one(reading: Meaning, node: Application) -> Expr | None:
    if not _count_arguments(reading, node, f"{node.name}(x)", 1, 1):
        return None
    values = _values(reading, node)
    if values is None or not _ordered(reading, node, values):
        return None
    return values[0]


def _root(reading: Meaning, node: Application) -> Expr | None:
    operand = _one(reading, node)
    if operand is None:
        return None
    if isinstance(operand.kind, Quantity):
        exponents = operand.kind.dimension.exponents
        if all(exponent % 2 == 0 for _, exponent in exponents):
            kind = Quantity(Dimension(tuple((base, exponent // 2) for base, exponent in exponents)))
            return Call("sqrt", (operand,), kind)
    _not_plain(reading, node, operand.kind, "a square root needs a plain number, or a square")
    return None


def _plain(reason: str) -> Callable[[Meaning, Application], Expr | None]:
    """A function of a plain number."""

    def read(reading: Meaning, node: Application) -> Expr | None:
        operand = _one(reading, node)
        if operand is None:
            return None
        if operand.kind != SHARE:
            _not_plain(reading, node, operand.kind, reason)
            return None
        return Call(node.name, (operand,), SHARE)

    return read


def _not_plain(reading: Meaning, node: Application, kind: Kind, reason: str) -> None:
    argument = node.arguments[0]
    written = brief(reading.text, argument)
    suggestion = ""
    if isinstance(kind, Quantity):
        suggestion = f"{node.name}({written} / ({with_unit('1', kind.dimension)}))"
        if len(kind.dimension.exponents) == 1 and kind.dimension.exponents[0][1] == 1:
            suggestion = f"{node.name}({written} / {with_unit('1', kind.dimension)})"
    reading.fault(argument, f"{written} is {describe(kind)}: {reason}", suggestion)


def _count_of(reading: Meaning, node: Application) -> Expr | None:
    if not _count_arguments(reading, node, "count_of(a, b)", 1):
        return None
    values = [reading.condition(each.value) for each in node.arguments]
    known = tuple(each for each in values if each is not None)
    return Call("count_of", known, SHARE) if len(known) == len(values) else None


def _level(reading: Meaning, node: Application) -> Expr | None:
    if not _count_arguments(reading, node, "level(ladder.decided)", 1, 1):
        return None
    operand = reading.value(node.arguments[0].value)
    if operand is None:
        return None
    if not isinstance(operand.kind, Rung):
        argument = node.arguments[0]
        message = f"{brief(reading.text, argument)} is {describe(operand.kind)}: level takes a rung of a ladder"
        reading.fault(argument, message)
        return None
    return Call("level", (operand,), SHARE)


def _count(reading: Meaning, node: Application) -> Expr | None:
    if not _count_arguments(reading, node, "count(rule)", 1, 1):
        return None
    target = node.arguments[0].value
    if isinstance(target, Word) and target.path in reading.scope.rules:
        return Count(target.path)
    _not_a_rule(reading, target, "count takes the name of a rule")
    return None


def _since(reading: Meaning, node: Application, may_age: bool) -> Expr | None:
    if not _positional(reading, node) or not _count_arguments(reading, node, "since(rule)", 1, 1):
        return None
    if not (may_age or reading.ageing(node, "since")):
        return None
    target = node.arguments[0].value
    duration = Quantity(DURATION)
    if isinstance(target, Word) and target.path in reading.scope.rules:
        return Since(target.path, None, duration)
    dated = isinstance(target, Word) and reading.scope.names.get(target.path) == Instant()
    if dated or isinstance(target, Date):
        date = reading.value(target)
        return None if date is None else Since(None, date, duration)
    _not_a_rule(reading, target, "since takes the name of a rule, a date, or the name of a date")
    return None


def _not_a_rule(reading: Meaning, target: Syntax, message: str) -> None:
    suggestion = ""
    if isinstance(target, Word):
        hint = reading.scope.hints.get(target.path)
        close = nearest(target.path, reading.scope.rules)
        suggestion = hint or (f"did you mean {close}?" if close else "")
        if target.path in reading.scope.names:
            message += f"; {brief(target.path)} is {describe(reading.scope.names[target.path])}"
        else:
            message += f"; {brief(target.path)} is not one"
    reading.fault(target, message, suggestion)


FUNCTIONS: dict[str, Callable[[Meaning, Application], Expr | None]] = {
    "min": _alike("min(a, b)", 2, None),
    "max": _alike("max(a, b)", 2, None),
    "clip": _alike("clip(x, lowest, highest)", 3, 3),
    "abs": _alike("abs(x)", 1, 1),
    "sqrt": _root,
    "exp": _plain("exp needs a plain number"),
    "log": _plain("log needs a plain number"),
    "floor": _plain("floor needs a plain number, or its value would depend on the unit"),
    "count_of": _count_of,
    "level": _level,
    "count": _count,
    "since": lambda reading, node: _since(reading, node, False),
}
"""The functions of the language by name."""
