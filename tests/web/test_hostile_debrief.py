"""The debrief under attack: nothing of it before its time, no form of it that does what it should not."""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from escalation.web.debrief_file import debrief_file
from escalation.web.room import room_routes
from escalation.web.text import text
from tests.web.stand import phone, token_in
from tests.web.test_debrief import Class, seen
from tests.web.test_hostile_texts import PATHS, SCRIPTS, SQL

PARTS = ("head", "body")
EVERY = [f"/debrief/{number}" for number in range(7)]
EVERY += [f"/debrief/fragment/{number}/{part}" for number in range(7) for part in PARTS]
SCRIPT = "<script>alert(1)</script>"
NAME = "<img src=x onerror=a()>"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Class]:
    """A class that has not begun."""
    made = Class(tmp_path)
    yield made
    made.session.close()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """A class in its debrief, in which somebody's name and cable are a script."""
    made = Class(tmp_path_factory.mktemp("class"))
    made.play(NAME)
    assert made.venue.debriefing is not None
    made.venue.debriefing.all(made.session)
    yield made
    made.session.close()


def sent(made: Class, path: str, /, **fields: Any) -> Any:
    """A form of the phone's, with its CSRF token."""
    return made.phone.post(path, data={"csrf": token_in(made.phone.get("/seat").text), **fields})


def test_nothing_of_the_debrief_is_told_before_it(fresh: Class) -> None:
    """In every phase of every turn each of its pages says that it is not open, and each part is not found."""
    wait = text("debrief.not_yet")
    fresh.send(fresh.teacher, "/teach", "/teach/do/open")
    fresh.send(fresh.phone, "/", "/join", code=fresh.session.state.code, nickname="Ada")
    fresh.send(fresh.phone, "/seats", "/sit", actor=fresh.actor)
    phases = set()
    while fresh.session.state.phase != "debrief":
        phases.add(fresh.session.state.phase)
        if fresh.session.state.turn < 2:
            for path in EVERY:
                answer = fresh.phone.get(path)
                if "fragment" in path:
                    assert answer.status_code == 404
                else:
                    assert wait in answer.text
            for path in ("/debrief/vote", "/debrief/predict"):
                assert sent(fresh, path, order="1 north x", probability="5").status_code in (404, 409)
            assert fresh.teacher.get("/teach/debrief").status_code == 409
        fresh.advance()
    assert {"lobby", "briefing", "deliberation", "locked", "reveal"} <= phases


def test_a_number_of_thousands_of_digits_is_not_found(fresh: Class) -> None:
    """No traceback: such a page is missing, for whoever asks."""
    for path in ("/debrief/{}", "/debrief/fragment/{}/body", "/seat/proposal/{}"):
        assert fresh.phone.get(path.format("9" * 5000)).status_code == 404


def test_a_question_that_the_class_has_not_come_to_tells_nothing(played: Class) -> None:
    """Beyond the furthest question a phone reads that it comes later: no chart, no number, no name of an order."""
    played.step(do="page", page="2")
    for number in (3, 4, 5, 6):
        page = played.phone.get(f"/debrief/{number}").text
        body = played.phone.get(f"/debrief/fragment/{number}/body").text
        assert "<svg" not in page + body
        assert "<figure" not in page + body
        assert "%" not in body
        assert text("debrief.later") in page
    for number in (0, 7, 99):
        assert played.phone.get(f"/debrief/{number}").status_code in (200, 404)
        assert "<figure" not in played.phone.get(f"/debrief/{number}").text or number == 0


