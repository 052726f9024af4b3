"""How far a simulated number lies from theory, in standard errors of its own simulation."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Comparison:
    """A simulated statistic beside theory.

    n: the number of independent observations in it. z: standard errors between the two, standard normal when the
    model is right; 0 or infinite where theory leaves nothing to chance.
    """

    n: int
    z: float


def of_mean(sample: ArrayLike, mean: float) -> Comparison:
    """The mean of independent observations; its error is taken from the sample."""
    values = np.asarray(sample, dtype=float)
    error = values.std(ddof=1) / math.sqrt(values.size)
    return Comparison(values.size, float((values.mean() - mean) / error))


def of_variance(sample: ArrayLike, mean: float, variance: float) -> Comparison:
    """The mean square about the mean that theory gives."""
    values = np.asarray(sample, dtype=float)
    return of_mean((values - mean) ** 2, variance)


def of_share(happened: ArrayLike, probability: float) -> Comparison:
    """How many of independent trials came true; the error is that of the binomial distribution."""
    trials: NDArray[np.bool_] = np.asarray(happened, dtype=bool)
    n = trials.size
    error = math.sqrt(n * probability * (1 - probability))
    return Comparison(n, float((trials.sum() - n * probability) / error))


def of_distribution(sample: ArrayLike, cdf: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Comparison:
    """Kolmogorov's largest gap between the two distribution functions, as the normal score of its p-value.

    The limiting distribution of the gap is used. Never negative: a perfect fit scores 0.
    Source: Kolmogorov (1933), Giornale dell'Istituto Italiano degli Attuari 4.
    """
    from scipy.special import kolmogorov, ndtri

    values = np.sort(np.asarray(sample, dtype=float))
    n = values.size
    expected = cdf(values)
    above = np.arange(1, n + 1) / n - expected
    gap = max(above.max(), (1 / n - above).max())
    return Comparison(n, float(-ndtri(kolmogorov(math.sqrt(n) * gap) / 2)))


def of_path(seen: ArrayLike, truth: ArrayLike) -> Comparison:
    """A path that theory gives exactly: 0 when every instant agrees, infinite when one does not."""
    here, there = np.asarray(seen), np.asarray(truth)
    return Comparison(here.size, 0.0 if np.array_equal(here, there) else math.inf)
