"""Trajectories gathered by future: the unit of inference, because futures are independent and trajectories are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Clusters:
    """Values of one measure with the future each belongs to.

    values: shape (n,); any order.
    member: shape (n,), the position 0…G−1 of each value's future.
    sizes:  shape (G,), trajectories in each future, at least 1 (failed ones have dropped out, so they differ).
    """

    values: Floats
    member: NDArray[np.intp]
    sizes: Floats

    @property
    def n(self) -> int:
        """Trajectories."""
        return int(self.values.size)

    @property
    def zero_one(self) -> bool:
        """Whether every value is 0 or 1."""
        return bool(np.isin(self.values, (0.0, 1.0)).all())

    @property
    def count(self) -> int:
        """Futures."""
        return int(self.sizes.size)

    def sums(self, values: Floats) -> Floats:
        """Sum of `values` (shape (n,), aligned with the trajectories) in each future; shape (G,)."""
        return np.bincount(self.member, weights=values, minlength=self.count).astype(np.float64)

    def means(self) -> Floats:
        """Mean of each future; shape (G,)."""
        return self.sums(self.values) / self.sizes

    def variances(self) -> Floats:
        """Variance inside each future, divisor n_i − 1; NaN where a future has one trajectory; shape (G,)."""
        squares = self.sums((self.values - self.means()[self.member]) ** 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.sizes > 1, squares / (self.sizes - 1), np.nan)


@dataclass(frozen=True)
class FutureSums:
    """What is left of `Clusters` when single trajectories are gone; it answers the same questions to the same bit.

    totals, sizes, inside: shape (G,): sum, trajectories, and variance inside each future (NaN of a lone trajectory).
    zero_one: whether every value was 0 or 1.
    """

    totals: Floats
    sizes: Floats
    inside: Floats
    zero_one: bool

    @property
    def n(self) -> int:
        """Trajectories."""
        return int(self.sizes.sum())

    @property
    def count(self) -> int:
        """Futures."""
        return int(self.sizes.size)

    def means(self) -> Floats:
        """Mean of each future; shape (G,)."""
        return self.totals / self.sizes

    def variances(self) -> Floats:
        """Variance inside each future, divisor n_i − 1; shape (G,)."""
        return self.inside


def by_future(values: ArrayLike, futures: ArrayLike, allow_infinite: bool = False) -> Clusters:
    """Gather values by future.

    values:  numbers or true/false, shape (n,); NaN is refused, infinities too unless allowed.
    futures: the future of each value, shape (n,), any labels.
    Raises ValueError on a shape that does not fit or a value that is no number: what is left out is the caller's to
    count.
    """
    numbers = np.asarray(values, dtype=np.float64)
    labels = np.asarray(futures)
    if numbers.ndim != 1 or labels.shape != numbers.shape:
        raise ValueError(
            f"values and futures must be two columns of one length, not {numbers.shape} and {labels.shape}"
        )
    wrong = np.isnan(numbers) if allow_infinite else ~np.isfinite(numbers)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"row {row} is {numbers[row]}: {int(wrong.sum())} of {numbers.size} values are no finite number"
        )
    member, sizes = _gathered(labels)
    return Clusters(numbers, member, sizes)


def _gathered(labels: NDArray[Any]) -> tuple[NDArray[np.intp], Floats]:
    """The position of each row's future among all futures, and the size of each; a table in order needs no sorting."""
    if labels.size and labels.dtype.kind in "iu":
        steps = np.diff(labels)
        if (steps >= 0).all():
            member = np.concatenate([[0], np.cumsum(steps > 0)]).astype(np.intp)
            return member, np.bincount(member).astype(np.float64)
    _, member, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    return member.astype(np.intp), sizes.astype(np.float64)


def degrees_of_freedom(weights: Floats, futures: Floats | float = 1.0) -> Floats:
    """Degrees of freedom of the clustered variance when futures weigh differently; G − 1 when they weigh the same.

    weights: each future's share of the trajectories, shape (…, G), every one below 1. futures: how many futures have
    that share, shape (G,); the weights of all of them sum to 1.
    The variance is a quadratic form y'Ay in the future means, A = (I − 1w')' D (I − 1w') with D = diag(w²/(1 − w));
    Satterthwaite's (1946) match of two moments gives tr(A)²/tr(A²), as Bell and McCaffrey (2002) use it. A is D plus
    two rank-one terms, so the traces need no G × G matrix.
    """
    d = weights**2 / (1 - weights)
    s, ww, dd, wd, wdd, wwd = (
        (futures * each).sum(-1) for each in (d, weights**2, d**2, weights * d, weights * d**2, weights**2 * d)
    )
    trace = s - 2 * wd + s * ww
    # A = D − w d' − d w' + s w w'; the trace of A² is the sum over all pairs of its four terms.
    square = dd + s**2 * ww**2 + 2 * wd**2 + 2 * ww * dd - 4 * wdd + 2 * s * wwd - 4 * s * ww * wd
    return trace**2 / square
