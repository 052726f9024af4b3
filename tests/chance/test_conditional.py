"""Uniforms drawn anew, given that a value computed from them lies above a bound."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.chance.conditional import GREATEST, UniformsAbove, uniforms_above
from escalation.chance.distributions import REGISTRY
from escalation.chance.streams import SMALLEST, UNIT

UNIFORMS = st.integers(0, 2**53 - 1).map(lambda word: word * UNIT or SMALLEST)
SETTINGS = settings(derandomize=True, deadline=None, max_examples=80)
SHAPES = {
    "weibull": (1.7, 9.0),
    "lognormal": (10.0, 0.8),
    "exponential": (3.0,),
    "uniform": (2.0, 7.0),
    "triangular": (1.0, 2.0, 9.0),
    "gamma": (2.5, 4.0),
    "pert": (1.0, 2.0, 9.0),
    "poisson": (6.0,),
}


def drawn(name: str, falls: bool) -> Callable[[float], float]:
    """A value that rises with its uniform, or falls with it from the same top."""
    quantile, parameters = REGISTRY[name].quantile, SHAPES[name]
    return (lambda u: 100.0 - quantile(u, *parameters)) if falls else (lambda u: quantile(u, *parameters))


@SETTINGS
@given(st.sampled_from(sorted(SHAPES)), st.booleans(), UNIFORMS, UNIFORMS)
def test_the_value_lies_above_the_bound(name, falls, first, fresh):
    """Whatever was above a bound is so still when it is drawn again, but for the rounding at the bound itself."""
    value = drawn(name, falls)
    bound = value(first) - 0.001
    again = uniforms_above(value, bound).uniform(fresh)
    assert SMALLEST <= again <= GREATEST
    assert value(again) > bound - 1e-9


@SETTINGS
@given(st.sampled_from(sorted(set(SHAPES) - {"poisson", "gamma", "pert"})), st.booleans(), UNIFORMS)
def test_the_edge_is_the_last_place_on_the_grid(name, falls, first):
    """At the edge the value lies above the bound, and one step of the grid before it does not."""
    value = drawn(name, falls)
    bound = value(first)
    above = uniforms_above(value, bound)
    assert above.falls == falls
    inside, outside = (above.edge - UNIT, above.edge) if falls else (above.edge, above.edge - UNIT)
    assert not SMALLEST <= inside <= GREATEST or value(inside) > bound
    assert not SMALLEST <= outside <= GREATEST or value(outside) <= bound


@SETTINGS
@given(st.sampled_from(sorted(SHAPES)), st.booleans(), UNIFORMS)
def test_where_nothing_is_known_the_fresh_uniform_is_the_answer(name, falls, fresh):
    """A bound below every value changes no bit."""
    assert uniforms_above(drawn(name, falls), -1e6).uniform(fresh) == fresh


@SETTINGS
@given(UNIFORMS, UNIFORMS)
def test_every_uniform_above_the_edge_is_as_likely(edge, fresh):
    """What a fresh uniform picks divides the rest in its own proportion."""
    rising, falling = UniformsAbove(edge, False), UniformsAbove(edge, True)
    assert rising.uniform(fresh) == pytest.approx(edge + (1 - edge) * fresh, abs=1e-15)
    assert falling.uniform(fresh) == pytest.approx(edge * fresh, abs=1e-15)


@pytest.mark.parametrize("falls", [False, True])
def test_where_nothing_lies_above_the_bound_the_end_stands_for_all(falls):
    """The largest value there is, whatever the fresh uniform."""
    value = drawn("uniform", falls)
    above = uniforms_above(value, 1000.0)
    assert {above.uniform(fresh) for fresh in (SMALLEST, 0.3, GREATEST)} == {SMALLEST if falls else GREATEST}
