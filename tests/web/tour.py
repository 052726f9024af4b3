"""A small class played through every page, station by station, in one real browser: for tests and for screens.

One server with both listeners, the instructor's page and two phones. At a station the caller looks at the page that it
is given; whatever it does to the window's width or theme is its own affair, so long as it leaves the page where it is.
"""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from escalation.classroom.debrief_steps import PAGES, WHAT_IF
from escalation.classroom.session import Session
from escalation.cli.serving import make_session, offer_of
from escalation.language.resolve import read_scenario
from escalation.web import instructor
from escalation.web.printed import KINDS
from escalation.web.room import room_routes
from escalation.web.server import LOOPBACK, House, listening
from escalation.web.venue import Venue
from tests.web.phones import go

Station = tuple[str, Any]
"""The name of a page, and the browser's page that shows it."""


@contextmanager
def house_of(folder: Path, scenario: Path, overlays: Sequence[Path] = ()) -> Iterator[tuple[Venue, str]]:
    """Both listeners on this machine, as `serve` has them; the venue and the instructor's address."""
    venue = Venue(folder, (offer_of(scenario, read_scenario(scenario, list(overlays))),), make_session, Session.open)
    house = House(venue, 0, instructor.routes(), room_routes())
    loop, addresses = asyncio.new_event_loop(), []
    ready = threading.Event()

    def tell(address: str) -> None:
        addresses.append(address)
        ready.set()

    asking = listening(LOOPBACK, 0)
    thread = threading.Thread(target=lambda: loop.run_until_complete(house.serve(asking, tell)), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield venue, addresses[0]
    finally:
        loop.call_soon_threadsafe(venue.closing.set)
        thread.join(15)
        loop.close()
        if venue.session is not None:
            venue.session.close()


class Tour:
    """The way through a class. teacher, phone, other: pages of browsers that share nothing."""

    def __init__(self, browser: Any, venue: Venue, address: str) -> None:
        self.browser, self.venue, self.address = browser, venue, address
        self.contexts = [browser.new_context(viewport={"width": 390, "height": 844}) for _ in range(3)]
        self.teacher, self.phone, self.other = (each.new_page() for each in self.contexts)
        for page in (self.teacher, self.phone, self.other):
            page.set_default_timeout(15_000)

    @property
    def session(self) -> Any:
        return self.venue.session

    @property
    def teach(self) -> str:
        return self.address.partition("/teach")[0]

    def close(self) -> None:
        for each in self.contexts:
            each.close()

    def at(self, name: str, page: Any, path: str = "") -> Station:
        """A station: the page, brought to a path first."""
        if path:
            go(page, path if path.startswith("http") else self._base(page) + path)
        page.wait_for_load_state()
        return name, page

    def _base(self, page: Any) -> str:
        return self.teach if page is self.teacher else self.venue.room.rstrip("/")

    def stations(self) -> Iterator[Station]:
        """Every page, in the order in which a class meets it."""
        yield from self.before()
        yield from self.joining()
        yield from self.first_turn()
        yield from self.on_paper()
        yield from self.later_turns()
        yield from self.afterwards()

    def before(self) -> Iterator[Station]:
        teacher = self.teacher
        yield self.at("teach-refused", self.other, f"{self.teach}/teach")
        yield self.at("teach-start-shut", teacher, self.address)
        teacher.check("input[value='127.0.0.1']")
        teacher.click("button[value=open]")
        teacher.wait_for_selector(".address")
        yield self.at("teach-start", teacher)
        yield self.at("room-reached", self.phone, "/")
        teacher.click("a.button.main")
        yield self.at("teach-new", teacher)
        teacher.check("[name=practice]")
        teacher.click("form button.main")
        teacher.wait_for_url("**/teach")
        yield self.at("room-closed", self.phone, "/")
        teacher.click("form[action='/teach/do/open'] button")
        teacher.wait_for_selector(".code")
        yield self.at("teach-lobby", teacher)
        yield self.at("wall-lobby", teacher, "/wall")

    def joining(self) -> Iterator[Station]:
        phone, other, roles = self.phone, self.other, self.session.exercise.roles
        yield self.at("room-join", phone, "/")
        phone.fill("#code", "0000")
        phone.fill("#nickname", "Ada")
        phone.click("form button")
        phone.wait_for_selector("[role=alert]")
        yield self.at("room-join-wrong", phone)
        for page, name in ((phone, "Ada"), (other, "Bo")):
            page.goto(self.venue.room)
            page.fill("#code", self.session.state.code)
            page.fill("#nickname", name)
            page.click("form button")
            page.wait_for_url("**/seats")
        yield self.at("room-seats", phone)
        for page in (phone, other):
            page.click(f"form:has([value='{roles[0].actor}']) button")
            page.wait_for_url("**/seat")
        self.third = self.session.join(self.session.state.code, "Cy", time.time())
        self.session.sit(self.third.id, roles[1].actor, time.time())
        self.session.join(self.session.state.code, "Di", time.time())
        yield self.at("seat-lobby", phone, "/seat")

    def first_turn(self) -> Iterator[Station]:
        session, phone, other, teacher = self.session, self.phone, self.other, self.teacher
        mine, theirs = (role.actor for role in session.exercise.roles[:2])
        session.advance(time.time())
        session.send_inject("This is a practice turn: try each form once.", (), time.time(), label="Welcome")
        yield self.at("seat-practice", phone, "/seat")
        self.to("deliberation", 1)
        session.cable(self.third.id, [mine], "What would it take for you to hold still this month?", now=time.time())
        session.cable(self.third.id, ["press"], "We ask all sides for calm.", now=time.time())
        choices = session.exercise.role(theirs).choices
        session.offer(self.third.id, choices[0], {}, [mine], now=time.time())
        session.propose_order(
            next(each.id for each in session.state.members.values() if each.nickname == "Bo"),
            1,
            [(session.exercise.role(mine).choices[0], {})],
            now=time.time(),
        )
        yield self.at("seat-orders", phone, "/seat")
        yield self.at("seat-without-pen", other, "/seat")
        phone.click("[id^=answer-]")
        phone.wait_for_url("**/seat/proposal/*")
        yield self.at("seat-proposal", phone)
        phone.click("form[action='/seat/accept'] button")
        phone.wait_for_url("**said=answer*")
        phone.goto(f"{self.venue.room}seat")
        phone.click("button[value=hand-in]")
        phone.wait_for_url("**said=hand-in*")
        yield self.at("seat-received", phone)
        yield self.at("teach-orders", teacher, "/teach")
        yield self.at("wall-orders", teacher, "/wall")
        yield self.at("room-wall", phone, "/wall")
        yield self.at("teach-person", teacher, f"/teach/person/{self.third.id}")
        yield self.at("teach-seat", teacher, f"/teach/seat/{theirs}")
        injects = session.exercise.injects
        yield self.at("teach-inject", teacher, f"/teach/inject/{injects[-1].id}")
        teacher.goto(f"{self.teach}/teach")
        teacher.fill("#say-text", "The heads of government meet in ten minutes.")
        teacher.click("button[value=preview]")
        teacher.wait_for_url("**/teach/say")
        yield self.at("teach-say", teacher)
        yield self.at("teach-odds", teacher, "/teach/odds")

    def on_paper(self) -> Iterator[Station]:
        for kind in KINDS:
            yield self.at(f"print-{kind}", self.teacher, f"/teach/print/{kind}")

    def later_turns(self) -> Iterator[Station]:
        session, phone, teacher = self.session, self.phone, self.teacher
        self.to("locked", 1)
        yield self.at("seat-locked", phone, "/seat")
        yield self.at("teach-locked", teacher, "/teach")
        self.to("reveal", 1)
        yield self.at("seat-reveal", phone, "/seat")
        self.to("deliberation", 2)
        choices = session.exercise.role(self.actor_of("Cy")).choices
        session.hand_in(self.third.id, 2, [(choices[0], {})], now=time.time())
        session.pause(time.time())
        yield self.at("seat-paused", phone, "/seat")
        self.to("reveal", 2)
        yield self.at("seat-reveal-2", phone, "/seat")
        yield self.at("teach-reveal", teacher, "/teach")
        yield self.at("wall-reveal", teacher, "/wall")
        yield self.at("room-refused", phone, "/seat/proposal/1")
        yield self.at("debrief-early", phone, "/debrief")

    def afterwards(self) -> Iterator[Station]:
        phone, teacher = self.phone, self.teacher
        self.to("debrief")
        yield self.at("seat-debrief", phone, "/seat")
        yield from self.debrief()
        yield self.at("teach-link", *self.revoked())
        self.to("closed")
        yield self.at("seat-closed", phone, "/seat")
        name = self.venue.name
        teacher.goto(f"{self.teach}/teach")
        teacher.click("summary:has-text('Leave')")
        teacher.click("form[action='/teach/leave'] button")
        teacher.wait_for_selector("form[action='/teach/continue']")
        yield self.at("teach-kept", teacher)
        for station in ("teach-sure", "teach-done"):
            with teacher.expect_navigation():
                teacher.click("button[value=delete]")
            yield self.at(station, teacher)
        assert name not in self.venue.kept()

    def debrief(self) -> Iterator[Station]:
        """Every question on a phone, and what the teacher and the wall have meanwhile."""
        session, phone, teacher = self.session, self.phone, self.teacher
        self.venue.debriefing.all(session)
        for number in range(1, PAGES + 1):
            session.show_question(number, time.time())
            if number == WHAT_IF:
                yield from self.what_if()
            else:
                yield self.at(f"debrief-{number}", phone, f"/debrief/{number}")
            if number in (1, 3, WHAT_IF):
                yield self.at(f"teach-debrief-{number}", teacher, "/teach/debrief")
                yield self.at(f"wall-debrief-{number}", teacher, "/wall")

    def what_if(self) -> Iterator[Station]:
        """The vote, the predictions, the answer."""
        session, phone, teacher, now = self.session, self.phone, self.teacher, time.time()
        session.open_vote(now)
        yield self.at("debrief-vote", phone, "/debrief")
        yield self.at("wall-vote", teacher, "/wall")
        order = next(each[:3] for each in session.changeable() if each[3])
        session.vote(self.third.id, order, now=now)
        yield self.at("teach-debrief-vote", teacher, "/teach/debrief")
        session.open_predictions(*order, now=now)
        yield self.at("debrief-predict", phone, "/debrief")
        session.predict(self.third.id, 60.0, now=now)
        yield self.at("teach-debrief-predict", teacher, "/teach/debrief")
        session.show_answer(now)
        self.venue.debriefing.all(session)
        yield self.at("debrief-5", phone, "/debrief")

    def revoked(self) -> tuple[Any, str]:
        """The page with a new link, made by the button."""
        self.teacher.goto(f"{self.teach}/teach/person/{self.third.id}")
        with self.teacher.expect_navigation():
            self.teacher.click("button[value=revoke]")
        return self.teacher, ""

    def actor_of(self, nickname: str) -> str:
        """Where somebody sits."""
        return next(each.actor for each in self.session.state.members.values() if each.nickname == nickname)

    def to(self, phase: str, turn: int | None = None) -> None:
        """Steps of the instructor until a phase, of a turn."""
        while self.session.state.phase != phase or turn not in (None, self.session.state.turn):
            self.session.advance(time.time())
