"""Small experiments repeated many times: how often each interval holds the truth it is told nothing of.

Futures differ by a drawn effect, trajectories inside a future by luck. `python
tests/statistics/nested_experiments.py` prints the table of docs/statistics.md.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import betaincinv, ndtri
from scipy.stats import binom

from escalation.statistics.future_range import range_across_futures
from escalation.statistics.incidence import incidence
from escalation.statistics.mean import mean_interval
from escalation.statistics.paired import paired_difference
from escalation.statistics.proportion import proportion_interval
from escalation.statistics.quantile import quantile

REPETITIONS = 1000
LEVEL = 0.95
# Fixed before any experiment ran: where a 95 % interval that keeps its word lands in 999 of 1,000 such experiments.
LOWEST, HIGHEST = np.asarray(binom.interval(0.999, REPETITIONS, LEVEL)) / REPETITIONS

SHARES = {
    "even: Beta(2, 2)": (2.0, 2.0),
    "skewed: Beta(0.2, 1.8)": (0.2, 1.8),
    "rare: Beta(1, 99)": (1.0, 99.0),
    "all 30 %": 0.3,
    "all 1 %": 0.01,
}


@dataclass(frozen=True)
class Coverage:
    """Share of repetitions whose interval held the truth, and of those that lay wholly above or below it."""

    held: float
    above: float
    below: float

    @property
    def keeps_its_word(self) -> bool:
        return bool(LOWEST <= self.held <= HIGHEST)

    @property
    def promises_no_more(self) -> bool:
        return bool(self.held >= LOWEST)


def coverage(low, high, truth) -> Coverage:
    """Count; an end that is None or NaN bounds nothing."""
    low = np.asarray([-np.inf if end is None else end for end in np.ravel(low)])
    high = np.asarray([np.inf if end is None else end for end in np.ravel(high)])
    above, below = float(np.mean(low > truth)), float(np.mean(high < truth))
    return Coverage(float(np.mean((low <= truth) & (truth <= high))), above, below)


def generator(*name) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(name).encode()))


def sizes(rng, shape, per_future, equal):
    """Trajectories in each future: all of them, or what failures leave (a Beta(2, 1) share survives)."""
    if equal:
        return np.full(shape, per_future)
    return np.maximum(rng.binomial(per_future, rng.beta(2, 1, size=shape)), 1)


def proportions(effect, futures, per_future, equal, repetitions=REPETITIONS) -> Coverage:
    rng = generator("proportion", effect, futures, per_future, equal)
    n = sizes(rng, (repetitions, futures), per_future, equal)
    law = SHARES[effect]
    p = rng.beta(*law, size=n.shape) if isinstance(law, tuple) else np.full(n.shape, law)
    truth = law[0] / sum(law) if isinstance(law, tuple) else law
    _, low, high = proportion_interval(rng.binomial(n, p).astype(float), n.astype(float), LEVEL)
    return coverage(low, high, truth)


def effects(rng, law, shape):
    """Effects of futures and their true mean."""
    if law == "normal":
        return rng.normal(size=shape), 0.0
    if law == "exponential":
        return rng.exponential(size=shape), 1.0
    if law.startswith("lognormal"):
        sigma = float(law.split()[1])
        return np.exp(sigma * rng.normal(size=shape)), float(np.exp(sigma**2 / 2))
    if law == "two kinds":
        return (rng.random(shape) < 0.3) * 10.0, 3.0
    if law == "one in five":
        return (rng.random(shape) < 0.2) * rng.exponential(10, size=shape), 2.0
    raise ValueError(law)


def means(law, futures, per_future, equal, repetitions=REPETITIONS) -> Coverage:
    rng = generator("mean", law, futures, per_future, equal)
    n = sizes(rng, (repetitions, futures), per_future, equal)
    expected, truth = effects(rng, law, n.shape)
    _, low, high = mean_interval(expected + rng.normal(size=n.shape) / np.sqrt(n), n.astype(float), LEVEL)
    return coverage(low, high, truth)


def quantiles(q, spread, futures, per_future, equal, repetitions=REPETITIONS) -> Coverage:
    """Normal futures of standard deviation `spread`, normal luck of standard deviation 1."""
    rng = generator("quantile", q, spread, futures, per_future, equal)
    found = []
    for _ in range(repetitions):
        future = np.repeat(np.arange(futures), sizes(rng, futures, per_future, equal))
        found.append(quantile(spread * rng.normal(size=futures)[future] + rng.normal(size=future.size), future, q))
    return coverage([e.low for e in found], [e.high for e in found], ndtri(q) * np.hypot(1, spread))


def times_to_event(rng, rate, shape, future):
    """Exponential times, each future's rate Gamma of the given shape (None: one rate); NaN after the horizon, 2."""
    count = future.max() + 1
    rates = np.full(count, rate) if shape is None else rng.gamma(shape, rate / shape, size=count)
    times = rng.exponential(size=future.size) / rates[future]
    return np.where(times <= 2.0, times, np.nan)


def true_incidence(rate, shape, grid):
    """1 − E exp(−λt): the Laplace transform of the Gamma law (or of one rate)."""
    return 1 - np.exp(-rate * grid) if shape is None else 1 - (1 + rate * grid / shape) ** -shape


def incidences(rate, shape, futures, per_future, equal, repetitions=REPETITIONS):
    """Coverage of the band over the whole curve, and the pointwise coverage at each of 40 times."""
    rng = generator("incidence", rate, shape, futures, per_future, equal)
    grid = np.linspace(0.05, 2.0, 40)
    truth = true_incidence(rate, shape, grid)
    whole, alone = 0, np.zeros(grid.size)
    for _ in range(repetitions):
        future = np.repeat(np.arange(futures), sizes(rng, futures, per_future, equal))
        told = incidence(times_to_event(rng, rate, shape, future), future, grid)
        whole += bool(((told.band_low <= truth) & (truth <= told.band_high)).all())
        alone += (told.low <= truth) & (truth <= told.high)
    return whole / repetitions, alone / repetitions


