"""Quantiles without the single values: how many lie in each of many narrow logarithmic cells.

A cell holds the doubles of one sign that share their exponent and the first `BITS` bits of their fraction, so it is
found without arithmetic, and counts are whole numbers: merging is exact whatever the order. Zero and the two
infinities have cells of their own; what is blank is never added. The smallest and the largest value of each cell are
kept, so that a measure of few values (a count, a date known to the day) is told exactly, and no value is told more
than `RELATIVE_ERROR` away from the one it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from escalation.statistics.clusters import Floats
from escalation.statistics.estimate import Estimate, nothing_to_estimate, one_future, require_level
from escalation.statistics.proportion import size_from_variance
from escalation.statistics.quantile import METHOD, rank_of, ranks_around, too_few

BITS = 8
RELATIVE_ERROR = 2.0 ** -(BITS + 1)
"""Of a quantile that is told, against the value of that rank."""
Whole = npt.NDArray[np.int64]
ROWS = 7
COUNTS = 0


def cell_of(values: Floats, bits: int = BITS) -> Whole:
    """The cell of each value, ascending with the values; 0 is that of zero. NaN is refused with ValueError."""
    numbers = np.ascontiguousarray(values, dtype=np.float64)
    if np.isnan(numbers).any():
        raise ValueError("a blank has no place among values")
    size = (np.abs(numbers).view(np.int64) >> (52 - bits)) + 1
    return np.where(numbers == 0.0, 0, np.where(numbers < 0.0, -size, size))


@dataclass
class QuantileSketch:
    """Values of many futures by cell.

    cells: ascending, shape (U,). table: shape (7, U): values in the cell; futures whose lowest value is there; futures
    whose highest is; and, over the values, the sums of 2r − 1, of m, of m(2r − 1) and of m², where r is the value's
    rank in its future and m the future's number of values. Added up from the left these are the sums over futures of
    c, of whether c > 0 and c = m, of c², mc, mc² and m²c, where c of the m values of a future lie so far down: what
    the clustered error needs. They are whole numbers below n·m², which must stay below 2⁶³.
    lows, highs: the smallest and largest value in each cell. sizes: futures by their number of values.
    """

    cells: Whole = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    table: Whole = field(default_factory=lambda: np.empty((ROWS, 0), dtype=np.int64))
    lows: Floats = field(default_factory=lambda: np.empty(0))
    highs: Floats = field(default_factory=lambda: np.empty(0))
    sizes: dict[int, int] = field(default_factory=dict)

    def add(self, values: Floats, futures: npt.NDArray[np.int64]) -> None:
        """All values of whole futures, none of which is here yet; shapes (n,). Infinity may mean *never*."""
        if not values.size:
            return
        values = values + 0.0  # A negative zero becomes zero, so that the order of merging shows nowhere.
        cells = cell_of(values)
        order = np.lexsort((values, futures))
        cells, values, labels = cells[order], values[order], futures[order]
        begins = np.append(True, labels[1:] != labels[:-1])
        start = np.flatnonzero(begins)
        size = np.diff(np.append(start, values.size))
        rank = np.arange(values.size) - np.repeat(start, size) + 1
        sized = np.repeat(size, size)
        odd = 2 * rank - 1
        table = np.stack(
            [np.ones_like(rank), begins.astype(np.int64), (rank == sized) * 1, odd, sized, sized * odd, sized**2]
        )
        self._gather(cells, table, values, values)
        for each, many in zip(*np.unique(size, return_counts=True), strict=True):
            self.sizes[int(each)] = self.sizes.get(int(each), 0) + int(many)

    def merge(self, other: QuantileSketch) -> None:
        """Take in the futures of another, none of which is here."""
        self._gather(other.cells, other.table, other.lows, other.highs)
        for size, many in other.sizes.items():
            self.sizes[size] = self.sizes.get(size, 0) + many

    def _gather(self, cells: Whole, table: Whole, lows: Floats, highs: Floats) -> None:
        cells = np.concatenate([self.cells, cells])
        order = np.argsort(cells, kind="stable")
        cells = cells[order]
        start = np.flatnonzero(np.append(True, cells[1:] != cells[:-1])) if cells.size else np.empty(0, dtype=np.intp)
        if not start.size:
            return
        self.cells = cells[start]
        self.table = np.add.reduceat(np.concatenate([self.table, table], axis=1)[:, order], start, axis=1)
        self.lows = np.minimum.reduceat(np.concatenate([self.lows, lows])[order], start)
        self.highs = np.maximum.reduceat(np.concatenate([self.highs, highs])[order], start)

    @property
    def n(self) -> int:
        """Values."""
        return int(self.table[COUNTS].sum())

    @property
    def count(self) -> int:
        """Futures that have a value."""
        return sum(self.sizes.values())

    def at_rank(self, rank: int) -> float:
        """About the value of a rank, 1…n: exact where its cell holds only one."""
        place = int(np.searchsorted(np.cumsum(self.table[COUNTS]), rank))
        low, high = float(self.lows[place]), float(self.highs[place])
        return low if low == high else low + (high - low) / 2

    def quantile(self, q: float, level: float) -> Estimate:
        """The quantile and its interval, as `statistics.quantile` tells them, each end within RELATIVE_ERROR.

        Where futures differ in size, the factor 1/(1 − weight) of each residual is taken to first order about the mean
        weight.
        """
        require_level(level)
        if not 0.0 < q < 1.0:
            raise ValueError(f"q must lie between 0 and 1, not {q}")
        n = self.n
        if n == 0:
            return nothing_to_estimate(level, METHOD)
        value = self.at_rank(rank_of(q, n))
        if self.count == 1:
            return one_future(value, level, n, METHOD)
        first, last = ranks_around(self._effective(rank_of(q, n), n, level), n, q, level)
        low = None if first is None else self.at_rank(first)
        high = None if last is None else self.at_rank(last)
        reason = "" if first and last else too_few(self.count)
        return Estimate(value, low, high, level, n, self.count, METHOD, reason)

    def _effective(self, rank: int, n: int, level: float) -> float:
        """Independent values that would tell as much about the share at or below the cell of a rank."""
        place = int(np.searchsorted(np.cumsum(self.table[COUNTS]), rank))
        below, some, full, *sums = (float(each) for each in self.table[:, : place + 1].sum(axis=1))
        squares, sized, heavy_squares, heavy_sized = sums
        sizes = np.array(sorted(self.sizes), dtype=np.float64)
        futures = np.array([self.sizes[int(size)] for size in sizes], dtype=np.float64)
        weights, share = sizes / n, below / n
        square, cube = (float((futures * sizes**power).sum()) for power in (2, 3))
        plain = max(squares - 2 * share * sized + share**2 * square, 0.0)
        heavy = max(heavy_squares - 2 * share * heavy_sized + share**2 * cube, 0.0)
        middle = square / n**2
        spread = plain / (1 - middle) + (heavy / n - middle * plain) / (1 - middle) ** 2
        telling = max(min(some, self.count - full), 1.0)
        size, total, variance, known = (np.asarray(each) for each in (share, float(n), spread / n**2, telling))
        told = size_from_variance(size, total, variance, known, weights, futures, level)
        return float(told)
