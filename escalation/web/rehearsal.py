"""A class rehearsed over real HTTP: an instructor and a phone for each student fill in the forms that the pages show.

Everything that a class does is done once at least: joining from one address, drafts, cables to a seat and to the
press, forecasts, orders handed in and suggested, a proposal that is accepted, one that is refused and one that lapses,
a pause, a minute more, an inject, a message, a resolve taken back, the debrief's pages, a vote, a prediction, export.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from escalation.web.visitor import Browser, Forms, Shown

ACCEPTED, REFUSED, LAPSES = 1, 2, 3
"""The turns in which a proposal is accepted, refused, and left without an answer."""
TAKEN_BACK = 2
"""The turn that is taken back once and played again."""
STEPS = 400
"""Steps of the instructor after which a class that has not come to its debrief is given up."""
QUESTIONS, WHAT_IF = 6, 5
SOONEST, LONGEST = 0.2, 60.0
"""Seconds between two looks at a debrief that is being worked out, and for how long it is looked."""

Told = Callable[[str], None]


@dataclass
class Played:
    """What came of it. acknowledged: tokens of what the server said that it has received, by kind of form.

    answered: pages of the debrief that gave an answer. seconds: of the whole. what_if: seconds until the answer to the
    class's vote stood, None where there is none. archive: the export; file: the debrief.
    """

    turns: int = 0
    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    answered: int = 0
    what_if: float | None = None
    archive: bytes = b""
    file: bytes = b""
    seconds: float = 0.0

    def note(self, kind: str, token: str) -> None:
        """A form of a kind was received."""
        self.acknowledged.setdefault(kind, []).append(token)


@dataclass
class Phone:
    """A student's browser. number: from 0. actor: the seat, "" before there is one."""

    number: int
    browser: Browser
    played: Played
    actor: str = ""

    def join(self, code: str) -> None:
        """Type the code and a nickname, and take the seat with the fewest people."""
        self.browser.send("/", "/join", code=code, nickname=f"Bot {self.number + 1}")

    def sit(self) -> None:
        """Take a seat, so that all seats fill alike."""
        free = self.browser.forms("/seats").to("/sit")
        if free:
            form = free[self.number % len(free)]
            self.actor = form.values.get("actor", "")
            self.browser.ask("/sit", form.values)

    def look(self) -> None:
        """Load the own seat."""
        self.browser.ask("/seat")

    def write(self, turn: int) -> None:
        """A draft, a cable and a forecast."""
        forms = self.browser.forms("/seat")
        for form in forms.to("/seat/cable"):
            words = f"Bot {self.number + 1} in turn {turn}: what do you see?"
            csrf = {"csrf": form.values["csrf"]}
            self.browser.ask("/seat/draft", {**csrf, "field": "cable.text", "text": words[:20]})
            to = form.offered["to"][(self.number + turn) % len(form.offered["to"])]
            self._send("cable", form, to=to, text=words)
        for form in forms.to("/seat/forecast"):
            if "probability" in form.values:
                self._send("", form, probability=str((7 * self.number + 13 * turn) % 101))

    def order(self, turn: int, offered: tuple[str, str]) -> None:
        """Hand in, or suggest where another has the pen: an order of the menu, another one each turn, or to wait.

        offered: the seat and the order of this turn's proposal, which may take the one time that it can be ordered.
        """
        for form in self.browser.forms("/seat").to("/seat/hand-in"):
            orders = [each for each in form.offered.get("order", []) if (self.actor, each) != offered]
            place = (self.number + turn) % (len(orders) + 1)
            chosen = {"order": orders[place : place + 1]}
            form.values.pop("order", None)
            what = "hand-in" if "hand-in" in form.offered["do"] else "suggest"
            self._send(what, form, **chosen, do=what)

    def offer(self, needs: str) -> str:
        """Offer the first order of the menu, which needs the consent of a seat; "" if it was not received."""
        for form in self.browser.forms("/seat").to("/seat/proposal"):
            if needs in form.offered.get("needs", ()):
                order = form.offered["order"][0]
                return order if self._send("proposal", form, order=order, needs=needs) else ""
        return ""

    def answer(self, how: str) -> bool:
        """Accept or refuse whatever was offered to this seat; whether anything was."""
        found = False
        for link in sorted({each for each in self.browser.forms("/seat").links if "/seat/proposal/" in each}):
            for form in self.browser.forms(link).to(f"/seat/{how}"):
                found |= self.browser.ask(form.action, form.values).good
        return found

    def follow(self) -> None:
        """The question of the debrief that the class is at."""
        self.browser.ask("/debrief")

    def vote(self) -> None:
        """Vote for an order to change."""
        for form in self.browser.forms("/debrief").to("/debrief/vote"):
            orders = form.offered.get("order", [])
            if orders:
                self.browser.ask(form.action, form.values | {"order": orders[self.number % len(orders)]})

    def predict(self) -> None:
        """Say what one expects of the change."""
        for form in self.browser.forms("/debrief").to("/debrief/predict"):
            self.browser.ask(form.action, form.values | {"probability": str((17 * self.number) % 101)})

    def _send(self, kind: str, form: Shown, **more: str | Sequence[str]) -> bool:
        """Send a form that has a token; what is received is noted."""
        received = self.browser.ask(form.action, form.values | more).good
        if received and kind:
            self.played.note(kind, form.values["token"])
        return received


