"""What the functions of an expression compute, in IEEE arithmetic that both engines repeat (laws 14 and 17).

`FUNCTIONS` gives every callable that emitted code may name. The readings' functions skip NaN, which stands
for a source that has not reported yet, and are NaN when nothing is left.
"""

from collections.abc import Callable, Sequence
from math import isnan, nan

from escalation.chance.distributions import REGISTRY, by_quantiles
from escalation.chance.elementary import divide, exp, floor, log, sqrt


def smaller(left: float, right: float) -> float:
    """The smaller of two; NaN if either is."""
    return left if left <= right or left != left else right


def larger(left: float, right: float) -> float:
    """The larger of two; NaN if either is."""
    return left if left >= right or left != left else right


def clip(value: float, low: float, high: float) -> float:
    """The value, or the bound that it lies beyond."""
    return smaller(larger(value, low), high)


def smallest(*values: float) -> float:
    """The smallest of several, compared from left to right."""
    best = values[0]
    for value in values[1:]:
        best = smaller(best, value)
    return best


def largest(*values: float) -> float:
    """The largest of several, compared from left to right."""
    best = values[0]
    for value in values[1:]:
        best = larger(best, value)
    return best


def known(values: Sequence[float]) -> list[float]:
    """The values of sources that have reported, in ascending order."""
    return sorted([value for value in values if value == value])


def median_known(*values: float) -> float:
    """The median of the sources that have reported; of an even number, the mean of the middle two."""
    have = known(values)
    if not have:
        return nan
    middle = len(have) // 2
    return have[middle] if len(have) % 2 else (have[middle - 1] + have[middle]) / 2.0


def mean_known(*values: float) -> float:
    """The mean of the sources that have reported, summed in their order."""
    total, count = 0.0, 0.0
    for value in values:
        if not isnan(value):
            total += value
            count += 1.0
    return total / count if count else nan


def max_known(*values: float) -> float:
    """The largest of the sources that have reported."""
    have = known(values)
    return have[-1] if have else nan


def agreed_known(needed: float, *values: float) -> float:
    """The largest number that at least `needed` sources stand behind: the needed-th largest of their last values."""
    have = known(values)
    return have[-int(needed)] if len(have) >= needed else nan


def _checked(name: str) -> Callable[..., object]:
    """A draw whose parameters are known only when it is made: refused with a sentence if they make no sense."""
    check, quantile = REGISTRY[name].check, REGISTRY[name].quantile

    def draw(u: float, *parameters: float) -> object:
        check(*parameters)
        return quantile(u, *parameters)

    return draw


def _from_two_quantiles(name: str) -> Callable[..., object]:
    def draw(u: float, lower: float, at_lower: float, upper: float, at_upper: float) -> object:
        shape = by_quantiles(name, f"p{lower * 100:.0f}", f"p{upper * 100:.0f}")
        shape.check(at_lower, at_upper)
        return shape.quantile(u, at_lower, at_upper)

    return draw


FUNCTIONS: dict[str, Callable[..., object]] = {
    "divide": divide,
    "min": smallest,
    "max": largest,
    "clip": clip,
    "abs": abs,
    "sqrt": sqrt,
    "exp": exp,
    "log": log,
    "floor": floor,
    "level": float,
    "median_known": median_known,
    "mean_known": mean_known,
    "max_known": max_known,
    "agreed_known": agreed_known,
    **{name: _checked(name) for name in REGISTRY},
    **{f"{name}_from_quantiles": _from_two_quantiles(name) for name, s in REGISTRY.items() if s.from_quantiles},
}
"""Every function that an expression's tree can name; draws take their uniform first.

`lognormal` checks its parameters at each draw; `lognormal_from_quantiles` takes two levels (0.1 is p10), each before
its value.
"""
