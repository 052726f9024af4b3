"""Both engines on the same trajectories: what must be equal, and where it first is not."""

from collections.abc import Iterable
from struct import pack
from typing import Any

from escalation.engines.compiled.engine import Compiled
from escalation.engines.program import Program
from escalation.engines.simpy import simulate
from escalation.model.process import Model
from escalation.model.trajectory import Point, Trajectory


def bits(value: Any) -> bytes:
    """A value as bytes: None and NaN are both blank, truths and indexes are numbers."""
    number = float("nan") if value is None else float(value)
    return b"blank" if number != number else pack("<d", number)


def told(model: Model, trajectory: Trajectory) -> tuple[list[Any], list[Any]]:
    """Measures and series of a trajectory as bits, in the model's order; nothing of one that failed."""
    if trajectory.failure is not None:
        return [], []
    measures = [bits(trajectory.measures[each.name]) for each in model.measures if each.how != "series"]
    series = [bits(value) for each in model.measures if each.how == "series" for value in trajectory.series[each.name]]
    return measures, series


def log_of(model: Model, trajectory: Trajectory) -> list[Any]:
    """Every firing: instant, rule, number, what the clock drew, and the rule's draws."""
    rules = {rule.name: rule for rule in model.rules}
    rows = []
    for firing in trajectory.log:
        drawn = dict(firing.draws)
        own = b"blank" if firing.own is None else bits(firing.own.value)
        wanted = [bits(drawn[draw.target]) for draw in rules[firing.rule].draws]
        rows.append((firing.time, firing.rule, firing.number, own, tuple(wanted)))
    return rows


def differences(compiled: Compiled, program: Program, points: Iterable[Point], **options: Any) -> list[str]:
    """Sentences about the first thing in each trajectory that differs between the engines; empty if nothing does."""
    model, found = program.model, []
    by_policy: dict[tuple[str, int], list[Point]] = {}
    for point in points:
        by_policy.setdefault((point.policy, point.seed), []).append(point)
    for (policy, seed), group in by_policy.items():
        lucks, futures = [each.luck for each in group], [each.future for each in group]
        batch = compiled.run(policy, lucks, futures, seed=seed, log=True, **options)
        assert batch is not None
        assert batch.log is not None
        keys, drawn = batch.log
        for place, point in enumerate(group):
            right = simulate(program, point, record=True, **options)
            if right.failure != batch.failures.get(place):
                found.append(f"{point}: fails {right.failure} and {batch.failures.get(place)}")
                continue
            mine = keys[:, 0] == place
            rows = [
                (int(key[1]), model.rules[key[2]].name, int(key[3]), bits(row[0]),
                 tuple(bits(x) for x in row[1 : 1 + len(model.rules[key[2]].draws)]))
                for key, row in zip(keys[mine], drawn[mine], strict=True)
            ]  # fmt: skip
            expected = log_of(model, right)
            if rows != expected:
                at = next(
                    (i for i, pair in enumerate(zip(rows, expected, strict=False)) if pair[0] != pair[1]),
                    min(len(rows), len(expected)),
                )
                found.append(f"{point}: firing {at}: compiled {rows[at : at + 1]} SimPy {expected[at : at + 1]}")
                continue
            if right.failure is not None:
                continue
            measures, series = told(model, right)
            for name, ours, theirs in (
                ("measures", batch.values[place], measures),
                ("series", batch.series[place], series),
            ):
                if [bits(x) for x in ours] != theirs:
                    found.append(f"{point}: {name} differ: {ours.tolist()} {right.measures}")
    return found
