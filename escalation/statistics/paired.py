"""How two policies differ in the same futures with the same luck."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import by_future
from escalation.statistics.estimate import Estimate, require_level
from escalation.statistics.mean import clustered_mean

Better = Literal["higher", "lower", "neither"]
Verdict = Literal["better", "worse", "higher", "lower", "same for our purposes", "cannot be told apart", "identical"]


@dataclass(frozen=True)
class PairedDifference:
    """First policy minus second, pair by pair, where a pair is one (future, luck).

    estimate: mean difference over the pairs with both values, clustered by future, in the unit of the measure.
    verdict:  about the first policy; see `verdict_of`.
    pairs:    pairs the estimate rests on; differing: how many of them are not equal.
    left_out: pairs with at least one value missing = only_first (the second is missing) + only_second + neither.
    """

    estimate: Estimate
    verdict: Verdict
    pairs: int
    differing: int
    left_out: int
    only_first: int
    only_second: int
    neither: int


def paired_difference(
    first: ArrayLike,
    second: ArrayLike,
    futures: ArrayLike,
    better: Better = "neither",
    matters: float | None = None,
    level: float = 0.95,
    widest: float = inf,
) -> PairedDifference:
    """Compare two policies on one measure.

    first, second: the measure under each, shape (n,), row i of both being one (future, luck); numbers or true/false.
                   NaN is a
                   missing partner: a failed trajectory, or a `first` that never came. Such pairs are left out and
                   counted.
    futures: shape (n,). better: the direction that is better. matters: the smallest difference that matters, > 0, or
    None. widest: the largest difference that there can be (1 for shares, a window's length for times); the interval
    ends there at the latest, and holds the truth no less often for it.

    *Identical* is exact: every pair equal, missing only where both are.
    """
    require_level(level)
    if better not in ("higher", "lower", "neither"):
        raise ValueError(f"better must be higher, lower or neither, not {better!r}")
    if matters is not None and not 0.0 < matters < float("inf"):
        raise ValueError(f"matters must be a positive size, not {matters}")
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"paired columns must have one length, not {a.shape} and {b.shape}")
    lost_a, lost_b = np.isnan(a), np.isnan(b)
    both = ~(lost_a | lost_b)
    clusters = by_future((a - b)[both], np.asarray(futures)[both])
    lost = int((~lost_a & lost_b).sum()), int((lost_a & ~lost_b).sum()), int((lost_a & lost_b).sum())
    estimate = clustered_mean(clusters, level, what="pair")
    return told_difference(estimate, int((clusters.values != 0).sum()), lost, better, matters, widest)


def told_difference(
    estimate: Estimate, differing: int, lost: tuple[int, int, int], better: Better, matters: float | None, widest: float
) -> PairedDifference:
    """The answer from the mean difference over pairs.

    differing: pairs that are not equal. lost: pairs of which only the first has a value, only the second, neither.
    """
    estimate = _within(estimate, widest)
    only_first, only_second, neither = lost
    identical = estimate.n + sum(lost) > 0 and differing == 0 and only_first == only_second == 0
    if identical:
        estimate = replace(estimate, value=0.0, low=0.0, high=0.0, method="exact", reason="every pair is equal")
    return PairedDifference(
        estimate,
        "identical" if identical else verdict_of(estimate, better, matters),
        pairs=estimate.n,
        differing=differing,
        left_out=sum(lost),
        only_first=only_first,
        only_second=only_second,
        neither=neither,
    )


def _within(estimate: Estimate, widest: float) -> Estimate:
    """The estimate with an interval that holds only what is possible."""
    low = None if estimate.low is None else max(estimate.low, -widest)
    high = None if estimate.high is None else min(estimate.high, widest)
    return replace(estimate, low=low, high=high)


def verdict_of(estimate: Estimate, better: Better, matters: float | None) -> Verdict:
    """What the interval of a difference allows to be said of the first policy.

    In this order: *same for our purposes* when the whole interval lies inside ±matters; *cannot be told apart* when
    it holds 0 or does not exist; else the side of 0 it lies on, as *better* or *worse* with a direction, *higher* or
    *lower* without.
    """
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        return "cannot be told apart"
    if matters is not None and -matters < low and high < matters:
        return "same for our purposes"
    if low <= 0.0 <= high:
        return "cannot be told apart"
    if better == "neither":
        return "higher" if low > 0.0 else "lower"
    return "better" if (low > 0.0) == (better == "higher") else "worse"
