"""The log of firings: draws with their values, what started a delay, what a report had seen."""

import pytest

from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Hazard, Periodic
from tests.models import Sketch


def log_of(sketch: Sketch, rule: str):
    return [firing for firing in sketch.run(record=True, verify=True).log if firing.rule == rule]


def test_a_draw_inside_an_effect_is_told_by_its_value():
    """What was added to the state is what the log says was drawn."""
    sketch = Sketch(days=40, x=1.0).event("poll", Periodic("7 days"), {"x": "x + normal(0, 3)"})
    for firing in log_of(sketch, "poll"):
        ((stream, value),) = firing.draws
        ((_, before, after),) = firing.changed
        assert stream == "poll.effect.x.0"
        assert before + value == pytest.approx(after, abs=1e-12)


def test_a_draw_in_an_untaken_branch_is_not_told():
    """Only what was drawn stands in the log."""
    sketch = Sketch(days=20, x=1.0, up=False).event(
        "e", Periodic("7 days"), {"x": "normal(0, 1) if up else exponential(mean=2)"}
    )
    assert [name for firing in log_of(sketch, "e") for name, _ in firing.draws] == ["e.effect.x.1"] * 2


def test_choices_of_one_instant_tell_what_they_drew_before_either_wrote():
    """Two actors act on one day: the second reads, draws and tells from the state at the start of the phase."""
    sketch = Sketch(days=9, x=1.0, y=1.0)
    sketch.event("a", Dated("2030-01-03"), {"x": "100"}, actor="kim")
    sketch.event("b", Dated("2030-01-03"), {"y": "y + normal(x, 0.001)"}, actor="lee")
    (firing,) = log_of(sketch, "b")
    assert firing.draws[0][1] == pytest.approx(1.0, abs=0.1)


def test_a_clock_s_own_draw_is_a_field_of_its_own():
    """A wait in milliseconds, or a hazard to spend; what draws nothing has none."""
    sketch = Sketch(days=400, up=True).event("wait", Edge("up", "0 days", "exponential(mean=3 days)"), {})
    sketch.event("chance", Hazard("1 / 9 days", "up"), {}).event("date", Dated("2030-01-03"), {})
    (wait,), chance, (date,) = (log_of(sketch, rule) for rule in ("wait", "chance", "date"))
    assert (wait.own.what, chance[0].own.what, date.own) == ("wait", "hazard", None)
    assert -(-wait.own.value // 1) == wait.time
    assert chance[0].own.value * 9 * DAY == pytest.approx(chance[0].time, abs=2)


def test_a_delay_tells_what_started_it_and_when():
    """The condition held on day 3, fell on day 4, and the delay fired on day 13."""
    sketch = (
        Sketch(days=30, x=0.0)
        .event("rise", Dated("2030-01-04"), {"x": "5"})
        .event("fall", Dated("2030-01-05"), {"x": "1"})
    )
    (firing,) = log_of(sketch.event("late", Edge("x > 2", "0 days", "10 days"), {}), "late")
    assert (firing.because, firing.began, firing.time) == ((("x", 5.0),), 3 * DAY, 13 * DAY)


def test_a_report_tells_what_was_observed_and_when():
    """Published on day 9, it tells the value and the instant of day 5."""
    sketch = Sketch(days=11, x=4.0).reading("seen", "x", {"spy": {"every": "5 days", "lag": "4 days"}})
    (firing,) = log_of(sketch, "seen.spy.publish")
    assert dict(firing.because) == {"seen.spy.observe.value": 4.0, "seen.spy.observe.at": 5.0 * DAY}


def test_a_clock_that_is_only_hastened_is_not_told_as_started():
    """A rate that doubles moves the next firing and starts nothing."""
    sketch = (
        Sketch(days=30, x=1.0)
        .event("e", Hazard("x / 900 days", "true"), {})
        .event("double", Dated("2030-01-03"), {"x": "2"})
    )
    (firing,) = log_of(sketch, "double")
    assert (firing.enabled, firing.disabled) == ((), ())


def test_the_log_begins_with_every_value_at_the_start():
    """Uncertainties, levers, biases and state, and nothing of it without a recorder."""
    sketch = Sketch(days=5, x=2.0).uncertain(u="uniform(0, 1)").lever(pace="3")
    sketch.reading("seen", "x", {"spy": {"every": "2 days", "bias": "lognormal(median=1, sigma=0.5)"}})
    first = sketch.run(record=True).first
    assert {"u", "pace", "x", "seen.spy.bias"} <= first.keys()
    assert (first["x"], first["pace"]) == (2.0, 3.0)
    assert sketch.run().first == {}
