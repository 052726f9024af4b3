"""Bounds of measures, as far as a model sets them; they have to hold, since intervals rest on them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.experiments.analysis_questions import questions
from escalation.experiments.known_bounds import known_bounds, range_of
from escalation.expressions.kinds import Quantity
from escalation.model.calendar import DAY
from escalation.model.evaluate import evaluate
from tests.experiments.births import births
from tests.models import number

NAMES: dict[str, Any] = {name: Quantity() for name in ("a", "b", "c", "endless")}
RANGES = {"a": (-2.0, 3.0), "b": (1.0, 4.0), "c": (-5.0, -1.0)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", (-2, 3)),
        ("7", (7, 7)),
        ("a + b", (-1, 7)),
        ("a - b", (-6, 2)),
        ("a * c", (-15, 10)),
        ("b / c", (-4, -0.2)),
        ("-b", (-4, -1)),
        ("min(a, b)", (-2, 3)),
        ("max(a, 0)", (0, 3)),
        ("clip(endless, 0, b)", (0, 4)),
        ("min(endless, 5) if a > 0 else b", (-float("inf"), 5)),
        ("abs(a)", (0, 3)),
        ("abs(c)", (1, 5)),
        ("b if a > 0 else c", (-5, 4)),
    ],
)
def test_an_expression_lies_where_its_parts_allow(text: str, expected: tuple[float, float]) -> None:
    """Ranges go through arithmetic, min, max, clip, abs and choices."""
    assert range_of(number(text, NAMES), RANGES) == expected


@pytest.mark.parametrize("text", ["endless", "a / a", "endless * b", "sqrt(b)", "b / endless"])
def test_what_nothing_bounds_is_endless(text: str) -> None:
    """No range declared, a division by what may be 0, or a function whose range is not followed."""
    assert range_of(number(text, NAMES), RANGES) == (-float("inf"), float("inf"))


TREES = st.recursive(
    st.sampled_from(["a", "b", "c", "2", "-1.5"]),
    lambda below: st.builds(
        lambda form, x, y, z: form.format(x, y, z),
        st.sampled_from([
            "({0} + {1})", "({0} - {1})", "({0} * {1})", "({0} / {1})", "min({0}, {1})", "max({0}, {1})",
            "abs({0})", "(-({0}))", "({0} if {1} > {2} else {2})", "clip({0}, -3, 2)",
        ]),
        below, below, below,
    ),
    max_leaves=8,
)  # fmt: skip


@given(TREES, st.floats(-2, 3), st.floats(1, 4), st.floats(-5, -1))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_no_value_lies_outside_the_range_of_its_expression(text: str, a: float, b: float, c: float) -> None:
    """Whatever the names are within their ranges, the value lies within what is said of the whole."""
    tree = number(text, NAMES)
    low, high = range_of(tree, RANGES)
    value = evaluate(tree, {"a": a, "b": b, "c": c})
    slack = 1e-9 * max(1.0, abs(value))
    assert value != value or low - slack <= value <= high + slack


def bounds(name: str, ranged: bool = False) -> tuple[float, float] | None:
    sketch = births(most=("max", "x"), spent=("time_in", "x >= 2"))
    if ranged:
        sketch.ranges["x"] = ("0", "40")
    model = sketch.model()
    measure = next(each for each in model.measures if each.name == name.partition(":")[0])
    question = next(each for each in questions(measure, model.horizon, waits=True) if each.key == name)
    return known_bounds(model, question)


def test_measures_are_bounded_by_what_they_are_or_what_they_read() -> None:
    """A share by 0 and 1, a time by its window, a quantity by the declared range of what it reads, a count by
    nothing."""
    assert bounds("many") == bounds("when_many") == (0.0, 1.0)
    assert bounds("spent") == bounds("when_many: waited") == (0.0, 30 * DAY / DAY)
    assert bounds("most") is None
    assert bounds("most", ranged=True) == (0.0, 40.0)
    assert bounds("born", ranged=True) is None
