"""`escalation run`: a scenario's ensemble, its folder and its report."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any

import typer

from escalation.cli.exits import Exit
from escalation.cli.interruptions import STOPPING, Interruptions, interruptions
from escalation.cli.progress import progress
from escalation.cli.reading import read_or_exit
from escalation.engines.choice import EngineError, choose
from escalation.experiments.executor_kinds import ExecutorError, kind_of

KEEPS = ("outcomes", "firings")
UNJUDGED = "interrupted while expectations were judged"


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

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


def run_file(request: Request) -> int:
    """Run, store and report; the report's path is the last line of stdout."""
    _refuse_unknown(request)
    if request.against is not None:
        from escalation.cli.comparing import found_before

        request = replace(request, against=found_before(request.against, request.out))
    resolved = read_or_exit(request.file, request.overlays, request.sets)
    processes = [load_plugin(text) for text in request.plugins]
    from escalation.api import LoadedScenario
    from escalation.experiments.design import DesignError
    from escalation.experiments.store import StoreError, find

    loaded = LoadedScenario(request.file, resolved, tuple(map(str, request.overlays)), request.sets)
    keep = [word for word, wanted in (("firings", request.keep == "firings"), ("outcomes.csv", request.csv)) if wanted]
    name = loaded.run_name(processes, keep)
    try:
        design = loaded.design(request.n, request.policies or None, request.futures, request.seed)
        stored = find(request.out, name.key(design))
        if stored is not None:
            _say(request, "this very run is stored already")
            print(stored / "report.html")
            return _against(request, stored, _code_of_stored(stored))
        return _run_and_store(request, loaded, name, processes)
    except DesignError as error:
        raise typer.BadParameter(str(error)) from None
    except StoreError as error:
        print("; ".join([f"escalation: {error}", *getattr(error, "__notes__", ())]), file=sys.stderr)
        return Exit.OUR_FAULT


def _refuse_unknown(request: Request) -> None:
    if request.keep not in KEEPS:
        raise typer.BadParameter(f"{request.keep!r} is not one of {', '.join(KEEPS)}", param_hint="--keep")
    try:
        choice = choose(request.engine, own_processes=bool(request.plugins))
    except EngineError as error:
        raise typer.BadParameter(str(error), param_hint="--engine") from None
    try:
        kind_of(request.executor, choice.engine)
    except ExecutorError as error:
        raise typer.BadParameter(str(error), param_hint="--executor") from None
    if choice.remark:
        _say(request, choice.remark)


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


def _run_and_store(request: Request, loaded: Any, name: Any, processes: list[Callable[[Any], Any]]) -> int:
    from escalation.experiments.store import require_writable

    require_writable(request.out)
    with interruptions() as signals:
        folder, code = _stored(request, loaded, name, processes, signals)
    if code != Exit.STOPPED_EARLY and request.against is not None and signals.stopped:
        print("stopped early: the run is stored, and nothing was compared", file=sys.stderr)
        return Exit.STOPPED_EARLY
    return code if code == Exit.STOPPED_EARLY else _against(request, folder, code)


def _stored(
    request: Request, loaded: Any, name: Any, processes: list[Callable[[Any], Any]], signals: Interruptions
) -> tuple[Path, int]:
    """Run it and store what was done: the folder, and the code."""
    from escalation.storing import store

    began = time.monotonic()
    run = _played(request, loaded, processes, signals)
    ensemble = run.ensemble
    taken = time.monotonic() - began
    remarks = [f"ran {ensemble.done:,} of {ensemble.design.total:,} trajectories in {taken:.1f} s"]
    _say(request, remarks[0])
    verdicts: tuple[Any, ...] = ()
    try:
        with signals.heard():
            verdicts = () if ensemble.stopped else loaded.expectations()
    except KeyboardInterrupt:
        verdicts, ensemble = (), replace(ensemble, stopped=ensemble.stopped or UNJUDGED)
    if ensemble.stopped:
        signals.tell(STOPPING)
    # What the estimates are of is on disk before they are made.
    analysis = (lambda: run.analysis) if len(ensemble.outcomes) else None
    folder = store(request.out, name, loaded.scenario, ensemble, analysis, verdicts, remarks)
    _tell(request, ensemble, verdicts)
    print(folder / "report.html" if analysis is not None else folder, flush=True)
    if ensemble.stopped:
        return folder, Exit.STOPPED_EARLY
    return folder, _code(len(ensemble.failures), [verdict.status for verdict in verdicts])


def _played(request: Request, loaded: Any, processes: list[Callable[[Any], Any]], signals: Interruptions) -> Any:
    """The run; once its last trajectory is done, a signal cannot lose it."""
    with progress(request.quiet) as told, signals.heard():

        def counted(done: int, total: int) -> None:
            if done == total:
                signals.hold()
            if told is not None:
                told(done, total)

        return loaded.run(
            request.n,
            policies=request.policies or None,
            futures=request.futures,
            seed=request.seed,
            workers=request.workers,
            keep=("firings",) if request.keep == "firings" else (),
            processes=processes,
            progress=counted,
            engine=request.engine,
            executor=request.executor,
        )


def _against(request: Request, folder: Path, code: int) -> int:
    """With `--against`, what the run in this folder changes; the run's own code stands unless the comparison fails."""
    if request.against is None:
        return code
    from escalation.cli.comparing import Pair, compare_pair

    pair = Pair(request.against, folder, workers=request.workers, out=request.out, quiet=request.quiet)
    done = compare_pair(pair)
    return code if done in (Exit.DONE, Exit.SOME_FAILED) and code != Exit.DONE else done


def _tell(request: Request, ensemble: Any, verdicts: Any) -> None:
    if ensemble.stopped:
        print(f"stopped early ({ensemble.stopped}); what was done is kept", file=sys.stderr)
    if ensemble.failures:
        first = ensemble.failures[0]
        print(
            f"{len(ensemble.failures):,} trajectories failed; the first: policy {first.policy}, future {first.future}, "
            f"luck {first.luck}: {first.rule}: {first.message}",
            file=sys.stderr,
        )
    for verdict in verdicts:
        if verdict.status != "holds":
            print(f"expectation {verdict.status}: {verdict.claim}: {verdict.sentence}", file=sys.stderr)


def _code(failed: int, statuses: list[str]) -> int:
    if failed:
        return Exit.SOME_FAILED
    return Exit.EXPECTATION_FAILED if "fails" in statuses else Exit.DONE


def _code_of_stored(folder: Path) -> int:
    """A stored run ended as it ended: the code says the same again."""
    from escalation.experiments.store import read_manifest

    verdicts = json.loads((folder / "expectations.json").read_text(encoding="utf-8"))
    return _code(read_manifest(folder)["trajectories"]["failed"], [verdict["status"] for verdict in verdicts])


def _say(request: Request, text: str) -> None:
    if not request.quiet:
        print(text, file=sys.stderr)
