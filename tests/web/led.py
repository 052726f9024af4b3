"""A class led through its debrief in browsers: the teacher shows, every phone follows, votes, predicts, is told."""

import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from escalation.reporting.class_debrief import QUESTIONS
from tests.web.disturbances import away, send
from tests.web.phones import PATIENCE, Phone, Teacher

WHAT_IF = 5
WORKED_OUT = 60
"""Seconds for which an answer may be worked out, on a machine that is busy."""
STEPS = ("question", "vote opened", "vote", "predictions opened", "prediction", "answer")
"""What a seat meets in the debrief: steps of the teacher, and forms of its own."""
FOUND = "main section:has(> h2.unseen) p.answer"
"""The sentence that answers a question, once there is one."""


@dataclass
class Debrief:
    """A debrief under way, and what its people meant to do. disturbed: as in the class, by seat, question and step."""

    teacher: Teacher
    phones: list[Phone]
    wall: Any
    disturbed: Callable[[int, int, str], str]
    answers: list[str] = field(default_factory=list)
    told: list[tuple[int, str]] = field(default_factory=list)
    votes: list[tuple[str, str]] = field(default_factory=list)
    predictions: list[tuple[str, float]] = field(default_factory=list)

    def lead(self) -> None:
        """All six questions; on the fifth a vote, predictions, and the answer."""
        self.teacher.page.click("a[href='/teach/debrief']")
        for phone in self.phones:
            phone.path = "/debrief"
            phone.load()
        self._answered(1)
        for number in range(2, len(QUESTIONS) + 1):
            button = f"form:has(input[name=page][value='{number}']) button"
            self._step(button, number, "question")
            if number == WHAT_IF:
                self._what_if()
            else:
                self._answered(number)

    def _step(self, button: str, number: int, step: str) -> None:
        """A step of the teacher, which every phone is to follow."""
        kinds = [self.disturbed(seat, number, step) for seat in range(len(self.phones))]
        with ExitStack() as under_way:
            for phone, kind in zip(self.phones, kinds, strict=True):
                under_way.enter_context(away(phone, kind))
            self.teacher.press(button, "dblclick" if "double tap" in kinds else "click")
        stage = {"vote opened": "vote", "predictions opened": "predict", "answer": "answer"}.get(step, "")
        self.told.append((number, stage))

    def _answered(self, number: int) -> None:
        """The teacher, the wall and every phone read the same sentence under the same question."""
        page = self.teacher.page
        page.locator("h1", has_text=QUESTIONS[number - 1]).wait_for()
        page.locator(FOUND).wait_for(timeout=WORKED_OUT * 1000)
        said = page.locator(FOUND).inner_text()
        for each in self.phones:
            _read(each, QUESTIONS[number - 1], said)
        self.wall.locator(FOUND, has_text=said).wait_for()
        self.answers.append(said)

    def _what_if(self) -> None:
        """One order is voted for and changed; nobody reads an answer before the predictions are closed."""
        self._step("button[value=vote]", WHAT_IF, "vote opened")
        for seat, phone in enumerate(self.phones):
            self._open(phone, "vote")
            self._vote(seat, phone)
        self._step("button[value=predict]", WHAT_IF, "predictions opened")
        for seat, phone in enumerate(self.phones):
            self._open(phone, "predict")
            self._predict(seat, phone)
        for page in (self.teacher.page, self.wall, *(phone.page for phone in self.phones)):
            assert page.locator(FOUND).count() == 0
        self._step("button[value=answer]", WHAT_IF, "answer")
        self._answered(WHAT_IF)

    def _open(self, phone: Phone, stage: str) -> None:
        """A phone that runs scripts comes to the form by itself; the person loads the page of another."""
        if not phone.scripted:
            phone.load()
        phone.page.locator(f"form[action='/debrief/{stage}']").wait_for()

    def _vote(self, seat: int, phone: Phone) -> None:
        """For what the seat itself ordered in the first turn; two of them for the first seat's, which leads."""
        actor = self.phones[0 if seat == 1 else seat].actor
        order = f"1 {actor} {actor}_arms"
        kind = self.disturbed(seat, WHAT_IF, "vote")
        send(phone, "vote", lambda page: page.select_option("#order", order), kind)
        assert phone.page.input_value("#order") == order
        self.votes.append((phone.actor, order))

    def _predict(self, seat: int, phone: Phone) -> None:
        given = 10 * seat + 5
        kind = self.disturbed(seat, WHAT_IF, "prediction")
        send(phone, "predict", lambda page: page.fill("#probability", str(given)), kind)
        assert float(phone.page.input_value("#probability")) == given
        self.predictions.append((phone.actor, given))

    # ------------------------------------------------------------------ what the log says

    def kept(self) -> None:
        """Each step, vote and prediction is there once, and what was changed is what most voted for."""
        of = self.teacher.of
        told = of.entries("told")
        assert [(each.body["page"], each.body.get("stage", "")) for each in told] == self.told
        (change,) = (each.body["change"] for each in told if each.body.get("change"))
        first = self.phones[0].actor
        assert (change["turn"], change["actor"], change["choice"]) == (1, first, f"{first}_arms")
        written = [(each.seat, "{turn} {actor} {choice}".format(**each.body)) for each in of.entries("vote")]
        assert written == self.votes
        assert [(each.seat, each.body["probability"]) for each in of.entries("predicted")] == self.predictions


def _read(phone: Phone, question: str, said: str) -> None:
    """Wait until a phone shows this answer: by itself where scripts run, loaded again where they do not."""
    if phone.scripted:
        phone.page.locator(FOUND, has_text=said).wait_for(timeout=PATIENCE)
    else:
        until = time.monotonic() + PATIENCE / 1000
        phone.load()
        while not phone.page.locator(FOUND, has_text=said).count():
            assert time.monotonic() < until, phone.page.inner_text("main")
            phone.load()
    phone.page.locator("h1", has_text=re.compile(f"^{re.escape(question)}$")).wait_for()
