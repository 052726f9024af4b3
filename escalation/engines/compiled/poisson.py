"""The two ways to a Poisson quantile as LLVM IR: the sum for small means, a search with SciPy's sum for large ones.

The twins of `chance.quantiles._small_poisson` and `chance.numeric_platform.large_poisson`, step by step.
"""

from collections.abc import Callable
from functools import partial

from escalation.engines.compiled.assembly import Cell, Code, Function, Value, function
from escalation.engines.compiled.elementary import call


def small_poisson(u: Value, mean: Value) -> Value:
    """The least whole number whose sum of terms reaches u, or, past the mode, at which the sum stops growing."""
    code = u.code
    first = call("exp", -mean)
    term, reached, k = Cell(first), Cell(first), Cell(code.number(0.0))
    code.jump("look")
    code.label("look")
    code.fork(reached.now() < u, "step", "found")
    code.label("step")
    k.set(k.now() + 1.0)
    term.set(term.now() * mean / k.now())
    before = reached.now()
    reached.set(before + term.now())
    code.fork(reached.now().equals(before) & (k.now() > mean), "found", "look")
    code.label("found")
    return k.now()


def large_poisson(u: Value, mean: Value) -> Value:
    """Searched from Cornish and Fisher's approximation in doubling strides, then by halves."""
    code = u.code
    z = call("normal_quantile", u)
    guess = call("floor", mean + mean.square_root() * z + (z * z - 1.0) / 6.0)
    guess = (guess < 0.0).choose(0.0, guess)
    low, high, stride = Cell(guess), Cell(guess), Cell(code.number(1.0))

    def below(k: Value) -> Value:
        return code.call_outside("sp_pdtr", k, mean) < u

    _go_up(code, low, high, stride, below)
    _go_down(code, low, high, stride, below)
    _halve(code, low, high, below)
    return high.now()


def _go_up(code: Code, low: Cell, high: Cell, stride: Cell, below: Callable[[Value], Value]) -> None:
    code.jump("up")
    code.label("up")
    code.fork(below(high.now()), "further_up", "down")
    code.label("further_up")
    low.set(high.now())
    high.set(high.now() + stride.now())
    stride.set(2.0 * stride.now())
    code.jump("up")
    code.label("down")


def _go_down(code: Code, low: Cell, high: Cell, stride: Cell, below: Callable[[Value], Value]) -> None:
    code.fork(low.now() >= 0.0, "look_down", "halve")
    code.label("look_down")
    code.fork(below(low.now()), "halve", "further_down")
    code.label("further_down")
    lower = low.now() - stride.now()
    high.set(low.now())
    low.set((lower < -1.0).choose(-1.0, lower))
    stride.set(2.0 * stride.now())
    code.jump("down")
    code.label("halve")


def _halve(code: Code, low: Cell, high: Cell, below: Callable[[Value], Value]) -> None:
    middle = call("floor", (low.now() + high.now()) / 2.0)
    code.fork((low.now() < middle) & (middle < high.now()), "look", "found")
    code.label("look")
    code.fork(below(middle), "raise", "lower")
    code.label("raise")
    low.set(middle)
    code.jump("halve")
    code.label("lower")
    high.set(middle)
    code.jump("halve")
    code.label("found")


FUNCTIONS: dict[str, Callable[[], Function]] = {
    "small_poisson": partial(function, "small_poisson", "u mean", small_poisson),
    "large_poisson": partial(function, "large_poisson", "u mean", large_poisson),
}
