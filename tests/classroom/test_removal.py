"""A deletion that is killed half-way is finished or told; days that are over are acted on; nothing stays behind."""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from escalation.classroom import retention
from escalation.classroom.log import NoLog
from escalation.classroom.refusals import Refused
from escalation.classroom.retention import anonymise, delete, export, tidy
from escalation.classroom.session import EXPORTS, LOG, SCENARIO, NoSession, Session
from tests.classroom.full_disk import no_room
from tests.classroom.stand_in import play
from tests.classroom.test_retention import PRIVATE, contents, full
from tests.classroom.test_session import begun, deliberating, people, reopened

LATER = 10_000.0
DAY = 86_400.0


class Killed(BaseException):
    """The process ends here."""


def kept(folder: Path) -> Path:
    """A session with an archive, closed."""
    session = full(folder)
    export(session)
    session.close()
    return session.folder


def steps_of(monkeypatch: pytest.MonkeyPatch, limit: int) -> Callable[[], int]:
    """Ends the process at the file operation of this number; how many there were."""
    done = 0

    def counted(real: Any) -> Any:
        def step(*given: Any, **named: Any) -> Any:
            nonlocal done
            if done >= limit:
                raise Killed
            done += 1
            return real(*given, **named)

        return step

    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))
    monkeypatch.setattr(Path, "rmdir", counted(Path.rmdir))
    monkeypatch.setattr(os, "replace", counted(os.replace))
    return lambda: done


@pytest.mark.parametrize("what", [delete, anonymise])
def test_whenever_a_removal_is_killed_the_next_start_finishes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Callable[[Path], Any]
) -> None:
    """At each file operation in turn: after the start no nickname or sentence is left, and the line says so."""
    for limit in range(100):
        folder = kept(tmp_path / str(limit))
        with monkeypatch.context() as patched:
            steps = steps_of(patched, limit)
            try:
                what(folder)
            except Killed:
                assert steps() == limit
            else:
                break
        if not (folder / LOG).is_file() and not retention.interrupted(folder):
            # After its last lasting step.
            assert list(folder.iterdir()) == []
            continue
        if not retention.interrupted(folder):
            # Before its first lasting step: nothing is removed, and the class can go on.
            assert limit <= 4
            assert tidy(folder, LATER) == ()
            assert {each.name for each in folder.iterdir()} == {LOG, SCENARIO, EXPORTS, "lock"}
            session = Session.open(folder, play())
            assert session.state.members["d1"].nickname == PRIVATE[0]
            session.close()
            continue
        with pytest.raises(NoSession, match=r"was being (deleted|made nameless) when that was interrupted"):
            Session.open(folder, play())
        (line,) = tidy(folder, LATER)
        assert "to the end, which had been interrupted" in line
        left = contents(folder) if folder.exists() else b""
        assert [text for text in PRIVATE if text.encode() in left] == []
        assert tidy(folder, LATER) == () if folder.exists() else True
    assert limit >= 5


# ---------------------------------------------------------------------- a disk without room, or without leave


def everything(folder: Path) -> dict[str, bytes]:
    """The files of a folder but for the note of who has it open, by name; folders with nothing in them too."""
    found = (each for each in folder.rglob("*") if each.name != "lock")
    return {str(each.relative_to(folder)): each.read_bytes() if each.is_file() else b"" for each in found}


def test_deleting_needs_no_room(tmp_path: Path) -> None:
    """On a disk that takes not one byte more, all of the session goes, the folder with it."""
    folder = kept(tmp_path)
    with no_room():
        assert {f"removed {LOG}", f"removed {SCENARIO}"} <= set(delete(folder))
    assert not folder.exists()


def test_days_that_are_over_are_acted_on_without_room(tmp_path: Path) -> None:
    """A class was told when it would be deleted, and a full disk is no excuse; before that day it stays."""
    session = begun(tmp_path, retention_days=30)
    people(session, "seoul")
    session.close()
    before = everything(session.folder)
    with no_room():
        assert tidy(session.folder, 1000.0 + 30 * DAY) == ()
        assert everything(session.folder) == before
        (line,) = tidy(session.folder, 1001.0 + 30 * DAY)
    assert "deleted, since its 30 days are over" in line
    assert not session.folder.exists()


@pytest.mark.parametrize("room", [0, 100, 4096, 20_000])
def test_a_session_that_there_is_no_room_to_make_nameless_is_left_as_it_was(tmp_path: Path, room: int) -> None:
    """Wherever the disk fills up, nothing is removed, nothing is added, and a sentence says so."""
    folder = kept(tmp_path)
    before = everything(folder)
    with no_room(room), pytest.raises(Refused, match=r"^Nothing was removed: the disk does not take it \(.*\)\.$"):
        anonymise(folder)
    assert everything(folder) == before


