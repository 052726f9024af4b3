"""A class rehearsed over HTTP, as a whole and with its server killed on the way."""

import random
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from benchmarks.classroom import flood
from escalation.cli.exits import Exit
from escalation.cli.rehearsing import Server, missing, rehearse, replayed, start
from escalation.cli.serving import Service
from escalation.web.rehearsal import Rehearsal
from escalation.web.visitor import Forms

SCENARIO = Path(__file__).parents[2] / "scenarios/classroom/lirath.yaml"
PATIENCE = 60.0


def test_a_rehearsed_class_comes_to_the_end_of_its_debrief(capfd: pytest.CaptureFixture[str]) -> None:
    """Four phones play six turns and six questions; nothing is refused or lost, and the export plays again alike."""
    status = rehearse(Service((SCENARIO,), (), (), 0, 0, Path("sessions")), 4)
    said = capfd.readouterr().out
    # How fast pages come is for the benchmarks: a busy machine does not make the class wrong.
    wrong = [line for line in said.splitlines() if line.startswith("BAD") and " pages: " not in line]
    assert not wrong, said
    assert "4 phones at 4 seats, 6 turns" in said
    assert status in (Exit.DONE, Exit.SOME_FAILED)


def test_a_verdict_counts_what_is_not_in_the_log(tmp_path: Path) -> None:
    """An order that was acknowledged and is in no log is named."""
    from escalation.classroom.log import Log

    (tmp_path / "class").mkdir()
    log = Log(tmp_path / "class" / "session.sqlite")
    log.append("handed in", {}, at=0.0, seat="lirath", token="device/handed in/kept")
    log.close()
    rehearsal = Rehearsal(1, "/", 1)
    rehearsal.played.note("hand-in", "kept")
    rehearsal.played.note("hand-in", "lost")
    rehearsal.played.note("cable", "kept")
    assert missing(rehearsal, tmp_path) == ["hand-in lost", "cable kept"]


def test_a_broken_export_is_no_rehearsed_class() -> None:
    """What cannot be played again is said."""
    same, said = replayed(b"no archive")
    assert not same
    assert "no archive of a session" in said


def test_forms_are_read_as_a_browser_sends_them() -> None:
    """Boxes that are ticked, the first of a list, what stands in a text; nothing that is switched off."""
    page = """<a href="/x">x</a><form action="/a"><input name="t" value="1"><input type="checkbox" name="c" value="y">
    <input type="checkbox" name="d" value="z" checked><input name="o" value="2" disabled>
    <select name="s"><option value="p">P</option><option value="q" selected>Q</option></select>
    <textarea name="w">two &lt; three</textarea><button name="do" value="go">Go</button></form><input name="out">"""
    found = Forms("/here", page)
    assert found.links == ["/x"]
    (form,) = found.to("/a")
    assert form.values == {"t": "1", "d": "z", "s": "q", "w": "two < three"}
    assert form.offered == {"c": ["y"], "d": ["z"], "s": ["p", "q"], "do": ["go"]}


def test_a_flood_of_joins_leaves_the_class_alone() -> None:
    """Forty-eight connections join for two seconds, most by a wrong code: no seat is refused, and memory stays."""
    found = flood(2.0, [str(SCENARIO), "--port", "0", "--room-port", "0"], SCENARIO.stem)
    assert found.times
    assert not found.odd
    assert found.answers[303] < sum(found.answers.values())
    assert set(found.answers) <= {0, 200, 303, 400, 403, 429, 503}
    assert not found.peak > found.before + 100.0


# ---------------------------------------------------------------------- killed


def free_ports() -> tuple[int, int]:
    """Two ports that nobody listens at."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def kill_and_go_on(server: Server, arguments: list[str], folder: Path) -> Server:
    """End a server by force and start it again, as a teacher would: by the same line."""
    server.end(signal.SIGKILL)
    return start(arguments, folder)


def played_with_kills(folder: Path, seed: int, kills: int, phones: int = 4) -> int:
    """Play a class whose server is killed at random moments; how many kills there were before its debrief.

    Asserts that the class went on each time, that nothing acknowledged is missing, and that its worlds are the same.
    """
    port, room = free_ports()
    arguments = [str(SCENARIO), "--port", str(port), "--room-port", str(room)]
    server = start(arguments, folder)
    rehearsal = Rehearsal(server.port, server.entry, phones, patience=PATIENCE, debrief=False)
    failed: list[BaseException] = []

    def play() -> None:
        try:
            rehearsal.play(SCENARIO.stem)
        except BaseException as error:
            failed.append(error)

    player, moments, done = threading.Thread(target=play), random.Random(seed), 0
    player.start()
    try:
        while len(rehearsal.phones) < phones or not rehearsal.played.acknowledged:
            assert player.is_alive(), failed
            time.sleep(0.02)
        while done < kills and player.is_alive():
            time.sleep(moments.uniform(0.0, 1.0))
            if player.is_alive():
                server, done = kill_and_go_on(server, arguments, folder), done + 1
        player.join()
    finally:
        server.end(signal.SIGKILL)
        player.join(2 * PATIENCE)
    assert not failed, failed
    assert rehearsal.played.turns == 6
    assert sum(map(len, rehearsal.played.acknowledged.values())) > 6 * phones
    assert missing(rehearsal, folder) == []
    same, said = replayed(rehearsal.played.archive)
    assert same, said
    assert not rehearsal.odd, rehearsal.odd
    return done


def test_a_class_whose_server_is_killed_goes_on(tmp_path: Path) -> None:
    """Three kills at random moments: every phone goes on by itself, and nothing that was received is lost."""
    assert played_with_kills(tmp_path, seed=1, kills=3) >= 1


@pytest.mark.nightly
def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    """Fifty kills at random moments, over as many classes as it takes."""
    done = 0
    for seed in range(2, 40):
        done += played_with_kills(tmp_path / str(seed), seed=seed, kills=min(10, 50 - done))
        if done >= 50:
            break
    assert done == 50
