"""What trajectories of an exercise came to: the author's measures as numbers, and estimates over them.

Numbers are in base units; NaN is blank, or a trajectory that failed.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from escalation.model.process import Measure, Model
from escalation.model.trajectory import Trajectory
from escalation.statistics.estimate import Estimate

if TYPE_CHECKING:
    from escalation.engines.compiled.engine import Batch

Outcomes = dict[str, list[float]]
"""By measure, one number a trajectory."""


def told(model: Model) -> tuple[Measure, ...]:
    """The measures that are told of: the author's own, one number each."""
    return tuple(item for item in model.measures if item.how != "series" and "." not in item.name)


def of_trajectories(model: Model, trajectories: Sequence[Trajectory]) -> Outcomes:
    """Those of trajectories that were played one by one."""
    found: Outcomes = {item.name: [] for item in told(model)}
    for each in trajectories:
        measures = each.measures if each.failure is None else {}
        for name, values in found.items():
            value = measures.get(name)
            values.append(float("nan") if value is None else float(value))
    return found


def of_batch(model: Model, batch: "Batch") -> Outcomes:
    """Those of trajectories that were played by machine code."""
    columns = [item.name for item in model.measures if item.how != "series"]
    return {item.name: batch.values[:, columns.index(item.name)].tolist() for item in told(model)}


def estimates(model: Model, outcomes: Mapping[str, Sequence[float]]) -> dict[str, Estimate]:
    """Share (of `ever`) or mean of each measure over trajectories that are independent; without a value, left out."""
    from escalation.statistics.mean import mean
    from escalation.statistics.proportion import proportion

    found = {}
    for item in told(model):
        values = [value for value in outcomes[item.name] if value == value]
        if values:
            each = range(len(values))
            shares = item.how == "ever"
            found[item.name] = proportion([v != 0.0 for v in values], each) if shares else mean(values, each)
    return found
