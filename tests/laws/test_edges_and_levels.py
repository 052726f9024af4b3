"""`when:` is an edge with `for:`, `after:`, `unless:` and `overlap:`; `while:` is a level (law 9)."""

import pytest

from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Hazard, Periodic, Phase, Waiting
from tests.models import Sketch, fired


def times(sketch: Sketch, rule: str = "e") -> list[float]:
    trajectory = sketch.run(record=True, verify=True)
    assert trajectory.failure is None, trajectory.failure
    return [time for time, name in fired(trajectory) if name == rule]


def day(number: float) -> Dated:
    return Dated(f"2030-01-01 + {number!r} days")


def switching(
    rises: tuple[float, ...], falls: tuple[float, ...] = (), *, start: bool = False, days: float = 60
) -> Sketch:
    """A truth `c` that the calendar raises and lowers on given days; `n` counts the firings of `e`."""
    sketch = Sketch(days=days, c=start, n=0.0, stop=False)
    for number, at in enumerate(rises):
        sketch.event(f"rise{number}", day(at), {"c": "true"})
    for number, at in enumerate(falls):
        sketch.event(f"fall{number}", day(at), {"c": "false"})
    return sketch


COUNT = {"n": "n + 1"}
INSTANT = 1 / DAY


def test_when_triggers_as_it_becomes_true():
    """An edge fires in the instant of the rise."""
    assert times(switching((5,)).event("e", Edge("c", "0 days"), COUNT)) == [5]


def test_when_does_not_trigger_again_while_it_stays_true():
    """One edge is one firing, however long the condition holds."""
    sketch = switching((5,)).event("noise", Periodic("1 day"), {"c": "c"})
    assert times(sketch.event("e", Edge("c", "0 days"), COUNT)) == [5]


def test_true_at_the_start_counts_as_becoming_true():
    """A condition that holds at the start triggers at instant 0."""
    assert times(switching((), start=True).event("e", Edge("c", "0 days"), COUNT)) == [0]


def test_true_at_the_start_lasts_from_the_start():
    """`for: 7 days` of what holds at the start fires on day 7."""
    assert times(switching((), start=True).event("e", Edge("c", "7 days"), COUNT)) == [7]


def test_a_condition_must_fall_before_it_triggers_again():
    """Two rises with a fall between are two firings."""
    assert times(switching((5, 20), (10,)).event("e", Edge("c", "0 days"), COUNT)) == [5, 20]


def test_for_fires_exactly_its_length_after_the_edge():
    """`for: 7 days` after a rise on day 5 is day 12."""
    assert times(switching((5,)).event("e", Edge("c", "7 days"), COUNT)) == [12]


def test_a_fall_one_instant_before_the_end_cancels():
    """A fall one millisecond before the end of `for:` leaves nothing to fire."""
    assert times(switching((5,), (12 - INSTANT,)).event("e", Edge("c", "7 days"), COUNT)) == []


def test_a_fall_one_instant_after_the_end_is_too_late():
    """A fall one millisecond after the end of `for:` changes nothing."""
    assert times(switching((5,), (12 + INSTANT,)).event("e", Edge("c", "7 days"), COUNT)) == [12]


def test_a_fall_at_the_boundary_by_the_calendar_cancels():
    """A dated fall in the last instant comes before what has lasted."""
    assert times(switching((5,), (12,)).event("e", Edge("c", "7 days"), COUNT)) == []


def test_a_fall_at_the_boundary_by_chance_cancels():
    """A chance event in the last instant comes before what has lasted."""
    sketch = switching((5,)).event("fall", Waiting("c", "7 days"), {"c": "false"})
    assert times(sketch.event("e", Edge("c", "7 days"), COUNT)) == []


def test_a_fall_at_the_boundary_by_a_report_cancels():
    """A report published in the last instant comes before what has lasted."""
    sketch = Sketch(days=60, x=1.0, n=0.0).event("drop", day(10), {"x": "0"})
    sketch.reading("seen", "x", {"spy": {"every": "6 days", "lag": "1 day"}}, initial="1")
    # Reports are observed on days 6 and 12 and published on days 7 and 13; the second says that x has fallen.
    assert times(sketch.event("e", Edge("seen > 0", "13 days"), COUNT)) == []
    assert times(sketch.event("later", Edge("seen > 0", "12 days"), COUNT), "later") == [12]


def test_a_fall_at_the_boundary_by_a_choice_is_too_late():
    """A choice comes after what has lasted, so it cannot cancel in the last instant."""
    sketch = switching((5,)).event("fall", day(12), {"c": "false"}, actor="seoul")
    assert times(sketch.event("e", Edge("c", "7 days"), COUNT)) == [12]


def test_a_condition_true_only_in_the_middle_of_an_instant_triggers_nothing():
    """What the calendar raises and chance lowers in one instant is never settled, and nothing lasting sees it."""
    sketch = switching((5,)).event("flip", Waiting("c", "0 days"), {"c": "false"})
    assert times(sketch.event("e", Edge("c", "0 days"), COUNT)) == []


def test_a_fall_in_the_middle_of_an_instant_begins_for_anew():
    """`for:` asks that the condition held throughout: lowered and raised in one instant, it starts again."""
    sketch = switching((5,)).event("blink", day(8), {"c": "false"}).event("blink_back", day(8), {"c": "true"})
    assert times(sketch.event("e", Edge("c", "7 days"), COUNT)) == [15]


