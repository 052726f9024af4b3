"""The one script in a real browser: one stream for all tabs, another tab's when the first has gone, drafts kept."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from escalation.web import instructor
from escalation.web.forms import read_form
from escalation.web.security import visitor_of
from escalation.web.server import LOOPBACK, House, listening
from escalation.web.venue import Venue
from tests.web.stand import session_of, teacher, venue_in

PAGE = """<!doctype html><title>x</title><script src="/static/live.js" defer></script>
<body data-stream="/events" data-poll="/revision"><p data-link data-away="away" data-here="here"></p>
<section data-live="/part" data-revision="0">old</section>
<form method="post" action="/page" data-drafts="/draft"><input type="hidden" name="csrf" value="{csrf}">
<input id="typed" data-draft="cable"><output data-draft-status data-saved="kept" data-unsaved="lost"></output></form>"""
DRAFTS: list[tuple[str, str]] = []


def routes(venue: Venue) -> list[Route]:
    async def shown(request: Request) -> Response:
        return HTMLResponse(PAGE.format(csrf=visitor_of(request).csrf))

    async def part(_: Request) -> Response:
        return HTMLResponse(f"<p>revision {venue.revision()}</p>")

    async def draft(request: Request) -> Response:
        form = await read_form(request)
        DRAFTS.append((form["field"], form["text"]))
        return Response(status_code=204)

    return [Route("/page", shown), Route("/part", part), Route("/draft", draft, methods=["POST"])]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Venue]:
    """A room that is open on this machine, with a session."""
    venue = venue_in(tmp_path)
    session_of(venue, teacher(venue))
    house = House(venue, 0, instructor.routes(), routes(venue))
    loop, ready = asyncio.new_event_loop(), threading.Event()
    asking = listening(LOOPBACK, 0)
    thread = threading.Thread(target=lambda: loop.run_until_complete(house.serve(asking, lambda _: ready.set())))
    thread.start()
    assert ready.wait(10)
    asyncio.run_coroutine_threadsafe(house.open_room(LOOPBACK), loop).result(10)
    yield venue
    loop.call_soon_threadsafe(venue.closing.set)
    thread.join(15)
    loop.close()
    if venue.session is not None:
        venue.session.close()


def test_tabs_share_one_stream_and_one_takes_over(room: Venue, browser: Any) -> None:
    """Ten tabs, more than a browser has connections, follow one stream; when its tab has gone, the others still do."""
    context = browser.new_context()
    faults: list[str] = []
    tabs = []
    for _ in range(10):
        tab = context.new_page()
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        tab.goto(room.room + "page")
        tabs.append(tab)
    assert room.session is not None
    for left in (tabs, tabs[1:]):
        room.session.cables_open(left is tabs)
        for tab in left:
            tab.wait_for_selector(f"text=revision {room.revision()}", timeout=15_000)
        if left is tabs:
            tabs[0].close()
    assert faults == []
    context.close()


def test_what_is_typed_is_kept_and_the_form_is_left_alone(room: Venue, browser: Any) -> None:
    """A draft is sent as typed; news that comes meanwhile does not touch the field."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(room.room + "page")
    tab.fill("#typed", "Dear <b>Kyiv</b> & Seoul")
    assert room.session is not None
    room.session.cables_open(False)
    tab.wait_for_selector(f"text=revision {room.revision()}", timeout=10_000)
    tab.wait_for_selector("text=kept", timeout=10_000)
    assert tab.input_value("#typed") == "Dear <b>Kyiv</b> & Seoul"
    assert DRAFTS[-1] == ("cable", "Dear <b>Kyiv</b> & Seoul")
    context.close()
