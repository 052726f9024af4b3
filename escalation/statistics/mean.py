"""How much: the mean of a measure and its interval, clustered by future."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Clusters, Floats, by_future, degrees_of_freedom
from escalation.statistics.estimate import Estimate, nothing_to_estimate, one_future, require_level

METHOD = "clustered t (Bell and McCaffrey 2002), each end no nearer than Hall's (1992) correction for skewness"
NO_SPREAD = "every value is equal: no spread was seen, which does not prove there is none"


def mean(values: ArrayLike, futures: ArrayLike, level: float = 0.95) -> Estimate:
    """Mean over trajectories, in the unit of the values.

    values: finite numbers, shape (n,). futures: the future of each, shape (n,).
    One future: no interval. All values equal: an interval of no width, with the reason. Raises ValueError on NaN or
                infinity.
    """
    require_level(level)
    return clustered_mean(by_future(values, futures), level)


def clustered_mean(clusters: Clusters, level: float, what: str = "trajectory") -> Estimate:
    """`mean` of values already gathered; `what` names a row in the reason when there is none."""
    if clusters.n == 0:
        return nothing_to_estimate(level, METHOD, what)
    first = float(clusters.values[0])
    if clusters.count == 1:
        return one_future(float(clusters.values.mean()), level, clusters.n, METHOD)
    if (clusters.values == first).all():
        return Estimate(first, first, first, level, clusters.n, clusters.count, METHOD, NO_SPREAD)
    value, low, high = mean_interval(clusters.means(), clusters.sizes, level)
    return Estimate(float(value), float(low), float(high), level, clusters.n, clusters.count, METHOD)


def mean_interval(means: Floats, sizes: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Mean, low and high from the mean of each future.

    means: shape (…, G) with G ≥ 2. sizes: trajectories in each future, the same shape or (G,).
    The interval is Student's with clustered variance and Satterthwaite's degrees of freedom; where future means are
    skewed it is stretched on the side of the long tail by Hall's (1992) cubic transformation of the t statistic,
    never shortened on the other.
    """
    sizes = np.broadcast_to(sizes, means.shape)
    weights = sizes / sizes.sum(-1, keepdims=True)
    value = (weights * means).sum(-1)
    residuals = weights * (means - value[..., None])
    error: Floats = np.sqrt((residuals**2 / (1 - weights)).sum(-1))
    below, above = stretched(residuals, degrees_of_freedom(weights), level)
    return value, value - error * below, value + error * above


def stretched(residuals: Floats, freedom: Floats, level: float) -> tuple[Floats, Floats]:
    """How many standard errors the interval reaches below and above, from the contribution of each future to the error.

    residuals: shape (…, G). freedom: degrees of freedom of Student's t, shape (…). Both answers are at least the t
               quantile.
    """
    return bent(_bend(residuals), freedom, level)


def bent(bend: Floats, freedom: Floats, level: float) -> tuple[Floats, Floats]:
    """`stretched` from a third of the skewness of the mean."""
    from scipy.special import stdtrit

    t: Floats = np.asarray(stdtrit(freedom, 0.5 + level / 2), dtype=np.float64)
    return np.maximum(t, _untransformed(t, bend)), np.maximum(t, -_untransformed(-t, bend))


def _bend(residuals: Floats) -> Floats:
    """A third of the skewness of the mean, from the residuals of the futures; 0 below four futures."""
    g = residuals.shape[-1]
    if g < 4:
        return np.zeros(residuals.shape[:-1])
    return bend_of((residuals**2).sum(-1), (residuals**3).sum(-1), g)


def bend_of(squares: Floats, cubes: Floats, futures: int) -> Floats:
    """A third of the skewness of the mean, from the sums of squares and cubes of the residuals of G ≥ 4 futures."""
    g = futures
    small_sample = np.sqrt(g * (g - 1)) / (g - 2) * np.sqrt((g - 1) / g)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(squares > 0, cubes / squares**1.5 * small_sample / 3, 0.0)


def _untransformed(x: Floats, bend: Floats) -> Floats:
    """The t statistic whose transform T + aT² + a²T³/3 + a/2 is x (Hall 1992, with a = skewness/(3√G))."""
    straight = np.abs(bend) < 1e-6
    a = np.where(straight, 1.0, bend)
    return np.where(straight, x, (np.cbrt(1 + 3 * a * (x - a / 2)) - 1) / a)
