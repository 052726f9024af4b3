"""Weighted shares and means come out as unweighted ones where weights are equal, and their intervals cover."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.statistics.reweighted import kish, reweighted_mean, reweighted_share

REPEATS = 400
FEWEST, MOST = 364, 395
"""Of 400 intervals that each cover with 0.95; a count outside has a chance below 0.001 on either side."""


def drawn(repeat: int, size: int = 300):
    """Standard normal numbers, with weights that make them those of a normal about 1: its density over theirs."""
    numbers = np.random.default_rng(repeat).standard_normal(size)
    return numbers, np.exp(numbers - 0.5)


def test_the_interval_of_a_weighted_mean_covers_the_exact_mean():
    """Under the weights the mean is 1."""
    covered = 0
    for repeat in range(REPEATS):
        numbers, weights = drawn(repeat)
        found = reweighted_mean(numbers, weights, range(len(numbers)))
        covered += found.low <= 1.0 <= found.high
    assert FEWEST <= covered <= MOST


def test_the_interval_of_a_weighted_share_covers_the_exact_share():
    """Under the weights a half lies above 1."""
    covered = 0
    for repeat in range(REPEATS):
        numbers, weights = drawn(repeat)
        found = reweighted_share(numbers > 1.0, weights, range(len(numbers)))
        covered += found.low <= 0.5 <= found.high
    assert FEWEST <= covered <= MOST


def test_the_interval_covers_when_samples_come_in_copies_of_one_future():
    """Every number stands there three times: the interval is that of the futures, not of the copies."""
    covered, wide = 0, []
    for repeat in range(REPEATS):
        numbers, weights = drawn(repeat)
        futures = np.arange(len(numbers))
        found = reweighted_share(np.tile(numbers > 1.0, 3), np.tile(weights, 3), np.tile(futures, 3))
        plain = reweighted_share(numbers > 1.0, weights, futures)
        wide.append((found.high - found.low) / (plain.high - plain.low))
        covered += found.low <= 0.5 <= found.high
    assert FEWEST <= covered <= MOST
    assert wide == pytest.approx([1.0] * REPEATS)


@settings(derandomize=True, deadline=None)
@given(weights=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=40))
def test_kish_counts_between_one_and_all(weights):
    """Equal weights count all; the number does not hang on the unit of weights; one future counts one."""
    size = len(weights)
    assert 1.0 - 1e-9 <= kish(weights, range(size)) <= size + 1e-9
    assert kish([2.5] * size, range(size)) == pytest.approx(size)
    assert kish([3.0 * each for each in weights], range(size)) == pytest.approx(kish(weights, range(size)))
    assert kish(weights, [7] * size) == pytest.approx(1.0)
    assert kish([0.0] * size, range(size)) == 0.0


def test_the_weighted_share_by_hand():
    """3 of 4 parts of weight; without weight nothing is told, and of one future there is no interval."""
    assert reweighted_share([1, 0, 1], [2.0, 1.0, 1.0], [0, 1, 2]).value == 0.75
    assert reweighted_mean([5.0, 1.0], [3.0, 1.0], [0, 1]).value == 4.0
    assert np.isnan(reweighted_share([1, 0], [0.0, 0.0], [0, 1]).value)
    assert reweighted_share([1, 0], [1.0, 1.0], [3, 3]).low is None
    full = reweighted_share([1, 1, 1, 1], [1.0, 2.0, 1.0, 1.0], range(4))
    assert (full.value, full.high) == (1.0, 1.0)
    assert 0.0 < full.low < 1.0
    with pytest.raises(ValueError, match="0 or 1"):
        reweighted_share([0.5], [1.0], [0])


def test_equal_values_have_an_interval_without_width_and_say_so():
    """That no spread was seen does not prove that there is none."""
    found = reweighted_mean([2.0, 2.0], [1.0, 3.0], [0, 1])
    assert (found.low, found.value, found.high) == (2.0, 2.0, 2.0)
    assert "every value is equal" in found.reason
