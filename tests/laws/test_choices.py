"""Choices of one instant are simultaneous; two that write one name need another `order:`; decisions from outside."""

import pytest

from escalation.engines.orders import Order, Refused
from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Hazard, Periodic, Phase, Waiting
from tests.models import Sketch, fired


def two(clock_a: object, clock_b: object, days: float = 30) -> Sketch:
    """Two actors who each read what the other writes."""
    sketch = Sketch(days=days, x=1.0, y=10.0).measure("x", "final", "x").measure("y", "final", "y")
    sketch.event("a", clock_a, {"x": "y"}, actor="seoul")
    return sketch.event("b", clock_b, {"y": "x"}, actor="moscow")


def test_choices_of_one_instant_read_the_state_at_its_start():
    """Two actors who copy each other in one instant swap."""
    trajectory = two(Dated("2030-01-06"), Dated("2030-01-06")).run(verify=True)
    assert trajectory.measures == {"x": 10.0, "y": 1.0}


def test_choices_of_different_clocks_are_simultaneous_too():
    """What makes a choice due does not matter: a date, a period, a delay and an edge that has lasted."""
    clocks = [
        Dated("2030-01-06"), Periodic("5 days", condition="x != y"), Waiting("x != y", "5 days"),
        Edge("true", "5 days"), Edge("true", "0 days", after="5 days"),
    ]  # fmt: skip
    for first in clocks:
        for second in clocks:
            trajectory = two(first, second, days=6).run(verify=True)
            assert trajectory.measures == {"x": 10.0, "y": 1.0}, (first, second)


def test_rules_that_are_no_choices_are_sequential():
    """Without an actor the same two rules fire in the order of their names."""
    sketch = Sketch(days=30, x=1.0, y=10.0).measure("x", "final", "x").measure("y", "final", "y")
    sketch.event("a", Dated("2030-01-06"), {"x": "y"}).event("b", Dated("2030-01-06"), {"y": "x"})
    assert sketch.run().measures == {"x": 10.0, "y": 10.0}


def test_two_writers_that_are_no_choices_write_in_turn():
    """Two dated events that add to one number in one instant both count."""
    sketch = Sketch(days=30, x=1.0).measure("x", "final", "x")
    sketch.event("a", Dated("2030-01-06"), {"x": "x + 1"}).event("b", Dated("2030-01-06"), {"x": "x * 10"})
    assert sketch.run().measures["x"] == 20.0


def both_set(order: int) -> Sketch:
    sketch = Sketch(days=30, x=1.0).measure("x", "final", "x")
    sketch.event("a", Dated("2030-01-06"), {"x": "x + 1"}, actor="seoul")
    return sketch.event("b", Dated("2030-01-06"), {"x": "x + 10"}, actor="moscow", order=order)


def test_two_choices_that_set_one_name_are_an_error_that_names_both():
    """Who wins would be an accident, so it is refused with both names and the remedy."""
    failure = both_set(0).run().failure
    assert failure is not None
    assert failure.time == 5 * DAY
    for word in ("a and b", "x", "order"):
        assert word in failure.message


def test_another_order_lets_two_choices_set_one_name():
    """With different orders the later writes last; both have read the state at the start of the phase."""
    assert both_set(1).run().measures["x"] == 11.0
    assert both_set(-1).run().measures["x"] == 2.0


def test_two_choices_that_set_one_name_on_different_days_are_fine():
    """Only one instant is simultaneous."""
    sketch = Sketch(days=30, x=1.0).measure("x", "final", "x")
    sketch.event("a", Dated("2030-01-06"), {"x": "x + 1"}, actor="seoul")
    sketch.event("b", Dated("2030-01-07"), {"x": "x + 10"}, actor="moscow")
    assert sketch.run().measures["x"] == 12.0


def test_a_choice_that_another_makes_due_reads_what_it_did():
    """A choice triggered by a choice of the same instant comes after it and sees its effect."""
    sketch = Sketch(days=30, x=1.0, y=0.0, go=False).measure("y", "final", "y")
    sketch.event("b", Dated("2030-01-06"), {"x": "7", "go": "true"}, actor="seoul")
    sketch.event("a", Edge("go", "0 days"), {"y": "x"}, actor="moscow")
    assert sketch.run(verify=True).measures["y"] == 7.0


def test_a_choice_of_this_instant_is_not_undone_by_another():
    """All read the state at the start, so what one of them ends the others still do, and go on afterwards."""
    for second in (
        Waiting("open", "5 days"), Periodic("5 days", condition="open"),
        Edge("t", "0 days", unless="not open"), Edge("open", "5 days"),
    ):  # fmt: skip
        sketch = Sketch(days=30, open=True, t=False, n=0.0)
        sketch.event("start", Dated("2030-01-06"), {"t": "true"}).event("fall", Dated("2030-01-16"), {"t": "false"})
        sketch.event("reopen", Dated("2030-01-17"), {"open": "true"}).event("rise", Dated("2030-01-18"), {"t": "true"})
        sketch.event("a", Dated("2030-01-06"), {"open": "false"}, actor="seoul")
        sketch.event("b", second, {"n": "n + 1"}, actor="moscow")
        trajectory = sketch.run(record=True, verify=True)
        times = [time for time, rule in fired(trajectory) if rule == "b"]
        assert times[0] == 5.0, second
        assert len(times) > 1, second


def test_choices_come_last_in_an_instant():
    """Whatever has an actor is in the phase of choices, whatever its clock."""
    sketch = two(Dated("2030-01-06"), Hazard("1 / 1 day", "true"))
    assert [rule.phase for rule in sketch.model().rules] == [Phase.CHOICES, Phase.CHOICES]


