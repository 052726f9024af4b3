"""A run's journal: every finished piece on disk, found again after a kill, a power cut, a full disk or Ctrl-C.

It lies in the run's hidden folder beside its place, which is named by the run's key, so that the same command finds it.
Finished pieces are gathered in memory and written together, a file at a time, each whole or absent. What a kill can
lose is what was finished since the last file: a second of work, and a hundredth of a second more for every file there
is, so that a run of any length has some thousand files.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from escalation.experiments.block import BlockResult, FailedTrajectory
from escalation.experiments.design import Block, Design, Shard
from escalation.experiments.memory import give_back
from escalation.experiments.piece_file import Damaged, Entry, entries_of, piece_files, settle, write_pieces
from escalation.experiments.pieces import Pieces, by_canonical_blocks
from escalation.experiments.run_key import RunKey
from escalation.experiments.run_lock import RunLock
from escalation.experiments.store import LOG, MANIFEST, REMOVED, SHARD, UNDER_WAY, StoreError

RECORD = "run.json"
"""What a hidden folder says of its run, before it has a manifest."""
PIECES = "pieces"
GATHERED = 16_000_000
"""Bytes of finished pieces that are written at once, at the latest."""
A_SECOND = 1.0
LONGER = 0.01
"""Seconds longer between two files, for every file there is."""
A_MOMENT = 0.25
"""Seconds between two looks at a lock that another process has."""
DIGITS = 12


def hidden_place(reports: Path, key: RunKey, shard: Shard | None = None) -> Path:
    """The hidden folder of a run, or of a shard of it."""
    return reports / key.name / f"{UNDER_WAY}{key.folder_name(DIGITS)}{shard.suffix if shard else ''}"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept beside the pieces, so that the folder explains itself: facts for its record, and whole files."""

    facts: Mapping[str, Any]
    files: Mapping[str, str]


