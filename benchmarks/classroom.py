"""A class of forty phones, and a flood of joins: `python -m benchmarks.classroom [--phones 40] [--seconds 30]`.

Phones, flood and server share this machine, so a page's time holds the wait for the processors that the phones take.
"""

import argparse
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import machine
from escalation.cli.rehearsing import Server, missing, served
from escalation.web.rehearsal import Rehearsal
from escalation.web.visitor import Browser

SCENARIOS = Path(__file__).parents[1] / "scenarios"
LESSON = [
    str(SCENARIOS / "seoul-2024.yaml"),
    "--overlay",
    str(SCENARIOS / "seoul-2024/classroom.yaml"),
    "--port",
    "0",
    "--room-port",
    "0",
]
SEATED = 8
FLOODING = 48
HURRY = 1.0
"""Seconds after which a connection of the flood is dropped for the next."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phones", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0)
    chosen = parser.parse_args()
    print(f"Measured on {machine.described()}\n")
    print("| of a class | measured |\n| --- | --- |")
    for name, value in a_class(chosen.phones):
        print(f"| {name} | {value} |")
    print("\n| of a flood of joins | measured |\n| --- | --- |")
    for name, value in told(flood(chosen.seconds)):
        print(f"| {name} | {value} |")


def a_class(phones: int) -> list[tuple[str, str]]:
    """Six turns and the debrief, with as many phones."""
    with TemporaryDirectory() as folder:
        with served(LESSON, Path(folder)) as server:
            rehearsal = Rehearsal(server.port, server.entry, phones, within=1.0)
            played = rehearsal.play("seoul-2024")
            peak = memory(server, "VmHWM")
        lost = missing(rehearsal, Path(folder))
    return [
        ("phones", str(phones)),
        ("turns", str(played.turns)),
        ("seconds, of the whole", f"{played.seconds:.0f}"),
        ("pages", f"{len(rehearsal.times):,}"),
        ("milliseconds a page: half, 95 %, the slowest", spread(rehearsal.times)),
        ("seconds to the answer of What if?", "none" if played.what_if is None else f"{played.what_if:.1f}"),
        ("forms and pages refused", "; ".join([str(len(rehearsal.odd)), *rehearsal.odd])),
        ("received, and not in the log", str(len(lost))),
        ("memory of the server at most, MB", f"{peak:.0f}"),
    ]


@dataclass
class Flood:
    """What a flood came to. answers: by status. times: milliseconds of the seats' pages in it, ascending.

    before, peak: megabytes of the server. odd: what the seats were refused.
    """

    answers: Counter[int] = field(default_factory=Counter)
    times: list[tuple[float, str]] = field(default_factory=list)
    before: float = 0.0
    peak: float = 0.0
    odd: list[str] = field(default_factory=list)


def flood(seconds: float, arguments: list[str] = LESSON, scenario: str = "seoul-2024") -> Flood:
    """Wrong codes, right codes and forged forms from many connections, while a class of eight loads its pages."""
    found = Flood()
    with TemporaryDirectory() as folder, served(arguments, Path(folder)) as server:
        rehearsal = Rehearsal(server.port, server.entry, SEATED)
        code = rehearsal.seat(scenario)
        seats = [phone.browser for phone in rehearsal.phones]
        for browser in seats:
            browser.times.clear()
        found.before = memory(server, "VmRSS")
        until = time.monotonic() + seconds
        room = seats[0].port
        with ExitStack() as threads:
            for number in range(FLOODING):
                threads.enter_context(_Running(lambda number=number: _flooding(room, number, code, until, found)))
            for browser in seats:
                threads.enter_context(_Running(lambda browser=browser: _loading(browser, until)))
        found.peak = memory(server, "VmHWM")
        found.times = sorted(each for browser in seats for each in browser.times)
        found.odd = [each for browser in seats for each in browser.odd]
    return found


class _Running:
    """A thread for as long as a block."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=act)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()


def _flooding(room: int, number: int, code: str, until: float, found: Flood) -> None:
    """Join again and again: mostly by a wrong code, now and then by the right one or without a form."""
    tries = 0
    while time.monotonic() < until:
        tries += 1
        browser = Browser(room, waits=HURRY)
        try:
            forms = browser.forms("/").to("/join")
            fields = forms[0].values if forms and tries % 5 else {}
            typed = code if (tries + number) % 10 == 0 else "XXXX"
            answer = browser.ask("/join", {**fields, "code": typed, "nickname": f"Flood {number} {tries}"})
            found.answers[answer.status] += 1
        except (OSError, HTTPException):
            found.answers[0] += 1


def _loading(browser: Browser, until: float) -> None:
    while time.monotonic() < until:
        browser.ask("/seat")
        time.sleep(0.2)


def memory(server: Server, kind: str) -> float:
    """Megabytes of the server now (VmRSS) or at most (VmHWM), from the kernel; NaN where it does not tell."""
    try:
        status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(kind))


def spread(times: list[tuple[float, str]]) -> str:
    """Half, 95 %, and the slowest with its path."""
    half, most, (slowest, where) = times[len(times) // 2], times[int(0.95 * (len(times) - 1))], times[-1]
    return f"{half[0]:.0f}, {most[0]:.0f}, {slowest:.0f} ({where})"


def told(found: Flood) -> list[tuple[str, str]]:
    """The rows of a flood."""
    words = {0: "not answered", 200: "page", 303: "joined", 400: "wrong code", 403: "no form", 429: "told to wait"}
    answers = ", ".join(f"{words.get(status, status)} {number:,}" for status, number in sorted(found.answers.items()))
    return [
        ("joins tried, from connections at once", f"{sum(found.answers.values()):,}, {FLOODING}"),
        ("answers", answers),
        ("milliseconds a page of the eight seats: half, 95 %, the slowest", spread(found.times)),
        ("pages refused to them", str(len(found.odd))),
        ("memory of the server before and at most, MB", f"{found.before:.0f}, {found.peak:.0f}"),
    ]


if __name__ == "__main__":
    main()
