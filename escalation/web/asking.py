"""Who asks, and how they are answered: the session, the device of a browser, a form of ours, and the page after it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from escalation.classroom.refusals import Refused
from escalation.web import page as pages
from escalation.web.forms import Form, read_form
from escalation.web.room_words import WORDS
from escalation.web.security import visitor_of
from escalation.web.text import text
from escalation.web.venue import Venue


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page with what the room's templates need to write numbers and names."""
    return pages.page(request, template, status, **WORDS | values)


def venue_of(request: Request) -> Venue:
    """What the listeners share."""
    venue: Venue = request.app.state.venue
    return venue


def session_of(request: Request) -> Any:
    """The session at play; the server answers in its place before there is one."""
    return venue_of(request).session


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


def probability(form: Form) -> float:
    """A probability in per cent as it was typed. Raises Refused."""
    written = form.get("probability", "").strip().removesuffix("%").strip().replace(",", ".")
    if not written.isascii() or not written.replace(".", "", 1).isdigit() or len(written) > 12:
        raise Refused(text("refused.probability"), "probability")
    return float(written)


def home(place: str = "") -> Response:
    """Back to the instructor's page after a form."""
    return RedirectResponse(f"/teach{place}", 303)
