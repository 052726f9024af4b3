"""Draws with constant parameters skip the check at each draw, and nothing else changes."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.chance.quantiles import ParameterError
from escalation.engines.sure_draws import QUANTILES, without_needless_checks
from escalation.expressions.python import compile_functions
from escalation.model.functions import FUNCTIONS


def emitted(text: str) -> ast.expr:
    return without_needless_checks(ast.parse(text, mode="eval").body)


def draw(text: str, u: float) -> object:
    code = compile_functions({"drawn": (("u", "x"), emitted(text))}, {**FUNCTIONS, **QUANTILES})
    return code["drawn"](u, 3.0)


@pytest.mark.parametrize("text", ["f_lognormal(u, 3.0, 0.5)", "f_max(f_bernoulli(u, 0.25), f_normal(u, 0.0, 1.0))"])
def test_good_constants_are_checked_when_compiled(text):
    """A draw whose parameters are good constants calls its quantile without a check."""
    names = {node.id for node in ast.walk(emitted(text)) if isinstance(node, ast.Name) and node.id.startswith("f_")}
    assert all(name.startswith("f_sure_") for name in names - {"f_max"})


@pytest.mark.parametrize("text", ["f_lognormal(u, 3.0, -0.5)", "f_uniform(u, 2.0, 1.0)", "f_bernoulli(u, 1.5)"])
def test_bad_constants_still_fail_when_they_are_drawn(text):
    """A scenario that never draws from a bad distribution runs; one that does is told so, as before."""
    with pytest.raises(ParameterError):
        draw(text, 0.5)


def test_a_parameter_that_varies_is_still_checked_at_each_draw():
    """Only constants can be known to be good for ever."""
    assert ast.unparse(emitted("f_lognormal(u, x, 0.5)")) == "f_lognormal(u, x, 0.5)"


@settings(derandomize=True, deadline=None)
@given(u=st.floats(1e-9, 1.0 - 1e-9))
def test_the_value_is_the_same_with_and_without_the_check(u):
    """Constant or not, the same uniform gives the same bits."""
    assert draw("f_lognormal(u, 3.0, 0.5)", u) == draw("f_lognormal(u, x, 0.5)", u)
