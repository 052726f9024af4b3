"""Each answer of the debrief on a toy whose exact answer is known, narrow enough that 3 % off would fail."""

from dataclasses import replace
from functools import cache
from math import exp, sqrt

import numpy as np
import pytest

from escalation.classroom.debrief_beliefs import came_true
from escalation.classroom.debrief_luck import happened, luck_or_choice
from escalation.classroom.debrief_path import paths
from escalation.classroom.debrief_replay import Replayed, branches, replay
from escalation.classroom.debrief_turns import which_turn
from escalation.classroom.debrief_what_if import Change, change_of, changed, ranked, what_if
from escalation.classroom.outcomes import told
from escalation.classroom.record import Record
from escalation.classroom.state import Changed
from escalation.engines.first_values import uncertainties
from escalation.model.script import Decide
from escalation.model.trajectory import Point
from tests.classroom.toys import HEAD, exercise_from, played

Z = 3.5
"""A fair share is further off than so many standard errors once in 2,000 times."""
COUNT = 800
ARMS, SHOOTS, END = 0.4, 0.2, 20.0

SHOTS = (
    HEAD
    + """
state:
  armed: {initial: false, seen_by: [north], assumption: invented}
  shot: {initial: false, assumption: invented}
  a: {initial: 1, seen_by: [north], assumption: invented}
  b: {initial: 1, seen_by: [south], assumption: invented}
events:
  arm:
    {actor: north, while: not armed, rate: 0.4 / 1 day, effect: {armed: true}, play: {help: Arm}, assumption: invented}
  raise: {actor: north, while: a < 4, rate: 0 / 1 day, effect: {a: 4}, play: {help: Raise}, assumption: invented}
  treble: {actor: south, while: b < 3, rate: 0 / 1 day, effect: {b: 3}, play: {help: Treble}, assumption: invented}
  shoot: {while: armed and not shot, rate: 0.2 / 1 day, effect: {shot: true}, assumption: invented}
measures:
  shots: {ever: shot}
  product: {final: a * b}
classroom:
  turn: 10 days
  roles:
    north: {sees: [armed, a], orders: [arm, raise]}
    south: {sees: [b], orders: [treble]}
"""
)

LEVELS = (
    HEAD
    + """
uncertainties:
  start: {value: "uniform(0, 1)", assumption: invented}
state:
  height: {initial: start, assumption: invented}
  pushed: {initial: false, seen_by: [north], assumption: invented}
events:
  rise: {every: 1 day, effect: {height: "height + 0.01"}, assumption: invented}
  push:
    actor: north
    while: not pushed
    rate: 0 / 1 day
    effect: {pushed: true, height: height + 0.5}
    play: {help: Push}
    assumption: invented
measures:
  last: {final: height}
classroom:
  turn: 10 days
  projector: [height]
  roles: {north: {sees: [height, pushed], orders: [push]}}
"""
)


@cache
def shots(turn_of_arming: int, *others: str) -> Record:
    """A class that arms on the first day of a turn, and orders other things with it."""
    return played(exercise_from(SHOTS), {turn_of_arming: ("arm", *others)}, 3)


def close(found: float, exact: float, count: int = COUNT) -> bool:
    """Whether a share lies within Z standard errors of its exact value."""
    error = Z * sqrt(exact * (1.0 - exact) / count)
    assert error < 0.03 * exact, "this could not tell 3 % from nothing"
    return abs(found - exact) <= error


def shot_after(days: float) -> float:
    """The chance of a shot within so many days of arming."""
    return 1.0 - exp(-SHOOTS * days)


def test_luck_or_choice_has_the_exact_shares():
    """Model alone: arming, then shooting, by the 20th day; the class's orders: shooting alone, in any future."""
    found = luck_or_choice(shots(1), COUNT)
    alone = 1.0 - (ARMS * exp(-SHOOTS * END) - SHOOTS * exp(-ARMS * END)) / (ARMS - SHOOTS)
    for share, exact in (
        (found.baseline["shots"].value, alone),
        (found.same_future["shots"].value, shot_after(END)),
        (found.other_futures["shots"].value, shot_after(END)),
    ):
        assert close(share, exact)
    assert found.impossible == (0.0, 0.0)
    assert found.happened == happened(shots(1))
    assert found.happened["product"] == 1.0


def test_an_order_that_luck_may_forestall_is_impossible_as_often_as_it_is():
    """Arming twice: the second is impossible in every world, which is half of the orders."""
    of = played(exercise_from(SHOTS), {1: ("arm",), 2: ("arm",)}, 3)
    assert luck_or_choice(of, 20).impossible == (0.5, 0.5)


def test_the_effect_of_a_turn_is_exact():
    """Arming on day 0 brings a shot with 1 - exp(-4) that hold does not; a turn without orders brings nothing."""
    first, second = which_turn(shots(1), COUNT)
    assert close(first.together["shots"].estimate.value, shot_after(END))
    assert close(first.by_actor["north"]["shots"].estimate.value, shot_after(END))
    assert {each.verdict for each in second.together.values()} == {"identical"}
    assert {each.verdict for each in first.by_actor["south"].values()} == {"identical"}
    late = which_turn(shots(2), 2 * COUNT)[1]
    exact, error = shot_after(10.0), sqrt(shot_after(10.0) * exp(-2.0) / (2 * COUNT))
    assert abs(late.together["shots"].estimate.value - exact) <= Z * error


def test_the_effects_of_seats_do_not_add_up():
    """4 times 3 is 12: the North brings 9 of it, the South 8, both together 11, in every world."""
    first = which_turn(shots(1, "raise", "treble"), 5)[0]
    north, south = first.by_actor["north"]["product"], first.by_actor["south"]["product"]
    assert (north.estimate.value, south.estimate.value, first.together["product"].estimate.value) == (9.0, 8.0, 11.0)
    assert (north.pairs, north.differing) == (5, 5)


