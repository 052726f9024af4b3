"""Order of firings, atomic effects, cascades, counts, times since, addresses, measures (laws 4 to 8, 12, 13)."""

from dataclasses import replace

import pytest

from escalation.engines.program import prepare
from escalation.engines.simpy import Simulation, simulate
from escalation.model.build import build
from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Hazard, Periodic, Phase, Waiting
from escalation.model.trajectory import Point
from tests.models import Sketch, fired


def day(number: float) -> Dated:
    return Dated(f"2030-01-01 + {number!r} days")


def test_the_order_of_an_instant_is_calendar_chance_reports_lasted_choices():
    """Everything that can be due on day 10 fires in the order of the phases, whatever the names."""
    sketch = Sketch(days=10, x=1.0).reading("seen", "x", {"spy": {"every": "10 days"}})
    sketch.event("a_choice", day(10), {}, actor="kim").event("b_lasted", Edge("true", "10 days"), {})
    sketch.event("y_chance", Waiting("true", "10 days"), {}).event("z_date", day(10), {}).event(
        "z_period", Periodic("10 days"), {}
    )
    names = [rule for _, rule in fired(sketch.run(record=True))]
    assert names == ["z_date", "z_period", "y_chance", "seen.spy.observe", "b_lasted", "a_choice"]


def test_names_are_compared_by_code_point():
    """Capitals before small letters, an underscore between, letters with accents last."""
    sketch = Sketch(days=10)
    for name in ("b", "a", "Z", "a_", "_", "aa"):
        sketch.event(name, day(5), {})
    assert [rule for _, rule in fired(sketch.run(record=True))] == ["Z", "_", "a", "a_", "aa", "b"]


def test_order_goes_before_the_name():
    """`order:` decides among rules of one phase, and never across phases."""
    sketch = Sketch(days=10).event("a", day(5), {}, order=1).event("b", day(5), {}, order=-1).event("c", day(5), {})
    sketch.event("d", Waiting("true", "5 days"), {}, order=-9)
    assert [rule for _, rule in fired(sketch.run(record=True))][:4] == ["b", "c", "a", "d"]


def test_phases_are_a_tie_break_and_not_a_pass():
    """What chance makes due in the calendar's phase of the same instant still happens, before what comes after."""
    sketch = Sketch(days=10, on=False).event("chance", Waiting("not on", "5 days"), {"on": "true"})
    sketch.event("lasted", Edge("true", "5 days"), {}).event("then", Waiting("on", "0 days"), {"on": "false"})
    assert [rule for _, rule in fired(sketch.run(record=True))][:3] == ["chance", "then", "lasted"]


def test_an_effect_block_reads_the_state_before_it():
    """Two names swap in one block."""
    sketch = Sketch(days=10, x=1.0, y=2.0).event("swap", day(5), {"x": "y", "y": "x"})
    sketch.measure("x", "final", "x").measure("y", "final", "y")
    assert sketch.run().measures == {"x": 2.0, "y": 1.0}


def test_a_draw_is_shared_by_every_effect():
    """One draw of the rule, read twice, is one number."""
    sketch = Sketch(days=10, x=0.0, y=0.0).measure("same", "final", "x == y and x > 0")
    sketch.event("e", day(5), {"x": "e.size", "y": "e.size"}, {"size": "uniform(1, 2)"})
    assert sketch.run().measures["same"] is True


def test_draws_may_read_one_another_in_any_order_of_writing():
    """A draw that reads another is realised after it."""
    sketch = Sketch(days=10, x=0.0).measure("x", "final", "x")
    sketch.event("e", day(5), {"x": "e.a"}, {"b": "uniform(1, 2)", "a": "e.b + 1"})
    scenario = sketch.scenario()
    (event,) = scenario.events
    turned = replace(scenario, events=(replace(event, draws=event.draws[::-1]),))
    results = [simulate(prepare(build(each)), Point("base", 0, 0)).measures["x"] for each in (scenario, turned)]
    assert results[0] == results[1] > 2