@pytest.mark.parametrize("room", [0, 3, 4096, 20_000])
def test_a_session_that_there_is_no_room_for_leaves_nothing_behind(tmp_path: Path, room: int) -> None:
    """Wherever the disk fills up, one sentence is told and no folder is there; with room again it can be made."""
    with no_room(room), pytest.raises(Refused, match=r"^No session was made: the disk does not take it \(.*\)\.$"):
        begun(tmp_path)
    assert list(tmp_path.iterdir()) == []
    begun(tmp_path).close()


@pytest.mark.parametrize("room", [0, 4096, 20_000])
def test_an_archive_that_there_is_no_room_for_leaves_nothing_behind(tmp_path: Path, room: int) -> None:
    """Wherever the disk fills up, nothing but the archives of before is among the exports."""
    session = full(tmp_path)
    with no_room(room), pytest.raises(Refused, match=r"^No archive was made: .*The class is kept\.$"):
        export(session)
    assert list((session.folder / EXPORTS).iterdir()) == []


@pytest.mark.parametrize("what", [delete, anonymise])
def test_what_may_not_be_removed_is_named_and_never_said_to_be_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Callable[[Path], Any]
) -> None:
    """An archive that the disk holds on to is told with the reason; done again later, it goes."""
    folder = kept(tmp_path)
    unlink = Path.unlink

    def all_but_archives(path: Path, *given: Any, **named: Any) -> None:
        if path.suffix == ".zip":
            raise PermissionError(1, "Operation not permitted")
        unlink(path, *given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", all_but_archives)
        with pytest.raises(Refused, match=r"Still there: class-\d+\.zip \(Operation not permitted\)\."):
            what(folder)
        (line,) = tidy(folder, LATER)
        assert line.startswith("class: left as it is: Not all")
    assert list((folder / EXPORTS).iterdir()) != []
    what(folder)
    assert not folder.exists() or [text for text in PRIVATE if text.encode() in contents(folder)] == []


@pytest.mark.parametrize("what", [delete, anonymise])
def test_a_disk_that_may_not_be_written_keeps_the_session_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: Callable[[Path], Any]
) -> None:
    """Nothing can be renamed there: it is told that nothing was done, and nothing was."""
    folder = kept(tmp_path)
    before = everything(folder)

    def read_only(*_: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", read_only)
        with pytest.raises(Refused, match=r"^Nothing was (deleted|removed): the disk does not take it \(Read-only"):
            what(folder)
    assert everything(folder) == before


def test_a_folder_in_the_exports_is_left_and_named(tmp_path: Path) -> None:
    """No session makes one there, so it is somebody's own."""
    folder = kept(tmp_path)
    (folder / EXPORTS / "mine").mkdir()
    assert delete(folder)[-1] == "left exports, which is no file of a session"
    assert [each.name for each in (folder / EXPORTS).iterdir()] == ["mine"]


def test_a_session_is_deleted_once_its_days_are_over_and_a_line_says_so(tmp_path: Path) -> None:
    """A second before the end of the days it stays, a second after it goes, and one without days stays for ever."""
    session = begun(tmp_path, retention_days=30)
    people(session, "seoul")
    session.close()
    assert tidy(session.folder, 1000.0 + 30 * DAY) == ()
    (line,) = tidy(session.folder, 1001.0 + 30 * DAY)
    assert "deleted, since its 30 days are over" in line
    assert "removed session.sqlite" in line
    assert not session.folder.exists()
    endless = begun(tmp_path / "other")
    endless.close()
    assert tidy(endless.folder, 1e12) == ()


def test_an_open_session_is_not_tidied_away(tmp_path: Path) -> None:
    """A class that is being played when its days end is left alone, and that is said."""
    session = begun(tmp_path, retention_days=1)
    (line,) = tidy(session.folder, LATER + 9 * DAY)
    assert "left as it is" in line
    assert "open already" in line
    session.advance(2000.0)


def test_a_folder_that_is_no_session_is_not_touched(tmp_path: Path) -> None:
    """Whatever else lies beside the sessions stays as it is."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    (tmp_path / "notes" / ".log").write_text("symphony")
    assert tidy(tmp_path / "notes", 1e12) == ()
    assert sorted(each.name for each in (tmp_path / "notes").iterdir()) == [".log", "mine.txt"]


# ---------------------------------------------------------------------- a disk that fails


def test_on_a_full_disk_a_command_is_refused_and_the_class_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """Nothing refused is acknowledged, nothing acknowledged is lost, and what is read can still be read."""
    session = begun(tmp_path)
    (device, other) = people(session, "seoul", "moscow")
    deliberating(session)
    acknowledged, told = [], set()
    with no_more_room(session):
        for number in range(9):
            try:
                session.cable(device, ["moscow"], f"{number}" + "x" * 1999, f"c{number}", 2001.0)
                acknowledged.append(str(number))
            except Refused as refused:
                told.add(refused.sentence)
            try:
                session.draft(device, f"field-{number}", "x" * 4000)
            except Refused as refused:
                told.add(refused.sentence)
        assert len(acknowledged) < 5
        assert told == {"Nothing was kept: the disk does not take it (database or disk is full)."}
        assert [each.text[0] for each in session.seat_view(other).cables] == acknowledged
    session.cable(device, ["moscow"], "There is room again.", "c8", 2002.0)
    again = reopened(session)
    assert [each.text[0] for each in again.seat_view(other).cables] == [*acknowledged, "T"]


def test_an_archive_that_the_disk_does_not_take_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half written, it is removed again; the class goes on, and with room there is an archive."""
    session = full(tmp_path)
    write = Path.write_bytes

    def half_of_it(path: Path, content: bytes) -> int:
        write(path, content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", half_of_it)
        with pytest.raises(Refused, match="No archive was made: the disk does not take it"):
            export(session)
    assert list((session.folder / "exports").iterdir()) == []
    assert export(session).is_file()
    session.close()


class no_more_room:
    """The database may not grow by a single page."""

    def __init__(self, session: Session) -> None:
        self.run = session.log._database.execute

    def __enter__(self) -> None:
        self.run("CREATE TABLE IF NOT EXISTS filling (text TEXT)")
        pages = self.run("PRAGMA page_count").fetchone()[0]
        self.run(f"PRAGMA max_page_count={pages}")
        while True:
            try:
                self.run("INSERT INTO filling VALUES (?)", ("x" * 200,))
            except sqlite3.Error:
                return

    def __exit__(self, *_: object) -> None:
        self.run("PRAGMA max_page_count=1000000")


def test_with_a_read_only_database_the_class_can_be_read_and_nothing_is_acknowledged(tmp_path: Path) -> None:
    """Every command is refused with one sentence; the views stay."""
    session = begun(tmp_path)
    (device,) = people(session, "seoul")
    deliberating(session)
    session.seat_view(device)
    session.log._database.execute("PRAGMA query_only=ON")
    for command in (
        lambda: session.hand_in(device, 1, [], "h", 2001.0),
        lambda: session.draft(device, "f", "text"),
        lambda: session.advance(2002.0),
        lambda: session.rename(device, "Other", 2002.0),
    ):
        with pytest.raises(Refused, match="the disk does not take it"):
            command()
    assert session.seat_view(device).handed_in is None
    session.log._database.execute("PRAGMA query_only=OFF")
    session.hand_in(device, 1, [], "h", 2003.0)
    assert session.seat_view(device).handed_in is not None


def test_a_person_is_out_although_their_drafts_could_not_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done is done, and what was not is said."""
    session = begun(tmp_path)
    (device,) = people(session, "seoul")

    def broken(_: str) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(session.log, "drop_drafts", broken)
    with pytest.raises(Refused, match="Out of the class, but its drafts could not be removed"):
        session.remove(device, 1500.0)
    with pytest.raises(Refused, match="not in the class any more"):
        session.seat_view(device)


@pytest.mark.parametrize("harm", ["head", "middle", "half", "entry", "words", "number"])
def test_a_damaged_log_is_told_and_not_half_read(tmp_path: Path, harm: str) -> None:
    """A log with a broken header, a page of noise, half of it gone, or an entry that says nothing, is refused whole."""
    session = full(tmp_path)
    session.cables_open(True, 2999.0)
    for number in range(40):
        session.cable("d1", ["moscow"], f"{number} " + "x" * 1500, f"n{number}", 3000.0)
    session.close()
    path = session.folder / LOG
    whole = path.read_bytes()
    if harm == "head":
        path.write_bytes(b"\xff" * 100 + whole[100:])
    elif harm == "middle":
        at = len(whole) // 4096 // 2 * 4096
        path.write_bytes(whole[:at] + b"\xa5" * 4096 + whole[at + 4096 :])
    elif harm == "half":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        change = {"entry": "body = '{'", "words": "body = '[]'", "number": "number = 999"}[harm]
        with sqlite3.connect(path) as database:
            database.execute("DROP TRIGGER entries_stay")
            database.execute(f"UPDATE entries SET {change} WHERE number = 5")
        database.close()
    harmed = path.read_bytes()
    with pytest.raises((NoSession, NoLog), match=r"damaged|cannot be read|lacks entry|says nothing"):
        Session.open(session.folder, play())
    assert path.read_bytes() == harmed


def test_a_log_that_is_whole_again_is_read_again(tmp_path: Path) -> None:
    """A refused folder was let go of: put back from a copy it opens."""
    session = full(tmp_path)
    session.close()
    path = session.folder / LOG
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises((NoSession, NoLog)):
        Session.open(session.folder, play())
    path.write_bytes(whole)
    assert Session.open(session.folder, play()).state.members["d1"].nickname == PRIVATE[0]


def test_a_changed_scenario_is_told(tmp_path: Path) -> None:
    """The scenario in the folder must be the one that the class began with."""
    session = full(tmp_path)
    session.close()
    with (session.folder / SCENARIO).open("a") as file:
        file.write("# other\n")
    with pytest.raises(ValueError, match="not the one that the class began with"):
        Session.open(session.folder, play())
