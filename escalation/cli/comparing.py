"""`escalation compare` and `run --against`: two runs, stored or run for it, and what they differ in."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from escalation.cli.exits import Exit
from escalation.cli.progress import progress
from escalation.cli.reading import read_or_exit

if TYPE_CHECKING:
    from escalation.api import LoadedScenario
    from escalation.experiments.comparison import Comparison, Side
    from escalation.experiments.design import Design
    from escalation.experiments.ensemble import Ensemble


@dataclass(frozen=True)
class Pair:
    """What was asked for. n, futures, policies, seed: None or empty where nothing was said."""

    a: Path
    b: Path
    n: int | None = None
    policies: tuple[str, ...] = ()
    futures: int | None = None
    seed: int | None = None
    workers: int | None = None
    out: Path = Path("reports")
    quiet: bool = False
    engine: str = "auto"
    executor: str = "auto"


class _Stopped(Exception):
    """A run was interrupted."""


N = 10_000
"""Trajectories a policy where nothing says how many, as for `run`."""


def compare_pair(pair: Pair) -> int:
    """Compare; the words and then the page's path go to stdout."""
    from escalation.cli.engines import engine_and_workers
    from escalation.comparing import NoRun
    from escalation.experiments.comparison import Incomparable, compare_runs
    from escalation.experiments.design import DesignError
    from escalation.experiments.store import StoreError

    engine_and_workers(pair.engine, pair.executor, quiet=pair.quiet)
    try:
        sides = _sides(pair)
        with progress(pair.quiet) as told:
            comparison = compare_runs(
                *sides, workers=pair.workers, progress=told, engine=pair.engine, executor=pair.executor
            )
        return _tell(comparison, pair)
    except (NoRun, Incomparable) as error:
        print(f"escalation: {error}", file=sys.stderr)
        return Exit.WRONG_USAGE
    except DesignError as error:
        raise typer.BadParameter(str(error)) from None
    except StoreError as error:
        print(f"escalation: {error}", file=sys.stderr)
        return Exit.OUR_FAULT
    except _Stopped:
        print("stopped early: nothing was compared, and the same line begins anew", file=sys.stderr)
        return Exit.STOPPED_EARLY


def found_before(word: Path, out: Path) -> Path:
    """What `--against` names, found before the run, after which a scenario's last run would be another one.

    Exits with 2 if there is no such thing, with 3 if it is a scenario with faults.
    """
    from escalation.comparing import NoRun, named_run

    try:
        folder = named_run(word, out)
        if folder is None:
            read_or_exit(word, (), ())
        return folder or word
    except NoRun as error:
        raise typer.BadParameter(str(error), param_hint="--against") from None


def _sides(pair: Pair) -> "tuple[Side, Side]":
    """Both sides: stored ones first, since a file that is run for them takes their design."""
    from escalation.comparing import named_run
    from escalation.experiments.comparison import Incomparable

    folders = [named_run(word, pair.out) for word in (pair.a, pair.b)]
    stored = [_readable(folder) if folder is not None else None for folder in folders]
    given = next((side.ensemble.design for side in stored if side is not None), None)
    if given is not None and pair.seed not in (None, given.seed) and None in stored:
        raise Incomparable(
            f"the stored run has seed {given.seed}: with seed {pair.seed} no trajectory would have the same luck, so "
            "nothing could be paired"
        )
    a, b = stored
    a = _run(pair.a, pair, given, b) if a is None else a
    return a, _run(pair.b, pair, given, a) if b is None else b


def _readable(folder: Path) -> "Side":
    """A stored run; exits with 3 if its scenario is not valid any more."""
    from escalation.comparing import stored_side
    from escalation.language.faults import InvalidScenario, render_all

    try:
        return stored_side(folder)
    except InvalidScenario as invalid:
        print(render_all(invalid.faults, invalid.sources), file=sys.stderr)
        raise typer.Exit(Exit.INVALID) from None


