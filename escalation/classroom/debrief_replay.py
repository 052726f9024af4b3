"""A class's orders played again in other worlds: branches of a turn's snapshot, or worlds with another future."""

from collections.abc import Sequence
from dataclasses import dataclass

from escalation.classroom.exercise import Exercise
from escalation.classroom.outcomes import Outcomes, of_batch, of_trajectories
from escalation.classroom.record import Record
from escalation.classroom.world import begin, compiled_of, program_of
from escalation.engines.branching import Branching
from escalation.engines.playing import run_script
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


def replay(exercise: Exercise, worlds: Sequence[Snapshot], script: Script) -> Replayed:
    """A script played in every world to the end of the exercise. An order that is impossible there becomes hold."""
    model, compiled = exercise.model, compiled_of(exercise.model)
    orders = [place for place, item in enumerate(script) if isinstance(item, Decide)]
    if compiled is not None:
        batch = compiled.go_on(worlds, script=script, charted=0)
        assert batch is not None, "nobody tells it to stop"
        held = 0 if batch.held is None else int(batch.held[:, orders].sum())
        return Replayed(of_batch(model, batch), len(orders) * len(worlds), held, len(batch.failures))
    played = [run_script(program_of(model), world, script) for world in worlds]
    held = sum(isinstance(each.input, Decide) for one in played for each in one.held)
    failed = sum(one.trajectory.failure is not None for one in played)
    values = of_trajectories(model, [one.trajectory for one in played])
    return Replayed(values, len(orders) * len(worlds), held, failed)
