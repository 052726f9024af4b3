"""Where an observed number lies among simulated ones, and how far numbers lie apart."""

import math

import numpy as np
import pytest

from escalation.statistics.proportion import proportion
from escalation.statistics.record import log_spread, position


def test_a_position_is_the_share_below_and_half_of_the_share_equal() -> None:
    """Of 1, 2, 2, 4 and never, 2 has one below and two equal: (1 + 2 / 2) / 5."""
    values = [1.0, 2.0, 2.0, 4.0, math.inf]
    assert position(values, range(5), 2.0).value == pytest.approx(0.4)
    assert position(values, range(5), 0.5).value == 0.0
    assert position(values, range(5), 9.0).value == pytest.approx(0.8)


def test_a_position_without_ties_is_a_proportion() -> None:
    """Value and interval are those of the share below, clustered by future."""
    rng = np.random.default_rng(7)
    values, futures = rng.normal(size=400), np.repeat(np.arange(40), 10)
    told, share = position(values, futures, 0.3), proportion(values < 0.3, futures)
    assert (told.value, told.low, told.high, told.n) == (share.value, share.low, share.high, share.n)


def test_a_position_is_uniform_when_the_record_comes_from_the_model() -> None:
    """2,000 observed numbers drawn like the simulated ones: their positions pass Kolmogorov and Smirnov at 0.1 %."""
    rng = np.random.default_rng(11)
    values = rng.lognormal(size=3_000)
    places = sorted(position(values, np.arange(3_000), each).value for each in rng.lognormal(size=400))
    grid = np.arange(1, 401) / 400
    distance = max(np.max(grid - places), np.max(places - grid + 1 / 400))
    # The 0.1 % point of the one-sample statistic, widened by that of the 3,000 values that stand for the law itself.
    assert distance < 1.95 * math.sqrt(1 / 400 + 1 / 3_000)


def test_an_unknown_value_has_no_position() -> None:
    """NaN is refused, and not counted as small or large."""
    with pytest.raises(ValueError, match="no position"):
        position([1.0, math.nan], [0, 1], 1.0)


def test_the_spread_of_logarithms_is_their_standard_deviation() -> None:
    """Two numbers a factor e apart have 1 / √2; a factor on all of them changes nothing; one number has none."""
    assert log_spread([1.0, math.e]) == pytest.approx(1 / math.sqrt(2))
    told = np.array([1_500.0, 3_000.0, 3_000.0, 12_000.0])
    assert log_spread(told) == pytest.approx(np.std(np.log(told), ddof=1))
    assert log_spread(told * 7) == pytest.approx(float(log_spread(told)))
    assert np.isnan(log_spread([5.0]))


def test_what_has_no_logarithm_is_left_out_of_a_spread() -> None:
    """Unknown, zero and negative numbers are as if they were not there, row by row."""
    table = [[2.0, 4.0, np.nan, 0.0], [2.0, np.nan, -1.0, np.nan]]
    assert log_spread(table)[0] == pytest.approx(float(log_spread([2.0, 4.0])))
    assert np.isnan(log_spread(table)[1])
