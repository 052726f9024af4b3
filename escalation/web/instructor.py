"""The instructor's pages: reach the phones, make a session, steer it. They answer on this machine alone, to one key."""

import hmac
import io
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import segno
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from escalation.classroom.exercise import Item
from escalation.classroom.people import MOST_DEVICES, WHO
from escalation.classroom.refusals import Refused
from escalation.classroom.retention import export
from escalation.classroom.session import Session
from escalation.classroom.views import InstructorView
from escalation.web import before_class, debrief_lead
from escalation.web.asking import home, venue_of
from escalation.web.debrief_file import debrief_file
from escalation.web.forms import Form, mark_of, orders_in, read_form, whole_of
from escalation.web.odds import odds_told
from escalation.web.page import page
from escalation.web.printed import KINDS, printed
from escalation.web.room import wall_routes
from escalation.web.security import remember, visitor_of
from escalation.web.text import text
from escalation.web.venue import Venue, own_addresses

PLAYED = ("deliberation", "locked")
"""Phases in which the instructor may play for a seat."""
FRAGMENTS = ("reach", "code", "state", "seats", "world", "talk", "injects")
Handler = Callable[[Request], Awaitable[Response]]


def routes() -> list[Route]:
    """All of them, behind the key."""
    gets: list[tuple[str, Handler]] = [
        ("/teach", start),
        *before_class.gets(),
        ("/teach/qr.svg", qr),
        ("/teach/fragment/{name}", fragment),
        ("/teach/person/{device}", person),
        ("/teach/seat/{actor}", seat),
        ("/teach/inject/{id}", inject),
        ("/teach/odds", odds),
        ("/teach/export", export_archive),
        *debrief_lead.gets(),
        ("/teach/print/{kind}", printing),
    ]
    posts: list[tuple[str, Handler]] = [
        *before_class.posts(),
        ("/teach/leave", leave),
        ("/teach/do/{command}", do),
        ("/teach/person/{device}", change_person),
        ("/teach/seat/{actor}", change_seat),
        ("/teach/inject/{id}", change_inject),
        ("/teach/say", say),
        *debrief_lead.posts(),
    ]
    front = Route("/", to_teach)
    return [
        front,
        *(Route(path, keyed(handler)) for path, handler in gets),
        *(Route(path, keyed(handler), methods=["POST"]) for path, handler in posts),
        *(Route(each.path, keyed(each.endpoint)) for each in wall_routes()),
    ]


def session_of(request: Request) -> Session:
    """The session at play. Raises HTTPException 409 before there is one."""
    session = venue_of(request).session
    if session is None:
        raise HTTPException(409, text("teach.no_session"))
    return session


def keyed(handler: Handler) -> Handler:
    """A page for the instructor's browser alone; the key in the address, once, makes a browser that."""

    async def answer(request: Request) -> Response:
        if visitor_of(request).id == "teach":
            return await handler(request)
        given = request.query_params.get("key", "").encode()
        if request.method == "GET" and hmac.compare_digest(given, venue_of(request).key.encode()):
            back = RedirectResponse("/teach", 303)
            remember(back, request, "teach")
            return back
        raise HTTPException(403, text("refused.key"))

    return answer


async def to_teach(_: Request) -> Response:
    """The front door."""
    return RedirectResponse("/teach", 303)


async def start(request: Request) -> Response:
    """The start page until there is a session; from then on the page that steers it."""
    venue = venue_of(request)
    if venue.session is None:
        return page(request, "teach_start.html", kept=venue.kept(), **_reach(venue))
    view = await run_in_threadpool(venue.session.instructor_view)
    return page(
        request,
        "teach_control.html",
        view=view,
        called=called(view),
        moved="moved" in request.query_params,
        **_reach(venue),
    )


def called(view: InstructorView) -> Callable[[Sequence[str]], str]:
    """Names of actors, in words for a page."""
    names = {row.actor: row.name for row in view.seats}
    return lambda actors: ", ".join(names.get(each, each) for each in actors)


