"""Hazards keep what they have spent (laws 10 and 11)."""

import pytest

from escalation.model.calendar import DAY
from escalation.model.process import Dated, Hazard, Periodic
from tests.models import Sketch, fired


def first(sketch: Sketch, luck: int = 0) -> float:
    """When `e` first fires, in days."""
    trajectory = sketch.run(luck, record=True, verify=True)
    assert trajectory.failure is None, trajectory.failure
    return next(time for time, rule in fired(trajectory) if rule == "e")


def plain(rate: str, days: float = 10_000) -> Sketch:
    return Sketch(days=days, n=0.0, r=1.0, on=True).event("e", Hazard(rate, "on and n < 1"), {"n": "n + 1"})


LUCKS = range(8)


def test_twice_the_rate_is_half_the_wait():
    """One draw, two rates: the waits are in inverse proportion, to the rounding of a millisecond."""
    for luck in LUCKS:
        assert first(plain("1 / 10 days"), luck) == pytest.approx(2 * first(plain("1 / 5 days"), luck), abs=2 / DAY)


def test_a_rate_that_changes_keeps_the_spent_hazard():
    """Kurtz's time change: the area under the rate up to the firing is the draw, whatever the path of the rate."""
    for luck in LUCKS:
        need = first(plain("1 / 10 days"), luck) / 10
        sketch = plain("r / 10 days").event("step", Dated("2030-01-04"), {"r": "5"})
        expected = need * 10 if need * 10 <= 3 else 3 + (need - 0.3) * 10 / 5
        assert first(sketch, luck) == pytest.approx(expected, abs=3 / DAY)


def test_many_small_changes_lose_nothing():
    """A rate that changes every day back and forth spends its average."""
    for luck in LUCKS:
        need = first(plain("1 / 10 days"), luck) / 10
        sketch = plain("r / 10 days").event("flip", Periodic("1 day"), {"r": "4 - r"})
        whole, rest = divmod(need * 10, 4)
        expected = 2 * whole + (rest if rest <= 1 else 1 + (rest - 1) / 3)
        assert first(sketch, luck) == pytest.approx(expected, abs=1e-6)


def test_a_condition_that_falls_stops_the_clock_and_loses_nothing():
    """Off for 100 days is 100 days later, exactly; nothing is drawn again."""
    for luck in LUCKS:
        plainly = first(plain("1 / 40 days"), luck)
        sketch = plain("1 / 40 days").event("off", Dated("2030-01-04"), {"on": "false"})
        sketch.event("on", Dated("2030-01-04 + 100 days"), {"on": "true"})
        assert first(sketch, luck) == pytest.approx(plainly if plainly <= 3 else plainly + 100, abs=3 / DAY)


def test_a_rate_of_zero_is_a_disabled_clock():
    """It neither fires nor fails."""
    trajectory = plain("0 / 1 day").run()
    assert (trajectory.firings, trajectory.failure) == (0, None)


def test_the_next_number_comes_with_the_next_firing():
    """Changes of the rate never take a number: the second wait is the same with and without them."""
    steady = Sketch(days=1000).event("e", Hazard("1 / 10 days", "true"), {})
    blinking = Sketch(days=1000, on=True).event("e", Hazard("1 / 10 days", "on"), {})
    blinking.event("off", Dated("2030-01-02"), {"on": "false"}).event("on", Dated("2030-01-03"), {"on": "true"})
    plainly = [time for time, _ in fired(steady.run(record=True))]
    later = [time for time, rule in fired(blinking.run(record=True)) if rule == "e"]
    assert plainly[0] > 1
    shifted = [time + 1 for time in plainly if time + 1 <= 1000]
    assert later == pytest.approx(shifted, abs=30 / DAY)


def test_a_hazard_that_is_spent_fires_in_this_instant():
    """A rate that becomes very large fires at once, not a millisecond ago and not later than the next one."""
    for luck in LUCKS:
        sketch = plain("r / 1000 days").event("step", Dated("2030-01-04"), {"r": "1e15"})
        assert 3 <= first(sketch, luck) <= 3 + 1.5 / DAY or first(sketch, luck) < 3


def test_an_endless_rate_fires_in_the_instant():
    """An infinite rate, which an expression may give, leaves nothing to wait for."""
    assert first(plain("1 / (0 days)")) == 0


@pytest.mark.parametrize(("rate", "word"), [("(0 - r) / 1 day", "negative"), ("(0 * r) / (0 days)", "not a number")])
def test_a_rate_that_makes_no_sense_fails_with_its_rule(rate, word):
    """A negative rate, or one that is not a number, ends the trajectory and names the rule."""
    failure = plain(rate).run().failure
    assert failure is not None
    assert (failure.rule, failure.time) == ("e", 0)
    assert word in failure.message


def test_a_bad_rate_while_the_condition_is_false_is_not_read():
    """A disabled clock has no rate."""
    sketch = plain("(0 - r) / 1 day")
    sketch.start["on"] = False
    assert sketch.run().failure is None


def test_a_rate_that_turns_bad_fails_at_that_instant():
    """The failure names the rule whose rate it is, not the one that changed it."""
    failure = plain("(r / 1000000 days)").event("spoil", Dated("2030-01-04"), {"r": "0 - 1"}).run().failure
    assert failure is not None
    assert (failure.rule, failure.time) == ("e", 3 * DAY)


def test_rates_read_the_state_after_the_whole_effect():
    """A rate is read when the effect is written, once."""
    sketch = Sketch(days=50, a=1.0, b=1.0, n=0.0).event("swap", Dated("2030-01-03"), {"a": "0 - 5", "b": "0 - 5"})
    sketch.event("e", Hazard("a * b / 1000 days", "true"), {"n": "n + 1"})
    assert sketch.run().failure is None
