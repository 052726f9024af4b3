"""The instructor's side of the debrief: which question the room sees, the vote, the predictions, the file to keep."""

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from escalation.classroom.refusals import Refused
from escalation.web.asking import page, run, session_of, to
from escalation.web.debrief_file import debrief_file
from escalation.web.debrief_room import TOLD, asked_now, order_in, orders_of
from escalation.web.debrief_voice import Voice
from escalation.web.forms import Form, read_form
from escalation.web.text import text

Handler = Callable[[Request], Awaitable[Response]]
PARTS = ("head", "body", "votes")


def gets() -> list[tuple[str, Handler]]:
    """Pages, for behind the instructor's key."""
    return [
        ("/teach/debrief", lead),
        ("/teach/debrief/{number:int}", lead),
        ("/teach/debrief/fragment/{number:int}/{part}", fragment),
        ("/teach/debrief.html", file),
    ]


def posts() -> list[tuple[str, Handler]]:
    """Steps, for behind the instructor's key."""
    return [("/teach/debrief", step)]


def _session(request: Request) -> Any:
    session = session_of(request)
    if session is None or session.state.phase not in TOLD:
        raise HTTPException(409, text("debrief.not_yet"))
    return session


async def lead(request: Request) -> Response:
    """One question with what can be done about it; without a number the one that the room sees."""
    session, number = _session(request), request.path_params.get("number")
    return page(
        request,
        "teach_debrief.html",
        asked=await run(asked_now, request, number, teacher=True),
        which=number or 0,
        going=session.state.phase == "debrief",
        told=_told(session),
        moved="moved" in request.query_params,
        revision=request.app.state.venue.revision(teacher=True),
        measures=await run(_measures, session),
        **await run(_votes, session),
    )


def _told(session: Any) -> str:
    """Where the debrief is, so that a step that was seen somewhere else is not taken."""
    told = session.state.told
    return f"{session.state.phase} {told.page} {told.stage or 'read'} {told.of}"


def _votes(session: Any) -> dict[str, Any]:
    """Orders and their votes, how many have predicted, and what may stand in an order's place."""
    counted: dict[str, int] = {}
    for turn, actor, choice in session.state.votes.values():
        counted[f"{turn} {actor} {choice}"] = counted.get(f"{turn} {actor} {choice}", 0) + 1
    instead = [
        (role.name, [(choice, session.play.label(choice)) for choice in role.choices])
        for role in session.exercise.roles
    ]
    orders = orders_of(session)
    people = sum(1 for each in session.state.members.values() if each.key and each.actor)
    return {
        "orders": orders,
        "votes": {each: counted[each.value] for each in orders if each.value in counted},
        "instead": instead,
        "predicted": len(session.state.predictions),
        "people": people,
    }


async def fragment(request: Request) -> Response:
    """A part of the page, fetched again."""
    session, number, part = _session(request), request.path_params["number"], request.path_params["part"]
    if part not in PARTS:
        raise HTTPException(404)
    asked = await run(asked_now, request, number or None, teacher=True)
    name = "teach_votes.html" if part == "votes" else f"debrief_{part}.html"
    return page(request, name, asked=asked, base="/teach/debrief", **await run(_votes, session))


async def step(request: Request) -> Response:
    """What the room sees next."""
    form, session, now = await read_form(request), _session(request), time.time()
    if form.get("at", "") not in ("", _told(session)):
        return to("/teach/debrief?moved=1")
    commands: Mapping[str, Callable[[], Any]] = {
        "page": lambda: session.show_question(_number(form.get("page", "")), now),
        "vote": partial(session.open_vote, now),
        "predict": partial(_settle, session, form, now),
        "answer": partial(session.show_answer, now),
    }
    if form.get("do") not in commands:
        raise HTTPException(404)
    await run(commands[form["do"]])
    return to("/teach/debrief")


def _settle(session: Any, form: Form, now: float) -> None:
    """The change that the form names, or the one that has more votes than any other."""
    order, measure = form.get("order", ""), form.get("measure", "")
    if not order:
        votes = _votes(session)["votes"]
        leading = [each for each, count in votes.items() if count == max(votes.values())]
        if not leading:
            raise Refused(text("teach.debrief_none"), "order")
        if len(leading) > 1:
            tied = "; ".join(each.line for each in leading)
            raise Refused(text("teach.debrief_tie", n=len(leading), orders=tied), "order")
        order = leading[0].value
    if measure and measure not in [value for value, _ in _measures(session)]:
        raise Refused(text("teach.not_offered"), "measure")
    session.open_predictions(*order_in(order), form.get("instead", ""), measure, now)


def _measures(session: Any) -> list[tuple[str, str]]:
    """What can be predicted: whatever comes about or not."""
    voice = Voice.of(session.exercise)
    return [(item.name, voice.name(item)) for item in voice.shares]


def _number(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) == 1):
        raise Refused(text("refused.missing"), "page")
    return int(written)


async def file(request: Request) -> Response:
    """The whole debrief as one file that stands alone."""
    session = _session(request)
    made = await run(request.app.state.venue.debriefing.all, session)
    name = request.app.state.venue.name
    headers = {"Content-Disposition": f'attachment; filename="{name}-debrief.html"'}
    return HTMLResponse(debrief_file(session.exercise.title, made), headers=headers)
