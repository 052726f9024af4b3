"""Experiments that are looked at again and again as they double, many at once: how often an interval holds at every
look the truth it is told nothing of. `python tests/statistics/repeated_looks.py` prints the table of
docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from escalation.statistics.asymptotic_sequence import FEWEST, asymptotic_ends
from escalation.statistics.confidence_sequence import before_any
from escalation.statistics.mean import mean_interval
from escalation.statistics.proportion import proportion_interval
from tests.statistics.nested_experiments import LEVEL, LOWEST, REPETITIONS, SHARES, generator

PER_FUTURE = 50
LOOKS = tuple(20 * 2**k for k in range(8))
"""Futures at each look: 1,000·2^k trajectories, 50 in each future, to 128,000."""
NORMAL = 1.959964


@dataclass(frozen=True)
class Watched:
    """Over the looks of many experiments: held[k] and wide[k] are of look k.

    held: whether the interval held the truth, shape (repetitions,). wide: mean half-width, as a multiple of 1.96
    standard errors."""

    futures: tuple[int, ...]
    held: np.ndarray
    wide: np.ndarray

    @property
    def always(self) -> float:
        """Share of experiments whose interval held the truth at every look."""
        return float(self.held.all(0).mean())

    @property
    def promises_no_more(self) -> bool:
        return self.always >= LOWEST


def watched(ends: Iterator[tuple[int, np.ndarray, np.ndarray]], means: np.ndarray, truth: float) -> Watched:
    """Count over looks. ends: futures, low and high at each look; means: of the futures, (repetitions, futures)."""
    futures, held, wide = [], [], []
    for count, low, high in ends:
        error = NORMAL * means[:, :count].std(-1, ddof=1) / np.sqrt(count)
        futures.append(count)
        held.append((low <= truth) & (truth <= high))
        # Where futures look alike there is no error to compare with.
        wide.append(np.median(((high - low) / 2)[error > 0] / error[error > 0]) if (error > 0).any() else np.nan)
    return Watched(tuple(futures), np.array(held), np.array(wide))


def share_means(law: str, repetitions: int = REPETITIONS) -> tuple[np.ndarray, float]:
    """Future means of shares, and the true share: Beta-binomial, or one share for all."""
    rng = generator("looks", law)
    parameters = SHARES[law]
    shape = (repetitions, LOOKS[-1])
    p = rng.beta(*parameters, size=shape) if isinstance(parameters, tuple) else np.full(shape, parameters)
    truth = parameters[0] / sum(parameters) if isinstance(parameters, tuple) else parameters
    return rng.binomial(PER_FUTURE, p) / PER_FUTURE, truth


def skewed_times(repetitions: int = REPETITIONS) -> tuple[np.ndarray, float]:
    """Future means of times in a window of 1: minimum of 1 and a lognormal (median 0.05, σ 1), luck averaged over
    five trajectories that stand for fifty."""
    rng = generator("looks", "times")
    drawn = np.exp(np.log(0.05) + rng.normal(size=(repetitions, LOOKS[-1], 5)))
    from scipy.special import ndtr

    # E min(1, X) of a lognormal X with median c and σ 1.
    middle = -np.log(0.05)
    truth = 0.05 * np.exp(0.5) * ndtr(middle - 1) + 1 - ndtr(middle)
    return np.minimum(drawn, 1.0).mean(-1), float(truth)


def differences_of(flip: float, repetitions: int = REPETITIONS) -> tuple[np.ndarray, float]:
    """Future means of paired differences of a 0/1 measure: each side undoes the other in a share of pairs."""
    rng = generator("looks", "pairs", flip)
    shape = (repetitions, LOOKS[-1])
    more = rng.binomial(PER_FUTURE, rng.beta(1, 1 / flip - 1, size=shape))
    less = rng.binomial(PER_FUTURE - more, flip / 2)
    return (more - less) / PER_FUTURE, flip - (1 - flip) * flip / 2


def lognormal_means(sigma: float, repetitions: int = REPETITIONS) -> tuple[np.ndarray, float]:
    """Future means without an upper bound."""
    rng = generator("looks", "lognormal", sigma)
    return np.exp(sigma * rng.normal(size=(repetitions, LOOKS[-1]))), float(np.exp(sigma**2 / 2))


def by_betting(means: np.ndarray, low: float = 0.0, high: float = 1.0):
    """Ends of the bounded confidence sequence at each look."""
    bets, seen = before_any(low, high, PER_FUTURE, means.shape[:1]), 0
    for count in LOOKS:
        bets, seen = bets.plus(means[:, seen:count] * PER_FUTURE, PER_FUTURE), count
        yield count, *bets.ends(LEVEL)


def by_limit(means: np.ndarray):
    """Ends of the asymptotic sequence at each look that has futures enough."""
    for look, count in enumerate(LOOKS):
        if count >= FEWEST:
            yield count, *asymptotic_ends(means[:, :count], np.full(count, float(PER_FUTURE)), look, LEVEL)[1:]


def peeking(means: np.ndarray, share: bool):
    """Ends of the interval that is meant for one look, looked at each time."""
    for count in LOOKS:
        sizes = np.full(count, float(PER_FUTURE))
        if share:
            yield count, *proportion_interval(means[:, :count] * PER_FUTURE, sizes, LEVEL)[1:]
        else:
            yield count, *mean_interval(means[:, :count], sizes, LEVEL)[1:]


def table() -> None:
    """A row an experiment: coverage over all looks, and the half-width at a few of them."""
    print("| measure | truth | held at every look | width at 20, 160, 2,560 futures | fixed n, looked at each time |")
    print("|---|---|---|---|---|")

    def row(name: str, law: str, found: Watched, peeked: Watched) -> None:
        wide = ", ".join(f"{found.wide[place]:.1f}" for place in (0, -5, -1))
        print(f"| {name} | {law} | {found.always:.3f} | {wide} | {peeked.always:.3f} |")

    for law in SHARES:
        means, truth = share_means(law)
        row("share", law, watched(by_betting(means), means, truth), watched(peeking(means, True), means, truth))
    means, truth = skewed_times()
    row(
        "time", "lognormal, cut", watched(by_betting(means), means, truth), watched(peeking(means, False), means, truth)
    )
    for flip in (0.01, 0.1):
        means, truth = differences_of(flip)
        told = watched(by_betting(means, -1.0, 1.0), means, truth)
        row("paired difference", f"{flip:.0%} of pairs", told, watched(peeking(means, False), means, truth))
    for sigma in (0.5, 1.0):
        means, truth = lognormal_means(sigma)
        told = watched(by_limit(means), means, truth)
        row("mean, asymptotic", f"lognormal {sigma:g}", told, watched(peeking(means, False), means, truth))


if __name__ == "__main__":
    table()
