import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, quantile_test

from escalation.statistics.quantile import order_statistics, quantile
from tests.statistics.nested_experiments import quantiles


@pytest.mark.parametrize("q", [0.05, 0.5, 0.9])
def test_the_interval_of_a_quantile_holds_it_95_times_in_100(q):
    """Over 100 futures × 50 the coverage lies inside the 99.9 % binomial band, on both sides."""
    assert quantiles(q, 0.5, 100, 50, True).keeps_its_word


def test_failed_trajectories_do_not_spoil_the_interval():
    """With unequal futures the coverage lies inside the band, on both sides."""
    assert quantiles(0.5, 0.5, 100, 50, False).keeps_its_word


@pytest.mark.parametrize(("q", "futures"), [(0.5, 10), (0.5, 20), (0.9, 30), (0.05, 20)])
def test_with_few_futures_the_interval_promises_no_more_than_it_keeps(q, futures):
    """With 10 to 30 futures that differ much, the lower side only: whole ranks of few futures are conservative."""
    assert quantiles(q, 1.0, futures, 50, False).promises_no_more


def test_independent_trajectories_get_the_exact_order_statistics():
    """With one trajectory a future the ends are those of SciPy's binomial quantile test."""
    values = np.random.default_rng(4).normal(size=101)
    told = quantile(values, np.arange(101), 0.3)
    exact = quantile_test(values, p=0.3).confidence_interval(0.95)
    assert (told.low, told.high) == (exact.low, exact.high)


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 300), st.floats(0.01, 0.99))
def test_the_ranks_are_the_closest_that_keep_the_level(size, q):
    """Each rank misses with probability at most 2.5 %, and the next one inwards would not."""
    first, last = order_statistics(size, q, 0.95)
    if first is not None:
        assert binom.cdf(first - 1, size, q) <= 0.025 + 1e-9
    if last is not None:
        assert binom.sf(last - 1, size, q) <= 0.025 + 1e-9
    inwards = (first or 0) + 1
    assert inwards > size or binom.cdf(inwards - 1, size, q) > 0.025 - 1e-9


def test_a_rare_quantile_of_few_futures_has_no_lower_end():
    """Ten futures that move as one each cannot bound the 5 % point from below; they say so."""
    futures = np.repeat(np.arange(10), 50)
    told = quantile(futures.astype(float), futures, 0.05)
    assert told.low is None
    assert told.high is not None
    assert "too few" in told.reason


def test_never_may_be_a_quantile():
    """An infinite time (it never came) takes its place in the order: the median may be never."""
    times = np.where(np.arange(200) % 3 == 0, 5.0, np.inf)
    told = quantile(times, np.arange(200), 0.5)
    assert told.value == np.inf
    assert told.high == np.inf


def test_missing_values_are_refused():
    """NaN has no place in an order: the row is named."""
    with pytest.raises(ValueError, match="row 0 is nan"):
        quantile([np.nan, 1.0], [0, 1], 0.5)


def test_a_quantile_is_asked_inside_0_and_1():
    """q = 1 is refused."""
    with pytest.raises(ValueError, match="q must"):
        quantile([1.0, 2.0], [0, 1], 1.0)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 9)), min_size=2, max_size=80), st.floats(0.05, 0.95))
def test_a_rising_transform_moves_value_and_ends_with_it(rows, q):
    """The quantile of exp(x/10) is exp of the quantile of x/10, ends too; and low ≤ value ≤ high."""
    values, futures = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    told, moved = quantile(values, futures, q), quantile(np.exp(values / 10), futures, q)
    for before, after in [(told.value, moved.value), (told.low, moved.low), (told.high, moved.high)]:
        assert (before is None and after is None) or after == np.exp(np.float64(before) / 10)
    assert told.low is None or told.low <= told.value
    assert told.high is None or told.value <= told.high
