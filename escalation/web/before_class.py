"""Before a class: the room's address, a session made of a scenario, sessions that were kept."""

import time
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from escalation.classroom.people import WHO
from escalation.classroom.refusals import Refused
from escalation.classroom.retention import anonymise, delete
from escalation.classroom.session import LATE, Options
from escalation.model.classroom import MOST_MINUTES
from escalation.web.asking import home, venue_of
from escalation.web.forms import Form, number_of, one_of, read_form, whole_of
from escalation.web.page import page
from escalation.web.text import text
from escalation.web.venue import Offer, own_addresses

KEEP_DAYS = 30
LEAST_MINUTES = 0.5
Handler = Callable[[Request], Awaitable[Response]]


def gets() -> list[tuple[str, Handler]]:
    """Pages, for behind the instructor's key."""
    return [("/teach/new", new)]


def posts() -> list[tuple[str, Handler]]:
    """Steps, for behind the instructor's key."""
    return [
        ("/teach/room", room),
        ("/teach/new", create),
        ("/teach/continue", continue_kept),
        ("/teach/kept", change_kept),
    ]


async def room(request: Request) -> Response:
    """Open the room at an address of this machine, or close it."""
    form, venue = await read_form(request), venue_of(request)
    assert venue.open_door is not None
    assert venue.close_door is not None
    if form.get("do") == "close":
        await venue.close_door()
        return home()
    address = form.get("address", "")
    if address not in (*own_addresses(), "127.0.0.1"):
        raise Refused(text("teach.room.not_ours"), "address")
    try:
        await venue.open_door(address)
    except OSError as error:
        raise Refused(text("teach.room.taken", reason=error.strerror or str(error)), "address") from None
    return home()


async def new(request: Request) -> Response:
    """The form that makes a session of one scenario."""
    offer = _offer(request, request.query_params.get("scenario", ""))
    policies = offer.exercise.scenario.policies
    return page(
        request,
        "teach_new.html",
        offer=offer,
        policies=policies,
        who=WHO,
        late=LATE,
        days=KEEP_DAYS,
        minutes=(LEAST_MINUTES, MOST_MINUTES),
    )


def _offer(request: Request, name: str) -> Offer:
    offer = next((each for each in venue_of(request).offers if each.name == name), None)
    if offer is None:
        raise HTTPException(404)
    return offer


async def create(request: Request) -> Response:
    """Make the session."""
    form, venue = await read_form(request), venue_of(request)
    if venue.session is not None:
        raise Refused(text("teach.new.one_already"), "session")
    offer = _offer(request, form.get("scenario", ""))
    await run_in_threadpool(venue.begin, offer, _options(offer, form), time.time())
    return home()


def _options(offer: Offer, form: Form) -> Options:
    return Options(
        policy=one_of(form, "policy", tuple(each.name for each in offer.exercise.scenario.policies)),
        seed=whole_of(form, "seed"),
        future=whole_of(form, "future"),
        luck=whole_of(form, "luck"),
        minutes=number_of(form, "minutes", LEAST_MINUTES, MOST_MINUTES),
        late=one_of(form, "late", LATE),
        practice="practice" in form,
        retention_days=whole_of(form, "retention_days"),
        seats={role.actor: one_of(form, f"seat.{role.actor}", WHO) for role in offer.exercise.roles},
    )


async def continue_kept(request: Request) -> Response:
    """Play a kept session on."""
    form, venue = await read_form(request), venue_of(request)
    if form.get("name") not in venue.kept() or venue.session is not None:
        raise HTTPException(404)
    try:
        await run_in_threadpool(venue.resume, form["name"])
    except ValueError as error:
        raise Refused(text("teach.start.cannot", reason=str(error)), "session") from error
    return home()


async def change_kept(request: Request) -> Response:
    """Make a kept session nameless, or delete it; the page tells what was done to which file."""
    form, venue = await read_form(request), venue_of(request)
    name = form.get("name", "")
    commands = {"anonymise": anonymise, "delete": delete}
    if name not in venue.kept() or name == venue.name or form.get("do") not in commands:
        raise HTTPException(404)
    if "sure" not in form:
        return page(request, "teach_sure.html", name=name, do=form["do"])
    try:
        done = await run_in_threadpool(commands[form["do"]], venue.path_of(name))
    except ValueError as error:
        raise Refused(text("teach.kept.cannot", reason=str(error)), "session") from error
    return page(request, "teach_done.html", name=name, done=done)
