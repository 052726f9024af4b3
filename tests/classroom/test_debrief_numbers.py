"""The arithmetic of a debrief has known answers."""

import math
from functools import cache

import pytest

from escalation.classroom.debrief_beliefs import beliefs
from escalation.classroom.debrief_luck import happened, luck_or_choice
from escalation.classroom.debrief_path import paths
from escalation.classroom.debrief_replay import branches, replay, script_from
from escalation.classroom.debrief_turns import which_turn
from escalation.classroom.debrief_what_if import Change, changed, what_if
from escalation.classroom.outcomes import told
from escalation.classroom.record import Believed, Record, TurnRecord
from escalation.classroom.world import program_of, resolve
from escalation.engines.playing import run_script
from escalation.model.script import Decide, Force
from tests.classroom.test_world import FLAGSHIP, LIRATH, class_of_bots, every_exercise, exercise, point


@cache
def record(files, luck: int = 3) -> Record:
    """A class of bots, as a session records it."""
    of = exercise(files)
    worlds, scripts = class_of_bots(of, luck)
    turns = tuple(
        TurnRecord(
            place + 1,
            script,
            worlds[place],
            worlds[place + 1],
            {role.actor: tuple(each for each in script if each.choice in role.choices) for role in of.roles},
            {},
            (),
            (),
        )
        for place, script in enumerate(scripts)
    )
    return Record(of, point(of, luck), worlds[0], turns, (), (), ())


@every_exercise
def test_an_unchanged_order_makes_no_difference_at_all(files):
    """Every measure is identical: zero with an interval of no width; leaving the order out changes the worlds."""
    played = record(files)
    turn = next(each for each in played.turns if each.inputs)
    order = turn.inputs[0]
    same = what_if(played, Change(turn.turn, order, order), 20)
    for found in same.differences.values():
        assert (found.verdict, found.estimate.value, found.estimate.low, found.estimate.high) == ("identical", 0, 0, 0)
    assert same.impossible[0] == same.impossible[1]
    assert len({same.typical.branch, same.better.branch, same.worse.branch}) == 3
    with pytest.raises(ValueError, match="was not ordered"):
        what_if(played, Change(turn.turn, Decide(0, "nothing"), None), 2)


@every_exercise
def test_the_orders_of_the_class_under_its_luck_give_its_world(files):
    """What did happen is the unbroken trajectory, and its last world is the record's."""
    played = record(files)
    whole = resolve(played.exercise, played.beginning, script_from(played, 1), played.exercise.instants[-1])
    assert whole.snapshot.to_bytes() == played.turns[-1].snapshot_after.to_bytes()
    alone = run_script(program_of(played.exercise.model), played.beginning, script_from(played, 1)).trajectory
    for name, value in happened(played).items():
        assert value == (None if alone.measures[name] is None else float(alone.measures[name]))


def test_an_impossible_order_becomes_hold_and_is_counted():
    """An order that does not exist is held in every branch; the worlds are those without it. An inject is no order."""
    played = record(FLAGSHIP)
    worlds = branches(played.exercise, played.beginning, 5)
    wrong = replay(played.exercise, worlds, (Decide(0, "no.such.choice"),))
    assert (wrong.orders, wrong.held, wrong.impossible) == (5, 5, 1.0)
    hold = replay(played.exercise, worlds, ())
    assert str(wrong.values) == str(hold.values)
    inject = replay(played.exercise, worlds, (Force(0, "no.such.rule"), Decide(0, "no.such.choice")))
    assert (inject.orders, inject.held, inject.impossible) == (5, 5, 1.0)


def test_a_changed_order_stands_where_the_old_one_stood():
    """The order of a turn's inputs is kept, for conflicts follow it."""
    a, b, c = (Decide(0, name) for name in "abc")
    assert changed((a, b), Change(1, a, c), 0) == (c, b)
    assert changed((a, b), Change(1, a, None), 0) == (b,)
    assert changed((a, b), Change(1, None, c), 0) == (a, b, c)


def test_a_seat_without_orders_mattered_nothing():
    """Against hold, a seat that held differs by exactly zero."""
    played = record(LIRATH)
    for effect, turn in zip(which_turn(played, 5), played.turns, strict=True):
        for actor, orders in turn.orders_by_actor.items():
            if not orders:
                assert {each.verdict for each in effect.by_actor[actor].values()} == {"identical"}


def test_luck_or_choice_has_every_measure_and_the_share_of_impossible_orders():
    """Shares lie between 0 and 1, and what did happen is told beside them."""
    played = record(LIRATH)
    found = luck_or_choice(played, 10)
    assert set(found.happened) == {item.name for item in told(played.exercise.model)}
    assert all(0.0 <= share <= 1.0 for share in found.impossible)
    assert all(each.n <= 10 for each in (found.baseline | found.same_future | found.other_futures).values())


def test_the_brier_score_by_hand():
    """(0.8 - 1)^2, (0.3 - 0)^2 and (1 - 1)^2 have the mean 0.13 / 3; a question without an answer is left out."""
    said = [Believed(1, "a", "north", 1, 0.8), Believed(2, "a", "north", 1, 0.3), Believed(1, "b", "south", 2, 1.0)]
    found = beliefs([*said, Believed(3, "b", "south", 2, 0.5)], {1: True, 2: False})
    assert found.brier == pytest.approx(0.13 / 3, abs=1e-15)
    assert found.by_actor == pytest.approx({"north": 0.065, "south": 0.0})
    assert (found.count, found.unresolved) == (3, 1)
    assert [(each.low, each.count, each.came.value) for each in found.bins] == [(0.2, 1, 0.0), (0.8, 2, 1.0)]
    assert beliefs([], {}).brier is None


def test_the_path_of_the_class_has_a_quantile_at_every_turn():
    """At the first instant every world that starts alike is in the middle."""
    found = paths(record(LIRATH), 10)
    assert found
    for each in found:
        assert len(each.path) == len(each.quantile) == each.fan.lines.shape[1] == 1 + len(record(LIRATH).turns)
        assert all(0.0 <= value <= 1.0 or math.isnan(value) for value in each.quantile)
