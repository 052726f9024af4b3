"""`escalation trace`: one trajectory, told."""

from collections.abc import Sequence
from pathlib import Path

import typer

from escalation.cli.exits import Exit
from escalation.cli.reading import read_or_exit
from escalation.engines.program import prepare
from escalation.engines.simpy import simulate
from escalation.model.build import build
from escalation.model.trajectory import Point
from escalation.reporting.story import story

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
) -> int:
    """The story of trajectory K of a plain run, on stdout."""
    model = build(read_or_exit(file, overlays, sets).scenario)
    names = [item.name for item in model.policies]
    if policy is not None and policy not in names:
        raise typer.BadParameter(f"{policy!r} is none of {', '.join(names)}", param_hint="--policy")
    where = trajectory // PER_FUTURE if future is None else future
    point = Point(policy or names[0], where, trajectory, seed)
    told = simulate(prepare(model), point, record=True)
    for line in story(model, told, hidden=everything):
        print(line)
    return Exit.SOME_FAILED if told.failure is not None else Exit.DONE
