"""The medoid stands in the middle, by a distance that is known by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.statistics.medoid import Feature, gower, medoid

NUMBERS = st.lists(st.integers(0, 1_000), min_size=1, max_size=12)


def test_a_distance_is_the_mean_of_its_features() -> None:
    """Numbers count by the share of their scale, words by being the same or not: (0.25 + 1) / 2 and (0.75 + 0) / 2."""
    numbers = Feature(np.array([0.0, 1.0, 3.0]), 4.0)
    words = Feature(np.array([0.0, 2.0, 0.0]))
    assert gower([numbers, words]).tolist() == [[0, 0.625, 0.375], [0.625, 0, 0.75], [0.375, 0.75, 0]]


def test_a_blank_is_far_from_any_value_and_near_another_blank() -> None:
    """A blank differs by 1 from a value and by 0 from a blank."""
    distances = gower([Feature(np.array([np.nan, np.nan, 5.0]), 10.0)])
    assert distances.tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


def test_a_feature_that_never_varies_tells_nothing() -> None:
    """With a feature of scale 0 beside it a distance stays what it was; with that alone all are 0."""
    same, other = Feature(np.array([7.0, 7.0]), 0.0), Feature(np.array([0.0, 1.0]), 2.0)
    assert gower([same, other]).tolist() == gower([other]).tolist()
    assert gower([same]).tolist() == [[0, 0], [0, 0]]


def test_the_first_of_equals_is_the_medoid() -> None:
    """Of two members with the same sum the first is taken, also when adding rounds one of the sums."""
    assert medoid(np.array([[0.0, 1.0], [1.0, 0.0]])) == 0
    assert medoid(np.array([[0.1 + 0.2, 0.0], [0.3, 0.0]])) == 0


@given(NUMBERS)
@settings(derandomize=True, deadline=None)
def test_on_a_line_the_medoid_is_a_median(values: list[int]) -> None:
    """The number with the least total distance to the others is a median of them (Laplace)."""
    numbers = np.array(values, dtype=float)
    middle = values[medoid(gower([Feature(numbers, 1_000.0)]))]
    low, high = sorted(values)[(len(values) - 1) // 2], sorted(values)[len(values) // 2]
    assert low <= middle <= high


def test_a_distance_without_a_feature_is_refused() -> None:
    """There is no distance over nothing."""
    with pytest.raises(ValueError, match="at least one feature"):
        gower([])
