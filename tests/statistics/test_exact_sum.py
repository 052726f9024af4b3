"""Sums without rounding: exact, and the same whatever the order and grouping."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.statistics.exact_sum import UNIT, exact_sum, powers

ANY = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40)
MIDDLING = st.lists(st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-60), max_size=30)
ONE = 1 << UNIT


@settings(derandomize=True, deadline=None)
@given(ANY)
def test_a_sum_is_the_sum_of_the_fractions(values: list[float]) -> None:
    """Nothing is rounded, from the smallest double to the largest."""
    assert Fraction(exact_sum(values), ONE) == sum(map(Fraction, values), Fraction(0))


@settings(derandomize=True, deadline=None)
@given(ANY, st.randoms(use_true_random=False))
def test_the_order_and_the_grouping_do_not_matter(values: list[float], shuffled) -> None:
    """Parts in any order add up to the same whole number."""
    whole = exact_sum(values)
    again = list(values)
    shuffled.shuffle(again)
    cut = shuffled.randint(0, len(again))
    assert exact_sum(again[:cut]) + exact_sum(again[cut:]) == whole


@settings(derandomize=True, deadline=None)
@given(MIDDLING)
def test_powers_are_kept_to_twice_the_digits_of_a_double(values: list[float]) -> None:
    """Squares and cubes differ from the exact ones by no more than 2⁻⁹⁹ of the sum of their sizes."""
    _, squares, cubes = powers(values)
    for told, power in ((squares, 2), (cubes, 3)):
        terms = [Fraction(value) ** power for value in values]
        allowed = sum(map(abs, terms), Fraction(0)) / 2**99 + Fraction(len(values), 2**1000)
        assert abs(Fraction(told, ONE) - sum(terms, Fraction(0))) <= allowed


def test_a_sum_agrees_with_the_sum_of_the_standard_library() -> None:
    """`math.fsum` rounds the exact sum once; so does division here."""
    values = np.random.default_rng(1).standard_normal(1000) * 10.0 ** np.random.default_rng(2).integers(-300, 300, 1000)
    assert exact_sum(values) / ONE == math.fsum(values)


def test_what_is_no_finite_number_is_refused() -> None:
    """Infinity and NaN have no place in a whole number; nor have cubes beyond the doubles."""
    for wrong in (math.inf, math.nan):
        with pytest.raises(ValueError, match="finite"):
            exact_sum([1.0, wrong])
    with pytest.raises(ValueError, match="1e90"):
        powers([1e91])