def _run(file: Path, pair: Pair, given: "Design | None", beside: "Side | None") -> "Side":
    """A scenario's file, from what is stored of it or run now; its tables are kept, a report is not made."""
    from escalation.api import LoadedScenario
    from escalation.comparing import SHELF, TABLES
    from escalation.experiments.store import find, load_ensemble, require_writable
    from escalation.storing import store_tables

    loaded = LoadedScenario(file, read_or_exit(file, (), ()))
    design = _design(loaded.policies, pair, given)
    name = loaded.run_name()
    key = name.key(design)
    shelf = pair.out / SHELF / TABLES
    stored = find(pair.out, key) or find(shelf, key)
    if stored is not None:
        _say(pair, f"{file}: this very run is stored already")
        return loaded.side(load_ensemble(stored), str(file))
    require_writable(shelf)
    ensemble = _play(loaded, design, pair, beside)
    store_tables(shelf, name, ensemble)
    return loaded.side(ensemble, str(file))


def _play(loaded: "LoadedScenario", design: "Design", pair: Pair, beside: "Side | None") -> "Ensemble":
    """The ensemble of a design; policies that cannot feel what differs from the other side are not played again."""
    from escalation.experiments.design import PER_FUTURE
    from escalation.experiments.unaffected import with_rows_of

    same = _known(loaded, design, beside)
    policies = [name for name in design.policies if name not in same] or list(design.policies)
    also = f"; under {', '.join(same)} they are those of the other side" if len(policies) < len(design.policies) else ""
    _say(pair, f"{loaded.path}: {design.n * len(policies):,} trajectories{also}")
    with progress(pair.quiet) as told:
        run = loaded.run(
            design.n,
            policies=policies,
            futures=None if design.per_future == PER_FUTURE else design.futures,
            seed=design.seed,
            workers=pair.workers,
            progress=told,
            engine=pair.engine,
            executor=pair.executor,
        )
    if run.ensemble.stopped:
        raise _Stopped
    if beside is None or len(policies) == len(design.policies):
        return run.ensemble
    return with_rows_of(run.ensemble, beside.ensemble, design.policies)


def _known(loaded: "LoadedScenario", design: "Design", beside: "Side | None") -> tuple[str, ...]:
    """Policies whose trajectories the other side has already, to the last bit."""
    from escalation.experiments.unaffected import unaffected
    from escalation.language.differences import differences

    if beside is None or beside.unrepeatable or beside.processes or beside.ensemble.stopped:
        return ()
    other = beside.ensemble.design
    if (other.n, other.per_future, other.seed) != (design.n, design.per_future, design.seed):
        return ()
    changes = differences(beside.document, loaded.resolved.document)
    found = unaffected(beside.model(), loaded.model, changes)
    return tuple(name for name in found if name in other.policies and name in design.policies)


def _design(known: Sequence[str], pair: Pair, given: "Design | None") -> "Design":
    """As asked for; else as the stored run that it is compared with, under the policies that both have."""
    from escalation.experiments.design import plain_design

    policies: Sequence[str] | None = pair.policies or None
    if given is None:
        return plain_design(
            known, pair.n or N, policies=policies, futures=pair.futures, seed=1 if pair.seed is None else pair.seed
        )
    shared = [name for name in given.policies if name in known]
    n, futures = pair.n or given.n, pair.futures
    if futures is None and n % given.per_future == 0:
        futures = n // given.per_future
    seed = given.seed if pair.seed is None else pair.seed
    return plain_design(known, n, policies=policies or shared or None, futures=futures, seed=seed)


def _tell(comparison: "Comparison", pair: Pair) -> int:
    from escalation.comparing import pair_folder
    from escalation.reporting.comparison_page import write_comparison
    from escalation.reporting.comparison_words import lines

    for line in lines(comparison):
        print(line)
    print()
    print(write_comparison(pair_folder(pair.out, comparison), comparison))
    if comparison.failed:
        print(f"{comparison.failed:,} trajectories failed; their pairs are left out", file=sys.stderr)
        return Exit.SOME_FAILED
    return Exit.DONE


def _say(pair: Pair, text: str) -> None:
    if not pair.quiet:
        print(text, file=sys.stderr)
