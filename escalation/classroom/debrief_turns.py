"""Which turn mattered: the class's orders of one turn against hold, with everything before and after it kept."""

from dataclasses import dataclass

from escalation.classroom.debrief_replay import branches, replay, script_from
from escalation.classroom.debrief_what_if import compared
from escalation.classroom.outcomes import estimates, told
from escalation.classroom.record import Record, TurnRecord
from escalation.model.script import Decide, Script
from escalation.statistics.estimate import Estimate
from escalation.statistics.paired import PairedDifference


@dataclass(frozen=True, slots=True)
class TurnEffect:
    """What a turn's orders did: as they were minus hold, by measure, branch by branch.

    by_actor: the same of one seat's orders with the other seats' kept. Seats do not add up: one order may need another.
    odds: each measure from this turn on, given the truth and the class's orders. impossible: share of orders that
    became hold, as they were. A turn or a seat without an order is exactly zero.
    """

    turn: int
    branches: int
    together: dict[str, PairedDifference]
    by_actor: dict[str, dict[str, PairedDifference]]
    odds: dict[str, Estimate]
    impossible: float


def which_turn(record: Record, count: int = 200) -> tuple[TurnEffect, ...]:
    """The effect of every turn, each from its own snapshot.

    Raises:
        CannotBranch: a delay that runs cannot be drawn again.
    """
    return tuple(turn_effect(record, turn, count) for turn in record.turns)


def turn_effect(record: Record, turn: TurnRecord, count: int) -> TurnEffect:
    """The effect of one turn, and of each seat that ordered in it."""
    exercise, later = record.exercise, script_from(record, turn.turn + 1)
    measures = told(exercise.model)
    worlds = branches(exercise, turn.snapshot_before, count)
    was = replay(exercise, worlds, (*turn.inputs, *later))

    def against(inputs: Script) -> dict[str, PairedDifference]:
        other = was if inputs == turn.inputs else replay(exercise, worlds, (*inputs, *later))
        return compared(measures, was, other)

    nobody = tuple(item for item in turn.inputs if not isinstance(item, Decide))
    by_actor = {
        actor: against(tuple(item for item in turn.inputs if not isinstance(item, Decide) or item not in orders))
        for actor, orders in turn.orders_by_actor.items()
    }
    odds = estimates(exercise.model, was.values)
    return TurnEffect(turn.turn, count, against(nobody), by_actor, odds, was.impossible)
