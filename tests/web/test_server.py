"""One process, two listeners, over real sockets."""

import asyncio
import http.client
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from escalation.web import instructor
from escalation.web.server import LOOPBACK, House, listening
from escalation.web.text import text
from escalation.web.venue import Venue, secret_of
from tests.web.stand import session_of, teacher, venue_in


@dataclass
class Running:
    """A house in a thread of its own."""

    venue: Venue
    house: House
    loop: asyncio.AbstractEventLoop
    port: int
    key: str

    def open_room(self) -> int:
        """The room's port, on this machine."""
        asyncio.run_coroutine_threadsafe(self.house.open_room(LOOPBACK), self.loop).result(10)
        return int(self.venue.room.rsplit(":", 1)[1].strip("/"))


def get(port: int, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """One request over a connection of its own."""
    asking = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        asking.request("GET", path, headers=headers)
        answer = asking.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        asking.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    venue = venue_in(tmp_path)
    house = House(venue, 0, instructor.routes(), [])
    asking = listening(LOOPBACK, 0)
    ready, told = threading.Event(), []
    loop = asyncio.new_event_loop()

    def tell(address: str) -> None:
        told.append(address)
        ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(house.serve(asking, tell)))
    thread.start()
    assert ready.wait(10)
    key = re.search(r"key=(.+)$", told[0])
    assert key is not None
    yield Running(venue, house, loop, asking.getsockname()[1], key[1])
    loop.call_soon_threadsafe(venue.closing.set)
    thread.join(15)
    assert not thread.is_alive()
    loop.close()
    if venue.session is not None:
        venue.session.close()


def test_the_instructor_comes_in_by_the_printed_address_alone(running: Running) -> None:
    """The key makes a cookie; without it the page is refused."""
    assert get(running.port, "/teach")[0] == 403
    status, _, headers = get(running.port, f"/teach?key={running.key}")
    assert status == 303
    cookie = headers["set-cookie"].partition(";")[0]
    assert text("teach.start.title").encode() in get(running.port, "/teach", Cookie=cookie)[1]


def test_the_room_is_shut_until_it_is_opened_and_after_it_is_closed(running: Running) -> None:
    """Nothing listens at the room's address but while the instructor has it open."""
    port = running.open_room()
    assert get(port, "/")[0] == 200
    asyncio.run_coroutine_threadsafe(running.house.close_room(), running.loop).result(10)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            get(port, "/")
        except OSError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the room still answers")


def test_a_forged_host_and_the_instructors_pages_are_refused_in_the_room(running: Running) -> None:
    """Over real sockets as well."""
    port = running.open_room()
    assert get(port, "/", Host="evil.example")[0] == 400
    session_of(running.venue, teacher(running.venue))
    assert get(port, f"/teach?key={running.key}")[0] == 404
    assert get(running.port, "/", Host=f"evil.example:{running.port}")[0] == 400


def test_no_answer_names_the_server_or_its_parts(running: Running) -> None:
    """No Server header, and no word of the library in a refusal."""
    _, body, headers = get(running.port, "/nothing")
    assert "server" not in headers
    assert b"uvicorn" not in body.lower()


def test_ten_megabytes_over_a_socket_are_refused_with_the_message(running: Running) -> None:
    """The sender gets the whole answer, though it sent far too much."""
    port = running.open_room()
    asking = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    asking.request("POST", "/join", body=b"nickname=" + b"x" * 10_000_000)
    answer = asking.getresponse()
    assert answer.status == 413
    assert answer.read().decode() == text("refused.large")
    asking.close()


def test_a_stream_over_a_socket_tells_the_revision_and_gives_its_place_back(running: Running) -> None:
    """One stream a browser; when its connection has ended the next one is accepted."""
    port = running.open_room()
    session_of(running.venue, teacher(running.venue))
    cookie = get(port, "/nothing")[2]["set-cookie"].partition(";")[0]
    with _stream(port, cookie) as (stream, first):
        assert b" 200 " in first
        assert b"data: 1\n\n" in _until(stream, first, b"data: 1\n\n")
        assert running.venue.session is not None
        running.venue.session.open_room(0.0)
        assert b"data: 2\n\n" in _until(stream, b"", b"data: 2\n\n")
        assert get(port, "/events", Cookie=cookie)[0] == 204
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with _stream(port, cookie) as (_, first):
            if b" 200 " in first:
                return
        time.sleep(0.05)
    pytest.fail("the place was not given back")


class _stream:
    def __init__(self, port: int, cookie: str) -> None:
        self.asking = socket.create_connection((LOOPBACK, port), timeout=10)
        head = f"GET /events HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nCookie: {cookie}\r\n\r\n"
        self.asking.sendall(head.encode())

    def __enter__(self) -> tuple[socket.socket, bytes]:
        return self.asking, self.asking.recv(4096)

    def __exit__(self, *_: object) -> None:
        self.asking.close()


def _until(stream: socket.socket, got: bytes, wanted: bytes) -> bytes:
    while wanted not in got:
        more = stream.recv(4096)
        assert more
        got += more
    return got


def test_the_end_is_graceful_with_a_stream_open(running: Running) -> None:
    """The house ends in seconds though a phone is listening; the fixture joins its thread."""
    port = running.open_room()
    session_of(running.venue, teacher(running.venue))
    with _stream(port, "") as (stream, first):
        _until(stream, first, b"data: ")
        before = time.monotonic()
        running.loop.call_soon_threadsafe(running.venue.closing.set)
        while stream.recv(4096):
            pass
        assert time.monotonic() - before < 5


def test_a_deadline_passes_though_nobody_asks(running: Running) -> None:
    """The house looks at the session's clock by itself."""
    session = session_of(running.venue, teacher(running.venue))
    session.advance(0.0)
    session.advance(0.0)
    deadline = time.monotonic() + 10
    while session.state.phase == "deliberation" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert session.state.phase == "locked"


def test_every_class_that_the_documents_start_can_be_played() -> None:
    """The scenarios and overlays after `escalation serve` in the README and the teacher's page make an exercise."""
    from escalation.classroom.exercise import exercise_of
    from escalation.language.resolve import read_scenario

    root = Path(__file__).parents[2]
    text = "".join((root / name).read_text(encoding="utf-8") for name in ("README.md", "docs/classroom.md"))
    named = set(re.findall(r"(scenarios/\S+\.yaml)(?: --overlay (scenarios/\S+\.yaml))?(?=`? \||\n```)", text))
    named &= {pair for pair in named if "classroom" in "".join(pair)}
    assert len(named) == 3
    for file, overlay in named:
        assert exercise_of(read_scenario(root / file, [root / overlay] if overlay else []).scenario).turns > 0


def test_a_secret_that_was_never_written_whole_is_made_anew(tmp_path: Path) -> None:
    """A kill while it was made leaves no seal that anybody could forge; a whole one stays, for its owner alone."""
    (tmp_path / "secret").touch()
    made = secret_of(tmp_path)
    assert len(made) == 32
    assert secret_of(tmp_path) == made
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == ["secret"]
