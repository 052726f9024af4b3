"""What a clock of `while:` and `after:` keeps when its condition falls (law 10)."""

import pytest

from escalation.model.process import Dated, Waiting
from tests.models import Sketch, fired


def interrupted(memory: str, after: str, off: float = 3, on: float = 8, days: float = 100_000) -> Sketch:
    """A delay that begins at the start and is disabled from day `off` to day `on`."""
    sketch = Sketch(days=days, up=True, n=0.0).event("off", Dated(f"2030-01-01 + {off} days"), {"up": "false"})
    sketch.event("on", Dated(f"2030-01-01 + {on} days"), {"up": "true"})
    return sketch.event("e", Waiting("up and n < 1", after, memory=memory), {"n": "n + 1"})


def first(sketch: Sketch, luck: int = 0) -> float:
    trajectory = sketch.run(luck, record=True, verify=True)
    return next(time for time, rule in fired(trajectory) if rule == "e")


@pytest.mark.parametrize(("memory", "at"), [("restart", 18), ("resume", 15), ("keep", 18)])
def test_a_fixed_delay(memory, at):
    """Ten days, three of them run: restart and keep need ten again, resume seven."""
    assert first(interrupted(memory, "10 days")) == at


def test_keep_keeps_the_draw():
    """The same draw again: the wait after the rise is the wait from the start."""
    after = "3 days + exponential(mean=10 days)"
    for luck in range(5):
        alone = first(Sketch(days=100_000, n=0.0).event("e", Waiting("n < 1", after), {"n": "1"}), luck)
        assert first(interrupted("keep", after), luck) == pytest.approx(8 + alone, abs=1e-7)


def test_resume_keeps_the_age():
    """What has run stays run."""
    after = "3 days + exponential(mean=10 days)"
    for luck in range(5):
        alone = first(Sketch(days=100_000, n=0.0).event("e", Waiting("n < 1", after), {"n": "1"}), luck)
        assert first(interrupted("resume", after), luck) == pytest.approx(5 + alone, abs=1e-7)


def test_restart_draws_afresh():
    """A fresh draw, which is number 1 of the stream: that of the second arming of a clock that fires at once."""
    after = "3 days + exponential(mean=10 days)"
    seconds = Sketch(days=100_000, n=0.0).event("e", Waiting("n < 2", after), {"n": "n + 1"})
    for luck in range(5):
        one, two = (time for time, _ in fired(seconds.run(luck, record=True)))
        assert first(interrupted("restart", after), luck) == pytest.approx(8 + two - one, abs=1e-7)


@pytest.mark.parametrize("memory", ["restart", "resume", "keep"])
def test_after_a_firing_nothing_is_kept(memory):
    """Firing realises a draw; the next arming takes the next number, whatever the memory."""
    after = "exponential(mean=10 days)"
    sketch = Sketch(days=1000, n=0.0).event("e", Waiting("true", after, memory=memory), {"n": "n + 1"})
    times = [time for time, _ in fired(sketch.run(record=True))]
    waits = [round(b - a, 6) for a, b in zip([0, *times], times, strict=False)]
    assert len(set(waits)) == len(waits) > 20


def test_a_fall_at_the_due_instant_stops_the_clock_and_resume_fires_at_the_rise():
    """Ten days have run when the calendar stops it: what is left is nothing, so it fires as soon as it may."""
    assert first(interrupted("resume", "10 days", off=10, on=12)) == 12


def test_a_fall_and_rise_in_one_instant():
    """Inside one instant resume loses nothing, keep and restart begin anew."""
    assert first(interrupted("resume", "10 days", off=3, on=3)) == 10
    assert first(interrupted("keep", "10 days", off=3, on=3)) == 13
    assert first(interrupted("restart", "10 days", off=3, on=3)) == 13


def test_many_interruptions_add_up():
    """Resume fires when the time that the condition held reaches the delay."""
    sketch = Sketch(days=1000, up=True, n=0.0)
    for number in range(20):
        sketch.event(f"off{number:02}", Dated(f"2030-01-01 + {10 * number + 1} days"), {"up": "false"})
        sketch.event(f"on{number:02}", Dated(f"2030-01-01 + {10 * number + 10} days"), {"up": "true"})
    sketch.event("e", Waiting("up and n < 1", "12.5 days", memory="resume"), {"n": "n + 1"})
    assert first(sketch) == 120.5


@pytest.mark.parametrize("memory", ["restart", "resume", "keep"])
def test_the_horizon_does_not_shorten_what_is_kept(memory):
    """A delay that ends beyond the horizon stays beyond it, however often it is interrupted."""
    sketch = interrupted(memory, "1e6 days", days=100)
    assert [rule for _, rule in fired(sketch.run(record=True))] == ["off", "on"]


def test_a_negative_delay_fails_with_its_rule():
    """A delay below zero is an error that names the rule."""
    failure = Sketch(days=10, x=1.0).event("e", Waiting("true", "(0 - x) * 1 day"), {}).run().failure
    assert failure is not None
    assert failure.rule == "e"
    assert "negative" in failure.message


def test_a_delay_that_is_not_a_number_fails_with_its_rule():
    """Zero over zero days is an error that names the rule."""
    failure = Sketch(days=10, x=0.0).event("e", Waiting("true", "1 day * x / x"), {}).run().failure
    assert failure is not None
    assert failure.rule == "e"
    assert "not a number" in failure.message


def test_an_endless_delay_never_ends():
    """An infinite delay is allowed and is censored."""
    trajectory = Sketch(days=10, x=0.0).event("e", Waiting("true", "1 day / x"), {}).run()
    assert (trajectory.firings, trajectory.failure) == (0, None)
