"""How far the expected value depends on the future: the range across futures, freed from the luck inside each.

The mean of K trajectories of one future strays from that future's expected value by luck, so the means of futures
spread wider than what they estimate. The range told here is that of the expected values: it does not shrink or widen
when K grows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Clusters, Floats, FutureSums, by_future
from escalation.statistics.estimate import Estimate, require_level
from escalation.statistics.mean import mean_interval, stretched
from escalation.statistics.mixing import mixing_quantiles
from escalation.statistics.quantile import order_statistics

METHOD = "future means drawn in to the variance between futures (Louis 1984), sharpened until they fit (Laird 1978)"
ENDS = METHOD + "; order statistics and bootstrap over futures"
SHARE = "variance components (Searle, Casella and McCulloch 1992), jackknife over futures (Arvesen 1969)"
RESAMPLES = 400


@dataclass(frozen=True)
class FutureRange:
    """Range across futures of the future-level expected value, in the unit of the values.

    low, high:     its ends as estimates, each with its own simulation error; None when it cannot be told.
    centre:        mean over futures, each future counting once; NaN without values.
    middle:        the median future: half of the futures lie below; None when it cannot be told.
    coverage:      the shares of futures below `low` and below `high`, such as (0.05, 0.95).
    share_between: share of the variance of single trajectories that lies between futures, 0–1 (intraclass correlation):
                   the share of the spread that more runs of the same futures cannot remove; None when it cannot be
                   told.
    n, futures:    trajectories and futures it rests on.
    reason:        why something could not be told; empty otherwise.
    """

    low: Estimate | None
    high: Estimate | None
    centre: float
    coverage: tuple[float, float]
    share_between: Estimate | None
    n: int
    futures: int
    reason: str = ""
    middle: Estimate | None = None


def range_across_futures(
    values: ArrayLike, futures: ArrayLike, coverage: tuple[float, float] = (0.05, 0.95), level: float = 0.95
) -> FutureRange:
    """Range across futures of a proportion (values 0 or 1) or a mean (any finite values).

    values, futures: shape (n,). The range never leaves the span of the future means, so a proportion's stays in [0, 1].
    It takes two futures, and at least one future with two trajectories: else nothing separates the future from the
    luck.
    """
    return range_of_futures(by_future(values, futures), coverage, level)


def range_of_futures(
    clusters: Clusters | FutureSums, coverage: tuple[float, float] = (0.05, 0.95), level: float = 0.95
) -> FutureRange:
    """The same of values already gathered."""
    require_level(level)
    if not 0.0 < coverage[0] < coverage[1] < 1.0:
        raise ValueError(f"coverage must be two ascending shares inside (0, 1), not {coverage}")
    centre = float(clusters.means().mean()) if clusters.n else float("nan")
    reason = _why_not(clusters)
    if reason:
        return FutureRange(None, None, centre, coverage, None, clusters.n, clusters.count, reason)
    between = share_between(clusters, level)
    low, middle, high = _quantiles(clusters, (coverage[0], 0.5, coverage[1]), between, level)
    return FutureRange(low, high, centre, coverage, between, clusters.n, clusters.count, middle=middle)


def _why_not(clusters: Clusters | FutureSums) -> str:
    """Why the range cannot be told, or nothing."""
    if clusters.n == 0:
        return "no trajectory to estimate from"
    if clusters.count == 1:
        return "a single future: nothing tells how far another one would lie"
    if (clusters.sizes == 1).all():
        return "one trajectory in each future: the future cannot be told apart from the luck"
    return ""


def noise_of_means(clusters: Clusters | FutureSums) -> Floats:
    """Variance of each future's mean about its expected value; shape (G,). A lone trajectory takes the pooled one."""
    inside = clusters.variances()
    pooled = pooled_variance(clusters)
    return np.where(np.isnan(inside), pooled, inside) / clusters.sizes


def pooled_variance(clusters: Clusters | FutureSums) -> float:
    """Variance inside futures, pooled over those with at least two trajectories."""
    inside, spare = clusters.variances(), clusters.sizes - 1
    return float(np.nansum(inside * spare) / spare.sum())


def shrinkage(means: Floats, noise: Floats) -> Floats:
    """Factor, 0–1, that draws future means in to the variance of the expected values; shapes (…, G) → (…).

    √(between / total), with between = total − mean noise, or 0 where the means vary no more than luck alone explains.
    """
    total = means.var(axis=-1, ddof=1)
    between = np.maximum(total - noise.mean(axis=-1), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, np.sqrt(between / total), 0.0)


def drawn_in(means: Floats, noise: Floats) -> Floats:
    """Future means drawn in about their own mean by `shrinkage`; shape (…, G)."""
    middle = means.mean(axis=-1, keepdims=True)
    return middle + shrinkage(means, noise)[..., None] * (means - middle)