def _reach(venue: Venue) -> dict[str, Any]:
    return {"venue": venue, "addresses": own_addresses(), "revision": venue.revision(teacher=True)}


async def fragment(request: Request) -> Response:
    """One region of a page, fetched again when the revision rises. It holds links and never a form."""
    venue, name = venue_of(request), request.path_params["name"]
    if name not in FRAGMENTS or (name != "reach" and venue.session is None):
        raise HTTPException(404)
    view = None if venue.session is None else await run_in_threadpool(venue.session.instructor_view)
    names: dict[str, Any] = {} if view is None else {"called": called(view)}
    return page(request, f"teach_{name}.html", view=view, **names, **_reach(venue))


async def qr(request: Request) -> Response:
    """The room's address as a QR code."""
    venue = venue_of(request)
    if not venue.room:
        raise HTTPException(404)
    return Response(_qr(venue.room), media_type="image/svg+xml")


def _qr(address: str) -> str:
    """An address as a QR code: an SVG as large as its place, without style or script."""
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", border=4, xmldecl=False, svgclass=None, omitsize=True)
    return drawn.getvalue().decode()


async def export_archive(request: Request) -> Response:
    """Everything of the session in one archive, to keep or to replay."""
    session, venue = session_of(request), venue_of(request)
    more = {}
    if session.state.phase in debrief_lead.TOLD and venue.debriefing is not None:
        pages = await run_in_threadpool(venue.debriefing.all, session)
        more = {"debrief.html": debrief_file(session.exercise.title, pages).encode()}
    path = await run_in_threadpool(export, session, more)
    return FileResponse(path, filename=path.name, media_type="application/zip")


async def leave(request: Request) -> Response:
    """Leave the session as it is; it can be continued."""
    await read_form(request)
    session_of(request)
    venue = venue_of(request)
    await run_in_threadpool(venue.leave)
    return home()


async def do(request: Request) -> Response:
    """A step of the session, or its clock. `at` says what the page showed: a second tap does nothing twice."""
    form, session, now = await read_form(request), session_of(request), time.time()
    command = request.path_params["command"]
    commands: Mapping[str, Callable[[], Any]] = {
        "advance": partial(session.advance, now, token=form.get("token", ""), at=form.get("at", "") or "?"),
        "unlock": partial(session.unlock, now, at=form.get("at", "") or "?"),
        "finish": partial(session.finish, now, at=form.get("at", "") or "?"),
        "pause": partial(session.pause, now),
        "resume": partial(session.resume, now),
        "extend": partial(session.extend, 1, now),
        "undo": partial(session.undo, now, token=form.get("token", ""), at=form.get("at", "") or "?"),
        "cables": partial(session.cables_open, form.get("open") == "yes", now),
        "open": partial(session.open_room, now),
        "close": partial(session.close_lobby, now),
    }
    if command not in commands:
        raise HTTPException(404)
    try:
        await run_in_threadpool(commands[command])
    except Refused as refused:
        if refused.code != "moved":
            raise
        return home("?moved=1")
    return home()


async def _view(request: Request) -> InstructorView:
    return await run_in_threadpool(session_of(request).instructor_view)


async def person(request: Request) -> Response:
    """One person: their name, seat and link."""
    view, device = await _view(request), request.path_params["device"]
    everybody = [*view.unseated, *(each for row in view.seats for each in row.people)]
    found = next((each for each in everybody if each.device == device), None)
    if found is None:
        raise HTTPException(404)
    return page(request, "teach_person.html", view=view, person=found)


async def change_person(request: Request) -> Response:
    """Rename, move, remove, or make the link new."""
    form, session, device = await read_form(request), session_of(request), request.path_params["device"]
    now = time.time()
    if form.get("do") == "revoke":
        made = await run_in_threadpool(session.revoke, device, now)
        link = link_of(venue_of(request), made.key)
        return page(request, "teach_link.html", link=link, drawn=Markup(_qr(link)) if link else "")
    commands: Mapping[str, Callable[[], Any]] = {
        "rename": partial(session.rename, device, form.get("nickname", ""), now),
        "move": partial(session.move, device, form.get("actor", ""), now),
        "pen": partial(session.take_pen, device, now),
        "remove": partial(session.remove, device, now),
    }
    await run_in_threadpool(_command(commands, form))
    return home()


