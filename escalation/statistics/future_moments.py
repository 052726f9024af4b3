"""Means without the single trajectories: sums over futures of what each future adds up to, exact and mergeable.

The clustered interval of a mean needs of the futures only how many there are of each size, and the sums of their
totals, of the squares and of the cubes of these. They are kept without rounding (`exact_sum`), so that they are the
same whatever the order or grouping in which futures came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf

import numpy as np

from escalation.statistics.clusters import Floats, degrees_of_freedom
from escalation.statistics.estimate import Estimate, nothing_to_estimate, one_future, require_level
from escalation.statistics.exact_sum import UNIT, powers
from escalation.statistics.mean import METHOD, NO_SPREAD, bend_of, bent

ONE = 1 << UNIT


@dataclass
class FutureMoments:
    """What the mean of a measure and its interval need of many futures.

    groups: by size, how many futures have it and the sums of their totals, squares and cubes, in units of 2⁻¹⁰⁷⁴.
    low, high: the smallest and the largest single value.
    """

    groups: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)
    low: float = inf
    high: float = -inf

    def add(self, totals: Floats, sizes: Floats, low: float, high: float) -> None:
        """Whole futures, each once: shape (G,). low, high: of the single values in them. Empty ones are left out."""
        for size in np.unique(sizes[sizes > 0]).astype(int).tolist():
            chosen = totals[sizes == size]
            self._gather(size, (int(chosen.size), *powers(chosen)))
        self.low, self.high = min(self.low, low), max(self.high, high)

    def merge(self, other: FutureMoments) -> None:
        """Take in the futures of another, none of which is here."""
        for size, sums in other.groups.items():
            self._gather(size, sums)
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)

    def _gather(self, size: int, sums: tuple[int, int, int, int]) -> None:
        mine = self.groups.get(size, (0, 0, 0, 0))
        self.groups[size] = (mine[0] + sums[0], mine[1] + sums[1], mine[2] + sums[2], mine[3] + sums[3])

    @property
    def n(self) -> int:
        """Trajectories."""
        return sum(size * futures for size, (futures, *_) in self.groups.items())

    @property
    def count(self) -> int:
        """Futures."""
        return sum(futures for futures, *_ in self.groups.values())

    def mean(self, level: float, what: str = "trajectory") -> Estimate:
        """The mean over trajectories, as `statistics.mean` tells it of the trajectories themselves."""
        require_level(level)
        n, count = self.n, self.count
        if n == 0:
            return nothing_to_estimate(level, METHOD, what)
        centre = Fraction(sum(sums[1] for sums in self.groups.values()), ONE * n)
        if count == 1:
            return one_future(float(centre), level, n, METHOD)
        if self.low == self.high:
            return Estimate(self.low, self.low, self.low, level, n, count, METHOD, NO_SPREAD)
        below, above = self._reach(centre, n, count, level)
        value = float(centre)
        return Estimate(value, value - below, value + above, level, n, count, METHOD)

    def _reach(self, centre: Fraction, n: int, count: int, level: float) -> tuple[float, float]:
        """How far the interval reaches below and above; see `mean.mean_interval`."""
        sizes = sorted(self.groups)
        told = [_about(size, self.groups[size], centre) for size in sizes]
        futures = np.array([self.groups[size][0] for size in sizes], dtype=np.float64)
        weights = np.array(sizes, dtype=np.float64) / n
        squares, cubes = (np.array([float(each[k]) for each in told]) for k in (0, 1))
        error = float(np.sqrt((squares / (1 - weights)).sum())) / n
        bend = bend_of(squares.sum(), cubes.sum(), count) if count >= 4 else np.float64(0.0)
        below, above = bent(np.asarray(bend), degrees_of_freedom(weights, futures), level)
        return error * float(below), error * float(above)


def _about(size: int, sums: tuple[int, int, int, int], centre: Fraction) -> tuple[Fraction, Fraction]:
    """Sums of squares and of cubes of the residuals of the futures of one size, without rounding."""
    futures = sums[0]
    first, second, third = (Fraction(each, ONE) for each in sums[1:])
    expected = centre * size
    squares = second - 2 * expected * first + futures * expected**2
    cubes = third - 3 * expected * second + 3 * expected**2 * first - futures * expected**3
    return max(squares, Fraction(0)), cubes
