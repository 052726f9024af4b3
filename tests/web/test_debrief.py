"""A small class played over HTTP to its debrief: six pages of its own, a vote, an answer, a file, an archive."""

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from escalation.classroom.exercise import exercise_of
from escalation.classroom.refusals import Refused
from escalation.classroom.retention import anonymise
from escalation.classroom.session import Options, Session
from escalation.language.resolve import read_scenario
from escalation.reporting.class_debrief import QUESTIONS
from escalation.web.debriefing import Debriefing, Sizes
from escalation.web.room import room_routes
from escalation.web.text import text
from escalation.web.venue import Offer, Venue
from tests.web.played import NOW, SCENARIO
from tests.web.stand import phone, teacher, token_in

SMALL = Sizes(40, 60, 60)


class Class:
    """A teacher, and one phone at the first seat; bots have the others."""

    def __init__(self, folder: Path) -> None:
        resolved = read_scenario(SCENARIO)
        exercise = exercise_of(resolved.scenario)
        offer = Offer("lirath", exercise.title, resolved.text, exercise)
        self.venue = Venue(
            folder,
            (offer,),
            lambda path, offer, options, now: Session.create(path, offer.exercise, offer.text, options, now),
            Session.open,
        )
        seats = {role.actor: "human" if place == 0 else "bot" for place, role in enumerate(exercise.roles)}
        policy = exercise.scenario.policies[0].name
        self.venue.begin(offer, Options(policy=policy, practice=False, seed=3, seats=seats), NOW)
        self.venue.debriefing = Debriefing(self.venue, SMALL)
        self.teacher, self.phone = teacher(self.venue), phone(self.venue, *room_routes())
        self.actor = exercise.roles[0].actor

    @property
    def session(self) -> Any:
        return self.venue.session

    def send(self, client: Any, where: str, path: str, /, **fields: Any) -> Any:
        html = client.get(where).text
        token = re.search(r'name="token" value="([^"]+)"', html)
        once = {} if token is None else {"token": token[1]}
        answer = client.post(path, data={"csrf": token_in(html), **once, **fields})
        assert answer.status_code == 200, answer.text
        return answer

    def advance(self) -> None:
        view = self.session.instructor_view()
        self.send(self.teacher, "/teach", "/teach/do/advance", at=f"{view.phase} {view.turn}")

    def step(self, **fields: Any) -> Any:
        """A step of the teacher's, from the page of `What if?`."""
        return self.send(self.teacher, "/teach/debrief/5", "/teach/debrief", **fields)

    def play(self, nickname: str = "Ada") -> None:
        """To the debrief; in every turn the phone gives the first order that it can, and a forecast."""
        self.send(self.teacher, "/teach", "/teach/do/open")
        self.send(self.phone, "/", "/join", code=self.session.state.code, nickname=nickname)
        self.send(self.phone, "/seats", "/sit", actor=self.actor)
        while self.session.state.phase != "debrief":
            if self.session.state.phase == "deliberation":
                view = self.session.seat_view(next(iter(self.session.state.members)))
                orders = [item.choice for item in view.menu if item.possible][:1]
                self.send(self.phone, "/seat", "/seat/hand-in", turn=view.turn, order=orders, do="hand-in")
                if view.forecasts and view.forecasts[0].open:
                    self.send(self.phone, "/seat", "/seat/forecast", number=0, probability="70")
            self.advance()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    made = Class(tmp_path_factory.mktemp("class"))
    made.play()
    yield made
    made.session.close()


