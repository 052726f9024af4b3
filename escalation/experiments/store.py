"""A run's folder: it appears whole or not at all, is named by what determines it, and is never overwritten (law 21)."""

import errno
import json
import os
import platform
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from escalation.experiments.block import FailedTrajectory
from escalation.experiments.columns import Column
from escalation.experiments.design import Design, Shard
from escalation.experiments.ensemble import Ensemble
from escalation.experiments.over_time_file import OVER_TIME, read_over_time, write_over_time
from escalation.experiments.piece_file import settle
from escalation.experiments.row_groups import cut
from escalation.experiments.run_key import SHORTEST, RunKey
from escalation.experiments.summary import Summary
from escalation.experiments.summary_file import JSON, PARQUET, read_summary, summary_json, write_arrays
from escalation.experiments.tables import no_rows, read_parquet, write_csv, write_parquet
from escalation.model.process import Policy

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
LOG = "run.log"
LATEST = "latest"
SAID = ("key", "determined_by", "files", "unfinished")
"""What every manifest says, finished or not."""
REMOVED = ".removed-"
"""How the name of a folder begins while it is removed."""
UNDER_WAY = ".partial-"
"""How the name of a folder begins while it is written."""
SHARD = "shard"
"""What the manifest of a part of a run says: its number, and of how many."""
GOES_ON = "goes_on"
"""What the manifest of an unfinished run says if a journal has it too, from which the same command goes on."""
NOT_REPORTED = "it was killed, or is still at work, after its last trajectory and before its report"


class StoreError(Exception):
    """A run's folder cannot be written or read, said in a sentence with its place.

    resumable: whether the same command can go on from what is on disk.
    """

    resumable = False


# ---------------------------------------------------------------------- finding


def find(reports: Path, key: RunKey, shard: Shard | None = None) -> Path | None:
    """The finished folder of this run, or of a shard of it, if there is one.

    Raises StoreError if a folder stands in its place that is not whole: it is for a person to move it away.
    """
    for folder in _places(reports, key, shard):
        if not folder.exists():
            return None
        if not (folder / MANIFEST).is_file():
            raise StoreError(f"{folder} is in the way: it is not a finished run; move it away to run again")
        if read_manifest(folder)["key"] == key.digest:
            wrong = faults(folder)
            if wrong:
                raise StoreError(f"{folder} is no longer whole ({wrong[0]}); move it away to run again")
            return folder
    return None


def _places(reports: Path, key: RunKey, shard: Shard | None) -> Iterator[Path]:
    """Where the run may be: a longer name only if another run has taken the shorter one."""
    for digits in (SHORTEST, 2 * SHORTEST, 64):
        yield reports / key.name / f"{key.folder_name(digits)}{shard.suffix if shard else ''}"


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a run's folder says of itself. Raises StoreError."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder / MANIFEST} cannot be read: {error}") from error
    missing = [word for word in SAID if not isinstance(manifest, dict) or word not in manifest]
    if missing:
        raise StoreError(f"{folder / MANIFEST} is not a run's: it does not say `{missing[0]}`")
    return manifest


def faults(folder: Path) -> list[str]:
    """What is not as the manifest says: a file that is missing or differs."""
    found = []
    for name, digest in read_manifest(folder)["files"].items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name} is missing")
        elif _digest(path) != digest:
            found.append(f"{name} has been changed")
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def latest(reports: Path, name: str) -> Path | None:
    """The run of a scenario that was finished last, if any."""
    pointer = reports / name / LATEST
    if pointer.is_symlink() or not pointer.is_file():
        return pointer.resolve() if pointer.exists() else None
    return pointer.parent / pointer.read_text(encoding="utf-8").strip()


# ---------------------------------------------------------------------- writing


def require_writable(reports: Path) -> None:
    """Find out before a long run whether its folder could be written. Raises StoreError."""
    try:
        reports.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=reports):
            pass
    except OSError as error:
        raise StoreError(f"{reports} cannot be written: {error.strerror}") from error


