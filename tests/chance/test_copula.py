"""Varying together: the factor against eigenvalues, the correlation against its definition, the margins."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, spearmanr

from escalation.chance.copula import Impossible, factor, most_possible, normal_correlation, vary_together

NEAR_SINGULAR = 1e-6
"""Least eigenvalues nearer to 0 than this may be judged either way."""


@settings(derandomize=True, deadline=None)
@given(st.floats(-1, 1))
def test_the_normal_correlation_is_that_of_pearson(rho):
    """2 sin(πρ/6), within two units in the last place."""
    assert normal_correlation(rho) == pytest.approx(2 * math.sin(math.pi * rho / 6), rel=5e-16, abs=1e-300)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.integers(2, 5).flatmap(
        lambda k: st.lists(st.floats(-1, 1), min_size=k * (k - 1) // 2, max_size=k * (k - 1) // 2)
    )
)
def test_a_matrix_is_possible_exactly_if_no_eigenvalue_is_negative(entries):
    """Of the normal correlations; and the factor gives them back."""
    size = next(k for k in range(2, 6) if k * (k - 1) // 2 == len(entries))
    matrix = np.eye(size)
    matrix[np.tril_indices(size, -1)] = entries
    matrix = np.tril(matrix) + np.tril(matrix, -1).T
    wanted = np.array([[normal_correlation(float(r)) for r in row] for row in matrix])
    least = np.linalg.eigvalsh(wanted)[0]
    try:
        rows = factor(matrix.tolist())
    except Impossible:
        assert least < NEAR_SINGULAR
        return
    assert least > -NEAR_SINGULAR
    lower = np.array([[*row, *[0.0] * (size - len(row))] for row in rows])
    assert np.abs(lower @ lower.T - wanted).max() < 1e-6


def test_the_edge_of_the_possible_is_possible():
    """Perfect correlation, perfect opposition, and three of which one follows from the others."""
    assert factor([[1, 1], [1, 1]]) == ((1.0,), (1.0, 0.0))
    assert factor([[1, -1], [-1, 1]]) == ((1.0,), (-1.0, 0.0))
    assert factor([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]])[1] == (1.0, 0.0)
    with pytest.raises(Impossible):
        factor([[1, 1, 0.5], [1, 1, 0.4], [0.5, 0.4, 1]])


def test_the_share_that_is_told_is_possible_and_hardly_more_is():
    """Times the share the correlations have a factor, times a thousandth more they do not."""
    impossible = np.array([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]])
    share = most_possible(impossible.tolist())

    def scaled(by):
        return np.where(np.eye(3) == 1, 1.0, impossible * by).tolist()

    factor(scaled(share))
    with pytest.raises(Impossible):
        factor(scaled(share + 0.001))


def test_the_first_of_a_group_keeps_its_uniform():
    """To the last bit; and with no correlation so do the others, to the rounding of two functions."""
    u = (0.123456789, 0.987654321, 0.5)
    told = vary_together(factor([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]]), u)
    assert told[0] == u[0]
    assert told[2] == pytest.approx(u[2], rel=1e-14)
    assert told[1] != u[1]


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.6, 0.95])
def test_the_rank_correlation_is_the_one_asked_for_and_the_margins_stay(rho):
    """Over 10,000 pairs the sample's is within 4.5 standard errors, at most 1/√(n − 1) each; the margin is uniform."""
    rows = factor([[1, rho], [rho, 1]])
    n = 10_000
    pairs = np.array([vary_together(rows, tuple(u)) for u in np.random.default_rng(7).uniform(0, 1, (n, 2)).tolist()])
    assert abs(spearmanr(pairs[:, 0], pairs[:, 1])[0] - rho) < 4.5 / math.sqrt(n - 1)
    assert kstest(pairs[:, 1], "uniform").pvalue > 1e-4


def test_uniforms_stay_strictly_between_0_and_1():
    """Also where many extremes add up."""
    rows = factor([[1.0 if i == j else 0.9 for j in range(4)] for i in range(4)])
    for edge in (2.0**-54, 1 - 2.0**-53):
        assert all(0.0 < each < 1.0 for each in vary_together(rows, (edge,) * 4))
