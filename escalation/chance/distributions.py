"""The distributions an author may draw from, as data: names, parameters, dimensions, quantile, check.

Whoever reads expressions learns from `REGISTRY` what may be called and how; whoever runs them calls `check` on
the parameters and then `quantile` on one uniform and the parameters.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Literal

from escalation.chance import quantiles as q
from escalation.chance.quantiles import ParameterError
from escalation.chance.two_quantiles import gamma_from_quantiles, lognormal_from_quantiles, normal_from_quantiles

Role = Literal["value", "pure"]
Result = Literal["number", "integer", "boolean", "index"]
FromQuantiles = Callable[[float, float, float, float], tuple[float, float]]

LEVEL = re.compile(r"p([1-9][0-9]?)")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a distribution.

    Attributes:
        name: as an author writes it.
        role: `value` has the dimension of the drawn value (a mean, a bound, a scale), `pure` has none.
        default: its value when left out; None if it must be given.
    """

    name: str
    role: Role
    default: float | None = None


@dataclass(frozen=True)
class Distribution:
    """A distribution an author may draw from.

    Attributes:
        name: as an author writes it.
        parameters: in the order of the quantile's arguments.
        quantile: (u, *parameters) to the drawn value, 0 < u < 1; trusts its parameters.
        check: (*parameters) to None; raises ParameterError with a sentence for the author.
        result: `number` or `integer` (a double either way), `boolean`, or `index` (a place from 0).
            Only a `number` has the dimension of its `value` parameters; the others have none.
        scipy: whether its last bits may belong to the numeric platform (`poisson`: only above LARGE_POISSON).
        monotone: whether a larger uniform never gives a smaller value.
        variadic: whether the last parameter may be given any number of times.
        from_quantiles: (lower level, value, upper level, value) to the parameters, for those that can be said so.
    """

    name: str
    parameters: tuple[Parameter, ...]
    quantile: Callable[..., Any]
    check: Callable[..., None]
    result: Result = "number"
    scipy: bool = False
    monotone: bool = True
    variadic: bool = False
    from_quantiles: FromQuantiles | None = None


def _values(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, "value") for name in names)


def _pure(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, "pure") for name in names)


_ALL = (
    Distribution("uniform", _values("low", "high"), q.uniform, q.check_uniform),
    Distribution("normal", _values("mean", "sd"), q.normal, q.check_normal, from_quantiles=normal_from_quantiles),
    Distribution(
        "lognormal",
        _values("median") + _pure("sigma"),
        q.lognormal,
        q.check_lognormal,
        from_quantiles=lognormal_from_quantiles,
    ),
    Distribution("exponential", _values("mean"), q.exponential, q.check_exponential),
    Distribution("triangular", _values("low", "mode", "high"), q.triangular, q.check_triangular),
    Distribution("pert", _values("low", "mode", "high"), q.pert, q.check_triangular, scipy=True),
    Distribution(
        "gamma",
        _pure("shape") + _values("scale"),
        q.gamma,
        q.check_gamma,
        scipy=True,
        from_quantiles=gamma_from_quantiles,
    ),
    Distribution("weibull", _pure("shape") + _values("scale"), q.weibull, q.check_gamma),
    Distribution("poisson", _pure("mean"), q.poisson, q.check_poisson, result="integer", scipy=True),
    Distribution("bernoulli", _pure("p"), q.bernoulli, q.check_bernoulli, result="boolean"),
    # The things a place stands for have no order, so a larger uniform promises nothing about them.
    Distribution("one_of", _pure("weight"), q.one_of, q.check_one_of, result="index", monotone=False, variadic=True),
)

REGISTRY: Mapping[str, Distribution] = MappingProxyType({each.name: each for each in _ALL})


def quantile_level(keyword: str) -> float | None:
    """The probability a keyword such as `p10` names, from `p1` to `p99`; None for any other word."""
    found = LEVEL.fullmatch(keyword)
    return int(found[1]) / 100 if found else None


@cache
def by_quantiles(name: str, first: str, second: str) -> Distribution:
    """The distribution said by two of its quantiles, for example `by_quantiles("lognormal", "p10", "p90")`.

    Its parameters are the two keywords, lower level first, whichever order they were asked in; all else is as in
    the registry. Its `check` and `quantile` take the values of the two quantiles.

    Raises:
        ParameterError: the distribution is unknown or not to be said so, or the keywords are not two levels.
    """
    known = REGISTRY.get(name)
    if known is None or known.from_quantiles is None:
        able = ", ".join(each.name for each in _ALL if each.from_quantiles)
        raise ParameterError(f"{name} cannot be said by two quantiles, only {able} can")
    lower, upper = _two_levels(first, second)
    said = (known.from_quantiles, lower, upper)
    keywords = sorted((first, second), key=lambda word: quantile_level(word) or 0.0)
    return replace(
        known,
        parameters=_values(*keywords),
        quantile=partial(_draw_by_quantiles, known.quantile, *said),
        check=partial(_check_by_quantiles, known.check, *said),
    )


def _draw_by_quantiles(
    quantile: Callable[..., float], solve: FromQuantiles, lower: float, upper: float, u: float, a: float, b: float
) -> float:
    return quantile(u, *solve(lower, a, upper, b))


def _check_by_quantiles(
    check: Callable[..., None], solve: FromQuantiles, lower: float, upper: float, a: float, b: float
) -> None:
    check(*solve(lower, a, upper, b))


def _two_levels(first: str, second: str) -> tuple[float, float]:
    levels = [quantile_level(word) for word in (first, second)]
    for word, level in zip((first, second), levels, strict=True):
        if level is None:
            raise ParameterError(f"{word} is not a quantile's name: these run from p1 to p99")
    lower, upper = sorted(level for level in levels if level is not None)
    if lower == upper:
        raise ParameterError(f"two quantiles must have different levels, both are {first}")
    return lower, upper


def distribution(name: str, keywords: Sequence[str] = ()) -> Distribution:
    """The distribution meant by a name and the keywords of a call: by two quantiles if a keyword is a level.

    Raises:
        ParameterError: no distribution has that name, or levels are given that do not define one.
    """
    levels = [word for word in keywords if quantile_level(word) is not None]
    if levels:
        if len(keywords) != 2 or len(levels) != 2:
            raise ParameterError(f"{name} takes two quantiles and nothing else, it was given {', '.join(keywords)}")
        return by_quantiles(name, *levels)
    known = REGISTRY.get(name)
    if known is None:
        raise ParameterError(f"{name} is not a distribution, these are: {', '.join(REGISTRY)}")
    return known
