"""Shares without the single trajectories: whole numbers counted over futures, for many events at once.

The clustered interval of a share needs of the futures only how many there are of each size, the sums of their counts
and of the squares of these, and how many saw none and how many saw only successes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from escalation.statistics.clusters import Floats
from escalation.statistics.proportion import size_from_variance, wilson

Counts = npt.NDArray[np.int64]
ROWS = 4
"""Of each size: sums of counts, sums of their squares, futures with some, futures with not all."""


@dataclass
class FutureCounts:
    """Successes of many futures in each of several events (at each time of a grid, on each rung and day).

    events: how many. futures: by size, how many futures have it. sums: by size, shape (4, events): sums of counts, of
    their squares, futures with some success, futures with some failure.
    """

    events: int
    futures: dict[int, int] = field(default_factory=dict)
    sums: dict[int, Counts] = field(default_factory=dict)

    def add(self, counts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> None:
        """Whole futures, each once: counts of shape (events, G), sizes (G,). Empty futures are left out."""
        for size in np.unique(sizes[sizes > 0]).tolist():
            chosen = counts[:, sizes == size].astype(np.int64)
            told = np.stack([chosen.sum(1), (chosen**2).sum(1), (chosen > 0).sum(1), (chosen < size).sum(1)])
            self._gather(size, chosen.shape[1], told)

    def merge(self, other: FutureCounts) -> None:
        """Take in the futures of another, none of which is here."""
        for size, sums in other.sums.items():
            self._gather(size, other.futures[size], sums)

    def _gather(self, size: int, futures: int, sums: Counts) -> None:
        self.futures[size] = self.futures.get(size, 0) + futures
        self.sums[size] = self.sums[size] + sums if size in self.sums else sums

    @property
    def n(self) -> int:
        """Trajectories."""
        return sum(size * futures for size, futures in self.futures.items())

    @property
    def count(self) -> int:
        """Futures."""
        return sum(self.futures.values())

    def shares(self) -> Floats:
        """The share of each event, shape (events,); NaN without trajectories."""
        if not self.n:
            return np.full(self.events, np.nan)
        total = np.zeros(self.events, dtype=np.int64)
        for sums in self.sums.values():
            total += sums[0]
        return total / np.float64(self.n)

    def intervals(self, level: float) -> tuple[Floats, Floats, Floats]:
        """Share, low and high of each event, as `proportion_interval` tells them; at least two futures."""
        from scipy.special import ndtri

        sizes = sorted(self.futures)
        n, share = np.asarray(self.n, dtype=np.float64), self.shares()
        futures = np.array([self.futures[size] for size in sizes], dtype=np.float64)
        weights = np.array(sizes, dtype=np.float64) / n
        variance = np.zeros(self.events)
        some, short = (np.zeros(self.events, dtype=np.int64) for _ in range(2))
        for size, weight, many in zip(sizes, weights, futures, strict=True):
            first, square, here, failing = self.sums[size]
            expected = share * size
            variance += np.maximum(square - 2 * expected * first + many * expected**2, 0.0) / (1 - weight)
            some, short = some + here, short + failing
        telling = np.minimum(some, short).clip(1)
        effective = size_from_variance(share, n, variance / n**2, telling, weights, futures, level)
        low, high = wilson(share, effective, np.asarray(ndtri(0.5 + level / 2)))
        return share, low, high
