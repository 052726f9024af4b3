"""Fans from histograms: near the exact ones, and the same in whatever pieces the trajectories came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from escalation.statistics.fan import fan
from escalation.statistics.time_histogram import RELATIVE_ERROR, TimeHistogram

VALUES = st.one_of(
    st.floats(-1e12, 1e12, allow_subnormal=False), st.just(float("nan")), st.just(float("inf")), st.just(-0.0)
)
TABLES = arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=VALUES)


@settings(derandomize=True, deadline=None)
@given(TABLES)
def test_a_fan_from_a_histogram_lies_within_its_stated_error(table: np.ndarray) -> None:
    """Every line at every time; zero, infinity and what is missing are exact."""
    told, exact = TimeHistogram.of(table).fan(), fan(table)
    assert (told.present == exact.present).all()
    assert (told.missing == exact.missing).all()
    same = (told.lines == exact.lines) | (np.isnan(told.lines) & np.isnan(exact.lines))
    with np.errstate(invalid="ignore"):
        assert (same | (np.abs(told.lines - exact.lines) <= RELATIVE_ERROR * np.abs(exact.lines))).all()


@settings(derandomize=True, deadline=None)
@given(TABLES, st.data())
def test_merging_in_any_order_gives_the_same_histogram(table: np.ndarray, data: st.DataObject) -> None:
    """Each trajectory alone, put together in any order, is the whole."""
    whole = TimeHistogram.of(table)
    made = TimeHistogram.none_yet(table.shape[1])
    for row in data.draw(st.permutations(range(len(table)))):
        made.merge(TimeHistogram.of(table[row : row + 1]))
    for name in ("cells", "counts", "missing"):
        assert np.array_equal(getattr(made, name), getattr(whole, name))


@pytest.mark.parametrize("value", [1.0, 3.0, 0.24, 1500.0, -7.0, 0.0])
def test_plain_numbers_are_told_as_such(value: float) -> None:
    """A cell is told by its number of fewest digits."""
    assert set(TimeHistogram.of(np.full((5, 1), value)).fan().lines.ravel().tolist()) == {value}
