"""How far the expected value depends on the future: the range across futures, freed from the luck inside each.

The mean of K trajectories of one future strays from that future's expected value by luck, so the means of futures spread wider
than what they estimate. The range told here is that of the expected values: it does not shrink or widen when K grows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Clusters, Floats, by_future
from escalation.statistics.estimate import Estimate, require_level
from escalation.statistics.mixing import mixing_quantiles

METHOD = "future means drawn in to the variance between futures (Louis 1984), sharpened until they fit (Laird 1978)"
ENDS = METHOD + "; bootstrap over futures (Efron 1979)"
SHARE = "variance components (Searle, Casella and McCulloch 1992), jackknife over futures on the log variance ratio (Arvesen 1969)"
RESAMPLES = 400
FEWEST_FUTURES = 20


@dataclass(frozen=True)
class FutureRange:
    """Range across futures of the future-level expected value, in the unit of the values.

    low, high:     its ends as estimates, each with its own simulation error; None when it cannot be told.
    centre:        mean over futures, each future counting once; NaN without values.
    coverage:      the shares of futures below `low` and below `high`, such as (0.05, 0.95).
    share_between: share of the variance of single trajectories that lies between futures, 0–1 (intraclass correlation):
                   the share of the spread that more runs of the same futures cannot remove; None when it cannot be told.
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


def range_across_futures(
    values: ArrayLike, futures: ArrayLike, coverage: tuple[float, float] = (0.05, 0.95), level: float = 0.95
) -> FutureRange:
    """Range across futures of a proportion (values 0 or 1) or a mean (any finite values).

    values, futures: shape (n,). The range never leaves the span of the future means, so a proportion's stays in [0, 1].
    It takes two futures, and at least one future with two trajectories: else nothing separates the future from the luck.
    """
    require_level(level)
    if not 0.0 < coverage[0] < coverage[1] < 1.0:
        raise ValueError(f"coverage must be two ascending shares inside (0, 1), not {coverage}")
    clusters = by_future(values, futures)
    centre = float(clusters.means().mean()) if clusters.n else float("nan")
    reason = _why_not(clusters)
    if reason:
        return FutureRange(None, None, centre, coverage, None, clusters.n, clusters.count, reason)
    ends = _ends(clusters, coverage, level)
    return FutureRange(*ends, centre, coverage, share_between(clusters, level), clusters.n, clusters.count)


def _why_not(clusters: Clusters) -> str:
    """Why the range cannot be told, or nothing."""
    if clusters.n == 0:
        return "no trajectory to estimate from"
    if clusters.count == 1:
        return "a single future: nothing tells how far another one would lie"
    if (clusters.sizes == 1).all():
        return "one trajectory in each future: the future cannot be told apart from the luck"
    return ""


def noise_of_means(clusters: Clusters) -> Floats:
    """Variance of each future's mean about its expected value; shape (G,). Futures of one trajectory take the pooled variance."""
    inside = clusters.variances()
    pooled = pooled_variance(clusters)
    return np.where(np.isnan(inside), pooled, inside) / clusters.sizes


def pooled_variance(clusters: Clusters) -> float:
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


def _ends(clusters: Clusters, coverage: tuple[float, float], level: float) -> tuple[Estimate, Estimate]:
    """Both ends: the value from the fitted distribution, the error from resampling futures."""
    means, noise = clusters.means(), noise_of_means(clusters)
    plain = drawn_in(means, noise)
    values = mixing_quantiles(clusters, plain, noise, coverage)
    n, g = clusters.n, clusters.count
    if g < FEWEST_FUTURES:
        reason = f"{g} futures are too few to say how sure the ends of their range are; it takes {FEWEST_FUTURES}"
        low, high = (Estimate(float(v), None, None, level, n, g, METHOD, reason) for v in values)
        return low, high
    picks = np.random.default_rng(0).integers(0, g, size=(RESAMPLES, g))
    again = np.quantile(drawn_in(means[picks], noise[picks]), coverage, axis=-1, method="hazen")
    tails = np.quantile(again, [(1 - level) / 2, (1 + level) / 2], axis=-1)
    shift = values - np.quantile(plain, coverage, method="hazen")
    span = means.min(), means.max()
    low, high = (
        Estimate(float(v), *_about(float(v), tails[:, i] + shift[i], span), level, n, g, ENDS)
        for i, v in enumerate(values)
    )
    return low, high


def _about(value: float, tails: Floats, span: tuple[float, float]) -> tuple[float, float]:
    """The resampled interval, inside the span of the future means and holding the value itself."""
    low, high = np.clip(tails, *span)
    return min(float(low), value), max(float(high), value)


def share_between(clusters: Clusters, level: float) -> Estimate:
    """Share of the variance of single trajectories that lies between futures.

    R = variance of the future means / their mean noise; the share is (R − 1)/(R − 1 + κ), where κ is the variance inside futures over
    that noise (K when futures hold K trajectories each). log R is close to normal, so its interval comes from leaving out one future
    at a time, and is carried over; below 0 is told as 0.
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
    return max(ratio - 1.0, 0.0) / (max(ratio - 1.0, 0.0) + kappa)


def _ratio_interval(means: Floats, noise: Floats, ratio: float, level: float) -> tuple[float, float]:
    """Interval of the variance ratio: jackknife over futures on its logarithm, Student's t with G − 1 degrees of freedom."""
    from scipy.special import stdtrit

    g = means.size
    squares = (means - means.mean()) ** 2
    total = (squares.sum() - squares * g / (g - 1)) / (g - 2)
    luck = (noise.sum() - noise) / (g - 1)
    if (total <= 0).any() or (luck <= 0).any():
        return 0.0, float("inf")
    logs = np.log(total / luck)
    error = np.sqrt((g - 1) / g * ((logs - logs.mean()) ** 2).sum())
    reach = np.exp(stdtrit(g - 1, 0.5 + level / 2) * error)
    return ratio / reach, ratio * reach
