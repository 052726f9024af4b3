"""Eight people in eight browsers and their teacher, from the code on the wall to the archive, whatever their phones do.

The class is the real command in a process of its own. What became of it is read in its log, not only on its pages.
"""

import json
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.web import led
from tests.web.a_class import ROOT, Class, ordered, serving
from tests.web.disturbances import KINDS, away, send
from tests.web.led import Debrief
from tests.web.phones import Browsers, Phone, Teacher, class_of, phone_of

NAMES = ("Arden", "Borga", "Cathe", "Dorne", "Ester", "Farol", "Gilda", "Harun")
TURNS = 6
STEPS = ("briefing", "deliberation", "forecast", "cable", "proposal", "answer", "hand-in", "locked", "reveal")
"""What a seat meets in a turn: steps of the class, and forms of its own. Those of the debrief: `led.STEPS`."""
WITHOUT_SCRIPT = 7
"""The seat whose browser runs no script."""
Disturbed = Callable[[int, int, str], str]
"""Of a seat, a turn (in the debrief a question) and a step: what happens to the phone then, or "" for nothing."""


def once_each(seat: int, turn: int, step: str) -> str:
    """One disturbance in each turn of each seat, at steps that go round: every kind meets every sort of step."""
    steps = STEPS if step in STEPS else led.STEPS
    return KINDS[(seat + 2 * turn) % len(KINDS)] if steps[(seat + turn) % len(steps)] == step else ""


def always(seat: int, turn: int, step: str) -> str:
    """Every step is disturbed; each kind meets each step, at several seats."""
    steps = STEPS if step in STEPS else led.STEPS
    return KINDS[(seat + turn + steps.index(step)) % len(KINDS)]


