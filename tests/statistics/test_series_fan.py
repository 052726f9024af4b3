import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from escalation.statistics.fan import fan


@settings(derandomize=True, deadline=None)
@given(arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 5)), elements=st.integers(-9, 9)))
def test_a_full_table_has_numpys_quantiles(table):
    """Without gaps each line is NumPy's quantile by the inverted distribution function."""
    told = fan(table)
    assert (told.lines == np.quantile(table, told.quantiles, axis=0, method="inverted_cdf")).all()
    assert (told.missing == 0).all()


def test_gaps_are_left_out_and_counted():
    """NaN takes no place in the order; its number is told at each time."""
    told = fan([[1.0, np.nan], [2.0, 5.0], [3.0, np.nan]], (0.5,))
    assert told.lines.tolist() == [[2.0, 5.0]]
    assert told.missing.tolist() == [0, 2]
    assert told.present.tolist() == [3, 1]


@pytest.mark.parametrize("rows", [0, 2])
def test_a_time_without_values_has_no_line(rows):
    """Where nothing is known yet, or nothing ran, the lines are NaN."""
    told = fan(np.full((rows, 3), np.nan))
    assert np.isnan(told.lines).all()
    assert told.lines.shape == (5, 3)


def test_the_lines_of_a_known_law_are_its_quantiles():
    """Of 20,000 normal values each line lies within z = 4.5 of the normal quantile."""
    from scipy.stats import norm

    told = fan(np.random.default_rng(10).normal(size=(20_000, 1)))
    q = np.array(told.quantiles)
    error = np.sqrt(q * (1 - q) / 20_000) / norm.pdf(norm.ppf(q))
    assert (np.abs(told.lines[:, 0] - norm.ppf(q)) < 4.5 * error).all()


@pytest.mark.parametrize("quantiles", [(0.5, 0.25), (0.0, 0.5), (0.5, 0.5)])
def test_quantiles_ascend_inside_0_and_1(quantiles):
    """Levels out of order, doubled or at the ends are refused."""
    with pytest.raises(ValueError, match="ascend"):
        fan([[1.0]], quantiles)


def test_a_series_is_a_table():
    """One column of numbers is no table of trajectories by times."""
    with pytest.raises(ValueError, match="table"):
        fan([1.0, 2.0])
