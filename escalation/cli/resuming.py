"""`escalation run --resume`, and a run that was begun before or is under way in another process."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from escalation.cli.exits import Exit
from escalation.cli.interruptions import Interruptions

if TYPE_CHECKING:
    from escalation.cli.running import Job
    from escalation.experiments.journal import Journal

FOR_GOOD = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST)
"""What a person has to put right before the same command can go on."""
TOLD = 10
"""Differences that are told one by one."""


@contextmanager
def claimed(job: "Job", signals: Interruptions) -> "Iterator[Journal | Path]":
    """The journal of a run, which no other process works on; or the run, if another has finished it meanwhile."""
    from escalation.cli.running import GO_ON, say
    from escalation.experiments.journal import claim
    from escalation.experiments.store import StoreError
    from escalation.storing import kept_beside

    request = job.request
    kept = kept_beside(job.name, job.loaded.scenario.title, job.loaded.resolved.written)
    try:
        with signals.heard():
            found = claim(request.out, job.key, job.design, kept, job.stored, lambda text: say(request, text))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.STOPPED_EARLY) from None
    if isinstance(found, Path):
        yield found
        return
    journal, lock = found
    try:
        journal.lend(job.lent)
        if journal.found and not job.lent:
            said = f"going on: {journal.found:,} of {job.design.total:,} trajectories are done already"
            journal.log(said)
            say(request, said)
        yield journal
    except StoreError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno not in FOR_GOOD and job.stored() is None:
            error.resumable = True
            done = f"{journal.pieces.done:,} of {job.design.total:,} trajectories are kept in {journal.folder}"
            error.add_note(f"{done}; {GO_ON}")
        raise
    finally:
        lock.release()


def require_unfinished(job: "Job") -> None:
    """Refuse, with the reason, unless a run was begun that the same command goes on with."""
    from escalation.experiments.journal import hidden_place, read_record, unfinished
    from escalation.experiments.store import SHARD

    key, shard = job.key, job.design.shard
    if read_record(hidden_place(job.request.out, key, shard)).get("key") == key.digest:
        return
    part = None if shard is None else [shard.number, shard.of]
    others = [
        (folder, told)
        for folder, told in unfinished(job.request.out, key.name)
        if _tells(told) and told.get(SHARD) == part
    ]
    if not others:
        _refuse(f"there is nothing to resume: no unfinished run of {key.name} is in {job.request.out}")
    folder, told = min(others, key=lambda other: _distance(job, other[1]))
    lines = [f"{folder} is unfinished, but it is another run than this:", *_differences(job, folder, told)]
    _refuse("\n  ".join([*lines, "put these back to go on with it, or leave --resume out to begin this one"]))


def _refuse(text: str) -> None:
    raise typer.BadParameter(text, param_hint="--resume")


def _tells(told: Mapping[str, Any]) -> bool:
    """Whether an unfinished run says what determines it."""
    key = told.get("determined_by")
    return isinstance(key, Mapping) and {"n", "scenario"} <= key.keys()


def _distance(job: "Job", told: Mapping[str, Any]) -> tuple[int, bool]:
    from escalation.experiments.shards import differing_key

    return len(differing_key(told["determined_by"], job.key)), told["determined_by"]["n"] != job.key.n


def _differences(job: "Job", folder: Path, told: Mapping[str, Any]) -> list[str]:
    """In what an unfinished run differs from the one that is asked for; of the scenario, each entry with its line."""
    from escalation.experiments.shards import differing_key

    there = told["determined_by"]
    found = differing_key({**there, "scenario": job.key.scenario}, job.key)
    if there["scenario"] != job.key.scenario:
        found += _changes(job, folder)
    return found[:TOLD] + ([f"and {len(found) - TOLD} more"] if len(found) > TOLD else [])


def _changes(job: "Job", folder: Path) -> list[str]:
    """What the scenario says now that it did not say then, and the other way round."""
    from escalation.language.differences import differences
    from escalation.language.faults import InvalidScenario
    from escalation.language.resolve import resolve_written
    from escalation.language.written_places import from_text
    from escalation.storing import WRITTEN

    try:
        then = resolve_written(from_text((folder / WRITTEN).read_text(encoding="utf-8")))
    except (OSError, ValueError, InvalidScenario) as error:
        return [f"the scenario has changed ({folder / WRITTEN} cannot be read: {error})"]
    return [
        f"{'.'.join(change.path)}: {_said(change.before, change.was)} there, {_said(change.after, change.now)} here"
        for change in differences(then.document, job.loaded.resolved.document)
    ] or ["the scenario has changed in what counts for no entry: the order of entries, or a text"]


def _said(value: str | None, place: str) -> str:
    said = "nothing" if value is None else value if len(value) <= 60 else f"{value[:57]}…"
    return f"{said} ({place})" if place else said
