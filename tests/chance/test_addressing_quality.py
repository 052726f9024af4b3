"""Statistical quality of addressed uniforms: neighbours in any coordinate of the address are independent.

Every score is a z; there are about 200 in this file, so |z| < 4.5 holds family-wise with probability 0.9986
under the null hypothesis, and the seeds are fixed.
"""

import numpy as np
import pytest
from scipy import stats

from escalation.chance.streams import Streams

BOUND = 4.5
LUCKS, NAMES, NUMBERS = 400, 12, 40


@pytest.fixture(scope="module")
def cube() -> np.ndarray:
    """Uniforms by (luck, stream, number): what 400 trajectories with 12 streams of 40 numbers draw."""
    names = [f"source_{i}.nis.lag" for i in range(NAMES)]
    return np.array([[draws(Streams(20241018, luck), name) for name in names] for luck in range(LUCKS)])


def draws(streams: Streams, name: str) -> list[float]:
    uniform = streams.stream(name).uniform
    return [uniform(k) for k in range(NUMBERS)]


def evenness(sample: np.ndarray) -> float:
    """The Kolmogorov-Smirnov test of uniformity, its probability turned into the z of the same two-sided size."""
    return float(stats.norm.isf(stats.kstest(sample.ravel(), "uniform").pvalue / 2.0))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """z of the mean product of centred uniforms, whose variance under independence is 1/144."""
    return float(np.mean((a - 0.5) * (b - 0.5)) * 12.0 * np.sqrt(a.size))


def spread_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """The same for squared distances from the middle: mean 1/12 and variance 1/180 each."""
    return float(np.mean(((a - 0.5) ** 2 - 1 / 12) * ((b - 0.5) ** 2 - 1 / 12)) * 180.0 * np.sqrt(a.size))


def pairs(cube: np.ndarray, axis: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    n = cube.shape[axis]
    return np.take(cube, range(n - lag), axis).ravel(), np.take(cube, range(lag, n), axis).ravel()


def test_all_uniforms_together_are_even(cube):
    """192,000 uniforms over lucks, streams and numbers have a uniform's distribution, mean and variance."""
    assert evenness(cube) < BOUND
    assert abs(cube.mean() - 0.5) * np.sqrt(12.0 * cube.size) < BOUND
    assert abs(cube.var() - 1 / 12) * np.sqrt(180.0 * cube.size) < BOUND


def test_each_stream_is_even_across_lucks_and_each_number_across_streams(cube):
    """Held at one stream or one number, what varies over the rest is uniform still."""
    scores = [evenness(cube[:, i]) for i in range(NAMES)] + [evenness(cube[:, :, k]) for k in range(NUMBERS)]
    assert max(scores) < BOUND


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("axis", [0, 1, 2], ids=["lucks", "streams", "numbers"])
def test_neighbours_are_uncorrelated(cube, axis, lag):
    """Neighbouring lucks, streams and numbers are uncorrelated in place and in spread, within a block and past it."""
    a, b = pairs(cube, axis, lag)
    assert abs(correlation(a, b)) < BOUND
    assert abs(spread_correlation(a, b)) < BOUND


def test_every_pair_of_streams_is_uncorrelated(cube):
    """All 66 pairs of streams, over lucks and numbers."""
    scores = [correlation(cube[:, i], cube[:, j]) for i in range(NAMES) for j in range(i)]
    assert np.max(np.abs(scores)) < BOUND


def test_pairs_fill_the_square(cube):
    """Pairs of neighbouring lucks, streams and numbers fall evenly over 256 cells of the unit square."""
    for axis in range(3):
        # Pairs that share no member are independent, as chi-square wants them.
        a, b = (np.take(cube, range(first, cube.shape[axis], 2), axis).ravel() for first in (0, 1))
        counts = np.histogram2d(a, b, bins=16, range=[[0, 1], [0, 1]])[0].ravel()
        assert stats.norm.isf(stats.chisquare(counts).pvalue / 2.0) < BOUND


def test_seeds_branches_and_first_numbers_are_independent():
    """The first numbers of neighbouring seeds, lucks and branches, the commonest draws of all, are uncorrelated."""
    n = 3000
    base = np.array([Streams(1, luck).stream("a.after").uniform(0) for luck in range(n + 1)])
    seeds = np.array([Streams(2, luck).stream("a.after").uniform(0) for luck in range(n)])
    branches = np.array([Streams(1, luck, 1).stream("a.after").uniform(0) for luck in range(n)])
    swapped = np.array([Streams(luck, 1).stream("a.after").uniform(0) for luck in range(n)])
    for other in (seeds, branches, swapped, base[1:]):
        assert abs(correlation(base[:n], other)) < BOUND
        assert evenness(other) < BOUND


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["lucks", "streams", "numbers"])
def test_the_scores_can_fail(cube, axis):
    """A dependence of 3 % between neighbours, of the kind these tests look for, is found along each axis."""
    a, b = pairs(cube, axis, 1)
    tied = np.where(np.arange(a.size) % 33 == 0, a, b)
    assert abs(correlation(a, tied)) > BOUND
    assert abs(spread_correlation(a, tied)) > BOUND
    assert evenness(np.where(cube < 0.03, cube + 0.5, cube)) > BOUND
