import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri, pdtr, pdtrc

from escalation.chance import quantiles as q
from escalation.chance.distributions import REGISTRY
from escalation.chance.elementary import exp, log

EPS = 2.0**-52
ENDS = [2.0**-54, 2.0**-53, 1e-15, 1e-12, 1e-9, 1e-6, 1e-4]
LEVELS = np.array(sorted([*ENDS, *(k / 997 for k in range(1, 997)), *(1.0 - u for u in ENDS[1:])]))
DEEP = settings(derandomize=True, deadline=None, max_examples=300)


def ours(name: str, *parameters: float) -> np.ndarray:
    return np.array([float(REGISTRY[name].quantile(float(u), *parameters)) for u in LEVELS])


def worst(got: np.ndarray, expected: np.ndarray, scale: np.ndarray) -> float:
    """The largest difference, in units of EPS times the scale each value's rounding errors are proportional to."""
    return float(np.max(np.abs(got - expected) / np.maximum(EPS * scale, math.ulp(0.0))))


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 5.0), (1e6, 1e6 + 1.0), (-1e300, 1e300), (0.0, 1e-310)])
def test_uniform_is_scipys(low, high):
    """The uniform quantile is SciPy's within four roundings of its largest bound."""
    expected = stats.uniform.ppf(LEVELS, loc=low, scale=high - low)
    assert worst(ours("uniform", low, high), expected, np.full(LEVELS.shape, max(abs(low), abs(high)))) <= 4


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (100.0, 3.0), (-5.0, 1e-9), (0.0, 1e300)])
def test_normal_is_scipys(mean, sd):
    """The normal quantile is SciPy's within the 1.4e-15 of both standard quantiles and two roundings."""
    expected = stats.norm.ppf(LEVELS, loc=mean, scale=sd)
    assert worst(ours("normal", mean, sd), expected, abs(mean) + sd * np.abs(ndtri(LEVELS))) <= 8.5


@pytest.mark.parametrize(("median", "sigma"), [(1.0, 0.5), (1500.0, 0.4), (1e-6, 3.0), (1e9, 10.0), (2.0, 1e-8)])
def test_lognormal_is_scipys(median, sigma):
    """The log-normal quantile is SciPy's within the exponent's error (7.5 units times |sigma z|) and 4 roundings."""
    expected = stats.lognorm.ppf(LEVELS, sigma, scale=median)
    scale = expected * (4.0 + 7.5 * np.abs(sigma * ndtri(LEVELS)))
    assert worst(ours("lognormal", median, sigma), expected, scale) <= 1


@pytest.mark.parametrize("mean", [1.0, 7.0, 604_800_000.0, 1e-300])
def test_exponential_is_scipys_for_small_levels_too(mean):
    """The exponential quantile is SciPy's within four roundings, down to u = 2**-54 where `1 - u` rounds to 1."""
    expected = stats.expon.ppf(LEVELS, scale=mean)
    assert worst(ours("exponential", mean), expected, expected) <= 4


@pytest.mark.parametrize(("shape", "scale"), [(0.5, 1.0), (1.0, 3.0), (1.5, 86_400_000.0), (8.0, 2.0)])
def test_weibull_is_scipys(shape, scale):
    """The Weibull quantile is SciPy's within the error of its exponent (4 units times its size) and four roundings."""
    expected = stats.weibull_min.ppf(LEVELS, shape, scale=scale)
    allowed = expected * (4.0 + 4.0 * np.abs(np.log(-np.log1p(-LEVELS)) / shape) + 4.0 / shape)
    assert worst(ours("weibull", shape, scale), expected, allowed) <= 1


@pytest.mark.parametrize("bounds", [(0.0, 1.0, 2.0), (10e3, 12e3, 20e3), (0.0, 0.0, 1.0), (-4.0, 1.0, 1.0)])
def test_triangular_is_scipys(bounds):
    """The triangular quantile is SciPy's within eight roundings of its bounds."""
    low, mode, high = bounds
    expected = stats.triang.ppf(LEVELS, (mode - low) / (high - low), loc=low, scale=high - low)
    scale = np.full(LEVELS.shape, abs(low) + abs(high))
    assert worst(ours("triangular", *bounds), expected, scale) <= 8


