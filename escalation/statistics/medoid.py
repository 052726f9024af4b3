"""Who stands in the middle of a group: the medoid, by Gower's distance over features of any kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from escalation.statistics.clusters import Floats

DECIMALS = 9
"""Sums of distances that agree to so many decimals are ties, whatever the order in which a machine adds."""


@dataclass(frozen=True, eq=False)
class Feature:
    """One thing known of each member.

    values: shape (m,), NaN where it is blank. scale: the largest difference there is, in the same unit; None for
    words, given as codes, that are either the same or not.
    """

    values: Floats
    scale: float | None = None


def gower(features: Sequence[Feature]) -> Floats:
    """Distances of m members from one another, 0 to 1, shape (m, m) (Gower 1971).

    The mean over features of |a − b| / scale, or of whether two words differ. A blank differs from any value by 1 and
    from another blank by 0. A feature whose scale is 0 tells nothing and is left out; without any, all distances are 0.
    Raises ValueError without a feature.
    """
    if not features:
        raise ValueError("a distance needs at least one feature")
    telling = [each for each in features if each.scale is None or each.scale > 0]
    total = np.zeros((len(features[0].values),) * 2)
    for each in telling:
        total += _apart(each)
    return total / max(len(telling), 1)


def _apart(feature: Feature) -> Floats:
    values = feature.values
    blank = np.isnan(values)
    with np.errstate(invalid="ignore"):
        apart = np.abs(values[:, None] - values[None, :])
    apart = np.minimum(apart / feature.scale, 1.0) if feature.scale is not None else (apart > 0).astype(np.float64)
    return np.where(blank[:, None] | blank[None, :], (blank[:, None] != blank[None, :]).astype(np.float64), apart)


def medoid(distances: Floats) -> int:
    """The member whose distances to all others have the least sum; the first of those that tie.

    distances: shape (m, m), m at least 1. (Kaufman and Rousseeuw 1990.)
    """
    return int(np.argmin(np.round(distances.sum(axis=1), DECIMALS)))
