"""How far a bounded mean is known at every look at once: a run may be looked at again and again, and stopped by what
is seen, and the interval keeps its word.

It asks which means nobody could have bet against with success (Shafer and Vovk 2001; Waudby-Smith and Ramdas 2024).
Against a candidate m a gambler stakes a constant share of his fortune on every future: with a reserve e, his fortune
is multiplied by (e + y)/(e + m), where y in [0, 1] is what the future gave. If m is the mean, that has expectation 1
however y is distributed, so the fortune exceeds 2/α at any time with probability at most α/2 (Ville 1939). Gamblers
with different reserves share their money alike, and others bet on 1 − y: the means that neither side has refuted are
the interval. Nothing is assumed but the bounds and that futures are independent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from escalation.statistics.clusters import Floats
from escalation.statistics.estimate import Estimate, require_level

METHOD = "betting against every other mean (Waudby-Smith and Ramdas 2024), constant bets; valid at every look"
RESERVES = np.array([0.0, *(2.0**power for power in range(-3, 8))])
"""Reserves of the gamblers, in widths of the range: from all in to a bet that suits a million futures."""
ROUNDING = 1e-9
"""How far a mean may lie outside its bounds by rounding, in widths of the range."""
HALVINGS = 50


@dataclass(frozen=True, eq=False)
class Bets:
    """What the gamblers have seen of futures so far; it does not depend on their order, and grows only with futures
    that miss a trajectory.

    low, high: bounds of every single value, in its unit. per_future: trajectories in a whole future.
    whole: whole futures seen. n: trajectories. Of whole futures, for each reserve e: `below` is the sum of log(e + y),
    `above` of log(e + 1 − y), shape (…, reserves). sums, weights: of each other future the sum of y and the share of
    its trajectories that have a value, shape (…, others).
    total: sum of y over futures, weighted; shape (…).
    """

    low: float
    high: float
    per_future: int
    whole: int
    n: int
    below: Floats
    above: Floats
    sums: Floats
    weights: Floats
    total: Floats

    @property
    def futures(self) -> int:
        """Futures with at least one trajectory."""
        return self.whole + int(self.weights.shape[-1])

    @cached_property
    def value(self) -> Floats:
        """The mean over trajectories, in the unit of the values; NaN where there is none; shape (…)."""
        weight = self.whole + self.weights.sum(-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.low + (self.high - self.low) * self.total / weight

    def plus(self, sums: ArrayLike, counts: ArrayLike) -> Bets:
        """With further futures: the sum of the values of each (in their unit) and how many there are; shape (…, G).

        A future without any value tells nothing and is left out; one whose trajectories miss in part counts for less.
        Raises ValueError for a future whose mean lies outside the bounds, or that has more trajectories than it can.
        """
        told, many = np.asarray(sums, dtype=np.float64), np.asarray(counts, dtype=np.float64)
        told, many = np.broadcast_arrays(told, many)
        if (many > self.per_future).any():
            raise ValueError(f"a future has {self.per_future} trajectories, not {int(many.max())}")
        beside = tuple(range(many.ndim - 1))
        seen = (many > 0).any(beside)
        told, many = told[..., seen], many[..., seen]
        weights = many / self.per_future
        shares = self._inside((told - self.low * many) / (self.high - self.low) / self.per_future, weights)
        full = (many == self.per_future).all(beside)
        return replace(
            self,
            whole=self.whole + int(full.sum()),
            n=self.n + int(many[(0,) * len(beside)].sum()),
            below=self.below + _logarithms(shares[..., full]),
            above=self.above + _logarithms(1.0 - shares[..., full]),
            sums=np.concatenate([self.sums, shares[..., ~full]], axis=-1),
            weights=np.concatenate([self.weights, weights[..., ~full]], axis=-1),
            total=self.total + shares.sum(-1),
        )

    def _inside(self, shares: Floats, weights: Floats) -> Floats:
        """Shares of the range; what is outside by more than rounding is refused."""
        if (shares < -ROUNDING).any() or (shares > weights + ROUNDING).any() or not np.isfinite(shares).all():
            raise ValueError(f"a future has a mean outside {self.low:g} to {self.high:g}, the bounds that were given")
        return np.minimum(np.maximum(shares, 0.0), weights)

    def ends(self, level: float) -> tuple[Floats, Floats]:
        """The lowest and the highest mean that is not refuted, in the unit of the values; shape (…)."""
        require_level(level)
        fortune = np.log(2 / (1 - level)) + np.log(RESERVES.size)
        lowest = _lowest(self.whole, self.below, self.sums, self.weights, fortune)
        highest = 1.0 - _lowest(self.whole, self.above, self.weights - self.sums, self.weights, fortune)
        width = self.high - self.low
        return self.low + width * lowest, self.low + width * highest

    def estimate(self, level: float) -> Estimate:
        """The mean and its interval, for one row of futures; without any future the bounds are all that is known."""
        low, high = self.ends(level)
        reason = "" if self.futures else "nothing was seen: the interval is all that is possible"
        return Estimate(float(self.value), float(low), float(high), level, self.n, self.futures, METHOD, reason)


def before_any(low: float, high: float, per_future: int, shape: tuple[int, ...] = ()) -> Bets:
    """The gamblers before the first future.

    low, high: bounds of every single value, finite, low < high. per_future: trajectories in a whole future.
    shape: of experiments beside each other; () is one. Raises ValueError.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ValueError(f"a bounded mean needs two finite bounds, the lower first, not {low} and {high}")
    if per_future < 1:
        raise ValueError(f"a future has at least one trajectory, not {per_future}")
    sums, none = np.zeros((*shape, RESERVES.size)), np.zeros((*shape, 0))
    return Bets(low, high, per_future, 0, 0, sums, sums, none, none, np.zeros(shape))


