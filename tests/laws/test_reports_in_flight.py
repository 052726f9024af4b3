"""Intelligence: taken when observed, published a lag later, newest first, a pool of eight, errors and beliefs."""

import pytest

from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Hazard, Periodic
from tests.models import Sketch, fired, simulate_many


def ramp(days: float = 60, **report: str) -> Sketch:
    """A truth that rises by one at each noon, and a source that looks at each midnight."""
    sketch = Sketch(days=days, truth=0.0).event(
        "rise", Periodic("1 day", first="2030-01-01 + 0.5 days"), {"truth": "truth + 1"}
    )
    sketch.reading("seen", "truth", {"spy": {"every": "1 day", **report}})
    sketch.measure("truth", "series", "truth", every=DAY).measure("seen", "series", "seen", every=DAY)
    return sketch


def day(number: float) -> Dated:
    return Dated(f"2030-01-01 + {number!r} days")


def test_what_is_seen_is_the_truth_six_days_ago():
    """`every: 1 day`, `lag: 6 days` on a ramp: seen(t) = truth(t − 6 days) exactly, and unknown before."""
    series = ramp(lag="6 days").run(verify=True).series
    assert series["seen"][:7] == (None,) * 7
    assert series["seen"][7:] == series["truth"][1:-6]


def test_without_a_lag_it_is_seen_at_once():
    """An observation without a lag is published in its instant."""
    series = ramp().run().series
    assert series["seen"] == (None, *series["truth"][1:])


def test_a_report_sees_what_calendar_and_chance_did_in_its_instant():
    """Reports come after calendar and chance in an instant."""
    sketch = Sketch(days=5, truth=0.0).event("rise", day(1), {"truth": "7"}).measure("seen", "final", "seen", at=DAY)
    sketch.reading("seen", "truth", {"spy": {"every": "1 day"}})
    assert sketch.run().measures["seen"] == 7.0


def test_eight_may_be_in_flight():
    """A lag of eight days minus a moment, every day, fills the pool and does not overflow."""
    assert ramp(lag="7.99 days").run().failure is None


def test_the_ninth_in_flight_is_an_error_that_names_the_source():
    """Overflow of the pool ends the trajectory and names the reading and the source."""
    failure = ramp(lag="9 days").run().failure
    assert failure is not None
    assert "seen.spy" in failure.rule
    assert "8" in failure.message
    assert failure.time == 9 * DAY


def test_an_older_report_that_arrives_late_is_dropped():
    """What was observed on day 1 and comes on day 11 does not replace what was observed on day 3 and came on day 4."""
    sketch = Sketch(days=30, truth=1.0, slow=10.0).event("fast", day(1.5), {"slow": "1", "truth": "3"})
    sketch.reading("seen", "truth", {"spy": {"every": "2 days", "lag": "slow * 1 day", "condition": "truth < 9"}})
    sketch.event("end", day(3), {"truth": "9"})
    sketch.measure("seen", "series", "seen", every=DAY)
    late = Sketch(days=30, truth=1.0, slow=10.0)
    late.reading("seen", "truth", {"spy": {"every": "1 day", "lag": "slow * 1 day", "condition": "truth < 9"}})
    late.event("fast", day(1.5), {"slow": "1", "truth": "3"}).event("end", day(2.5), {"truth": "9"})
    late.measure("seen", "series", "seen", every=DAY)
    assert late.run().series["seen"][:13] == (None, None, None, *[3.0] * 10)
    assert sketch.run().series["seen"][-1] == 3.0


def test_the_newest_of_all_sources_counts():
    """`latest` goes by when it was observed, not by when it came."""
    sketch = Sketch(days=9, truth=0.0).event(
        "rise", Periodic("1 day", first="2030-01-01 + 0.5 days"), {"truth": "truth + 1"}
    )
    slow, fast = {"every": "2 days", "lag": "4 days"}, {"every": "3 days", "lag": "0.25 days"}
    sketch.reading("seen", "truth", {"slow": slow, "fast": fast}).measure("seen", "series", "seen", every=DAY)
    # Fast observes on days 3, 6, 9; slow's report of day 4, published on day 8, is older than fast's of day 6.
    assert sketch.run().series["seen"] == (None, None, None, None, 3.0, 3.0, 3.0, 6.0, 6.0, 6.0)


def test_a_bias_is_drawn_once_a_trajectory():
    """A source errs the same way again; another trajectory has another bias."""
    sketch = Sketch(days=20, truth=10.0).measure("seen", "series", "seen", every=DAY)
    sketch.reading("seen", "truth", {"spy": {"every": "1 day", "bias": "lognormal(median=1, sigma=0.3)"}})
    seen = [set(trajectory.series["seen"][1:]) for trajectory in simulate_many(sketch, 5)]
    assert [len(values) for values in seen] == [1] * 5
    assert len(set().union(*seen)) == 5