def _quantiles(
    clusters: Clusters | FutureSums, coverage: tuple[float, ...], between: Estimate, level: float
) -> tuple[Estimate, ...]:
    """Ends and middle: values from the fitted distribution, errors from how few the futures are and the luck in them.

    Each interval is the widest of three: resampled futures; the order statistics of the drawn-in futures; and, where
    the futures may be all alike, the interval of their mean.
    """
    means, noise = clusters.means(), noise_of_means(clusters)
    plain = drawn_in(means, noise)
    values, best = mixing_quantiles(clusters, plain, noise, coverage)
    strays = _strays(means, noise, coverage, level)
    hulls = np.vstack([values, *(middle + sign * strays for middle in (values, best) for sign in (1, -1))])
    if not between.low:
        _, *alike = mean_interval(means, np.ones(means.size), level)
        hulls = np.vstack([hulls, np.repeat(np.asarray(alike)[:, None], len(coverage), axis=1)])
    return tuple(
        _end(clusters, plain, share, float(value), hull, level)
        for share, value, hull in zip(coverage, values, hulls.T, strict=True)
    )


def _strays(means: Floats, noise: Floats, coverage: tuple[float, ...], level: float) -> Floats:
    """How far each moves when futures are resampled (Efron 1979): outer quantiles, shape (2, quantiles). Fixed seed.

    Added to the ends they make the percentile interval, subtracted the basic one: luck biases the ends one way where
    futures differ little and the other where they are few.
    """
    picks = np.random.default_rng(0).integers(0, means.size, size=(RESAMPLES, means.size))
    again = np.quantile(drawn_in(means[picks], noise[picks]), coverage, axis=-1, method="hazen")
    plain = np.quantile(drawn_in(means, noise), coverage, method="hazen")
    return np.quantile(again - plain[:, None], [(1 - level) / 2, (1 + level) / 2], axis=-1)


def _end(
    clusters: Clusters | FutureSums, plain: Floats, share: float, value: float, hull: Floats, level: float
) -> Estimate:
    """One end of the range, its interval holding `hull` and the order statistics of the futures.

    Where the futures are too few for an order statistic that far out, a proportion is bounded by 0 or 1, a mean by
    nothing. Drawing in moves futures that never (always) saw the event off 0 (1), where they may well belong: an order
    statistic seen at 0 (1) counts as 0 (1).
    """
    first, last = order_statistics(clusters.count, share, level)
    ordered, seen = np.sort(plain), np.sort(clusters.means())
    zero_one = clusters.zero_one
    low: float | None = 0.0 if zero_one else None
    high: float | None = 1.0 if zero_one else None
    if first and not (zero_one and seen[first - 1] == 0.0):
        low = max(min(float(ordered[first - 1]), float(hull.min())), -np.inf if low is None else low)
    if last and not (zero_one and seen[last - 1] == 1.0):
        high = min(max(float(ordered[last - 1]), float(hull.max())), np.inf if high is None else high)
    reason = "" if first and last else f"{clusters.count} futures are too few to bound this end on both sides"
    return Estimate(value, low, high, level, clusters.n, clusters.count, ENDS, reason)


def share_between(clusters: Clusters | FutureSums, level: float) -> Estimate:
    """Share of the variance of single trajectories that lies between futures.

    R = variance of the future means / their mean noise; the share is (R − 1)/(R − 1 + κ), where κ is the variance
    inside futures over that noise (K when futures hold K trajectories each). log R is close to normal, so its
    interval comes from leaving out one future at a time, and is carried over; below 0 is told as 0.
    """
    means, noise = clusters.means(), noise_of_means(clusters)
    n, g = clusters.n, clusters.count
    total, luck = float(means.var(ddof=1)), float(noise.mean())
    if luck == 0.0:
        share, reason = (1.0, "no luck inside any future") if total > 0 else (float("nan"), "nothing varies")
        return Estimate(share, None, None, level, n, g, SHARE, reason)
    kappa = pooled_variance(clusters) / luck
    ratio = total / luck
    if g < 3 or total == 0.0:
        reason = "two futures are too few for an interval" if g < 3 else "no variance between futures was seen"
        return Estimate(_share(ratio, kappa), None, None, level, n, g, SHARE, reason)
    low, high = _ratio_interval(means, noise, ratio, level)
    return Estimate(_share(ratio, kappa), _share(low, kappa), _share(high, kappa), level, n, g, SHARE)


def _share(ratio: float, kappa: float) -> float:
    if np.isinf(ratio):
        return 1.0
    return max(ratio - 1.0, 0.0) / (max(ratio - 1.0, 0.0) + kappa)


def _ratio_interval(means: Floats, noise: Floats, ratio: float, level: float) -> tuple[float, float]:
    """Interval of the variance ratio: jackknife over futures of its logarithm, stretched for skewness as a mean's."""
    g = means.size
    squares = (means - means.mean()) ** 2
    total = (squares.sum() - squares * g / (g - 1)) / (g - 2)
    luck = (noise.sum() - noise) / (g - 1)
    if (total <= 0).any() or (luck <= 0).any():
        return 0.0, float("inf")
    logs = np.log(total / luck)
    residuals = logs.mean() - logs
    error = np.sqrt((g - 1) / g * (residuals**2).sum())
    below, above = stretched(residuals, np.asarray(g - 1.0), level)
    return float(ratio * np.exp(-error * below)), float(ratio * np.exp(error * above))
