"""Ladders: the eight lines of the language's law, each by what happens on which day."""

import pytest

from escalation.model.calendar import DAY
from escalation.model.process import Dated
from tests.models import Sketch, fired


def day(number: float) -> Dated:
    return Dated(f"2030-01-01 + {number!r} days")


def crisis(days: float = 100, *, actor: str | None = "kim", low: dict | None = None, **arms: object) -> Sketch:
    """A ladder aid – kit – arms; what is not said of a rung happens at once."""
    sketch = Sketch(days=days, need=False, law=True, calm=False, anger=0.0, drop=False)
    kit = low if low is not None else {"when": "true"}
    return sketch.ladder("seoul", {"aid": {}, "kit": kit, "arms": {"when": "need", **arms}}, actor)


def at(sketch: Sketch, **changes: object) -> Sketch:
    """Dated changes: `need_10=True` sets need on day 10."""
    for key, value in changes.items():
        name, _, number = key.rpartition("_")
        sketch.event(f"at_{number}_{name}", day(float(number)), {name: str(value).lower()})
    return sketch


def story(sketch: Sketch, *, policy: str = "base") -> list[tuple[float, str]]:
    """Firings of the ladder: (day, rung.step)."""
    trajectory = sketch.run(policy=policy, record=True, verify=True)
    assert trajectory.failure is None, trajectory.failure
    return [(time, rule.removeprefix("seoul.")) for time, rule in fired(trajectory) if rule.startswith("seoul.")]


def days_of(sketch: Sketch, step: str) -> list[float]:
    return [time for time, rule in story(sketch) if rule == step]


@pytest.fixture(params=[None, "kim"], ids=["nobody's", "an actor's"])
def actor(request):
    return request.param


# ---------------------------------------------------------------------- 1. the next rung


def test_rungs_are_climbed_one_at_a_time(actor):
    """Two rungs whose conditions hold are decided in turn, each on its own clock."""
    sketch = at(crisis(actor=actor, low={"when": "need", "lasting": "5 days"}, lasting="7 days"), need_10=True)
    assert days_of(sketch, "kit.decide") == [15]
    assert days_of(sketch, "arms.decide") == [22]


def test_when_counts_from_the_moment_the_rung_becomes_next():
    """A condition that has held for long begins to last when its rung becomes the next one."""
    sketch = crisis(low={"when": "true", "decide": "30 days"}, lasting="7 days")
    assert days_of(at(sketch, need_1=True), "arms.pending") == [37]


def test_a_ladder_may_start_above_its_lowest_rung():
    """From `starts_at` the next rung is the one above, and what lies below is delivered."""
    sketch = Sketch(days=9).measure("d", "final", "level(seoul.delivered)")
    sketch.ladder(
        "seoul", {"aid": {}, "kit": {"when": "true"}, "arms": {"when": "true", "deliver": "50 days"}}, starts_at=1
    )
    assert [rule for _, rule in story(sketch)] == ["arms.pending", "arms.decide"]
    assert sketch.run().measures["d"] == 1.0


def test_a_rung_without_a_way_up_is_never_passed():
    """A rung that says no `climb:` blocks those above."""
    assert story(at(crisis(low={}), need_1=True)) == []


# ---------------------------------------------------------------------- 2. deciding


def test_decide_runs_from_when_the_rung_becomes_pending(actor):
    """Pending on day 12, decided 21 days later."""
    sketch = at(crisis(actor=actor, lasting="2 days", decide="21 days"), need_10=True)
    assert days_of(sketch, "arms.pending") == [12]
    assert days_of(sketch, "arms.decide") == [33]


def test_a_shut_gate_stops_the_clock_and_keeps_its_age(actor):
    """Shut from day 15 to day 40, the decision comes 25 days later."""
    sketch = crisis(actor=actor, decide="21 days", gates={"law": "law"})
    assert days_of(at(sketch, need_10=True, law_15=False, law_40=True), "arms.decide") == [56]


def test_a_gate_that_was_shut_when_it_became_pending_starts_the_clock_later():
    """The delay is drawn when the rung becomes pending and runs from when the gates open."""
    sketch = crisis(decide="21 days", gates={"law": "law"})
    assert days_of(at(sketch, law_5=False, need_10=True, law_40=True), "arms.decide") == [61]


def test_every_gate_must_be_open():
    """Two gates, open by turns: the clock runs only while both are."""
    sketch = crisis(decide="10 days", gates={"law": "law", "mood": "not calm"})
    sketch = at(sketch, need_10=True, law_12=False, calm_14=True, law_16=True, calm_20=False)
    assert days_of(sketch, "arms.decide") == [28]


def test_a_gate_shut_in_the_instant_of_the_decision_holds_it(actor):
    """Law 2: at every decision all gates are open; the calendar comes before."""
    sketch = crisis(actor=actor, decide="21 days", gates={"law": "law"})
    assert days_of(at(sketch, need_10=True, law_31=False, law_50=True), "arms.decide") == [50]


