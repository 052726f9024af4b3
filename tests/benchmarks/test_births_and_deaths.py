"""Births and deaths are one model, whoever plays it."""

import math

import pytest

import escalation
from benchmarks import in_c
from benchmarks.births_and_deaths import HERE, at_the_limit
from benchmarks.elsewhere import BIRTHS, FIRST, HORIZON
from escalation.model.build import build

N = 400


@pytest.mark.skipif(in_c.compiler() is None, reason="no C compiler")
@pytest.mark.parametrize("clocks", [False, True])
def test_in_c_the_numbers_are_those_of_the_theory(clocks: bool) -> None:
    """The number alive ends Poisson with mean births / deaths, and firings have their expected mean."""
    firings, left = at_the_limit(N, clocks)
    assert abs(left - BIRTHS) / math.sqrt(BIRTHS / N) < 4
    # Of firings, twice the births less what is left: births are Poisson.
    expected = N * (2 * BIRTHS * HORIZON + FIRST - left)
    assert abs(firings - expected) / (2 * math.sqrt(N * BIRTHS * HORIZON)) < 4


def test_the_scenario_has_the_same_numbers() -> None:
    """Rates, first number and horizon of the YAML are those given to the other simulators."""
    model = build(escalation.load(HERE / "birth_death.yaml").scenario)
    assert model.horizon == HORIZON * 86_400_000
    assert model.variables[0].initial.value == FIRST
    birth, death = model.rules
    assert (birth.name, birth.clock.rate.left.value / birth.clock.rate.right.value * 86_400_000) == ("birth", BIRTHS)
    assert (death.name, death.clock.rate.right.value) == ("death", 86_400_000)
