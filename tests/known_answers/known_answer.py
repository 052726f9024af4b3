"""What a known answer is, and how a sample is held against it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.models import Sketch, simulate_many

FAMILY = 4.5
"""No |z| of the whole suite may reach this: with some sixty of them, one suite in two thousand would by chance."""
WRONG = 1.03
"""A rate that is three per cent wrong must be found out."""

Rates = Mapping[str, float]


@dataclass(frozen=True)
class KnownAnswer:
    """A process whose answer theory knows.

    sketch: the model, given its rates (all in days or per day).
    deviations: from a sample of measures (a dict of arrays, one item a trajectory) and the rates, columns whose
    expectation is zero if the rates are right.
    found_out: rates of which a change of 3 % must be seen at this n.
    """

    name: str
    source: str
    rates: Rates
    n: int
    sketch: Callable[[Rates], Sketch]
    deviations: Callable[[Mapping[str, np.ndarray], Rates], tuple[np.ndarray, ...]]
    found_out: tuple[str, ...]

    def sample(self) -> Mapping[str, np.ndarray]:
        """Measures of n trajectories of the engine."""
        trajectories = simulate_many(self.sketch(self.rates), self.n, seed=20301)
        assert not any(trajectory.failure for trajectory in trajectories)
        blank = float("nan")

        def value(item: Any) -> float:
            return blank if item is None else float(item)

        return {
            name: np.array([value(trajectory.measures[name]) for trajectory in trajectories])
            for name in trajectories[0].measures
        }

    def z(self, sample: Mapping[str, np.ndarray], rates: Rates) -> list[float]:
        """How many standard errors each deviation lies from zero."""
        scores = []
        for column in self.deviations(sample, rates):
            assert np.isfinite(column).all(), "the horizon cut something off"
            scores.append(float(column.mean() / (column.std(ddof=1) / np.sqrt(len(column)))))
        return scores


def wrong(rates: Rates, name: str) -> Rates:
    """The same rates, one of them three per cent too high."""
    return {**rates, name: rates[name] * WRONG}


def moments(values: np.ndarray, mean: float, variance: float) -> tuple[np.ndarray, np.ndarray]:
    """Deviations of the mean and of the variance about the exact mean."""
    return values - mean, (values - mean) ** 2 - variance
