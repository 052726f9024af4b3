"""The room's pages: join, take a seat, play it; the wall; the debrief. Plain forms, each with a token of its own.

Every page is made of a view that the session has built for the one device that asks. Regions marked `data-live` are
fetched again when the revision rises; no form stands in one.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from escalation.classroom.refusals import Refused
from escalation.reporting.class_debrief import Page
from escalation.web import page as pages
from escalation.web.forms import AGAIN, Form, draws_in, orders_in, read_form, whole_in
from escalation.web.room_words import WORDS
from escalation.web.security import visitor_of
from escalation.web.text import text

Handler = Callable[[Request], Awaitable[Response]]
Debrief = Callable[[Any], tuple[Page, ...]]
"""Of a session, the pages of its debrief in the order of their questions; takes its time."""
FRAGMENTS = ("state", "story", "readings", "cables", "handed", "proposals", "roster")
WALL_FRAGMENTS = ("state", "body")
SAID = ("cable", "hand-in", "recall", "suggest", "draft", "pen", "proposal", "answer", "forecast", "vote", "predict")
CLOCK = "escalation-clock"
TOLD = ("debrief", "closed")


def room_routes(debrief: Debrief | None = None) -> list[Route]:
    """All of the room's routes but those of the server itself. debrief: what makes its pages; none, no answers yet."""
    gets: list[tuple[str, Handler]] = [
        ("/", join_page),
        ("/seats", seats),
        ("/seat", seat),
        ("/seat/fragment/{name}", fragment),
        ("/seat/proposal/{number:int}", proposal_page),
        ("/debrief", partial(debrief_page, debrief)),
        ("/debrief/{number:int}", partial(debrief_page, debrief)),
    ]
    posts: list[tuple[str, Handler]] = [
        ("/join", join),
        ("/sit", sit),
        ("/seat/hand-in", hand_in),
        ("/seat/cable", cable),
        ("/seat/proposal", proposal),
        ("/seat/accept", partial(answer, "accept")),
        ("/seat/refuse", partial(answer, "refuse")),
        ("/seat/withdraw", partial(answer, "withdraw")),
        ("/seat/forecast", forecast),
        ("/seat/draft", draft),
        ("/seat/pen", pen),
        ("/debrief/vote", vote),
        ("/debrief/predict", predict),
    ]
    return [
        *(Route(path, handler) for path, handler in gets),
        *(Route(path, handler, methods=["POST"]) for path, handler in posts),
        *wall_routes(),
    ]


def wall_routes() -> list[Route]:
    """The projector's page, for either listener. The code is shown on this machine alone."""
    return [Route("/wall", wall), Route("/wall/fragment/{name}", wall_part), Route("/clock/{show}", clock)]


# ---------------------------------------------------------------------- who asks


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page with what the room's templates need to write numbers and names."""
    return pages.page(request, template, status, **WORDS | values)


def session_of(request: Request) -> Any:
    """The session at play; the server answers in its place before there is one."""
    return request.app.state.venue.session


def device_of(request: Request) -> str | None:
    """The device of the browser, if its key is still good."""
    device: str | None = session_of(request).device_of(visitor_of(request).id)
    return device


async def acting(request: Request) -> tuple[Form, Any, str]:
    """A form of ours, the session and the device that sends it. Raises Refused without one."""
    form, device = await read_form(request), device_of(request)
    if device is None:
        raise Refused(text("join.closed"), "gone")
    return form, session_of(request), device