def link_of(venue: Venue, key: str) -> str:
    """The address that makes a browser go on as the device with this key; "" while the room is closed."""
    return f"{venue.room}link/{venue.sealed('link', key)}" if venue.room else ""


def _command(commands: Mapping[str, Callable[[], Any]], form: Form) -> Callable[[], Any]:
    if form.get("do") not in commands:
        raise HTTPException(404)
    return commands[form["do"]]


async def seat(request: Request) -> Response:
    """One seat: who plays it, and a form to play for it."""
    session, view, actor = session_of(request), await _view(request), request.path_params["actor"]
    row = next((each for each in view.seats if each.actor == actor), None)
    if row is None:
        raise HTTPException(404)
    menu = await run_in_threadpool(menu_of, session, actor) if view.phase in PLAYED else ()
    return page(request, "teach_seat.html", view=view, row=row, menu=menu, who=WHO)


def menu_of(session: Session, actor: str) -> tuple[Item, ...]:
    """What a seat may order in the turn that is being played."""
    return session.play.menu(actor, session.worlds.before(session.state.turn))


async def change_seat(request: Request) -> Response:
    """Say who plays a seat, or play for it."""
    form, session, actor = await read_form(request), session_of(request), request.path_params["actor"]
    now = time.time()
    commands: Mapping[str, Callable[[], Any]] = {
        "who": partial(session.set_seat, actor, form.get("who", ""), now),
        "play": partial(session.play_for, actor, orders_in(form), now, mark_of(form)),
    }
    await run_in_threadpool(_command(commands, form))
    return home()


async def inject(request: Request) -> Response:
    """One inject before it is sent: exactly what the seats will read."""
    view, name = await _view(request), request.path_params["id"]
    found = next((each for each in view.injects if name in (each.id, str(each.number))), None)
    if found is None:
        raise HTTPException(404)
    return page(request, "teach_inject.html", view=view, called=called(view), inject=found)


async def change_inject(request: Request) -> Response:
    """Send it, plan it, take it back, or call off what it does."""
    form, session, name = await read_form(request), session_of(request), request.path_params["id"]
    now = time.time()
    commands: Mapping[str, Callable[[], Any]] = {
        "send": lambda: session.send_inject(name, form.all("to"), now, token=mark_of(form)),
        "plan": lambda: session.plan_inject(name, whole_of(form, "turn"), now),
        "unplan": lambda: session.plan_inject(name, None, now),
        "back": lambda: session.take_back(whole_of(form, "number"), now),
        "off": lambda: session.call_off(whole_of(form, "number"), now),
    }
    await run_in_threadpool(_command(commands, form))
    return home()


async def say(request: Request) -> Response:
    """A message of the instructor's own: shown as the seats will read it first, then sent."""
    form, session = await read_form(request), session_of(request)
    written, to = form.get("text", "").strip(), form.all("to")
    if not written:
        raise Refused(text("teach.say.empty"), "text")
    if form.get("do") != "send":
        return page(request, "teach_say.html", view=await _view(request), written=written, to=to)
    token = mark_of(form)
    await run_in_threadpool(lambda: session.send_inject(written, to, time.time(), token=token))
    return home()


async def odds(request: Request) -> Response:
    """What may come from here, for the instructor alone."""
    session = session_of(request)
    nobody, model = await run_in_threadpool(session.odds)
    return page(request, "teach_odds.html", lines=odds_told(session.exercise, nobody, model))


async def printing(request: Request) -> Response:
    """Cards, order sheets, briefs or the plan of the exercise at play."""
    session, kind = session_of(request), request.path_params["kind"]
    if kind not in KINDS:
        raise HTTPException(404)
    people = request.query_params.get("people", "")
    asked = min(int(people), MOST_DEVICES) if people.isascii() and people.isdigit() and len(people) < 9 else None
    return await run_in_threadpool(printed, request, kind, session.exercise, session.state.minutes, asked)
