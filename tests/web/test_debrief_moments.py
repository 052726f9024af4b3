"""Moments of a debrief at which something may go wrong: late votes, huge bodies, hostile texts, undo, restarts."""

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from escalation.classroom.debrief_luck import happened
from escalation.classroom.debrief_replay import script_from
from escalation.classroom.session import Session
from escalation.classroom.world import compiled_of, digest, program_of, resolve
from escalation.engines.playing import run_script
from escalation.language.resolve import read_scenario
from escalation.reporting.class_debrief import QUESTIONS
from escalation.web.debriefing import Debriefing, Sizes
from escalation.web.room import FRAGMENTS, WALL_FRAGMENTS
from escalation.web.stream import Streams
from escalation.web.text import text
from tests.web import test_debrief
from tests.web.stand import token_in
from tests.web.test_debrief import Class
from tests.web.test_hostile_texts import inert

SCRIPT = "<script>alert(1)</script>"
HIDDEN = {
    "title": f"A valley {SCRIPT}",
    "actors.solvane.name": "<b onclick=a()>Solvane</b>",
    "events.rocket_plans.label": f"Found {SCRIPT}",
    "measures.armed.label": f"Armed {SCRIPT}",
}
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that turn the direction of what stands after them."""
TINY = Sizes(8, 8, 30)
HEBREW = "שלום <i>ל</i>כולם"


class Hostile(Class):
    """A class in which every text is hostile: labels of the scenario, a nickname, a cable, the teacher's message."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.refused: list[int] = []

    def advance(self) -> None:
        """On; in the first deliberation somebody writes, and so does the teacher."""
        if (self.session.state.phase, self.session.state.turn) == ("deliberation", 1):
            cable = {"to": ["press"], "token": "c"}
            self.send(self.phone, "/seat", "/seat/cable", **{**cable, "text": f"cable {SCRIPT} {HEBREW}"})
            self.session.send_inject(f"inject {SCRIPT} {HEBREW}", (), 2.0, label=f"head {SCRIPT}")
            for turned in TURNS:
                self.refused.append(self.form("/seat/cable", **{**cable, "text": f"a{turned}b", "token": "d"}))
                html = self.teacher.get("/teach").text
                said = {"csrf": token_in(html), "text": f"a{turned}b", "do": "send", "token": "e"}
                self.refused.append(self.teacher.post("/teach/say", data=said).status_code)
        super().advance()

    def form(self, path: str, **fields: Any) -> int:
        """A form of the phone's, sent; the status of its answer."""
        data = {"csrf": token_in(self.phone.get("/seat").text), **fields}
        status: int = self.phone.post(path, data=data).status_code
        return status


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """A class in its debrief, in which every text is hostile."""
    with pytest.MonkeyPatch.context() as patched:
        sets = tuple(f"{path}={value}" for path, value in HIDDEN.items())
        patched.setattr(test_debrief, "read_scenario", lambda path: read_scenario(path, (), sets))
        made = Hostile(tmp_path_factory.mktemp("class"))
    made.play("<i>Ada</i>")
    assert made.venue.debriefing is not None
    made.venue.debriefing.all(made.session)
    yield made
    made.session.close()


def settled(made: Class) -> str:
    """A vote that was opened, and a change that was settled; the order that is changed."""
    turn, actor, choice, _ = next(each for each in made.session.changeable() if each[3] and each[1] == made.actor)
    order = f"{turn} {actor} {choice}"
    made.step(do="vote")
    made.send(made.phone, "/debrief", "/debrief/vote", order=order)
    made.step(do="predict", order=order, instead="")
    return order


def test_a_vote_after_the_vote_is_closed_is_refused(hostile: Hostile) -> None:
    """From a page that still shows the form, while predictions are open and after the answer: no entry, and a word."""
    order = settled(hostile)
    other = next(each for each in hostile.session.changeable() if not each[3])
    late = " ".join(map(str, other[:3]))
    for close in (lambda: None, lambda: hostile.step(do="answer"), lambda: hostile.step(do="page", page="2")):
        close()
        before, votes = hostile.session.state.number, dict(hostile.session.state.votes)
        for each in (late, order):
            assert hostile.form("/debrief/vote", order=each) == 409
        assert (hostile.session.state.number, hostile.session.state.votes) == (before, votes)


@pytest.mark.parametrize("path", ["/debrief/predict", "/debrief/vote"])
def test_a_form_of_the_debrief_with_a_wrong_token_is_refused(hostile: Hostile, path: str) -> None:
    """None, a wrong one, another browser's: 403, and nothing is entered."""
    order = settled(hostile)
    theirs = token_in(hostile.teacher.get("/teach").text)
    before = hostile.session.state.number
    for token in ({}, {"csrf": ""}, {"csrf": "0" * 32}, {"csrf": theirs}, {"csrf": "é"}):
        answer = hostile.phone.post(path, data={"probability": "40", "order": order, **token})
        assert answer.status_code == 403
        assert text("refused.form") in answer.text
    assert hostile.session.state.number == before
    assert hostile.session.state.predictions == {}


