"""Draws: a distribution applied to its parameters, by place, by name, or by two of its quantiles."""

import re
from dataclasses import dataclass

from escalation.expressions.kinds import PURE, Instant, Kind, Quantity, Truth
from escalation.expressions.meaning import Meaning, brief
from escalation.expressions.problems import nearest
from escalation.expressions.scope import Distribution, Parameter
from escalation.expressions.syntax import Application, Argument
from escalation.expressions.tree import Draw, Expr, Literal
from escalation.expressions.units import describe, with_unit

LEVEL = re.compile("p([1-9][0-9]?)")
"""The keyword of a quantile: `p10` is the value below which a tenth falls."""

_LEVEL_LIKE = re.compile("[pP][0-9]+")

Bound = dict[str, tuple[Argument, Expr]]


def level(keyword: str) -> float | None:
    """The probability that a quantile's keyword names, or None for any other word."""
    found = LEVEL.fullmatch(keyword)
    return int(found[1]) / 100 if found else None


def draw(reading: Meaning, node: Application, distribution: Distribution) -> Expr | None:
    """One draw; its place is its number among the draws of the text, in the order in which they are written."""
    place = reading.places
    reading.places += 1
    if distribution.result == "index":
        reading.name_fault(node, f"{node.name} is not called but written as a mapping", "one_of: {a: 50%, b: 50%}")
        return None
    allowed = reading.scope.draws
    if not allowed:
        message = f"{node.name} draws at random, which happens only where a value is realised, not here"
        reading.name_fault(node, message, "draw it as an uncertainty, or in the rule's draw:")
    values = {id(each): reading.value(each.value) for each in node.arguments}
    if any(level(each.keyword) is not None for each in node.arguments):
        named = _two_quantiles(reading, node, distribution)
        parameters: tuple[Parameter, ...] = () if named is None else tuple(_Quantile(name) for name in named)
    else:
        named = _by_name(reading, node, distribution)
        parameters = tuple(distribution.parameters)
    if named is None or not allowed or None in values.values():
        return None
    bound = {name: (argument, values[id(argument)]) for name, argument in named.items()}
    return _typed(reading, node, distribution, parameters, bound, place)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Quantile:
    """A quantile as a parameter: it has the dimension of what is drawn."""

    name: str
    role: str = "value"
    default: float | None = None


def _form(distribution: Distribution) -> str:
    return f"{distribution.name}({', '.join(each.name + '=' for each in distribution.parameters)})".replace("=", "=...")


def _two_quantiles(reading: Meaning, node: Application, distribution: Distribution) -> dict[str, Argument] | None:
    """The two quantiles, lower level first."""
    if distribution.from_quantiles is None:
        able = [name for name, each in reading.scope.distributions.items() if each.from_quantiles is not None]
        message = f"{node.name} cannot be defined by two quantiles"
        reading.fault(node, message, f"{', '.join(able)} can" if able else _form(distribution))
        return None
    odd = next(
        (each for each in node.arguments if _LEVEL_LIKE.fullmatch(each.keyword) and not level(each.keyword)), None
    )
    if odd is not None:
        reading.fault(odd, f"{brief(odd.keyword)} is no quantile: they run from p1 to p99", "p10=..., p90=...")
        return None
    if len(node.arguments) != 2 or any(level(each.keyword) is None for each in node.arguments):
        message = f"{node.name} takes exactly two quantiles and nothing else"
        reading.fault(node, message, f"{node.name}(p10=..., p90=...)")
        return None
    ordered = sorted(node.arguments, key=lambda each: level(each.keyword) or 0.0)
    if ordered[0].keyword == ordered[1].keyword:
        reading.fault(ordered[1], f"two quantiles must differ, both are {ordered[1].keyword}", "p10=..., p90=...")
        return None
    return {each.keyword: each for each in ordered}