@pytest.mark.parametrize("bounds", [(0.0, 1.0, 2.0), (10e3, 12e3, 20e3), (0.0, 0.0, 1.0), (-4.0, 1.0, 1.0)])
def test_pert_is_scipys_beta(bounds):
    """The PERT quantile is that of SciPy's beta with shapes 1 + 4 (mode - low) / width and 1 + 4 (high - mode) / width.

    1e-12 of the width: both sides are iterative inverses, each good to about 1e-13.
    """
    low, mode, high = bounds
    width = high - low
    shapes = 1.0 + 4.0 * (mode - low) / width, 1.0 + 4.0 * (high - mode) / width
    expected = stats.beta.ppf(LEVELS, *shapes, loc=low, scale=width)
    assert np.max(np.abs(ours("pert", *bounds) - expected)) <= 1e-12 * width


@pytest.mark.parametrize(("shape", "scale"), [(0.05, 1.0), (0.7, 2.0), (1.0, 1.0), (3.5, 86_400.0), (400.0, 0.1)])
def test_gamma_is_scipys(shape, scale):
    """The gamma quantile is SciPy's, by the same function: at most the rounding of the scale apart."""
    expected = stats.gamma.ppf(LEVELS, shape, scale=scale)
    assert worst(ours("gamma", shape, scale), expected, expected) <= 1


@pytest.mark.parametrize("mean", [1e-9, 0.1, 1.0, 3.7, 20.0, 63.9, 64.0, 64.1, 200.0, 12_345.6])
def test_poisson_is_scipys_on_both_sides_of_the_line(mean):
    """The Poisson quantile is SciPy's wherever the level is further from a step than rounding (1e-13) reaches."""
    got = ours("poisson", mean)
    expected = stats.poisson.ppf(LEVELS, mean)
    gap = np.minimum(np.abs(pdtr(expected, mean) - LEVELS), np.abs(pdtr(np.maximum(expected - 1, 0), mean) - LEVELS))
    clear = gap > 1e-13
    assert clear.sum() > 990
    assert np.array_equal(got[clear], expected[clear])
    assert np.all(np.abs(got - expected) <= 8)


@pytest.mark.parametrize("p", [0.0, 1e-12, 0.1, 0.5, 0.9, 1.0 - 1e-12, 1.0])
def test_bernoulli_is_scipys(p):
    """A truth value is true exactly where SciPy's Bernoulli quantile is 1."""
    assert np.array_equal(ours("bernoulli", p), stats.bernoulli.ppf(LEVELS, p))


@pytest.mark.parametrize("weights", [(1.0,), (0.2, 0.3, 0.5), (3.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1e-300, 1e300)])
def test_one_of_inverts_the_cumulated_shares(weights):
    """The place chosen is the first whose cumulated share reaches u, and a weight of 0 is never chosen."""
    shares = np.cumsum(weights) / np.sum(weights)
    got = ours("one_of", *weights).astype(int)
    clear = np.min(np.abs(shares[:, None] - LEVELS), axis=0) > 1e-15
    assert np.array_equal(got[clear], np.searchsorted(shares, LEVELS)[clear])
    assert all(weights[place] > 0.0 for place in got)


def test_a_level_on_a_step_belongs_to_what_ends_there():
    """At u equal to a cumulated share the lower place is taken, as SciPy's quantiles do."""
    assert [q.one_of(u, 1.0, 1.0, 2.0) for u in (0.25, 0.5, 0.5 + 2.0**-53)] == [0, 1, 2]
    assert q.bernoulli(0.75, 0.25) is False


@pytest.mark.parametrize(
    ("name", "parameters", "value"),
    [
        ("uniform", (0.1, 0.1), 0.1),
        ("normal", (0.1, 0.0), 0.1),
        ("lognormal", (0.1, 0.0), 0.1),
        ("lognormal", (0.0, 1.0), 0.0),
        ("exponential", (0.0,), 0.0),
        ("triangular", (0.1, 0.1, 0.1), 0.1),
        ("pert", (0.1, 0.1, 0.1), 0.1),
        ("gamma", (2.0, 0.0), 0.0),
        ("weibull", (2.0, 0.0), 0.0),
        ("poisson", (0.0,), 0.0),
        ("bernoulli", (0.0,), False),
        ("bernoulli", (1.0,), True),
        ("one_of", (2.0,), 0),
    ],
)
def test_what_has_no_spread_is_exact(name, parameters, value):
    """A distribution with nothing left to chance passes its check and gives its one value to the last bit."""
    REGISTRY[name].check(*parameters)
    assert {REGISTRY[name].quantile(float(u), *parameters) for u in LEVELS} == {value}


