"""Between what a measure must lie, as far as the model itself says so: its window, or the declared ranges of what it
reads. A trajectory that leaves a declared range has failed, so every value of one that has not lies within."""

from collections.abc import Callable, Mapping
from math import inf, isfinite

from escalation.experiments.analysis_questions import Question
from escalation.experiments.columns import column_of
from escalation.expressions import tree
from escalation.expressions.tree import Expr
from escalation.model.process import Measure, Model

Ends = tuple[float, float]
ENDLESS: Ends = (-inf, inf)


def known_bounds(model: Model, question: Question) -> Ends | None:
    """The lowest and highest answer that there can be, in the question's unit; None where the model sets none.

    A share lies in 0 to 1; a time that was waited for, or a `time_in`, in its window; a `final`, `max`, `min` or `mean`
    in the range of its expression, as far as it is made of names with ranges.
    """
    if question.share:
        return 0.0, 1.0
    if question.limit:
        return 0.0, question.limit
    measure = next(each for each in model.measures if each.name == question.column)
    if measure.value is None or measure.how not in ("final", "max", "min", "mean"):
        return None
    low, high = _of_measure(model, measure)
    return (low, high) if isfinite(low) and isfinite(high) and low < high else None


def _of_measure(model: Model, measure: Measure) -> Ends:
    factor = column_of(measure).factor
    assert measure.value is not None
    low, high = range_of(measure.value, _ranges(model))
    return low / factor, high / factor


def _ranges(model: Model) -> dict[str, Ends]:
    """The range of every name that has one, in base units; of a derived name that of its expression."""
    found: dict[str, Ends] = {}
    for lever in model.levers:
        if lever.low is not None and lever.high is not None:
            found[lever.name] = float(lever.low), float(lever.high)
    for variable in model.variables:
        low = -inf if variable.low is None else range_of(variable.low, found)[0]
        high = inf if variable.high is None else range_of(variable.high, found)[1]
        if variable.name not in found or (variable.low, variable.high) != (None, None):
            found[variable.name] = low, high
    for derived in model.derived:
        found[derived.name] = range_of(derived.value, found)
    return found


def range_of(node: Expr, known: Mapping[str, Ends]) -> Ends:
    """Between what a quantity lies when every name lies within its range; endless where nothing bounds it."""
    match node:
        case tree.Literal():
            return float(node.value), float(node.value)
        case tree.Name():
            return known.get(node.path, ENDLESS)
        case tree.Negative():
            low, high = range_of(node.operand, known)
            return -high, -low
        case tree.If():
            return _both(range_of(node.then, known), range_of(node.otherwise, known))
        case tree.Arithmetic():
            return _arithmetic(node.sign, range_of(node.left, known), range_of(node.right, known))
        case tree.Call() if node.function in _CALLS:
            return _CALLS[node.function](*(range_of(argument, known) for argument in node.arguments))
        case _:
            return ENDLESS


def _both(one: Ends, other: Ends) -> Ends:
    return min(one[0], other[0]), max(one[1], other[1])


def _arithmetic(sign: str, left: Ends, right: Ends) -> Ends:
    if sign == "+":
        return left[0] + right[0], left[1] + right[1]
    if sign == "-":
        return left[0] - right[1], left[1] - right[0]
    if not all(map(isfinite, (*left, *right))):
        return ENDLESS
    if sign == "*":
        corners = [a * b for a in left for b in right]
    elif right[0] > 0 or right[1] < 0:
        corners = [a / b for a in left for b in right]
    else:
        return ENDLESS
    return min(corners), max(corners)


def _least(*ends: Ends) -> Ends:
    return min(low for low, _ in ends), min(high for _, high in ends)


def _greatest(*ends: Ends) -> Ends:
    return max(low for low, _ in ends), max(high for _, high in ends)


def _size(ends: Ends) -> Ends:
    low, high = ends
    return max(0.0, low, -high), max(abs(low), abs(high))


_CALLS: dict[str, Callable[..., Ends]] = {
    "min": _least,
    "max": _greatest,
    "clip": lambda value, low, high: _least(_greatest(value, low), high),
    "abs": _size,
}
