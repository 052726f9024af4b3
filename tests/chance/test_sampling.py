"""What is drawn has the distribution it says: 100,000 addressed uniforms through every quantile, and negative controls.

Each distribution is judged by up to three z scores (distribution, mean, variance), all |z| < 4.5; the same scores
must exceed 4.5 when the draws come from parameters that are 3 % wrong.
"""

import numpy as np
import pytest
from scipy import stats

from escalation.chance.distributions import REGISTRY, by_quantiles
from escalation.chance.streams import Streams

BOUND = 4.5
LUCKS, NUMBERS = 1000, 100


def frozen_pert(low, mode, high):
    width = high - low
    return stats.beta(1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width, loc=low, scale=width)


def frozen_one_of(*weights):
    return stats.rv_discrete(values=(range(len(weights)), np.array(weights) / sum(weights)))


# name: right parameters, the same with a rate, scale or share 3 % wrong, the distribution that SciPy knows.
CASES = {
    "uniform": ((1.0, 3.0), (1.03, 3.09), lambda low, high: stats.uniform(low, high - low)),
    "normal": ((10.0, 4.0), (10.0, 4.12), stats.norm),
    "lognormal": ((14.0, 0.5), (14.42, 0.5), lambda median, sigma: stats.lognorm(sigma, scale=median)),
    "exponential": ((7.0,), (7.21,), lambda mean: stats.expon(scale=mean)),
    "triangular": (
        (10.0, 12.0, 20.0),
        (10.3, 12.36, 20.6),
        lambda low, mode, high: stats.triang((mode - low) / (high - low), low, high - low),
    ),
    "pert": ((10.0, 12.0, 20.0), (10.3, 12.36, 20.6), frozen_pert),
    "gamma": ((2.5, 4.0), (2.5, 4.12), lambda shape, scale: stats.gamma(shape, scale=scale)),
    "weibull": ((1.5, 4.0), (1.5, 4.12), lambda shape, scale: stats.weibull_min(shape, scale=scale)),
    "poisson": ((5.0,), (5.15,), stats.poisson),
    "large poisson": ((80.0,), (82.4,), stats.poisson),
    "bernoulli": ((0.4,), (0.412,), stats.bernoulli),
    "one_of": ((0.2, 0.3, 0.5), (0.206, 0.309, 0.485), frozen_one_of),
}


@pytest.fixture(scope="module")
def uniforms() -> list[float]:
    streams = [Streams(7, luck).stream("first_combat.after") for luck in range(LUCKS)]
    return [stream.uniform(k) for stream in streams for k in range(NUMBERS)]


def scores(sample: np.ndarray, law) -> dict[str, float]:
    """|z| of the sample's mean and variance and of its whole distribution (KS, or chi-square for what is counted)."""
    mean, variance, _, excess = (float(x) for x in law.stats(moments="mvsk"))
    n = sample.size
    fourth = (excess + 3.0) * variance**2
    return {
        "mean": abs(sample.mean() - mean) / np.sqrt(variance / n),
        "variance": abs(np.mean((sample - mean) ** 2) - variance) / np.sqrt(max(fourth - variance**2, 1e-12) / n),
        "distribution": stats.norm.isf(fit(sample, law) / 2.0),
    }


def fit(sample: np.ndarray, law) -> float:
    if not hasattr(law, "pmf"):
        return float(stats.kstest(sample, law.cdf).pvalue)
    inner = np.arange(law.ppf(1e-3), law.ppf(1 - 1e-3))
    edges = np.concatenate([[-np.inf], inner, [np.inf]])
    expected = np.diff(law.cdf(edges)) * sample.size
    observed = np.histogram(sample, bins=np.concatenate([[-1e9], inner + 0.5, [1e9]]))[0]
    return float(stats.chisquare(observed, expected).pvalue)


def drawn(case: str, parameters: tuple[float, ...], uniforms: list[float]) -> np.ndarray:
    each = REGISTRY[case.removeprefix("large ")]
    each.check(*parameters)
    return np.array([each.quantile(u, *parameters) for u in uniforms], dtype=float)


@pytest.mark.parametrize("case", CASES)
def test_draws_have_the_distribution_its_mean_and_its_variance(case, uniforms):
    """100,000 draws agree with SciPy's distribution, mean and variance, each |z| < 4.5."""
    right, _, law = CASES[case]
    assert max(scores(drawn(case, right, uniforms), law(*right)).values()) < BOUND


@pytest.mark.parametrize("case", CASES)
def test_draws_three_percent_wrong_are_found_out(case, uniforms):
    """The same scores exceed 4.5 when a scale, a rate or a share is 3 % wrong."""
    right, wrong, law = CASES[case]
    assert max(scores(drawn(case, wrong, uniforms), law(*right)).values()) > BOUND


@pytest.mark.parametrize("name", ["normal", "lognormal", "gamma"])
def test_the_share_below_a_given_quantile_is_its_level(name, uniforms):
    """A tenth of draws fall below p10 and a tenth above p90, |z| < 4.5; below 1.03 times p10 more than that do."""
    said = by_quantiles(name, "p10", "p90")
    sample = np.array([said.quantile(u, 30.0, 90.0) for u in uniforms])
    error = np.sqrt(0.1 * 0.9 / sample.size)
    assert abs(np.mean(sample < 30.0) - 0.1) / error < BOUND
    assert abs(np.mean(sample > 90.0) - 0.1) / error < BOUND
    assert abs(np.mean(sample < 30.9) - 0.1) / error > BOUND


def test_one_uniform_pairs_two_policies(uniforms):
    """The same uniforms through a longer delay give a longer delay every time, so pairing leaves no noise of sign."""
    quick = drawn("lognormal", (14.0, 0.5), uniforms)
    slow = drawn("lognormal", (15.0, 0.5), uniforms)
    assert np.all(slow > quick)
