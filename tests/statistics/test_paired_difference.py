import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.statistics.estimate import Estimate
from escalation.statistics.mean import mean
from escalation.statistics.paired import paired_difference, verdict_of
from tests.statistics.nested_experiments import differences

FUTURES = np.repeat(np.arange(40), 25)


def luck(seed):
    return np.random.default_rng(seed).normal(size=FUTURES.size)


@pytest.mark.parametrize("equal", [True, False], ids=["equal", "unequal"])
def test_the_interval_of_a_difference_holds_it_95_times_in_100(equal):
    """100 futures × 50, the second policy undoing the event in 10 % of the pairs: inside the band on both sides."""
    assert differences(0.1, 100, 50, equal).keeps_its_word


@pytest.mark.parametrize(("flip", "futures"), [(0.1, 20), (0.1, 30), (0.01, 100)])
def test_rare_differences_promise_no_more_than_they_keep(flip, futures):
    """Few futures or 1 % of the pairs: the lower side of the band."""
    assert differences(flip, futures, 50, False).promises_no_more


def test_equal_policies_are_identical():
    """Every pair equal, missing together: exactly zero, identical, whatever the direction and the size that matters."""
    x = np.where(luck(1) > 2, np.nan, luck(1))
    told = paired_difference(x, x.copy(), FUTURES, "higher", 0.1)
    assert told.verdict == "identical"
    assert (told.estimate.value, told.estimate.low, told.estimate.high, told.differing) == (0.0, 0.0, 0.0, 0)
    assert told.left_out == told.neither == int(np.isnan(x).sum()) > 0


def test_policies_in_a_single_future_can_be_identical():
    """Identity is exact, it needs no interval: one future is enough."""
    assert paired_difference([1.0, 2.0], [1.0, 2.0], [3, 3]).verdict == "identical"


def test_one_pair_in_a_thousand_is_not_identical():
    """A single differing pair ends identity."""
    x = luck(2)
    y = x.copy()
    y[17] += 1e-9
    told = paired_difference(x, y, FUTURES)
    assert told.differing == 1
    assert told.verdict == "cannot be told apart"


def test_a_partner_missing_on_one_side_is_not_identical():
    """All pairs equal, but once one policy's event never came: not identical, and the pair is counted."""
    x = luck(3)
    y = x.copy()
    y[5] = np.nan
    told = paired_difference(x, y, FUTURES)
    assert told.verdict == "cannot be told apart"
    assert (told.pairs, told.left_out, told.only_first, told.only_second, told.neither) == (999, 1, 1, 0, 0)


def test_left_out_pairs_are_counted_by_side():
    """A pair with a missing partner is left out of the mean and counted."""
    told = paired_difference([1.0, np.nan, 3.0, np.nan], [0.5, 1.0, np.nan, np.nan], [0, 1, 2, 3])
    assert (told.pairs, told.left_out) == (1, 3)
    assert (told.only_first, told.only_second, told.neither) == (1, 1, 1)
    assert told.estimate.value == 0.5


def test_without_a_single_pair_nothing_is_told_apart():
    """When no pair has both values the estimate is NaN with the reason, and there is no verdict beyond that."""
    told = paired_difference([np.nan, 1.0], [1.0, np.nan], [0, 1])
    assert told.verdict == "cannot be told apart"
    assert np.isnan(told.estimate.value)
    assert told.estimate.reason == "no pair to estimate from"


def test_events_that_never_came_under_either_policy_are_identical():
    """Missing everywhere in both: nothing differs."""
    assert paired_difference([np.nan, np.nan], [np.nan, np.nan], [0, 1]).verdict == "identical"


def test_pairing_by_luck_removes_the_luck():
    """A small effect that is lost between independent runs is told in pairs."""
    x = luck(4)
    paired = paired_difference(x + 0.02 + 0.001 * luck(5), x, FUTURES)
    independent = paired_difference(x + 0.02, luck(6), FUTURES)
    assert paired.verdict == "higher"
    assert independent.verdict == "cannot be told apart"


@pytest.mark.parametrize(
    ("low", "high", "better", "matters", "verdict"),
    [
        (1.0, 2.0, "higher", None, "better"),
        (1.0, 2.0, "lower", None, "worse"),
        (-2.0, -1.0, "higher", None, "worse"),
        (-2.0, -1.0, "lower", 0.5, "better"),
        (1.0, 2.0, "neither", None, "higher"),
        (-2.0, -1.0, "neither", None, "lower"),
        (-1.0, 2.0, "higher", 1.5, "cannot be told apart"),
        (-1.0, 1.0, "higher", 1.5, "same for our purposes"),
        (0.5, 1.0, "higher", 1.5, "same for our purposes"),
        (0.5, 1.5, "higher", 1.5, "better"),
        (0.0, 1.0, "higher", None, "cannot be told apart"),
        (None, None, "higher", 1.5, "cannot be told apart"),
    ],
)
def test_each_interval_has_its_verdict(low, high, better, matters, verdict):
    """The interval, the direction and the size that matters decide the verdict, the size first."""
    assert verdict_of(Estimate(0.0, low, high, 0.95, 10, 5, "given"), better, matters) == verdict


@pytest.mark.parametrize(("better", "matters"), [("up", None), ("higher", 0.0), ("higher", -1.0), ("higher", np.nan)])
def test_a_direction_or_size_that_means_nothing_is_refused(better, matters):
    """Directions are three words; a size that matters is positive."""
    with pytest.raises(ValueError, match=r"better|matters"):
        paired_difference([1.0], [0.0], [0], better, matters)


def test_columns_of_two_lengths_are_no_pairs():
    """Pairs need one row each."""
    with pytest.raises(ValueError, match="one length"):
        paired_difference([1.0], [0.0, 1.0], [0])


MIRROR = {"higher": "lower", "lower": "higher", "better": "worse", "worse": "better"}


@settings(derandomize=True, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 6)), min_size=1, max_size=60),
    st.sampled_from(["higher", "lower", "neither"]),
    st.sampled_from([None, 1.0]),
)
def test_swapping_the_policies_mirrors_the_verdict(rows, better, matters):
    """Second minus first has the negated estimate and the opposite verdict; the mean is that of the differences."""
    a, b, futures = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    told, swapped = (paired_difference(*pair, futures, better, matters) for pair in ((a, b), (b, a)))
    assert swapped.verdict == MIRROR.get(told.verdict, told.verdict)
    assert swapped.estimate.value == pytest.approx(-told.estimate.value)
    if told.verdict != "identical":
        assert told.estimate.low == mean(a - b, futures).low


def test_an_interval_ends_where_nothing_wider_is_possible():
    """With few futures and a skewed difference the plain interval leaves the possible; told the bound, it does not."""
    futures = np.repeat(np.arange(4), 3)
    first, second = np.zeros(12), np.where(futures == 0, 500.0, 400.0)
    plain = paired_difference(first, second, futures).estimate
    bounded = paired_difference(first, second, futures, widest=547.0).estimate
    assert plain.low < -500.0
    tight = paired_difference(first, second, futures, widest=500.0).estimate
    assert (bounded.low, tight.low) == (max(plain.low, -547.0), -500.0)
    assert (bounded.value, bounded.high) == (plain.value, plain.high)