def test_an_error_is_drawn_for_each_observation():
    """Each report has an error of its own."""
    sketch = Sketch(days=20, truth=10.0).measure("seen", "series", "seen", every=DAY)
    sketch.reading("seen", "truth", {"spy": {"every": "1 day", "error": "lognormal(median=1, sigma=0.3)"}})
    assert len(set(sketch.run().series["seen"][1:])) == 20


def test_reads_may_be_a_sum():
    """`reads:` says how truth, bias and error make a reading."""
    sketch = Sketch(days=3, truth=10.0).measure("seen", "final", "seen")
    sketch.reading("seen", "truth", {"spy": {"every": "1 day", "error": "uniform(5, 5.001)", "reads": "of + error"}})
    assert sketch.run().measures["seen"] == pytest.approx(15, abs=0.01)


def test_a_source_reports_only_while_its_condition_holds():
    """`while:` of a source stops its observations; what is on its way still comes."""
    sketch = Sketch(days=20, truth=1.0, quiet=False).event("hush", day(4.5), {"quiet": "true", "truth": "5"})
    sketch.reading("seen", "truth", {"spy": {"every": "1 day", "lag": "3 days", "condition": "not quiet"}})
    log = fired(sketch.run(record=True))
    assert [time for time, rule in log if rule == "seen.spy.observe"] == [1, 2, 3, 4]
    assert [time for time, rule in log if rule == "seen.spy.publish"] == [4, 5, 6, 7]


def test_a_source_that_a_policy_switches_off_is_silent():
    """`NAME.active` of a report source is a switch."""
    sketch = ramp().policy("blind", **{"seen__spy__active": False})
    assert sketch.run(policy="blind").series["seen"] == (None,) * 61
    assert sketch.run(policy="base").series["seen"][1] == 1.0


def test_a_true_thing_is_missed_and_a_false_one_alarms():
    """`miss:` and `false_alarm:` of one always mislead."""
    sketch = (
        Sketch(days=10, on=False).event("rise", day(4.5), {"on": "true"}).measure("seen", "series", "seen", every=DAY)
    )
    sketch.reading("seen", "on", {"spy": {"every": "1 day", "miss": "1", "false_alarm": "1"}})
    assert sketch.run().series["seen"][1:] == (True,) * 4 + (False,) * 6


def test_misses_come_as_often_as_they_should():
    """With `miss: 20%` a fifth of the reports of a true thing are missed, within 4.5 standard errors."""
    sketch = Sketch(days=2000, on=True, n=0.0).measure("seen", "mean", "1 if seen else 0")
    sketch.reading("seen", "on", {"spy": {"every": "1 day", "miss": "20%"}}, initial="true")
    share = sum(trajectory.measures["seen"] for trajectory in simulate_many(sketch, 5)) / 5
    assert abs(share - 0.8) < 4.5 * (0.16 / 10_000) ** 0.5 + 1 / 2000


COMBINED = {"a": "1", "b": "5", "c": "2"}


@pytest.mark.parametrize(
    ("combine", "agreed", "value"),
    [
        ("median", 1, 2.0),
        ("mean", 1, 8 / 3),
        ("max", 1, 5.0),
        ("agreed", 2, 2.0),
        ("agreed", 3, 1.0),
        ("agreed", 1, 5.0),
    ],
)
def test_sources_are_combined(combine, agreed, value):
    """Median, mean, maximum, and the number that so many sources stand behind."""
    reports = {name: {"every": "1 day", "reads": f"of * {factor}"} for name, factor in COMBINED.items()}
    sketch = Sketch(days=3, truth=1.0).reading("seen", "truth", reports, combine=combine, agreed=agreed)
    assert sketch.measure("seen", "final", "seen").run().measures["seen"] == pytest.approx(value)


def test_the_mean_of_sources_does_not_depend_on_the_order_of_writing():
    """Bit for bit: a sum in another order may round otherwise, so the order is that of the names."""
    factors = {"a": "0.1", "b": "0.2", "c": "0.3", "d": "0.7"}

    def mean(names: str) -> object:
        reports = {name: {"every": "1 day", "reads": f"of * {factors[name]}"} for name in names}
        sketch = Sketch(days=3, truth=1.0).reading("seen", "truth", reports, combine="mean")
        return sketch.measure("seen", "final", "seen").run().measures["seen"]

    assert mean("abcd") == mean("dcba") == mean("bdac")


def test_agreed_is_unknown_until_enough_sources_have_reported():
    """Two must stand behind it: after the first report nothing is known."""
    sketch = Sketch(days=9, truth=4.0).measure("seen", "series", "seen", every=DAY)
    sketch.reading("seen", "truth", {"a": {"every": "2 days"}, "b": {"every": "3 days"}}, combine="agreed", agreed=2)
    assert sketch.run().series["seen"] == (None, None, None, *[4.0] * 7)


