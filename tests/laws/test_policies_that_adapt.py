"""Policies that change levers, ceilings and switches on the way (`then`)."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Hazard, Periodic, Waiting
from escalation.model.trajectory import Trajectory
from tests.laws.random_sketches import CONDITIONS, sketches
from tests.laws.test_ladders import at, crisis
from tests.laws.test_what_changes_nothing import run, same
from tests.models import Sketch, fired

SETTINGS = settings(derandomize=True, deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))


def day(number: float) -> Dated:
    return Dated(f"2030-01-01 + {number!r} days")


def days_of(sketch: Sketch, rule: str, policy: str = "adapt") -> list[float]:
    trajectory = sketch.run(policy=policy, record=True, verify=True)
    assert trajectory.failure is None, trajectory.failure
    return [time for time, name in fired(trajectory) if name == rule]


def on_day(number: int) -> str:
    return f"2030-01-01 + {number} days"


# ---------------------------------------------------------------------- when, and how often


def test_an_entry_fires_once():
    """A condition that becomes true again sets nothing again."""
    sketch = Sketch(days=50, up=False, x=0.0).lever(pace="1").then("adapt", "up", pace=2.0)
    for number in (10, 30):
        sketch.event(f"rise{number}", day(number), {"up": "true"}).event(
            f"fall{number}", day(number + 5), {"up": "false"}
        )
    assert days_of(sketch, "adapt.then.0") == [10]


def test_an_entry_waits_for_its_condition_to_last():
    """`for: 7 days` begins anew with each rise, as it does for any rule."""
    sketch = Sketch(days=50, up=False).lever(pace="1").then("adapt", "up", "", "7 days", pace=2.0)
    sketch.event("rise", day(10), {"up": "true"}).event("fall", day(12), {"up": "false"}).event(
        "rise_again", day(20), {"up": "true"}
    )
    assert days_of(sketch, "adapt.then.0") == [27]


def test_a_dated_entry_comes_before_whatever_the_calendar_brings_that_day():
    """A date and a calendar event of one instant: the event reads what the policy has set."""
    sketch = Sketch(days=50, x=0.0).lever(pace="1").event("a", day(10), {"x": "pace"}).measure("x", "final", "x")
    sketch.then("adapt", "", on_day(10), pace=5.0)
    assert sketch.run(policy="adapt").measures["x"] == 5.0


def test_a_change_is_in_force_for_a_decision_of_the_same_instant(actor):
    """A condition that becomes true on day 10 shuts the gate of a decision that is due on day 10."""
    sketch = crisis(actor=actor, decide="10 days").lever(open="true").measure("d", "final", "level(seoul.decided)")
    sketch.ladders["seoul"][0]["arms"] |= {"when": "true", "gates": {"law": "open"}}
    at(sketch, calm_10=True).then("adapt", "calm", open=False)
    assert days_of(sketch, "seoul.arms.decide", "base") == [10]
    assert days_of(sketch, "seoul.arms.decide") == []


def test_the_later_of_two_entries_of_one_instant_wins():
    """Entries are carried out in the order in which they are written, the eleventh after the second."""
    sketch = Sketch(days=20, x=0.0).lever(pace="1").measure("pace", "final", "pace")
    for number in range(11):
        sketch.then("adapt", "", on_day(5), pace=float(number))
    assert sketch.run(policy="adapt").measures["pace"] == 10.0


@pytest.fixture(params=[None, "kim"], ids=["nobody's", "an actor's"])
def actor(request):
    return request.param


# ---------------------------------------------------------------------- who is concerned


def test_an_entry_of_one_policy_never_fires_under_another():
    """All policies share one model, and an entry is armed by its own policy alone."""
    sketch = Sketch(days=20, x=0.0).lever(pace="1").policy("other", pace=3.0).then("adapt", "true", pace=2.0)
    sketch.measure("pace", "final", "pace")
    assert [sketch.run(policy=name).measures["pace"] for name in ("base", "other", "adapt")] == [1.0, 3.0, 2.0]


@SETTINGS
@given(sketches(), st.sampled_from(CONDITIONS[:11]), st.booleans())
def test_a_policy_that_adapts_changes_no_other(sketch, condition, dated):
    """On random models `base` fires as without a `then` that sets a lever, a ceiling and every switch (law 16)."""
    plain = sketch.scenario()
    switches = {f"e{number}__active": False for number in range(6)}
    switches |= {"seoul__arms__active": False, "seoul__kit__law__active": False, "seen__spy__active": False}
    when, date = ("", on_day(9)) if dated else (condition, "")
    sketch.then("adapt", when, date, push=0.5, seoul__ceiling=1, **switches)
    for luck in (0, 1):
        same(told(run(plain, luck)), told(run(sketch.scenario(), luck)))


def told(trajectory: Trajectory) -> Trajectory:
    """Without what the build keeps for a condition of its own (`e0#count`)."""

    def kept(names: tuple) -> tuple:
        return tuple(item for item in names if "#" not in (item if isinstance(item, str) else item[0]))

    log = tuple(
        replace(each, changed=kept(each.changed), enabled=kept(each.enabled), disabled=kept(each.disabled))
        for each in trajectory.log
        if "#" not in each.rule
    )
    return replace(trajectory, log=log)


@SETTINGS
@given(sketches(), st.sampled_from(CONDITIONS[:11]))
def test_every_rule_hears_of_a_change(sketch, condition):
    """On random models: after a change no rule was forgotten, off and on again (law 7)."""
    off = {f"e{number}__active": False for number in range(6)} | {"seen__sat__active": False, "seoul__ceiling": 0}
    on = {name: True for name in off} | {"seoul__ceiling": 2}
    sketch.then("adapt", condition, push=0.5, **off).then("adapt", "", on_day(20), push=2.5, **on)
    for luck in (0, 1):
        sketch.run(luck, "adapt", verify=True)


def test_a_lever_never_changed_costs_no_variable():
    """Only what some `then` sets becomes a variable."""
    sketch = Sketch(days=20, x=0.0).lever(pace="1", other="2").then("adapt", "true", pace=2.0)
    names = {item.name for item in sketch.model().variables}
    assert "pace" in names
    assert "other" not in names


# ---------------------------------------------------------------------- clocks that run


def test_a_wait_that_has_begun_keeps_its_length():
    """`for: patience` is fixed at the edge (law 9): the change counts from the next edge on."""
    sketch = Sketch(days=90, up=True).lever(patience="14 days").event("a", Edge("up", "patience"), {})
    sketch.event("fall", day(20), {"up": "false"}).event("rise", day(21), {"up": "true"})
    sketch.then("adapt", "", on_day(10), patience=40.0 * DAY)
    assert days_of(sketch, "a") == [14, 61]


def test_a_hazard_keeps_what_it_has_spent_when_its_lever_changes():
    """Half spent at one pace and half at twice the pace (law 11)."""
    sketch = Sketch(days=900).lever(pace="1").event("a", Hazard("pace / 10 days", "true"), {})
    (first, *_) = days_of(sketch, "a", "base")
    turn = int(first) - 1
    sketch.then("adapt", "", on_day(turn), pace=2.0)
    assert days_of(sketch, "a")[0] == pytest.approx(turn + (first - turn) / 2, abs=1e-7)


def test_a_gate_that_a_lever_opens_lets_the_clock_go_on():
    """Ten days of twenty are run when a lever shuts the gate; it opens again forty days later."""
    sketch = crisis(decide="20 days", gates={"law": "open"}).lever(open="true")
    sketch.ladders["seoul"][0]["arms"]["when"] = "true"
    sketch.then("adapt", "", on_day(10), open=False).then("adapt", "", on_day(50), open=True)
    assert days_of(sketch, "seoul.arms.decide") == [60]


# ---------------------------------------------------------------------- ceilings and rungs (ladder law 4)


@pytest.mark.parametrize("forbid", [{"seoul__ceiling": 1}, {"seoul__arms__active": False}])
def test_what_forbids_a_pending_rung_withdraws_it_in_the_same_firing(forbid, actor):
    """Pending since day 10, withdrawn on day 20, and its decision never made."""
    sketch = at(crisis(actor=actor, decide="15 days"), need_10=True).measure("p", "final", "level(seoul.pending)")
    sketch.measure("at_20", "series", "level(seoul.pending)", every=20 * DAY).then("adapt", "", on_day(20), **forbid)
    assert days_of(sketch, "seoul.arms.decide") == []
    assert sketch.run(policy="adapt").series["at_20"] == (1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    assert sketch.run(policy="base").series["at_20"] == (1.0, 2.0, 2.0, 2.0, 2.0, 2.0)


def test_a_ceiling_lowered_below_what_is_decided_brings_nothing_down():
    """What is decided stays decided."""
    sketch = at(crisis(), need_10=True).measure("d", "final", "level(seoul.decided)")
    assert sketch.then("adapt", "", on_day(20), seoul__ceiling=0).run(policy="adapt").measures["d"] == 2.0


def test_a_ceiling_raised_makes_the_rung_eligible_and_for_begins_then():
    """Held at kit until day 40: `for: 7 days` counts from the day on which the ceiling rises."""
    sketch = at(crisis(lasting="7 days"), need_10=True).policy("adapt", seoul__ceiling=1)
    sketch.then("adapt", "", on_day(40), seoul__ceiling=2)
    assert days_of(sketch, "seoul.arms.pending") == [47]


def test_after_a_withdrawal_by_the_ceiling_for_starts_anew():
    """Pending on day 17, withdrawn on day 20, allowed again on day 30, pending on day 37."""
    sketch = at(crisis(lasting="7 days", decide="30 days"), need_10=True)
    sketch.then("adapt", "", on_day(20), seoul__ceiling=1).then("adapt", "", on_day(30), seoul__ceiling=2)
    assert days_of(sketch, "seoul.arms.pending") == [17, 37]


def test_a_ceiling_does_not_hold_a_delivery():
    """Decided on day 10, delivered on day 40, though the ceiling fell between."""
    sketch = at(crisis(deliver="30 days"), need_10=True).then("adapt", "", on_day(20), seoul__ceiling=0)
    assert days_of(sketch, "seoul.arms.deliver") == [40]


# ---------------------------------------------------------------------- switches


CLOCKS = {
    "a date": day(15),
    "a period": Periodic("15 days"),
    "a delay that runs": Edge("true", "0 days", "15 days"),
    "for that lasts": Edge("true", "15 days"),
    "a level": Waiting("true", "15 days"),
}


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=CLOCKS)
def test_what_is_switched_off_does_not_fire(clock):
    """Due on day 15 and switched off on day 10."""
    sketch = Sketch(days=30).event("a", clock, {}).then("adapt", "", on_day(10), a__active=False)
    assert days_of(sketch, "a", "base")[0] == 15
    assert days_of(sketch, "a") == []


AGAIN = {
    "a date that passed": (day(15), []),
    "a date to come": (day(25), [25]),
    "a period": (Periodic("15 days"), [35, 50]),
    "a delay": (Edge("true", "0 days", "15 days"), [35]),
    "for": (Edge("true", "15 days"), [35]),
    "a level that forgets": (Waiting("true", "15 days"), [35, 50]),
    "a level that resumes": (Waiting("true", "15 days", "resume"), [25, 40]),
}


@pytest.mark.parametrize(("clock", "due"), AGAIN.values(), ids=AGAIN)
def test_switched_on_again_counts_as_becoming_true(clock, due):
    """Off from day 10 to day 20."""
    sketch = Sketch(days=50).event("a", clock, {}).then("adapt", "", on_day(10), a__active=False)
    assert days_of(sketch.then("adapt", "", on_day(20), a__active=True), "a") == due


def test_a_hazard_that_is_switched_off_loses_nothing():
    """Ten days off move its first firing by ten days."""
    sketch = Sketch(days=900).event("a", Hazard("1 / 10 days", "true"), {})
    (first, *_) = days_of(sketch, "a", "base")
    sketch.then("adapt", "", "2030-01-01 + 1 day", a__active=False).then("adapt", "", on_day(11), a__active=True)
    assert days_of(sketch, "a")[0] == pytest.approx(first + 10, abs=1e-7)


def test_a_report_in_flight_arrives_though_its_source_was_switched_off():
    """Observed on day 5, switched off on day 7, published on day 9; nothing is observed afterwards."""
    sketch = Sketch(days=30, x=4.0).reading("seen", "x", {"spy": {"every": "5 days", "lag": "4 days"}})
    sketch.then("adapt", "", on_day(7), seen__spy__active=False)
    assert days_of(sketch, "seen.spy.observe") == [5]
    assert days_of(sketch, "seen.spy.publish") == [9]


def test_a_gate_that_is_switched_off_stands_open():
    """A shut gate holds the decision until the policy does without it."""
    sketch = crisis(gates={"law": "law"}, decide="5 days")
    at(sketch, need_10=True, law_1=False).then("adapt", "", on_day(30), seoul__arms__law__active=False)
    assert days_of(sketch, "seoul.arms.decide") == [35]
