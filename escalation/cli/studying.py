"""`escalation study`: what is asked for, what it would take, and the batch itself."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from escalation.api import LoadedScenario
from escalation.cli.engines import engine_and_workers
from escalation.cli.exits import Exit
from escalation.cli.interruptions import interruptions
from escalation.cli.study_runs import RUNS, Work
from escalation.experiments.design import Design
from escalation.experiments.execution import available_workers
from escalation.experiments.store import StoreError, find, require_writable
from escalation.experiments.stored_runs import STUDIES
from escalation.experiments.study_estimate import Cost, Rate, cost, trial
from escalation.experiments.study_plan import Lookup, Planned, plan
from escalation.experiments.study_state import at_work
from escalation.language.calendar import Misdated, exact
from escalation.language.faults import InvalidScenario, render_all
from escalation.language.resolve import Resolved, read_scenario
from escalation.language.study import Study, Wanted, read_study
from escalation.reporting.study_words import forecast

What = tuple[str, tuple[str, ...], str]
Rates = dict[What, Rate]
"""By scenario, overlays and engine."""


@dataclass(frozen=True)
class Batch:
    """What was asked for on the command line."""

    file: Path
    out: Path | None
    within: str | None
    workers: int | None
    dry_run: bool
    quiet: bool
    executor: str = "auto"


def study_file(batch: Batch) -> int:
    """Run a study, or say what it would take; the last line of stdout is the path of its page."""
    engine_and_workers("auto", batch.executor, quiet=True)
    study = _study_or_exit(batch.file)
    within = study.within if batch.within is None else _seconds(batch.within)
    folder = batch.out if batch.out is not None else Path("reports") / STUDIES / study.stem
    workers = batch.workers or available_workers()
    began = time.monotonic()
    with interruptions() as signals:
        try:
            with signals.heard():
                runs = plan(study, _lookup(folder / RUNS))
                _tell_faults(study, runs)
                rates = _rates(runs, batch.quiet)
            costs = [_cost(run, rates, workers) for run in runs]
            if batch.dry_run:
                return _forecast(runs, rates, costs, workers)
            require_writable(folder)
            with at_work(folder) as alone:
                if not alone:
                    print(f"another process is at work on it: `escalation status {folder}`", file=sys.stderr)
                    return Exit.STOPPED_EARLY
                deadline = None if within is None else began + within
                how = (batch.workers, batch.quiet, batch.executor)
                return Work(study, runs, costs, folder, signals, deadline, *how).whole()
        except KeyboardInterrupt:
            print("stopped before anything was run; the same command begins again", file=sys.stderr)
            return Exit.STOPPED_EARLY
        except StoreError as error:
            print("; ".join([f"escalation: {error}", *getattr(error, "__notes__", ())]), file=sys.stderr)
            return Exit.OUR_FAULT


def _study_or_exit(file: Path) -> Study:
    try:
        return read_study(file)
    except InvalidScenario as invalid:
        print(render_all(invalid.faults, invalid.sources), file=sys.stderr)
        raise typer.Exit(Exit.INVALID) from None


def _seconds(text: str) -> float:
    try:
        return exact(text) / 1000
    except Misdated as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--within") from None


def _lookup(reports: Path) -> Lookup:
    """What `escalation run` would store a run under, and where it is if it is there."""

    def look(run: Wanted, resolved: Resolved, design: Design) -> tuple[str, Path | None]:
        from escalation.experiments.stopping_rule import looks

        loaded = LoadedScenario(run.path, resolved, tuple(map(str, run.overlays)), run.sets)
        until = loaded.stopping_rule(design.n, [f"{measure}={width}" for measure, width in run.precision])
        keep = () if run.keep == "outcomes" else (run.keep,)
        name = replace(loaded.run_name((), keep, until), judged=run.expectations)
        ends = (design.n,) if until is None else looks(design)
        found = (find(reports, name.key(replace(design, n=n))) for n in ends)
        return name.key(design).digest, next((folder for folder in found if folder is not None), None)

    return look


def _tell_faults(study: Study, runs: Sequence[Planned]) -> None:
    """Every fault of every combination, once, before anything runs; and settings that a policy overrules."""
    faults = {fault for run in runs for fault in run.faults}
    for lever, policy in dict.fromkeys(pair for run in runs for pair in run.overruled):
        print(f"note: policy {policy} sets {lever} itself, so setting it moves nothing there", file=sys.stderr)
    if faults:
        print(render_all(faults, study.sources), file=sys.stderr)
        broken = sum(bool(run.faults) for run in runs)
        print(f"{broken} of {len(runs)} runs are faulty and left out; the others are sound", file=sys.stderr)


def _scenario_of(run: Planned) -> What:
    return str(run.wanted.path), tuple(map(str, run.wanted.overlays)), run.wanted.engine


def _rates(runs: Sequence[Planned], quiet: bool) -> Rates:
    """A trial of each scenario, with each of its overlays, that has something left to run."""
    rates: Rates = {}
    if not quiet and any(run.design is not None and run.folder is None for run in runs):
        print("planning: a short trial of each scenario", file=sys.stderr, flush=True)
    for run in runs:
        if run.design is not None and run.folder is None and _scenario_of(run) not in rates:
            wanted = run.wanted
            loaded = LoadedScenario(wanted.path, read_scenario(wanted.path, wanted.overlays, wanted.sets))
            rates[_scenario_of(run)] = trial(loaded.model, run.design, wanted.engine)
    return rates


def _cost(run: Planned, rates: Rates, workers: int) -> Cost:
    if run.design is None or run.folder is not None:
        return Cost(0.0, 0.0)
    return cost(run, rates[_scenario_of(run)], workers)


def _forecast(runs: Sequence[Planned], rates: Rates, costs: Sequence[Cost], workers: int) -> int:
    played = sum(rate.trajectories for rate in rates.values())
    basis = (
        f"a trial of {'one scenario' if len(rates) == 1 else f'{len(rates)} scenarios or variants'}, {played:,} "
        "trajectories in one worker; a report is reckoned by how many questions and policies it tells of"
        if rates
        else "nothing is left to run"
    )
    for line in forecast(runs, costs, basis, workers):
        print(line)
    return Exit.SOME_FAILED if any(run.faults for run in runs) else Exit.DONE
