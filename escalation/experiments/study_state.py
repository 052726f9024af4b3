"""How far a study is, in a file that others may read while it runs, and a lock that ends with its process.

The state is replaced whole at each change, so a reader sees one moment of it. A process that is killed cannot say so:
its lock is free then, and its state still says that something runs.
"""

import fcntl
import json
import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Literal

from escalation.experiments.store import StoreError

STATE = "state.json"
LOCK = ".lock"
Status = Literal["waiting", "running", "stopped", "done", "failed"]


@dataclass(slots=True)
class RunState:
    """One run of a study.

    status: `stopped` is begun and resumable, `failed` is faulty, or finished with something wrong. code: the exit code
    of the run, None until it has one. folder: of the run, from the study's. since, ended: ISO 8601 in UTC. done,
    total: trajectories. estimated, seconds: what it was expected to take, and took. message: why, in a sentence.
    """

    name: str
    also: tuple[str, ...]
    key: str
    total: int
    estimated: float
    status: Status = "waiting"
    code: int | None = None
    folder: str = ""
    since: str = ""
    ended: str = ""
    done: int = 0
    seconds: float = 0.0
    message: str = ""


@dataclass(slots=True)
class StudyState:
    """A study under way or ended.

    file: of the study. began, updated, ended: ISO 8601 in UTC; ended is "" while it runs. deadline: when its time is
    over, or "". why: what ended it early, or "".
    """

    title: str
    file: str
    began: str
    runs: list[RunState]
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=platform.node)
    deadline: str = ""
    updated: str = ""
    ended: str = ""
    why: str = ""

    def save(self, folder: Path) -> None:
        """Replace the file. Raises StoreError where the disk refuses."""
        self.updated = now()
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"
        put(folder / STATE, text.encode("utf-8", "replace"))

    def remaining(self) -> float:
        """Seconds of work that are left, by the estimates and by how those before have turned out."""
        finished = [run for run in self.runs if run.seconds > 0 and run.status in ("done", "failed")]
        expected = sum(run.estimated for run in finished)
        factor = sum(run.seconds for run in finished) / expected if expected > 0 else 1.0
        left = sum(run.estimated for run in self.runs if run.status in ("waiting", "stopped"))
        for run in self.runs:
            if run.status == "running" and run.total:
                left += run.estimated * (1 - run.done / run.total)
        return left * factor

    def count(self, *statuses: Status) -> int:
        """How many runs are so."""
        return sum(run.status in statuses for run in self.runs)


def now() -> str:
    """This moment, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def later(moment: str, seconds: float) -> str:
    """A moment so many seconds after another."""
    return (datetime.fromisoformat(moment) + timedelta(seconds=round(seconds))).isoformat(timespec="seconds")


def put(path: Path, content: bytes) -> None:
    """A file replaced in one step. Raises StoreError."""
    beside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error


def read_state(folder: Path) -> StudyState:
    """What a study's folder says of itself. Raises StoreError."""
    try:
        told = json.loads((folder / STATE).read_text(encoding="utf-8"))
        runs = [RunState(**{**run, "also": tuple(run["also"])}) for run in told.pop("runs")]
        return StudyState(**told, runs=runs)
    except OSError as error:
        what = f"{folder} holds no study, or one that is still being planned"
        raise StoreError(f"{what}: {STATE} cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{folder / STATE} does not say what it should: {error}") from error


@contextmanager
def at_work(folder: Path) -> Iterator[bool]:
    """Whether this process may work on the study: no other one does, and none will while this lasts."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("ab")
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}") from error
    with file:
        yield _locked(file)


def someone_works(folder: Path) -> bool:
    """Whether a process is at work on the study at this moment."""
    try:
        with (folder / LOCK).open("rb") as file:
            return not _locked(file, fcntl.LOCK_SH)
    except OSError:
        return False


def _locked(file: IO[bytes], kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
