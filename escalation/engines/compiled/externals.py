"""The functions that emitted text calls and does not define: SciPy's, and Python's own where a search is needed.

SciPy is imported only when one of its functions is asked for.
"""

import ctypes
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

DECLARATIONS = {
    "sp_gammaincinv": "declare double @sp_gammaincinv(double, double, i32)",
    "sp_betaincinv": "declare double @sp_betaincinv(double, double, double, i32)",
    "sp_pdtr": "declare double @sp_pdtr(double, double, i32)",
    "py_gamma_from_quantiles": "declare i32 @py_gamma_from_quantiles(double, double, double, double, ptr)",
}
_CYTHON_NAMES = {
    "sp_gammaincinv": "gammaincinv",
    "sp_betaincinv": "__pyx_fuse_0betaincinv",
    "sp_pdtr": "pdtr",
}
_CYTHON_SIGNATURES = {
    "sp_gammaincinv": "double (double, double, int __pyx_skip_dispatch)",
    "sp_betaincinv": "double (double, double, double, int __pyx_skip_dispatch)",
    "sp_pdtr": "double (double, double, int __pyx_skip_dispatch)",
}


def resolve(externals: Iterable[str]) -> dict[str, int]:
    """The addresses of these symbols in this process, good until it ends.

    Raises:
        ImportError: SciPy does not export a function with the parameters that the text passes.
    """
    return {name: _python_gamma() if name.startswith("py_") else _scipy(name) for name in externals}


@cache
def _scipy(name: str) -> int:
    from scipy.special import cython_special

    exported: Any = cython_special.__pyx_capi__
    capsule = exported[_CYTHON_NAMES[name]]
    signature = _CYTHON_SIGNATURES[name].encode()
    api = ctypes.pythonapi
    api.PyCapsule_IsValid.argtypes = [ctypes.py_object, ctypes.c_char_p]
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    if not api.PyCapsule_IsValid(capsule, signature):
        raise ImportError(f"scipy.special.cython_special exports {_CYTHON_NAMES[name]} as {capsule!r}")
    address: int = api.PyCapsule_GetPointer(capsule, signature)
    return address


_GAMMA = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_double,
    ctypes.c_double,
    ctypes.c_double,
    ctypes.c_double,
    ctypes.POINTER(ctypes.c_double),
)
_alive: list[Callable[..., object]] = []


@cache
def _python_gamma() -> int:
    callback = _GAMMA(_gamma_from_quantiles)
    # Compiled code holds only the address, so something here must hold the callback.
    _alive.append(callback)
    return ctypes.cast(callback, ctypes.c_void_p).value or 0


def _gamma_from_quantiles(lower: float, a: float, upper: float, b: float, found: Any) -> int:
    """1 with shape and scale at `found`, or 0 and NaN for what Python refuses, by whatever exception."""
    from escalation.chance.two_quantiles import gamma_from_quantiles

    try:
        found[0], found[1] = gamma_from_quantiles(lower, a, upper, b)
    except (ArithmeticError, ValueError):
        found[0] = found[1] = float("nan")
        return 0
    return 1
