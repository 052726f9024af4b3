"""`escalation verify`: whether a stored run is what it says."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from escalation.cli.exits import Exit
from escalation.cli.running import load_plugin
from escalation.experiments.store import StoreError


@dataclass(frozen=True)
class Question:
    """What was asked for on the command line."""

    run: Path
    n: int
    engine: str
    seed: int
    plugins: tuple[str, ...]
    out: Path


def verify_run(asked: Question) -> int:
    """Play sampled trajectories again and say what became of them, on stdout."""
    from escalation.comparing import NoRun, named_run
    from escalation.engines.choice import EngineError
    from escalation.experiments.verification import verify
    from escalation.reporting.verification_words import lines

    try:
        folder = named_run(asked.run, asked.out)
        if folder is None:
            raise typer.BadParameter(f"{str(asked.run)!r} is no stored run: its folder or its name", param_hint="RUN")
        processes, notes = _processes(folder, asked.plugins)
        for note in notes:
            print(note)
        verified = verify(folder, asked.n, asked.seed, asked.engine, processes)
    except NoRun as error:
        raise typer.BadParameter(str(error), param_hint="RUN") from None
    except EngineError as error:
        raise typer.BadParameter(str(error), param_hint="--engine") from None
    except StoreError as error:
        print(f"escalation: {error}", file=sys.stderr)
        return Exit.SOME_FAILED
    for line in lines(folder, verified, asked.seed):
        print(line)
    return Exit.DONE if verified.holds else Exit.SOME_FAILED


def _processes(folder: Path, given: tuple[str, ...]) -> tuple[list[Callable[[Any], Any]], list[str]]:
    """The processes of someone's own that took part, which have to be given again; and a note of any that changed."""
    from escalation.api import plugin_name
    from escalation.experiments.verification import plugins_of

    needed = {each.partition("#")[0]: each for each in plugins_of(folder)}
    processes = {plugin_name(process).partition("#")[0]: process for process in map(load_plugin, given)}
    missing, strange = sorted(needed.keys() - processes.keys()), sorted(processes.keys() - needed.keys())
    if missing:
        raise typer.BadParameter(f"{missing[0]} took part in this run: --plugin {missing[0]}", param_hint="--plugin")
    if strange:
        raise typer.BadParameter(f"{strange[0]} took no part in this run", param_hint="--plugin")
    changed = [name for name, process in processes.items() if plugin_name(process) != needed[name]]
    return list(processes.values()), [f"note: {name} has another source than in the run" for name in changed]
