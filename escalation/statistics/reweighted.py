"""Shares and means of samples that weigh differently, as importance weights make them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Floats, by_future
from escalation.statistics.estimate import Estimate, nothing_to_estimate, one_future, require_level
from escalation.statistics.mean import NO_SPREAD
from escalation.statistics.proportion import wilson

METHOD = "self-normalised weights (Hesterberg 1995), clustered; a share by Wilson (1927) on its effective size"


def kish(weights: ArrayLike, futures: ArrayLike) -> float:
    """The independent futures of equal weight that would tell as much: (ΣW)²/ΣW², W of a future (Kish 1965).

    weights: ≥ 0, shape (n,). futures: the future of each, shape (n,). 0 where nothing has weight.
    """
    clusters = by_future(weights, futures)
    held = clusters.sums(clusters.values)
    total = float(held.sum())
    return total**2 / float((held**2).sum()) if total > 0.0 else 0.0


def reweighted_share(values: ArrayLike, weights: ArrayLike, futures: ArrayLike, level: float = 0.95) -> Estimate:
    """Share of the weight that has something. values: 0/1; weights: ≥ 0; futures: of each; all of shape (n,).

    The interval is Wilson's on the size at which a plain share would vary as much as this one; at 0 % and 100 %, where
    nothing varies, on Kish's. Raises ValueError on values that are neither 0 nor 1.
    """
    if not np.isin(np.asarray(values, dtype=np.float64), (0.0, 1.0)).all():
        raise ValueError("a share is of values that are 0 or 1")
    return _told(values, weights, futures, level, share=True)


def reweighted_mean(values: ArrayLike, weights: ArrayLike, futures: ArrayLike, level: float = 0.95) -> Estimate:
    """Mean of values by weight, in their unit. values: finite; weights: ≥ 0; futures: of each; all of shape (n,).

    The interval is Student's with the variance of a ratio, a future being one draw, and Kish's size less one for its
    degrees of freedom.
    """
    return _told(values, weights, futures, level, share=False)


def _told(values: ArrayLike, weights: ArrayLike, futures: ArrayLike, level: float, *, share: bool) -> Estimate:
    from scipy.special import ndtri, stdtrit

    require_level(level)
    numbers, held, labels = np.asarray(values, dtype=np.float64), np.asarray(weights, np.float64), np.asarray(futures)
    kept = held > 0.0
    numbers, held, labels = numbers[kept], held[kept], labels[kept]
    if not numbers.size:
        return nothing_to_estimate(level, METHOD)
    clusters = by_future(numbers, labels)
    value = float((held * numbers).sum() / held.sum())
    if clusters.count == 1:
        return one_future(value, level, clusters.n, METHOD)
    size = kish(held, labels)
    t = float(stdtrit(max(size - 1.0, 1.0), 0.5 + level / 2))
    error = _error(clusters.sums(held * (numbers - value)), clusters.sums(held))
    if not share:
        reason = NO_SPREAD if (numbers == numbers[0]).all() else ""
        ends = value - t * error, value + t * error
        return Estimate(value, *ends, level, clusters.n, clusters.count, METHOD, reason)
    z = float(ndtri(0.5 + level / 2))
    value = min(max(value, 0.0), 1.0)
    if error > 0.0:
        size = value * (1.0 - value) / error**2 * (z / t) ** 2
    low, high = wilson(np.asarray(value), np.asarray(size), np.asarray(z))
    return Estimate(value, float(low), float(high), level, clusters.n, clusters.count, METHOD)


def _error(residuals: Floats, held: Floats) -> float:
    """Standard error of a ratio from what each future adds to it, divided by 1 − its weight (CR2)."""
    total = held.sum()
    return float(np.sqrt((residuals**2 / np.maximum(1.0 - held / total, 1e-9)).sum()) / total)
