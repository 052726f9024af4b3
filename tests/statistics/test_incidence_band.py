import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.statistics.incidence import incidence
from escalation.statistics.proportion import proportion
from tests.statistics.nested_experiments import HIGHEST, LOWEST, incidences


@pytest.mark.parametrize(("rate", "shape"), [(1.0, 2.0), (0.05, 0.5)], ids=["common", "rare"])
def test_the_band_holds_the_whole_curve_95_times_in_100(rate, shape):
    """100 futures × 50: the band holds all of the curve inside the 99.9 % binomial band, on both sides."""
    whole, _ = incidences(rate, shape, 100, 50, True)
    assert LOWEST <= whole <= HIGHEST


@pytest.mark.parametrize("futures", [20, pytest.param(100, marks=pytest.mark.nightly)])
def test_a_time_alone_is_held_and_the_band_holds_them_all(futures):
    """With failed trajectories, at each of 40 times and over the curve: the lower side, as few early events are told
    wide.

    The 40 times are looked at together: each may miss by z = 4 of 1,000 repetitions.
    """
    whole, alone = incidences(0.3, 2.0, futures, 50, False)
    assert whole >= LOWEST
    assert alone.min() >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / 1000)


@pytest.mark.nightly
@pytest.mark.parametrize("rate", [1.0, 0.05])
@pytest.mark.parametrize("shape", [None, 2.0, 0.5])
@pytest.mark.parametrize("futures", [10, 20, 30])
def test_with_few_futures_the_band_promises_no_more_than_it_keeps(rate, shape, futures):
    """10 to 30 futures, the lower side of the band."""
    whole, _ = incidences(rate, shape, futures, 50, False)
    assert whole >= LOWEST


def test_incidence_is_the_share_at_or_before_each_time():
    """Events at a grid time count at it; those that never came count nowhere."""
    told = incidence([1.0, 2.0, 2.5, np.nan, np.inf], [1, 1, 2, 2, 3], [0.5, 1.0, 2.0, 3.0])
    assert told.value == pytest.approx([0, 0.2, 0.4, 0.6])
    assert (told.never, told.n, told.futures) == (2, 5, 3)


def test_a_time_alone_has_the_interval_of_a_share():
    """At the end of the grid the pointwise interval is that of the proportion of trajectories where it came."""
    rng = np.random.default_rng(7)
    futures = np.repeat(np.arange(30), 20)
    times = rng.exponential(size=600) / rng.gamma(2, 0.5, size=30)[futures]
    told = incidence(times, futures, [1.0, 2.0]).at(1)
    share = proportion(times <= 2.0, futures)
    assert (told.value, told.low, told.high) == pytest.approx((share.value, share.low, share.high))


def test_one_time_needs_no_wider_band():
    """A grid of a single time makes a band no wider than multipliers of 1,000 draws stray from the normal quantile."""
    futures = np.repeat(np.arange(200), 20)
    times = np.random.default_rng(8).exponential(size=4000)
    assert incidence(times, futures, [1.0]).critical == pytest.approx(1.96, abs=0.15)


def test_what_never_came_still_has_a_band():
    """An event that never came has incidence 0 with room above; one that always came at once has 1 with room below."""
    futures = np.repeat(np.arange(10), 5)
    never = incidence(np.full(50, np.nan), futures, [1.0, 2.0])
    always = incidence(np.zeros(50), futures, [1.0, 2.0])
    assert (never.band_low == 0).all()
    assert (never.band_high > 0.2).all()
    assert (always.band_high == 1).all()
    assert (always.band_low < 0.8).all()


def test_a_single_future_has_no_band():
    """One future: the curve, no bounds, the reason, at each time too."""
    told = incidence([1.0, np.nan], [1, 1], [0.5, 1.5])
    assert told.value == pytest.approx([0, 0.5])
    assert told.band_low is None
    assert told.low is None
    assert told.at(1).low is None
    assert "single future" in told.at(1).reason


def test_no_trajectory_has_no_curve():
    """An empty table gives NaN at every time, and the reason."""
    told = incidence([], [], [1.0])
    assert np.isnan(told.value).all()
    assert told.reason == "no trajectory to estimate from"


def test_the_same_table_gives_the_same_band():
    """The multipliers have a fixed seed: twice the same."""
    rng = np.random.default_rng(9)
    table = rng.exponential(size=300), np.repeat(np.arange(15), 20), np.linspace(0.1, 2, 20)
    assert (incidence(*table).band_high == incidence(*table).band_high).all()


@pytest.mark.parametrize("grid", [[2.0, 1.0], [], [[1.0]], [np.inf]])
def test_a_grid_ascends(grid):
    """A grid that does not ascend, is empty, no column or infinite is refused."""
    with pytest.raises(ValueError, match="ascend"):
        incidence([1.0, 2.0], [1, 2], grid)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 5)), min_size=2, max_size=50))
def test_the_band_never_falls_and_holds_the_interval_which_holds_the_value(rows):
    """0 ≤ band low ≤ low ≤ value ≤ high ≤ band high ≤ 1, and both ends of the band rise with time."""
    times, futures = zip(*rows, strict=True)
    told = incidence(times, futures, np.linspace(0.5, 9.5, 10))
    if told.futures == 1:
        return
    slack = 1e-12
    for lower, upper in [
        (0, told.band_low),
        (told.band_low, told.low),
        (told.low, told.value),
        (told.value, told.high),
        (told.high, told.band_high),
        (told.band_high, 1),
    ]:
        assert (np.asarray(lower) <= np.asarray(upper) + slack).all()
    assert (np.diff(told.band_low) >= 0).all()
    assert (np.diff(told.band_high) >= 0).all()
