"""Beliefs by actor: the same reports, combined by each in its own way (`believed`)."""

from dataclasses import replace

import pytest

from escalation.model.calendar import DAY
from escalation.model.scenario import Belief
from tests.laws.test_what_changes_nothing import same
from tests.models import Sketch

NOISY = {"every": "exponential(mean=4 days)", "lag": "uniform(0 days, 3 days)", "error": "lognormal(median=1, sigma=1)"}
WAYS = (("latest", 1), ("median", 1), ("mean", 1), ("max", 1), ("agreed", 2))
BELIEVED = (*(Belief(f"actor_{how}", how, agreed) for how, agreed in WAYS), Belief("fan", "source", 1, "hur"))


def walk(combine: str = "latest", agreed: int = 1, initial: str = "", believed: tuple[Belief, ...] = ()) -> Sketch:
    """A truth that rises, and three sources of noise."""
    sketch = Sketch(days=80, x=1.0).reading(
        "seen", "x + 1", {"nis": NOISY, "hur": NOISY, "sat": NOISY}, initial, combine, agreed, believed
    )
    return sketch.measure("seen", "series", "seen", every=DAY)


@pytest.mark.parametrize("initial", ["", "3"])
@pytest.mark.parametrize(("how", "agreed"), WAYS)
def test_a_belief_is_what_the_reading_would_be_if_all_combined_so(how, agreed, initial):
    """Actor by actor equal to a model whose common reading is combined that way, in every week and before the first."""
    common = walk(how, agreed, initial).run().series["seen"]
    apart = walk("latest", 1, initial, BELIEVED).measure("own", "series", f"seen.actor_{how}", every=DAY).run()
    assert apart.series["own"] == common
    assert len(set(common)) > 5


@pytest.mark.parametrize("initial", ["", "3"])
def test_whoever_trusts_one_source_believes_what_it_said_last(initial):
    """The source's last value, and the first reading before it."""
    sketch = walk(initial=initial, believed=BELIEVED).measure("fan", "series", "seen.fan", every=DAY)
    sketch.measure("hur", "series", "seen.hur", every=DAY).measure("known", "series", "seen.fan.known", every=DAY)
    series = sketch.run().series
    first = 3.0 if initial else None
    assert series["fan"] == tuple(first if value is None else value for value in series["hur"])
    assert series["known"] == tuple(bool(initial) or value is not None for value in series["hur"])


def test_a_belief_has_an_age():
    """The age of a belief is that of the observation it rests on: a source that looked on day 5, asked on day 8."""
    from tests.laws.test_reports_in_flight import day

    sketch = Sketch(days=9, x=1.0, old=0.0).reading(
        "seen",
        "x",
        {"nis": {"every": "5 days"}, "hur": {"every": "7 days"}},
        believed=(Belief("fan", "source", 1, "nis"),),
    )
    sketch.event("ask", day(8), {"old": "seen.fan.age / 1 day"}).measure("old", "final", "old")
    assert sketch.run().measures["old"] == 3.0


def test_a_belief_that_is_added_changes_nothing_else():
    """No firing, draw or measure of the model without it (law 16)."""
    plain = walk().run(record=True)
    for believed in (BELIEVED[:1], BELIEVED):
        told = walk(believed=believed).run(record=True)
        mine = {f"seen.{belief.actor}" for belief in believed}
        log = tuple(
            replace(each, changed=tuple(change for change in each.changed if not change[0].startswith(tuple(mine))))
            for each in told.log
        )
        same(plain, replace(told, log=log))


def test_a_condition_on_a_belief_that_nobody_has_reported_is_false():
    """`agreed(2)` is unknown after one report; a condition on it and its contrary are false until the second."""
    reports = {"nis": {"every": "5 days"}, "hur": {"every": "9 days"}}
    sketch = Sketch(days=20, x=7.0).reading("seen", "x", reports, believed=(Belief("kim", "agreed", 2),))
    sketch.measure("yes", "first", "seen.kim >= 7").measure("no", "first", "not (seen.kim >= 9)")
    sketch.measure("first", "first", "seen >= 7")
    measures = sketch.run().measures
    assert [measures[name] / DAY for name in ("first", "yes", "no")] == [5.0, 9.0, 9.0]
