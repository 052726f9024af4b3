"""From two quantiles to the parameters of the normal, log-normal or gamma distribution that has them.

Each function takes the lower level, its value, the upper level, its value (levels are probabilities, lower <
upper) and gives the distribution's parameters in order. Results are remembered, so a constant pair is solved once.
"""

from functools import lru_cache

from escalation.chance.elementary import INF, exp, log, normal_quantile
from escalation.chance.numeric_platform import standard_gamma
from escalation.chance.quantiles import ParameterError

# Shapes outside are refused: below, quantiles underflow; above, the gamma is a normal to the last digits.
SMALLEST_SHAPE = 2.0**-6
GREATEST_SHAPE = 2.0**30


@lru_cache(maxsize=4096)
def normal_from_quantiles(lower: float, a: float, upper: float, b: float) -> tuple[float, float]:
    """Mean and standard deviation; equal values give a standard deviation of 0.

    Raises:
        ParameterError: a value is not finite, or the quantiles cross.
    """
    _check_order(lower, a, upper, b)
    z = normal_quantile(lower)
    sd = (b - a) / (normal_quantile(upper) - z)
    return a - sd * z, sd


@lru_cache(maxsize=4096)
def lognormal_from_quantiles(lower: float, a: float, upper: float, b: float) -> tuple[float, float]:
    """Median and sigma; equal values give a sigma of 0.

    Raises:
        ParameterError: a value is not finite or not above 0, or the quantiles cross.
    """
    _check_order(lower, a, upper, b)
    _check_positive(lower, a)
    z = normal_quantile(lower)
    sigma = log(b / a) / (normal_quantile(upper) - z)
    return a * exp(-(sigma * z)), sigma


@lru_cache(maxsize=4096)
def gamma_from_quantiles(lower: float, a: float, upper: float, b: float) -> tuple[float, float]:
    """Shape and scale, by Brent's method on the logarithm of the shape.

    Raises:
        ParameterError: a value is not finite or not above 0, the quantiles meet or cross, or only a shape
            outside [2**-6, 2**30] would have them.
    """
    _check_order(lower, a, upper, b)
    _check_positive(lower, a)
    from scipy.optimize import brentq

    aim = log(b / a)

    def excess(log_shape: float) -> float:
        shape = exp(log_shape)
        return log(standard_gamma(upper, shape) / standard_gamma(lower, shape)) - aim

    low, high = log(SMALLEST_SHAPE), log(GREATEST_SHAPE)
    if not excess(high) <= 0.0 <= excess(low):
        raise ParameterError(
            f"no gamma distribution with a shape between 2**-6 and 2**30 has {_pair(lower, a)} and {_pair(upper, b)}"
        )
    shape = exp(brentq(excess, low, high, xtol=4e-16, rtol=1e-15))
    return shape, a / standard_gamma(lower, shape)


def _check_order(lower: float, a: float, upper: float, b: float) -> None:
    if not 0.0 < lower < upper < 1.0:
        raise ParameterError(f"two levels must rise between 0 and 1, they are {lower!r} and {upper!r}")
    for level, value in ((lower, a), (upper, b)):
        if not -INF < value < INF:
            raise ParameterError(f"a quantile must be a finite number, but {_pair(level, value)}")
    if not a <= b:
        raise ParameterError(f"quantiles must not cross, but {_pair(lower, a)} and {_pair(upper, b)}")


def _check_positive(level: float, value: float) -> None:
    if not value > 0.0:
        raise ParameterError(f"a quantile of a distribution above 0 must be above 0, but {_pair(level, value)}")


def _pair(level: float, value: float) -> str:
    return f"p{level * 100:g} = {float(value)!r}"
