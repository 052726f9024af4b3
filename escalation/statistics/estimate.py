"""A number with its error: value, interval, level and n."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A quantity estimated from trajectories, with its simulation error; never a bare float.

    value:   the estimate, in the unit of what was measured; NaN when nothing was there to estimate from.
    low, high: the ends of the interval, low ≤ value ≤ high; None where the data set no bound, and `reason` says why.
    level:   how often such intervals hold the true value over repeated runs, 0–1 exclusive.
    n:       trajectories (or pairs) the value rests on.
    futures: independent futures they come from, the unit of inference.
    method:  how the interval was made, with author and year.
    reason:  why an end is missing or the interval has no width; empty otherwise.
    """

    value: float
    low: float | None
    high: float | None
    level: float
    n: int
    futures: int
    method: str
    reason: str = ""

    @property
    def bounded(self) -> bool:
        """Whether the interval has both ends."""
        return self.low is not None and self.high is not None


def nothing_to_estimate(level: float, method: str, what: str = "trajectory") -> Estimate:
    """The estimate from no data at all: NaN, no interval, and the reason."""
    return Estimate(float("nan"), None, None, level, 0, 0, method, f"no {what} to estimate from")


def one_future(value: float, level: float, n: int, method: str) -> Estimate:
    """The estimate from a single future: the value stands, but nothing says how far another future would move it."""
    reason = "a single future: nothing tells how far another one would lie"
    return Estimate(value, None, None, level, n, 1, method, reason)


def require_level(level: float) -> None:
    """Refuse a level outside (0, 1) with ValueError."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