async def run(command: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """A command of the session, off the loop: it waits for the disk."""
    return await run_in_threadpool(partial(command, *given, **named))


def to(path: str, said: str = "", place: str = "") -> Response:
    """After a form: a page that can be loaded again. said: which line of status it begins with."""
    return RedirectResponse(f"{path}{f'?said={said}' if said else ''}{f'#{place}' if place else ''}", 303)


def _shown(request: Request) -> dict[str, Any]:
    said = request.query_params.get("said", "")
    return {"said": said if said in SAID else "", "clock": request.cookies.get(CLOCK) != "off"}


# ---------------------------------------------------------------------- joining


async def join_page(request: Request) -> Response:
    """Where a code is typed; whoever has joined goes on to their seat."""
    if device_of(request) is not None:
        return to("/seat")
    return _join_page(request)


def _join_page(request: Request, **more: Any) -> Response:
    state = session_of(request).state
    known = {"code": "", "nickname": "", "problem": "", "wrong": ""} | more
    status = 400 if more else 200
    return page(request, "join.html", status, **known, open=bool(state.code), days=state.retention_days)


async def join(request: Request) -> Response:
    """A new device in the class. Its key is the browser's own, so a second tap is the same device."""
    form, session = await read_form(request), session_of(request)
    if device_of(request) is not None:
        return to("/seat")
    code, nickname = form.get("code", ""), form.get("nickname", "")
    try:
        async with request.app.state.joins.place():
            await run(session.join, code, nickname, time.time(), key=visitor_of(request).id)
    except Refused as refused:
        if refused.wait:
            request.app.state.venue.wrong_codes += 1
            await request.app.state.joins.hold_back(refused.wait)
        said = {"problem": refused.sentence, "wrong": refused.code}
        return _join_page(request, code=code[:20], nickname=nickname[:100], **said)
    return to("/seats")


async def seats(request: Request) -> Response:
    """Where a seat is chosen."""
    device = device_of(request)
    if device is None:
        return to("/")
    return page(request, "seats.html", view=await run(session_of(request).seat_view, device))


async def sit(request: Request) -> Response:
    """Take a seat."""
    form, session, device = await acting(request)
    await run(session.sit, device, form.get("actor", ""), time.time())
    return to("/seat")


# ---------------------------------------------------------------------- a seat


async def seat(request: Request) -> Response:
    """The page of a seat."""
    device = device_of(request)
    if device is None:
        return to("/")
    view = await run(session_of(request).seat_view, device)
    if not view.actor:
        return to("/seats")
    return page(request, "seat.html", view=view, kept=_typed(view), **_shown(request))


def _typed(view: Any) -> dict[str, str]:
    """What stands in the forms: what the seat handed in, and over it what was typed since."""
    handed, times = {}, Counter[str]()
    for order in view.handed_in.orders if view.handed_in else ():
        times[order.choice] += 1
        field = order.choice if times[order.choice] == 1 else f"{order.choice}{AGAIN}{times[order.choice]}"
        handed[f"t{view.turn}.order.{field}"] = "yes"
        handed |= {f"t{view.turn}.draw.{field}/{name}": said for name, said in order.draws}
    return handed | dict(view.drafts)


async def fragment(request: Request) -> Response:
    """One region of a seat's page, fetched again."""
    name, device = request.path_params["name"], device_of(request)
    if name not in FRAGMENTS or device is None:
        raise HTTPException(404)
    view = await run(session_of(request).seat_view, device)
    if not view.actor and name != "roster":
        raise HTTPException(404)
    return page(request, f"seat_{name}.html", view=view, **_shown(request))


async def hand_in(request: Request) -> Response:
    """Hand in, suggest to whoever has the pen, keep as a draft, or take back."""
    form, session, device = await acting(request)
    what, turn = form.get("do", "hand-in"), whole_in(form, "turn")
    orders, token, now = orders_in(form), form.get("token", ""), time.time()
    if what == "recall":
        await run(session.recall, device, turn, now=now)
    elif what == "draft":
        await _keep(session, device, form)
    elif what == "suggest":
        await run(session.propose_order, device, turn, orders, token, now=now)
    else:
        await run(session.hand_in, device, turn, orders, token, now=now)
    if what not in ("recall", "draft"):
        # What was handed in is on disk; that no draft of it could be kept is no reason to say otherwise.
        with suppress(Refused):
            await _keep(session, device, form)
    return to("/seat", what if what in SAID else "hand-in", "orders")


async def _keep(session: Any, device: str, form: Form) -> None:
    """What a browser without our script had typed when `Save as a draft` was pressed."""
    turn, kept = whole_in(form, "turn"), _typed(await run(session.seat_view, device))
    typed = {f"order.{choice}": "yes" if choice in form.all("order") else "" for choice in form.all("listed")}
    typed |= {name: said for name, said in form.items() if name.startswith("draw.")}
    for name, said in typed.items():
        field = f"t{turn}.{name}"
        if said != kept.get(field, ""):
            await run(session.draft, device, field, said)


async def cable(request: Request) -> Response:
    """Send a cable."""
    form, session, device = await acting(request)
    await run(session.cable, device, form.all("to"), form.get("text", ""), form.get("token", ""), now=time.time())
    await run(session.draft, device, "cable.text", "")
    return to("/seat", "cable", "cables")


async def proposal(request: Request) -> Response:
    """Offer an order that needs the consent of others."""
    form, session, device = await acting(request)
    choice = form.get("order", "")
    if not choice:
        raise Refused(text("refused.no_choice"), "order")
    draws, token = draws_in(form, choice), form.get("token", "")
    await run(session.offer, device, choice, draws, form.all("needs"), token, now=time.time())
    return to("/seat", "proposal", "proposals")


async def proposal_page(request: Request) -> Response:
    """One proposal, with the forms that answer it."""
    device = device_of(request)
    if device is None:
        return to("/")
    view = await run(session_of(request).seat_view, device)
    found = next((each for each in view.proposals if each.number == request.path_params["number"]), None)
    if found is None:
        raise HTTPException(404)
    return page(request, "proposal.html", view=view, each=found)


async def answer(how: str, request: Request) -> Response:
    """Accept, refuse or withdraw a proposal."""
    form, session, device = await acting(request)
    await run(getattr(session, how), device, whole_in(form, "proposal"), now=time.time())
    return to("/seat", "answer", "proposals")


async def forecast(request: Request) -> Response:
    """A probability for a question."""
    form, session, device = await acting(request)
    await run(session.forecast, device, whole_in(form, "number"), _probability(form), now=time.time())
    return to("/seat", "forecast", "forecasts")


async def draft(request: Request) -> Response:
    """Keep what is being typed."""
    form, session, device = await acting(request)
    await run(session.draft, device, form.get("field", ""), form.get("text", ""))
    return Response(status_code=204)


async def pen(request: Request) -> Response:
    """Take the pen, or pass it on."""
    form, session, device = await acting(request)
    receiver = form.get("to", "")
    if receiver:
        await run(session.give_pen, device, receiver, now=time.time())
    else:
        await run(session.take_pen, device, now=time.time())
    return to("/seat", "pen", "pen")


def _probability(form: Form) -> float:
    written = form.get("probability", "").strip().removesuffix("%").strip().replace(",", ".")
    if not written.isascii() or not written.replace(".", "", 1).isdigit() or len(written) > 12:
        raise Refused(text("refused.probability"), "probability")
    return float(written)


# ---------------------------------------------------------------------- the wall


async def wall(request: Request) -> Response:
    """What all may see, for the projector."""
    return page(request, "wall.html", **await _wall(request))


async def wall_part(request: Request) -> Response:
    """One region of it."""
    name = request.path_params["name"]
    if name not in WALL_FRAGMENTS:
        raise HTTPException(404)
    return page(request, f"wall_{name}.html", **await _wall(request))


async def _wall(request: Request) -> dict[str, Any]:
    session, state = session_of(request), request.app.state
    if session is None:
        raise HTTPException(404)
    here = state.listener.name == "teach"
    return {"view": await run(session.projector_view), "here": here, "address": state.venue.room, **_shown(request)}


async def clock(request: Request) -> Response:
    """Show or hide the clock in this browser."""
    show = request.path_params["show"]
    if show not in ("on", "off"):
        raise HTTPException(404)
    answer = to("/wall" if request.query_params.get("on") == "wall" else "/seat")
    answer.set_cookie(CLOCK, show, httponly=True, samesite="strict")
    return answer


# ---------------------------------------------------------------------- the debrief


async def debrief_page(make: Debrief | None, request: Request) -> Response:
    """One question of the debrief; the first unless another is asked for."""
    session, number = session_of(request), int(request.path_params.get("number", 1))
    if session.state.phase not in TOLD:
        return page(request, "debrief_wait.html")
    pages = () if make is None else await run(make, session)
    if not pages:
        return page(request, "debrief_wait.html", working=True)
    if not 1 <= number <= len(pages):
        raise HTTPException(404)
    device = device_of(request)
    view = None if device is None else await run(session.seat_view, device)
    known = {"pages": pages, "each": pages[number - 1], "view": view, "orders": _orders(session)}
    return page(request, "debrief.html", **known, **_shown(request))


def _orders(session: Any) -> list[tuple[str, str]]:
    """Every order of the class that it may vote to change: what the form sends, and its line."""
    names = {role.actor: role.name for role in session.exercise.roles}
    return [
        (
            f"{turn} {actor} {order.choice}",
            text("debrief.vote_line", turn=turn, name=names[actor], label=session.play.label(order.choice)),
        )
        for (turn, actor), hand in sorted(session.state.hands.items(), key=lambda item: item[0])
        for order in hand.orders
        if turn > 0
    ]


async def vote(request: Request) -> Response:
    """Which order the class is to change."""
    form, session, device = await acting(request)
    turn, _, rest = form.get("order", "").partition(" ")
    actor, _, choice = rest.partition(" ")
    if not (turn.isascii() and turn.isdigit() and len(turn) < 6):
        raise Refused(text("refused.no_choice"), "order")
    await run(session.vote, device, (int(turn), actor, choice), now=time.time())
    return to("/debrief/5", "vote", "vote")


async def predict(request: Request) -> Response:
    """What one expects of the changed order, before it is shown."""
    form, session, device = await acting(request)
    await run(session.predict, device, _probability(form), now=time.time())
    return to("/debrief/5", "predict", "predict")