def test_a_rate_may_stand_for_decide():
    """With `rate:` the decision is a hazard that keeps what it has spent while a gate is shut."""
    plain = at(crisis(days=9000, rate="1 / 50 days"), need_10=True)
    gated = at(crisis(days=9000, rate="1 / 50 days", gates={"law": "law"}), need_10=True, law_11=False, law_1000=True)
    (first,), (second,) = days_of(plain, "arms.decide"), days_of(gated, "arms.decide")
    assert first > 11
    assert second == pytest.approx(first + 989, abs=3 / DAY)


def test_without_decide_it_is_decided_at_once(actor):
    """No `decide:` and no `rate:`: pending, decided and delivered in one instant."""
    steps = [item for item in story(at(crisis(actor=actor), need_10=True)) if "arms" in item[1]]
    assert steps == [(10, "arms.pending"), (10, "arms.decide"), (10, "arms.deliver")]


# ---------------------------------------------------------------------- 3. withdrawing


def test_pending_is_withdrawn_when_the_condition_has_been_false_long_enough(actor):
    """False from day 20 for `withdraw_after: 5 days`: withdrawn on day 25."""
    sketch = at(crisis(actor=actor, decide="50 days", withdraw_after="5 days"), need_10=True, need_20=False)
    assert days_of(sketch, "arms.withdraw") == [25]
    assert days_of(sketch, "arms.decide") == []


def test_a_short_dip_does_not_withdraw_and_loses_nothing():
    """False for four days of five: the decision comes when it would have come."""
    sketch = crisis(decide="50 days", withdraw_after="5 days")
    sketch = at(sketch, need_10=True, need_20=False, need_24=True)
    assert days_of(sketch, "arms.withdraw") == []
    assert days_of(sketch, "arms.decide") == [60]


def test_a_gate_never_withdraws():
    """A gate shut to the end leaves the rung pending."""
    sketch = crisis(decide="50 days", gates={"law": "law"}).measure("p", "final", "level(seoul.pending)")
    assert at(sketch, need_10=True, law_20=False).run().measures["p"] == 2.0


def test_after_a_withdrawal_for_starts_anew():
    """`for: 7 days` counts again from the next rise, and the delay is drawn again."""
    sketch = crisis(days=300, lasting="7 days", decide="50 days", withdraw_after="5 days")
    sketch = at(sketch, need_10=True, need_20=False, need_60=True)
    assert days_of(sketch, "arms.pending") == [17, 67]
    assert days_of(sketch, "arms.decide") == [117]


def test_withdrawal_and_decision_in_one_instant_withdraw():
    """What has lasted comes before choices: a withdrawal due with an actor's decision wins."""
    sketch = at(crisis(decide="15 days", withdraw_after="5 days"), need_10=True, need_20=False)
    assert days_of(sketch, "arms.decide") == []


# ---------------------------------------------------------------------- 4. ceilings


def test_a_ceiling_below_a_rung_keeps_it_from_becoming_pending():
    """`set: {seoul.ceiling: kit}` holds the line at kit."""
    sketch = at(crisis().policy("hold", seoul__ceiling=1), need_10=True)
    assert [rule for _, rule in story(sketch, policy="hold")] == ["kit.pending", "kit.decide", "kit.deliver"]
    assert (10, "arms.decide") in story(sketch, policy="base")


def test_a_ceiling_below_what_is_decided_brings_nothing_down():
    """A ladder that starts above its ceiling stays there."""
    sketch = Sketch(days=9).measure("d", "final", "level(seoul.decided)").policy("hold", seoul__ceiling=0)
    sketch.ladder("seoul", {"aid": {}, "kit": {"when": "true"}, "arms": {"when": "true"}}, starts_at=1)
    assert sketch.run(policy="hold").measures["d"] == 1.0


# ---------------------------------------------------------------------- 5. delivering


def test_gates_do_not_hold_delivery():
    """Decided on day 10 and delivered on day 40, whatever the gate does between."""
    sketch = at(crisis(deliver="30 days", gates={"law": "law"}), need_10=True, law_11=False)
    assert days_of(sketch, "arms.deliver") == [40]


def test_each_rung_has_its_own_share_delivered():
    """A share is nothing before its delivery and one after, and the ladder's `delivered` is the highest rung there."""
    sketch = at(crisis(low={"when": "true", "deliver": "20 days"}, deliver="5 days"), need_10=True)
    sketch.measure("kit", "series", "kit.delivered", every=DAY).measure(
        "all", "series", "level(seoul.delivered)", every=DAY
    )
    series = sketch.run().series
    assert series["kit"] == (0.0,) * 20 + (1.0,) * 81
    assert series["all"] == (0.0,) * 15 + (2.0,) * 86


def test_a_stand_down_cancels_a_delivery():
    """Stood down before it was there, it never comes."""
    sketch = at(crisis(deliver="30 days", down="calm"), need_10=True, need_15=False, calm_20=True)
    assert days_of(sketch, "arms.stand_down") == [20]
    assert days_of(sketch, "arms.deliver") == []


# ---------------------------------------------------------------------- 6. standing down