def test_ten_megabytes_to_a_form_of_the_debrief_are_refused(hostile: Hostile) -> None:
    """A vote, a prediction and a step of the teacher's: 413 with a sentence, and nothing is entered."""
    settled(hostile)
    before = hostile.session.state.number
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    forms = [(hostile.phone, "/debrief/vote"), (hostile.phone, "/debrief/predict"), (hostile.teacher, "/teach/debrief")]
    for client, path in forms:
        token = token_in(client.get("/seat" if client is hostile.phone else "/teach").text)
        answer = client.post(path, content=f"csrf={token}&probability=".encode() + b"9" * 10_000_000, headers=kind)
        assert answer.status_code == 413
        assert text("refused.large") in answer.text
    assert hostile.session.state.number == before


def test_the_stream_tells_nothing_of_the_answer_while_predictions_are_open(hostile: Hostile) -> None:
    """Settled, worked out and predicted, every line of the stream is a number that rises, and so is what is polled."""
    hostile.step(do="vote")
    turn, actor, choice, _ = next(each for each in hostile.session.changeable() if each[3])
    making = hostile.venue.debriefing
    assert isinstance(making, Debriefing)

    async def listen() -> list[str]:
        streams, lines = Streams(hostile.venue), list[str]()
        streams.open.add("one")

        async def told() -> None:
            while not lines or lines[-1] != f"data: {streams.revision()}\n\n":
                await asyncio.sleep(0.01)

        async def act() -> None:
            await told()
            hostile.session.open_predictions(turn, actor, choice)
            making.look()
            making._change(hostile.session.record(), hostile.session.state.told.change)
            await told()
            await asyncio.sleep(0.5)
            hostile.session.predict("d1", 40.0)
            await told()
            await asyncio.sleep(0.5)
            hostile.venue.closing.set()

        acting = asyncio.create_task(act())
        async for line in streams.lines("one"):
            lines.append(line)
        await acting
        return lines

    first = hostile.session.revision
    lines = asyncio.run(listen())
    hostile.venue.closing.clear()
    assert lines[0] == "retry: 2000\n\n"
    numbers = [int(each.removeprefix("data: ")) for each in lines[1:]]
    assert lines[1:] == [f"data: {each}\n\n" for each in numbers]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == hostile.session.revision + hostile.venue.worked
    assert hostile.phone.get("/revision").json() == {"revision": numbers[-1]}
    assert hostile.session.revision == first + 2


def test_hostile_texts_are_texts_in_every_page_of_the_debrief_and_its_files(hostile: Hostile) -> None:
    """Labels, names, a cable and a message: escaped wherever they stand; none can turn the direction of a page."""
    assert set(hostile.refused) == {409}
    settled(hostile)
    hostile.step(do="answer")
    making = hostile.venue.debriefing
    assert making is not None
    making.all(hostile.session)
    hostile.step(do="page", page="6")
    archive = zipfile.ZipFile(io.BytesIO(hostile.teacher.get("/teach/export").content))
    file = hostile.teacher.get("/teach/debrief.html").text
    pages = [hostile.phone.get(f"/debrief/{number}").text for number in range(1, 7)]
    pages += [hostile.phone.get(f"/debrief/fragment/{number}/body").text for number in range(1, 7)]
    pages += [hostile.teacher.get(f"/teach/debrief/{number}").text for number in range(1, 7)]
    pages += [hostile.phone.get(f"/seat/fragment/{name}").text for name in FRAGMENTS]
    pages += [hostile.phone.get(f"/wall/fragment/{name}").text for name in WALL_FRAGMENTS]
    pages += [hostile.teacher.get(path).text for path in ("/wall", "/teach", "/teach/odds")]
    pages += [file, archive.read("debrief.html").decode()]
    drawn = re.compile("<svg.*?</svg>|<style>.*?</style>", re.S)
    assert [each for page in pages for each in inert(drawn.sub("", page))] == []
    assert not re.search(r"<script>|<i>|<b on", "".join(part for page in pages for part in drawn.findall(page)))
    told = "".join(pages)
    assert not re.search(f"[{TURNS}]", told)
    assert all(escape(each) in told for each in (f"cable {SCRIPT} {HEBREW}", f"inject {SCRIPT} {HEBREW}"))
    for each in (HIDDEN["title"], HIDDEN["measures.armed.label"], "<i>Ada</i>"):
        assert escape(each, quote=False) in file


def test_the_debriefs_file_is_no_page_of_the_room(hostile: Hostile, tmp_path: Path) -> None:
    """Before the debrief, in it, and once the teacher has taken it: 404 at every name that it might have there."""
    paths = ["/teach/debrief.html", "/debrief.html", "/debrief/file", "/teach/export", "/exports/session-9.zip"]
    fresh = Class(tmp_path)
    for made in (fresh, hostile):
        assert [made.phone.get(path).status_code for path in paths] == [404] * len(paths)
    assert fresh.teacher.get("/teach/debrief.html").status_code == 409
    assert hostile.teacher.get("/teach/debrief.html").status_code == 200
    assert [hostile.phone.get(path).status_code for path in paths] == [404] * len(paths)
    fresh.session.close()


