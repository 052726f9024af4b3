"""`escalation trace`: one trajectory, told."""

from collections.abc import Sequence
from pathlib import Path

import typer

from escalation.cli.exits import Exit
from escalation.cli.reading import read_or_exit
from escalation.cli.running import load_plugin
from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.language.faults import nearest
from escalation.model.build import build
from escalation.model.process import Model
from escalation.model.trajectory import Point
from escalation.reporting.percentages import shares_of
from escalation.reporting.said_policies import said_policies
from escalation.reporting.said_values import kinds_of
from escalation.reporting.story import Telling, concerns, story

PER_FUTURE = 50
"""Trajectories a future in a plain run (law 15)."""


def trace_file(
    file: Path,
    trajectory: int,
    policy: str | None,
    future: int | None,
    seed: int,
    overlays: Sequence[Path],
    sets: Sequence[str],
    everything: bool,
    only: Sequence[str],
    plugins: Sequence[str],
) -> int:
    """The story of trajectory K of a plain run, on stdout."""
    processes = [load_plugin(text) for text in plugins]
    scenario = read_or_exit(file, overlays, sets).scenario
    model = build(scenario)
    _refuse_unknown(model, only)
    names = [item.name for item in model.policies]
    if policy is not None and policy not in names:
        raise typer.BadParameter(f"{policy!r} is none of {', '.join(names)}", param_hint="--policy")
    where = trajectory // PER_FUTURE if future is None else future
    point = Point(policy or names[0], where, trajectory, seed)
    told = simulate(prepare(model), point, record=True, processes=processes)
    sets_what = said_policies(scenario).get(point.policy, "")
    for line in story(model, told, Telling(everything, tuple(only), sets_what, shares_of(scenario))):
        print(line)
    return Exit.SOME_FAILED if told.failure is not None else Exit.DONE


def _refuse_unknown(model: Model, only: Sequence[str]) -> None:
    """`--only` names a ladder, a rule, a reading or a state, or something below one."""
    names = {rule.name for rule in model.rules} | set(kinds_of(model))
    names |= {f"{rule.name.rpartition('.')[0]}.{gate.name}" for rule in model.rules for gate in rule.gates}
    for asked in only:
        if not concerns(names, (asked,)):
            meant = nearest(asked, {name.split(".")[0] for name in names} | names)
            hint = f"did you mean {meant}?" if meant else "name a ladder, a rule, a reading or a state"
            raise typer.BadParameter(f"nothing here is called {asked!r}: {hint}", param_hint="--only")
