"""The runs of a study one after another: none stops the others, and what is done stays done."""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import typer

from escalation.cli.exits import Exit
from escalation.cli.interruptions import Interruptions
from escalation.cli.running import Request, code_of_stored, run_file
from escalation.experiments.store import StoreError
from escalation.experiments.study_estimate import Cost
from escalation.experiments.study_plan import Planned
from escalation.experiments.study_state import RunState, StudyState, later, now, put
from escalation.language.study import Study, Wanted
from escalation.language.study_resolved import resolved_text
from escalation.reporting.study_words import clock, duration

RUNS = "runs"
"""The folder of a study in which its runs are stored."""
INDEX, RESOLVED, LOG = "index.html", "study.resolved.yaml", "study.log"
SUMMARY, CODEBOOK = "summary.csv", "codebook.csv"
INTERRUPTED, OUT_OF_TIME = "interrupted", "its time is over"
NO_TIME_LEFT = "it could not end within the time of the study"
A_SECOND, HALF_A_MINUTE = 1.0, 30.0
MESSAGE = 300
"""Letters of what a run says of its end."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its exit code, its folder where it has one, and what it said."""

    code: int
    folder: Path | None
    message: str


class Work:
    """A study under way. deadline: on the monotonic clock, or None."""

    def __init__(
        self,
        study: Study,
        runs: Sequence[Planned],
        costs: Sequence[Cost],
        folder: Path,
        signals: Interruptions,
        deadline: float | None,
        workers: int | None,
        quiet: bool,
        executor: str = "auto",
    ) -> None:
        self.study, self.runs, self.folder, self.signals = study, runs, folder, signals
        self.deadline, self.workers, self.quiet, self.executor = deadline, workers, quiet, executor
        over = "" if deadline is None else later(now(), deadline - time.monotonic())
        states = [_begun(run, each) for run, each in zip(runs, costs, strict=True)]
        self.state = StudyState(study.title, str(study.path), now(), states, deadline=over)
        self.saved = self.shown = 0.0

    def whole(self) -> int:
        """Run what is not stored; the exit code."""
        put(self.folder / RESOLVED, resolved_text(self.study, self.folder).encode())
        self.log(f"begun: {len(self.runs)} runs")
        for planned, state in zip(self.runs, self.state.runs, strict=True):
            self.found(planned, state)
        self.show()
        for planned, state in zip(self.runs, self.state.runs, strict=True):
            if self.signals.stopped:
                break
            if state.status == "waiting" and self.fits(state):
                self.one(planned.wanted, state)
        left = self.state.count("waiting", "stopped")
        self.state.why = (INTERRUPTED if self.signals.stopped else self.state.why) if left else ""
        self.state.ended = now()
        self.save()
        self.show()
        code = self.code()
        self.log(f"ended with code {code}{f': {self.state.why}' if self.state.why else ''}")
        if self.state.why:
            print(f"stopped early ({self.state.why}); the same command goes on", file=sys.stderr)
        print(self.folder / INDEX, flush=True)
        return code

    def found(self, planned: Planned, state: RunState) -> None:
        """What is known of a run before it is run: it is faulty, or stored already."""
        if planned.faults:
            first = planned.faults[0]
            state.status, state.code = "failed", int(Exit.INVALID)
            state.message = f"{first.file}:{first.line}:{first.column}: {first.message}"
        elif planned.folder is not None:
            self.ended(state, Ended(code_of_stored(planned.folder), planned.folder, ""))
            state.done = state.total
        elif planned.in_the_way:
            state.status, state.code, state.message = "failed", int(Exit.OUR_FAULT), planned.in_the_way
        if state.status != "waiting":
            self.log(f"{state.name}: {state.message or 'stored already'}")

    def fits(self, state: RunState) -> bool:
        """Whether it can end within the study's time, by its estimate and by how those before have turned out."""
        if self.deadline is None:
            return True
        needed = self.alone(state)
        if time.monotonic() + needed <= self.deadline:
            return True
        state.message, self.state.why = f"{NO_TIME_LEFT}: it takes about {duration(needed)}", OUT_OF_TIME
        self.log(f"{state.name}: {state.message}")
        return False

    def alone(self, state: RunState) -> float:
        """Seconds that this run is expected to take."""
        left = self.state.remaining()
        before, state.estimated = state.estimated, 0.0
        alone = left - self.state.remaining()
        state.estimated = before
        return alone

    def one(self, wanted: Wanted, state: RunState) -> None:
        """Run it, whatever becomes of it."""
        state.status, state.since, state.message = "running", now(), ""
        self.save()
        began = time.monotonic()
        ended = self.tried(wanted, state)
        state.seconds = round(time.monotonic() - began, 1)
        self.ended(state, ended)
        state.ended = now()
        self.save()
        told = f"{state.name}: {state.status} in {duration(state.seconds)}" + f": {state.message}" * bool(state.message)
        self.log(told)
        if not self.quiet:
            settled = sum(run.status in ("done", "failed") for run in self.state.runs)
            end = later(now(), self.state.remaining())
            print(f"[{settled}/{len(self.state.runs)}] {told}; expected end {clock(end)}", file=sys.stderr, flush=True)
        self.show(HALF_A_MINUTE)

    def tried(self, wanted: Wanted, state: RunState) -> Ended:
        """A run as `escalation run` makes it; whatever it says and raises is caught."""
        said, complained = StringIO(), StringIO()
        try:
            with redirect_stdout(said), redirect_stderr(complained):
                request = _request(wanted, self.folder / RUNS, self.workers, self.watch(state))
                code = run_file(replace(request, executor=self.executor))
        except typer.BadParameter as wrong:
            return Ended(Exit.WRONG_USAGE, None, wrong.format_message())
        except typer.Exit as end:
            return Ended(end.exit_code, None, _first(complained.getvalue(), end.exit_code))
        except KeyboardInterrupt:
            self.signals.stopped = True
            return Ended(Exit.STOPPED_EARLY, None, INTERRUPTED)
        except Exception as error:
            return Ended(Exit.OUR_FAULT, None, f"{type(error).__name__}: {error}")
        finally:
            for line in complained.getvalue().splitlines():
                self.log(f"{state.name}: {line}")
        place = Path(said.getvalue().splitlines()[-1]) if said.getvalue().strip() else None
        folder = place.parent if place is not None and place.suffix == ".html" else place
        return Ended(code, folder, _first(complained.getvalue(), code))

    def watch(self, state: RunState) -> "Watch":
        """What is told of each block that is done; it stops a run that has outrun the study's time."""
        return Watch(self, state)

    def ended(self, state: RunState, ended: Ended) -> None:
        """Note how a run ended."""
        state.code, state.message = ended.code, ended.message
        if ended.folder is not None:
            state.folder = Path(os.path.relpath(ended.folder, self.folder)).as_posix()
        if ended.code == Exit.STOPPED_EARLY:
            state.status = "stopped"
        else:
            state.status = "done" if ended.code in (Exit.DONE, Exit.EXPECTATION_FAILED) else "failed"

    def save(self) -> None:
        """Write the state."""
        self.saved = time.monotonic()
        self.state.save(self.folder)

    def show(self, patience: float = 0.0) -> None:
        """Write the page and the tables anew, unless that was done just now."""
        if time.monotonic() - self.shown < patience:
            return
        self.save()
        self.shown = time.monotonic()
        try:
            self.write_pages()
        except StoreError:
            raise
        except Exception as error:
            # The runs go on without their page: it is made anew at the end, and by the same command again.
            self.log(f"the page could not be made: {type(error).__name__}: {error}")

    def write_pages(self) -> None:
        """The page, the table of estimates and its codebook."""
        from escalation.reporting.study_page import study_page
        from escalation.reporting.study_table import RunTold, codebook_of_study, study_csv, told_by

        told = []
        for planned, state in zip(self.runs, self.state.runs, strict=True):
            if state.folder and state.status in ("done", "failed"):
                place = self.folder / state.folder
                report = f"{state.folder}/report.html" if (place / "report.html").is_file() else ""
                told.append(RunTold(planned.wanted, told_by(place), report))
        alive = not self.state.ended
        put(self.folder / INDEX, study_page(self.state, told, self.study.about, alive).encode("utf-8", "replace"))
        put(self.folder / SUMMARY, study_csv(told))
        put(self.folder / CODEBOOK, codebook_of_study(told))

    def log(self, text: str) -> None:
        """A line of the log, with the time."""
        try:
            with (self.folder / LOG).open("a", encoding="utf-8", errors="replace", newline="\n") as file:
                file.write(f"{now()} {text}\n")
        except OSError as error:
            raise StoreError(f"{LOG} cannot be written in {self.folder}: {error.strerror or error}") from error

    def code(self) -> int:
        """What the study says to a scheduler."""
        if self.state.count("waiting", "stopped"):
            return Exit.STOPPED_EARLY
        if self.state.count("failed"):
            return Exit.SOME_FAILED
        failed = any(run.code == Exit.EXPECTATION_FAILED for run in self.state.runs)
        return Exit.EXPECTATION_FAILED if failed else Exit.DONE


