"""What a trajectory starts from: levers, the future's uncertainties, and the first value of every variable."""

from collections.abc import Mapping
from typing import Any

from escalation.chance.streams import Streams
from escalation.engines.program import Program
from escalation.engines.wiring import is_number
from escalation.model.dependence import Future
from escalation.model.evaluate import evaluate
from escalation.model.process import Model, Value, Variable
from escalation.model.trajectory import Point

LARGEST = 1.7976931348623157e308
Bounds = list[tuple[float, float] | None]


def first_values(
    program: Program, point: Point, settings: Mapping[str, Value], given: Mapping[str, Value], luck: Streams
) -> list[Any]:
    """The list `s` at the first instant; derived names are still to be computed.

    settings: levers set otherwise than by the policy. given: uncertainties fixed from outside instead of drawn.

    Raises:
        KeyError: the model has no such policy, lever or uncertainty.
    """
    model = program.model
    values = levers(model, point.policy, settings)
    values |= _uncertainties(program, point, given)
    for variable in model.variables:
        values[variable.name] = evaluate(variable.initial, values, lambda stream: luck.stream(stream).uniform(0))
    s: list[Any] = [None] * len(program.slots)
    for name, value in values.items():
        s[program.slots[name]] = value
    for slot, function in program.derived_code:
        s[slot] = function(s)
    return s


def _uncertainties(program: Program, point: Point, given: Mapping[str, Value]) -> dict[str, Value]:
    """Those of the future, kept for the next trajectory that meets the same one."""
    key = (point.seed, point.future, tuple(given.items()))
    # Read once: another thread may put another future there meanwhile.
    last, values = program.last_future
    if last == key:
        return values
    values = uncertainties(program.model, point, given)
    program.last_future = (key, values)
    return values


def uncertainties(model: Model, point: Point, given: Mapping[str, Value]) -> dict[str, Value]:
    """Every uncertainty of the point's future, in the model's order; `given` ones are not drawn.

    Raises KeyError: there is no such uncertainty.
    """
    items = model.uncertainties
    unknown = set(given) - {item.name for item in items}
    if unknown:
        raise KeyError(f"there is no uncertainty {sorted(unknown)[0]!r}")
    future = Future(Streams(point.seed, point.future), model.together, model.joint_draws)
    values: dict[str, Value] = {}
    for item in items:
        known = {**values, **future.rows} if future.rows else values
        drawn = item.name not in given
        values[item.name] = evaluate(item.value, known, future.uniform) if drawn else given[item.name]
    return values


def levers(model: Model, policy: str, settings: Mapping[str, Value]) -> dict[str, Value]:
    """Every lever as a policy and settings beyond it set it. Raises KeyError: there is no such policy or lever."""
    chosen = next((dict(item.settings) for item in model.policies if item.name == policy), None)
    if chosen is None:
        raise KeyError(f"there is no policy {policy!r}")
    values = {lever.name: lever.default for lever in model.levers}
    unknown = set(settings) - values.keys()
    if unknown:
        raise KeyError(f"there is no lever {sorted(unknown)[0]!r}")
    return values | chosen | dict(settings)


def ranges(program: Program, values: Mapping[str, Value]) -> Bounds:
    """The range of every slot that stores a number; where the author gave none, all finite numbers."""
    bounds: Bounds = [None] * len(program.slots)
    for item in program.model.variables:
        if is_number(item.kind):
            bounds[program.slots[item.name]] = _range(item, values)
    return bounds


def _range(item: Variable, values: Mapping[str, Value]) -> tuple[float, float]:
    low = -LARGEST if item.low is None else evaluate(item.low, values)
    high = LARGEST if item.high is None else evaluate(item.high, values)
    return low, high
