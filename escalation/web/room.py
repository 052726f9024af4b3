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

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from escalation.classroom.refusals import Refused
from escalation.classroom.state import write_orders
from escalation.web.asking import acting, device_of, page, probability, run, session_of, to
from escalation.web.debrief_room import TOLD, asked_now, debrief_routes
from escalation.web.forms import AGAIN, Form, draws_in, mark_of, orders_in, read_form, whole_in
from escalation.web.security import visitor_of
from escalation.web.text import text

Handler = Callable[[Request], Awaitable[Response]]
FRAGMENTS = ("state", "story", "readings", "cables", "handed", "proposals", "roster")
WALL_FRAGMENTS = ("state", "body")
SAID = ("cable", "hand-in", "recall", "suggest", "draft", "pen", "proposal", "answer", "forecast", "vote", "predict")
CLOCK = "escalation-clock"


def room_routes() -> list[Route]:
    """All of the room's routes but those of the server itself."""
    gets: list[tuple[str, Handler]] = [
        ("/", join_page),
        ("/seats", seats),
        ("/seat", seat),
        ("/seat/fragment/{name}", fragment),
        ("/seat/proposal/{number:int}", proposal_page),
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
    ]
    return [
        *(Route(path, handler) for path, handler in gets),
        *(Route(path, handler, methods=["POST"]) for path, handler in posts),
        *debrief_routes(),
        *wall_routes(),
    ]


def wall_routes() -> list[Route]:
    """The projector's page, for either listener. The code is shown on this machine alone."""
    return [Route("/wall", wall), Route("/wall/fragment/{name}", wall_part), Route("/clock/{show}", clock)]


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
    orders, token, now = orders_in(form), mark_of(form), time.time()
    if what == "recall":
        await run(session.recall, device, turn, now=now)
    elif what == "draft":
        await _keep(session, device, form)
    else:
        command = session.propose_order if what == "suggest" else session.hand_in
        try:
            entry = await run(command, device, turn, orders, token, now=now)
        finally:
            # What is typed stays in the form whatever the answer is; that no draft could be kept does not change it.
            with suppress(Refused):
                await _keep(session, device, form)
        if what != "suggest" and not _stands(session, entry):
            raise Refused(text("refused.changed_since"), "again")
    return to("/seat", what if what in SAID else "hand-in", "orders")


def _stands(session: Any, entry: Any) -> bool:
    """Whether what was handed in, perhaps by an earlier press, is still what the seat ordered."""
    hand = session.state.hands.get((entry.body["turn"], entry.seat))
    return hand is not None and write_orders(hand.orders) == entry.body["orders"]


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
    await run(session.cable, device, form.all("to"), form.get("text", ""), mark_of(form), now=time.time())
    await run(session.draft, device, "cable.text", "")
    return to("/seat", "cable", "cables")


async def proposal(request: Request) -> Response:
    """Offer an order that needs the consent of others."""
    form, session, device = await acting(request)
    choice = form.get("order", "")
    if not choice:
        raise Refused(text("refused.no_choice"), "order")
    draws, token = draws_in(form, choice), mark_of(form)
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
    return page(request, "proposal.html", view=view, each=found, **_shown(request))


async def answer(how: str, request: Request) -> Response:
    """Accept, refuse or withdraw a proposal."""
    form, session, device = await acting(request)
    await run(getattr(session, how), device, whole_in(form, "proposal"), now=time.time())
    return to("/seat", "answer", "proposals")


async def forecast(request: Request) -> Response:
    """A probability for a question."""
    form, session, device = await acting(request)
    await run(session.forecast, device, whole_in(form, "number"), probability(form), now=time.time())
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
    # In the debrief the wall has its pages: for whoever has joined, and for the projector.
    told = session.state.phase in TOLD and (here or device_of(request) is not None)
    return {
        "view": await run(session.projector_view),
        "here": here,
        "address": state.venue.room,
        "asked": await run(asked_now, request, None) if told else None,
        "base": "/debrief",
        "revision": state.venue.revision(teacher=here),
        **_shown(request),
    }


async def clock(request: Request) -> Response:
    """Show or hide the clock in this browser."""
    show = request.path_params["show"]
    if show not in ("on", "off"):
        raise HTTPException(404)
    answer = to("/wall" if request.query_params.get("on") == "wall" else "/seat")
    answer.set_cookie(CLOCK, show, httponly=True, samesite="strict")
    return answer
