"""What is done from outside is an input, at an instant: decided, forced or set, and done again when it is replayed."""

import pytest

from escalation.engines.orders import Order, Refused
from escalation.engines.playing import run_script
from escalation.engines.program import prepare
from escalation.engines.simpy import Simulation
from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Following, Hazard, Periodic, Waiting
from escalation.model.scenario import Play
from escalation.model.script import Decide, Force, Put
from escalation.model.trajectory import Point
from tests.laws.test_saving import crowded, finished, ladder, told
from tests.models import Sketch, fired

PLAYED = Play(1, "")
START = Point("base", 0, 0)


def run(sketch: Sketch, *script: object, **options: object):
    return run_script(prepare(sketch.model()), START, script, record=True, **options)


def test_a_script_does_what_was_done_by_hand():
    """A decision, an inject and a setting in a script give, bit for bit, what the same calls give."""
    program = prepare(ladder().model())
    by_hand = Simulation(program, START, record=True, played=("kim",))
    by_hand.run(5 * DAY)
    by_hand.decide(Order("seoul.kit.decide"))
    by_hand.run(9 * DAY)
    by_hand.force("drift")
    by_hand.put({"x": 1.5})
    script = (Decide(5 * DAY, "seoul.kit.decide"), Force(9 * DAY, "drift"), Put(9 * DAY, {"x": 1.5}))
    replayed = run_script(program, START, script, record=True, played=("kim",))
    assert replayed.held == ()
    assert told(replayed.trajectory) == told(finished(by_hand))
    backwards = run_script(program, START, (script[1], script[2], script[0]), record=True, played=("kim",))
    assert told(backwards.trajectory) == told(replayed.trajectory), "instants order a script"


def test_a_script_goes_on_from_a_snapshot():
    """The rest of a script, from a snapshot taken on the way, ends as the whole of it from the start."""
    program = prepare(ladder().model())
    script = (Decide(5 * DAY, "seoul.kit.decide"), Put(9 * DAY, {"x": 1.5}), Decide(20 * DAY, "seoul.arms.decide"))
    whole = run_script(program, START, script, record=True, played=("kim",))
    simulation = Simulation(program, START, played=("kim",))
    simulation.run(5 * DAY)
    simulation.decide(Order("seoul.kit.decide"))
    rest = run_script(program, simulation.save(), script[1:], record=True)
    assert told(rest.trajectory) == told(whole.trajectory, 5 * DAY)
    assert whole.trajectory.measures["kit"] == 5 * DAY


def test_an_order_that_cannot_be_carried_out_is_held():
    """Nothing is done in its place, the rest goes on, and the reason is told."""
    early = Decide(3 * DAY, "seoul.arms.decide")
    nobody = Decide(4 * DAY, "seoul.navy.decide")
    rule, name = Force(4 * DAY, "storm"), Put(4 * DAY, {"seoul.kit#taken": True})
    played = run(ladder(), early, nobody, rule, name, Decide(5 * DAY, "seoul.kit.decide"), played=("kim",))
    assert [item.input for item in played.held] == [early, nobody, rule, name]
    assert [item.why for item in played.held] == [
        "seoul.arms.decide cannot be chosen now",
        "there is no choice 'seoul.navy.decide'",
        "there is no rule 'storm'",
        "'seoul.kit#taken' is no variable of the model's state",
    ]
    assert played.trajectory.measures["kit"] == 5 * DAY
    alone = run(ladder(), Decide(5 * DAY, "seoul.kit.decide"), played=("kim",))
    assert told(played.trajectory) == told(alone.trajectory)


def test_decisions_of_one_instant_read_the_same_state():
    """Two choices listed for one instant are simultaneous; a setting between them makes one come after the other."""
    sketch = Sketch(days=9, x=1.0, y=10.0).measure("x", "final", "x").measure("y", "final", "y")
    sketch.event("swap", Hazard("0 / 1 day", "true"), {"x": "y"}, actor="kim", play=PLAYED)
    sketch.event("back", Hazard("0 / 1 day", "true"), {"y": "x"}, actor="lee", play=PLAYED)
    both = Decide(DAY, "swap"), Decide(DAY, "back")
    assert run(sketch, *both).trajectory.measures == {"x": 10.0, "y": 1.0}
    apart = run(sketch, both[0], Put(DAY, {"x": 5.0}), both[1]).trajectory
    assert apart.measures == {"x": 5.0, "y": 5.0}


def test_of_two_decisions_that_set_one_name_the_later_listed_is_held():
    """They would be simultaneous, and the engine does not choose between them."""
    sketch = Sketch(days=9, x=1.0).measure("x", "final", "x")
    for name, value in (("up", "x + 1"), ("down", "x - 1")):
        sketch.event(name, Hazard("0 / 1 day", "true"), {"x": value}, actor=name, play=PLAYED)
    played = run(sketch, Decide(DAY, "down"), Decide(DAY, "up"))
    assert [(item.input, item.why[:37]) for item in played.held] == [
        (Decide(DAY, "up"), "down and up are chosen in one instant"),
    ]
    assert played.trajectory.measures["x"] == 0.0