def test_a_cascade_past_its_bound_names_the_cycle():
    """Two rules that set each other off for ever end the trajectory with both their names, at once."""
    sketch = Sketch(days=10, on=False, go=False).event("start", day(3), {"go": "true"})
    sketch.event("ping", Waiting("go and not on", "0 days"), {"on": "true"})
    sketch.event("pong", Waiting("go and on", "0 days"), {"on": "false"})
    trajectory = sketch.run()
    assert trajectory.failure is not None
    assert trajectory.failure.time == 3 * DAY
    assert trajectory.firings == 10_001
    assert "ping → pong → ping" in trajectory.failure.message or "pong → ping → pong" in trajectory.failure.message


def test_a_runaway_rate_is_an_error_that_names_the_rule(monkeypatch):
    """More firings in one trajectory than the bound allows end it with the rule's name."""
    monkeypatch.setattr("escalation.engines.simpy.MOST_FIRINGS", 1_000)
    failure = Sketch(days=10).event("e", Hazard("1_000 / 1 day", "true"), {}).run().failure
    assert failure is not None
    assert (failure.rule, failure.message) == ("e", "more than 1,000 firings in one trajectory")


def test_a_period_of_nothing_is_a_cascade():
    """`every: 0 days` is found out in its first instant."""
    failure = Sketch(days=10).event("e", Periodic("0 days"), {}).run().failure
    assert failure is not None
    assert (failure.rule, failure.time) == ("e", 0)


def test_ten_thousand_firings_in_one_instant_are_allowed():
    """The bound is on more than 10,000."""
    sketch = Sketch(days=10, n=0.0).event("e", Waiting("n < 10000", "0 days"), {"n": "n + 1"})
    trajectory = sketch.run()
    assert (trajectory.firings, trajectory.failure) == (10_000, None)


@pytest.mark.parametrize(("value", "word"), [("x / 0", "infinite"), ("0 * x / 0", "not a number"), ("11", "range")])
def test_a_value_that_may_not_be_stored_fails_with_rule_and_name(value, word):
    """Infinite, not a number, or out of its range: the rule, the name, the instant; nothing is clamped."""
    sketch = Sketch(days=10, x=1.0)
    sketch.ranges["x"] = ("0", "10")
    failure = sketch.event("e", day(5), {"x": value}).run().failure
    assert failure is not None
    assert (failure.rule, failure.time) == ("e", 5 * DAY)
    assert word in failure.message
    assert "x" in failure.message


def test_the_bounds_of_a_range_are_inside():
    """A value at either end of its range is kept."""
    sketch = Sketch(days=10, x=1.0).event("a", day(5), {"x": "10"}).event("b", day(6), {"x": "0"})
    sketch.ranges["x"] = ("0", "10")
    assert sketch.run().failure is None


def test_infinities_inside_an_expression_are_allowed():
    """What is compared or clipped away again need not be finite."""
    sketch = Sketch(days=10, x=1.0).event("e", day(5), {"x": "min(x / 0, 7)"}).measure("x", "final", "x")
    assert sketch.run().measures["x"] == 7.0


def test_a_first_value_out_of_range_fails_at_the_start():
    """A trajectory whose start is impossible fails before anything happens, and raises nothing."""
    sketch = Sketch(days=10, x=11.0)
    sketch.ranges["x"] = ("0", "10")
    trajectory = sketch.run()
    assert trajectory.failure is not None
    assert trajectory.failure.time == 0


