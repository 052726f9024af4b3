"""Hostile connections over real sockets: each is refused or dropped in its time, and the others go on."""

import asyncio
import http.client
import re
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from escalation.web import instructor, security, server
from escalation.web.room import room_routes
from escalation.web.server import LOOPBACK, House, listening
from escalation.web.stream import Streams
from escalation.web.text import text
from escalation.web.venue import Venue
from tests.web.stand import session_of, teacher, venue_in
from tests.web.test_server import Running, get

SOON = 0.6
"""Seconds that a head or a body may take in these tests."""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a room with a class in its lobby."""
    monkeypatch.setattr(server, "FIRST_REQUEST", SOON)
    monkeypatch.setattr(security, "BODY_SECONDS", SOON)
    venue = venue_in(tmp_path)
    session_of(venue, teacher(venue)).open_room(0.0)
    house = House(venue, 0, instructor.routes(), room_routes())
    asking, ready, loop = listening(LOOPBACK, 0), threading.Event(), asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(house.serve(asking, lambda _: ready.set())))
    thread.start()
    assert ready.wait(10)
    yield Running(venue, house, loop, asking.getsockname()[1], venue.key).open_room()
    loop.call_soon_threadsafe(venue.closing.set)
    thread.join(15)
    assert not thread.is_alive()
    loop.close()
    if venue.session is not None:
        venue.session.close()


def connected(port: int) -> socket.socket:
    return socket.create_connection((LOOPBACK, port), timeout=10)


def rest(asking: socket.socket) -> bytes:
    """All that still comes, until the other side ends it."""
    found = b""
    try:
        while more := asking.recv(65_536):
            found += more
    except ConnectionError:
        pass
    return found


def head(port: int, *lines: str, method: str = "GET", path: str = "/") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {LOOPBACK}:{port}", *lines, "", ""]).encode("latin-1")


def revision(asking: socket.socket, port: int) -> None:
    """Ask for the number of the class's state, and read the answer to its end."""
    asking.sendall(head(port, path="/revision"))
    told = b""
    while not told.endswith(b"}"):
        more = asking.recv(65_536)
        assert more, told
        told += more


def still_open(asking: socket.socket) -> bool:
    """Whether the other side has not ended it; what has come so far is read."""
    asking.settimeout(0.1)
    try:
        while asking.recv(65_536):
            continue
    except TimeoutError:
        return True
    return False


def answers(port: int) -> bool:
    """Whether a phone is answered, and how soon."""
    before = time.monotonic()
    return get(port, "/")[0] == 200 and time.monotonic() - before < 1


def test_a_head_that_comes_a_byte_at_a_time_is_dropped_in_its_time(room: int) -> None:
    """On a new connection and on one that has asked before; a phone that asks meanwhile is answered at once."""
    fresh, used = connected(room), connected(room)
    used.sendall(head(room, path="/revision"))
    assert b"200 OK" in used.recv(65_536)
    began, dropped = time.monotonic(), {}
    slow = {"fresh": (fresh, head(room)), "used": (used, head(room))}
    for number in range(60):
        for name, (asking, line) in slow.items():
            if name in dropped:
                continue
            try:
                asking.sendall(line[number : number + 1])
                asking.settimeout(0.01)
                if not asking.recv(1):
                    dropped[name] = time.monotonic() - began
            except TimeoutError:
                continue
            except ConnectionError:
                dropped[name] = time.monotonic() - began
        assert number % 10 or answers(room)
        if len(dropped) == 2:
            break
        time.sleep(0.05)
    fresh.close()
    used.close()
    assert set(dropped) == {"fresh", "used"}
    assert all(SOON * 0.8 <= each < SOON + 1 for each in dropped.values())


