"""Policies under which a change of levers cannot be felt: their trajectories are known before they are run.

A trajectory follows from the model, the values of the levers, the future and the luck (law 13). Where two scenarios
differ in nothing but levers' defaults and what policies set, and a policy gives every lever one value in both, its
trajectories are the same in both.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from escalation.experiments.ensemble import Ensemble
from escalation.experiments.influence import influence_of, measured_by
from escalation.language.differences import Change
from escalation.model.process import Model


def unaffected(a: Model, b: Model, changes: tuple[Change, ...]) -> tuple[str, ...]:
    """Policies of both that play alike in both; none where anything but values of levers has changed."""
    if not all(_of_levers(change.path) for change in changes):
        return ()
    mine, other = lever_values(a), lever_values(b)
    return tuple(name for name in other if name in mine and mine[name] == other[name])


def _of_levers(path: tuple[str, ...]) -> bool:
    match path:
        case ("levers", _, "default"):
            return True
        case ("policies", _, "set", *_):
            return True
        case _:
            return False


def lever_values(model: Model) -> dict[str, dict[str, Any]]:
    """The value of every lever under each policy."""
    defaults = {lever.name: lever.default for lever in model.levers}
    return {policy.name: {**defaults, **dict(policy.settings)} for policy in model.policies}


def felt_between(model: Model) -> Callable[[str, str, str], bool]:
    """Whether a measure could feel the difference between two policies, as a function of the measure and both policies.

    No by the model alone: no lever that they set differently is read, however far round, by what it is made of.
    """
    influence, values = influence_of(model), lever_values(model)
    measured = {each.name: measured_by(model, [each]) for each in model.measures}

    def felt(measure: str, first: str, second: str) -> bool:
        moved = [name for name, value in values[first].items() if values[second][name] != value]
        return not influence.touched(moved).isdisjoint(measured[measure])

    return felt


def with_rows_of(ensemble: Ensemble, known: Ensemble, policies: tuple[str, ...]) -> Ensemble:
    """The ensemble of its own policies and of those that are known from another run of the same design."""
    import pandas as pd

    design = replace(ensemble.design, policies=policies)
    taken = [policy for policy in policies if policy not in ensemble.design.policies]
    place = {policy: index for index, policy in enumerate(policies)}
    kind = pd.CategoricalDtype(list(policies))

    def joined(name: str) -> "pd.DataFrame":
        own, other = getattr(ensemble, name), getattr(known, name)
        parts = [own.assign(policy=own["policy"].astype(str))]
        parts.append(other[other["policy"].isin(taken)].assign(policy=lambda rows: rows["policy"].astype(str)))
        whole = pd.concat(parts, ignore_index=True).astype({"policy": kind})
        return whole.sort_values("policy", kind="stable", ignore_index=True)

    failures = (*ensemble.failures, *(each for each in known.failures if each.policy in taken))
    told = {policy.name: policy for policy in (*known.policies, *ensemble.policies)}
    return replace(
        ensemble,
        design=design,
        policies=tuple(told[name] for name in policies),
        outcomes=joined("outcomes"),
        series=joined("series"),
        failures=tuple(sorted(failures, key=lambda each: (place[each.policy], each.luck))),
    )
