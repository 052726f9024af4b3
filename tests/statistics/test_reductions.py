"""What is left when single trajectories are gone answers as they would have, and can be merged in any grouping."""

from dataclasses import fields
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.statistics.clusters import FutureSums, by_future
from escalation.statistics.estimate import Estimate
from escalation.statistics.future_counts import FutureCounts
from escalation.statistics.future_moments import FutureMoments
from escalation.statistics.future_range import range_across_futures, range_of_futures
from escalation.statistics.incidence import happened_by, incidence, incidence_of_counts
from escalation.statistics.mean import mean
from escalation.statistics.proportion import proportion
from escalation.statistics.quantile import quantile
from escalation.statistics.quantile_sketch import RELATIVE_ERROR, QuantileSketch, cell_of

LEVEL = 0.95
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)


def nested(seed: int, futures: int = 30, per_future: int = 20, survive: float = 1.0):
    """Labels of futures, normal values of theirs, and which of them survive."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(futures), per_future)
    labels = labels[rng.random(labels.size) < survive]
    return labels, rng.standard_normal(futures)[labels] + rng.standard_normal(labels.size), rng


def moments_of(values, labels) -> FutureMoments:
    made, clusters = FutureMoments(), by_future(values, labels)
    made.add(clusters.sums(clusters.values), clusters.sizes, float(values.min()), float(values.max()))
    return made


def counts_of(values, labels) -> FutureCounts:
    made, clusters = FutureCounts(1), by_future(values, labels)
    made.add(clusters.sums(clusters.values).astype(np.int64)[None], clusters.sizes.astype(np.int64))
    return made


def sketch_of(values, labels) -> QuantileSketch:
    made = QuantileSketch()
    made.add(np.asarray(values, dtype=float), np.asarray(labels))
    return made


@pytest.mark.parametrize("survive", [1.0, 0.7])
@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_a_mean_from_moments_is_the_mean(survive: float, shift: float) -> None:
    """Value and both ends agree to eight digits of the interval's width, also where the spread is a billionth."""
    labels, values, _ = nested(1, survive=survive)
    values = np.exp(values) + shift
    told, exact = moments_of(values, labels).mean(LEVEL), mean(values, labels, LEVEL)
    width = exact.high - exact.low
    for one, other in ((told.value, exact.value), (told.low, exact.low), (told.high, exact.high)):
        assert one == pytest.approx(other, abs=max(1e-8 * width, 1e-15 * shift * 4), rel=1e-12)
    assert (told.n, told.futures, told.method) == (exact.n, exact.futures, exact.method)


def test_means_that_need_no_interval_are_told_as_such() -> None:
    """No trajectory, one future and equal values have the reasons that they have from trajectories."""
    for values, labels in (([], []), ([1.0, 2.0], [0, 0]), ([3.0] * 4, [0, 0, 1, 1])):
        made = moments_of(np.array(values), np.array(labels)) if values else FutureMoments()
        told, exact = made.mean(LEVEL), mean(values, labels, LEVEL)
        same = {field.name for field in fields(Estimate)} - ({"value"} if not values else set())
        assert {name: getattr(told, name) for name in same} == {name: getattr(exact, name) for name in same}


@pytest.mark.parametrize("survive", [1.0, 0.7])
@pytest.mark.parametrize("often", [0.0, 0.02, 0.4, 1.0])
def test_a_share_from_counts_is_the_share(survive: float, often: float) -> None:
    """Share and both ends agree to ten digits, from never to always."""
    labels, _, rng = nested(2, survive=survive)
    share = rng.beta(often + 0.01, 1.01 - often, 30)[labels] if 0 < often < 1 else often
    values = (rng.random(labels.size) < share).astype(float)
    exact = proportion(values, labels, LEVEL)
    told = [float(each[0]) for each in counts_of(values, labels).intervals(LEVEL)]
    assert told == pytest.approx([exact.value, exact.low, exact.high], rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("survive", [1.0, 0.7])
def test_incidence_from_counts_is_the_incidence(survive: float) -> None:
    """Curve, intervals and band agree to ten digits where the totals of every future are kept."""
    labels, _, rng = nested(3, survive=survive)
    times = rng.exponential(rng.gamma(2.0, 30.0, 30)[labels])
    times[times > 80] = np.nan
    grid = np.arange(0.0, 81.0, 10.0)
    clusters = by_future(np.where(np.isnan(times), inf, times), labels, allow_infinite=True)
    sums = happened_by(clusters.values, clusters.member, clusters.count, grid)
    made = FutureCounts(grid.size)
    made.add(sums.astype(np.int64), clusters.sizes.astype(np.int64))
    told, exact = incidence_of_counts(grid, made, sums, clusters.sizes, LEVEL), incidence(times, labels, grid, LEVEL)
    assert (told.n, told.futures, told.never, told.critical) == (exact.n, exact.futures, exact.never, exact.critical)
    for name in ("value", "low", "high", "band_low", "band_high"):
        assert getattr(told, name) == pytest.approx(getattr(exact, name), rel=1e-10, abs=1e-13)


def test_the_range_across_futures_from_their_totals_is_the_same_to_the_bit() -> None:
    """Of shares and of means, the range needs no more of a future than its total, size and variance inside."""
    labels, values, _ = nested(4, survive=0.8)
    for each in (values, (values > 0).astype(float)):
        gathered = by_future(each, labels)
        left = FutureSums(gathered.sums(each), gathered.sizes, gathered.variances(), gathered.zero_one)
        assert range_of_futures(left) == range_across_futures(each, labels)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.one_of(NUMBERS, st.just(inf), st.integers(-5, 5).map(float)), min_size=1, max_size=60),
       st.floats(0.01, 0.99))  # fmt: skip
