"""Ladders whose rungs may be skipped, law by law."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.test_ladders import at, day, days_of, story
from tests.models import Sketch


@pytest.fixture(params=[None, "kim"], ids=["nobody's", "an actor's"])
def actor(request):
    return request.param


def shock(kit: dict | None = None, arms: dict | None = None, *, starts_at: int = 0, **more) -> Sketch:
    """A ladder aid – kit – arms with skip: `low` calls for kit, `high` for arms."""
    sketch = Sketch(days=100, low=False, high=False, law=True, calm=False, anger=0.0)
    rungs = {"aid": {}, "kit": {"when": "low", **(kit or {})}, "arms": {"when": "high", **(arms or {})}}
    sketch.measure("decided", "final", "level(seoul.decided)").measure("kit", "max", "kit.delivered")
    return sketch.ladder("seoul", rungs, starts_at=starts_at, skip=True, **more)


def test_a_rung_may_be_skipped(actor):
    """Only the upper one's condition holds, and it is decided at once."""
    sketch = at(shock(actor=actor), high_10=True)
    assert story(sketch) == [(10, "arms.pending"), (10, "arms.decide"), (10, "arms.deliver")]


def test_every_rung_above_is_watched_by_itself(actor):
    """Law 1: each `for` counts from its own rise, not from when the rung becomes the next."""
    sketch = shock({"lasting": "5 days"}, {"lasting": "20 days"}, actor=actor)
    sketch = at(sketch, low_10=True, high_10=True)
    assert days_of(sketch, "kit.decide") == [15]
    assert days_of(sketch, "arms.decide") == [30]


def test_of_two_that_have_lasted_in_one_instant_the_higher_becomes_pending(actor):
    """Neither the names nor a decision at once let the lower one through first."""
    for top in ("arms", "zeal"):
        sketch = Sketch(days=50, low=False, high=False)
        sketch.ladder("seoul", {"aid": {}, "kit": {"when": "low"}, top: {"when": "high"}}, actor, skip=True)
        sketch.event("both", day(10), {"low": "true", "high": "true"})
        assert [step for _, step in story(sketch)] == [f"{top}.pending", f"{top}.decide", f"{top}.deliver"]


def test_a_higher_rung_takes_the_place_of_one_that_is_pending(actor):
    """Kit's decision was to come on day 30; on day 20 arms becomes pending, and kit is never decided."""
    sketch = shock({"decide": "20 days"}, {"decide": "20 days"}, actor=actor)
    sketch = at(sketch, low_10=True, high_20=True)
    assert days_of(sketch, "kit.decide") == []
    assert days_of(sketch, "arms.decide") == [40]


def test_a_lower_rung_does_not_take_the_place_of_a_higher(actor):
    """While arms is pending kit is not considered."""
    sketch = shock(arms={"decide": "20 days"}, actor=actor)
    assert [step for _, step in story(at(sketch, high_10=True, low_20=True))][:2] == ["arms.pending", "arms.decide"]


def test_after_a_withdrawal_every_for_starts_anew(actor):
    """Law 3: arms is withdrawn on day 25; kit, called for all along, has its four days counted from then."""
    kit, arms = {"lasting": "4 days"}, {"decide": "50 days", "withdraw_after": "5 days"}
    sketch = at(shock(kit, arms, actor=actor), high_10=True, low_12=True, high_20=False)
    assert days_of(sketch, "arms.withdraw") == [25]
    assert days_of(sketch, "kit.pending") == [29]


def test_gates_are_those_of_the_rung_that_is_pending(actor):
    """Law 2: a gate of the skipped rung holds nothing; a gate of the pending one stops its clock."""
    sketch = shock({"gates": {"law": "law"}}, {"decide": "10 days", "gates": {"calm": "not calm"}}, actor=actor)
    sketch = at(sketch, law_1=False, high_10=True, calm_15=True, calm_30=False)
    assert days_of(sketch, "arms.decide") == [35]


def test_nothing_happens_of_a_skipped_rung(actor):
    """Its `on_decision` and its delivery do not happen, although `decided` is now at least that rung."""
    effects = {"on_decision": {"anger": "anger + 1"}, "on_delivery": {"anger": "anger + 10"}}
    sketch = at(shock(effects, {"deliver": "9 days"}, actor=actor), high_10=True).measure("anger", "final", "anger")
    assert sketch.run().measures == {"decided": 2, "kit": 0, "anger": 0}


def test_a_stand_down_leads_to_the_rung_that_was_decided_below(actor):
    """Kit was skipped, so from arms it is back to aid; kit can then be climbed."""
    sketch = shock(arms={"down": "calm"}, actor=actor).measure("back", "min", "level(seoul.decided)", during=(1, 10**9))
    sketch = at(sketch, high_10=True, high_20=False, calm_30=True, low_50=True)
    steps = story(sketch)
    assert [step for step in steps if step[0] >= 30] == [
        (30, "arms.stand_down"), (50, "kit.pending"), (50, "kit.decide"), (50, "kit.deliver"),
    ]  # fmt: skip
    assert sketch.run().measures["decided"] == 1


def test_a_stand_down_leads_to_a_rung_that_was_not_skipped(actor):
    """Climbed one by one, it goes down one by one, and what kit delivered stays."""
    sketch = at(shock(arms={"down": "calm"}, actor=actor), low_5=True, high_10=True, high_20=False, calm_30=True)
    sketch.measure("share", "final", "kit.delivered")
    assert sketch.run().measures == {"decided": 1, "kit": 1, "share": 1}


def test_a_ceiling_holds_the_rungs_above_it(actor):
    """Law 4: with a ceiling of kit, arms is not watched; kit is."""
    sketch = shock(actor=actor).policy("hold", seoul__ceiling=1)
    sketch = at(sketch, high_10=True, low_20=True)
    assert [step for _, step in story(sketch, policy="hold")] == ["kit.pending", "kit.decide", "kit.deliver"]


def test_a_ladder_that_starts_above_its_lowest_rung_may_stand_down_from_there(actor):
    """The rung in force at the start counts as decided, and as delivered."""
    sketch = shock({"down": "calm"}, actor=actor, starts_at=1)
    assert at(sketch, calm_10=True).run().measures["decided"] == 0


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 60), min_size=4, max_size=4), st.integers(0, 9))
def test_where_conditions_come_in_order_skipping_changes_nothing(days, luck):
    """If each rung is decided before the next is called for, a ladder that may skip moves as one that may not."""
    first, second = sorted(days[:2])
    texts = {"decide": "uniform(0 days, 1 day)", "deliver": "exponential(mean=5 days)", "down": "calm"}
    stories = []
    for skip in (False, True):
        sketch = Sketch(days=100, low=False, high=False, calm=False)
        rungs = {"aid": {}, "kit": {"when": "low", **texts}, "arms": {"when": "high", **texts}}
        sketch.ladder("seoul", rungs, "kim", skip=skip)
        sketch = at(sketch, **{f"low_{first}": True, f"high_{second + 2}": True})
        sketch = at(sketch, high_70=False, low_71=False, calm_80=True)
        log = sketch.run(luck, record=True).log
        stories.append([(f.time, f.rule, [c for c in f.changed if "#" not in c[0]]) for f in log])
    assert stories[0] == stories[1]
