"""Distributions said by two of their quantiles, as LLVM IR: `q_NAME_from_quantiles(u, lower, a, upper, b)`.

The levels are from `chance.distributions.quantile_level`. The gamma distribution is solved by Python: a compiled
function calls back for its shape and scale. What has constant values is solved by `chance.two_quantiles` before.
"""

from collections.abc import Callable

from escalation.chance.elementary import INF
from escalation.engines.compiled import quantiles
from escalation.engines.compiled.assembly import ONE, Function, Value, function
from escalation.engines.compiled.elementary import call


def _normal(lower: Value, a: Value, upper: Value, b: Value) -> tuple[Value, Value]:
    z = call("normal_quantile", lower)
    sd = (b - a) / (call("normal_quantile", upper) - z)
    return a - sd * z, sd


def _lognormal(lower: Value, a: Value, upper: Value, b: Value) -> tuple[Value, Value]:
    z = call("normal_quantile", lower)
    sigma = call("log", b / a) / (call("normal_quantile", upper) - z)
    return a * call("exp", -(sigma * z)), sigma


def _in_order(lower: Value, a: Value, upper: Value, b: Value) -> Value:
    levels = (lower > 0.0) & (lower < upper) & (upper < 1.0)
    return levels & (a > -INF) & (a <= b) & (b < INF)


def ok_normal(*said: Value) -> Value:
    """The quantiles do not cross and give a good mean and standard deviation."""
    return _in_order(*said) & quantiles.ok_normal(*_normal(*said))


def ok_lognormal(*said: Value) -> Value:
    """The quantiles are above 0, do not cross and give a good median and sigma."""
    return _in_order(*said) & (said[1] > 0.0) & quantiles.ok_lognormal(*_lognormal(*said))


def _gamma(*said: Value) -> tuple[Value, Value, Value]:
    """Whether Python finds a gamma distribution, its shape and its scale."""
    code = said[0].code
    code.needs.add("py_gamma_from_quantiles")
    found = code.write("ptr", ONE, "alloca [2 x double], align 8")
    second = code.write("ptr", ONE, f"getelementptr double, ptr {found.name}, i64 1")
    listed = ", ".join(each.told for each in said)
    good = code.write("i32", ONE, f"call i32 @py_gamma_from_quantiles({listed}, ptr {found.name})")
    shape, scale = (code.write("double", ONE, f"load double, ptr {at.name}, align 8") for at in (found, second))
    return code.write("i1", ONE, f"icmp ne {good.told}, 0"), shape, scale


def ok_gamma(*said: Value) -> Value:
    """Python finds a gamma distribution of a shape that is not refused."""
    good, shape, scale = _gamma(*said)
    return good & quantiles.ok_gamma(shape, scale)


FORMULAS: dict[str, tuple[Callable[..., Value], Callable[..., Value]]] = {
    "normal": (lambda u, *said: quantiles.normal(u, *_normal(*said)), ok_normal),
    "lognormal": (lambda u, *said: quantiles.lognormal(u, *_lognormal(*said)), ok_lognormal),
    "gamma": (lambda u, *said: quantiles.gamma(u, *_gamma(*said)[1:]), ok_gamma),
}


def quantile_function(name: str) -> Function:
    """`double @q_NAME_from_quantiles(double %u, double %lower, double %a, double %upper, double %b)`."""
    return function(f"q_{name}_from_quantiles", "u lower a upper b", FORMULAS[name][0])


def check_function(name: str) -> Function:
    """`i1 @ok_NAME_from_quantiles(...)` of the levels and the values."""
    return function(f"ok_{name}_from_quantiles", "lower a upper b", FORMULAS[name][1])
