"""How a quantity spreads over time, without the single trajectories: at each time, how many values in each cell.

Cells are those of `quantile_sketch`, a little wider; counts are whole numbers, so merging is exact in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from escalation.statistics.clusters import Floats
from escalation.statistics.fan import QUANTILES, Fan

BITS = 7
RELATIVE_ERROR = 2.0**-BITS
"""Of a line of a fan, against the exact quantile: the width of a cell."""
SHIFT = 52 - BITS
HALF = 1 << (63 - SHIFT)
"""Cells of one sign; those of negative numbers come first in a table of all."""
Whole = npt.NDArray[np.int64]


@dataclass
class TimeHistogram:
    """Values by time and cell.

    cells: ascending by the values in them, shape (U,): what is left of a double's bits, shifted. counts: shape
    (times, U). missing: shape (times,), trajectories without a value.
    """

    cells: Whole
    counts: Whole
    missing: Whole

    @classmethod
    def none_yet(cls, times: int) -> TimeHistogram:
        """Before the first trajectory."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, np.empty((times, 0), dtype=np.int64), np.zeros(times, dtype=np.int64))

    @classmethod
    def of(cls, table: Floats) -> TimeHistogram:
        """Of a table of trajectories by times; NaN where there is no value."""
        times = table.shape[1]
        # A negative zero becomes zero; the bits of a double ascend with its size.
        place = (np.ascontiguousarray(table + 0.0).view(np.int64) >> SHIFT) + HALF
        there = np.bincount(place.ravel(), minlength=2 * HALF) > 0
        there[_nan_cells()] = False
        cells = np.flatnonzero(there)
        column = np.full(2 * HALF, cells.size, dtype=np.int64)
        column[cells] = np.arange(cells.size)
        at = column[place] + np.arange(times) * (cells.size + 1)
        counts = np.bincount(at.ravel(), minlength=times * (cells.size + 1)).reshape(times, cells.size + 1)
        order = np.argsort(_ascending(cells - HALF))
        return cls((cells - HALF)[order], counts[:, :-1][:, order], counts[:, -1])

    def merge(self, other: TimeHistogram) -> None:
        """Take in other trajectories."""
        if not np.array_equal(self.cells, other.cells):
            cells = np.union1d(_ascending(self.cells), _ascending(other.cells))
            counts = np.zeros((self.missing.size, cells.size), dtype=np.int64)
            for each in (self, other):
                counts[:, np.searchsorted(cells, _ascending(each.cells))] += each.counts
            self.cells, self.counts = _ascending(cells), counts
        else:
            self.counts = self.counts + other.counts
        self.missing = self.missing + other.missing

    def fan(self, quantiles: tuple[float, ...] = QUANTILES) -> Fan:
        """Quantiles over all trajectories at each time, each within RELATIVE_ERROR."""
        below = np.cumsum(self.counts, axis=1)
        present = below[:, -1] if self.cells.size else np.zeros_like(self.missing)
        lines = np.full((len(quantiles), self.missing.size), np.nan)
        values = np.array([simplest(int(cell)) for cell in self.cells])
        for row, q in enumerate(quantiles):
            ranks = np.ceil(q * present - 1e-9).clip(1)
            for time in np.flatnonzero(present).tolist():
                lines[row, time] = values[np.searchsorted(below[time], ranks[time])]
        return Fan(tuple(quantiles), lines, present, self.missing)


def _ascending(cells: Whole) -> Whole:
    """Cells so numbered that they ascend with their values, and back: bits of negative numbers run the other way."""
    return np.where(cells < 0, -HALF - 1 - cells, cells)


@cache
def _nan_cells() -> Whole:
    """Places of cells that hold NaN only: of the largest exponent, but for infinity's own."""
    infinity = int(np.array([np.inf]).view(np.int64)[0] >> SHIFT)
    above = np.arange(infinity + 1, HALF)
    return np.concatenate([above + HALF, above])


@cache
def simplest(cell: int) -> float:
    """The number of a cell that has the fewest digits; zero and infinity are themselves."""
    low, high = (float(np.array([(cell << SHIFT) + more]).view(np.float64)[0]) for more in (0, (1 << SHIFT) - 1))
    if low == 0.0 or not np.isfinite(low):
        return low
    for digits in range(1, 17):
        told = float(f"{(low + high) / 2:.{digits - 1}e}")
        if min(low, high) <= told <= max(low, high):
            return told
    return low
