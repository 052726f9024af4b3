"""Small exercises whose answers are known, and classes that play them."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from escalation.classroom.exercise import Exercise, exercise_of
from escalation.classroom.record import Record, TurnRecord
from escalation.classroom.world import begin, resolve
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.script import Decide
from escalation.model.trajectory import Point

HEAD = """
escalation: 1
title: A toy
starts: 2030-01-01
lasts: 20 days
actors:
  north: {name: The North, role: Command, playable: true}
  south: {name: The South, role: Cabinet, playable: true}
"""


def exercise_from(text: str) -> Exercise:
    """The exercise of a scenario that is given as text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "toy.yaml"
        path.write_text(text)
        scenario = read_scenario(path).scenario
    return exercise_of(scenario, build(scenario))


def played(of: Exercise, orders: Mapping[int, tuple[str, ...]], luck: int = 0) -> Record:
    """The record of a class that orders so: choices by turn, from 1."""
    point = Point(of.model.policies[0].name, luck, luck)
    first = world = begin(of, point, tuple(role.actor for role in of.roles))
    turns = []
    for turn in range(1, of.turns + 1):
        script = tuple(Decide(of.instants[turn - 1], choice) for choice in orders.get(turn, ()))
        found = resolve(of, world, script, of.instants[turn])
        by_actor = {role.actor: tuple(each for each in script if each.choice in role.choices) for role in of.roles}
        turns.append(TurnRecord(turn, script, world, found.snapshot, by_actor, {}, found.firings, found.held))
        world = found.snapshot
    return Record(of, point, first, tuple(turns), (), (), ())