def _by_name(reading: Meaning, node: Application, distribution: Distribution) -> dict[str, Argument] | None:
    """Arguments by the name of their parameter."""
    names = [each.name for each in distribution.parameters]
    before = len(reading.problems)
    bound: dict[str, Argument] = {}
    for position, argument in enumerate(node.arguments):
        name = argument.keyword or (names[position] if position < len(names) else "")
        if not name:
            reading.fault(argument, f"{node.name} has {len(names)} parameters, this is one more", _form(distribution))
        elif name not in names:
            close = nearest(name, names)
            cure = f"did you mean {close}?" if close else f"its parameters are {', '.join(names)}"
            reading.fault(argument, f"{node.name} has no parameter {brief(name)}", cure)
        elif name in bound:
            reading.fault(argument, f"{name} is given twice", _form(distribution))
        elif not argument.keyword and any(each.keyword for each in node.arguments[:position]):
            reading.fault(argument, "an argument without a name cannot follow one with a name", f"{name}=...")
        else:
            bound[name] = argument
    missing = [each.name for each in distribution.parameters if each.default is None and each.name not in bound]
    if missing and len(reading.problems) == before:
        reading.fault(node, f"{node.name} also needs {' and '.join(missing)}", _form(distribution))
    return bound if len(reading.problems) == before else None


def _typed(
    reading: Meaning,
    node: Application,
    distribution: Distribution,
    parameters: tuple[Parameter, ...],
    bound: Bound,
    place: int,
) -> Expr | None:
    """The draw, if its arguments have the dimensions it needs."""
    drawn = _drawn_kind(reading, node, parameters, bound)
    if drawn is None:
        return None
    for each in parameters:
        if each.role != "value" and each.name in bound and not _is_plain(reading, node, each.name, bound):
            return None
    results: dict[str, Kind] = {"boolean": Truth(), "integer": Quantity(PURE)}
    kind = results.get(distribution.result, drawn)
    used = [each for each in parameters if each.name in bound or each.default is not None]
    arguments = tuple(
        bound[each.name][1]
        if each.name in bound
        else Literal(float(each.default or 0.0), drawn if each.role == "value" else Quantity(PURE))
        for each in used
    )
    return Draw(distribution.name, tuple(each.name for each in used), arguments, place, kind)


def _drawn_kind(reading: Meaning, node: Application, parameters: tuple[Parameter, ...], bound: Bound) -> Kind | None:
    """The one kind of everything that has the dimension of what is drawn."""
    given = [bound[each.name] for each in parameters if each.role == "value" and each.name in bound]
    if not given:
        return Quantity(PURE)
    first, value = given[0]
    for argument, other in given:
        if not isinstance(other.kind, (Quantity, Instant)):
            written = brief(reading.text, argument.value)
            reading.fault(argument.value, f"{written} is {describe(other.kind)}: {node.name} takes numbers")
            return None
        if other.kind != value.kind:
            _unlike(reading, node, (first, value), (argument, other))
            return None
    return value.kind


def _unlike(reading: Meaning, node: Application, left: tuple[Argument, Expr], right: tuple[Argument, Expr]) -> None:
    if left[1].kind == Instant():
        message = f"{brief(reading.text, left[0].value)} is a date, {brief(reading.text, right[0].value)} is not"
        reading.fault(node, message, f"{brief(reading.text, left[0].value)} + {node.name}(0 days, ...)")
        return
    sides = ((left[0].value, left[1].kind), (right[0].value, right[1].kind))
    reading.unlike(node, *sides, f"used in one {node.name}")


def _is_plain(reading: Meaning, node: Application, name: str, bound: Bound) -> bool:
    argument, value = bound[name]
    if value.kind == Quantity(PURE):
        return True
    written = brief(reading.text, argument.value)
    suggestion = ""
    if isinstance(value.kind, Quantity):
        suggestion = f"{written} / {with_unit('1', value.kind.dimension)}"
    message = f"{name} of {node.name} is a plain number; {written} is {describe(value.kind)}"
    reading.fault(argument.value, message, suggestion)
    return False
