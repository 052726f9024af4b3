"""A uniform drawn anew, given what is known of the value that it was drawn for.

Needs the value as a function of the uniform and nothing else: the function is inverted by bisection on the grid of
uniforms, so that every distribution, and everything monotone that is computed from one draw, is treated alike. The
order of operations is part of the result; a compiled twin repeats it.
"""

from collections.abc import Callable

from escalation.chance.streams import SMALLEST, UNIT

GRID = 2**53
"""Uniforms are whole multiples of 1/GRID; 0 is read as half of one."""
GREATEST = 1.0 - UNIT


def uniform_given_more(value: Callable[[float], float], bound: float, fresh: float) -> float:
    """A uniform for which `value` lies above `bound`, each such one as likely.

    value: of a uniform in (0, 1), monotone, in either direction. fresh: the uniform that decides.
    Where all uniforms give more than `bound`, the answer is `fresh` itself. Where none does, it is the end at which
    the value is largest. (Near a bound rounding may leave a value that is not above it.)
    """
    if value(SMALLEST) <= value(GREATEST):
        first = _first(lambda u: value(u) > bound)
        start = first * UNIT
        return min(start + (1.0 - start) * fresh, GREATEST)
    first = _first(lambda u: not value(u) > bound)
    return max(first * UNIT * fresh, SMALLEST)


def _first(holds: Callable[[float], bool]) -> int:
    """The first place on the grid where a condition holds that holds from some place on; GRID if nowhere."""
    if holds(SMALLEST):
        return 0
    low, high = 0, GRID
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle * UNIT):
            high = middle
        else:
            low = middle
    return high