def test_what_if_has_the_exact_difference():
    """Without arming there is no shot; with it, 1 - exp(-4) of the worlds have one, and the stories say which."""
    of = shots(1)
    found = what_if(of, Change(1, of.turns[0].inputs[0], None), COUNT)
    assert close(-found.differences["shots"].estimate.value, shot_after(END))
    assert all("shoot" not in [rule for _, rule in each.lines] for each in (found.typical, found.better, found.worse))
    assert close(found.as_it_was["shots"].value, shot_after(END))
    assert found.with_change["shots"].value == 0.0
    other = what_if(of, Change(2, None, of.turns[0].inputs[0]), 10)
    assert other.impossible == (0.0, 1.0)
    assert {each.verdict for each in other.differences.values()} == {"identical"}


@pytest.mark.parametrize("luck", [1, 2])
def test_the_path_lies_where_its_start_puts_it_in_the_fan(luck):
    """Heights rise by 0.01 a day from a start that each future draws: all of the fan follows from the starts."""
    of = played(exercise_from(LEVELS), {2: ("push",)}, luck)
    (found,) = paths(of, 200)
    model, own = of.exercise.model, of.point
    starts = np.array(
        [
            uncertainties(model, Point(own.policy, own.future + place, 0, own.seed), {})["start"]
            for place in range(1, 201)
        ]
    )
    start = of.beginning.values["start"]
    assert found.path == pytest.approx((start, start + 0.1, start + 0.7), abs=1e-12)
    assert found.quantile[0] == found.quantile[1] == (starts < start).mean()
    assert found.quantile[2] == (starts < start + 0.5).mean()
    assert abs(found.quantile[0] - start) <= Z * sqrt(start * (1.0 - start) / 200)
    middle = found.fan.lines[found.fan.quantiles.index(0.5)]
    assert middle == pytest.approx(np.sort(starts)[99] + np.array([0.0, 0.1, 0.2]), abs=1e-9)
    assert found.failed == 0


def test_a_question_is_answered_at_the_end_of_its_own_turn():
    """What came about in the second turn had not by the first; a turn that was not played answers nothing."""
    asked = "  forecasts:\n" + "".join(
        f"    - {{ask: By {turn}?, resolves: a >= 4, by_turn: {turn}}}\n" for turn in (1, 2)
    )
    of = played(exercise_from(SHOTS + asked), {2: ("raise",)})
    assert came_true(of) == {0: False, 1: True}
    assert came_true(replace(of, turns=of.turns[:1])) == {0: False}


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_the_better_story_is_the_better_branch(better):
    """By the height each branch ends at: nine of ten are worse than the better story, one of ten than the worse."""
    noise = '  sway: {every: 1 day, effect: {height: "height + normal(0, 1)"}, assumption: invented}\nmeasures:'
    text = LEVELS.replace("measures:", noise).replace("{final: height}", f"{{final: height, better: {better}}}")
    of = played(exercise_from(text), {1: ("push",)})
    found = what_if(of, Change(1, of.turns[0].inputs[0], None), 41)
    heights = replay(of.exercise, branches(of.exercise, of.beginning, 41), ()).values["last"]
    worst_first = sorted(heights, reverse=better == "lower")
    places = [worst_first.index(heights[each.branch - 1]) for each in (found.worse, found.typical, found.better)]
    assert places == [4, 20, 36]


def test_a_blank_lies_in_the_middle_of_the_stories():
    """A world without a value is neither better nor worse than the others."""
    measures = told(exercise_from(LEVELS.replace("{final: height}", "{final: height, better: lower}")).model)
    assert ranked(measures, Replayed({"last": (3.0, 1.0, float("nan"), 2.0, 0.0)}, 0, 0, 0)) == [0, 3, 2, 1, 4]


def test_what_the_class_settled_on_is_what_is_changed():
    """The order given goes, for hold or for another; one that was not given is put in. What was filled in stays so."""
    of = shots(1)
    (arm,) = of.turns[0].inputs
    at = arm.instant
    assert change_of(of, Changed(1, "north", "arm", True)) == Change(1, arm, None)
    assert change_of(of, Changed(1, "north", "arm", True, "raise")) == Change(1, arm, Decide(at, "raise"))
    raised = Decide(of.turns[1].snapshot_before.instant, "raise")
    assert change_of(of, Changed(2, "north", "raise", False)) == Change(2, None, raised)
    filled = Change(1, arm, Decide(at, "raise", {"size": 2.0}))
    assert changed((arm,), filled, 7) == (Decide(7, "raise", {"size": 2.0}),)


def test_the_effect_of_a_turn_keeps_the_orders_of_later_ones():
    """Arming in turn 1 does nothing to the product that an order of turn 2 makes: 4 with it and without."""
    of = played(exercise_from(SHOTS), {1: ("arm",), 2: ("raise",)}, 3)
    first, second = which_turn(of, 20)
    assert (first.together["product"].verdict, first.odds["product"].value) == ("identical", 4.0)
    assert second.together["product"].estimate.value == 3.0


def test_what_is_the_same_in_every_world_has_its_path_in_the_middle():
    """Nobody raises what only an order raises: half of the equal worlds count as below, and all of them are equal."""
    text = SHOTS.replace("  roles:", "  projector: [a]\n  roles:").replace(
        "a: {initial: 1, seen_by: [north],", "a: {initial: 1,"
    )
    (found,) = paths(played(exercise_from(text), {}), 20)
    assert (found.quantile, found.place.value, found.same.value) == ((0.5, 0.5, 0.5), 0.5, 1.0)