def range_laws(law):
    """A sampler of future-level expected values, the true 5 % and 95 % points, and whether outcomes are 0/1."""
    if law == "uniform shares":
        return (lambda rng, g: rng.uniform(0.1, 0.9, g)), np.array([0.14, 0.86]), True
    if law == "even shares":
        return (lambda rng, g: rng.beta(2, 2, g)), betaincinv(2, 2, [0.05, 0.95]), True
    if law == "close shares":
        return (lambda rng, g: rng.beta(30, 70, g)), betaincinv(30, 70, [0.05, 0.95]), True
    if law == "skewed shares":
        return (lambda rng, g: rng.beta(0.2, 1.8, g)), betaincinv(0.2, 1.8, [0.05, 0.95]), True
    if law == "two kinds of shares":
        return (lambda rng, g: np.where(rng.random(g) < 0.5, 0.3, 0.7)), np.array([0.3, 0.7]), True
    if law == "one share":
        return (lambda rng, g: np.full(g, 0.3)), np.array([0.3, 0.3]), True
    if law == "normal means":
        return (lambda rng, g: 0.5 * rng.normal(size=g)), 0.5 * ndtri([0.05, 0.95]), False
    raise ValueError(law)


def outcomes(rng, expected, per_future, zero_one):
    """Rows of one experiment: values and futures."""
    future = np.repeat(np.arange(expected.size), per_future)
    if zero_one:
        return (rng.random(future.size) < expected[future]).astype(float), future
    return expected[future] + rng.normal(size=future.size), future


@cache
def ranges(law, futures, per_future, repetitions=REPETITIONS):
    """Ranges told, and the range of the very futures drawn (Hazen), in repeated experiments; the truth behind them."""
    rng = generator("range", law, futures, per_future)
    draw, truth, zero_one = range_laws(law)
    told, drawn = [], []
    for _ in range(repetitions):
        expected = draw(rng, futures)
        told.append(range_across_futures(*outcomes(rng, expected, per_future, zero_one)))
        drawn.append(np.quantile(expected, [0.05, 0.95], method="hazen"))
    return told, np.array(drawn), truth


def ends(told):
    """The low and high ends as an array, shape (repetitions, 2)."""
    return np.array([(r.low.value, r.high.value) for r in told])


def true_share_between(law):
    """Intraclass correlation: Beta(a, b) shares 1/(a + b + 1); uniform and normal from their variances."""
    return {
        "even shares": 1 / 5,
        "close shares": 1 / 101,
        "skewed shares": 1 / 3,
        "uniform shares": (0.64 / 12) / 0.25,
        "two kinds of shares": 0.04 / 0.25,
        "one share": 0.0,
        "normal means": 0.25 / 1.25,
    }[law]


def differences(flip, futures, per_future, equal, repetitions=REPETITIONS) -> Coverage:
    """Two policies on one 0/1 measure: the second undoes the event in a share `flip` (mean) of the pairs, by future."""
    rng = generator("paired", flip, futures, per_future, equal)
    found = []
    for _ in range(repetitions):
        future = np.repeat(np.arange(futures), sizes(rng, futures, per_future, equal))
        undone = rng.random(future.size) < rng.beta(1, 1 / flip - 1, size=futures)[future]
        found.append(paired_difference(np.ones(future.size), ~undone, future).estimate)
    return coverage([e.low for e in found], [e.high for e in found], flip)


def table():
    """The measured coverage, a row an experiment, as the page on statistics shows it."""
    print("| interval | truth | futures × runs | held | above | below |\n|---|---|---|---|---|---|")

    def row(name, law, shape, c):
        print(f"| {name} | {law} | {shape} | {c.held:.3f} | {c.above:.3f} | {c.below:.3f} |")

    for law in SHARES:
        for g in (10, 30, 100):
            for equal in (True, False):
                row("share", law, f"{g} × {'50' if equal else 'up to 50'}", proportions(law, g, 50, equal))
    for law in ("normal", "exponential", "lognormal 1", "two kinds", "one in five"):
        for g in (10, 30, 100):
            row("mean", law, f"{g} × up to 50", means(law, g, 50, False))
    for q in (0.05, 0.5, 0.9):
        for g in (20, 100):
            row(f"{q:.0%} quantile", "normal futures and luck", f"{g} × up to 50", quantiles(q, 1.0, g, 50, False))
    for flip in (0.01, 0.1):
        row("paired difference", f"{flip:.0%} of pairs", "100 × up to 50", differences(flip, 100, 50, False))
    for rate, shape in ((1.0, 2.0), (0.05, 0.5)):
        for g in (20, 100):
            whole, alone = incidences(rate, shape, g, 50, True)
            held = f"{alone.min():.3f}–{alone.max():.3f}"
            print(f"| incidence, band | rate {rate}, Gamma({shape}) | {g} × 50 | {whole:.3f} | | |")
            print(f"| incidence, one of 40 times | rate {rate}, Gamma({shape}) | {g} × 50 | {held} | | |")
    for law in ("even shares", "close shares", "skewed shares", "two kinds of shares", "one share", "normal means"):
        for g in (20, 100):
            told, _, truth = ranges(law, g, 50)
            for name, found, true in (
                ("range, low end", [r.low for r in told], truth[0]),
                ("range, high end", [r.high for r in told], truth[1]),
                ("share between", [r.share_between for r in told], true_share_between(law)),
            ):
                row(name, law, f"{g} × 50", coverage([e.low for e in found], [e.high for e in found], true))


if __name__ == "__main__":
    table()