def test_a_stand_down_lowers_by_one(actor):
    """From arms to kit and no further, though the condition still holds: kit has no stand-down of its own."""
    sketch = crisis(actor=actor, down="calm").measure("d", "final", "level(seoul.decided)")
    sketch = at(sketch, need_10=True, need_15=False, calm_20=True)
    assert days_of(sketch, "arms.stand_down") == [20]
    assert sketch.run().measures["d"] == 1.0


def test_the_stand_down_clock_waits_for_the_rung_s_own_condition_to_fall():
    """`for: 10 days` of calm counts only from day 40, when the need is over."""
    sketch = crisis(down="calm", down_lasting="10 days")
    assert days_of(at(sketch, need_10=True, calm_20=True, need_40=False), "arms.stand_down") == [50]


def test_a_need_that_returns_stops_the_stand_down():
    """The clock is stopped by the rung's own condition, in `for:` and in `after:`."""
    for delays in ({"down_lasting": "10 days"}, {"down_after": "10 days"}):
        sketch = crisis(down="calm", **delays)
        assert days_of(at(sketch, need_10=True, calm_20=True, need_40=False, need_45=True), "arms.stand_down") == []


def test_a_stand_down_cancels_what_is_pending_above():
    """Arms pending with its gate shut: kit's stand-down takes it back, and its `for` starts anew."""
    low = {"when": "not drop", "down": "calm"}
    sketch = crisis(low=low, gates={"law": "law"}, decide="5 days").measure("p", "final", "level(seoul.pending)")
    sketch = at(sketch, law_1=False, need_10=True, drop_15=True, calm_20=True)
    assert days_of(sketch, "kit.stand_down") == [20]
    assert sketch.run().measures["p"] == 0.0


def test_after_a_stand_down_the_rung_can_be_climbed_again():
    """It is the next rung again, and its condition counts from then."""
    sketch = crisis(lasting="7 days", deliver="1 day", down="calm").measure("d", "final", "arms.delivered")
    sketch = at(sketch, need_10=True, need_20=False, calm_25=True, calm_26=False, need_30=True)
    assert days_of(sketch, "arms.decide") == [17, 37]
    assert days_of(sketch, "arms.deliver") == [18, 38]
    assert sketch.run().measures["d"] == 1.0


# ---------------------------------------------------------------------- 7 and 8. effects and names


def test_effects_of_decision_delivery_and_stand_down_happen_with_them():
    """`on_decision`, `on_delivery` and `on_stand_down` are effects of those firings."""
    more = {
        f"on_{what}": {"anger": f"anger + {size}"}
        for what, size in (("decision", 1), ("delivery", 10), ("stand_down", 100))
    }
    sketch = crisis(deliver="5 days", down="calm", **more).measure("anger", "series", "anger", every=5 * DAY)
    sketch = at(sketch, need_10=True, need_20=False, calm_30=True)
    assert sketch.run().series["anger"][:7] == (0.0, 0.0, 1.0, 11.0, 11.0, 11.0, 111.0)


def test_effects_read_the_state_before_the_decision():
    """An effect block is atomic: it still sees the rung below."""
    sketch = crisis(on_decision={"anger": "level(seoul.decided) * 10 + level(seoul.pending)"}).measure(
        "a", "final", "anger"
    )
    assert at(sketch, need_10=True).run().measures["a"] == 12.0


def test_rules_of_a_ladder_have_fixed_names_that_can_be_counted():
    """`count(seoul.arms.decide)` and a measure of it count decisions."""
    sketch = (
        crisis(down="calm").measure("n", "count", "seoul.arms.decide").measure("m", "final", "count(seoul.arms.decide)")
    )
    sketch = at(sketch, need_10=True, need_20=False, calm_25=True, calm_26=False, need_30=True)
    assert sketch.run().measures == {"n": 2.0, "m": 2.0}


def test_a_gate_or_rung_that_a_policy_switches_off():
    """A gate switched off stands open; a rung switched off is not climbed."""
    sketch = crisis(gates={"law": "law"}).policy("open", **{"seoul__arms__law__active": False})
    sketch = at(sketch.policy("never", **{"seoul__arms__active": False}), law_1=False, need_10=True)
    assert (10, "arms.decide") in story(sketch, policy="open")
    assert "arms.decide" not in dict(map(reversed, story(sketch, policy="base")))
    assert "arms.pending" not in dict(map(reversed, story(sketch, policy="never")))


def test_two_ladders_of_one_instant_are_simultaneous():
    """Decisions of two actors due together both read the state before either."""
    sketch = Sketch(days=20, a=1.0, b=2.0).measure("a", "final", "a").measure("b", "final", "b")
    for name, target, source in (("seoul", "a", "b"), ("moscow", "b", "a")):
        rungs = {
            f"{name}_low": {},
            f"{name}_high": {"when": "true", "decide": "5 days", "on_decision": {target: source}},
        }
        sketch.ladder(name, rungs, name)
    assert sketch.run().measures == {"a": 2.0, "b": 1.0}