@dataclass
class Course:
    """A class under way, and what its people meant to do, which the log is held against.

    brief: only some seats write cables, forecasts and proposals in a turn, and half of them hand in.
    """

    it: Class
    teacher: Teacher
    phones: list[Phone]
    disturbed: Disturbed
    brief: bool
    handed: dict[tuple[str, int], str] = field(default_factory=dict)
    cables: list[str] = field(default_factory=list)
    offered: list[tuple[str, int]] = field(default_factory=list)
    accepted: list[tuple[str, int]] = field(default_factory=list)
    forecasts: int = 0

    def class_step(self, phase: str, turn: int, step: str) -> None:
        """One step of the teacher, which every phone is to follow."""
        kinds = [self.disturbed(seat, turn, step) for seat in range(len(self.phones))]
        with ExitStack() as under_way:
            for phone, kind in zip(self.phones, kinds, strict=True):
                under_way.enter_context(away(phone, kind))
            self.teacher.step(phase, turn, "dblclick" if "double tap" in kinds else "click")
        for phone in self.phones:
            phone.moved_on(phase, turn)

    def turn(self, turn: int) -> None:
        """From the briefing to what happened."""
        self.class_step("briefing", turn, "briefing")
        self.class_step("deliberation", turn, "deliberation")
        for seat, phone in enumerate(self.phones):
            phone.load()
            self._beliefs_and_cables(seat, phone, turn)
        for seat in range(0, len(self.phones), 2):
            self._proposal(seat + turn % 2, turn)
        for seat, phone in enumerate(self.phones):
            self._orders(seat, phone, turn)
        self.class_step("locked", turn, "locked")
        self.class_step("reveal", turn, "reveal")

    def _speaks(self, seat: int, turn: int) -> bool:
        return not self.brief or seat in (turn, turn + 1)

    def _beliefs_and_cables(self, seat: int, phone: Phone, turn: int) -> None:
        if not self._speaks(seat, turn):
            return
        kind = self.disturbed(seat, turn, "forecast")
        send(phone, "forecast", lambda page: phone.fill_forecast(f"{10 * turn + seat}", page), kind)
        self.forecasts += 1
        text, to = f"Turn {turn}: a word from {phone.name}.", self.phones[(seat + 1) % len(self.phones)]
        kind = self.disturbed(seat, turn, "cable")
        send(phone, "cable", lambda page: phone.fill_cable(text, to.actor, page), kind)
        self.cables.append(text)

    def _proposal(self, seat: int, turn: int) -> None:
        """Between two neighbours; every other one is left without an answer."""
        phone, other = self.phones[seat], self.phones[seat ^ 1]
        if self.brief and seat // 2 not in (turn % 4, (turn + 1) % 4):
            return
        kind = self.disturbed(seat, turn, "proposal")
        send(phone, "proposal", lambda page: phone.fill_offer(other.actor, page), kind)
        self.offered.append((phone.actor, turn))
        if (seat // 2 + turn) % 2:
            return
        if not other.scripted:
            other.load()
        other.find_proposal()
        send(other, "answer", lambda page: None, self.disturbed(seat ^ 1, turn, "answer"))
        self.accepted.append((phone.actor, turn))

    def _orders(self, seat: int, phone: Phone, turn: int) -> None:
        kind = self.disturbed(seat, turn, "hand-in")
        if self.brief and not kind and (seat + turn) % 2:
            return
        levies = f"{1 + turn + seat / 10:g}"
        phone.here("deliberation", turn)
        send(phone, "hand-in", lambda page: phone.fill_orders(levies, page), kind)
        phone.here("deliberation", turn)
        self.handed[phone.actor, turn] = levies

    # ------------------------------------------------------------------ what the log says

    def kept(self) -> None:
        """Nothing that anybody did is lost, and nothing is there twice."""
        handed = [(each.seat, each.body["turn"], ordered(each)) for each in self.it.entries("handed in")]
        meant = [
            (actor, turn, [(f"{actor}_arms", {"levies": levies})]) for (actor, turn), levies in self.handed.items()
        ]
        assert handed == meant
        assert [each.body["text"] for each in self.it.entries("cable")] == self.cables
        proposed = self.it.entries("proposed")
        assert [(each.seat, each.body["turn"]) for each in proposed] == self.offered
        of = {each.number: (each.seat, each.body["turn"]) for each in proposed}
        answered = self.it.entries("answered")
        assert [of[each.body["proposal"]] for each in answered if each.body["yes"]] == self.accepted
        assert len(answered) == len(self.accepted)
        assert len(self.it.entries("forecast")) == self.forecasts
        assert self.accepted
        assert set(self.offered) - set(self.accepted)
        self._carried_out()

    def _carried_out(self) -> None:
        """What the world was given: each order handed in and each proposal accepted, once."""
        resolved = self.it.entries("resolved")
        assert [each.body["turn"] for each in resolved] == list(range(1, TURNS + 1))
        given = Counter(
            (each["choice"], entry.body["turn"])
            for entry in resolved
            for each in entry.body["inputs"]
            if "choice" in each
        )
        meant = [(f"{actor}_arms", turn) for actor, turn in self.handed]
        assert given == Counter(meant + [(f"{actor}_trades", turn) for actor, turn in self.accepted])


@dataclass
class Room:
    """A lobby with everybody in it."""

    it: Class
    browsers: Browsers
    teacher: Teacher
    phones: list[Phone]


def gathered(it: Class, browsers: Browsers, disturbed: Disturbed) -> Room:
    """Everybody has joined and sits; some of them tapped twice."""
    teacher = class_of(it, browsers)
    teacher.begin()
    phones = []
    for seat, name in enumerate(NAMES):
        phone = phone_of(it, browsers, f"{name[0]}ia", scripted=seat != WITHOUT_SCRIPT)
        tap = "dblclick" if disturbed(seat, 0, STEPS[seat % len(STEPS)]) else "click"
        phone.join(teacher.code, tap)
        phone.sit(name.lower(), name, tap)
        phones.append(phone)
    teacher.page.reload()
    return Room(it, browsers, teacher, phones)


@pytest.fixture
def browsers(browser: Any) -> Iterator[Browsers]:
    """Isolated contexts; none of them asked anything of another machine."""
    made = Browsers(browser)
    yield made
    made.close()
    assert made.outside == []


def whole_class(room: Room, disturbed: Disturbed, brief: bool, between: Callable[[Course, int], None]) -> Course:
    """Six turns, the debrief, the archive. between: what happens before a turn."""
    course = Course(room.it, room.teacher, room.phones, disturbed, brief)
    for turn in range(1, TURNS + 1):
        between(course, turn)
        course.turn(turn)
    room.teacher.step("debrief", TURNS)
    for phone in room.phones:
        phone.moved_on("debrief", TURNS)
    wall = room.teacher.context.new_page()
    wall.goto(f"{room.it.teach.partition('/teach')[0]}/wall")
    debrief = Debrief(room.teacher, room.phones, wall, disturbed)
    debrief.lead()
    debrief.kept()
    course.kept()
    orders = len(course.handed) + len(course.accepted)
    assert debrief.answers[0].endswith(f" {orders} orders.")
    joined = room.it.entries("joined")
    assert len(joined) == len(room.phones)
    assert {each.body["actor"] for each in room.it.entries("sat")} == {each.actor for each in room.phones}
    return course


def exported(room: Room, folder: Path) -> Path:
    """The archive, as the teacher's browser keeps it."""
    room.teacher.page.goto(f"{room.teacher.page.url.split('/teach')[0]}/teach")
    with room.teacher.page.expect_download() as loading:
        room.teacher.page.click("a[href='/teach/export']")
    path = folder / "class.zip"
    loading.value.save_as(path)
    return path


def test_eight_people_play_six_turns_and_lose_nothing(browsers: Browsers, tmp_path: Path) -> None:
    """Reload, back, double tap, two tabs, sleep, no network, kill -9: same seat, same turn, each order once."""

    def between(course: Course, turn: int) -> None:
        if turn == 4:
            course.it.restart_by_force()

    with serving(tmp_path / "sessions") as it:
        room = gathered(it, browsers, once_each)
        whole_class(room, once_each, brief=True, between=between)
        archive = exported(room, tmp_path)
        entries = it.entries()
    with zipfile.ZipFile(archive) as kept:
        lines = kept.read("log.jsonl").decode().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [each.number for each in entries]
    replay = [sys.executable, "-m", "escalation", "replay", str(archive)]
    done = subprocess.run(replay, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.rpartition(" ")[2] for line in done.stdout.splitlines()[:TURNS]] == [
        each.body["digest"] for each in entries if each.kind == "resolved"
    ]


@pytest.mark.nightly
def test_every_step_of_every_seat_may_be_disturbed(browsers: Browsers, tmp_path: Path) -> None:
    """The same with a disturbance at each step of each phone, and the server killed before each turn."""
    with serving(tmp_path / "sessions") as it:
        room = gathered(it, browsers, always)
        whole_class(room, always, brief=False, between=lambda course, turn: course.it.restart_by_force())
        exported(room, tmp_path)


def test_each_kind_of_disturbance_meets_each_step() -> None:
    """In the long class every kind meets every step; in the short one every kind occurs, and every step is met."""
    everything = {(always(s, t, step), step) for s in range(8) for t in range(1, TURNS + 1) for step in STEPS}
    assert everything == {(kind, step) for kind in KINDS for step in STEPS}
    some = {(once_each(s, t, step), step) for s in range(8) for t in range(1, TURNS + 1) for step in STEPS}
    assert {kind for kind, _ in some} == {*KINDS, ""}
    assert {step for kind, step in some if kind} == set(STEPS)
    asked, steps = led.WHAT_IF, led.STEPS
    everything = {(always(s, asked, step), step) for s in range(8) for step in steps}
    assert everything == {(kind, step) for kind in KINDS for step in steps}
    assert {step for s in range(8) for step in steps if once_each(s, asked, step)} == set(steps)