def confidence_sequence(
    sums: ArrayLike, counts: ArrayLike, per_future: int, low: float, high: float, level: float = 0.95
) -> Estimate:
    """Mean of a bounded measure over the futures so far, with an interval that is valid at every look at once.

    sums, counts: of the values in each future, shape (G,). per_future: trajectories in a whole future.
    low, high: bounds of every single value. Futures must be independent; nothing is assumed of their distribution, and
    the order in which they came does not matter.
    """
    return before_any(low, high, per_future).plus(sums, counts).estimate(level)


def _logarithms(shares: Floats) -> Floats:
    """Sum over futures of log(e + y) for each reserve e; shape (…, reserves)."""
    with np.errstate(divide="ignore"):
        return np.stack([np.log(reserve + shares).sum(-1) for reserve in RESERVES], axis=-1)


def _lowest(whole: int, logarithms: Floats, sums: Floats, weights: Floats, fortune: float) -> Floats:
    """The lowest mean, as a share of the range, against which bets that it is too low have not made a fortune.

    Every gambler's fortune falls as m rises, so that halving finds it; 0 where none is refuted.
    """
    refuted, standing = np.zeros(logarithms.shape[:-1]), np.ones(logarithms.shape[:-1])
    for _ in range(HALVINGS):
        middle = (refuted + standing) / 2
        out = _fortune(middle, whole, logarithms, sums, weights) >= fortune
        refuted, standing = np.where(out, middle, refuted), np.where(out, standing, middle)
    return refuted


def _fortune(means: Floats, whole: int, logarithms: Floats, sums: Floats, weights: Floats) -> Floats:
    """Logarithm of the gamblers' fortunes together, where each began with 1; means strictly inside (0, 1)."""
    staked = means[..., None] + RESERVES
    alone = logarithms - whole * np.log(staked)
    if sums.shape[-1]:
        # A future that misses a share of its trajectories multiplies by 1 + (sum − weight · m)/(e + m).
        left = (sums + (1.0 - weights) * means[..., None])[..., None, :] + RESERVES[:, None]
        with np.errstate(divide="ignore"):
            alone = alone + (np.log(left) - np.log(staked)[..., None]).sum(-1)
    together: Floats = np.logaddexp.reduce(alone, axis=-1)
    return together
