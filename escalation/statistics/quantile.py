"""What is exceeded how often: a quantile of a measure over trajectories and its interval, clustered by future."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import by_future
from escalation.statistics.estimate import Estimate, nothing_to_estimate, one_future, require_level
from escalation.statistics.proportion import effective_size

METHOD = "order statistics (Woodruff 1952) at the effective sample size of clustered futures"


def quantile(values: ArrayLike, futures: ArrayLike, q: float, level: float = 0.95) -> Estimate:
    """The smallest value that at least a share q of the trajectories do not exceed.

    values: shape (n,), in any unit; infinity is allowed and may mean *never*; NaN is refused. q: inside (0, 1).
    The share of trajectories at or below the true quantile is q up to its clustered error; the two order statistics
    that far from q bound it, exactly binomial when every future holds one trajectory. An end is None where too few
    futures reach that far out.
    """
    require_level(level)
    if not 0.0 < q < 1.0:
        raise ValueError(f"q must lie between 0 and 1, not {q}")
    clusters = by_future(values, futures, allow_infinite=True)
    if clusters.n == 0:
        return nothing_to_estimate(level, METHOD)
    ordered, n = np.sort(clusters.values), clusters.n
    value = float(ordered[rank_of(q, n) - 1])
    if clusters.count == 1:
        return one_future(value, level, n, METHOD)
    size = effective_size(clusters.sums((clusters.values <= value).astype(np.float64)), clusters.sizes, level)
    first, last = ranks_around(float(size), n, q, level)
    low = None if first is None else float(ordered[first - 1])
    high = None if last is None else float(ordered[last - 1])
    reason = "" if first and last else too_few(clusters.count)
    return Estimate(value, low, high, level, n, clusters.count, METHOD, reason)


def too_few(futures: int) -> str:
    """Why an end of an interval is missing."""
    return f"{futures} futures are too few to bound this quantile on both sides"


def rank_of(q: float, n: int) -> int:
    """The rank, from 1, of the smallest of n values that at least a share q of them do not exceed."""
    return max(math.ceil(q * n - 1e-9), 1)


def ranks_around(size: float, n: int, q: float, level: float) -> tuple[int | None, int | None]:
    """Ranks 1…n of the values that bound the q-quantile, n values telling as much as `size` independent ones."""
    whole = int(size + 1e-9)
    first, last = order_statistics(whole, q, level)
    return (
        None if first is None else max(math.floor(n * first / whole), 1),
        None if last is None else min(math.ceil(n * (last - 1) / whole) + 1, n),
    )


def order_statistics(size: int, q: float, level: float) -> tuple[int | None, int | None]:
    """Ranks 1…size of the two order statistics that hold the q-quantile between them; None where none is that far out.

    The k-th of `size` uniforms is Beta(k, size − k + 1): the last rank almost surely below q, the first almost surely
    above. The chance to lie below q falls from rank to rank, so both are found by bisection.
    """
    from scipy.special import betainc

    tail = (1 - level) / 2
    ranks = range(1, size + 1)
    under = bisect_right(ranks, -(1 - tail), key=lambda rank: -float(betainc(rank, size - rank + 1, q)))
    over = bisect_left(ranks, -tail, key=lambda rank: -float(betainc(rank, size - rank + 1, q)))
    return (ranks[under - 1] if under else None), (ranks[over] if over < size else None)