POSITIVE = st.floats(1e-3, 1e6)
SHAPES = st.floats(0.05, 200.0)
BOUNDS = st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)).map(
    lambda three: tuple(sorted(three))
)
PARAMETERS = {
    "uniform": BOUNDS.map(lambda three: three[::2]),
    "normal": st.tuples(st.floats(-1e6, 1e6), POSITIVE),
    "lognormal": st.tuples(POSITIVE, st.floats(0.0, 5.0)),
    "exponential": st.tuples(POSITIVE),
    "triangular": BOUNDS,
    "pert": BOUNDS,
    "gamma": st.tuples(SHAPES, POSITIVE),
    "weibull": st.tuples(SHAPES, POSITIVE),
    "poisson": st.tuples(st.floats(0.0, 300.0)),
    "bernoulli": st.tuples(st.floats(0.0, 1.0)),
    "one_of": st.lists(st.floats(0.0, 10.0), min_size=1, max_size=6).filter(lambda weights: sum(weights) > 0.0),
}
WAVERS = {"gamma": 1e-13, "pert": 1e-13}
UNIFORMS = st.one_of(
    st.integers(4, 2**53 - 5).map(lambda top: top * 2.0**-53),
    st.floats(2.0**-53, 0.4).map(lambda u: max(round(u * 2**53), 4) * 2.0**-53),
)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_larger_uniform_never_gives_a_smaller_value(name):
    """Every quantile rises with u over steps of 2**-51 and more (gamma and PERT: but for 1e-13 of rounding)."""
    quantile, check = REGISTRY[name].quantile, REGISTRY[name].check

    @DEEP
    @given(PARAMETERS[name], UNIFORMS, UNIFORMS | st.integers(4, 8))
    def rises(parameters, u, other):
        v = u + other * 2.0**-53 if isinstance(other, int) else other
        u, v = min(u, v), max(u, v)
        assume(v - u >= 2.0**-51 and v < 1.0)
        check(*parameters)
        below, above = quantile(u, *parameters), quantile(v, *parameters)
        assert below <= above + WAVERS.get(name, 0.0) * max(map(abs, (below, above, *parameters)))

    rises()


@pytest.mark.parametrize("name", ["uniform", "triangular", "pert"])
def test_no_value_leaves_its_bounds(name):
    """Rounding never carries a value below low or above high, even where high - low is rounded up."""
    quantile = REGISTRY[name].quantile

    @DEEP
    @given(st.one_of(PARAMETERS[name], st.just((-1e16, 1.0) if name == "uniform" else (-1e16, 0.0, 1.0))), UNIFORMS)
    def stays(parameters, u):
        for level in (u, 2.0**-54, 1.0 - 2.0**-53):
            assert parameters[0] <= quantile(level, *parameters) <= parameters[-1]

    stays()


def test_a_poisson_of_a_level_next_to_1_ends():
    """The sum that inverts a small Poisson stops where it can grow no more, before a tail of 2**-60 is left behind."""
    for tenths in range(1, 641):
        mean = tenths / 10
        assert pdtrc(q.poisson(1.0 - 2.0**-53, mean) - 1.0, mean) > 2.0**-60


def test_the_exponential_is_minus_the_log_of_what_is_left():
    """On the grid of uniforms the hazard spent at u is our own -log(1 - u), so a compiled twin can repeat it."""
    for top in (1, 2, 3, 2**20 + 1, 2**52, 2**53 - 1):
        u = top * 2.0**-53
        assert q.exponential(u, 1.0) == -log(1.0 - u)
    assert q.exponential(2.0**-54, 1.0) == 2.0**-54
    assert q.weibull(0.3, 2.0, 1.0) == exp(log(q.exponential(0.3, 1.0)) / 2.0)


def test_a_draw_from_unchecked_weights_is_an_error_not_a_guess():
    """Weights that are all zero or NaN give an error rather than a place."""
    with pytest.raises(q.ParameterError, match="weights must be checked"):
        q.one_of(0.5, math.nan)