def test_a_quantile_of_the_sketch_lies_within_its_stated_error(values: list[float], q: float) -> None:
    """Against the exact quantile; zero and infinity are exact."""
    labels = np.arange(len(values)) // 3
    told = sketch_of(values, labels).quantile(q, LEVEL).value
    exact = quantile(values, labels, q).value
    assert told == exact or abs(told - exact) <= RELATIVE_ERROR * abs(exact)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.integers(-300, 300), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_counts_are_told_exactly(values: list[int], q: float) -> None:
    """A cell with one value in it tells that value; whole numbers below 2⁹ have cells of their own."""
    labels = np.arange(len(values)) // 3
    assert sketch_of(values, labels).quantile(q, LEVEL).value == quantile(values, labels, q).value


@pytest.mark.parametrize("survive", [1.0, 0.6])
@pytest.mark.parametrize("q", [0.05, 0.5, 0.95])
def test_the_interval_of_a_quantile_is_that_of_the_values(survive: float, q: float) -> None:
    """Each end is at most one independent value (n / futures ranks) away, but for the cell that it stands for."""
    labels, values, _ = nested(5, futures=60, survive=survive)
    values = np.exp(values)
    told, exact = sketch_of(values, labels).quantile(q, LEVEL), quantile(values, labels, q, LEVEL)
    ordered, step = np.sort(values), -(-values.size // 60)
    for one, other in ((told.low, exact.low), (told.high, exact.high)):
        rank = int(np.searchsorted(ordered, other))
        nearest, farthest = ordered[max(rank - step, 0)], ordered[min(rank + step, values.size - 1)]
        assert nearest * (1 - RELATIVE_ERROR) <= one <= farthest * (1 + RELATIVE_ERROR)


def test_cells_ascend_with_the_values() -> None:
    """The order of cells is the order of values, across zero, the smallest doubles and the infinities."""
    values = np.array([-inf, -1e300, -2.0, -1.999, -1e-300, -5e-324, 0.0, 5e-324, 1e-300, 1.0, 1.01, 1e300, inf])
    cells = cell_of(values)
    assert (np.diff(cells) > 0).all()
    assert cells[values == 0.0] == 0
    with pytest.raises(ValueError, match="blank"):
        cell_of(np.array([np.nan]))


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 4), min_size=30, max_size=30), st.permutations(range(5)))
def test_merging_in_any_grouping_gives_the_same(seed: int, part: list[int], order: list[int]) -> None:
    """Futures dealt to five and merged in any order are, to the bit, the futures gathered at once."""
    labels, values, _ = nested(seed, survive=0.8)
    whole = [make(values, labels) for make in (moments_of, sketch_of)]
    truths = (values > 0).astype(float)
    whole.append(counts_of(truths, labels))
    made = [FutureMoments(), QuantileSketch(), FutureCounts(1)]
    for piece in order:
        here = np.array(part)[labels] == piece
        if here.any():
            for mine, more in zip(made, (moments_of(values[here], labels[here]), sketch_of(values[here], labels[here]),
                                         counts_of(truths[here], labels[here])), strict=True):  # fmt: skip
                mine.merge(more)
    for mine, other in zip(made, whole, strict=True):
        assert repr(_plain(mine)) == repr(_plain(other))


def _plain(told):
    """Fields with their arrays as bytes and their dictionaries in order."""
    return [
        sorted((key, getattr(each, "tolist", lambda each=each: each)()) for key, each in value.items())
        if isinstance(value, dict) else getattr(value, "tolist", lambda value=value: value)()
        for value in (getattr(told, field.name) for field in fields(told))
    ]  # fmt: skip
