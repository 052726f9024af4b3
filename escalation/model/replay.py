"""A recorded trajectory read again: the state after each firing, without an engine."""

from collections.abc import Iterator

from escalation.model.evaluate import evaluate
from escalation.model.process import Model, Value
from escalation.model.trajectory import Firing, Trajectory


def replayed(model: Model, trajectory: Trajectory) -> Iterator[tuple[Firing, dict[str, Value], dict[str, Value]]]:
    """Each firing with the values of every name before it and after it, derived names included.

    Draws of rules keep the value that they had at the start; a firing tells its own.
    """
    before = dict(trajectory.first)
    for firing in trajectory.log:
        after = before | {name: value for name, _, value in firing.changed}
        for item in model.derived:
            after[item.name] = evaluate(item.value, after)
        yield firing, before, after
        before = after