class Journal:
    """The pieces of one run on disk, and those that were finished since the last file. It is a `Sink`.

    folder: the hidden folder. found: trajectories that were there when it was opened. Every method that writes raises
    StoreError where the disk refuses; what is on disk by then is not lost.
    """

    def __init__(self, folder: Path, key: RunKey, design: Design, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self.key, self.design = folder, key, design
        self.pieces = Pieces()
        self._waiting: list[BlockResult] = []
        self._held = Pieces()
        self._size = 0
        self._files = 0
        self._clock = clock
        self._written = clock()
        self._load()
        self.found = self.pieces.done

    # ------------------------------------------------------------------ the sink

    def has(self, block: Block) -> bool:
        """Whether every trajectory of this piece is on disk or finished."""
        return not self.gaps(block)

    def gaps(self, block: Block) -> list[Block]:
        """What of a piece is neither on disk nor finished."""
        return [gap for missing in self.pieces.gaps(block) for gap in self._held.gaps(missing)]

    def add(self, block: Block, result: BlockResult) -> None:
        """Keep a finished piece, and write what was gathered if it is time."""
        if self.has(block):
            return
        self._waiting.append(result)
        self._held.add(_placeholder(result))
        self._size += _size(result)
        if self._size >= GATHERED or self._clock() - self._written >= A_SECOND + LONGER * self._files:
            self.flush()

    def stop_asked(self) -> str:
        """A journal never asks to stop: a disk that refuses raises."""
        return ""

    def lend(self, entries: Iterable[Entry]) -> None:
        """Take in pieces that lie on disk elsewhere, and stay there."""
        for entry in entries:
            self.pieces.add(entry)
        self.found = self.pieces.done

    @property
    def done(self) -> int:
        """Trajectories that are on disk or finished."""
        return self.pieces.done + self._held.done

    def flush(self) -> None:
        """Write what was gathered."""
        if not self._waiting:
            return
        try:
            if not (self.folder / PIECES).exists():
                (self.folder / PIECES).mkdir()
                settle(self.folder)
            path = write_pieces(self.folder / PIECES, self.key.digest, by_canonical_blocks(self._waiting))
            entries = entries_of(path, self.key.digest)
        except OSError as error:
            raise _refused(f"finished trajectories cannot be written in {self.folder}", error) from error
        for entry in entries:
            self.pieces.add(entry)
        self._files += 1
        self._waiting, self._held, self._size = [], Pieces(), 0
        give_back()
        self._written = self._clock()

    # ------------------------------------------------------------------ reading

    def results(self, *, abreast: bool = False) -> Iterator[BlockResult]:
        """All that is on disk, in canonical order, a canonical block at a time. Raises StoreError.

        abreast: all policies of a block before the next block, so that a future is soon whole.
        """
        try:
            yield from self.pieces.results(self.design.policies, abreast=abreast)
        except Damaged as error:
            raise StoreError(f"{self.folder}: {error}; run the same command again, and they are run again") from error
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be read: {error.strerror or error}") from error

    @property
    def failures(self) -> tuple[FailedTrajectory, ...]:
        """Trajectories that failed, in canonical order."""
        return self.pieces.failures(self.design.policies)

    def _load(self) -> None:
        """Find what is there; what is torn or damaged is told in the log and run again."""
        for path in piece_files(self.folder / PIECES):
            try:
                entries, self._files = entries_of(path, self.key.digest), self._files + 1
            except (Damaged, ValueError, KeyError, TypeError) as error:
                self.log(f"{path.name} is dropped: {error}")
                self._drop(path)
                continue
            except OSError as error:
                self.log(f"{path.name} cannot be read and is left alone: {error.strerror or error}")
                continue
            for entry in entries:
                self._take(entry)
        for torn in (self.folder / PIECES).glob(".writing-*"):
            self._drop(torn)

    def _take(self, entry: Entry) -> None:
        try:
            entry.check()
        except Damaged as error:
            self.log(f"{entry.file.name}: {error}; they are run again")
            return
        self.pieces.add(entry)

    def _drop(self, path: Path) -> None:
        try:
            path.unlink()
        except OSError as error:
            raise _refused(f"{path} cannot be removed", error) from error

    # ------------------------------------------------------------------ the folder

    def log(self, text: str) -> None:
        """A line of the log, with the time. A disk that has no room even for that keeps no log."""
        line = f"{datetime.now(UTC).isoformat(timespec='seconds')} {text}\n"
        with suppress(OSError), (self.folder / LOG).open("a", encoding="utf-8", newline="\n") as file:
            file.write(line)

    def read_log(self) -> str:
        """The log so far."""
        try:
            return (self.folder / LOG).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def begin(self, kept: Kept) -> None:
        """Say whose the folder is; a folder that says so already is left as it is. Raises StoreError."""
        if read_record(self.folder):
            return
        for name, text in kept.files.items():
            write_whole(self.folder / name, text)
        facts = {"key": self.key.digest, "determined_by": asdict(self.key), **kept.facts}
        shard = self.design.shard
        shards = {} if shard is None else {SHARD: [shard.number, shard.of]}
        write_whole(self.folder / RECORD, said(facts | shards))
        # The names of new folders must outlast a power cut too.
        for place in (self.folder, self.folder.parent, self.folder.parent.parent):
            with suppress(OSError):
                settle(place)

    def remove(self) -> None:
        """Take the folder away: the run is stored elsewhere."""
        _remove(self.folder)


def _placeholder(result: BlockResult) -> Entry:
    """An entry for a piece that is in no file yet, by which it is known to be finished."""
    from escalation.experiments.piece_file import Layout

    return Entry(Path(), Layout((), ()), result.block, 0, 0, None, (), 0, (), 0, 0, 0, b"")


def _size(result: BlockResult) -> int:
    arrays = [result.lucks, *result.values, result.series_lucks, *result.series]
    if result.firings is not None:
        arrays += [result.firings.lucks, result.firings.times, result.firings.rules, result.firings.numbers]
    arrays += [each for _, piece in result.over_time for each in piece.arrays().values()]
    return sum(int(array.nbytes) for array in arrays)


def read_record(folder: Path) -> dict[str, Any]:
    """What a hidden folder says of its run; empty where it says nothing that can be read."""
    try:
        told = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def said(facts: Mapping[str, Any]) -> str:
    """Facts as the text of a record."""
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def write_whole(path: Path, text: str) -> None:
    """A small file, whole or as it was before. Raises StoreError."""
    temporary = path.with_name(f".writing-{path.name}")
    try:
        with temporary.open("wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise _refused(f"{path} cannot be written", error) from error


def _refused(sentence: str, error: OSError) -> StoreError:
    return StoreError(f"{sentence}: {error.strerror or error}")


# ---------------------------------------------------------------------- whose it is


def claim(
    reports: Path,
    key: RunKey,
    design: Design,
    kept: Kept,
    stored: Callable[[], Path | None],
    told: Callable[[str], None],
) -> "tuple[Journal, RunLock] | Path":
    """The journal of a run and the lock on it; or the run itself, if it has been stored by then.

    While another process works on it we wait, and `told` says so once; if that one dies, we go on in its place.
    stored: finds the finished run. Raises StoreError where the disk refuses.
    """
    folder, waited = hidden_place(reports, key, design.shard), False
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = RunLock(folder)
            ours = lock.take()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _refused(f"{folder} cannot be written", error) from error
        if ours:
            return _ours(folder, key, design, kept, stored, lock)
        if not waited:
            told(f"this very run is under way ({lock.holder()}); waiting for it")
            waited = True
        time.sleep(A_MOMENT)


def _ours(
    folder: Path, key: RunKey, design: Design, kept: Kept, stored: Callable[[], Path | None], lock: RunLock
) -> "tuple[Journal, RunLock] | Path":
    try:
        if read_record(folder).get("key", key.digest) != key.digest:
            raise StoreError(f"{folder} is in the way: it belongs to another run; move it away to run this one")
        _sweep(folder)
        place = stored()
        journal = Journal(folder, key, design)
        if place is None:
            journal.begin(kept)
            return journal, lock
    except BaseException:
        lock.release()
        raise
    lock.release()
    return place


def discard(reports: Path, key: RunKey, shard: Shard | None) -> bool:
    """Take away the hidden folder of a run that is stored, unless another process is at it still.

    Whether there was one: whoever stored the run was killed before it could tidy up.
    """
    folder = hidden_place(reports, key, shard)
    for left in folder.parent.glob(f"{REMOVED}*"):
        shutil.rmtree(left, ignore_errors=True)
    with suppress(OSError):
        lock = RunLock(folder)
        if folder.exists() and lock.take():
            _remove(folder)
            lock.release()
            return True
    return False


def _remove(folder: Path) -> None:
    """What cannot be removed does no harm."""
    gone = folder.with_name(f"{REMOVED}{secrets.token_hex(4)}")
    with suppress(OSError):
        os.rename(folder, gone)
        shutil.rmtree(gone, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """What was left behind by a kill: folders that were being removed, and a folder that was being written."""
    for left in (*folder.parent.glob(f"{REMOVED}*"), *folder.glob(f"{UNDER_WAY}*")):
        shutil.rmtree(left, ignore_errors=True)


def unfinished(reports: Path, name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The hidden folders of a scenario's shelf that hold journals, with what each says of itself."""
    for folder in sorted((reports / name).glob(f"{UNDER_WAY}*")):
        told = read_record(folder)
        if told and not (folder / MANIFEST).exists():
            yield folder, told


def done_in(folder: Path, key: str) -> tuple[int, int]:
    """How many trajectories a journal holds and how many of them failed, by the heads of its files."""
    pieces = Pieces()
    for path in piece_files(folder / PIECES):
        with suppress(Damaged, ValueError, KeyError, TypeError, OSError):
            for entry in entries_of(path, key):
                pieces.add(entry)
    return pieces.done, len(pieces.failures(tuple(pieces.policies)))
