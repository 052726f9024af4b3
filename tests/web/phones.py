"""People in real browsers: a phone at a seat, and the teacher's laptop. What a person can do, by what a page offers."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.web.a_class import HERE, Class

PATIENCE = 45_000
"""Milliseconds for which a page is waited for, on a machine that is busy."""


def go(page: Any, url: str) -> None:
    """Load an address; a page that follows its class by itself in that moment comes in between, and is asked again."""
    from playwright.sync_api import Error

    for patience in (4_000, 10_000, 20_000):
        with suppress(Error):
            page.goto(url, timeout=patience)
            return
        page.wait_for_timeout(1_000)
    page.goto(url)


def back_and_forth(page: Any) -> None:
    """Both arrows of the browser; a page that follows its class by itself in that moment comes in between.

    Forward is pressed again where it failed: it also does while the browser still takes a page out of its memory.
    """
    from playwright.sync_api import Error

    with suppress(Error):
        page.go_back(wait_until="commit", timeout=4_000)
    for _ in range(4):
        with suppress(Error):
            page.go_forward(wait_until="commit", timeout=4_000)
            break
        page.wait_for_timeout(500)
    page.locator("main").wait_for()


def arrived(page: Any, url: str) -> None:
    """Wait for an address. Without scripts the first of two taps has no page; the second takes its place."""
    from playwright.sync_api import Error, TimeoutError

    try:
        page.wait_for_url(url)
    except TimeoutError:
        raise
    except Error:
        page.wait_for_url(url)


class Outside:
    """The way out for everything but this machine: a proxy that lets nothing through. asked: what it was asked for.

    It costs a class nothing, where to be told of each request by the browser takes longer than the requests themselves.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._listening = socket.create_server((HERE, 0))
        self.address = f"http://{HERE}:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._refuse, daemon=True).start()

    def _refuse(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            with caller, suppress(OSError):
                caller.settimeout(5)
                self.asked.append(caller.recv(4096).decode("latin-1").partition("\r\n")[0])
                caller.sendall(b"HTTP/1.1 502 Nothing is let through\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        """No more is asked of it."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@dataclass
class Browsers:
    """Contexts that share nothing with one another. outside: every address asked for that is not of this machine."""

    browser: Any
    way_out: Outside = field(default_factory=Outside)
    opened: list[Any] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        """What was asked of another machine, and got no answer: by a page, or by the browser of its own accord."""
        return self.way_out.asked

    def context(self, **options: Any) -> Any:
        """A browser of its own; what it asks of another machine is counted and goes nowhere."""
        proxy = {"server": self.way_out.address, "bypass": HERE}
        made = self.browser.new_context(**{"viewport": {"width": 390, "height": 800}, "proxy": proxy} | options)
        made.set_default_timeout(PATIENCE)
        self.opened.append(made)
        return made

    def close(self) -> None:
        """All of them."""
        for each in self.opened:
            each.close()
        self.way_out.close()


@dataclass
class Phone:
    """One browser at one seat. scripted: whether it runs scripts. actor, name: of the seat, once there is one.

    path: of the page that the class is at, for this person.
    """

    base: str
    nickname: str
    context: Any
    page: Any
    scripted: bool = True
    actor: str = ""
    name: str = ""
    path: str = "/seat"

    def join(self, code: str, tap: str = "click") -> None:
        """By the code. tap: `click` or `dblclick`."""
        self.page.goto(self.base)
        self.page.fill("#code", code)
        self.page.fill("#nickname", self.nickname)
        getattr(self.page.locator("form[action='/join'] button"), tap)()
        arrived(self.page, "**/seats")

    def sit(self, actor: str, name: str, tap: str = "click") -> None:
        """At a seat."""
        place = self.page.locator(f"form[action='/sit']:has(input[value='{actor}']) button")
        getattr(place, tap)()
        arrived(self.page, "**/seat")
        self.actor, self.name = actor, name

    def load(self) -> None:
        """The page that the class is at, as it is now."""
        go(self.page, f"{self.base}{self.path}")

    def here(self, phase: str, turn: int, page: Any = None) -> None:
        """Wait until the page tells this phase of this turn; it is the page of this person at this seat."""
        page = self.page if page is None else page
        page.locator(f"[data-phase='{phase} {turn}']").wait_for(state="attached")
        assert page.locator("header.top").inner_text().strip() == f"{self.nickname}, at the seat of {self.name}"

    def moved_on(self, phase: str, turn: int) -> None:
        """The page is that of the step by itself where scripts run, and once loaded again where they do not."""
        if not self.scripted:
            self.load()
        elif phase == "debrief":
            self.page.wait_for_url("**/debrief")
            return
        else:
            own = f"[data-follow][data-when-phase-changes='{phase} {turn}']"
            self.page.locator(own).wait_for(state="attached")
        self.here(phase, turn)

    def told(self, said: str) -> None:
        """Wait for the line of status that a form ends with."""
        self.page.wait_for_url(re.compile(rf"/seat\?said={said}\b"))

    # ------------------------------------------------------------------ forms of a seat: filled, then sent

    def fill_orders(self, levies: str, page: Any = None) -> None:
        """The seat's first order, with how many."""
        page = self.page if page is None else page
        page.check(f"#main input[name=order][type=checkbox][value={self.actor}_arms]")
        page.fill(f"#order-{self.actor}_arms-levies", levies)

    def fill_cable(self, text: str, to: str, page: Any = None) -> None:
        """A cable to one seat."""
        page = self.page if page is None else page
        page.check(f"form[action='/seat/cable'] input[value={to}]")
        page.fill("#cable-text", text)

    def fill_forecast(self, probability: str, page: Any = None) -> None:
        """The first question's."""
        (self.page if page is None else page).fill("#forecast-0", probability)

    def fill_offer(self, needs: str, page: Any = None) -> None:
        """The seat's second order, if another seat agrees."""
        page = self.page if page is None else page
        if not page.locator("details#offer[open]").count():
            page.click("details#offer summary")
        page.check(f"details#offer input[name=order][value={self.actor}_trades]")
        page.check(f"details#offer input[name=needs][value={needs}]")

    def find_proposal(self, page: Any = None) -> None:
        """The page of the one proposal that waits for an answer."""
        page = self.page if page is None else page
        page.click("text=Answer this proposal")
        page.wait_for_url("**/seat/proposal/*")


SEND = {
    "hand-in": "button[value='hand-in']",
    "suggest": "button[value='suggest']",
    "cable": "form[action='/seat/cable'] button",
    "forecast": "form[action='/seat/forecast'] button",
    "proposal": "form[action='/seat/proposal'] button",
    "answer": "form[action='/seat/accept'] button",
    "vote": "form[action='/debrief/vote'] button",
    "predict": "form[action='/debrief/predict'] button",
}
"""What sends a form, by the word of status that it ends with."""


@dataclass
class Teacher:
    """The laptop's own browser."""

    of: Class
    context: Any
    page: Any
    code: str = ""

    def begin(self, prepare: Callable[[Any], None] | None = None) -> None:
        """Open the room on this machine, make the session and open the lobby. prepare: fills in the form further."""
        page = self.page
        page.goto(self.of.teach)
        page.check("input[name=address][value='127.0.0.1']")
        self.press("button[value=open]")
        page.click("a[href^='/teach/new']")
        page.wait_for_url("**/teach/new*")
        page.uncheck("input[name=practice]")
        if prepare is not None:
            prepare(page)
        self.press("form[action='/teach/new'] button")
        self.press("form[action='/teach/do/open'] button")
        self.code = page.locator("p.code").inner_text().strip()

    def press(self, button: str, tap: str = "click") -> None:
        """Press what sends a form, and wait for the page after it: the one before may have the news already."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            getattr(self.page.locator(button), tap)()

    def step(self, phase: str, turn: int, tap: str = "click") -> None:
        """The next step, which is to lead to this phase."""
        self.press("form[action='/teach/do/advance'] button", tap)
        self.page.locator(f"[data-phase='{phase} {turn}']").wait_for(state="attached")


def class_of(it: Class, browsers: Browsers) -> Teacher:
    """The teacher of a class, in a browser as wide as a laptop's."""
    context = browsers.context(viewport={"width": 1280, "height": 800})
    return Teacher(it, context, context.new_page())


def phone_of(it: Class, browsers: Browsers, nickname: str, scripted: bool = True) -> Phone:
    """A phone with nobody's cookies."""
    context = browsers.context(java_script_enabled=scripted)
    return Phone(it.room, nickname, context, context.new_page(), scripted)
