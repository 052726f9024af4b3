"""The served command itself: nothing of who visits is kept or printed, one process a folder, days that are over."""

import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from escalation.classroom.exercise import exercise_of
from escalation.classroom.session import Options, Session
from escalation.experiments.run_lock import RunLock
from escalation.language.resolve import read_scenario
from tests.web.stand import SCENARIO, token_in

VISITOR = "127.0.0.2"
"""An address of this machine that is not the server's own."""
MARK = "Mark-of-an-agent/1.0"


def command(folder: Path) -> list[str]:
    """`escalation serve` on ports that the system chooses."""
    ports = ["--port", "0", "--room-port", "0"]
    return [sys.executable, "-m", "escalation", "serve", str(SCENARIO), *ports, "--folder", str(folder)]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The command at work: the instructor's address, and, after its end, all that it printed."""
    printed: list[str] = []
    with subprocess.Popen(command(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            found = None
            while found is None:
                line = process.stdout.readline()
                assert line, printed
                printed.append(line)
                found = re.search(r"http://\S+", line)
            yield found[0], printed
        finally:
            process.terminate()
            printed += process.stdout.readlines()


class Visitor:
    """A browser that says what it is, from an address of its own."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        assert parts.hostname is not None
        self.asking = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20, source_address=(VISITOR, 0))
        self.cookie, self.csrf = "", ""

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *_: object) -> None:
        self.asking.close()

    def ask(self, path: str, **fields: str) -> str:
        """A page, or a form sent; the page that follows."""
        kind = {"User-Agent": MARK, "X-Forwarded-For": "203.0.113.9", "Referer": "http://marked.example/"}
        kind |= {"Cookie": self.cookie} if self.cookie else {}
        body = urlencode({"csrf": self.csrf, **fields}) if fields else None
        kind |= {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        self.asking.request("POST" if fields else "GET", path, body, kind)
        answer = self.asking.getresponse()
        page = answer.read().decode()
        if "set-cookie" in answer.headers:
            self.cookie = str(answer.headers["set-cookie"]).partition(";")[0]
        if answer.status == 303:
            return self.ask(str(answer.headers["location"]).partition("#")[0])
        if 'name="csrf"' in page:
            self.csrf = token_in(page)
        return page


def opened(front: Visitor, address: str) -> tuple[str, str]:
    """Make a session and open the room, by the forms; its address and code."""
    parts = urlsplit(address)
    front.ask(f"{parts.path}?{parts.query}")
    front.ask("/teach/new?scenario=classroom")
    chosen = {"scenario": "classroom", "seed": "1", "future": "0", "luck": "0", "minutes": "8", "late": "hold"}
    policy = exercise_of(read_scenario(SCENARIO).scenario).scenario.policies[0].name
    chosen |= {"policy": policy, "retention_days": "30", "seat.seoul": "human", "seat.kyiv": "human"}
    front.ask("/teach/new", **chosen)
    front.ask("/teach/room", address="127.0.0.1", do="open")
    front.ask("/teach/do/open", at="x")
    wall = re.sub(r"<[^>]+>", " ", front.ask("/wall"))
    room = re.search(r"http://127\.0\.0\.1:\d+/", wall)
    code = re.search(r"\b[ACDEFHJKMNPRTVWXY34679]{4}\b", wall)
    assert room is not None, wall
    assert code is not None, wall
    return room[0], code[0]


def test_nothing_of_a_visitor_is_in_any_file_or_line_of_the_server(tmp_path: Path) -> None:
    """No address, agent, referrer or forwarded name: not in the folder of a class under way, nor on the terminal."""
    with serving(tmp_path) as (address, printed):
        with Visitor(address) as front:
            room, code = opened(front, address)
        with Visitor(room) as phone:
            phone.ask("/")
            assert "Adalbert" in phone.ask("/join", code=code, nickname="Adalbert")
            phone.ask("/sit", actor="seoul")
            phone.ask("/seat/cable", to="kyiv", text="A sentence", token="t")
            phone.ask("/no/such/page")
            phone.ask("/seat/forecast", number="x", probability="y")
        with Visitor(room) as raw:
            raw.asking.connect()
            raw.asking.sock.sendall(b"\x16\x03\x01 noise\r\n\r\n")
            raw.asking.sock.recv(1000)
        kept = b"".join(each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
        assert b"Adalbert" in kept
    told = kept + "".join(printed).encode()
    for mark in (VISITOR, MARK, "203.0.113.9", "marked.example"):
        assert mark.encode() not in told


def test_what_is_sent_broken_prints_nothing_on_the_terminal(tmp_path: Path) -> None:
    """Requests that are none, that contradict themselves, ask for another protocol or end half-way: not one line."""
    broken = [
        b"\x16\x03\x01 noise\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: H\r\nContent-Length: -5\r\n\r\n",
        b"POST /teach/room HTTP/1.1\r\nHost: H\r\nContent-Length: 50\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: H\r\nCookie: \xff\xfe; a=b\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: H\r\n\r\n",
        b"GET /" + b"9" * 50_000 + b" HTTP/1.1\r\nHost: H\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: H\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: H\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"HEAD /events HTTP/1.1\r\nHost: H\r\n\r\n",
    ]
    with serving(tmp_path) as (address, printed):
        parts = urlsplit(address)
        assert parts.hostname is not None
        for each in broken:
            with socket.create_connection((parts.hostname, parts.port), timeout=10) as asking:
                asking.sendall(each.replace(b"Host: H", f"Host: {parts.netloc}".encode()))
                asking.shutdown(socket.SHUT_WR)
                with suppress(ConnectionError):
                    while asking.recv(65_536):
                        continue
        with Visitor(address) as front:
            assert "403" not in front.ask(f"{parts.path}?{parts.query}")
    assert [line.partition(":")[0].strip() for line in printed if not line.startswith("Ctrl-C ends")] == [
        "The instructor's page, for this computer alone"
    ]


def test_a_second_server_of_a_folder_is_refused_with_a_line(tmp_path: Path) -> None:
    """It names who has the folder and what can be done, and ends as wrong usage; the folder is left as it was."""
    lock = RunLock(tmp_path)
    assert lock.take()
    done = subprocess.run(command(tmp_path), capture_output=True, text=True, timeout=60, check=False)
    lock.release()
    assert done.returncode == 2
    assert re.fullmatch(r"escalation: process \d+ on \S+ serves the sessions in .* already; .* --folder\n", done.stderr)
    assert [each.name for each in tmp_path.iterdir()] == ["lock"]


@pytest.mark.parametrize("days", [1, 0])
def test_days_that_are_over_are_acted_on_at_the_start_with_a_line(tmp_path: Path, days: int) -> None:
    """A class of last week that was to be kept a day is gone when the address is printed; one without days is there."""
    resolved = read_scenario(SCENARIO)
    begun, folder = time.time() - 7 * 86_400, tmp_path / "last-week"
    Session.create(folder, exercise_of(resolved.scenario), resolved.text, Options(retention_days=days), begun).close()
    with serving(tmp_path) as (_, printed):
        assert folder.exists() == (days == 0)
    assert ("deleted, since its 1 days are over" in "".join(printed)) == (days == 1)
