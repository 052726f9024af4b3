"""A session afterwards: one archive that replays, no name left, or nothing left."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from escalation.classroom.retention import REPLAY, anonymise, delete, export
from escalation.classroom.session import NoSession, Session
from tests.classroom.stand_in import play
from tests.classroom.test_session import begun, deliberating

PRIVATE = (
    "Zebulon Quartz",
    "a sentence of the class",
    "a text of the teacher",
    "a draft of somebody",
    "Xanthippe",
    "00040.00e-1",
)


def full(folder: Path) -> Session:
    """A session in which people wrote things."""
    session = begun(folder)
    device = session.join(session.open_room(), PRIVATE[0], 1001.0).id
    session.sit(device, "seoul")
    session.rename(device, PRIVATE[4])
    session.rename(device, PRIVATE[0])
    deliberating(session)
    session.draft(device, "cable", PRIVATE[3])
    session.cable(device, ["moscow"], f"={PRIVATE[1]}", "c", 2001.0)
    session.send_inject(PRIVATE[2], ["seoul"], 2001.0, label=PRIVATE[2])
    session.forecast(device, 0, 35, 2001.0)
    session.hand_in(device, 1, [("seoul.act", {"size": "3"})], "h", 2001.0)
    session.hand_in(device, 1, [("seoul.act", {"size": PRIVATE[5]})], "i", 2002.0)
    session.offer(device, "seoul.wait", {"size": PRIVATE[5]}, ["moscow"], "o", 2002.0)
    session.advance(2003.0)
    session.advance(2004.0)
    return session


def contents(folder: Path) -> bytes:
    """All that is in the files of a folder, those in archives too."""
    found = b""
    for path in folder.rglob("*"):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                found += b"".join(archive.read(name) for name in archive.namelist())
        elif path.is_file():
            found += path.read_bytes()
    return found


def test_an_archive_replays_to_the_same_worlds(tmp_path: Path) -> None:
    """Unpacked, it opens as a session: same state but for keys, same worlds; and it says with which command."""
    session = full(tmp_path)
    archive = export(session, {"debrief.html": b"<p>"})
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "elsewhere")
        assert f"{REPLAY} {archive.name}" in opened.read("README.txt").decode()
        assert opened.read("debrief.html") == b"<p>"
    again = Session.open(tmp_path / "elsewhere", play())
    assert again.worlds.turns == session.worlds.turns
    assert again.state.hands == session.state.hands
    assert again.state.members["d1"].key == ""


def test_an_archive_has_orders_cables_and_forecasts_as_tables(tmp_path: Path) -> None:
    """Which hand-in counted is told; a cable is no formula of a spreadsheet."""
    with zipfile.ZipFile(export(full(tmp_path))) as archive:
        tables = {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in ("orders.csv", "cables.csv", "forecasts.csv", "proposals.csv")
        }
        log = [json.loads(line) for line in archive.read("log.jsonl").decode().splitlines()]
    assert [(row["by"], row["filled_in"], row["counted"]) for row in tables["orders.csv"]] == [
        (PRIVATE[0], '{"size": 3.0}', "no"),
        (PRIVATE[0], '{"size": 4.0}', "yes"),
        ("hold", "", "yes"),
        ("hold", "", "yes"),
    ]
    (asked,) = tables["proposals.csv"]
    assert (asked["by"], asked["choice"], asked["filled_in"]) == (PRIVATE[0], "seoul.wait", '{"size": 4.0}')
    assert (asked["needs"], asked["became"]) == ("moscow", "lapsed")
    assert tables["cables.csv"][0]["text"] == f"'={PRIVATE[1]}"
    assert tables["forecasts.csv"][0]["probability"] == "35.0"
    assert [entry["number"] for entry in log] == list(range(1, len(log) + 1))


def test_no_key_leaves_the_folder(tmp_path: Path) -> None:
    """The hash of a device's key is in no file of an archive, nor is a draft."""
    session = full(tmp_path)
    key = session.state.members["d1"].key
    export(session)
    exported = contents(session.folder / "exports")
    assert key.encode() not in exported
    assert PRIVATE[3].encode() not in exported
    assert PRIVATE[0].encode() in exported


def test_equal_sessions_give_equal_archives(tmp_path: Path) -> None:
    """The same entries give the same bytes."""
    session = full(tmp_path)
    assert export(session).read_bytes() == export(session).read_bytes()


def test_a_nameless_session_names_nobody_and_still_replays(tmp_path: Path) -> None:
    """Names, old names, cables, injects, drafts, numbers as typed: in no byte of folder or archive."""
    session = full(tmp_path)
    export(session)
    key, worlds, hands = session.state.members["d1"].key, session.worlds.turns, session.state.hands
    assert all(text.encode() in contents(session.folder) for text in PRIVATE)
    session.close()
    said = anonymise(session.folder)
    assert "1 nicknames replaced" in said
    left = contents(session.folder)
    assert [text for text in (*PRIVATE, key) if text.encode() in left] == []
    again = Session.open(session.folder, play())
    assert again.worlds.turns == worlds
    assert {at: [each.values for each in hand.orders] for at, hand in again.state.hands.items()} == {
        at: [each.values for each in hand.orders] for at, hand in hands.items()
    }
    assert again.instructor_view().seats[0].people[0].nickname == "Person 1"
    export(again)
    assert [text for text in PRIVATE if text.encode() in contents(again.folder)] == []


def test_delete_removes_the_folder_and_says_what(tmp_path: Path) -> None:
    """Log, scenario and archives are named and gone."""
    session = full(tmp_path)
    name = export(session).name
    session.close()
    said = delete(session.folder)
    assert {"removed session.sqlite", "removed scenario.yaml", f"removed {name}"} <= set(said)
    assert not session.folder.exists()


def test_delete_leaves_what_no_session_wrote(tmp_path: Path) -> None:
    """A teacher's own notes in the folder stay, and are named."""
    session = full(tmp_path)
    session.close()
    (session.folder / "notes.txt").write_text("mine")
    assert delete(session.folder)[-1] == "left notes.txt, which is no file of a session"
    assert [path.name for path in session.folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("what", [anonymise, delete])
def test_an_open_session_is_left_alone(tmp_path: Path, what: object) -> None:
    """Whoever has it open goes on undisturbed; a folder without a session is none."""
    session = full(tmp_path)
    with pytest.raises(NoSession, match="open already"):
        what(session.folder)  # type: ignore[operator]
    with pytest.raises(NoSession, match="no session"):
        what(tmp_path)  # type: ignore[operator]
    session.advance(3000.0)
