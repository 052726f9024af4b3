"""The shapes of chance: for each distribution its quantile function and the check of its parameters.

A draw is the quantile of one uniform (inversion), so a larger uniform never gives a smaller value, and two policies
that draw the same uniform are paired. (But for rounding: uniforms within 2**-51 of each other may swap the last bit of
a normal, and SciPy's gamma and beta quantiles waver by about 1e-14, relative.) Everywhere 0 < u < 1. Quantiles trust
their parameters: the `check_...` beside each refuses the bad ones. Scale 0, and bounds that coincide, are allowed and
give exactly the one value left.
"""

from math import sqrt

from escalation.chance.elementary import INF, exp, log, normal_quantile
from escalation.chance.numeric_platform import large_poisson, standard_beta, standard_gamma

# Above this mean SciPy inverts. Our own sum takes about `mean` steps, so here it costs a few microseconds, and its
# rounding error is still below 1e-14; every mean below it keeps its bytes on all machines.
LARGE_POISSON = 64.0


class ParameterError(ValueError):
    """A distribution was given parameters it does not have."""


def uniform(u: float, low: float, high: float) -> float:
    """Equally likely anywhere between low and high."""
    return _within(low, high, u)


def check_uniform(low: float, high: float) -> None:
    """Raises ParameterError unless low <= high, both finite and so far apart as a double can say."""
    _finite("low", low)
    _finite("high", high)
    if not low <= high:
        raise ParameterError(f"low must not be above high, they are {_told(low)} and {_told(high)}")
    if high - low == INF:
        raise ParameterError(f"low and high are too far apart, they are {_told(low)} and {_told(high)}")


def normal(u: float, mean: float, sd: float) -> float:
    """The normal distribution by its mean and standard deviation."""
    return mean + sd * normal_quantile(u)


def check_normal(mean: float, sd: float) -> None:
    """Raises ParameterError unless mean is finite and sd >= 0."""
    _finite("mean", mean)
    _not_negative("sd", sd)


def lognormal(u: float, median: float, sigma: float) -> float:
    """The log-normal distribution by its median and the standard deviation of its logarithm."""
    return median * exp(sigma * normal_quantile(u))


def check_lognormal(median: float, sigma: float) -> None:
    """Raises ParameterError unless median >= 0 and sigma >= 0."""
    _not_negative("median", median)
    _not_negative("sigma", sigma)


def exponential(u: float, mean: float) -> float:
    """The exponential distribution by its mean."""
    return mean * _spent_hazard(u)


def check_exponential(mean: float) -> None:
    """Raises ParameterError unless mean >= 0."""
    _not_negative("mean", mean)


def triangular(u: float, low: float, mode: float, high: float) -> float:
    """The triangular distribution between low and high with its peak at mode."""
    if low == high:
        return low
    width = high - low
    below = (mode - low) / width
    if u <= below:
        return min(low + width * sqrt(u * below), high)
    return max(high - width * sqrt((1.0 - u) * ((high - mode) / width)), low)


def check_triangular(low: float, mode: float, high: float) -> None:
    """Raises ParameterError unless low <= mode <= high, all finite and so far apart as a double can say."""
    check_uniform(low, high)
    if not low <= mode <= high:
        raise ParameterError(
            f"mode must lie between low and high, it is {_told(mode)} and they are {_told(low)} and {_told(high)}"
        )


def pert(u: float, low: float, mode: float, high: float) -> float:
    """The PERT distribution: a beta between low and high with mean (low + 4 mode + high) / 6."""
    if low == high:
        return low
    width = high - low
    a = 1.0 + 4.0 * ((mode - low) / width)
    b = 1.0 + 4.0 * ((high - mode) / width)
    return _within(low, high, standard_beta(u, a, b))


def gamma(u: float, shape: float, scale: float) -> float:
    """The gamma distribution by its shape and scale (mean shape * scale)."""
    return scale * standard_gamma(u, shape)


def check_gamma(shape: float, scale: float) -> None:
    """Raises ParameterError unless shape > 0 and scale >= 0."""
    if not 0.0 < shape < INF:
        _finite("shape", shape)
        raise ParameterError(f"shape must be above 0, it is {_told(shape)}")
    _not_negative("scale", scale)


def weibull(u: float, shape: float, scale: float) -> float:
    """The Weibull distribution by its shape and scale (the 63 % quantile)."""
    return scale * exp(log(_spent_hazard(u)) / shape)


def poisson(u: float, mean: float) -> float:
    """The Poisson distribution by its mean: a whole number, as a double."""
    return large_poisson(u, mean) if mean > LARGE_POISSON else _small_poisson(u, mean)


def check_poisson(mean: float) -> None:
    """Raises ParameterError unless 0 <= mean <= 2**52, above which doubles skip whole numbers."""
    _not_negative("mean", mean)
    if mean > 2.0**52:
        raise ParameterError(f"mean must not be above 2**52, it is {_told(mean)}")


def bernoulli(u: float, p: float) -> bool:
    """True with probability p."""
    return u > 1.0 - p


def check_bernoulli(p: float) -> None:
    """Raises ParameterError unless 0 <= p <= 1."""
    if not 0.0 <= p <= 1.0:
        raise ParameterError(f"p must lie between 0 and 1, it is {_told(p)}")


def one_of(u: float, *weights: float) -> int:
    """The place, from 0, of one of several things, each as likely as its share of the weights' sum."""
    aim = u * _total(weights)
    reached = 0.0
    for place, weight in enumerate(weights):
        reached += weight
        if aim <= reached:
            return place
    raise ParameterError(f"weights must be checked before a draw, they are {weights}")


def check_one_of(*weights: float) -> None:
    """Raises ParameterError unless every weight >= 0 and their sum is finite and above 0."""
    for weight in weights:
        _not_negative("a weight", weight)
    total = _total(weights)
    if not 0.0 < total < INF:
        raise ParameterError(f"the weights must have a finite sum above 0, it is {_told(total)}")


def _total(weights: tuple[float, ...]) -> float:
    # Not `sum`, which adds otherwise from Python 3.12 on.
    total = 0.0
    for weight in weights:
        total += weight
    return total


def _within(low: float, high: float, share: float) -> float:
    value = low + (high - low) * share
    # `high - low` may have been rounded up, which near the upper end would lead past it.
    return value if value < high else high


def _spent_hazard(u: float) -> float:
    # -log(1 - u): the quotient restores what `1 - u` lost in rounding, so that small u keep their digits.
    left = 1.0 - u
    return (u - (1.0 - left)) / left - log(left)


def _small_poisson(u: float, mean: float) -> float:
    term = exp(-mean)
    reached = term
    k = 0
    while reached < u:
        k += 1
        term = term * mean / k
        before = reached
        reached += term
        # The sum may stop growing an ulp short of the greatest u; past the mode no more can come.
        if reached == before and k > mean:
            break
    return float(k)


def _finite(name: str, value: float) -> None:
    if not -INF < value < INF:
        raise ParameterError(f"{name} must be a finite number, it is {_told(value)}")


def _not_negative(name: str, value: float) -> None:
    if not 0.0 <= value < INF:
        _finite(name, value)
        raise ParameterError(f"{name} must not be negative, it is {_told(value)}")


def _told(value: float) -> str:
    return repr(float(value))