class RunFolder:
    """A run's folder while it is written: beside its place, under a hidden name, until it is whole.

    Used as `with RunFolder(reports, key) as folder:`; `finish` gives it its name. Left without, what has been
    computed is set aside under a name that ends in `-partial`, and an empty one is removed. Every method raises
    StoreError where the disk refuses.

    hidden: the folder of the run's journal, where it has one: then it is written in there, and where the disk refuses,
    nothing is set aside, since the journal has it all. log: lines that the run's log begins with. shard: the part of
    the run that it holds, None for all.
    """

    def __init__(
        self, reports: Path, key: RunKey, hidden: Path | None = None, log: str = "", shard: Shard | None = None
    ) -> None:
        self.reports, self.key, self.shard = reports, key, shard
        self.shelf = reports / key.name
        self.resumable = hidden is not None
        self.path = (hidden or self.shelf) / f"{UNDER_WAY}{key.folder_name()}-{secrets.token_hex(4)}"
        self._digests: dict[str, str] = {}
        self._facts: dict[str, Any] = {}
        self._closed = False
        try:
            self.path.mkdir(parents=True)
        except OSError as error:
            raise StoreError(f"{self.shelf} cannot be written: {error.strerror}") from error
        try:
            self._add_to_log(log)
            self.log(f"{platform.node()}, {platform.platform()}, Python {platform.python_version()}")
        except StoreError:
            self._remove()
            raise

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._closed:
            return
        if not {"outcomes.parquet", PARQUET} & set(self._digests) or (self.resumable and isinstance(error, StoreError)):
            self._remove()
            if error is not None and not self.resumable:
                error.add_note("nothing of the run could be kept")
            return
        try:
            place = self.set_aside(str(error) or (kind.__name__ if kind else "") or "not finished")
            if error is not None:
                error.add_note(f"what was done is kept in {place}")
        except StoreError:
            # The first error is the one to tell; what could be kept stands under its hidden name.
            if error is None:
                raise

    def write(self, name: str, content: str | bytes) -> None:
        """One file, whole or absent; `name` may lie in a folder of its own (`figures/ladder.svg`)."""
        data = content.encode() if isinstance(content, str) else content
        self.write_with(name, lambda file: file.write(data))

    def write_with(self, name: str, writer: Callable[[IO[bytes]], Any]) -> None:
        """One file by a function that is given it open for bytes."""
        if name in self._digests or name in (MANIFEST, LOG):
            raise StoreError(f"{name} is already written")
        self._digests[name] = self._write(name, writer)

    def _write(self, name: str, writer: Callable[[IO[bytes]], Any]) -> str:
        path = self.path / name
        temporary = path.with_name(f".writing-{path.name}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("w+b") as file:
                writer(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            return _digest(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StoreError(f"{name} cannot be written in {self.shelf}: {error.strerror or error}") from error

    def write_ensemble(self, ensemble: Ensemble, firings: "Iterable[pd.DataFrame] | None" = None) -> None:
        """Its tables and failures, and what the manifest says of it.

        firings: their table by row groups, where it is not in memory.
        """
        if ensemble.summary is None:
            self.write_with("outcomes.parquet", lambda file: write_parquet(cut(ensemble.outcomes, "outcomes"), file))
        else:
            self._write_summary(ensemble.summary)
        self.write_with("series.parquet", lambda file: write_parquet(cut(ensemble.series, "series"), file))
        if ensemble.over_time:
            self.write_with(OVER_TIME, lambda file: write_over_time(ensemble.over_time, file))
        logged = cut(ensemble.firings, "firings") if ensemble.firings is not None else firings
        if logged is not None:
            self.write_with("firings.parquet", lambda file: write_parquet(logged, file))
        if "outcomes.csv" in self.key.keep:
            self.write_with("outcomes.csv", lambda file: write_csv(ensemble.outcomes, file))
        lines = [json.dumps(asdict(failure), ensure_ascii=False) + "\n" for failure in ensemble.failures]
        self.write("failures.jsonl", "".join(lines))
        self._facts |= _facts(ensemble)
        # Whatever kills the process from here on, the tables say whose they are.
        self._write_manifest(self._facts["stopped"] or NOT_REPORTED)

    def _write_summary(self, summary: Summary) -> None:
        self.write(JSON, summary_json(summary))
        self.write_with(PARQUET, lambda file: write_arrays(summary, file))

    def state(self, name: str, value: Any) -> None:
        """A further fact for the manifest, as JSON: something that follows from the key, like what became of claims."""
        self._facts[name] = value

    def log(self, text: str) -> None:
        """A line of the log, with the time; the log is outside the promise of same bytes."""
        self._add_to_log(f"{datetime.now(UTC).isoformat(timespec='seconds')} {text}\n")

    def _add_to_log(self, text: str) -> None:
        try:
            with (self.path / LOG).open("a", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            raise StoreError(f"{LOG} cannot be written in {self.shelf}: {error.strerror or error}") from error

    def finish(self) -> Path:
        """Give the folder its name, and point `latest` at it.

        If the same run has been finished meanwhile, that one stands and this one is removed. A run that was stopped
        early is set aside instead.

        Raises StoreError if the other one has other bytes; this one is then set aside for comparison.
        """
        if self._facts.get("stopped"):
            return self.set_aside(self._facts["stopped"])
        self._write_manifest("")
        self._withdraw()
        for place in _places(self.reports, self.key, self.shard):
            if self._rename(place) or self._stands_already(place):
                if self.shard is None:
                    point_latest(place)
                return place
        raise StoreError(f"every name of {self.key.folder_name()} is taken in {self.shelf}")

    def set_aside(self, why: str) -> Path:
        """Keep what there is of an unfinished run under a name that says it is partial."""
        self._write_manifest(why)
        self._withdraw()
        return self._rename_aside("partial")

    def _withdraw(self) -> None:
        """Take away what was told of this very run when it stopped before: it has gone on, and all of that is in it."""
        if not self.resumable:
            return
        for place in sorted(self.shelf.glob(f"{self.key.folder_name()}-partial*")):
            with suppress(StoreError, OSError):
                told = read_manifest(place)
                if told["key"] == self.key.digest and told.get(GOES_ON):
                    gone = place.with_name(f"{REMOVED}{secrets.token_hex(4)}")
                    os.rename(place, gone)
                    shutil.rmtree(gone, ignore_errors=True)

    def _rename_aside(self, word: str) -> Path:
        number = 1
        while True:
            place = self.shelf / (f"{self.key.folder_name()}-{word}" + (f"-{number}" if number > 1 else ""))
            if self._rename(place):
                return place
            number += 1

    def _write_manifest(self, stopped: str) -> None:
        manifest = {
            "key": self.key.digest,
            "determined_by": asdict(self.key),
            **self._facts,
            **({GOES_ON: True} if stopped and self.resumable else {}),
            "unfinished": stopped,
            "files": dict(sorted(self._digests.items())),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
        self._write(MANIFEST, lambda file: file.write(text.encode()))

    def _rename(self, place: Path) -> bool:
        """Whether the folder could be given this name, which nobody else had."""
        try:
            if place.exists():
                return False
            os.rename(self.path, place)
            settle(self.shelf)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return False
            raise StoreError(f"{place} cannot be made: {error.strerror or error}") from error
        self.path, self._closed = place, True
        return True

    def _stands_already(self, place: Path) -> bool:
        """Whether the folder that has the name is this very run."""
        other = read_manifest(place)
        if other["key"] != self.key.digest:
            return False
        if (place / MANIFEST).read_bytes() != (self.path / MANIFEST).read_bytes() or faults(place):
            aside = self._rename_aside("differs")
            raise StoreError(f"{place} was made from the same key and differs; this run is kept in {aside}")
        self._remove()
        return True

    def _remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._closed = True


def point_latest(place: Path) -> None:
    """`latest`: a link, or a file with the name where links cannot be made; replaced in one step. Raises StoreError."""
    temporary = place.with_name(f".latest-{secrets.token_hex(4)}")
    try:
        try:
            temporary.symlink_to(place.name, target_is_directory=True)
        except (OSError, NotImplementedError):
            temporary.write_text(place.name + "\n", encoding="utf-8")
        os.replace(temporary, place.with_name(LATEST))
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StoreError(f"the run is whole in {place}, but `latest` cannot be set: {error.strerror}") from error


# ---------------------------------------------------------------------- what the manifest says of an ensemble


def _facts(ensemble: Ensemble) -> dict[str, Any]:
    return {
        "title": ensemble.title,
        "start": ensemble.start,
        "horizon": ensemble.horizon,
        "policies": [asdict(policy) for policy in ensemble.policies],
        "columns": [asdict(column) for column in ensemble.columns],
        "trajectories": {"asked": ensemble.design.total, "done": ensemble.done, "failed": len(ensemble.failures)},
        "stopped": ensemble.stopped,
    }


def load_ensemble(folder: Path) -> Ensemble:
    """The ensemble that a run's folder holds, whole or partial. Raises StoreError."""
    manifest = read_manifest(folder)
    key = manifest["determined_by"]
    if manifest.get(SHARD):
        number, of = manifest[SHARD]
        raise StoreError(
            f"{folder} is shard {number} of {of} of a run: `escalation merge` makes the run of all of them"
        )
    try:
        columns = tuple(Column(**{**each, "words": tuple(each["words"])}) for each in manifest["columns"])
        policies, firings = key["policies"], folder / "firings.parquet"
        design = Design(tuple(policies), key["n"], key["per_future"], key["seed"])
        reduced = (folder / PARQUET).exists()
        return Ensemble(
            title=manifest["title"],
            start=manifest["start"],
            horizon=manifest["horizon"],
            design=design,
            policies=tuple(
                Policy(each["name"], each["label"], tuple((name, value) for name, value in each["settings"]))
                for each in manifest["policies"]
            ),
            columns=columns,
            outcomes=no_rows(columns, policies)
            if reduced
            else read_parquet(folder / "outcomes.parquet", columns, policies),
            series=read_parquet(folder / "series.parquet", columns, policies),
            failures=tuple(
                FailedTrajectory(**json.loads(line))
                for line in (folder / "failures.jsonl").read_text(encoding="utf-8").splitlines()
            ),
            firings=read_parquet(firings, (), policies) if firings.exists() else None,
            stopped=manifest["stopped"],
            summary=read_summary(folder, design) if reduced else None,
            over_time=read_over_time(folder / OVER_TIME),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{folder} holds no ensemble that can be read: {error}") from error
