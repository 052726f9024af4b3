"""Was it likely: the class's path of what the projector shows, over the fan of worlds in which the model decides."""

from dataclasses import dataclass
from typing import TypeGuard

from escalation.classroom.record import Record
from escalation.classroom.world import program_of
from escalation.engines.simpy import Simulation
from escalation.model.trajectory import Point
from escalation.statistics.estimate import Estimate
from escalation.statistics.fan import Fan, fan
from escalation.statistics.mean import mean
from escalation.statistics.proportion import proportion


@dataclass(frozen=True, slots=True)
class Path:
    """One name at the turns' boundaries.

    path: the class's values; instants beside them, in milliseconds. fan: of the baseline at the same instants.
    quantile: the share of baseline worlds below the class's value, half of those equal to it counted; NaN where the
    baseline has none. place: the last of these with its error. same: the share of baseline worlds that end at the
    class's value. failed: baseline worlds that failed, missing from then on.
    """

    name: str
    instants: tuple[int, ...]
    path: tuple[float, ...]
    fan: Fan
    quantile: tuple[float, ...]
    place: Estimate
    same: Estimate
    failed: int


def paths(record: Record, count: int = 200) -> tuple[Path, ...]:
    """The path of each name on the projector; a name without a number in these worlds is left to words."""
    import numpy as np

    exercise = record.exercise
    worlds = [record.beginning, *(turn.snapshot_after for turn in record.turns)]
    names = [name for name in exercise.projector if all(_number(each.values.get(name)) for each in worlds)]
    instants = tuple(each.instant for each in worlds)
    table = np.full((count, len(instants), len(names)), np.nan)
    failed = 0
    own = record.point
    for place in range(count):
        point = Point(own.policy, own.future + place + 1, own.luck + place + 1, own.seed)
        simulation = Simulation(program_of(exercise.model), point)
        for column, instant in enumerate(instants):
            simulation.run(instant)
            if simulation.failure is not None:
                failed += 1
                break
            values = simulation.values()
            table[place, column] = [float(values[name]) for name in names]
    found = []
    for row, name in enumerate(names):
        path = tuple(float(value) for each in worlds if _number(value := each.values[name]))
        series = table[:, :, row]
        quantile = tuple(_quantile(series[:, column], value) for column, value in enumerate(path))
        found.append(Path(name, instants, path, fan(series), quantile, *_end(series[:, -1], path[-1]), failed))
    return tuple(found)


def _number(value: object) -> TypeGuard[bool | int | float]:
    return isinstance(value, bool | int | float)


def _end(values: object, value: float) -> tuple[Estimate, Estimate]:
    """The share below and half of the equal ones, and the share of the equal ones; each world is a future."""
    import numpy as np

    column = np.asarray(values)
    column = column[~np.isnan(column)]
    each, same = range(len(column)), column == value
    return mean((column < value) + 0.5 * same, each), proportion(same, each)


def _quantile(values: object, value: float) -> float:
    """The share below, half of the equal ones counted; NaN of nothing."""
    import numpy as np

    column = np.asarray(values)
    column = column[~np.isnan(column)]
    if not column.size:
        return float("nan")
    return float(((column < value).sum() + 0.5 * (column == value).sum()) / column.size)