def test_a_condition_that_changes_and_comes_back_inside_one_effect_never_fell():
    """An effect block is atomic: what it leaves true did not fall."""
    sketch = switching((5,)).event("same", day(8), {"c": "not c or c"})
    assert times(sketch.event("e", Edge("c", "7 days"), COUNT)) == [12]


def test_after_is_a_delay_from_the_trigger():
    """`for: 2 days` and `after: 3 days` fire five days after the rise."""
    assert times(switching((5,)).event("e", Edge("c", "2 days", after="3 days"), COUNT)) == [10]


def test_falling_after_the_trigger_does_not_withdraw():
    """A delay that runs goes on when the condition falls."""
    assert times(switching((5,), (6,)).event("e", Edge("c", "0 days", after="3 days"), COUNT)) == [8]


def test_unless_reversed_withdraws_at_the_fall():
    """With `unless: reversed` the fall of the condition withdraws the delay."""
    assert times(switching((5,), (6,)).event("e", Edge("c", "0 days", after="3 days", reversible=True), COUNT)) == []


def test_unless_withdraws_a_running_delay():
    """`unless:` becoming true while the delay runs withdraws it."""
    sketch = switching((5,)).event("stop", day(7), {"stop": "true"})
    assert times(sketch.event("e", Edge("c", "0 days", after="3 days", unless="stop"), COUNT)) == []


def test_unless_at_the_last_instant_withdraws():
    """`unless:` made true by the calendar in the instant of the firing withdraws it."""
    sketch = switching((5,)).event("stop", day(8), {"stop": "true"})
    assert times(sketch.event("e", Edge("c", "0 days", after="3 days", unless="stop"), COUNT)) == []


def test_unless_that_has_passed_by_the_trigger_does_not_matter():
    """`unless:` is read at the trigger, not during `for:`."""
    sketch = switching((5,)).event("stop", day(6), {"stop": "true"}).event("go", day(7), {"stop": "false"})
    assert times(sketch.event("e", Edge("c", "4 days", unless="stop"), COUNT)) == [9]


@pytest.mark.parametrize("after", [None, "3 days"])
def test_unless_true_at_the_trigger_means_no_trigger(after):
    """A trigger met by `unless:` is lost: the condition must fall and rise again."""
    sketch = switching((5, 20), (15,)).event("stop", day(4), {"stop": "true"}).event("go", day(6), {"stop": "false"})
    late = 20 if after is None else 23
    assert times(sketch.event("e", Edge("c", "0 days", after=after, unless="stop"), COUNT)) == [late]


def test_a_new_edge_while_one_is_pending_is_ignored():
    """A second rise during the delay starts nothing."""
    assert times(switching((5, 7), (6,)).event("e", Edge("c", "0 days", after="10 days"), COUNT)) == [15]


def test_an_ignored_edge_is_not_remembered():
    """After the firing the condition must first fall, also if it rose during the delay."""
    sketch = switching((5, 7, 30), (6, 20)).event("e", Edge("c", "0 days", after="10 days"), COUNT)
    assert times(sketch) == [15, 40]


def test_overlap_restart_draws_anew():
    """With `overlap: restart` a second rise begins the delay again."""
    assert times(
        switching((5, 7), (6,)).event("e", Edge("c", "0 days", after="10 days", overlap="restart"), COUNT)
    ) == [17]


def test_overlap_restart_takes_the_next_number():
    """The delay that replaces another is a new draw."""
    after = "exponential(mean=1000 days)"
    sketch = switching((5, 7), (6,), days=100_000).event(
        "e", Edge("c", "0 days", after=after, overlap="restart"), COUNT
    )
    once = switching((5,), days=100_000).event("e", Edge("c", "0 days", after=after), COUNT)
    assert times(sketch)[0] - 7 != pytest.approx(times(once)[0] - 5)


def test_while_after_stops_with_its_condition():
    """`while:` is a level: the clock runs only as long as it is true."""
    assert times(switching((5,), (6,)).event("e", Waiting("c", "3 days"), COUNT)) == []


def test_while_after_begins_again_after_its_firing():
    """A level that still holds after the firing starts the next delay."""
    assert times(switching((5,), (15,)).event("e", Waiting("c", "3 days"), COUNT)) == [8, 11, 14]


def test_a_level_that_falls_in_the_instant_of_its_firing_by_the_calendar_is_stopped():
    """The calendar comes before chance."""
    assert times(switching((5,), (8,)).event("e", Waiting("c", "3 days"), COUNT)) == []


def test_a_derived_condition_that_the_firing_ends_does_not_go_on():
    """A rule whose own effect makes its derived condition false rests, for every kind of clock."""
    for clock in (Hazard("1 / 1 day", "low"), Waiting("low", "1 day"), Periodic("1 day", condition="low")):
        sketch = Sketch(days=60, n=0.0).derive(low="n < 1").event("e", clock, COUNT)
        assert len(times(sketch)) == 1, clock


def test_a_derived_rate_is_read_after_the_firing():
    """A hazard whose own effect changes its derived rate goes on at the new one."""
    sketch = Sketch(days=60, n=0.0).derive(pace="1 / 1 day if n < 1 else 0 / 1 day")
    assert len(times(sketch.event("e", Hazard("pace", "true"), COUNT))) == 1


def test_the_clock_of_an_edge_is_in_the_phase_of_what_has_lasted():
    """Events with `when:` rank after calendar, chance and reports."""
    model = switching((5,)).event("e", Edge("c", "0 days"), COUNT).model()
    assert next(rule for rule in model.rules if rule.name == "e").phase is Phase.LASTED
