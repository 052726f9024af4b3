"""`escalation runs`: what is stored."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import typer

from escalation.cli.exits import Exit
from escalation.experiments.store import StoreError
from escalation.experiments.stored_runs import UNFINISHED, StoredRun, stored_runs, unfinished_runs

FORMATS = ("text", "json")


def list_runs(reports: Path, format_: str, index: bool) -> int:
    """Every stored run on stdout, the newest first; with `index` the page that lists them is written anew."""
    if format_ not in FORMATS:
        raise typer.BadParameter(f"{format_!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    runs = stored_runs(reports, thorough=True) + unfinished_runs(reports)
    if format_ == "json":
        print(json.dumps([asdict(run) for run in runs], ensure_ascii=False, indent=1))
    else:
        for line in _lines(runs):
            print(line)
        if not runs:
            print(f"no run is stored in {reports}", file=sys.stderr)
    return _write_index(reports) if index else Exit.DONE


def _write_index(reports: Path) -> int:
    from escalation.reporting.runs_page import write_index

    try:
        print(write_index(reports), file=sys.stderr)
    except StoreError as error:
        print(f"escalation: {error}", file=sys.stderr)
        return Exit.OUR_FAULT
    return Exit.DONE


def _lines(runs: tuple[StoredRun, ...]) -> Iterator[str]:
    """A line a run: when, where, how much, under which policies, and how it ended."""
    for run in runs:
        if run.damage:
            yield f"{run.when}  {run.path}  damaged: {run.damage}"
            continue
        part = f"shard {run.shard}, " if run.shard else ""
        state = _state(run) + (f", {run.failed:,} failed" if run.failed else "")
        yield f"{run.when}  {run.path}  {part}n {run.n:,}, seed {run.seed}, {', '.join(run.policies)}  {state}"


def _state(run: StoredRun) -> str:
    """How it ended, or how far it is."""
    if run.stopped != UNFINISHED:
        return f"stopped early ({run.stopped})" if run.stopped else "whole"
    who = f"under way ({run.under_way})" if run.under_way else "unfinished; the same command goes on"
    return f"{who}, {run.done:,} of {run.n * len(run.policies):,} trajectories done"
