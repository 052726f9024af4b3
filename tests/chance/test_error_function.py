"""The normal distribution function, pinned to SciPy and to the quantile function that it inverts."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import erfc as scipy_erfc
from scipy.special import ndtr

from escalation.chance.elementary import normal_quantile
from escalation.chance.error_function import erfc, normal_cdf

PIECES = ((-6, -1.25), (-1.25, -0.84375), (-0.84375, 0.25), (0.25, 0.84375), (0.84375, 1.25), (1.25, 2.857))


def ulps(ours, theirs):
    return float(np.max(np.abs(np.array(ours) - theirs) / np.spacing(theirs)))


@pytest.mark.parametrize("piece", PIECES)
def test_erfc_agrees_with_scipy(piece):
    """In every piece of the approximation; SciPy itself is up to ten units off between 0.25 and 2.857."""
    x = np.random.default_rng(1).uniform(*piece, 4_000)
    assert ulps([erfc(float(each)) for each in x], scipy_erfc(x)) <= (16 if piece[1] > 0.25 else 2)


def test_erfc_of_published_values():
    """Abramowitz and Stegun (1964), tables 7.1 and 7.3: erf(0.5), erf(1), and erfc in the far tail."""
    assert erfc(0.5) == pytest.approx(1 - 0.5204998778, abs=5e-11)
    assert erfc(1.0) == pytest.approx(1 - 0.8427007929, abs=5e-11)
    assert erfc(5.0) == pytest.approx(1.5374597944280349e-12, rel=1e-15)
    assert erfc(10.0) == pytest.approx(2.0884875837625446e-45, rel=1e-15)


def test_the_ends_are_what_they_must_be():
    """0 far above, 2 far below, 1 at 0, and NaN of NaN."""
    assert (erfc(40.0), erfc(-40.0), erfc(0.0), erfc(math.inf), erfc(-math.inf)) == (0.0, 2.0, 1.0, 0.0, 2.0)
    assert math.isnan(erfc(math.nan))


@pytest.mark.parametrize(("low", "high", "within"), [(-8.3, -3.0, 40), (-3.0, 3.0, 12), (3.0, 8.3, 1)])
def test_the_normal_distribution_function_agrees_with_scipy(low, high, within):
    """Within a few units in the last place; both round x / √2, which costs half of x² units in the lower tail."""
    x = np.random.default_rng(2).uniform(low, high, 4_000)
    assert ulps([normal_cdf(float(each)) for each in x], ndtr(x)) <= within


def test_the_quantile_is_undone():
    """Over the whole grid of uniforms, to the rounding of both functions."""
    u = np.concatenate([np.random.default_rng(3).uniform(0, 1, 4_000), [2.0**-54, 1 - 2.0**-53, 0.5]])
    back = np.array([normal_cdf(normal_quantile(float(each))) for each in u])
    assert np.max(np.abs(back / u - 1)) < 1e-13


def test_it_never_falls():
    """Neighbouring doubles are in order wherever the pieces of the approximation meet."""
    for edge in (0.25, 0.84375, 1.25, 1 / 0.35):
        x = edge * math.sqrt(2)
        near = [x * (1 + k * 1e-13) for k in range(-50, 51)]
        values = [normal_cdf(-each) for each in near]
        assert all(later <= earlier * (1 + 1e-15) for earlier, later in pairwise(values))
