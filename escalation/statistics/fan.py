"""How a quantity spreads over time: quantiles over trajectories at each moment of a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Floats

QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)


@dataclass(frozen=True)
class Fan:
    """Quantiles of a series over trajectories; it describes the spread of single trajectories, it is no interval of
    error.

    quantiles: the levels, ascending, each inside (0, 1).
    lines:     shape (quantiles, times), in the unit of the series; NaN at a time where no trajectory has a value.
    present:   shape (times,), trajectories with a value; missing: those without one (NaN), left out there and counted
               here.
    """

    quantiles: tuple[float, ...]
    lines: Floats
    present: np.ndarray
    missing: np.ndarray


def fan(series: ArrayLike, quantiles: tuple[float, ...] = QUANTILES) -> Fan:
    """Quantiles over trajectories at each time.

    series: shape (trajectories, times); NaN where a trajectory has no value at a time (not known yet, not defined).
    Each quantile is the smallest value that at least its share of the present trajectories do not exceed.
    """
    table = np.asarray(series, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"a series is a table of trajectories by times, not of shape {table.shape}")
    if list(quantiles) != sorted(set(quantiles)) or not all(0.0 < q < 1.0 for q in quantiles):
        raise ValueError(f"quantiles must ascend inside (0, 1), not {quantiles}")
    missing = np.isnan(table).sum(axis=0)
    present = table.shape[0] - missing
    lines = np.full((len(quantiles), table.shape[1]), np.nan)
    seen = present > 0
    if seen.any():
        # NaN sorts last, so the present values of each column come first, in order.
        ordered = np.sort(table, axis=0)
        ranks = np.ceil(np.multiply.outer(quantiles, present) - 1e-9).astype(np.intp).clip(1)
        lines[:, seen] = np.take_along_axis(ordered, ranks - 1, axis=0)[:, seen]
    return Fan(tuple(quantiles), lines, present, missing)
