"""What if one order had been another: the same moment in many branches, with the order and without, all else kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from escalation.classroom.debrief_replay import Replayed, branches, replay, script_from
from escalation.classroom.exercise import Exercise
from escalation.classroom.outcomes import estimates, told
from escalation.classroom.record import Record, TurnRecord
from escalation.classroom.state import Changed
from escalation.classroom.world import program_of
from escalation.engines.playing import play
from escalation.engines.simpy import Simulation
from escalation.model.process import Measure
from escalation.model.script import Decide, Script
from escalation.model.snapshot import Snapshot
from escalation.statistics.estimate import Estimate
from escalation.statistics.paired import PairedDifference, paired_difference

TAIL = 0.1
"""The better story is the branch that this share of branches surpasses; the worse one likewise from below."""


@dataclass(frozen=True, slots=True)
class Change:
    """One order of one turn made another. old: none, an order is added. new: none, the order becomes hold."""

    turn: int
    old: Decide | None
    new: Decide | None


def change_of(record: Record, settled: Changed) -> Change:
    """The change that a class has settled on, as its record has the order; draws of a new order are left to chance.

    Raises:
        ValueError: there is no such turn, or no such order in it.
    """
    turn = _turn(record, settled.turn)
    new = settled.instead if settled.given else settled.choice
    order = Decide(turn.snapshot_before.instant, new) if new else None
    if not settled.given:
        return Change(settled.turn, None, order)
    old = next((each for each in turn.orders_by_actor.get(settled.actor, ()) if each.choice == settled.choice), None)
    if old is None:
        raise ValueError(f"{settled.choice} was not ordered in turn {settled.turn}")
    return Change(settled.turn, old, order)


@dataclass(frozen=True, slots=True)
class Story:
    """One branch as it went with the change: dated lines, each a day (ISO) and the rule that fired."""

    branch: int
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What a change does.

    as_it_was, with_change: each measure over the branches; differences: with the change minus as it was, branch by
    branch. impossible: share of orders that could
    not be carried out, as it was and with the change. typical, better, worse: branches with the change.
    """

    change: Change
    branches: int
    as_it_was: dict[str, Estimate]
    with_change: dict[str, Estimate]
    differences: dict[str, PairedDifference]
    impossible: tuple[float, float]
    typical: Story
    better: Story
    worse: Story


def changed(inputs: Script, change: Change, instant: int) -> Script:
    """A turn's inputs with a change.

    Raises:
        ValueError: the order that is to be changed was not given in this turn.
    """
    new = () if change.new is None else (Decide(instant, change.new.choice, change.new.draws),)
    if change.old is None:
        return (*inputs, *new)
    if change.old not in inputs:
        raise ValueError(f"{change.old.choice} was not ordered in turn {change.turn}")
    if new == (change.old,):
        return inputs
    place = inputs.index(change.old)
    # An order that was given several times in the turn is changed as one: each of them goes.
    kept = tuple(each for each in inputs[place:] if not (isinstance(each, Decide) and each.choice == change.old.choice))
    return (*inputs[:place], *new, *kept)


def what_if(record: Record, change: Change, count: int = 500) -> WhatIf:
    """The effect of a change over branches 1 to `count` of the world before its turn.

    Raises:
        ValueError: there is no such turn, or no such order in it.
        CannotBranch: a delay that runs cannot be drawn again.
    """
    turn = _turn(record, change.turn)
    exercise, later = record.exercise, script_from(record, change.turn + 1)
    script = (*changed(turn.inputs, change, turn.snapshot_before.instant), *later)
    worlds = branches(exercise, turn.snapshot_before, count)
    was = replay(exercise, worlds, (*turn.inputs, *later))
    other = replay(exercise, worlds, script)
    order = ranked(told(exercise.model), other)
    last = len(order) - 1
    stories = [story(exercise, worlds[order[round(last * at)]], script) for at in (0.5, 1.0 - TAIL, TAIL)]
    levels = estimates(exercise.model, was.values), estimates(exercise.model, other.values)
    differences = compared(told(exercise.model), other, was)
    return WhatIf(change, count, *levels, differences, (was.impossible, other.impossible), *stories)


def _turn(record: Record, number: int) -> TurnRecord:
    found = next((each for each in record.turns if each.turn == number), None)
    if found is None:
        raise ValueError(f"there is no turn {number} in the record")
    return found


def compared(measures: Sequence[Measure], first: Replayed, second: Replayed) -> dict[str, PairedDifference]:
    """First minus second by measure, world by world; worlds are independent of one another."""
    return {
        item.name: paired_difference(
            values := first.values[item.name], second.values[item.name], range(len(values)), item.better, item.matters
        )
        for item in measures
    }


def ranked(measures: Sequence[Measure], replayed: Replayed) -> list[int]:
    """Places of worlds from the worst to the best: the mean of their ranks in the measures that have a direction.

    Where no measure has one, higher counts as better. A blank has the middle rank.
    """
    import numpy as np
    from scipy.stats import rankdata

    directed = [item for item in measures if item.better != "neither"] or list(measures)
    count = next((len(values) for values in replayed.values.values()), 0)
    score = np.zeros(count)
    for item in directed:
        values = np.asarray(replayed.values[item.name])
        blank = np.isnan(values)
        if blank.all():
            continue
        ranks = np.full(count, 0.5)
        ranks[~blank] = rankdata(values[~blank]) / (1 + (~blank).sum())
        score += 1.0 - ranks if item.better == "lower" else ranks
    return [int(place) for place in np.argsort(score, kind="stable")]


def story(exercise: Exercise, world: Snapshot, script: Script) -> Story:
    """What happened in one branch, by day."""
    simulation = Simulation.resume(program_of(exercise.model), world, record=True)
    play(simulation, script)
    simulation.run()
    firings = simulation.recorder.firings if simulation.recorder is not None else ()
    lines = tuple(
        ((exercise.starts + timedelta(milliseconds=each.time)).isoformat()[:10], each.rule)
        for each in firings
        if each.changed
    )
    return Story(world.branches[-1], lines)
