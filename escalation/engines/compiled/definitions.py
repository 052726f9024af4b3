"""The text of every function of chance and of readings that a module asks for, each once.

Names are without the sign @: `uniforms8`, `e_log`, `log8`, `q_normal`, `ok_normal`, `q_one_of_3`,
`q_gamma_from_quantiles`, `f_median_known_3`.
"""

from collections.abc import Iterable
from functools import cache

from escalation.engines.compiled import elementary, functions, philox, poisson, quantiles, two_quantiles
from escalation.engines.compiled.assembly import Function
from escalation.engines.compiled.externals import DECLARATIONS

_FIXED = philox.FUNCTIONS | elementary.FUNCTIONS | poisson.FUNCTIONS
_INTRINSICS = {
    "llvm.sqrt.f64": "declare double @llvm.sqrt.f64(double)",
    "llvm.sqrt.v8f64": "declare <8 x double> @llvm.sqrt.v8f64(<8 x double>)",
}


def definitions(names: Iterable[str]) -> str:
    """The text of these functions and of all they call, and the declarations of what is called and not defined.

    Raises:
        KeyError: a name that no function has.
    """
    needed = _closure(names)
    declared = [text for name, text in sorted((_INTRINSICS | DECLARATIONS).items()) if name in needed]
    defined = [function(name).text for name in sorted(needed) if not _is_declared(name)]
    return "\n".join([*declared, "", *defined])


def externals(names: Iterable[str]) -> frozenset[str]:
    """The symbols that `externals.resolve` has to find for these functions."""
    return frozenset(_closure(names) & DECLARATIONS.keys())


@cache
def function(name: str) -> Function:
    """One function by its name.

    Raises:
        KeyError: no function has that name.
    """
    if name in _FIXED:
        return _FIXED[name]()
    prefix, _, rest = name.partition("_")
    said = rest.removesuffix("_from_quantiles")
    match prefix:
        case "q":
            return (quantiles if said == rest else two_quantiles).quantile_function(said)
        case "ok":
            return (quantiles if said == rest else two_quantiles).check_function(said)
        case "f":
            return functions.readings_function(rest)
    raise KeyError(name)


def _closure(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if not _is_declared(name):
                waiting += function(name).needs
    return found


def _is_declared(name: str) -> bool:
    return name in DECLARATIONS or name in _INTRINSICS