def test_a_prediction_is_given_without_the_answer(played: Class) -> None:
    """While predictions are open no page, part or file has the answer, though it is worked out already."""
    turn, actor, choice, _ = next(each for each in played.session.changeable() if each[3] and each[1] == played.actor)
    played.step(do="vote")
    played.step(do="predict", order=f"{turn} {actor} {choice}", instead="")
    making = played.venue.debriefing
    assert making is not None
    making.look()
    for client, paths in (
        (played.phone, ["/debrief", "/debrief/5", "/debrief/fragment/5/body", "/debrief/fragment/0/body", "/seat"]),
        (played.teacher, ["/teach/debrief", "/teach/debrief.html", "/wall"]),
    ):
        for path in paths:
            page = client.get(path).text
            assert "60 futures" not in page, path
            assert "One of the better ones" not in page, path
    for wrong in ("nan", "inf", "-1", "101", "1e999", "", "0x10", "٣", *SCRIPTS, *SQL):
        answer = sent(played, "/debrief/predict", probability=wrong)
        assert answer.status_code in (400, 409), wrong
    assert played.session.state.predictions == {}
    played.step(do="answer")
    assert sent(played, "/debrief/predict", probability="5").status_code == 409
    assert played.session.state.predictions == {}


def test_a_vote_for_what_is_no_order_is_refused(played: Class) -> None:
    """Another turn, another seat's choice, nonsense, a path, a script: a plain sentence, and no entry of the log."""
    played.step(do="vote")
    before = played.session.state.number
    roles = played.session.exercise.roles
    mine, theirs = (role.choices[0] for role in roles[:2])
    wrong = [f"{turn} {played.actor} {mine}" for turn in ("0", "-1", "99", "9" * 40, "1.0", "²")]
    wrong += [f"1 {played.actor} {theirs}", f"1 nobody {mine}", "1", "", *SCRIPTS, *SQL, *PATHS]
    for order in wrong:
        answer = sent(played, "/debrief/vote", order=order)
        assert answer.status_code in (400, 409), order
        assert "<script>alert" not in answer.text
    assert (
        played.phone.post("/debrief/vote", data={"csrf": "x", "order": f"1 {played.actor} {mine}"}).status_code == 403
    )
    stranger = phone(played.venue, *room_routes())
    assert stranger.get("/debrief", follow_redirects=False).status_code in (303, 307)
    assert played.session.state.number == before
    good = f"1 {played.actor} {mine}"
    assert [sent(played, "/debrief/vote", order=good).status_code for _ in range(3)] == [200] * 3
    assert played.session.state.number == before + 1
    played.step(do="page", page="1")


def test_a_teachers_step_that_makes_no_sense_is_refused(played: Class) -> None:
    """An unknown step, question, order, seat or measure: nothing is entered."""
    before = played.session.state.number
    html = played.teacher.get("/teach/debrief").text
    given = next(each for each in played.session.changeable() if each[3])
    order = " ".join(map(str, given[:3]))
    for fields in (
        {"do": "dance"},
        {"do": "page", "page": "0"},
        {"do": "page", "page": "7"},
        {"do": "page", "page": SCRIPT},
        {"do": "predict", "order": "1 nobody x"},
        {"do": "predict", "order": order, "instead": "nothing.such"},
        {"do": "predict", "order": order, "measure": SCRIPT},
        {},
    ):
        answer = played.teacher.post("/teach/debrief", data={"csrf": token_in(html), **fields})
        assert answer.status_code in (400, 404, 409), fields
        assert SCRIPT not in answer.text
    assert played.session.state.number == before


def test_what_people_wrote_is_shown_as_they_wrote_it(played: Class) -> None:
    """A nickname that is a script stands in the pages, the wall and the file as text: escaped, also beside charts."""
    played.step(do="page", page="1")
    making = played.venue.debriefing
    assert making is not None
    file = debrief_file(played.session.exercise.title, making.all(played.session))
    pages = [played.phone.get("/debrief/1").text, played.teacher.get("/wall").text, file]
    for page in pages:
        assert NAME not in page
        assert escape(NAME) in page
    assert NAME in seen(played.phone, "/debrief/1")
    assert not re.search(r"<script(?! src=\"/static/)", pages[0] + pages[1])
