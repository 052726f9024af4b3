"""How far a mean without bounds is known at every look at once, as far as the central limit theorem reaches.

Nothing can be promised of a mean whose values have no bounds unless something is assumed. Here it is a finite variance
and futures enough for means to be nearly normal; so the interval is *asymptotic* and says so (Waudby-Smith, Arbour,
Sinha, Kennedy and Ramdas 2024). A run is looked at when it has doubled, so the looks are few, and the error is shared
out among them: α/((k + 1)(k + 2)) at look k = 0, 1, …, which sums to α however many there are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Floats
from escalation.statistics.estimate import Estimate, nothing_to_estimate, require_level
from escalation.statistics.mean import NO_SPREAD, mean_interval

METHOD = (
    "asymptotic (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024): clustered t with Hall's (1992) correction, its "
    "error shared out over looks; valid at every look where the variance is finite and futures are many"
)
FEWEST = 40
"""Futures below which no interval is told: the tail of a skewed measure has hardly been seen."""


def asymptotic_sequence(sums: ArrayLike, counts: ArrayLike, look: int, level: float = 0.95) -> Estimate:
    """Mean over the futures so far, with an interval that is asymptotically valid at every look at once.

    sums, counts: of the values in each future, shape (G,); futures without a value are left out. look: the number of
    this look, from 0. No interval from fewer than 40 futures, or where no spread was seen.
    """
    require_level(level)
    many = np.asarray(counts, dtype=np.float64)
    seen = many > 0
    sizes, told = many[seen], np.asarray(sums, dtype=np.float64)[seen]
    n, futures = int(sizes.sum()), int(sizes.size)
    if not n:
        return nothing_to_estimate(level, METHOD)
    means = told / sizes
    value = float(told.sum() / n)
    if futures < FEWEST:
        reason = f"an asymptotic interval needs {FEWEST} futures, and there are {futures}"
        return Estimate(value, None, None, level, n, futures, METHOD, reason)
    if (means == means[0]).all():
        return Estimate(value, None, None, level, n, futures, METHOD, NO_SPREAD)
    _, low, high = asymptotic_ends(means, sizes, look, level)
    return Estimate(value, float(low), float(high), level, n, futures, METHOD)


def asymptotic_ends(means: Floats, sizes: Floats, look: int, level: float) -> tuple[Floats, Floats, Floats]:
    """Mean, low and high at a look, as `mean_interval` has them at the level that is left for this look."""
    return mean_interval(means, sizes, 1 - spent(look, level))


def spent(look: int, level: float) -> float:
    """The share of the error 1 − level that look number `look`, from 0, may make."""
    if look < 0:
        raise ValueError(f"looks are counted from 0, not {look}")
    return (1 - level) / ((look + 1) * (look + 2))