def test_one_choice_twice_in_an_instant_is_taken_twice():
    """The second is taken in the state that the first has left, and each has its own draws."""
    sketch = Sketch(days=9, x=1.0).measure("x", "final", "x")
    draw = {"size": "normal(5, 1)"}
    sketch.event("lift", Hazard("0 / 1 day", "true"), {"x": "x + lift.size"}, draw, actor="kim", play=PLAYED)
    played = run(sketch, Decide(DAY, "lift", {"size": 2.0}), Decide(DAY, "lift", {"size": 3.0}))
    assert (played.held, played.trajectory.measures["x"]) == ((), 6.0)


@pytest.mark.parametrize(
    ("clock", "due"),
    [
        (Dated("2030-01-09"), []),
        (Periodic("4 days"), [7, 11, 15, 19]),
        (Hazard("0 / 1 day", "true"), []),
        (Waiting("true", "4 days"), [7, 11, 15, 19]),
        (Edge("true", "4 days"), []),
        (Edge("true", "0 days", "4 days"), []),
        (Following("lead", "4 days", 9), [6]),
    ],
)
def test_a_forced_rule_fires_now_and_goes_on_as_after_any_firing(clock, due):
    """A date is used up, a period and a delay begin anew, an edge waits for a fall, what is under way still comes."""
    sketch = Sketch(days=20).event("lead", Dated("2030-01-03")).event("rule", clock)
    played = run(sketch, Force(3 * DAY, "rule"))
    assert [day for day, rule in fired(played.trajectory) if rule == "rule"] == [3, *due]


def test_a_forced_firing_has_the_number_of_the_next_firing():
    """So a rule that is forced early draws what its next firing would have drawn, and the one after draws the next."""
    sketch = Sketch(days=20, x=0.0).event("tick", Periodic("5 days"), {"x": "x + tick.size"}, {"size": "normal(0, 1)"})

    def sizes(*script: object) -> list[object]:
        return [firing.draws[0][1] for firing in run(sketch, *script).trajectory.log]

    plain = sizes()
    assert sizes(Force(2 * DAY, "tick")) == plain[:4]
    assert sizes(Force(2 * DAY, "tick", {"size": 7.0})) == [7.0, *plain[1:4]]


def test_draws_of_a_forced_rule_may_be_filled_in():
    """What is given is not drawn; a draw that the rule has not is refused."""
    sketch = Sketch(days=9, x=0.0).measure("x", "final", "x")
    sketch.event("lift", Hazard("0 / 1 day", "true"), {"x": "x + lift.size"}, {"size": "normal(5, 1)"})
    assert run(sketch, Force(DAY, "lift", {"size": 2.0})).trajectory.measures["x"] == 2.0
    (held,) = run(sketch, Force(DAY, "lift", {"weight": 2.0})).held
    assert held.why == "lift has no 'weight' to fill in; it has size"


def test_what_follows_a_rule_that_never_fired_cannot_be_forced_if_it_reads_that_rules_draws():
    """There is no such value yet."""
    sketch = Sketch(days=9, x=0.0).event("lead", Dated("2030-01-05"), {}, {"size": "normal(5, 1)"})
    sketch.event("echo", Following("lead", "1 day", 9), {"x": "lead.size"})
    simulation = Simulation(prepare(sketch.model()), START)
    simulation.run(2 * DAY)
    with pytest.raises(Refused, match=r"echo reads lead.size, and what draws that has not fired yet"):
        simulation.force("echo")
    simulation.run(7 * DAY)
    simulation.force("echo")
    assert simulation["x"] == simulation["lead.size"]


def test_what_fails_from_outside_fails_the_trajectory():
    """A setting beyond a range ends the trajectory as an effect would, and what comes after it is held."""
    sketch = Sketch(days=9, x=0.0)
    sketch.ranges["x"] = ("0", "5")
    late = Put(3 * DAY, {"x": 1.0})
    played = run(sketch, Put(2 * DAY, {"x": 9.0}), late)
    assert played.trajectory.failure.message == "x would become 9, outside its range 0 to 5"
    assert [item.input for item in played.held] == [late]
    assert played.held[0].why.startswith("the trajectory had failed: x would become 9")


def test_an_input_outside_the_time_of_the_trajectory_is_an_error():
    """Before the snapshot, or beyond the horizon, nothing can be done."""
    program = prepare(crowded().model())
    simulation = Simulation(program, START)
    simulation.run(10 * DAY)
    for instant in (9 * DAY, 61 * DAY):
        with pytest.raises(ValueError, match=f"for the instant {instant}, which does not lie between"):
            run_script(program, simulation.save(), (Put(instant, {"n": 1.0}),))
