from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.statistics.confidence_sequence import RESERVES, Bets, before_any, confidence_sequence
from tests.statistics.repeated_looks import (
    LOOKS,
    LOWEST,
    PER_FUTURE,
    by_betting,
    differences_of,
    peeking,
    share_means,
    skewed_times,
    watched,
)

WIDEST = 2.0
"""How many times 1.96 standard errors the half-width may be, once bounds no longer decide it."""


@pytest.mark.parametrize("law", ["even: Beta(2, 2)", "skewed: Beta(0.2, 1.8)"])
def test_a_share_is_held_at_every_look(law):
    """Eight looks, 1,000 experiments: at least as often as nominal less the band; from 160 futures on not twice too
    wide."""
    means, truth = share_means(law)
    told = watched(by_betting(means), means, truth)
    assert told.promises_no_more
    assert (told.wide[LOOKS.index(160) :] <= WIDEST).all()


def test_a_skewed_time_is_held_at_every_look():
    """A time in a window, lognormal and cut at its end: the lower side of the band; narrow once futures are many."""
    means, truth = skewed_times()
    told = watched(by_betting(means), means, truth)
    assert told.promises_no_more
    assert told.wide[-1] <= WIDEST


def test_a_paired_difference_is_held_at_every_look():
    """Differences in −1 to 1 where 10 % of pairs differ: the lower side of the band; narrow once futures are many."""
    means, truth = differences_of(0.1)
    told = watched(by_betting(means, -1.0, 1.0), means, truth)
    assert told.promises_no_more
    assert told.wide[-1] <= WIDEST


def test_the_interval_of_one_look_fails_when_looked_at_each_time():
    """The control: the interval that a report tells beside it leaves the band, so the band can be left."""
    means, truth = share_means("even: Beta(2, 2)")
    assert watched(peeking(means, True), means, truth).always < LOWEST


@pytest.mark.parametrize("factor", [0.97, 1.03])
def test_a_mean_that_is_three_percent_wrong_is_excluded_in_the_end(factor):
    """20,480 futures of even shares: each of 40 experiments refutes a share that is 3 % too low or too high."""
    rng = np.random.default_rng(97)
    shares = rng.binomial(PER_FUTURE, rng.beta(2, 2, size=(40, 20_480)))
    low, high = before_any(0.0, 1.0, PER_FUTURE, (40,)).plus(shares, PER_FUTURE).ends(0.95)
    assert ((low > 0.5 * factor) | (high < 0.5 * factor)).all()


def seen(sums, counts, per_future=4, low=0.0, high=1.0) -> Bets:
    return before_any(low, high, per_future).plus(np.asarray(sums, float), np.asarray(counts, float))


def ends(bets, level=0.95):
    return [float(end) for end in bets.ends(level)]


def fortune(m, sums, counts, per_future):
    """The gamblers' fortune against a mean that is too low, multiplied out future by future as it is defined."""
    alone = np.ones(RESERVES.size)
    for total, count in zip(sums, counts, strict=True):
        alone *= 1 + (total - m * count) / per_future / (m + RESERVES)
    return alone.mean()


def test_the_ends_are_where_the_gamblers_have_made_their_fortune():
    """Multiplied out one future at a time, missing trajectories too: just below the low end the fortune is more than
    2/α, just above it less; the high end is the low one of the opposite."""
    rng = np.random.default_rng(3)
    counts = rng.integers(1, 5, size=60)
    sums = rng.binomial(counts, 0.7).astype(float)
    low, high = ends(seen(sums, counts))
    assert fortune(low - 1e-9, sums, counts, 4) > 40 > fortune(low + 1e-9, sums, counts, 4)
    opposite = counts - sums
    assert fortune(1 - high - 1e-9, opposite, counts, 4) > 40 > fortune(1 - high + 1e-9, opposite, counts, 4)


@pytest.mark.parametrize("m", [0.2, 0.5, 0.85])
def test_nobody_wins_on_average_against_the_true_mean(m):
    """Over every course of three futures of which some miss trajectories, weighted by its probability, each
    gambler's fortune has expectation 1: what Ville's inequality rests on."""
    values = ((0.0, 4, (1 - m) / 2), (4.0, 4, m / 2), (0.0, 1, (1 - m) / 2), (1.0, 1, m / 2))
    total = 0.0
    for course in product(values, repeat=3):
        sums, counts, chance = zip(*course, strict=True)
        total += float(np.prod(chance)) * fortune(m, sums, counts, 4)
    assert total == pytest.approx(1.0, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30), st.randoms())
