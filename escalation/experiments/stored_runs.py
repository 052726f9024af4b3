"""Which runs are stored under a folder, read from what each says of itself; a damaged one is told, not skipped."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from escalation.experiments.journal import PIECES, done_in, unfinished
from escalation.experiments.run_lock import RunLock
from escalation.experiments.store import LATEST, LOG, MANIFEST, SHARD, UNDER_WAY, StoreError, faults

REPORT = "report.html"
UNFINISHED = "unfinished"
"""Why a run that is still in its journal alone is not whole."""
COMPARED = "compared"
"""The shelf where comparisons stand, which are no runs."""
STUDIES = "studies"
"""The shelf where studies stand, each with its own runs."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One folder that should hold a run.

    scenario: the name of its shelf. title: of the scenario. when: when it was finished, ISO 8601 in UTC, by its log or
    else by the time of its manifest. failed: trajectories that failed. stopped: why it is not whole, "" if it is.
    path: the folder, below the one that was listed. damage: what keeps it from being read, "" if nothing does; all
    else is then empty but scenario, path and when. report: whether it has a page.
    """

    scenario: str
    path: str
    when: str
    title: str = ""
    key: str = ""
    n: int = 0
    seed: int = 0
    policies: tuple[str, ...] = ()
    done: int = 0
    failed: int = 0
    stopped: str = ""
    damage: str = ""
    report: bool = False
    shard: str = ""
    under_way: str = ""


def stored_runs(reports: Path, thorough: bool = False) -> tuple[StoredRun, ...]:
    """Every run below `reports`, the newest first; none where there is no such folder.

    thorough: look into each file as well, since one may have been changed or cut short.
    """
    found = [_read(reports, folder) for shelf in _folders(reports) for folder in _folders(shelf) if _is_run(folder)]
    if thorough:
        found = [run if run.damage else replace(run, damage=_faulty(reports / run.path)) for run in found]
    return tuple(sorted(found, key=lambda run: (run.when, run.path), reverse=True))


def _folders(place: Path) -> Iterator[Path]:
    """Folders that could hold runs: none inside a run, no links, and of hidden ones those whose tables are whole."""
    try:
        inside = sorted(place.iterdir())
    except OSError:
        return
    if (place / MANIFEST).is_file():
        return
    for each in inside:
        hidden = each.name.startswith(".") and not (each.name.startswith(UNDER_WAY) and (each / MANIFEST).is_file())
        if each.is_dir() and not each.is_symlink() and not hidden and each.name != LATEST:
            yield each


def _faulty(folder: Path) -> str:
    """The first file that is not as the manifest says, or nothing."""
    try:
        return next(iter(faults(folder)), "")
    except (OSError, StoreError) as error:
        return str(error)


def _is_run(folder: Path) -> bool:
    """Whether a folder should hold a run: each on a scenario's shelf, however damaged, but no comparison."""
    return folder.parent.name not in (COMPARED, STUDIES) or (folder / MANIFEST).is_file()


def _read(reports: Path, folder: Path) -> StoredRun:
    path, when = folder.relative_to(reports).as_posix(), _when(folder)
    shelf = folder.parent.name
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        key, told = manifest["determined_by"], manifest["trajectories"]
        return StoredRun(
            scenario=shelf,
            path=path,
            when=when,
            title=str(manifest["title"]),
            key=str(manifest["key"]),
            n=int(key["n"]),
            seed=int(key["seed"]),
            policies=tuple(str(each) for each in key["policies"]),
            done=int(told["done"]),
            failed=int(told["failed"]),
            stopped=str(manifest["unfinished"] or manifest["stopped"]),
            report=(folder / REPORT).is_file(),
            shard=_shard(manifest),
        )
    except OSError as error:
        return StoredRun(shelf, path, when, damage=f"{MANIFEST} cannot be read: {error.strerror or error}")
    except (ValueError, KeyError, TypeError) as error:
        return StoredRun(shelf, path, when, damage=f"{MANIFEST} does not say what it should: {_said(error)}")


def _shard(told: Mapping[str, Any]) -> str:
    return "{} of {}".format(*told[SHARD]) if told.get(SHARD) else ""


def unfinished_runs(reports: Path) -> tuple[StoredRun, ...]:
    """Runs and shards that were begun and can be gone on with, the newest first; those under way say so."""
    shelves = [shelf.name for shelf in _folders(reports) if shelf.name != COMPARED]
    found = [_begun(reports, folder, told) for shelf in shelves for folder, told in unfinished(reports, shelf)]
    return tuple(sorted(found, key=lambda run: (run.when, run.path), reverse=True))


def _begun(reports: Path, folder: Path, told: Mapping[str, Any]) -> StoredRun:
    path, when = folder.relative_to(reports).as_posix(), _when(folder)
    try:
        key = told["determined_by"]
        done, failed = done_in(folder, told["key"])
        return StoredRun(
            scenario=folder.parent.name,
            path=path,
            when=when,
            title=str(told["title"]),
            key=str(told["key"]),
            n=int(key["n"]),
            seed=int(key["seed"]),
            policies=tuple(str(each) for each in key["policies"]),
            done=done,
            failed=failed,
            stopped=UNFINISHED,
            shard=_shard(told),
            under_way=RunLock(folder).holder_at_work(),
        )
    except (ValueError, KeyError, TypeError) as error:
        return StoredRun(
            folder.parent.name, path, when, damage=f"its record does not say what it should: {_said(error)}"
        )


def _said(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error).partition("\n")[0]


def _when(folder: Path) -> str:
    """The moment in the last line of the log that has one, else the age of the manifest or of the folder."""
    try:
        for line in reversed((folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()):
            try:
                moment = datetime.fromisoformat(line.partition(" ")[0])
            except ValueError:
                continue
            return moment.astimezone(UTC).isoformat(timespec="seconds")
    except OSError:
        pass
    for place in (folder / MANIFEST, folder / PIECES, folder):
        try:
            return datetime.fromtimestamp(place.stat().st_mtime, UTC).isoformat(timespec="seconds")
        except OSError:
            continue
    return ""
