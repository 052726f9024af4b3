"""A class in the middle of its exercise, and pages of a debrief, for tests that look at pages."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn

from escalation.classroom.exercise import exercise_of
from escalation.classroom.session import Options, Session
from escalation.language.resolve import read_scenario
from escalation.reporting.class_debrief import QUESTIONS, Odds, Page, Story, odds_chart
from escalation.reporting.view import Table
from escalation.statistics.estimate import Estimate
from escalation.web import instructor
from escalation.web.room import room_routes
from escalation.web.security import listener_at
from escalation.web.server import app_of, listening
from escalation.web.venue import Offer, Venue
from tests.web.stand import SmallPlay

SCENARIO = Path(__file__).parents[2] / "scenarios/classroom/lirath.yaml"
NOW = 1_800_000_000.0


def venue_of_lirath(folder: Path) -> Venue:
    """A venue with a session of the exercise with invented names; nobody has joined."""
    resolved = read_scenario(SCENARIO)
    exercise = exercise_of(resolved.scenario)
    offer = Offer("lirath", exercise.title, resolved.text, exercise)

    def make(path: Path, offer: Offer, options: Options, now: float) -> Session:
        return Session.create(path, offer.exercise, offer.text, options, now, play=SmallPlay(offer.exercise))

    venue = Venue(folder, (offer,), make, lambda path: Session.open(path, play=SmallPlay(exercise)))
    venue.begin(offer, Options(policy=exercise.scenario.policies[0].name, practice=False, retention_days=30), NOW)
    return venue


def joined(session: Session) -> list[Any]:
    """Three devices, two of them at the first seat."""
    code = session.open_room(NOW)
    devices = [session.join(code, name, NOW) for name in ("Ada", "Bo", "Cy")]
    first, second = (role.actor for role in session.exercise.roles[:2])
    for device, actor in zip(devices, (first, first, second), strict=True):
        session.sit(device.id, actor, NOW)
    return devices


def to_phase(session: Session, phase: str, turn: int = 1) -> None:
    """Steps of the instructor until a phase of a turn."""
    while (session.state.phase, session.state.turn) != (phase, turn) and session.state.phase != "closed":
        if phase == session.state.phase == "debrief":
            return
        session.advance(time.time())


def estimate(value: float) -> Estimate:
    return Estimate(value, value - 0.05, value + 0.05, 0.95, 500, 500, "wilson")


@cache
def answers() -> tuple[Page, ...]:
    """A debrief with every part that a page may have."""
    rows = (Odds("War within the year", estimate(0.31), estimate(0.55)), Odds("Arms are sent", estimate(0.8)))
    table = Table("Orders and what became of them", ("Turn", "Seat", "Order"), (("1", "North", "Wait"),))
    return tuple(
        Page(
            number,
            question,
            "It was one of the likelier courses.",
            ("What the class did is drawn over what could have happened.",),
            (odds_chart(f"odds-{number}", "Odds, told twice", rows),),
            (table,),
            (Story("One of three futures", ("On 3 May the envoy leaves.", "On 9 May arms are sent.")),),
            "Seats do not add up.",
            ("What would you have needed to know?",),
        )
        for number, question in enumerate(QUESTIONS, 1)
    )


class Answered:
    """What works a debrief out: `answers`, at once."""

    def page(self, session: Any, number: int) -> Page:
        return answers()[number - 1]

    def all(self, session: Any) -> tuple[Page, ...]:
        return answers()

    def look(self) -> None:
        """Nothing is to be worked out."""


@contextmanager
def served(venue: Venue, teach: bool = False) -> Iterator[str]:
    """The room's pages over a socket of this machine; their address."""
    asking = listening("127.0.0.1", 0)
    port = asking.getsockname()[1]
    venue.debriefing = Answered()
    routes = instructor.routes() if teach else room_routes()
    app = app_of(venue, listener_at("teach" if teach else "room", port, "127.0.0.1"), routes)
    server = uvicorn.Server(
        uvicorn.Config(app, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [asking]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        venue.closing.set()
        server.should_exit = True
        thread.join(5)
