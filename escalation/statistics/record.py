"""Where one observed number lies in a distribution of simulated ones, and how far several numbers lie apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Floats
from escalation.statistics.estimate import Estimate
from escalation.statistics.proportion import METHOD, proportion


def position(values: ArrayLike, futures: ArrayLike, observed: float, level: float = 0.95) -> Estimate:
    """Share of trajectories whose value lies below an observed one, those equal to it counted half (its mid-rank).

    values: shape (n,); infinity may mean *never*; NaN is refused. The interval reaches from the lower end for the share
    below to the upper end for the share below or equal, so ties can only widen it.
    """
    told = np.asarray(values, dtype=np.float64)
    if np.isnan(told).any():
        raise ValueError("a value that is not known has no position")
    below = proportion(told < observed, futures, level)
    not_above = proportion(told <= observed, futures, level)
    value = (below.value + not_above.value) / 2
    return Estimate(value, below.low, not_above.high, level, below.n, below.futures, METHOD, below.reason)


def log_spread(table: ArrayLike) -> Floats:
    """Standard deviation (n − 1) of the logarithms in each row of a table: 0.1 is about 10 % apart.

    table: shape (…, k). Values that are not known (NaN) or not above nothing have no logarithm and are left out; a row
    of fewer than two others is NaN. Returns shape (…).
    """
    told = np.asarray(table, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(told > 0, np.log(told), np.nan)
        known = np.isfinite(logs)
        count = known.sum(-1)
        centre = np.where(known, logs, 0.0).sum(-1) / count
        squares = (np.where(known, logs - centre[..., None], 0.0) ** 2).sum(-1)
        spread: Floats = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
    return spread