def test_the_archive_gives_the_same_world_on_either_engine(hostile: Hostile, tmp_path: Path) -> None:
    """Unpacked elsewhere: one script by SimPy ends in the world of the log, and machine code gives the same numbers."""
    archive = zipfile.ZipFile(io.BytesIO(hostile.teacher.get("/teach/export").content))
    archive.extractall(tmp_path)
    session = Session.open(tmp_path)
    record, script = session.record(), script_from(session.record(), 1)
    model = session.exercise.model
    whole = resolve(session.exercise, record.beginning, script, session.exercise.instants[-1])
    assert digest(whole.snapshot) == hostile.session.state.done[-1].digest
    trajectory = run_script(program_of(model), record.beginning, script).trajectory
    compiled = compiled_of(model)
    assert compiled is not None
    batch = compiled.go_on([record.beginning], script=script)
    assert batch is not None
    assert batch.held is not None
    assert batch.firings[0] == trajectory.firings
    assert sum(batch.held[0]) == len(whole.held)
    told = {name: value for name, value in happened(record).items() if value is not None}
    assert told == {name: float(trajectory.measures[name]) for name in told}
    assert len(told) >= 3
    session.close()


def test_a_turn_taken_back_before_the_debrief_leaves_nothing_of_it_there(tmp_path: Path) -> None:
    """Pages that were worked out ahead are those of the course that counts: its orders, its forecasts."""
    made = Class(tmp_path)
    made.venue.debriefing = making = Debriefing(made.venue, TINY)
    made.send(made.teacher, "/teach", "/teach/do/open")
    made.send(made.phone, "/", "/join", code=made.session.state.code, nickname="Ada")
    made.send(made.phone, "/seats", "/sit", actor=made.actor)
    while (made.session.state.phase, made.session.state.turn) != ("deliberation", made.session.state.turns):
        made.advance()
    last, view = made.session.state.turns, made.session.seat_view("d1")
    order, asked = view.menu[0].choice, next(each.number for each in view.forecasts if each.open)
    made.send(made.phone, "/seat", "/seat/forecast", number=asked, probability="73")
    made.send(made.phone, "/seat", "/seat/hand-in", turn=last, order=[order], do="hand-in")
    made.advance()
    made.advance()
    making.look()
    before = making.all(made.session)
    made.send(made.teacher, "/teach", "/teach/do/undo", at=f"reveal {last}")
    assert made.session.state.phase == "deliberation"
    assert text("debrief.not_yet") in made.phone.get("/debrief").text
    made.send(made.phone, "/seat", "/seat/hand-in", turn=last, order=[], do="hand-in")
    made.send(made.phone, "/seat", "/seat/forecast", number=asked, probability="19")
    while made.session.state.phase != "debrief":
        made.advance()
    after = making.all(made.session)
    label = made.session.play.label(order)
    (was,) = [line for line in before[0].stories[-1].lines if line.startswith(made.session.exercise.roles[0].name)]
    (now,) = [line for line in after[0].stories[-1].lines if line.startswith(made.session.exercise.roles[0].name)]
    assert label in was
    assert label not in now
    assert before[-1].number == after[-1].number == 6
    said = before[-1].paragraphs[asked], after[-1].paragraphs[asked]
    assert [("73\u202f%" in each, "19\u202f%" in each) for each in said] == [(True, False), (False, True)]
    assert f"{last} {made.actor} {order}" not in [
        " ".join(map(str, each[:3])) for each in made.session.changeable() if each[3]
    ]
    made.session.close()


def test_a_restart_comes_back_at_every_stage_of_the_debrief(hostile: Hostile) -> None:
    """Each question, the open vote with its votes, open predictions, the answer: as they were, on the same phone."""

    def predicting() -> None:
        settled(hostile)
        hostile.send(hostile.phone, "/debrief", "/debrief/predict", probability="35")

    stages: list[tuple[Any, str]] = [
        (lambda: hostile.step(do="page", page="3"), QUESTIONS[2]),
        (lambda: hostile.step(do="vote"), 'action="/debrief/vote"'),
        (predicting, 'value="35"'),
        (lambda: hostile.step(do="answer"), "One of you predicted 35"),
        (lambda: hostile.step(do="page", page="6"), QUESTIONS[5]),
    ]
    for enter, shown in stages:
        enter()
        before, name = hostile.session.state, hostile.venue.name
        hostile.venue.leave()
        hostile.venue.resume(name)
        hostile.venue.debriefing = making = Debriefing(hostile.venue, TINY)
        if hostile.session.state.told.stage == "answer":
            making.all(hostile.session)
        after = hostile.session.state
        assert (after.phase, after.told) == (before.phase, before.told)
        assert (after.votes, after.predictions) == (before.votes, before.predictions)
        assert shown in hostile.phone.get("/debrief").text
