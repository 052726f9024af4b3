"""Time: whole milliseconds, exact durations, calendar months, and a horizon that is inside (laws 1 to 3)."""

import pytest

from escalation.engines.program import prepare
from escalation.engines.simpy import Simulation
from escalation.model.calendar import DAY, add_months
from escalation.model.process import Dated, Hazard, Months, Periodic, Waiting
from escalation.model.trajectory import Point
from tests.models import Sketch, fired, simulate_many


def counting(days: float = 100) -> Sketch:
    return Sketch(days=days, n=0.0).measure("n", "final", "n").measure("first", "first", "n >= 1")


def test_a_drawn_wait_is_rounded_up_to_a_whole_millisecond():
    """A sampled waiting time is the next whole millisecond, never the one before."""
    sketch = counting().event("e", Hazard("1 / 3 days", "n == 0"), {"n": "n + 1"})
    for trajectory in simulate_many(sketch, 20, record=True):
        if trajectory.log:
            waited = trajectory.log[0].own.value
            exact = waited * 3 * DAY
            assert 0 <= trajectory.log[0].time - exact < 1 + 1e-6 * exact


def test_a_duration_is_exact():
    """36 hours is 129,600,000 milliseconds, and three of them are four days and a half."""
    trajectory = counting(5).event("e", Periodic("36 hours"), {"n": "n + 1"}).run(record=True)
    assert [firing.time for firing in trajectory.log] == [129_600_000, 259_200_000, 388_800_000]


@pytest.mark.parametrize(("count", "days"), [(1, 28), (2, 59), (3, 89), (12, 365), (13, 365 + 28)])
def test_months_are_counted_from_the_start(count, days):
    """From 31 January 2030 a month leads to 28 February and two lead to 31 March."""
    from datetime import date

    assert add_months(date(2030, 1, 31), 0, count) == days * DAY


def test_every_month_fires_on_the_day_of_the_start():
    """`every: 1 month` from 1 January fires on the first of each month, 31, 59 and 90 days later."""
    trajectory = counting(95).event("e", Periodic(Months(1)), {"n": "n + 1"}).run(record=True)
    assert [time for time, _ in fired(trajectory)] == [31, 59, 90]


def test_every_month_from_a_date_counts_from_that_date():
    """With `from: 2030-01-31`, months fall on 28 February, 31 March and 30 April."""
    sketch = counting(120).event("e", Periodic(Months(1), first="2030-01-31"), {"n": "n + 1"})
    assert [time for time, _ in fired(sketch.run(record=True))] == [30, 58, 89, 119]


def test_every_first_fires_one_period_after_the_start():
    """`every: 10 days` fires on days 10, 20, 30."""
    trajectory = counting(30).event("e", Periodic("10 days"), {"n": "n + 1"}).run(record=True)
    assert [time for time, _ in fired(trajectory)] == [10, 20, 30]


def test_every_fires_first_at_from():
    """`from:` is itself a firing, and periods go on from it."""
    sketch = counting(30).event("e", Periodic("10 days", first="2030-01-05"), {"n": "n + 1"})
    assert [time for time, _ in fired(sketch.run(record=True))] == [4, 14, 24]


def test_from_the_first_instant_fires_at_the_start():
    """`from:` the start date fires at instant 0."""
    sketch = counting(15).event("e", Periodic("10 days", first="2030-01-01"), {"n": "n + 1"})
    assert [time for time, _ in fired(sketch.run(record=True))] == [0, 10]


def test_while_and_every_count_from_the_rise_and_stop_at_the_fall():
    """A period begins when the condition becomes true; a fall forgets what has run of it."""
    sketch = Sketch(days=40, on=False, n=0.0)
    sketch.event("rise", Dated("2030-01-06"), {"on": "true"}).event("fall", Dated("2030-01-19"), {"on": "false"})
    sketch.event("again", Dated("2030-01-21"), {"on": "true"})
    sketch.event("tick", Periodic("10 days", condition="on"), {"n": "n + 1"})
    assert [time for time, rule in fired(sketch.run(record=True)) if rule == "tick"] == [15, 30, 40]


def test_the_last_instant_is_inside():
    """A firing at the horizon happens, and measures see its effect."""
    trajectory = counting(10).event("e", Dated("2030-01-11"), {"n": "1"}).run()
    assert trajectory.measures == {"n": 1.0, "first": 10.0 * DAY}


def test_one_instant_after_the_horizon_is_outside():
    """What is due a millisecond after the horizon is censored."""
    sketch = counting(10).event("e", Waiting("true", "10 days"), {"n": "n + 1"})
    sketch.horizon -= 1
    assert sketch.run().measures == {"n": 0.0, "first": None}


def test_a_cascade_at_the_last_instant_is_inside():
    """What the last instant causes in itself happens too."""
    sketch = Sketch(days=10, a=False, b=False).measure("b", "ever", "b")
    sketch.event("first", Dated("2030-01-11"), {"a": "true"}).event(
        "then", Waiting("a and not b", "0 days"), {"b": "true"}
    )
    assert sketch.run().measures["b"] is True


def test_time_in_counts_up_to_the_horizon_and_not_over_it():
    """`time_in` of what always holds is the horizon; of what begins at the last instant it is nothing."""
    sketch = Sketch(days=10, late=False).measure("always", "time_in", "true").measure("late", "time_in", "late")
    sketch.event("e", Dated("2030-01-11"), {"late": "true"})
    assert sketch.run().measures == {"always": 10.0 * DAY, "late": 0.0}


def test_a_date_with_draws_is_drawn_once_a_future():
    """Lucks of one future share the date, and another future has another."""
    sketch = counting().event("e", Dated("2030-01-10 + lognormal(median=10 days, sigma=0.8)"), {"n": "1"})
    program = prepare(sketch.model())

    def first(future: int, luck: int) -> object:
        simulation = Simulation(program, Point("base", future, luck))
        simulation.run()
        return simulation.trajectory().measures["first"]

    assert first(3, 0) == first(3, 1) == first(3, 7)
    assert first(3, 0) != first(4, 0)


def test_a_date_before_the_start_fails_with_its_rule():
    """A drawn date that lies before the start is an error that names the rule."""
    failure = counting().event("e", Dated("2030-01-02 - 5 days"), {"n": "1"}).run().failure
    assert failure is not None
    assert failure.rule == "e"
    assert "before the start" in failure.message
