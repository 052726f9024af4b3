"""`escalation replay`: a class played again from its log, every world compared with what the log says of it."""

import sys
import tempfile
import zipfile
from pathlib import Path

from escalation.cli.exits import Exit

LARGEST = 1 << 30
"""Bytes that an archive may unpack to."""


def replay_session(path: Path) -> int:
    """Play a session's folder, or its archive, again; one line a turn on stdout."""
    if path.is_dir():
        return _replay(path)
    with tempfile.TemporaryDirectory(prefix="escalation-") as folder:
        try:
            _unpack(path, Path(folder))
        except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            print(f"escalation: {path} is no archive of a session: {error}", file=sys.stderr)
            return Exit.WRONG_USAGE
        return _replay(Path(folder))


def _unpack(path: Path, folder: Path) -> None:
    """The two files that are needed, by their own names; nothing else in the archive is written anywhere."""
    from escalation.classroom.session import LOG, SCENARIO

    with zipfile.ZipFile(path) as archive:
        for name in (LOG, SCENARIO):
            if archive.getinfo(name).file_size > LARGEST:
                raise ValueError(f"{name} is too large")
            (folder / name).write_bytes(archive.read(name))


def _replay(folder: Path) -> int:
    from escalation.classroom.exercise import NoClassroom
    from escalation.classroom.log import NoLog
    from escalation.classroom.session import NoSession, Session
    from escalation.language.faults import InvalidScenario, render_all

    try:
        session = Session.open(folder, even_so=True)
    except (NoSession, NoLog, NoClassroom) as error:
        print(f"escalation: {error}", file=sys.stderr)
        return Exit.WRONG_USAGE
    except InvalidScenario as invalid:
        print(render_all(invalid.faults, invalid.sources), file=sys.stderr)
        return Exit.INVALID
    try:
        for turn in session.worlds.turns:
            print(f"turn {turn.turn}: {len(turn.inputs)} inputs, {session.play.digest(turn.resolved.snapshot)}")
        for each in session.worlds.differences:
            print(f"escalation: {each}", file=sys.stderr)
        if session.worlds.differences:
            return Exit.SOME_FAILED
        print(f"{session.state.number} entries, every world as the class played in it")
        return Exit.DONE
    finally:
        session.close()
