"""The log: append-only, whole, and the same again after any end of the process."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from escalation.classroom.entries import fold
from escalation.classroom.log import Entry, Log, NoLog
from escalation.classroom.session import Session
from tests.classroom.stand_in import play

ROOT = Path(__file__).parents[2]


def test_an_entry_is_numbered_and_comes_back_as_it_was(tmp_path: Path) -> None:
    """Numbers count from 1; texts, numbers and times are kept to the last bit."""
    log = Log(tmp_path / "log")
    first = log.append("cable", {"text": "한국 'x' \u0000", "size": 0.1}, at=1.5, seat="seoul", token="t")
    second = log.append("phase", {}, at=2.5)
    log.close()
    assert [first.number, second.number] == [1, 2]
    assert Log(tmp_path / "log").entries() == [first, second]


def test_a_token_is_entered_once(tmp_path: Path) -> None:
    """The earlier entry comes back, whatever the second one says; no token is never the same token."""
    log = Log(tmp_path / "log")
    first = log.append("a", {"x": 1}, at=1.0, token="t")
    assert log.append("b", {"x": 2}, at=2.0, token="t") == first
    log.append("a", {}, at=1.0)
    log.append("a", {}, at=1.0)
    assert [entry.number for entry in log.entries(since=1)] == [2, 3]


@pytest.mark.parametrize("words", ["UPDATE entries SET body = '{}'", "DELETE FROM entries"])
def test_no_entry_can_be_changed_or_removed(tmp_path: Path, words: str) -> None:
    """The file itself refuses it, whoever asks."""
    log = Log(tmp_path / "log")
    log.append("a", {}, at=1.0)
    log.close()
    with pytest.raises(sqlite3.IntegrityError, match="entries are never"):
        sqlite3.connect(tmp_path / "log").execute(words)


def test_what_was_drafted_is_in_no_byte_once_it_is_forgotten(tmp_path: Path) -> None:
    """Typed over, sent or dropped: the pages that held a draft are overwritten."""
    log = Log(tmp_path / "log")
    words = [f"a sentence of nobody, number {number}" for number in range(60)]
    for number, text in enumerate(words):
        log.draft("seoul", f"d{number % 3}", "cable" if number % 2 else "orders", text)
    log.draft("seoul", "d0", "cable", "")
    for device in ("d0", "d1", "d2"):
        log.drop_drafts(device)
    log.close()
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [text for text in words if text.encode() in left] == []


def test_an_entry_outlives_a_power_cut(tmp_path: Path) -> None:
    """Each entry is flushed to the disk before it is acknowledged: SQLite's FULL (2), in its write-ahead log."""
    log = Log(tmp_path / "log")
    assert [log._database.execute(f"PRAGMA {each}").fetchone()[0] for each in ("synchronous", "journal_mode")] == [
        2,
        "wal",
    ]


def test_what_json_cannot_say_is_not_entered(tmp_path: Path) -> None:
    """An infinity or an object is refused, and nothing is written."""
    log = Log(tmp_path / "log")
    for body in ({"x": float("inf")}, {"x": object()}):
        with pytest.raises((ValueError, TypeError)):
            log.append("a", body, at=1.0)
    assert log.last == 0


def test_a_file_that_is_no_log_is_refused(tmp_path: Path) -> None:
    """Neither another database nor anything else is taken for a session."""
    (tmp_path / "text").write_text("no database at all, just so many words of text" * 100)
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE x (y)")
    other.close()
    for name in ("text", "other"):
        with pytest.raises(NoLog):
            Log(tmp_path / name)


def test_a_second_writer_is_found_out(tmp_path: Path) -> None:
    """An entry with a number that was not expected is not written."""
    log = Log(tmp_path / "log")
    log.append("a", {}, at=1.0, expect=1)
    Log(tmp_path / "log").append("b", {}, at=1.0)
    with pytest.raises(NoLog, match="another process"):
        log.append("c", {}, at=1.0, expect=2)
    assert log.last == 2


def test_an_unknown_kind_of_entry_is_told() -> None:
    """A log of a later version is not half understood."""
    with pytest.raises(ValueError, match="unknown kind, `dance`"):
        fold([Entry(1, 1.0, "dance")])


WRITER = """
import sys
from tests.classroom.stand_in import play
from escalation.classroom.cables import MOST_IN_A_TURN
from escalation.classroom.session import Session
session = Session.open(sys.argv[1], play())
cables = MOST_IN_A_TURN // 4
device = next(iter(session.state.members))
turn = session.state.turn
for number in range(100_000):
    token = f"{sys.argv[2]}-{number}"
    if number % 3 or number >= 3 * cables:
        session.hand_in(device, turn, [("seoul.act", {"size": str(number)})], token, 3000.0 + number)
        print("handed in", token, flush=True)
    else:
        session.cable(device, ["press"], f"cable {token}", token, 3000.0 + number)
        print("cable", token, flush=True)
"""


def test_a_kill_in_mid_write_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """SIGKILL at several moments: the log opens, holds each acknowledged entry, and folds to a state of that turn."""
    made = play()
    from escalation.classroom.session import Options

    session = Session.create(tmp_path / "class", made.exercise, "x: 1\n", Options(), 1000.0, made)
    device = session.join(session.open_room(), "Ada", 1001.0).id
    session.sit(device, "seoul")
    session.advance(2000.0)
    session.advance(2001.0)
    session.close()
    acknowledged: list[str] = []
    for trial, moment in enumerate((0.005, 0.02, 0.06, 0.11)):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "class"), str(trial)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged.append(process.stdout.readline())
            time.sleep(moment)
            assert process.poll() is None, "the writer came to an end by itself"
            os.kill(process.pid, signal.SIGKILL)
            acknowledged += [line for line in process.stdout if line.endswith("\n")]
        session = Session.open(tmp_path / "class", play())
        there = {entry.token for entry in session.log.entries()}
        wanted = {f"{device}/{' '.join(line.split()[:-1])}/{line.split()[-1]}" for line in acknowledged}
        assert wanted <= there
        assert (session.state.phase, session.state.turn) == ("deliberation", 1)
        assert fold(session.log.entries()) == session.state
        session.close()
    assert len(acknowledged) > 8
