"""The debrief as the class sees it: one question at a time, in step with the instructor; a vote and a prediction."""

import time
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from escalation.classroom.debrief_steps import ANSWER, PAGES, PREDICT, VOTE, WHAT_IF
from escalation.classroom.refusals import Refused
from escalation.reporting.class_debrief import QUESTIONS, Page
from escalation.web.asking import acting, device_of, page, probability, run, session_of, to
from escalation.web.debrief_answers import asked_of, change_said
from escalation.web.debrief_voice import Voice
from escalation.web.text import text

TOLD = ("debrief", "closed")
PARTS = ("head", "body")
SAID = ("vote", "predict")


@dataclass(frozen=True, slots=True)
class Changeable:
    """An order that can be voted for. value: as forms send it. line, short: as it is read, with and without turn."""

    value: str
    turn: int
    given: bool
    line: str
    short: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the debrief as it stands.

    shown: the question that the room sees now; furthest: the last that it has seen. page: the answer, or None while it
    is worked out or hidden; problem: why there will be none. stage, change, ask: of `What if?`; at: which change it is.
    """

    number: int
    question: str
    shown: int
    furthest: int
    page: Page | None
    problem: str
    stage: str
    change: str
    ask: str
    at: str

    @property
    def later(self) -> bool:
        """Whether the class has not come to this question."""
        return self.number > self.furthest

    @property
    def answered(self) -> bool:
        """Whether there is an answer to show, now or soon."""
        return self.number != WHAT_IF or self.stage == ANSWER

    @property
    def state(self) -> str:
        """What a form on the page depends on."""
        return self.stage if self.number == WHAT_IF and self.stage in (VOTE, PREDICT) else "read"


def asked_now(request: Request, number: int | None, *, teacher: bool = False) -> Asked:
    """A question, the one that the room sees if none is named. teacher: may see them all."""
    session, making = session_of(request), request.app.state.venue.debriefing
    told, closed = session.state.told, session.state.phase == "closed"
    number = told.page if number is None else number
    if not 1 <= number <= PAGES:
        raise HTTPException(404)
    furthest = PAGES if closed or teacher else told.furthest
    found, problem = None, ""
    if number <= furthest:
        try:
            found = making.page(session, number)
        except ValueError as error:
            problem = str(error)
    change, ask = _asked(session)
    at = told.of if number == WHAT_IF else ""
    return Asked(number, QUESTIONS[number - 1], told.page, furthest, found, problem, told.stage, change, ask, at)


def _asked(session: Any) -> tuple[str, str]:
    """The change that is settled, and what is to be predicted of it."""
    change = session.state.told.change
    if change is None:
        return "", ""
    voice = Voice.of(session.exercise)
    item = asked_of(voice, change)
    if item is None:
        return change_said(voice, change), text("debrief.predict_other")
    ask = text("debrief.predict_ask" if item.how == "ever" else "debrief.predict_mean", name=voice.name(item))
    return change_said(voice, change), ask


def debrief_routes() -> list[Route]:
    """All of them, for the room."""
    return [
        Route("/debrief", debrief_page),
        Route("/debrief/{number:int}", debrief_page),
        Route("/debrief/fragment/{number:int}/{part}", fragment),
        Route("/debrief/vote", vote, methods=["POST"]),
        Route("/debrief/predict", predict, methods=["POST"]),
    ]


async def debrief_page(request: Request) -> Response:
    """One question; without a number the one that the class is at, and then it follows."""
    session, number = session_of(request), request.path_params.get("number")
    device = device_of(request)
    if device is None:
        return to("/")
    if session.state.phase not in TOLD:
        return page(request, "debrief_wait.html")
    asked = await run(asked_now, request, number)
    said = request.query_params.get("said", "")
    return page(
        request,
        "debrief.html",
        asked=asked,
        which=number or 0,
        view=await run(session.seat_view, device),
        orders=await run(orders_of, session),
        revision=request.app.state.venue.revision(),
        said=said if said in SAID else "",
    )


async def fragment(request: Request) -> Response:
    """A part of a question, fetched again; number 0 is the one that the class is at."""
    part, number = request.path_params["part"], request.path_params["number"]
    if part not in PARTS or device_of(request) is None or session_of(request).state.phase not in TOLD:
        raise HTTPException(404)
    return page(request, f"debrief_{part}.html", asked=await run(asked_now, request, number or None), base="/debrief")


def orders_of(session: Any) -> tuple[Changeable, ...]:
    """What the class may change: first the orders that were given, then those that were not, each by turn."""
    names = {role.actor: role.name for role in session.exercise.roles}
    found = []
    for turn, actor, choice, given in sorted(session.changeable(), key=lambda each: not each[3]):
        words = {"name": names[actor], "label": session.play.label(choice)}
        line = text("debrief.vote_line", turn=turn, **words)
        found.append(Changeable(f"{turn} {actor} {choice}", turn, given, line, text("debrief.vote_short", **words)))
    return tuple(found)


def order_in(written: str) -> tuple[int, str, str]:
    """The order that a form names. Raises Refused."""
    turn, _, rest = written.partition(" ")
    actor, _, choice = rest.partition(" ")
    if not (turn.isascii() and turn.isdigit() and len(turn) < 6):
        raise Refused(text("refused.no_choice"), "order")
    return int(turn), actor, choice


async def vote(request: Request) -> Response:
    """Which order the class is to change."""
    form, session, device = await acting(request)
    await run(session.vote, device, order_in(form.get("order", "")), now=time.time())
    return to("/debrief", VOTE, "vote")


async def predict(request: Request) -> Response:
    """What one expects of the changed order, before it is shown."""
    form, session, device = await acting(request)
    await run(session.predict, device, probability(form), now=time.time(), of=form.get("of", ""))
    return to("/debrief", "predict", "predict")
