"""Markov chains in continuous time over a few states, solved exactly with SciPy's matrix exponential."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

State = TypeVar("State", bound=Hashable)


def at_time(jumps: Mapping[tuple[State, State], float], start: State, t: float) -> dict[State, float]:
    """The probability of each state at time t: the row of exp(Qt) that belongs to the start (Kolmogorov 1931).

    jumps: (from, to) to the rate at which it happens, per unit of t.
    """
    from scipy.linalg import expm

    states = list(dict.fromkeys(state for jump in jumps for state in jump))
    place = {state: index for index, state in enumerate(states)}
    generator = np.zeros((len(states), len(states)))
    for (before, after), rate in jumps.items():
        generator[place[before], place[after]] += rate
        generator[place[before], place[before]] -= rate
    shares = expm(generator * t)[place[start]]
    return dict(zip(states, shares.tolist(), strict=True))


def mean_and_variance(shares: Mapping[int, float]) -> tuple[float, float]:
    """The first two moments of a chain whose states are numbers."""
    mean = sum(state * share for state, share in shares.items())
    return mean, sum((state - mean) ** 2 * share for state, share in shares.items())
