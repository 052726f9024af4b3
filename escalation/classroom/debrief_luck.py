"""Luck or choice: what the model alone brings, what these orders bring under other luck, and what did happen."""

from dataclasses import dataclass

from escalation.classroom.debrief_replay import Replayed, branches, fresh, replay, script_from, told
from escalation.classroom.record import Record
from escalation.classroom.world import compiled_of
from escalation.model.process import Measure
from escalation.model.trajectory import Point
from escalation.statistics.estimate import Estimate
from escalation.statistics.mean import mean
from escalation.statistics.proportion import proportion


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
    measures = told(exercise.model)
    same = replay(exercise, branches(exercise, record.beginning, count), script)
    other = replay(exercise, fresh(record, count), script)
    return LuckOrChoice(
        count,
        estimates(measures, baseline(record, count)),
        estimates(measures, same),
        estimates(measures, other),
        (same.impossible, other.impossible),
        happened(record),
    )


def happened(record: Record) -> dict[str, float | None]:
    """The measures of the class's own world: its orders under its own luck."""
    own = replay(record.exercise, [record.beginning], script_from(record, 1))
    return {name: value if value == value else None for name, (value,) in own.values.items()}


def baseline(record: Record, count: int) -> Replayed:
    """The model plays every seat in futures 1 to `count` after the class's own, by machine code where there is some."""
    from escalation.engines.simpy import simulate

    own, model = record.point, record.exercise.model
    measures, places = told(model), range(1, count + 1)
    compiled = compiled_of(model)
    if compiled is not None:
        lucks, futures = [own.luck + place for place in places], [own.future + place for place in places]
        batch = compiled.run(own.policy, lucks, futures, seed=own.seed, charted=0)
        assert batch is not None, "nobody tells it to stop"
        columns = [item.name for item in model.measures if item.how != "series"]
        values = {item.name: batch.values[:, columns.index(item.name)].tolist() for item in measures}
        return Replayed(values, 0, 0, 0)
    from escalation.classroom.world import program_of

    values = {item.name: [] for item in measures}
    failed = 0
    for place in places:
        run = simulate(program_of(model), Point(own.policy, own.future + place, own.luck + place, own.seed))
        failed += run.failure is not None
        for item in measures:
            value = None if run.failure is not None else run.measures.get(item.name)
            values[item.name].append(float("nan") if value is None else float(value))
    return Replayed(values, 0, 0, failed)


def estimates(measures: tuple[Measure, ...], replayed: Replayed) -> dict[str, Estimate]:
    """Share or mean of each measure over worlds that are independent of one another; without a value, left out."""
    found = {}
    for item in measures:
        values = [value for value in replayed.values[item.name] if value == value]
        if values:
            each = range(len(values))
            shares = item.how == "ever"
            found[item.name] = proportion([v != 0.0 for v in values], each) if shares else mean(values, each)
    return found