@settings(derandomize=True, deadline=None)
def test_neither_the_order_of_futures_nor_the_looks_at_them_matter(pairs, random):
    """All at once, one by one, or shuffled: the same interval, with the mean inside it and both inside the bounds."""
    counts = [max(each) for each in pairs]
    sums = [min(each) for each in pairs]
    once = ends(seen(sums, counts))
    one_by_one = before_any(0.0, 1.0, 4)
    for total, count in zip(sums, counts, strict=True):
        one_by_one = one_by_one.plus([float(total)], [float(count)])
    mixed = list(zip(sums, counts, strict=True))
    random.shuffle(mixed)
    assert ends(one_by_one) == pytest.approx(once, abs=1e-9)
    assert ends(seen(*zip(*mixed, strict=True))) == pytest.approx(once, abs=1e-9)
    assert 0.0 <= once[0] <= once[1] <= 1.0
    if sum(counts):
        assert once[0] <= sum(sums) / sum(counts) <= once[1]


def test_a_change_of_unit_changes_only_the_unit():
    """Values in −1 to 1 as shares of their range, or a window in days: the same interval in another unit."""
    rng = np.random.default_rng(11)
    shares = rng.random((50, 4)).sum(1)
    plain = ends(seen(shares, np.full(50, 4.0)))
    days = ends(seen(shares * 90 - 4 * 30, np.full(50, 4.0), low=-30.0, high=60.0))
    assert days == pytest.approx([each * 90 - 30 for each in plain], abs=1e-9)


def test_more_trajectories_in_a_future_without_luck_tell_nothing_more():
    """A future is one unit: fifty equal trajectories are worth one."""
    one = confidence_sequence([0.0, 1.0, 1.0, 0.0] * 20, np.ones(80), 1, 0.0, 1.0)
    fifty = confidence_sequence([0.0, 50.0, 50.0, 0.0] * 20, np.full(80, 50.0), 50, 0.0, 1.0)
    assert (fifty.low, fifty.high) == pytest.approx((one.low, one.high))
    assert (one.n, fifty.n, one.futures, fifty.futures) == (80, 4000, 80, 80)


def test_before_the_first_future_all_that_is_possible_is_possible():
    """Nothing seen: the bounds, and the reason."""
    told = confidence_sequence([], [], 50, 0.0, 30.0)
    assert (told.low, told.high, told.n, told.futures) == (0.0, 30.0, 0, 0)
    assert np.isnan(told.value)
    assert told.reason == "nothing was seen: the interval is all that is possible"


def test_a_future_whose_trajectories_all_failed_tells_nothing():
    """It changes neither the interval nor the number of futures."""
    without = confidence_sequence([1.0, 2.0], [4, 4], 4, 0.0, 1.0)
    with_one = confidence_sequence([1.0, 0.0, 2.0], [4, 0, 4], 4, 0.0, 1.0)
    assert without == with_one


def test_never_in_200_futures_has_a_high_end_and_a_low_end_of_nothing():
    """No event: from 0 to what the most daring gambler allows, (12 · 40)^(1/200) − 1 or less."""
    told = confidence_sequence(np.zeros(200), np.full(200, 50.0), 50, 0.0, 1.0)
    assert told.low == 0.0
    assert 0.0 < told.high <= 1 - 480 ** (-1 / 200) + 1e-9


def test_a_mean_outside_its_bounds_is_refused():
    """Bounds that do not hold would make the interval a lie."""
    with pytest.raises(ValueError, match="outside 0 to 1"):
        confidence_sequence([4.1], [4], 4, 0.0, 1.0)
    with pytest.raises(ValueError, match="outside 0 to 1"):
        confidence_sequence([-0.1], [4], 4, 0.0, 1.0)


def test_bounds_that_bound_nothing_are_refused():
    """Endless or turned round, or a future of more trajectories than it has."""
    for low, high in ((0.0, float("inf")), (1.0, 1.0), (float("nan"), 1.0)):
        with pytest.raises(ValueError, match="two finite bounds"):
            before_any(low, high, 50)
    with pytest.raises(ValueError, match="a future has 4 trajectories, not 5"):
        seen([1.0], [5])
    with pytest.raises(ValueError, match="at least one trajectory"):
        before_any(0.0, 1.0, 0)
