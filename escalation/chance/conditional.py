"""A uniform drawn anew, given what is known of the value that it was drawn for.

Needs the value as a function of the uniform and nothing else: the function is inverted by bisection on the grid of
uniforms, so that every distribution, and everything monotone that is computed from one draw, is treated alike. The
order of operations is part of the result; a compiled twin repeats it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from escalation.chance.streams import SMALLEST, UNIT

GRID = 2**53
"""Uniforms are whole multiples of 1/GRID; 0 is read as half of one."""
GREATEST = 1.0 - UNIT


@dataclass(frozen=True, slots=True)
class UniformsAbove:
    """The uniforms for which a value lies above a bound: from `edge` up, or below `edge` if the value falls."""

    edge: float
    falls: bool

    def uniform(self, fresh: float) -> float:
        """The one among them that a fresh uniform picks, each being as likely; `fresh` itself if they are all."""
        if self.falls:
            return max(self.edge * fresh, SMALLEST)
        return min(self.edge + (1.0 - self.edge) * fresh, GREATEST)


def uniforms_above(value: Callable[[float], float], bound: float) -> UniformsAbove:
    """The uniforms for which `value`, which rises or falls throughout (0, 1), lies above `bound`.

    Where none does, the end at which the value is largest stands for all. (Near the edge rounding may leave a value
    that is not above the bound.)
    """
    if value(SMALLEST) <= value(GREATEST):
        return UniformsAbove(_first(lambda u: value(u) > bound) * UNIT, falls=False)
    return UniformsAbove(_first(lambda u: not value(u) > bound) * UNIT, falls=True)


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