# ---------------------------------------------------------------------- decisions from outside


def lifts() -> Sketch:
    sketch = Sketch(days=30, x=0.0, open=True).measure("x", "final", "x")
    clock = Hazard("1 / 2 days", "open")
    return sketch.event("lift", clock, {"x": "x + lift.size"}, {"size": "uniform(1, 2)"}, actor="pyongyang")


def test_the_model_does_not_choose_for_a_played_actor():
    """While a person plays, the model's own clock rests."""
    assert lifts().run(played=["pyongyang"]).measures["x"] == 0.0


def test_a_person_fills_in_the_draws():
    """A decision may say what the rule would have drawn."""
    simulation = lifts().simulation(played=["pyongyang"])
    simulation.run(5 * DAY)
    simulation.decide(Order("lift", {"size": 5.0}))
    assert simulation["x"] == 5.0
    simulation.run()
    assert simulation.trajectory().measures["x"] == 5.0


def test_a_draw_left_open_is_drawn():
    """What the person leaves open is drawn at the number of that firing."""
    simulation = lifts().simulation(played=["pyongyang"])
    simulation.decide(Order("lift", {"size": 5.0}))
    simulation.decide(Order("lift"))
    assert 6.0 < simulation["x"] < 7.0


def test_an_unknown_draw_is_refused_and_changes_nothing():
    """A draw that the choice does not have is refused by name."""
    simulation = lifts().simulation(played=["pyongyang"])
    with pytest.raises(Refused, match="weight"):
        simulation.decide(Order("lift", {"weight": 5.0}))
    assert simulation.firings == 0


def test_a_choice_whose_guard_is_false_is_refused():
    """What does not exist at present cannot be chosen, and is not on the menu."""
    sketch = lifts().event("shut", Dated("2030-01-03"), {"open": "false"})
    simulation = sketch.simulation(played=["pyongyang"])
    assert simulation.choices("pyongyang") == {"lift": {}}
    simulation.run(4 * DAY)
    assert simulation.choices("pyongyang") == {}
    with pytest.raises(Refused):
        simulation.decide(Order("lift"))


def test_orders_given_together_read_the_same_state():
    """Two orders of one call swap, as two choices of one instant do."""
    simulation = two(Dated("2030-01-06"), Dated("2030-01-06")).simulation(played=["seoul", "moscow"])
    simulation.decide(Order("a"), Order("b"))
    assert (simulation["x"], simulation["y"]) == (10.0, 1.0)


def test_orders_that_set_one_name_are_refused_and_change_nothing():
    """Orders that contradict each other are refused before anything has changed; the trajectory goes on."""
    simulation = both_set(0).simulation(played=["seoul", "moscow"])
    with pytest.raises(Refused, match="a and b"):
        simulation.decide(Order("a"), Order("b"))
    assert simulation.failure is None
    simulation.decide(Order("a"))
    assert simulation["x"] == 2.0


@pytest.mark.parametrize(
    "clock",
    [
        Dated("2030-01-11"), Waiting("x < 1", "10 days"), Hazard("1 / 1 day", "x < 1"),
        Periodic("10 days", condition="x < 1"), Edge("x < 1", "10 days"), Edge("x < 1", "0 days", after="10 days"),
    ],
)  # fmt: skip
def test_a_decision_takes_the_place_of_the_model_s_own(clock):
    """A decision for an actor that nobody plays fires the rule now, and its clock does not fire that once more."""
    sketch = Sketch(days=30, x=0.0).measure("n", "count", "act").event("act", clock, {"x": "1"}, actor="seoul")
    simulation = sketch.simulation()
    simulation.decide(Order("act"))
    simulation.run()
    assert simulation.trajectory().measures["n"] == 1.0


def test_a_decision_on_a_shut_gate_is_refused_with_its_name():
    """A rung cannot be decided while a gate is shut; the menu says which."""
    sketch = Sketch(days=30, law=False)
    sketch.ladder("seoul", {"aid": {}, "arms": {"when": "true", "gates": {"law": "law"}}}, actor="seoul")
    simulation = sketch.simulation(played=["seoul"])
    assert simulation.choices("seoul") == {"seoul.arms.decide": {"law": False}}
    with pytest.raises(Refused, match="law"):
        simulation.decide(Order("seoul.arms.decide"))


def test_a_person_climbs_without_waiting_for_the_condition():
    """For a played actor the condition that leads the model to a decision does not bind; the gates do."""
    sketch = Sketch(days=30, need=False).measure("d", "final", "level(seoul.decided)")
    sketch.ladder("seoul", {"aid": {}, "arms": {"when": "need", "decide": "5 days"}}, actor="seoul")
    simulation = sketch.simulation(played=["seoul"])
    simulation.decide(Order("seoul.arms.decide"))
    simulation.run()
    assert simulation.trajectory().measures["d"] == 1.0
    assert simulation["arms.delivered"] == 1.0


def test_decisions_are_simultaneous_with_nothing_before_them():
    """A decision between firings leaves every other clock as it was."""
    sketch = lifts().event("noise", Hazard("1 / 1 day", "true"), {})
    plain = fired(sketch.run(played=["pyongyang"], record=True))
    simulation = sketch.simulation(played=["pyongyang"], record=True)
    simulation.run(5 * DAY)
    simulation.decide(Order("lift"))
    simulation.run()
    assert [item for item in fired(simulation.trajectory()) if item[1] == "noise"] == plain