@pytest.mark.parametrize("place", ["uncertainty", "after", "effect", "draw", "choice"])
def test_parameters_that_make_no_sense_fail_with_the_rule_that_draws(place):
    """A lognormal of negative sigma ends that trajectory; it names the rule whose draw it is."""
    bad, sketch = "lognormal(median=1, sigma=x - 2)", Sketch(days=10, x=1.0, y=0.0, on=False)
    sketch.event("other", day(5), {"on": "true"})
    if place == "uncertainty":
        sketch.uncertain(u="lognormal(median=1, sigma=v)", v="0 - uniform(1, 2)")
    elif place == "after":
        sketch.event("e", Waiting("on", "lognormal(median=1 day, sigma=x - 2)"), {})
    elif place == "effect":
        sketch.event("e", Waiting("on", "0 days"), {"y": bad})
    elif place == "draw":
        sketch.event("e", Waiting("on", "0 days"), {"y": "e.d"}, {"d": bad})
    else:
        sketch.event("a", Edge("on", "0 days"), {}, actor="x").event("e", Edge("on", "0 days"), {"y": bad}, actor="y")
    failure = sketch.run().failure
    assert failure is not None
    assert failure.rule == ("the start" if place == "uncertainty" else "e")


@pytest.mark.parametrize(
    "clock",
    [
        Edge("x > 1", "1 day"),
        Edge("true", "0 days", after="9 days", unless="x > 1"),
        Edge("x < 2", "0 days", after="9 days", reversible=True),
        Waiting("x > 1", "1 day"),
        Hazard("x / 100 days", "true"),
        Periodic("1 day", condition="x > 1"),
    ],
)
def test_a_rule_that_was_not_looked_at_is_found_out(clock):
    """With `verify`, a firing that forgets to tell a rule of what changed stops the run and names the rule."""
    sketch = Sketch(days=10, x=1.0).event("e", clock, {}).event("set", day(5), {"x": "2"})
    program = prepare(sketch.model())
    program.readers.clear()
    with pytest.raises(AssertionError, match="e should have been looked at"):
        simulate(program, Point("base", 0, 3), verify=True)


# ---------------------------------------------------------------------- since and count


def test_count_counts_the_firings_so_far():
    """`count(x)` is zero before the first firing and reads after each."""
    sketch = Sketch(days=10, y=0.0).event("x", Periodic("1 day"), {}).measure("y", "final", "y")
    sketch.event("e", Edge("count(x) >= 3", "0 days"), {"y": "count(x)"})
    assert fired(sketch.run(record=True))[3] == (3.0, "e")
    assert sketch.run().measures["y"] == 3.0


def test_since_in_a_condition_becomes_true_exactly_then():
    """`since(x) >= 5 days` rises five days after the firing of x, and was false before any."""
    sketch = Sketch(days=30).event("x", day(10), {}).event("e", Edge("since(x) >= 5 days", "0 days"), {})
    assert [time for time, rule in fired(sketch.run(record=True, verify=True)) if rule == "e"] == [15]


def test_since_starts_anew_with_each_firing():
    """x on days 10 and 13: five days have passed on day 18; a firing on the fifth day itself starts again."""
    sketch = Sketch(days=40).event("x", Edge("count(tick) >= 10", "0 days"), {}).event("tick", Periodic("1 day"), {})
    both = Sketch(days=40, n=0.0).event("x", Periodic("5 days", condition="n < 3"), {"n": "n + 1"})
    both.event("e", Edge("since(x) >= 5 days", "0 days"), {})
    assert [time for time, rule in fired(both.run(record=True, verify=True)) if rule == "e"] == [20]
    sketch.event("e", Edge("since(x) >= 5 days", "0 days"), {})
    assert [time for time, rule in fired(sketch.run(record=True, verify=True)) if rule == "e"] == [15]


def test_since_a_date_in_a_condition():
    """`since(2030-01-11) >= 5 days` rises on 16 January; of a date long past it holds at the start."""
    sketch = Sketch(days=30).event("e", Edge("since(2030-01-11) >= 5 days", "0 days"), {})
    sketch.event("old", Edge("since(2029-12-01) >= 5 days", "0 days"), {})
    times = [item for item in fired(sketch.run(record=True, verify=True)) if "#" not in item[1]]
    assert times == [(0.0, "old"), (15.0, "e")]


def test_since_in_an_effect_is_the_age():
    """Where draws may stand, `since(x)` is a number."""
    sketch = Sketch(days=30, y=0.0).event("x", day(10), {}).event("e", day(14), {"y": "since(x) / 1 day"})
    assert sketch.measure("y", "final", "y").run().measures["y"] == 4.0


