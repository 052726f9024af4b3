"""How often: a share of trajectories and its interval, clustered by future."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Floats, by_future, degrees_of_freedom
from escalation.statistics.estimate import Estimate, nothing_to_estimate, one_future, require_level

METHOD = "Wilson (1927) on the effective sample size of clustered futures, t quantile (Korn and Graubard 1998)"


def proportion(values: ArrayLike, futures: ArrayLike, level: float = 0.95) -> Estimate:
    """Share of trajectories in which something holds.

    values:  0/1 or true/false, shape (n,). futures: the future of each, shape (n,).
    The interval lies in [0, 1] and never has width zero. One future: no interval. Raises ValueError on other values.
    """
    require_level(level)
    clusters = by_future(values, futures)
    if not np.isin(clusters.values, (0.0, 1.0)).all():
        raise ValueError("a proportion is of values that are 0 or 1")
    if clusters.n == 0:
        return nothing_to_estimate(level, METHOD)
    if clusters.count == 1:
        return one_future(float(clusters.values.mean()), level, clusters.n, METHOD)
    value, low, high = proportion_interval(clusters.sums(clusters.values), clusters.sizes, level)
    return Estimate(float(value), float(low), float(high), level, clusters.n, clusters.count, METHOD)


def proportion_interval(sums: Floats, sizes: Floats, level: float | Floats) -> tuple[Floats, Floats, Floats]:
    """Share, low and high from the count of successes in each future.

    sums:  successes, shape (…, G) with G ≥ 2. sizes: trajectories, the same shape or (G,), each at least 1.
    level: one level, or one for each leading position.
    Returns three arrays of shape (…).
    """
    from scipy.special import ndtri

    share = sums.sum(-1) / np.broadcast_to(sizes, sums.shape).sum(-1)
    z = ndtri(0.5 + np.asarray(level) / 2)
    low, high = wilson(share, effective_size(sums, sizes, level), z)
    return share, low, high


def effective_size(sums: Floats, sizes: Floats, level: float | Floats) -> Floats:
    """Independent trajectories that would tell as much about the share as these clustered ones; shape (…).

    n_eff = p(1 − p)/v · (z/t)²: v is the clustered variance with each future's residual divided by 1 − its weight (CR2,
    Bell and McCaffrey 2002), t has the degrees of freedom of v, but no more than the futures that differ from all-no or
    all-yes: a variance seen in three futures is known no better than three futures allow. n_eff is never below Kish's
    n²/Σn_i², where everything inside a future moves together; at 0 % and 100 %, where v tells nothing, it is that. The
    design effect is not read as less than ½: futures cannot be more alike than chance makes them, only look it.
    """
    sizes = np.broadcast_to(sizes, sums.shape)
    n = sizes.sum(-1)
    share = sums.sum(-1) / n
    weights = sizes / n[..., None]
    residuals = sums - share[..., None] * sizes
    variance = (residuals**2 / (1 - weights)).sum(-1) / n**2
    telling = np.minimum((sums > 0).sum(-1), (sums < sizes).sum(-1)).clip(1)
    return size_from_variance(share, n, variance, telling, weights, 1.0, level)


def size_from_variance(
    share: Floats,
    n: Floats,
    variance: Floats,
    telling: Floats,
    weights: Floats,
    futures: Floats | float,
    level: Floats | float,
) -> Floats:
    """`effective_size` from the clustered variance of a share of n trajectories and the futures that tell of it.

    weights: shares of the trajectories that futures have, each held by as many of them as `futures` says.
    """
    from scipy.special import ndtri, stdtrit

    upper = 0.5 + np.asarray(level) / 2
    t = stdtrit(np.minimum(degrees_of_freedom(weights, futures), telling), upper)
    floor = 1 / (futures * weights**2).sum(-1)
    unclustered = share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(unclustered > 0, np.minimum(unclustered / variance, 2 * n) * (ndtri(upper) / t) ** 2, floor)
    return np.maximum(size, floor)


def wilson(share: Floats, size: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Wilson's (1927) score interval for a share of `size` (not necessarily whole) independent trials."""
    spread = z / (1 + z**2 / size) * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    low = np.where(share == 0, 0.0, np.maximum(middle - spread, 0.0))
    high = np.where(share == 1, 1.0, np.minimum(middle + spread, 1.0))
    return low, high