class Watch:
    """Told how many trajectories of a run are done."""

    def __init__(self, work: Work, state: RunState) -> None:
        self.work, self.state = work, state

    def __call__(self, done: int, total: int) -> None:
        """Note it, once a second. Raises KeyboardInterrupt when the study's time is over."""
        self.state.done, self.state.total = done, total
        if done == total or time.monotonic() - self.work.saved >= A_SECOND:
            self.work.save()
        if self.work.deadline is not None and time.monotonic() > self.work.deadline and done < total:
            self.work.state.why = OUT_OF_TIME
            raise KeyboardInterrupt


def _begun(run: Planned, each: Cost) -> RunState:
    return RunState(run.wanted.name, run.also, run.key, run.trajectories, round(each.seconds, 1))


def _request(run: Wanted, out: Path, workers: int | None, told: Watch) -> Request:
    """What would be asked of `escalation run`."""
    until = tuple(f"{measure}={width}" for measure, width in run.precision)
    return Request(
        run.path, int(run.n), tuple(map(str, run.policies)), None if run.futures is None else int(run.futures),
        int(run.seed), run.engine, run.overlays, run.sets, workers, out, run.keep, False, (), True,
        expect=run.expectations, told=told, precision=until,
    )  # fmt: skip


def _first(complaints: str, code: int) -> str:
    """The line of what a run said on stderr that tells why it ended with this code."""
    if code == Exit.DONE:
        return ""
    lines = [line for line in complaints.splitlines() if line.strip()]
    wanted = "expectation fails" if code == Exit.EXPECTATION_FAILED else ""
    told = next((line for line in lines if line.startswith(wanted)), "")
    return told if len(told) <= MESSAGE else told[: MESSAGE - 1] + "…"
