"""The interval of a what-if covers the exact answer of a toy model as often as it says."""

import math

from escalation.classroom.debrief_what_if import Change, what_if
from escalation.classroom.exercise import exercise_of
from escalation.classroom.record import Record, TurnRecord
from escalation.classroom.world import begin, resolve
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.script import Decide
from escalation.model.trajectory import Point

TOY = """
escalation: 1
title: A toy
starts: 2030-01-01
lasts: 20 days
actors: {north: {name: The North, role: Command, playable: true}}
state:
  armed: {initial: false, seen_by: [north], assumption: invented}
  shot: {initial: false, assumption: invented}
events:
  arm:
    {actor: north, while: not armed, rate: 1 / 9 days, effect: {armed: true}, play: {help: Arm}, assumption: invented}
  shoot: {while: armed and not shot, rate: 1 / 20 days, effect: {shot: true}, assumption: invented}
measures:
  shots: {ever: shot}
classroom:
  turn: 10 days
  roles: {north: {sees: [armed], orders: [arm]}}
"""
REPEATS, BRANCHES = 200, 40
FEWEST, MOST = 179, 199
"""Of 200 intervals that each cover with 0.95, fewer than 179 do so with a chance of 0.0005, all with 0.00004."""


def test_the_interval_of_a_what_if_covers_the_exact_answer(tmp_path):
    """Arming on the first day brings a shot within 20 days with 1 - exp(-1); not arming brings none."""
    path = tmp_path / "toy.yaml"
    path.write_text(TOY)
    scenario = read_scenario(path).scenario
    of = exercise_of(scenario, build(scenario))
    exact, covered = -(1.0 - math.exp(-1.0)), 0
    for luck in range(REPEATS):
        point = Point(of.model.policies[0].name, luck, luck)
        order = Decide(0, "arm")
        start = begin(of, point, ("north",))
        after = resolve(of, start, (order,), of.instants[1]).snapshot
        turn = TurnRecord(1, (order,), start, after, {"north": (order,)}, {}, (), ())
        found = what_if(Record(of, point, start, (turn,), (), (), ()), Change(1, order, None), BRANCHES)
        estimate = found.differences["shots"].estimate
        assert estimate.low is not None
        assert estimate.high is not None
        covered += estimate.low <= exact <= estimate.high
    assert FEWEST <= covered <= MOST
