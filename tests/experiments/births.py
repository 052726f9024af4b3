"""A small model for tests of experiments: births at an uncertain speed, a ceiling, and a series."""

from dataclasses import replace
from typing import Any

from escalation.expressions import tree
from escalation.expressions.kinds import Rung, Truth
from escalation.model.calendar import DAY
from escalation.model.process import Hazard, Lever, Measure, Model, Policy
from tests.models import Sketch

WEEK = 7 * DAY


def births(days: float = 30, **measures: tuple[str, str]) -> Sketch:
    """x counts births; the speed is drawn once a future. Two policies that change nothing."""
    sketch = Sketch(days=days, x=0.0).uncertain(speed="uniform(0.1, 0.5)")
    sketch.event("birth", Hazard(rate="speed / (1 day)", condition="true"), {"x": "x + 1"})
    sketch.measure("x_end", "final", "x").measure("many", "ever", "x >= 6").measure("when_many", "first", "x >= 6")
    sketch.measure("path", "series", "x", every=WEEK).measure("born", "count", "birth")
    for name, (how, value) in measures.items():
        sketch.measure(name, how, value)
    sketch.policies = {"base": (), "other": ()}
    return sketch


def failing(above: int) -> Sketch:
    """Births that leave the range of x at `above`: some trajectories fail and the rest go on."""
    sketch = births()
    sketch.ranges["x"] = ("0", str(above))
    return sketch


def with_lever(model: Model, **policies: float) -> Model:
    """The model with its speed multiplied by a lever `pace`, which each policy sets."""
    quantity = model.variables[0].kind
    birth = next(rule for rule in model.rules if rule.name == "birth")
    clock: Any = birth.clock
    faster = tree.Arithmetic("*", clock.rate, tree.Name("pace", quantity), clock.rate.kind)
    rules = tuple(replace(rule, clock=replace(clock, rate=faster)) if rule is birth else rule for rule in model.rules)
    return replace(
        model,
        levers=(Lever("pace", quantity, 1.0),),
        rules=rules,
        policies=tuple(Policy(name, name.title(), (("pace", value),)) for name, value in policies.items()),
    )


def with_rung(model: Model) -> Model:
    """The model with measures of a rung: low below six births, high from then on."""
    kind = Rung("ladder", ("low", "middle", "high"))
    x = tree.Name("x", model.variables[0].kind)
    enough = tree.Comparison(">=", x, tree.Literal(6.0, x.kind))
    rung = tree.If(enough, tree.Literal(2, kind), tree.Literal(0, kind), kind)
    more = (
        Measure("rung_end", "final", kind, rung),
        Measure("rung_path", "series", kind, rung, every=2 * WEEK),
        Measure("many_path", "series", Truth(), enough, every=WEEK),
    )
    return replace(model, measures=model.measures + more)


def visit(world: Any) -> Any:
    """A SimPy process of one's own that adds a hundred on the tenth day."""
    yield world.after(days=10)
    world.set(x=world["x"] + 100, rule="visit")
