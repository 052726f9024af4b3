"""How soon: the share of trajectories in which an event has happened by each time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Floats, by_future
from escalation.statistics.estimate import Estimate, require_level
from escalation.statistics.future_counts import FutureCounts
from escalation.statistics.proportion import METHOD as POINTWISE
from escalation.statistics.proportion import proportion_interval

METHOD = POINTWISE + "; band: sup-t over the grid by multipliers on futures (Mammen 1993)"
DRAWS = 1000


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence of an event at given times, all trajectories being observed to the horizon.

    times:     the grid, ascending, in the unit of the event times; shape (T,).
    value:     share of trajectories whose event came at or before each time, 0–1; NaN without trajectories.
    low, high: interval at one time alone; band_low, band_high: holds at all times of the grid at once. None without
               an interval.
    critical:  the band's multiple of the standard error, where one normal time alone takes 1.96 at 95 %; None without
               an interval.
    level, n, futures, method, reason: as in `Estimate`.
    never:     trajectories in which it never came.
    """

    times: Floats
    value: Floats
    low: Floats | None
    high: Floats | None
    band_low: Floats | None
    band_high: Floats | None
    critical: float | None
    level: float
    n: int
    futures: int
    never: int
    method: str = METHOD
    reason: str = ""

    def at(self, index: int) -> Estimate:
        """The incidence at one time of the grid, with its pointwise interval."""
        low = None if self.low is None else float(self.low[index])
        high = None if self.high is None else float(self.high[index])
        return Estimate(float(self.value[index]), low, high, self.level, self.n, self.futures, POINTWISE, self.reason)


def incidence(times: ArrayLike, futures: ArrayLike, grid: ArrayLike, level: float = 0.95) -> Incidence:
    """Cumulative incidence on a grid of times.

    times:   when the event came in each trajectory, shape (n,); NaN or infinity where it never did.
    futures: the future of each, shape (n,). grid: ascending times up to the horizon, shape (T,), at least one.
    """
    require_level(level)
    moments = np.asarray(grid, dtype=np.float64)
    if moments.ndim != 1 or moments.size == 0 or not (np.diff(moments) > 0).all() or not np.isfinite(moments).all():
        raise ValueError("the grid must be a column of finite times that ascend")
    came = np.asarray(times, dtype=np.float64)
    clusters = by_future(np.where(np.isnan(came), np.inf, came), futures, allow_infinite=True)
    n, g, never = clusters.n, clusters.count, int(np.isinf(clusters.values).sum())
    if n == 0 or g == 1:
        share = (clusters.values <= moments[:, None]).mean(axis=1) if n else np.full(moments.size, np.nan)
        return Incidence(moments, share, None, None, None, None, None, level, n, g, never, reason=_no_interval(n))
    sums = happened_by(clusters.values, clusters.member, g, moments)
    critical = critical_value(sums, clusters.sizes, level)
    share, low, high, band_low, band_high = bands(sums, clusters.sizes, level, critical)
    return Incidence(moments, share, low, high, band_low, band_high, critical, level, n, g, never)


def happened_by(times: Floats, member: np.ndarray, futures: int, grid: Floats) -> Floats:
    """How many trajectories of each future have seen the event by each time; shape (T, G)."""
    cell = np.searchsorted(grid, times, side="left")
    counts = np.bincount(cell * futures + member, minlength=(grid.size + 1) * futures).reshape(grid.size + 1, futures)
    return np.cumsum(counts, axis=0)[:-1].astype(np.float64)


def incidence_of_counts(
    grid: ArrayLike, counts: FutureCounts, first: Floats, sizes: Floats, level: float = 0.95
) -> Incidence:
    """The same from counts over futures; the band's multiple comes from those futures whose own counts are known.

    counts: an event for each time of the grid. first: shape (T, F), how many trajectories of some futures have seen the
    event by each time; sizes: shape (F,), the trajectories of these futures.
    """
    from scipy.special import ndtr

    require_level(level)
    moments = np.asarray(grid, dtype=np.float64)
    n, g, share = counts.n, counts.count, counts.shares()
    never = n - (round(float(share[-1]) * n) if n else 0)
    if n == 0 or g == 1:
        return Incidence(moments, share, None, None, None, None, None, level, n, g, never, reason=_no_interval(n))
    inside = sizes > 0
    critical = critical_value(first[:, inside], sizes[inside], level)
    share, low, high = counts.intervals(level)
    _, wide_low, wide_high = counts.intervals(float(2 * ndtr(critical) - 1))
    return Incidence(moments, share, *_banded(low, high, wide_low, wide_high), critical, level, n, g, never)


def _no_interval(n: int) -> str:
    return "a single future: nothing tells how far another one would lie" if n else "no trajectory to estimate from"


def bands(sums: Floats, sizes: Floats, level: float, critical: float) -> tuple[Floats, ...]:
    """Share, pointwise low and high, band low and high at each time; each of shape (T,).

    The band is the pointwise interval at the level that belongs to `critical`, so it behaves at 0 and 1 as a
    proportion's does. Incidence never falls, so a bound holds at every later (low) or earlier (high) time too; a
    pointwise end never lies outside the band.
    """
    from scipy.special import ndtr

    share, low, high = proportion_interval(sums, sizes, level)
    _, wide_low, wide_high = proportion_interval(sums, sizes, float(2 * ndtr(critical) - 1))
    return share, *_banded(low, high, wide_low, wide_high)


def _banded(low: Floats, high: Floats, wide_low: Floats, wide_high: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    band_low = np.maximum.accumulate(wide_low)
    band_high = np.minimum.accumulate(wide_high[::-1])[::-1]
    return np.maximum(low, band_low), np.minimum(high, band_high), band_low, band_high


def critical_value(sums: Floats, sizes: Floats, level: float) -> float:
    """The multiple of the standard error that the whole curve stays within with probability `level`.

    sums: successes of each future by each time, shape (T, G). Each future's residual at all times is multiplied by
    one random sign (Rademacher), which keeps the dependence over time and inside futures; the quantile of the largest
    standardised sum over the times is the answer. Fixed seed. At least the normal quantile.
    """
    from scipy.special import ndtri

    weights = sizes / sizes.sum()
    shares = sums.sum(axis=1) / sizes.sum()
    residuals = sums - shares[:, None] * sizes
    error = np.sqrt((residuals**2).sum(axis=1))
    alone = float(ndtri(0.5 + level / 2))
    moving = error > 0
    if not moving.any():
        return alone
    standard = residuals[moving] / error[moving, None] / np.sqrt(1 - weights)
    signs = np.random.default_rng(0).integers(0, 2, size=(DRAWS, sizes.size)) * 2.0 - 1.0
    # einsum and not a BLAS product: its sums do not depend on how many threads the machine has.
    largest = np.abs(np.einsum("dg,tg->dt", signs, standard)).max(axis=1)
    return max(alone, float(np.quantile(largest, level)))
