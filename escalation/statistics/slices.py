"""What may be said over a range without probabilities: from the lowest to the highest, and never an average."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from escalation.statistics.estimate import Estimate


@dataclass(frozen=True)
class Between:
    """The lowest and the highest of several estimates, each with its place among them.

    apart: the interval of the lowest ends below that of the highest, so that they differ by more than simulation
    error. Of many estimates that are equal in truth, the extremes lie apart by chance more often than the level says.
    """

    low: Estimate
    high: Estimate
    low_at: int
    high_at: int
    apart: bool


def slices(uniforms: npt.ArrayLike, parts: int) -> npt.NDArray[np.intp]:
    """Which of `parts` equal parts of a range each point lies in, from 0; points as shares of the range, 0 to 1."""
    shares = np.asarray(uniforms, dtype=np.float64)
    return np.minimum((shares * parts).astype(np.intp), parts - 1)


def between(estimates: Sequence[Estimate]) -> Between | None:
    """The lowest and the highest; None when nothing could be estimated."""
    known = [place for place, each in enumerate(estimates) if each.value == each.value]
    if not known:
        return None
    low = min(known, key=lambda place: estimates[place].value)
    high = max(known, key=lambda place: estimates[place].value)
    first, last = estimates[low].high, estimates[high].low
    return Between(estimates[low], estimates[high], low, high, first is not None and last is not None and first < last)
