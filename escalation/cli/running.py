"""`escalation run`: a scenario's ensemble, its folder and its report."""

import errno
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from inspect import isgeneratorfunction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from escalation.cli.engines import engine_and_workers
from escalation.cli.exits import Exit
from escalation.cli.interruptions import STOPPING, Interruptions, interruptions
from escalation.cli.progress import Told, progress
from escalation.cli.reading import read_or_exit

if TYPE_CHECKING:
    from escalation.api import LoadedScenario, Run
    from escalation.experiments.block import FailedTrajectory
    from escalation.experiments.design import Design
    from escalation.experiments.execution import Process
    from escalation.experiments.journal import Journal
    from escalation.experiments.piece_file import Entry
    from escalation.experiments.run_key import RunKey
    from escalation.experiments.store import StoreError
    from escalation.storing import RunName

KEEPS = ("outcomes", "firings", "summary")
GO_ON = "the same command goes on from there"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
UNJUDGED = "interrupted while expectations were judged"


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line, or by a study.

    expect: whether the scenario's claims are judged. told: also told (done, total) trajectories; what it raises stops
    the run as Ctrl-C does.
    """

    file: Path
    n: int
    policies: tuple[str, ...]
    futures: int | None
    seed: int
    engine: str
    overlays: tuple[Path, ...]
    sets: tuple[str, ...]
    workers: int | None
    out: Path
    keep: str
    csv: bool
    plugins: tuple[str, ...]
    quiet: bool
    against: Path | None = None
    executor: str = "auto"
    resume: bool = False
    shard: str = ""
    precision: tuple[str, ...] = ()
    decide: bool | tuple[str, ...] = False
    expect: bool = True
    told: Callable[[int, int], None] | None = None


def run_file(request: Request) -> int:
    """Run, store and report; the report's path is the last line of stdout."""
    _refuse_unknown(request)
    if request.against is not None:
        from escalation.cli.comparing import found_before

        request = replace(request, against=found_before(request.against, request.out))
    resolved = read_or_exit(request.file, request.overlays, request.sets)
    processes = [load_plugin(text) for text in request.plugins]
    from escalation.api import LoadedScenario
    from escalation.experiments.design import DesignError, sharded
    from escalation.experiments.stopping_rule import goals
    from escalation.experiments.store import StoreError

    loaded = LoadedScenario(request.file, resolved, tuple(map(str, request.overlays)), request.sets)
    keep = [*_kept(request), *(("outcomes.csv",) if request.csv else ())]
    try:
        until = loaded.stopping_rule(request.n, request.precision, request.decide)
        name = replace(loaded.run_name(processes, keep, until), judged=request.expect)
        design = loaded.design(request.n, request.policies or None, request.futures, request.seed)
        if until is not None:
            # Whatever cannot be asked for is refused before anything is on disk.
            goals(until, loaded.scenario, loaded.model, design)
        if request.shard:
            if until is not None:
                raise DesignError("a shard cannot see when enough is known: leave out --precision and --decide")
            if request.against is not None:
                raise typer.BadParameter(
                    "a shard is no run to be compared; merge all of them first", param_hint="--against"
                )
            design = sharded(design, request.shard)
        return run_job(Job(request, loaded, name, processes, design))
    except DesignError as error:
        raise typer.BadParameter(str(error)) from None
    except StoreError as error:
        return refused(error)


def refused(error: "StoreError") -> int:
    """Tell what the disk, or what stands on it, refused; what a full disk refused can be gone on with."""
    print("; ".join([f"escalation: {error}", *getattr(error, "__notes__", ())]), file=sys.stderr)
    full = isinstance(error.__cause__, OSError) and error.__cause__.errno in NO_ROOM
    return Exit.STOPPED_EARLY if full or error.resumable else Exit.OUR_FAULT


def _refuse_unknown(request: Request) -> None:
    if request.keep not in KEEPS:
        raise typer.BadParameter(f"{request.keep!r} is not one of {', '.join(KEEPS)}", param_hint="--keep")
    if request.keep == "summary" and (request.csv or request.against is not None):
        option = "--csv" if request.csv else "--against"
        raise typer.BadParameter("needs the outcomes, which `--keep summary` does not keep", param_hint=option)
    engine_and_workers(request.engine, request.executor, own=bool(request.plugins), quiet=request.quiet)


def _kept(request: Request) -> tuple[str, ...]:
    """What is kept besides the outcomes, or instead of them."""
    return () if request.keep == "outcomes" else (request.keep,)


