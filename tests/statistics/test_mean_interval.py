import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from escalation.statistics.clusters import degrees_of_freedom
from escalation.statistics.mean import mean
from tests.statistics.nested_experiments import means

LAWS = ["normal", "exponential", "lognormal 0.5", "lognormal 1", "two kinds"]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("equal", [True, False], ids=["equal", "unequal"])
def test_the_interval_of_a_mean_holds_it_95_times_in_100(law, equal):
    """Over 100 futures × 50 the coverage lies inside the 99.9 % binomial band, on both sides."""
    assert means(law, 100, 50, equal).keeps_its_word


@pytest.mark.parametrize("law", ["normal", "exponential", "lognormal 0.5", "two kinds"])
@pytest.mark.parametrize("futures", [10, 20, 30])
@pytest.mark.parametrize("equal", [True, False], ids=["equal", "unequal"])
def test_with_few_futures_the_interval_promises_no_more_than_it_keeps(law, futures, equal):
    """With 10 to 30 futures, skewed ones too, only the lower side is checked: the wider of two intervals is told."""
    assert means(law, futures, 50, equal).promises_no_more


def test_symmetric_futures_get_the_interval_of_student():
    """With equal sizes and no skewness the ends are SciPy's t interval of the future means."""
    effects = np.array([-3.0, -1.0, 0.0, 1.0, 3.0, 0.0])
    told = mean(np.add.outer(effects, [-0.5, 0.5]).ravel(), np.repeat(np.arange(6), 2))
    student = ttest_1samp(effects, 0.0).confidence_interval(0.95)
    assert (told.low, told.high) == pytest.approx((student.low, student.high), abs=1e-9)


def test_a_long_tail_stretches_the_interval_on_its_side():
    """Where a few futures lie far above, the upper end is further from the mean than the lower, and than Student's."""
    effects = np.append(np.zeros(18), [1.0, 10.0])
    told = mean(effects, np.arange(20))
    student = ttest_1samp(effects, 0.0).confidence_interval(0.95)
    assert told.high > student.high
    assert told.low == pytest.approx(student.low)


def test_degrees_of_freedom_are_those_of_the_quadratic_form():
    """The closed form equals tr(A)²/tr(A²) of the G × G matrix, and G − 1 for equal weights."""
    w = np.random.default_rng(3).dirichlet(np.ones(9))
    residual = np.eye(9) - np.outer(np.ones(9), w)
    a = residual.T @ np.diag(w**2 / (1 - w)) @ residual
    assert degrees_of_freedom(w) == pytest.approx(np.trace(a) ** 2 / np.trace(a @ a))
    assert degrees_of_freedom(np.full(12, 1 / 12)) == pytest.approx(11)


def test_all_equal_values_say_that_no_spread_was_seen():
    """A constant measure has an interval of no width and the reason beside it."""
    told = mean(np.full(100, 0.1), np.repeat(np.arange(10), 10))
    assert (told.value, told.low, told.high) == (0.1, 0.1, 0.1)
    assert "no spread" in told.reason


def test_a_single_future_has_no_interval():
    """One future gives its mean, no ends and the reason."""
    told = mean([1.0, 3.0], ["f", "f"])
    assert (told.value, told.low, told.high, told.n) == (2.0, None, None, 2)
    assert told.reason


def test_infinite_values_are_refused():
    """A mean of an infinity is no number: the row is named."""
    with pytest.raises(ValueError, match="row 1 is inf"):
        mean([1.0, np.inf], [0, 1])


numbers = st.lists(
    st.tuples(st.floats(-1e3, 1e3).map(lambda x: round(x, 3)), st.integers(0, 7)), min_size=2, max_size=60
).filter(lambda rows: len({future for _, future in rows}) > 1)


@settings(derandomize=True, deadline=None)
@given(numbers, st.sampled_from([-3.0, 0.5, 20.0]), st.sampled_from([-7.0, 0.0, 100.0]))
def test_changing_the_unit_changes_nothing_else(rows, factor, offset):
    """The estimate of a·x + b is a times the estimate plus b, ends swapped for a negative a."""
    values, futures = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    told, moved = mean(values, futures), mean(factor * values + offset, futures)
    ends = sorted((factor * told.low + offset, factor * told.high + offset))
    assert [moved.low, moved.high] == pytest.approx(ends, rel=1e-6, abs=1e-4)
    assert told.low <= told.value <= told.high
