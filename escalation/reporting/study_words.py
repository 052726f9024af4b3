"""How far a study is, in words: for `escalation status`, the lines of progress, and the page."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from escalation.experiments.study_estimate import Cost
from escalation.experiments.study_plan import Planned
from escalation.experiments.study_state import RunState, StudyState, later, now
from escalation.reporting.decimals import count, fixed

A_MINUTE, AN_HOUR = 60.0, 3600.0
NAMES_SHOWN = 20


def duration(seconds: float) -> str:
    """A time that something takes: `40 s`, `12 minutes`, `3.5 hours`."""
    if seconds < 100:
        return f"{fixed(seconds, 0)} s"
    if seconds < 100 * A_MINUTE:
        return f"{fixed(seconds / A_MINUTE, 0)} minutes"
    return f"{fixed(seconds / AN_HOUR, 1)} hours"


def size(number: float) -> str:
    """Bytes: `3.2 GB`, `640 MB`."""
    return f"{fixed(number / 1e9, 1)} GB" if number >= 1e9 else f"{fixed(number / 1e6, 0)} MB"


def clock(moment: str) -> str:
    """A moment as a person reads it: `2026-11-22 14:03 UTC`."""
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else ""


def how_it_stands(state: StudyState, alive: bool) -> str:
    """One sentence: whether it runs, since when, how it ended."""
    if alive:
        return f"running since {clock(state.began)} (process {state.pid} on {state.host})"
    if not state.ended:
        return f"killed: it was last at work at {clock(state.updated)}, and has not said that it ended"
    return f"stopped early ({state.why}) at {clock(state.ended)}" if state.why else f"ended at {clock(state.ended)}"


def counted(state: StudyState) -> str:
    """`3 done, 1 running, 4 waiting, 0 failed of 8 runs`."""
    stopped = state.count("stopped")
    told = f"{count(state.count('done'))} done, {count(state.count('running'))} running, "
    told += f"{count(state.count('waiting'))} waiting, {count(state.count('failed'))} failed"
    return told + (f", {count(stopped)} stopped on the way" if stopped else "") + f" of {count(len(state.runs))} runs"


def status_lines(state: StudyState, alive: bool) -> Iterator[str]:
    """What `escalation status` prints."""
    yield f"{state.title} ({state.file})"
    yield how_it_stands(state, alive)
    yield counted(state)
    left = state.remaining()
    if alive:
        yield f"expected end {clock(later(now(), left))}: about {duration(left)} of work are left, an estimate"
        yield from ([f"its time is over at {clock(state.deadline)}"] if state.deadline else [])
    elif left:
        yield f"about {duration(left)} of work are left, an estimate; the same command goes on"
    for status in ("running", "failed", "stopped", "waiting", "done"):
        runs = [run for run in state.runs if run.status == status]
        for run in runs[:NAMES_SHOWN]:
            yield f"  {_word(run, alive):9}{run.name}{_told(run)}"
        if len(runs) > NAMES_SHOWN:
            yield f"  {status:9}and {count(len(runs) - NAMES_SHOWN)} more"


def _word(run: RunState, alive: bool) -> str:
    return "killed" if run.status == "running" and not alive else run.status


def _told(run: RunState) -> str:
    if run.status == "running":
        share = f", {count(run.done)} of {count(run.total)} trajectories" if run.total else ""
        if run.total and run.done == run.total:
            share = f", {count(run.total)} trajectories played, its report under way"
        return f", since {clock(run.since)}{share}"
    told = f", {duration(run.seconds)}" if run.seconds else ""
    return told + (f": {run.message}" if run.message else "")


def forecast(runs: Sequence[Planned], costs: Sequence[Cost], basis: str, workers: int) -> Iterator[str]:
    """What `--dry-run` prints."""
    stored = [run for run in runs if run.folder is not None]
    faulty = [run for run in runs if run.faults]
    again = sum(len(run.also) for run in runs)
    yield f"runs: {count(len(runs))}" + (f" ({count(again)} more are the same as one of these)" if again else "")
    yield f"  done already: {count(len(stored))}"
    yield f"  faulty: {count(len(faulty))}"
    todo = [run for run in runs if run.folder is None and not run.faults]
    yield f"  to be run: {count(len(todo))}, {count(sum(run.trajectories for run in todo))} trajectories"
    seconds, bytes_ = sum(cost.seconds for cost in costs), sum(cost.size for cost in costs)
    yield f"time: about {fixed(seconds / A_MINUTE, 1)} minutes with {_workers(workers)}, an estimate"
    yield f"disk: about {fixed(bytes_ / 1e9, 3)} GB, an estimate"
    yield f"basis: {basis}"
    for run in runs:
        yield f"  {_planned(run):9}{run.wanted.name}" + (f" (also {'; '.join(run.also)})" if run.also else "")


def _workers(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{count(workers)} workers"


def _planned(run: Planned) -> str:
    return "faulty" if run.faults else "done" if run.folder is not None else "to run"
