"""The log of a session: one append-only SQLite file, from which everything else can be made again.

An entry is on disk before `append` returns (write-ahead log, `synchronous=FULL`). Entries are numbered from 1 without a
gap. A token is entered once: whoever appends it again gets the entry that has it. Drafts stand beside the log: they may
change, and nothing rests on them.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

JOURNALS = ("-wal", "-shm", "-journal")
FORMAT = 1
"""The version of the file: raised whenever a table or the meaning of an entry changes."""
_TABLES = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    seat TEXT NOT NULL,
    token TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX token_once ON entries (token) WHERE token <> '';
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entries_last BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are never removed'); END;
CREATE TABLE drafts (
    seat TEXT NOT NULL,
    device TEXT NOT NULL,
    field TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (device, field)
);
"""


class NoLog(ValueError):
    """A file that is no log of a version that can be read."""


class NoRoom(NoLog):
    """A log that the disk does not take. why: in the system's words."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} cannot be opened: the disk does not take it ({why})")
        self.why = why


def disk_refuses(error: BaseException | None) -> str:
    """What kept the disk from doing as it was asked, as the end of a sentence."""
    if isinstance(error, OSError | NoRoom | sqlite3.Error):
        why = error.why if isinstance(error, NoRoom) else getattr(error, "strerror", "") or str(error)
        return f"the disk does not take it ({why})"
    return str(error)


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened in the session. at: seconds since the epoch. seat: the actor it is of, or "" for nobody's.

    kind: the word that tells the fold what the body means. token: the device's own mark of a form sent, or "".
    """

    number: int
    at: float
    kind: str
    seat: str = ""
    token: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


class Log:
    """The file, open. Safe to use from several threads; one process at a time (the session's folder is locked)."""

    def __init__(self, path: Path | str) -> None:
        """Open the file, or make it.

        Raises:
            NoLog: there is such a file, and it is no log of this version; NoRoom: the disk does not take it.
        """
        self.path, self._turn = Path(path), threading.RLock()
        new = [each for each in files_of(self.path)[1:] if not each.exists()]
        try:
            self._database = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
            try:
                self._prepare()
            except (sqlite3.DatabaseError, NoLog):
                self._database.close()
                raise
        except sqlite3.OperationalError as error:
            # Without room journals are begun and never written.
            for each in new:
                with suppress(OSError):
                    each.unlink()
            raise NoRoom(self.path.name, str(error)) from None
        except sqlite3.DatabaseError as error:
            raise NoLog(f"{self.path.name} cannot be read as the log of a session: {error}") from None

    def _prepare(self) -> None:
        run = self._database.execute
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run("PRAGMA secure_delete=ON")
        version = run("PRAGMA user_version").fetchone()[0]
        if version == FORMAT:
            found = run("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise NoLog(f"{self.path.name} is damaged, so none of it is read: {found}")
            return
        if version != 0 or run("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise NoLog(f"{self.path.name} has the format {version}, and this version reads {FORMAT}")
        self._database.executescript(f"BEGIN;{_TABLES}PRAGMA user_version={FORMAT};COMMIT;")

    def append(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        at: float,
        seat: str = "",
        token: str = "",
        expect: int | None = None,
    ) -> Entry:
        """The new entry, on disk; or the earlier one that has this token.

        expect: the number that the entry is to have; another says that somebody else writes here.

        Raises:
            ValueError: the body holds what JSON cannot say; nothing is written.
            sqlite3.Error: the disk refuses; nothing is written.
        """
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, sort_keys=True)
        with self._turn:
            earlier = self.of_token(token) if token else None
            if earlier is not None:
                return earlier
            number = self.last + 1
            if expect is not None and number != expect:
                raise NoLog(f"{self.path.name} is written by another process too: entry {number} came unasked")
            self._database.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", (number, float(at), kind, seat, token, text)
            )
        return Entry(number, float(at), kind, seat, token, json.loads(text))

    @property
    def last(self) -> int:
        """The number of the last entry; 0 without one."""
        with self._turn:
            return self._database.execute("SELECT coalesce(max(number), 0) FROM entries").fetchone()[0]

    def of_token(self, token: str) -> Entry | None:
        """The entry with a token, if it is there."""
        with self._turn:
            row = self._database.execute("SELECT * FROM entries WHERE token = ? AND token <> ''", (token,)).fetchone()
        return None if row is None else _entry(row)

    def entries(self, since: int = 0) -> list[Entry]:
        """All entries with a number above `since`, in order. Raises NoLog when one of them cannot be read."""
        with self._turn:
            rows = self._database.execute("SELECT * FROM entries WHERE number > ? ORDER BY number", (since,)).fetchall()
        try:
            return [_entry(row) for row in rows]
        except ValueError as error:
            raise NoLog(f"{self.path.name} is damaged, so none of it is read: {error}") from None

    def draft(self, seat: str, device: str, field: str, text: str) -> None:
        """Keep what is being written in a field, in place of what was there; nothing is no draft."""
        with self._turn:
            if text:
                self._database.execute("REPLACE INTO drafts VALUES (?, ?, ?, ?)", (seat, device, field, text))
            else:
                self._database.execute("DELETE FROM drafts WHERE device = ? AND field = ?", (device, field))

    def drafts(self, device: str) -> dict[str, str]:
        """What a device is writing, by field."""
        with self._turn:
            rows = self._database.execute("SELECT field, text FROM drafts WHERE device = ?", (device,)).fetchall()
        return dict(sorted(rows))

    def drop_drafts(self, device: str) -> None:
        """Forget what a device was writing."""
        with self._turn:
            self._database.execute("DELETE FROM drafts WHERE device = ?", (device,))

    def close(self) -> None:
        """Let go of the file; what stood in its journal is moved into it."""
        with self._turn:
            self._database.close()


def first_entry(path: Path) -> Entry | None:
    """The first entry of a log that nobody has open, if there is one. It needs no room on the disk.

    Raises:
        NoLog: the file cannot be read as it stands; NoRoom: nor with its journals, for want of room.
    """
    try:
        with closing(Log(path)) as log:
            return next(iter(log.entries()), None)
    except NoRoom:
        reading = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
        with closing(reading), suppress(sqlite3.Error, ValueError):
            row = reading.execute("SELECT * FROM entries WHERE number = 1").fetchone()
            return None if row is None else _entry(row)
        raise


def files_of(path: Path) -> list[Path]:
    """A log and the journals that may stand beside it."""
    return [path, *(path.with_name(f"{path.name}{each}") for each in JOURNALS)]


def write_log(path: Path, entries: Iterable[Entry]) -> None:
    """A new file with the entries as they are, numbers, times and tokens kept. What cannot be written whole is absent.

    Raises:
        NoRoom: the disk does not take it.
    """
    rows = [
        (
            each.number,
            each.at,
            each.kind,
            each.seat,
            each.token,
            json.dumps(each.body, ensure_ascii=False, sort_keys=True),
        )
        for each in entries
    ]
    try:
        with closing(Log(path)) as log:
            log._database.execute("BEGIN")
            log._database.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", rows)
            log._database.execute("COMMIT")
            # Closing would leave in the journal, without a word, what the file has no room for.
            log._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except (sqlite3.Error, NoRoom) as error:
        for each in files_of(path):
            with suppress(OSError):
                each.unlink()
        raise NoRoom(path.name, error.why if isinstance(error, NoRoom) else str(error)) from error


def _entry(row: tuple[Any, ...]) -> Entry:
    number, at, kind, seat, token, body = row
    return Entry(number, at, kind, seat, token, json.loads(body))
