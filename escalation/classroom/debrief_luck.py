"""Luck or choice: what the model alone brings, what these orders bring under other luck, and what did happen."""

from dataclasses import dataclass

from escalation.classroom.debrief_replay import branches, fresh, replay, script_from
from escalation.classroom.outcomes import Outcomes, estimates, of_batch, of_trajectories
from escalation.classroom.record import Record
from escalation.classroom.world import compiled_of, program_of
from escalation.engines.simpy import simulate
from escalation.model.trajectory import Point
from escalation.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class LuckOrChoice:
    """Four numbers of each measure; a share for `ever`, otherwise a mean, both over worlds that have a value.

    baseline: the model decides for every seat, in fresh futures. same_future: the class's orders in the class's own
    future with fresh luck. other_futures: the class's orders in fresh futures. impossible: the share of orders that
    became hold, in these two. happened: what came of the class; None is blank, or a world that failed.
    """

    count: int
    baseline: dict[str, Estimate]
    same_future: dict[str, Estimate]
    other_futures: dict[str, Estimate]
    impossible: tuple[float, float]
    happened: dict[str, float | None]


def luck_or_choice(record: Record, count: int = 200) -> LuckOrChoice:
    """What came of the class beside what could have come.

    Raises:
        CannotBranch: a delay that runs at the first instant cannot be drawn again.
    """
    exercise, script = record.exercise, script_from(record, 1)
    model = exercise.model
    same = replay(exercise, branches(exercise, record.beginning, count), script)
    other = replay(exercise, fresh(record, count), script)
    return LuckOrChoice(
        count,
        estimates(model, baseline(record, count)),
        estimates(model, same.values),
        estimates(model, other.values),
        (same.impossible, other.impossible),
        happened(record),
    )


def happened(record: Record) -> dict[str, float | None]:
    """The measures of the class's own world: its orders under its own luck."""
    own = replay(record.exercise, [record.beginning], script_from(record, 1))
    return {name: value if value == value else None for name, (value,) in own.values.items()}


def baseline(record: Record, count: int) -> Outcomes:
    """The model plays every seat in futures 1 to `count` after the class's own, by machine code where there is some."""
    own, model = record.point, record.exercise.model
    places, compiled = range(1, count + 1), compiled_of(model)
    if compiled is not None:
        lucks, futures = [own.luck + place for place in places], [own.future + place for place in places]
        batch = compiled.run(own.policy, lucks, futures, seed=own.seed, charted=0)
        assert batch is not None, "nobody tells it to stop"
        return of_batch(model, batch)
    points = (Point(own.policy, own.future + place, own.luck + place, own.seed) for place in places)
    return of_trajectories(model, [simulate(program_of(model), point) for point in points])
