"""`escalation serve`: what it refuses before it listens, and what a restart goes on with."""

import asyncio
import socket
from pathlib import Path

import pytest

from escalation.cli.exits import Exit
from escalation.cli.serving import Service, _go_on, serve
from escalation.web import instructor
from escalation.web.room import room_routes
from escalation.web.server import LOOPBACK, House
from tests.web.stand import phone, session_of, teacher, venue_in

LADDER = Path(__file__).parents[2] / "scenarios/first-ladder.yaml"


def test_a_scenario_without_a_classroom_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence names the file, nothing is printed on stdout and nothing is made."""
    folder = tmp_path / "sessions"
    assert serve(Service((LADDER,), (), (), 0, 0, folder)) == Exit.WRONG_USAGE
    told = capsys.readouterr()
    assert "first-ladder" in told.err
    assert told.out == ""
    assert not folder.exists()


def test_a_port_that_is_taken_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do about it."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        assert serve(Service((), (), (), port, 0, tmp_path / "sessions")) == Exit.WRONG_USAGE
    assert "--port 0" in capsys.readouterr().err


def test_a_restart_goes_on_with_the_same_session_and_knows_its_browsers(tmp_path: Path) -> None:
    """Another venue on the same folder plays the last session again; a phone's cookie is still its seat."""
    venue = venue_in(tmp_path)
    session = session_of(venue, teacher(venue))
    venue.note_current("127.0.0.1")
    client = phone(venue)
    client.get("/nothing")
    cookie = client.cookies["escalation-room-8322"]
    key = cookie.partition(".")[0]
    device = session.join(session.open_room(0.0), "Ann", 0.0, key=key).id
    session.close()

    async def again() -> str:
        restarted = venue_in(tmp_path)
        house = House(restarted, 0, instructor.routes(), room_routes())
        await _go_on(restarted, house)
        assert restarted.session is not None
        assert restarted.room.startswith("http://127.0.0.1:")
        assert restarted.unsealed("room", cookie) == key
        found = restarted.session.device_of(key)
        await house.close_room()
        await asyncio.gather(*(task for _, task in house.servers))
        restarted.session.close()
        return found or ""

    assert asyncio.run(again()) == device
