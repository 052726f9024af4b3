"""What happens to a phone in class while its person does something, and what must come of it: nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.web.phones import SEND, Phone, arrived, back_and_forth, go

KINDS = ("reload", "back", "double tap", "two tabs", "asleep", "offline")
"""Everything that may happen at a step."""
Fill = Callable[[Any], None]
"""Fills in a form on the page given."""
NAP, GAP = 0.3, 0.5
"""Seconds asleep and offline in the middle of a form. Longer shows nothing new there: the page asks for nothing while
its person types. What time does to a stream is for `away`, at the steps of the class."""


def sent(phone: Phone, said: str, page: Any = None, tap: str = "click") -> None:
    """Press what sends the form, and wait until the page says that it was received."""
    page = phone.page if page is None else page
    getattr(page.locator(SEND[said]).first, tap)()
    arrived(page, f"**{phone.path}?said={said}*")
    page.locator(".good[role=status]").first.wait_for()


def send(phone: Phone, said: str, fill: Fill, kind: str = "") -> None:
    """Fill in one form of the seat's page and send it once, disturbed. kind: "" is undisturbed."""
    page = phone.page
    fill(page)
    if kind == "reload":
        page.reload()
        fill(page)
        sent(phone, said)
        page.reload()
    elif kind == "back":
        sent(phone, said)
        back_and_forth(page)
    elif kind == "double tap":
        sent(phone, said, tap="dblclick")
    elif kind == "two tabs":
        other = phone.context.new_page()
        other.goto(page.url)
        fill(other)
        sent(phone, said, other)
        other.close()
        phone.load()
    elif kind == "asleep":
        with asleep(phone):
            time.sleep(NAP)
        sent(phone, said)
    elif kind == "offline":
        _offline(phone, said, fill)
    else:
        assert kind == "", kind
        sent(phone, said)


def _offline(phone: Phone, said: str, fill: Fill) -> None:
    """Pressed without a network, and again with one."""
    page = phone.page
    phone.context.set_offline(True)
    page.locator(SEND[said]).first.click()
    time.sleep(GAP)
    phone.context.set_offline(False)
    if not phone.scripted:
        # The browser shows its own page that it could not send; the person goes back.
        page.go_back()
        fill(page)
    sent(phone, said)


@contextmanager
def asleep(phone: Phone) -> Iterator[None]:
    """The screen is dark: the page is frozen by the browser, and wakes when the block ends."""
    from playwright.sync_api import Error

    with_page = phone.context.new_cdp_session(phone.page)
    with_page.send("Page.setWebLifecycleState", {"state": "frozen"})
    yield
    try:
        with_page.send("Page.setWebLifecycleState", {"state": "active"})
    except Error:  # It followed its class just before it slept, and is another page now.
        with_page = phone.context.new_cdp_session(phone.page)
        with_page.send("Page.setWebLifecycleState", {"state": "active"})
    with_page.detach()


@contextmanager
def away(phone: Phone, kind: str) -> Iterator[None]:
    """What happens to a phone while the class takes a step."""
    if kind == "asleep":
        with asleep(phone):
            yield
    elif kind == "offline":
        phone.context.set_offline(True)
        yield
        time.sleep(GAP)
        phone.context.set_offline(False)
    elif kind == "two tabs":
        other = phone.context.new_page()
        other.goto(phone.page.url)
        yield
        if not phone.scripted:
            other.reload()
        other.locator("[data-phase]").first.wait_for(state="attached")
        other.close()
    else:
        yield
        if kind == "reload":
            go(phone.page, phone.page.url)
        elif kind == "back":
            back_and_forth(phone.page)