def test_two_waits_since_one_rule_may_be_written_in_either_order():
    """The clocks that the build makes for `since` are named by what they wait for, not by their place in the file."""
    sketch = Sketch(days=30).event("x", day(10), {})
    sketch.event("a", Edge("since(x) >= 5 days", "0 days"), {}).event("b", Edge("since(x) >= 7 days", "0 days"), {})
    scenario = sketch.scenario()
    turned = replace(scenario, events=scenario.events[::-1])
    logs = [simulate(prepare(build(each)), Point("base", 0, 0), record=True).log for each in (scenario, turned)]
    assert [(f.time, f.rule) for f in logs[0]] == [(f.time, f.rule) for f in logs[1]]


# ---------------------------------------------------------------------- addresses


def test_a_uniform_belongs_to_its_address():
    """The k-th arming of a clock uses number k of the stream named by its rule and place."""
    sketch = Sketch(days=50, x=0.0).event("e", Periodic("uniform(1 day, 2 days)"), {"x": "uniform(0, 1)"})
    simulation = Simulation(prepare(sketch.model()), Point("base", 0, 5, 9), record=True)
    simulation.run()
    log = simulation.trajectory().log
    waits, effect = simulation.luck.stream("e.every"), simulation.luck.stream("e.effect.x.0")
    before = 0
    for number, firing in enumerate(log):
        assert firing.time - before == pytest.approx((1 + waits.uniform(number)) * DAY, abs=1)
        assert firing.changed[0][2] == effect.uniform(number)
        before = firing.time


def test_a_draw_that_is_not_made_still_takes_its_number():
    """An effect's draws take the number of the firing, drawn or not."""
    always = Sketch(days=20, x=0.0, n=0.0).event("e", Periodic("1 day"), {"x": "uniform(0, 1)", "n": "n + 1"})
    seldom = Sketch(days=20, x=0.0, n=0.0).event(
        "e", Periodic("1 day"), {"x": "uniform(0, 1) if n > 8 else 0", "n": "n + 1"}
    )
    ends = [sketch.measure("x", "final", "x").run().measures["x"] for sketch in (always, seldom)]
    assert ends[0] == ends[1] > 0


def test_a_policy_meets_the_same_future_and_luck():
    """A lever that slows one rule leaves every other rule's times alone."""
    sketch = Sketch(days=200, x=0.0).lever(pace="1").uncertain(u="uniform(0, 1)").policy("slow", pace=0.1)
    sketch.event("a", Hazard("pace / 10 days", "true"), {"x": "x + u"}).event("b", Hazard("1 / 7 days", "true"), {})
    logs = [fired(sketch.run(policy=policy, record=True)) for policy in ("base", "slow")]
    kept = [[item for item in log if item[1] == "b"] for log in logs]
    assert kept[0] == kept[1]
    assert logs[0] != logs[1]


def test_the_future_fixes_uncertainties_and_the_luck_everything_else():
    """Same future: same uncertainty. Same luck: same draws, whatever the future."""
    sketch = Sketch(days=9, x=0.0).uncertain(u="uniform(0, 1)").event("e", day(2), {"x": "uniform(0, 1)"})
    sketch.measure("u", "final", "u").measure("x", "final", "x")
    results = {(f, k): sketch.run(k, future=f).measures for f in (0, 1) for k in (0, 1)}
    assert results[0, 0]["u"] == results[0, 1]["u"] != results[1, 0]["u"]
    assert results[0, 0]["x"] == results[1, 0]["x"] != results[0, 1]["x"]


def test_a_renamed_rule_with_its_old_stream_keeps_its_luck():
    """`stream: old_name`."""
    old = Sketch(days=200).event("lift", Hazard("1 / 10 days", "true"), {})
    new = Sketch(days=200).event("sea_lift", Hazard("1 / 10 days", "true"), {}, stream="lift")
    assert [time for time, _ in fired(old.run(record=True))] == [time for time, _ in fired(new.run(record=True))]


# ---------------------------------------------------------------------- settled measures


