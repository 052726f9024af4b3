"""The options --engine and --executor: what is refused, and what `auto` says."""

import sys

import typer

from escalation.engines.choice import EngineError, choose
from escalation.experiments.executor_kinds import ExecutorError, kind_of


def engine_and_workers(engine: str, executor: str, *, own: bool = False, quiet: bool = False) -> None:
    """Refuse what cannot be had; say in a line why `auto` falls back to SimPy. own: plugins take part."""
    try:
        choice = choose(engine, own_processes=own)
    except EngineError as error:
        raise typer.BadParameter(str(error), param_hint="--engine") from None
    try:
        kind_of(executor, choice.engine)
    except ExecutorError as error:
        raise typer.BadParameter(str(error), param_hint="--executor") from None
    if choice.remark and not quiet:
        print(choice.remark, file=sys.stderr)
