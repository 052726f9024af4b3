"""Fills: functions that make eight numbers of a stream at a time and finish them on eight lanes.

`@fill_...(ptr %out, ptr %who, i64 %key, i64 %eight)` puts at %out what becomes of numbers 8*eight to 8*eight + 7:
the same bits as the scalar quantiles of the same uniforms.
"""

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from typing import NamedTuple

from escalation.chance.distributions import REGISTRY
from escalation.chance.quantiles import ParameterError
from escalation.engines.compiled import quantiles
from escalation.engines.compiled.assembly import Code, Value, defined
from escalation.engines.compiled.philox import ADDRESS, eight_uniforms, put

_PLAIN: dict[str, Callable[[Value], Value]] = {
    "hazard": quantiles.spent_hazard,
    "normal quantile": quantiles.normal_quantile,
}
_BY_CONSTANTS: dict[str, Callable[..., Value]] = {
    "uniform": quantiles.uniform,
    "normal": quantiles.normal,
    "lognormal": quantiles.lognormal,
    "exponential": quantiles.exponential,
    "weibull": quantiles.weibull,
    "triangular": quantiles.triangular,
    "bernoulli": quantiles.bernoulli,
    "one_of": quantiles.one_of,
}
FINISHED = frozenset(_BY_CONSTANTS)
"""The distributions that are finished on the lanes when their parameters are good constants."""


class Fill(NamedTuple):
    """What makes eight numbers: the function's name, its text (perhaps none), and the names its text calls."""

    name: str
    text: str
    needs: frozenset[str]


def fill(kind: str, parameters: tuple[float, ...] = ()) -> Fill:
    """The fill of a kind.

    Args:
        kind: `uniform` (without parameters), `hazard` (exponential with mean 1), `normal quantile`, or a distribution.
        parameters: constants. Those of a distribution that is not in FINISHED, or which it refuses, get uniforms:
            see `finishes`.
    """
    return _fill(kind, tuple(float(each).hex() for each in parameters))


@cache
def _fill(kind: str, told: tuple[str, ...]) -> Fill:
    """By the parameters' digits, in which the zeros differ."""
    parameters = tuple(map(float.fromhex, told))
    finish = _finish(kind, parameters)
    if finish is None:
        return Fill("uniforms8", "", frozenset({"uniforms8"}))
    code = Code()
    put(code, finish(eight_uniforms(code)))
    name = _name(kind, parameters)
    made = defined("void", name, f"ptr %out, {ADDRESS}", code)
    return Fill(name, made.text, made.needs)


def finishes(kind: str, parameters: tuple[float, ...] = ()) -> bool:
    """Whether the fill gives finished values, and not uniforms."""
    return _finish(kind, parameters) is not None


def _finish(kind: str, parameters: tuple[float, ...]) -> Callable[[Value], Value] | None:
    if not parameters:
        return _PLAIN.get(kind)
    if kind not in _BY_CONSTANTS:
        return None
    constants = tuple(map(float, parameters))
    try:
        REGISTRY[kind].check(*constants)
    except ParameterError:
        return None
    return lambda eight: _BY_CONSTANTS[kind](eight, *constants)


def _name(kind: str, parameters: tuple[float, ...]) -> str:
    word = kind.replace(" ", "_")
    if not parameters:
        return f"fill_{word}"
    told = ",".join(float(each).hex() for each in parameters)
    return f"fill_{word}_{blake2b(told.encode(), digest_size=8).hexdigest()}"
