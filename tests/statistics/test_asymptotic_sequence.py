import numpy as np
import pytest

from escalation.statistics.asymptotic_sequence import FEWEST, asymptotic_ends, asymptotic_sequence, spent
from escalation.statistics.mean import NO_SPREAD
from tests.statistics.repeated_looks import LOWEST, by_limit, lognormal_means, peeking, watched

WIDEST = 2.75
"""How many times 1.96 standard errors the half-width may be at the first look, where Hall's correction is largest."""


@pytest.mark.parametrize("sigma", [0.5, 1.0])
def test_a_skewed_mean_without_bounds_is_held_at_every_look(sigma):
    """Lognormal futures, seven looks from 40 futures on: at least as often as nominal less the band, and not absurdly
    wide."""
    means, truth = lognormal_means(sigma)
    told = watched(by_limit(means), means, truth)
    assert told.promises_no_more
    assert told.wide[0] <= WIDEST
    assert told.wide[-1] <= 2.0


def test_the_interval_of_one_look_fails_when_looked_at_each_time():
    """The control: looked at each time, the interval for one look leaves the band."""
    means, truth = lognormal_means(1.0)
    assert watched(peeking(means, False), means, truth).always < LOWEST


@pytest.mark.parametrize("factor", [0.97, 1.03])
def test_a_mean_that_is_three_percent_wrong_is_excluded_in_the_end(factor):
    """20,480 lognormal futures at the eleventh look: each of 40 experiments refutes a mean that is 3 % off."""
    rng = np.random.default_rng(98)
    means = np.exp(0.5 * rng.normal(size=(40, 20_480)))
    _, low, high = asymptotic_ends(means, np.ones(20_480), 10, 0.95)
    wrong = float(np.exp(0.125)) * factor
    assert ((low > wrong) | (high < wrong)).all()


def test_the_looks_share_one_error():
    """However many looks there are, what they may err sums to less than α, and to all of it in the end."""
    assert sum(spent(look, 0.95) for look in range(10_000)) == pytest.approx(0.05, rel=1e-3)
    assert spent(0, 0.9) == pytest.approx(0.05)
    with pytest.raises(ValueError, match="counted from 0"):
        spent(-1, 0.95)


def test_too_few_futures_or_no_spread_give_no_interval():
    """Below 40 futures, and where every future is alike, an interval would promise what nobody has seen."""
    few = asymptotic_sequence(np.arange(FEWEST - 1.0), np.ones(FEWEST - 1), 0)
    assert few.low is None
    assert few.reason == "an asymptotic interval needs 40 futures, and there are 39"
    alike = asymptotic_sequence(np.full(100, 150.0), np.full(100, 50.0), 0)
    assert (alike.value, alike.low, alike.reason) == (3.0, None, NO_SPREAD)
    assert np.isnan(asymptotic_sequence([], [], 0).value)


def test_the_method_says_that_it_is_asymptotic():
    """Whoever reads the interval reads what it rests on."""
    told = asymptotic_sequence(np.arange(100.0), np.ones(100), 2)
    assert told.method.startswith("asymptotic")
    assert told.low is not None
    assert told.low < told.value < told.high
