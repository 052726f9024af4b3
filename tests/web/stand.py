"""A small class to serve: a real session on a small scenario, its worlds played by the readable engine alone."""

import re
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from escalation.classroom.exercise import exercise_of
from escalation.classroom.model_play import ModelPlay
from escalation.classroom.play import Odds
from escalation.classroom.session import Options, Session
from escalation.engines.playing import play
from escalation.engines.program import prepare
from escalation.engines.simpy import Simulation
from escalation.language.resolve import read_scenario
from escalation.model.script import HandOver, Script
from escalation.model.snapshot import Snapshot
from escalation.model.trajectory import Point
from escalation.web import instructor
from escalation.web.security import Guard, listener_at
from escalation.web.server import app_of
from escalation.web.venue import Offer, Venue

with warnings.catch_warnings():
    # Starlette recommends a client that is not asked for here.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

SCENARIO = Path(__file__).parents[1] / "cases/valid/classroom.yaml"


@dataclass(frozen=True)
class Resolved:
    snapshot: Snapshot
    firings: tuple[Any, ...]
    held: tuple[Any, ...]


class SmallPlay(ModelPlay):
    def begin(self, point: Point, played: Collection[str]) -> Snapshot:
        simulation = Simulation(prepare(self.exercise.model), point, played=played)
        simulation.run(0)
        return simulation.save()

    def resolve(self, snapshot: Snapshot, script: Script, until: int) -> Any:
        simulation = Simulation.resume(prepare(self.exercise.model), snapshot)
        held = play(simulation, tuple(each for each in script if not isinstance(each, HandOver)))
        simulation.run(until)
        return Resolved(simulation.save(), (), held)

    def digest(self, snapshot: Snapshot) -> str:
        return sha256(snapshot.to_bytes()).hexdigest()

    def bot_orders(self, actor: str, snapshot: Snapshot, number: int) -> tuple[Any, ...]:
        return ()

    def odds(self, snapshot: Snapshot) -> tuple[Odds, Odds]:
        told = {each.name: (0.5, 0.4, 0.6) for each in self.exercise.model.measures}
        return told, told


def venue_in(folder: Path, title: str | None = None) -> Venue:
    """A venue that offers the small scenario."""
    resolved = read_scenario(SCENARIO, (), () if title is None else (f"title={title}",))
    exercise = exercise_of(resolved.scenario)
    offer = Offer("classroom", exercise.title, resolved.text, exercise)

    def make(path: Path, offer: Offer, options: Options, now: float) -> Session:
        return Session.create(path, offer.exercise, offer.text, options, now, play=SmallPlay(offer.exercise))

    def reopen(path: Path) -> Session:
        return Session.open(path, play=SmallPlay(exercise))

    return Venue(folder, (offer,), make, reopen)


def teach_app(venue: Venue) -> Guard:
    return app_of(venue, listener_at("teach", 8321, "127.0.0.1", "localhost"), instructor.routes())


def room_app(venue: Venue, *routes: Any) -> Guard:
    return app_of(venue, listener_at("room", 8322, "192.168.7.5"), routes)


def teacher(venue: Venue) -> TestClient:
    """The instructor's browser, let in."""
    client = TestClient(teach_app(venue), base_url="http://127.0.0.1:8321")
    assert client.get("/teach", params={"key": venue.key}).status_code == 200
    return client


def phone(venue: Venue, *routes: Any) -> TestClient:
    """A browser in the room."""
    return TestClient(room_app(venue, *routes), base_url="http://192.168.7.5:8322")


def token_in(html: str) -> str:
    """The CSRF token of the first form of a page."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', html)
    assert found is not None
    return found[1]


def sent(client: TestClient, path: str, page: str = "/teach", **fields: Any) -> Any:
    """A form of a page, sent."""
    return client.post(path, data={"csrf": token_in(client.get(page).text), **fields})


MADE = {
    "scenario": "classroom",
    "policy": "",
    "seed": "1",
    "future": "0",
    "luck": "0",
    "minutes": "8",
    "late": "hold",
    "retention_days": "30",
    "seat.seoul": "human",
    "seat.kyiv": "human",
}


def session_of(venue: Venue, client: TestClient) -> Session:
    """The session that the instructor makes by the form, as offered."""
    page = client.get("/teach/new?scenario=classroom").text
    policy = re.search(r'<select id="policy" name="policy">\s*<option value="([^"]+)"', page)
    fields = MADE | ({"policy": policy[1]} if policy else {})
    answer = client.post("/teach/new", data={"csrf": token_in(page), **fields})
    assert answer.status_code == 200, answer.text
    assert venue.session is not None
    return venue.session
