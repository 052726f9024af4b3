"""A class's orders played again in other worlds: branches of a turn's snapshot, or worlds with another future."""

from collections.abc import Iterable
from dataclasses import dataclass

from escalation.classroom.exercise import Exercise
from escalation.classroom.outcomes import Outcomes, of_trajectories
from escalation.classroom.record import Record
from escalation.classroom.world import begin, program_of
from escalation.engines.branching import Branching
from escalation.engines.playing import play
from escalation.engines.simpy import Simulation
from escalation.model.script import Decide, Script
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Point


@dataclass(frozen=True, slots=True)
class Replayed:
    """Worlds in which one script was played.

    orders: how many orders were played in all worlds together. held: how many
    of them could not be carried out, so that nothing was done in their place. failed: worlds that failed.
    """

    values: Outcomes
    orders: int
    held: int
    failed: int

    @property
    def impossible(self) -> float:
        """The share of orders that were impossible; 0 where there was none to play."""
        return self.held / self.orders if self.orders else 0.0


def branches(exercise: Exercise, snapshot: Snapshot, count: int) -> list[Snapshot]:
    """Branches 1 to `count` of a snapshot: its past and its future with other luck from there on (law 18).

    Raises:
        CannotBranch: a delay that runs cannot be drawn again.
    """
    branching = Branching(program_of(exercise.model), snapshot)
    return [branching.branch(number) for number in range(1, count + 1)]


def fresh(record: Record, count: int) -> list[Snapshot]:
    """Worlds at their first instant, each with a future and luck of its own, none of them the class's."""
    own, played = record.point, record.beginning.played
    points = [Point(own.policy, own.future + place, own.luck + place, own.seed) for place in range(1, count + 1)]
    return [begin(record.exercise, point, played) for point in points]


def script_from(record: Record, turn: int) -> Script:
    """All that was done from a turn on."""
    return tuple(item for each in record.turns if each.turn >= turn for item in each.inputs)


def replay(exercise: Exercise, worlds: Iterable[Snapshot], script: Script) -> Replayed:
    """A script played in every world to the end of the exercise. An order that is impossible there becomes hold."""
    program, played = program_of(exercise.model), []
    orders = sum(isinstance(item, Decide) for item in script)
    held = 0
    for snapshot in worlds:
        simulation = Simulation.resume(program, snapshot)
        refused = play(simulation, script)
        simulation.run()
        held += sum(isinstance(each.input, Decide) for each in refused)
        played.append(simulation.trajectory())
    failed = sum(each.failure is not None for each in played)
    return Replayed(of_trajectories(exercise.model, played), orders * len(played), held, failed)