def test_measures_see_settled_states_only():
    """What is true only in the middle of an instant was never the case."""
    sketch = Sketch(days=10, x=0.0, on=False).event("up", day(5), {"x": "9", "on": "true"})
    sketch.event("down", Waiting("on", "0 days"), {"x": "1", "on": "false"})
    sketch.measure("ever", "ever", "x > 5").measure("top", "max", "x").measure("first", "first", "on")
    assert sketch.run().measures == {"ever": False, "top": 1.0, "first": None}


def test_measures_of_the_first_instant_see_it_settled():
    """The start is what the rules of instant 0 have made of it."""
    sketch = (
        Sketch(days=10, x=9.0).event("fix", day(0), {"x": "1"}).measure("top", "max", "x").measure("low", "min", "x")
    )
    assert sketch.measure("mean", "mean", "x").run().measures == {"top": 1.0, "low": 1.0, "mean": 1.0}


def test_measures_by_hand():
    """A number that is 0, then 4 from day 2, then 1 from day 7 of 10."""
    sketch = Sketch(days=10, x=0.0).event("a", day(2), {"x": "4"}).event("b", day(7), {"x": "1"})
    sketch.measure("mean", "mean", "x").measure("in", "time_in", "x > 0").measure("at", "final", "x", at=7 * DAY)
    sketch.measure("first", "first", "x == 1").measure("n", "count", "a").measure(
        "late", "ever", "x > 3", during=(8 * DAY, 9 * DAY)
    )
    sketch.measure("part", "time_in", "x > 3", during=(DAY, 3 * DAY)).measure("path", "series", "x", every=4 * DAY)
    trajectory = sketch.run()
    assert trajectory.measures == {
        "mean": pytest.approx(2.3), "in": 8.0 * DAY, "at": 1.0, "first": 7.0 * DAY, "n": 1.0, "late": False,
        "part": 1.0 * DAY,
    }  # fmt: skip
    assert trajectory.series["path"] == (0.0, 4.0, 1.0)


def test_asking_for_measures_on_the_way_changes_nothing():
    """A trajectory in progress can be read twice."""
    sketch = Sketch(days=10, x=0.0).event("a", day(2), {"x": "4"}).measure("in", "time_in", "x > 0")
    simulation = sketch.simulation()
    simulation.run(5 * DAY)
    assert simulation.trajectory() == simulation.trajectory()
    simulation.run()
    assert simulation.trajectory() == simulation.trajectory() == sketch.run()


def test_a_switch_turns_a_rule_of_any_kind_off():
    """`NAME.active: false` in a policy silences dates, periods, hazards, delays and edges."""
    sketch = Sketch(days=100)
    clocks = (day(5), Periodic("1 day"), Hazard("1 / 1 day", "true"), Waiting("true", "1 day"), Edge("true", "1 day"))
    for number, clock in enumerate(clocks):
        sketch.event(f"e{number}", clock, {})
    sketch.policy("off", **{f"e{number}__active": False for number in range(5)})
    assert sketch.run(policy="off").firings == 0
    assert sketch.run(policy="base").firings > 5


def test_a_derived_name_may_read_a_ceiling_that_no_policy_sets():
    """Levers that the build makes exist as soon as anything reads them."""
    sketch = Sketch(days=9, x=0.0)
    sketch.ladder("seoul", {"aid": {}, "arms": {"when": "true"}}).derive(top="level(seoul.ceiling)")
    assert sketch.measure("top", "final", "top").run().measures["top"] == 1.0


def test_the_phase_of_an_event_follows_from_its_clock_and_its_actor():
    """Calendar, chance, what has lasted, choices."""
    sketch = Sketch(days=9).event("a", day(1), {}).event("b", Hazard("1 / 1 day", "true"), {})
    sketch.event("c", Edge("true", "0 days"), {}).event("d", day(1), {}, actor="kim")
    assert [rule.phase for rule in sketch.model().rules] == [Phase.CALENDAR, Phase.CHANCE, Phase.LASTED, Phase.CHOICES]