def load_plugin(text: str) -> Callable[[Any], Any]:
    """A SimPy process given as `module:name`; the current folder is searched too."""
    module, colon, name = text.partition(":")
    if not colon or not module or not name:
        raise typer.BadParameter(f"{text!r} must be written as module:name", param_hint="--plugin")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        process: Callable[[Any], Any] = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise typer.BadParameter(f"{text!r} cannot be loaded: {error}", param_hint="--plugin") from None
    if not isgeneratorfunction(process):
        message = f"{text!r} is no SimPy process: a function of one world that yields what it waits for"
        raise typer.BadParameter(message, param_hint="--plugin")
    return process


@dataclass(frozen=True)
class Job:
    """A run that was asked for: the command line, the scenario, its name and its processes, and which trajectories.

    lent: pieces of it that are on disk elsewhere.
    """

    request: Request
    loaded: "LoadedScenario"
    name: "RunName"
    processes: "list[Process]"
    design: "Design"
    lent: "tuple[Entry, ...]" = ()

    @cached_property
    def key(self) -> "RunKey":
        """The run's key."""
        return self.name.key(self.design)

    def stored(self) -> Path | None:
        """Where the run is stored already, or the shard of it."""
        from escalation.experiments.stopping_rule import looks
        from escalation.experiments.store import find

        ends = (self.design.n,) if self.name.until is None else looks(self.design)
        keys = [self.name.key(replace(self.design, n=n)) for n in ends]
        found = (find(self.request.out, key) or find(self.request.out, key, self.design.shard) for key in keys)
        return next((folder for folder in found if folder is not None), None)


def run_job(job: Job) -> int:
    """Run what is not done yet, store it and report, unless it is stored already."""
    from escalation.cli.resuming import claimed, require_unfinished
    from escalation.cli.sharding import store_part
    from escalation.experiments.store import require_writable

    request, stored = job.request, job.stored()
    if stored is not None:
        return _told_again(job, stored)
    if request.resume:
        require_unfinished(job)
    require_writable(request.out)
    with interruptions() as signals, claimed(job, signals) as journal:
        if isinstance(journal, Path):
            return _told_again(job, journal)
        if job.design.shard is not None:
            return store_part(job, journal, signals)
        folder, code = _stored(job, journal, signals)
    if code != Exit.STOPPED_EARLY and request.against is not None and signals.stopped:
        print("stopped early: the run is stored, and nothing was compared", file=sys.stderr)
        return Exit.STOPPED_EARLY
    return code if code == Exit.STOPPED_EARLY else _against(request, folder, code)


def _told_again(job: Job, stored: Path) -> int:
    """It is there already: its path, and the code it ended with."""
    from escalation.experiments.journal import discard
    from escalation.experiments.store import point_latest
    from escalation.reporting.runs_page import write_index

    report = stored / "report.html"
    if discard(job.request.out, job.key, job.design.shard) and report.exists():
        point_latest(stored)
        write_index(job.request.out)
    say(job.request, f"this very {'run' if report.exists() else 'shard'} is stored already")
    print(report if report.exists() else stored)
    return _against(job.request, stored, code_of_stored(stored)) if report.exists() else _code_of_shard(stored)


def _stored(job: Job, journal: "Journal", signals: Interruptions) -> tuple[Path, int]:
    """Run it and store what was done: the folder, and the code."""
    from escalation.storing import Finished, store

    request, loaded = job.request, job.loaded
    began = time.monotonic()
    run = _played(job, journal, signals)
    ensemble = run.ensemble
    remarks = [told_of(journal, time.monotonic() - began)]
    say(request, f"{remarks[0]}; now {_what_follows(request, loaded)}")
    if run.stopping is not None and run.stopping.last is not None and not ensemble.stopped:
        remarks.append("everything asked for is known" if run.stopping.met else "the budget ended before all was known")
        say(request, remarks[1])
    verdicts: tuple[Any, ...] = ()
    try:
        with signals.heard():
            if request.expect and not ensemble.stopped:
                verdicts = loaded.expectations(request.workers, request.engine, request.executor)
    except KeyboardInterrupt:
        verdicts, ensemble = (), replace(ensemble, stopped=ensemble.stopped or UNJUDGED)
    if ensemble.stopped:
        signals.tell(STOPPING)
    # What the estimates are of is on disk before they are made.
    analysis = (lambda: run.analysis) if ensemble.reportable else None
    kept = Finished(journal, loaded.model)
    folder = store(request.out, job.name, loaded.scenario, ensemble, analysis, verdicts, remarks, kept, run.stopping)
    _tell(request, ensemble, verdicts)
    print(folder / "report.html" if analysis is not None else folder, flush=True)
    if ensemble.stopped:
        return folder, Exit.STOPPED_EARLY
    return folder, _code(len(ensemble.failures), [verdict.status for verdict in verdicts])


