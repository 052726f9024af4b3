"""The distributions of `chance.quantiles` as LLVM IR: for each `q_NAME(u, ...)` and `ok_NAME(...)`.

`ok_NAME` is true when `check_NAME` would raise nothing. Truths and places come back as 0.0, 1.0, 2.0. The formulas
serve one lane and eight, and take their parameters as values or as constants, whose arithmetic is then done in Python.
"""

from collections.abc import Callable, Sequence

from escalation.chance.elementary import INF
from escalation.chance.quantiles import LARGE_POISSON
from escalation.engines.compiled.assembly import ONE, Function, Number, Value, function
from escalation.engines.compiled.elementary import call

GREATEST_MEAN = 2.0**52


def normal_quantile(u: Value) -> Value:
    """The standard normal quantile of uniforms."""
    return call("normal_quantile" if u.lanes == ONE else "normal_quantile_of_uniform", u)


def spent_hazard(u: Value) -> Value:
    """The exponential of mean 1 of uniforms."""
    return call("spent_hazard" if u.lanes == ONE else "spent_hazard_of_uniform", u)


def uniform(u: Value, low: Number, high: Number) -> Value:
    """Equally likely anywhere between low and high."""
    return _within(low, high, u)


def normal(u: Value, mean: Number, sd: Number) -> Value:
    """By mean and standard deviation."""
    return mean + sd * normal_quantile(u)


def lognormal(u: Value, median: Number, sigma: Number) -> Value:
    """By median and the standard deviation of the logarithm."""
    return median * call("exp", sigma * normal_quantile(u))


def exponential(u: Value, mean: Number) -> Value:
    """By mean."""
    return mean * spent_hazard(u)


def weibull(u: Value, shape: Number, scale: Number) -> Value:
    """By shape and scale."""
    return scale * call("exp", call("log", spent_hazard(u)) / shape)


def triangular(u: Value, low: Number, mode: Number, high: Number) -> Value:
    """Between low and high, with the peak at mode."""
    if isinstance(low, float) and low == high:
        return u.code.number(low, u.lanes)
    width = high - low
    below = (mode - low) / width
    left = low + width * (u * below).square_root()
    right = high - width * ((1.0 - u) * ((high - mode) / width)).square_root()
    left = (high < left).choose(high, left)
    right = (low > right).choose(low, right)
    return _or_the_only(low, high, (u <= below).choose(left, right))


def bernoulli(u: Value, p: Number) -> Value:
    """1 with probability p, else 0."""
    return (u > 1.0 - p).choose(1.0, 0.0)


def one_of(u: Value, *weights: Number) -> Value:
    """The place, from 0, of one of several weights: how many of their partial sums stay below the aim."""
    sums = _sums(weights)
    aim = u * sums[-1]
    place = (aim > sums[0]).choose(1.0, 0.0)
    for reached in sums[1:-1]:
        place = place + (aim > reached).choose(1.0, 0.0)
    return place


def pert(u: Value, low: Value, mode: Value, high: Value) -> Value:
    """A beta between low and high with mean (low + 4 mode + high) / 6; one lane."""
    width = high - low
    a = 1.0 + 4.0 * ((mode - low) / width)
    b = 1.0 + 4.0 * ((high - mode) / width)
    share = u.code.call_outside("sp_betaincinv", a, b, u)
    return _or_the_only(low, high, _within(low, high, share))


def gamma(u: Value, shape: Value, scale: Value) -> Value:
    """By shape and scale; one lane."""
    return scale * u.code.call_outside("sp_gammaincinv", shape, u)


def poisson(u: Value, mean: Value) -> Value:
    """By mean; one lane. The sum, or above LARGE_POISSON the search of `chance.numeric_platform`."""
    code = u.code
    code.fork(mean > LARGE_POISSON, "large", "small")
    code.label("large")
    large = code.call("large_poisson", u, mean)
    code.jump("found")
    code.label("small")
    small = code.call("small_poisson", u, mean)
    code.jump("found")
    code.label("found")
    return code.meet((large, "large"), (small, "small"))