@pytest.fixture
def handles() -> Iterator[None]:
    """Both ends of every connection are in this process."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 4096 if before[1] == resource.RLIM_INFINITY else min(4096, before[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], most), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("used", [False, True])
def test_one_that_holds_every_connection_keeps_nobody_out(
    room: int, handles: None, monkeypatch: pytest.MonkeyPatch, used: bool
) -> None:
    """510 from one address, silent or kept alive by requests: forty phones are answered within a second each."""
    monkeypatch.setattr(server, "FIRST_REQUEST", 60.0)
    with ExitStack() as until_the_end:
        held = [until_the_end.enter_context(connected(room)) for _ in range(server.MOST_CONNECTIONS + 10)]
        for each in held if used else ():
            with suppress(ConnectionError):
                each.sendall(head(room, path="/revision"))
        for each in [until_the_end.enter_context(connected(room)) for _ in range(40)]:
            before = time.monotonic()
            each.sendall(head(room))
            assert each.recv(12) == b"HTTP/1.1 200"
            assert time.monotonic() - before < 1


def test_who_has_been_idle_longest_makes_room_and_who_is_at_work_stays(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four places a stream and an idle one of a moment ago stay; the oldest idle one and a half-sent form go."""
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 4)
    monkeypatch.setattr(server, "FIRST_REQUEST", 60.0)
    monkeypatch.setattr(security, "BODY_SECONDS", 2.0)
    stream, half, old, new = (connected(room) for _ in range(4))
    stream.sendall(head(room, path="/events"))
    assert b"text/event-stream" in stream.recv(65_536)
    half.sendall(head(room, "Content-Length: 9", method="POST", path="/join"))
    for each in (old, new):
        revision(each, room)
    fifth = connected(room)
    assert rest(old) == b""
    revision(fifth, room)
    for each in (new, fifth):
        time.sleep(0.05)
        each.sendall(head(room, "Content-Length: 9", method="POST", path="/join"))
    time.sleep(0.1)
    sixth = connected(room)
    assert rest(half) == b""
    revision(sixth, room)
    assert still_open(stream)
    assert not still_open(old)
    for each in (stream, half, old, new, fifth, sixth):
        each.close()


def test_streams_cannot_take_every_place(room: int) -> None:
    """There are fewer of them than connections, so that a browser that keeps nothing open finds a place."""
    assert Streams(Venue.__new__(Venue)).most <= server.MOST_CONNECTIONS // 2


def test_a_hundred_slow_connections_hold_nobody_up(room: int) -> None:
    """While a hundred send nothing whole, phones are answered; afterwards no connection is left."""
    held = [connected(room) for _ in range(100)]
    for each in held:
        each.sendall(b"GET / HTTP/1.1\r\nHost:")
    assert all(answers(room) for _ in range(5))
    for each in held:
        each.settimeout(SOON + 3)
        assert rest(each) == b""
        each.close()


@pytest.mark.parametrize("sized", [True, False])
def test_a_body_that_does_not_come_is_told_that_it_took_too_long(room: int, sized: bool) -> None:
    """Announced by length and half-sent, or in pieces without an end: 408 with a sentence, in its time."""
    lines = ["Content-Length: 1000"] if sized else ["Transfer-Encoding: chunked"]
    with connected(room) as asking:
        began = time.monotonic()
        asking.sendall(head(room, *lines, method="POST", path="/join"))
        asking.sendall(b"nickname=half" if sized else b"5\r\nnickn\r\n")
        assert answers(room)
        told = rest(asking).decode()
    assert "408" in told.split("\r\n")[0]
    assert text("refused.slow") in told
    assert time.monotonic() - began < SOON + 2


def test_pieces_without_an_end_are_refused_as_too_large(room: int) -> None:
    """However small each piece is, 64 kB is the most; what comes later is not kept."""
    with connected(room) as asking:
        asking.sendall(head(room, "Transfer-Encoding: chunked", method="POST", path="/join"))
        piece = b"400\r\n" + b"x" * 1024 + b"\r\n"
        told = b""
        try:
            for _ in range(200):
                asking.sendall(piece)
            asking.sendall(b"0\r\n\r\n")
            told = rest(asking)
        except ConnectionError:
            pytest.fail("dropped without a sentence")
    assert b" 413 " in told.split(b"\r\n")[0] + b" "
    assert text("refused.large").encode() in told


@pytest.mark.parametrize("bomb", ["one", "many", "line"])
def test_a_head_that_is_too_large_is_refused(room: int, bomb: str) -> None:
    """A header of a megabyte, ten thousand headers, a path without an end: 4xx or dropped, and the others go on."""
    lines = {"one": ["X: " + "x" * 1_000_000], "many": [f"X{number}: x" for number in range(10_000)], "line": []}[bomb]
    lines = ["Connection: close", *lines]
    path = "/" + "x" * 1_000_000 if bomb == "line" else "/"
    with connected(room) as asking:
        try:
            asking.sendall(head(room, *lines, path=path))
            told = rest(asking)
        except ConnectionError:
            told = b""
    assert re.match(rb"(HTTP/1.1 4\d\d |$)", told)
    assert answers(room)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO", "get"])