def test_with_an_initial_value_it_is_known_from_the_start():
    """`initial:` stands until the first report."""
    sketch = Sketch(days=3, truth=4.0).reading("seen", "truth", {"a": {"every": "2 days"}}, initial="9")
    series = sketch.measure("seen", "series", "seen", every=DAY).run().series["seen"]
    assert series == (9.0, 9.0, 4.0, 4.0)


def test_age_is_the_time_since_it_was_observed():
    """The age of what was observed on day 2 and published on day 5 is four days on day 6."""
    sketch = Sketch(days=6, truth=4.0, old=0.0).measure("old", "final", "old")
    sketch.reading("seen", "truth", {"a": {"every": "2 days", "lag": "3 days", "condition": "truth < 9"}})
    sketch.event("ask", day(6), {"old": "seen.age / 1 day"})
    assert sketch.run().measures["old"] == 4.0


# ---------------------------------------------------------------------- the unknown


def unknown(condition: str, **derived: str) -> bool:
    """Whether an edge on a condition about a reading that nobody ever reports triggers."""
    sketch = Sketch(days=5, truth=1.0, on=True)
    never = {"spy": {"every": "100 days"}}
    sketch.reading("seen", "truth", never).reading("told", "on", never).derive(**derived)
    return bool(sketch.event("e", Edge(condition, "0 days"), {}).run().firings)


@pytest.mark.parametrize(
    "condition",
    [
        "seen >= 5", "not (seen >= 5)", "seen < 5", "seen == 1", "seen != 1", "not (seen == 1)", "told", "not told",
        "seen.known", "seen + 1 > 0", "max(seen, 3) > 2", "not (seen >= 5 and on)", "seen > 1 and on", "big", "not big",
        "seen.spy > 0", "not seen.spy.known and seen > 0", "(seen if on else 3) > 0", "abs(seen) >= 0", "twice > 0",
        "not (twice > 0)", "told or seen > 1", "count_of(told, seen > 1) >= 1",
    ],
)  # fmt: skip
def test_a_condition_on_the_unknown_is_false(condition):
    """Neither a comparison of an unknown nor its contrary holds, through derived names too."""
    assert not unknown(condition, big="seen > 3", twice="2 * seen")


@pytest.mark.parametrize(
    "condition",
    ["not seen.known", "seen > 1 or on", "not (seen > 1 and not on)", "count_of(told, on) >= 1"],
)
def test_a_condition_that_holds_whatever_the_unknown_is_holds(condition):
    """What is true whichever way the unknown turns out is true."""
    assert unknown(condition)


def test_a_condition_on_a_reading_triggers_with_its_first_report():
    """The report makes it known, and what waited for it rises then."""
    sketch = Sketch(days=9, truth=7.0).reading("seen", "truth", {"spy": {"every": "2 days", "lag": "1 day"}})
    sketch.event("e", Edge("not (seen < 5)", "0 days"), {})
    assert (3.0, "e") in fired(sketch.run(record=True))


def test_a_measure_of_the_unknown_is_blank():
    """`final` of an unknown is blank, `ever` of a condition on it is false, `mean` leaves it out."""
    sketch = Sketch(days=10, truth=7.0).reading("seen", "truth", {"spy": {"every": "6 days"}})
    sketch.measure("early", "final", "seen", at=DAY).measure("late", "final", "seen").measure("mean", "mean", "seen")
    sketch.measure("ever", "ever", "seen < 5 or not (seen < 99)").measure("top", "max", "seen")
    assert sketch.run().measures == {"early": None, "late": 7.0, "mean": 7.0, "ever": False, "top": 7.0}


def test_storing_the_unknown_in_the_world_fails():
    """An effect that copies an unknown reading into a state variable ends the trajectory with rule and name."""
    sketch = Sketch(days=10, truth=7.0, x=0.0).reading("seen", "truth", {"spy": {"every": "6 days"}})
    failure = sketch.event("copy", day(2), {"x": "seen"}).run().failure
    assert failure is not None
    assert failure.rule == "copy"
    assert "x" in failure.message


def test_a_rate_that_reads_the_unknown_fails_with_its_rule():
    """A rate must be a number; its condition can ask whether the reading is known."""
    sketch = Sketch(days=10, truth=7.0).reading("seen", "truth", {"spy": {"every": "2 days"}})
    assert sketch.event("e", Hazard("seen / 1 day", "seen.known"), {}).run().failure is None
    failure = sketch.event("bad", Hazard("seen / 1 day", "true"), {}).run().failure
    assert failure is not None
    assert failure.rule == "bad"