def ok_uniform(low: Value, high: Value) -> Value:
    """low <= high, both finite and so far apart as a double can say."""
    return _finite(low) & _finite(high) & (low <= high) & (high - low).compare("une", INF)


def ok_normal(mean: Value, sd: Value) -> Value:
    """mean is finite and sd >= 0."""
    return _finite(mean) & _not_negative(sd)


def ok_lognormal(median: Value, sigma: Value) -> Value:
    """median >= 0 and sigma >= 0."""
    return _not_negative(median) & _not_negative(sigma)


def ok_exponential(mean: Value) -> Value:
    """mean >= 0."""
    return _not_negative(mean)


def ok_triangular(low: Value, mode: Value, high: Value) -> Value:
    """low <= mode <= high, all finite and so far apart as a double can say."""
    return ok_uniform(low, high) & (low <= mode) & (mode <= high)


def ok_gamma(shape: Value, scale: Value) -> Value:
    """shape > 0 and scale >= 0."""
    return (shape > 0.0) & (shape < INF) & _not_negative(scale)


def ok_poisson(mean: Value) -> Value:
    """0 <= mean <= 2**52."""
    return (mean >= 0.0) & (mean <= GREATEST_MEAN)


def ok_bernoulli(p: Value) -> Value:
    """0 <= p <= 1."""
    return (p >= 0.0) & (p <= 1.0)


def ok_one_of(*weights: Value) -> Value:
    """Every weight >= 0, and their sum finite and above 0."""
    total = _sums(weights)[-1]
    assert isinstance(total, Value)
    good = (total > 0.0) & (total < INF)
    for weight in weights:
        good = good & _not_negative(weight)
    return good


def _within(low: Number, high: Number, share: Value) -> Value:
    value = low + (high - low) * share
    return (value < high).choose(value, high)


def _or_the_only(low: Number, high: Number, value: Value) -> Value:
    """Bounds that coincide leave one value; constant ones have been looked at."""
    return low.equals(high).choose(low, value) if isinstance(low, Value) else value


def _sums(weights: Sequence[Number]) -> list[Number]:
    reached: Number = 0.0
    sums = []
    for weight in weights:
        reached = reached + weight
        sums.append(reached)
    return sums


def _finite(value: Value) -> Value:
    return (value > -INF) & (value < INF)


def _not_negative(value: Value) -> Value:
    return (value >= 0.0) & (value < INF)


FORMULAS: dict[str, tuple[str, Callable[..., Value], Callable[..., Value]]] = {
    "uniform": ("low high", uniform, ok_uniform),
    "normal": ("mean sd", normal, ok_normal),
    "lognormal": ("median sigma", lognormal, ok_lognormal),
    "exponential": ("mean", exponential, ok_exponential),
    "triangular": ("low mode high", triangular, ok_triangular),
    "pert": ("low mode high", pert, ok_triangular),
    "gamma": ("shape scale", gamma, ok_gamma),
    "weibull": ("shape scale", weibull, ok_gamma),
    "poisson": ("mean", poisson, ok_poisson),
    "bernoulli": ("p", bernoulli, ok_bernoulli),
}
"""By distribution: its parameters, its quantile and its check."""


def quantile_function(name: str) -> Function:
    """`double @q_NAME(double %u, ...)`; `one_of_3` is `one_of` with three weights."""
    parameters, quantile, _ = _formulas(name)
    return function(f"q_{name}", f"u {parameters}", quantile)


def check_function(name: str) -> Function:
    """`i1 @ok_NAME(...)`."""
    parameters, _, check = _formulas(name)
    return function(f"ok_{name}", parameters, check)


def _formulas(name: str) -> tuple[str, Callable[..., Value], Callable[..., Value]]:
    if name.startswith("one_of_"):
        weights = " ".join(f"w{place}" for place in range(int(name.removeprefix("one_of_"))))
        return weights, one_of, ok_one_of
    return FORMULAS[name]