def _what_follows(request: Request, loaded: "LoadedScenario") -> str:
    claims = len(loaded.scenario.expectations) if request.expect else 0
    return f"{claims} claims are judged, and the report is made" if claims else "the report is made"


def told_of(journal: "Journal", seconds: float) -> str:
    """How much was run in how long."""
    before = f", after {journal.found:,} that were done before" if journal.found else ""
    total = journal.design.total
    if journal.found == total:
        return f"all {total:,} trajectories were run before"
    return f"ran {journal.done - journal.found:,} of {total:,} trajectories in {seconds:.1f} s{before}"


@contextmanager
def counted(request: Request, signals: Interruptions) -> Iterator[Told]:
    """While trajectories are run: a signal is heard, and what is told of them; once the last is done, none is lost."""
    with progress(request.quiet) as told, signals.heard():
        yield _Counting(told, signals, request.told)


@dataclass
class _Counting:
    told: Told | None
    signals: Interruptions
    also: Callable[[int, int], None] | None

    def __call__(self, done: int, total: int) -> None:
        if done == total:
            self.signals.hold()
        if self.told is not None:
            self.told(done, total)
        if self.also is not None:
            self.also(done, total)

    def looked(self, look: Any) -> None:
        if self.told is not None:
            self.told.looked(look)


def _played(job: Job, journal: "Journal", signals: Interruptions) -> "Run":
    with counted(job.request, signals) as counting:
        return job.loaded.run(
            job.request.n,
            workers=job.request.workers,
            keep=_kept(job.request),
            processes=job.processes,
            progress=counting,
            journal=journal,
            engine=job.request.engine,
            executor=job.request.executor,
            precision=job.request.precision,
            decide=job.request.decide,
            looked=counting.looked,
        )


def _against(request: Request, folder: Path, code: int) -> int:
    """With `--against`, what the run in this folder changes; the run's own code stands unless the comparison fails."""
    if request.against is None:
        return code
    from escalation.cli.comparing import Pair, compare_pair

    how = (request.workers, request.out, request.quiet, request.engine, request.executor)
    pair = Pair(request.against, folder, None, (), None, None, *how)
    done = compare_pair(pair)
    return code if done in (Exit.DONE, Exit.SOME_FAILED) and code != Exit.DONE else done


def _tell(request: Request, ensemble: Any, verdicts: Any) -> None:
    if ensemble.stopped:
        print(f"stopped early ({ensemble.stopped}); what was done is kept; {GO_ON}", file=sys.stderr)
    tell_failures(ensemble.failures)
    for verdict in verdicts:
        if verdict.status != "holds":
            print(f"expectation {verdict.status}: {verdict.claim}: {verdict.sentence}", file=sys.stderr)


def tell_failures(failures: "Sequence[FailedTrajectory]") -> None:
    """How many trajectories failed, and the first of them."""
    if failures:
        first = failures[0]
        print(
            f"{len(failures):,} trajectories failed; the first: policy {first.policy}, future {first.future}, "
            f"luck {first.luck}: {first.rule}: {first.message}",
            file=sys.stderr,
        )


def _code(failed: int, statuses: list[str]) -> int:
    if failed:
        return Exit.SOME_FAILED
    return Exit.EXPECTATION_FAILED if "fails" in statuses else Exit.DONE


def code_of_stored(folder: Path) -> int:
    """A stored run ended as it ended: the code says the same again."""
    from escalation.experiments.store import read_manifest

    verdicts = json.loads((folder / "expectations.json").read_text(encoding="utf-8"))
    return _code(read_manifest(folder)["trajectories"]["failed"], [verdict["status"] for verdict in verdicts])


def _code_of_shard(folder: Path) -> int:
    from escalation.experiments.store import read_manifest

    return _code(read_manifest(folder)["trajectories"]["failed"], [])


def say(request: Request, text: str) -> None:
    """A word on stderr, unless it is to be quiet."""
    if not request.quiet:
        print(text, file=sys.stderr)