class Rehearsal:
    """A class of `devices` phones."""

    def __init__(
        self,
        port: int,
        entry: str,
        devices: int,
        told: Told = lambda _: None,
        *,
        patience: float = 0.0,
        within: float = 0.0,
        debrief: bool = True,
    ) -> None:
        """port, entry: of the instructor's address, whose path holds the key.

        patience: seconds to wait for a server that is being started again. within: seconds within which all phones do
        what a class is told to do, each at a moment of its own. debrief: whether it is held.
        """
        self.played = Played()
        self.teacher = Browser(port, patience)
        self.phones: list[Phone] = []
        self.told = told
        self._entry, self._devices, self._patience, self._held = entry, devices, patience, debrief
        self._within, self._chance = within, Random(devices)

    @property
    def browsers(self) -> list[Browser]:
        """Everybody's."""
        return [self.teacher, *(phone.browser for phone in self.phones)]

    @property
    def times(self) -> list[tuple[float, str]]:
        """Milliseconds of every page and its path, ascending."""
        return sorted(each for browser in self.browsers for each in browser.times)

    @property
    def odd(self) -> list[str]:
        """Everything that was refused."""
        return [each for browser in self.browsers for each in browser.odd]

    def play(self, scenario: str) -> Played:
        """The whole class. Raises RuntimeError where it cannot begin or does not come to an end."""
        began = time.monotonic()
        self.seat(scenario)
        self._turns()
        if self._held:
            self._debrief()
        self.played.archive = self.teacher.ask("/teach/export").body
        self.played.seconds = time.monotonic() - began
        return self.played

    def seat(self, scenario: str) -> str:
        """Make the session, open its room, and let every phone join and sit; gives the code."""
        self._begin(scenario)
        code = self._code()
        self._all(Phone.join, code)
        self._all(Phone.sit)
        self.told(f"{len(self.phones)} phones have joined")
        return code

    def _all(self, act: Callable[..., Any], *given: Any) -> None:
        """All phones side by side."""

        def one(phone: Phone, moment: float) -> None:
            time.sleep(moment)
            act(phone, *given)

        with ThreadPoolExecutor(self._devices) as side_by_side:
            list(side_by_side.map(one, self.phones, [self._chance.uniform(0.0, self._within) for _ in self.phones]))

    def _begin(self, scenario: str) -> None:
        self.teacher.ask(self._entry)
        self.teacher.send(f"/teach/new?scenario={scenario}", "/teach/new")
        self.teacher.send("/teach", "/teach/room", address="127.0.0.1", do="open")
        self.teacher.send("/teach", "/teach/do/open")
        room = re.search(r"http://127\.0\.0\.1:(\d+)/", self.teacher.ask("/teach").page)
        if room is None:
            raise RuntimeError("the room could not be opened")
        played = self.played
        self.phones = [Phone(n, Browser(int(room[1]), self._patience), played) for n in range(self._devices)]

    def _code(self) -> str:
        code = re.search(r'<p class="code">([^<]+)', self.teacher.ask("/teach").page + self.teacher.ask("/wall").page)
        if code is None:
            raise RuntimeError("the class has no code")
        return code[1]

    # ------------------------------------------------------------------ turns

    def _turns(self) -> None:
        taken_back = False
        for step in count():
            if step > STEPS:
                raise RuntimeError("the class does not come to its debrief")
            forms = self.teacher.forms("/teach")
            if not forms.to("/teach/do/advance"):
                raise RuntimeError("the instructor cannot go on")
            at = forms.to("/teach/do/advance")[0].values.get("at", "")
            phase, _, turn = at.partition(" ")
            if phase == "debrief":
                return
            if phase == "deliberation":
                self._deliberate(int(turn), again=taken_back and int(turn) == TAKEN_BACK)
            elif phase == "reveal":
                self._all(Phone.look)
                self.teacher.ask("/wall")
                self.played.turns = max(self.played.turns, int(turn))
                if int(turn) == TAKEN_BACK and not taken_back:
                    taken_back = self.teacher.send("/teach", "/teach/do/undo")
                    continue
            self.teacher.send("/teach", "/teach/do/advance")

    def _deliberate(self, turn: int, again: bool) -> None:
        self.told(f"turn {turn}" + (" once more" if again else ""))
        self._steer(turn)
        self._all(Phone.write, turn)
        offered = self._propose(turn)
        self._all(Phone.order, turn, offered)
        self.teacher.ask("/teach")

    def _steer(self, turn: int) -> None:
        if turn == ACCEPTED:
            self.teacher.send("/teach", "/teach/do/pause")
            self.teacher.send("/teach", "/teach/do/resume")
            self.teacher.ask("/teach/odds")
        elif turn == REFUSED:
            self.teacher.send("/teach", "/teach/do/extend")
            self._inject(self.teacher.forms("/teach"))
        elif turn == LAPSES:
            self.teacher.send("/teach", "/teach/say", text="Five minutes are left.", do="send", to=[])

    def _inject(self, forms: Forms) -> None:
        for link in (each for each in forms.links if each.startswith("/teach/inject/")):
            for form in self.teacher.forms(link).to(link):
                if "send" in form.offered.get("do", ()):
                    self.teacher.ask(link, form.values | {"do": "send", "to": form.offered.get("to", [])})
                    return

    def _propose(self, turn: int) -> tuple[str, str]:
        """A seat offers, and what it needs of another is given, refused, or not answered; which seat, and what."""
        for phone, other in self._pairs() if turn in (ACCEPTED, REFUSED, LAPSES) else ():
            order = phone.offer(other.actor)
            if order:
                how = "accept" if turn == ACCEPTED else "refuse"
                beside = [each for each in self.phones if each.actor == other.actor] if turn != LAPSES else []
                any(each.answer(how) for each in beside)
                return phone.actor, order
        return "", ""

    def _pairs(self) -> Iterable[tuple[Phone, Phone]]:
        for phone in self.phones:
            for other in self.phones:
                if other.actor != phone.actor and phone.actor and other.actor:
                    yield phone, other

    # ------------------------------------------------------------------ the debrief

    def _debrief(self) -> None:
        self.told("debrief")
        for number in range(1, QUESTIONS + 1):
            if number > 1:
                self._lead(do="page", page=str(number))
            if number == WHAT_IF:
                self._vote()
            began = time.monotonic()
            answered = self._answered()
            if number == WHAT_IF and answered:
                self.played.what_if = time.monotonic() - began
            self.played.answered += answered
            self._all(Phone.follow)
        self.teacher.ask("/wall")
        self.played.file = self.teacher.ask("/teach/debrief.html").body

    def _vote(self) -> None:
        """The class votes for an order to change, and predicts before it is answered."""
        self._lead(do="vote")
        self._all(Phone.vote)
        for form in self.teacher.forms("/teach/debrief").to("/teach/debrief"):
            named = [each for each in form.offered.get("order", ()) if each]
            if named:
                self.teacher.ask("/teach/debrief", form.values | {"order": named[0], "do": "predict"})
        self._all(Phone.predict)
        self._lead(do="answer")

    def _lead(self, **step: str) -> None:
        """A step of the instructor in the debrief."""
        forms = self.teacher.forms("/teach/debrief").to("/teach/debrief")
        if forms:
            self.teacher.ask("/teach/debrief", {"csrf": forms[0].values["csrf"], **step})

    def _answered(self) -> bool:
        """Whether the question that the class is at is answered, sooner or later."""
        until = time.monotonic() + LONGEST
        while 'class="answer"' not in self.phones[0].browser.ask("/debrief").page:
            if time.monotonic() > until:
                return False
            time.sleep(SOONEST)
        return True
