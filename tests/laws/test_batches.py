"""Delivery by batches: a share that grows by one part with each."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.model.calendar import DAY
from tests.laws.test_ladders import at, crisis, days_of
from tests.models import Sketch


def batches(number: int = 6, first: str = "20 days", every: str = "30 days", **more: object) -> Sketch:
    return at(crisis(days=300, deliver=(number, first, every), **more), need_10=True)


def test_batches_come_one_after_another():
    """Decided on day 10, the first of six comes on day 30, and then one every 30 days."""
    assert days_of(batches(), "arms.deliver") == [30, 60, 90, 120, 150, 180]


def test_the_share_grows_by_one_part_with_each_batch():
    """From nothing to a whole, a sixth at a time."""
    sketch = batches().measure("share", "series", "arms.delivered", every=30 * DAY)
    assert sketch.run().series["share"] == pytest.approx([0, *(k / 6 for k in range(1, 7)), 1, 1, 1, 1])


def test_the_rung_is_delivered_with_its_first_batch():
    """`seoul.delivered` moves with the first."""
    sketch = batches().measure("d", "first", "seoul.delivered >= arms")
    assert sketch.run().measures["d"] == 30 * DAY


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(0, 99))
def test_any_number_of_batches_makes_exactly_a_whole(number, luck):
    """However many parts, there are that many batches and the last makes the share 1, not nearly 1."""
    sketch = batches(number, "exponential(mean=2 days)", "uniform(0 days, 4 days)")
    sketch.measure("n", "count", "seoul.arms.deliver").measure("share", "final", "arms.delivered")
    assert sketch.run(luck).measures == {"n": number, "share": 1.0}


def test_each_batch_is_a_delivery():
    """`on_delivery` happens with each batch, and reads what had come before it."""
    sketch = batches(3, on_delivery={"anger": "anger + 1 + (100 if arms.delivered == 0 else 0)"}).measure(
        "anger", "series", "anger", every=30 * DAY
    )
    assert sketch.run().series["anger"][:5] == (0, 101, 102, 103, 103)


def test_a_stand_down_cancels_the_batches_still_to_come():
    """Two of six had come; the rest never does, and nothing of the rung stays in force; what they changed stays."""
    sketch = batches(down="calm", on_delivery={"anger": "anger + 1"})
    sketch.measure("share", "final", "arms.delivered").measure("anger", "final", "anger")
    sketch.measure("d", "final", "level(seoul.delivered)")
    sketch = at(sketch, need_15=False, calm_70=True)
    assert days_of(sketch, "arms.deliver") == [30, 60]
    assert sketch.run().measures == {"share": 0.0, "anger": 2.0, "d": 1.0}


def test_decided_again_delivery_begins_again():
    """After a stand-down and a new decision there is a first batch again, with all its parts."""
    sketch = at(batches(2, down="calm"), need_15=False, calm_40=True, calm_41=False, need_100=True)
    assert days_of(sketch, "arms.deliver") == [30, 120, 150]


def test_several_rungs_deliver_side_by_side():
    """Kit in three batches from day 0, arms in two from day 10, each on its own clock."""
    low = {"when": "true", "deliver": (3, "20 days", "20 days")}
    sketch = at(crisis(days=100, low=low, deliver=(2, "5 days", "30 days")), need_10=True)
    assert days_of(sketch, "kit.deliver") == [20, 40, 60]
    assert days_of(sketch, "arms.deliver") == [15, 45]


def test_gates_do_not_hold_batches():
    """Law 5 of ladders holds of every batch."""
    sketch = at(batches(3, gates={"law": "law"}), law_11=False)
    assert days_of(sketch, "arms.deliver") == [30, 60, 90]


def test_each_batch_draws_its_own_wait():
    """A drawn `every` is drawn anew for each batch, from a stream of its own."""
    every = "exponential(mean=9 days)"
    times, later = (days_of(batches(6, first, every), "arms.deliver") for first in ("0 days", "uniform(1 day, 2 days)"))
    gaps = [after - before for before, after in pairwise(times)]
    assert len(set(gaps)) == 5
    assert times[0] == 10 < later[0]
    assert [after - before for before, after in pairwise(later)] == pytest.approx(gaps, abs=1e-6)