def test_other_methods_are_refused(room: int, method: str) -> None:
    """Pages are read and forms are sent; nothing is echoed."""
    with connected(room) as asking:
        asking.sendall(head(room, "X-Mark: echoed", "Connection: close", method=method))
        told = rest(asking)
    assert re.match(rb"HTTP/1.1 40[05] ", told)
    assert b"echoed" not in told


BROKEN = {
    "two lengths": "POST /join HTTP/1.1\r\nHost: H\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "length and pieces": "POST / HTTP/1.1\r\nHost: H\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    "negative length": "POST /join HTTP/1.1\r\nHost: H\r\nContent-Length: -5\r\n\r\n",
    "two hosts": "GET / HTTP/1.1\r\nHost: H\r\nHost: evil.example\r\n\r\n",
    "no host": "GET / HTTP/1.1\r\n\r\n",
    "another host": "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "another host in the line": "GET http://evil.example/teach HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "noise": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\xff" * 200,
    "a folded header": "GET / HTTP/1.1\r\nHost: H\r\n evil.example\r\n\r\n",
    "another protocol": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("how", list(BROKEN))
def test_a_request_that_can_be_read_in_two_ways_is_refused(room: int, how: str) -> None:
    """Lengths, hosts and bytes that contradict one another are 400 or dropped, and no page is told."""
    with connected(room) as asking:
        asking.sendall(BROKEN[how].replace("Host: H", f"Host: {LOOPBACK}:{room}").encode("latin-1"))
        asking.shutdown(socket.SHUT_WR)
        told = rest(asking)
    assert re.match(rb"(HTTP/1.1 4\d\d |$)", told)
    assert b"nickname" not in told
    assert answers(room)


def test_nicknames_of_ten_megabytes_leave_memory_as_it_was(room: int) -> None:
    """Twenty of them are 413 each; the largest that this process has been grows by less than two bodies."""
    assert answers(room)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    piece = b"x" * 100_000
    for _ in range(20):
        with connected(room) as asking:
            asking.sendall(head(room, "Content-Length: 10000000", method="POST", path="/join"))
            for _ in range(100):
                asking.sendall(piece)
            assert text("refused.large").encode() in rest(asking)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
    assert answers(room)


def test_a_flood_of_wrong_codes_holds_up_no_right_one(room: int) -> None:
    """Forty at once with wrong codes; somebody else's pages are answered within a second all the while."""

    def knock() -> None:
        asking = http.client.HTTPConnection(LOOPBACK, room, timeout=30)
        try:
            asking.request("GET", "/")
            answer = asking.getresponse()
            page, cookie = answer.read().decode(), str(answer.headers["set-cookie"]).partition(";")[0]
            found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
            assert found is not None
            body = urlencode({"csrf": found[1], "code": "----", "nickname": "Mallory"})
            kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
            asking.request("POST", "/join", body, kind)
            asking.sock.settimeout(0.5)
            asking.getresponse().read()
        except TimeoutError:
            pass
        finally:
            asking.close()

    threads = [threading.Thread(target=knock) for _ in range(40)]
    for each in threads:
        each.start()
    worst = 0.0
    while any(each.is_alive() for each in threads):
        before = time.monotonic()
        assert get(room, "/")[0] == 200
        worst = max(worst, time.monotonic() - before)
    assert worst < 1.0


def test_what_is_the_instructors_is_refused_in_the_room(room: int) -> None:
    """Over a socket: the instructor's pages, the scenario, the log and the keys are no pages of the room."""
    for path in (
        *(
            "/teach",
            "/teach/",
            "/teach/fragment/world",
            "/teach/odds",
            "/teach/export",
            "/teach/print/plan",
            "/teach/new",
        ),
        *(
            "/scenario.yaml",
            "/session.sqlite",
            "/secret",
            "/current.json",
            "/exports",
            "/static/../secret",
            "/%2e%2e/secret",
        ),
    ):
        assert get(room, path)[0] == 404