def seen(client: Any, path: str) -> str:
    """The words of a page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def test_a_class_reads_six_pages_of_its_own(played: Class) -> None:
    """Each question in step with the teacher, with a chart but for the first, and no identifier of the model."""
    assert "worked out" in seen(played.phone, "/debrief") or "ordered" in seen(played.phone, "/debrief")
    making = played.venue.debriefing
    assert isinstance(making, Debriefing)
    making.all(played.session)
    assert making.failed == {}
    names = {
        choice.name for choice in played.session.exercise.model.choices if "." in choice.name or "_" in choice.name
    }
    for number in (2, 3, 4, 6, 1):
        played.step(do="page", page=str(number))
        page = seen(played.phone, "/debrief")
        assert QUESTIONS[number - 1] in page
        assert "worked out" not in page
        assert QUESTIONS[number - 1] in seen(played.teacher, "/wall")
        assert not [name for name in names if name in page]
        assert len(re.findall(r"<figure>", played.phone.get("/debrief").text)) >= (number not in (1,))
    assert "Ada" in seen(played.phone, "/debrief/1")
    assert "Brier score" in seen(played.phone, "/debrief/6")


def test_what_if_goes_by_vote_prediction_and_answer(played: Class) -> None:
    """The change that was voted for is settled by the teacher; the answer says what was predicted."""
    turn, actor, choice, _ = next(each for each in played.session.changeable() if each[3] and each[1] == played.actor)
    played.step(do="vote")
    order = f"{turn} {actor} {choice}"
    played.send(played.phone, "/debrief", "/debrief/vote", order=order)
    assert "1 vote" in seen(played.teacher, "/teach/debrief")
    played.step(do="predict", order=order, instead="")
    assert "Had " in seen(played.phone, "/debrief")
    played.send(played.phone, "/debrief", "/debrief/predict", probability="55")
    assert "1 of 1 have predicted" in seen(played.teacher, "/teach/debrief")
    played.step(do="answer")
    assert played.venue.debriefing is not None
    assert [each.number for each in played.venue.debriefing.all(played.session)] == [1, 2, 3, 4, 5, 6]
    page = seen(played.phone, "/debrief")
    assert "One of you predicted 55" in page
    assert "60 futures" in page
    assert "One of the better ones" in page


def test_a_tie_is_for_the_teacher_and_a_settled_vote_can_be_opened_again(played: Class) -> None:
    """Two changes with a vote each are named and neither is taken; back from predictions the votes are still there."""
    orders = [each for each in played.session.changeable() if each[3]][:2]
    devices = [each.id for each in played.session.state.members.values() if each.key]
    played.step(do="vote")
    first = dict(zip(("turn", "actor", "choice"), orders[0], strict=False))
    played.session._enter("vote", {"device": "who has left since", **first}, now=None)
    played.session.vote(devices[0], orders[1][:3])
    csrf = token_in(played.teacher.get("/teach/debrief/5").text)
    asked = {"csrf": csrf, "do": "predict", "order": "", "instead": ""}
    said = unescape(played.teacher.post("/teach/debrief", data=asked).text)
    assert "2 changes have the most votes" in said
    assert all(played.session.play.label(choice) in said for _, _, choice, _ in orders)
    assert played.session.state.told.stage == "vote"
    played.step(do="predict", order=" ".join(map(str, orders[0][:3])), instead="")
    assert played.session.state.told.stage == "predict"
    assert text("teach.debrief_back") in played.teacher.get("/teach/debrief").text
    read = played.session.state.told.of
    stale = re.search(r'name="at" value="([^"]+)"', played.teacher.get("/teach/debrief/5").text)
    assert stale is not None
    played.step(do="vote")
    assert played.session.state.told.stage == "vote"
    assert len(played.session.state.votes) == 2
    assert text("teach.moved") in unescape(played.step(do="answer", at=unescape(stale[1])).text)
    assert played.session.state.told.stage == "vote"
    played.step(do="predict", order=" ".join(map(str, orders[1][:3])), instead="")
    with pytest.raises(Refused, match="another change"):
        played.session.predict(devices[0], 50, of=read)
    played.session.predict(devices[0], 50, of=played.session.state.told.of)
    played.step(do="vote")
    played.session.vote(devices[0], orders[0][:3])
    played.step(do="predict", order="", instead="")
    assert played.session.state.told.change.choice == orders[0][2]
    played.step(do="answer")


def test_the_debrief_is_in_the_archive_and_a_file_of_its_own(played: Class) -> None:
    """The same six questions in both; the file asks nothing of any network, and the archive says how to replay it."""
    file = played.teacher.get("/teach/debrief.html").text
    archive = zipfile.ZipFile(io.BytesIO(played.teacher.get("/teach/export").content))
    inside = archive.read("debrief.html").decode()
    for each in (file, inside):
        assert [each.count(f">{number}. {question}</h2>") for number, question in enumerate(QUESTIONS, 1)] == [1] * 6
        assert not re.search(r"<script|https?://(?!www\.w3\.org/)", each)
    names = {"log.jsonl", "orders.csv", "cables.csv", "forecasts.csv", "scenario.yaml", "session.sqlite", "README.txt"}
    assert names <= set(archive.namelist())
    assert "escalation replay" in archive.read("README.txt").decode()


def test_the_debrief_is_the_same_after_a_restart(played: Class) -> None:
    """Its pages are made of the log: whoever opens the folder again gets the same pages at the same question."""
    making, session = played.venue.debriefing, played.session
    assert making is not None
    before, told = making.all(session), session.state.told
    played.venue.leave()
    played.venue.resume(next(iter(played.venue.kept())))
    again = Debriefing(played.venue, SMALL)
    assert played.session.state.told == told
    assert [each.answer for each in again.all(played.session)] == [each.answer for each in before]
    assert [each.paragraphs for each in again.all(played.session)] == [each.paragraphs for each in before]


def test_a_debrief_made_nameless_names_nobody(tmp_path: Path) -> None:
    """Pages that were worked out with names are worked out anew once the session is nameless, in the same process."""
    made = Class(tmp_path)
    made.play("Rosalind")
    making = made.venue.debriefing
    assert making is not None
    making.all(made.session)
    assert "Rosalind" in made.teacher.get("/teach/debrief.html").text
    made.session.advance(NOW + 9)
    folder = made.session.folder
    made.venue.leave()
    anonymise(folder)
    made.venue.resume(folder.name)
    file = made.teacher.get("/teach/debrief.html").text
    assert "Rosalind" not in file
    assert "Person 1" in file
    archive = zipfile.ZipFile(io.BytesIO(made.teacher.get("/teach/export").content))
    assert not [name for name in archive.namelist() if b"Rosalind" in archive.read(name)]
    made.session.close()


def test_a_seat_holder_cannot_lead_the_debrief(played: Class) -> None:
    """The teacher's steps answer on the teacher's listener alone."""
    for path in ("/teach/debrief", "/teach/debrief.html"):
        assert played.phone.get(path).status_code == 404
