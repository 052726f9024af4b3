import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from escalation.statistics.proportion import proportion
from tests.statistics.nested_experiments import SHARES, proportions

RARE = ("rare: Beta(1, 99)", "all 1 %")


@pytest.mark.parametrize(
    ("effect", "equal"), [(e, equal) for e in SHARES for equal in (True, False) if equal or e not in RARE]
)
def test_the_interval_of_a_share_holds_it_95_times_in_100(effect, equal):
    """Over 100 futures × 50, wherever 30 futures or more show the event, the band is met on both sides."""
    assert proportions(effect, 100, 50, equal).keeps_its_word


@pytest.mark.parametrize("effect", SHARES)
@pytest.mark.parametrize("futures", [10, 20, 30, 100])
@pytest.mark.parametrize("equal", [True, False], ids=["equal", "unequal"])
def test_where_few_futures_show_the_event_the_interval_promises_no_more_than_it_keeps(effect, futures, equal):
    """With few futures, or few that show the event, only the lower side of the band: there it is wide on purpose."""
    assert proportions(effect, futures, 50, equal).promises_no_more


@pytest.mark.nightly
@pytest.mark.parametrize("effect", SHARES)
@pytest.mark.parametrize("equal", [True, False], ids=["equal", "unequal"])
def test_over_many_repetitions_the_coverage_is_within_a_hundredth(effect, equal):
    """20,000 repetitions of 100 futures × 50 show a coverage between 0.94 and 0.96 (standard error 0.0015)."""
    assert 0.94 <= proportions(effect, 100, 50, equal, 20_000).held <= 0.96


@pytest.mark.parametrize("effect", ["even: Beta(2, 2)", "all 30 %"])
def test_one_trajectory_a_future_is_the_independent_case(effect):
    """With K = 1 the coverage lies inside the band on both sides."""
    assert proportions(effect, 200, 1, True).keeps_its_word


def test_ignoring_the_futures_would_fail_the_band():
    """The band can fail: the same experiments with every trajectory called a future of its own cover far too seldom."""
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        counts = rng.binomial(50, rng.beta(2, 2, size=100)).sum()
        low, high = binomtest(int(counts), 5000).proportion_ci(method="wilson")
        held += low <= 0.5 <= high
    assert held / 200 < 0.7


def test_independent_trajectories_get_the_interval_of_wilson():
    """With one trajectory a future the ends are SciPy's Wilson interval."""
    values = np.arange(100) < 10
    told = proportion(values, np.arange(100))
    wilson = binomtest(10, 100).proportion_ci(method="wilson")
    assert (told.low, told.high) == pytest.approx(tuple(wilson), abs=1e-12)


@pytest.mark.parametrize("always", [False, True])
def test_never_and_always_leave_room_for_the_other(always):
    """At 0 % and 100 % the interval has the width that so many *futures*, not trajectories, allow."""
    told = proportion(np.full(1000, always), np.repeat(np.arange(20), 50))
    wilson = binomtest(20 * always, 20).proportion_ci(method="wilson")
    assert (told.low, told.high) == pytest.approx(tuple(wilson), abs=1e-12)
    assert told.value == always


def test_futures_that_move_as_one_count_as_one():
    """When every future is all yes or all no, fifty trajectories tell no more than one."""
    futures = np.repeat(np.arange(40), 50)
    told = proportion(futures % 4 == 0, futures)
    wilson = binomtest(10, 40).proportion_ci(method="wilson")
    assert (told.low, told.high) == pytest.approx(tuple(wilson), abs=1e-12)


def test_one_event_in_ten_thousand_is_less_sure_than_textbooks_say():
    """One future that shows the event tells little of how events cluster: the interval is wider than if none did."""
    values = np.zeros(10_000)
    values[0] = 1
    told = proportion(values, np.repeat(np.arange(200), 50))
    naive = binomtest(1, 10_000).proportion_ci(method="wilson")
    nothing = proportion(np.zeros(10_000), np.repeat(np.arange(200), 50))
    assert naive.high < told.high < nothing.high + 0.01
    assert told.low > 0


def test_a_single_future_has_no_interval():
    """One future gives its share, no ends and the reason."""
    told = proportion([1, 0, 1, 1], [7, 7, 7, 7])
    assert (told.value, told.low, told.high, told.futures) == (0.75, None, None, 1)
    assert "single future" in told.reason


def test_no_trajectory_gives_no_number():
    """An empty table is told as NaN with the reason, not as an error or a zero."""
    told = proportion([], [])
    assert np.isnan(told.value)
    assert not told.bounded
    assert told.reason == "no trajectory to estimate from"


@pytest.mark.parametrize(
    ("values", "futures", "message"),
    [
        ([0.0, 0.5], [1, 2], "0 or 1"),
        ([0.0, np.nan], [1, 2], "row 1 is nan"),
        ([0.0, 1.0], [1], "one length"),
    ],
)
def test_what_is_no_share_is_refused(values, futures, message):
    """Values that are not 0 or 1, missing values and columns of two lengths are errors that say so."""
    with pytest.raises(ValueError, match=message):
        proportion(values, futures)


def test_a_level_outside_0_and_1_is_refused():
    """95 is not a level, 0.95 is."""
    with pytest.raises(ValueError, match="level"):
        proportion([1, 0], [1, 2], level=95)


tables = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=60).filter(
    lambda rows: len({future for _, future in rows}) > 1
)


@settings(derandomize=True, deadline=None)
@given(tables)
def test_every_interval_lies_in_0_1_holds_its_value_and_has_width(rows):
    """0 ≤ low ≤ value ≤ high ≤ 1 and low < high, whatever the table."""
    told = proportion(*zip(*rows, strict=True))
    assert 0 <= told.low <= told.value <= told.high <= 1
    assert told.low < told.high


@settings(derandomize=True, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_order_and_names_of_rows_do_not_matter(rows, random):
    """Shuffled rows and renamed futures give the same estimate."""
    told = proportion(*zip(*rows, strict=True))
    shuffled = [(value, f"future {9 - future}") for value, future in rows]
    random.shuffle(shuffled)
    again = proportion(*zip(*shuffled, strict=True))
    assert (again.value, again.low, again.high) == pytest.approx((told.value, told.low, told.high), abs=1e-12)


@settings(derandomize=True, deadline=None)
@given(tables)
def test_the_share_without_mirrors_the_share_with(rows):
    """The interval of the complement is the mirrored interval."""
    values, futures = zip(*rows, strict=True)
    told, mirror = proportion(values, futures), proportion([not v for v in values], futures)
    assert (mirror.low, mirror.high) == pytest.approx((1 - told.high, 1 - told.low), abs=1e-12)
