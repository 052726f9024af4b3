"""A class rehearsed over real HTTP: bots fill in the forms that the pages show, as browsers would."""

import http.client
import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit


@dataclass
class Shown:
    """A form of a page: where it goes, what stands in it, and which orders it offers."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    orders: list[str] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page, in its order."""

    def __init__(self, path: str, page: str) -> None:
        super().__init__()
        self.path, self.found, self._select = path, list[Shown](), ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up a form or a field of one."""
        known = {name: value or "" for name, value in attrs}
        name, value = known.get("name", ""), known.get("value", "")
        if tag == "form":
            self.found.append(Shown(known.get("action") or self.path))
        elif self.found and tag == "input" and known.get("type") in ("checkbox", "radio"):
            if name == "order" and "disabled" not in known:
                self.found[-1].orders.append(value)
        elif self.found and tag == "input" and name:
            self.found[-1].values[name] = value
        elif tag == "select":
            self._select = name
        elif self.found and tag == "option" and ("selected" in known or self._select not in self.found[-1].values):
            self.found[-1].values[self._select] = value


@dataclass
class Browser:
    """One visitor of one listener. times: ms of each page; odd: every answer that was not expected."""

    port: int
    times: list[float]
    odd: list[str]
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """A page, or a form sent. Anything but 200 and 303 is noted."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        began = time.perf_counter()
        try:
            asking.request("GET" if form is None else "POST", path, form and urlencode(form), headers)
            answer = asking.getresponse()
            page = answer.read().decode()
        finally:
            asking.close()
        if form is None:
            self.times.append((time.perf_counter() - began) * 1000)
        for each in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status not in (200, 303):
            words = " ".join(re.sub("<[^>]+>", " ", page).split())
            self.odd.append(f"{urlsplit(path).path}: {answer.status} {words[:160]}")
        return answer.status, page

    def send(self, path: str, action: str, **more: str) -> bool:
        """Fill in the form of a page that goes to `action`; False when there is none or it was refused."""
        forms = [each for each in Forms(path, self.ask(path)[1]).found if each.action.partition("?")[0] == action]
        if not forms:
            self.odd.append(f"{path}: no form for {action}")
            return False
        return self.ask(action, forms[0].values | more)[0] == 303


def rehearse(port: int, entry: str, scenario: str, seats: int, times: list[float], odd: list[str]) -> list[str]:
    """Play a class to its debrief; the tokens of the orders that were acknowledged. entry: the path with the key."""
    teacher = Browser(port, times, odd)
    teacher.ask(entry)
    teacher.send(f"/teach/new?scenario={scenario}", "/teach/new")
    teacher.send("/teach", "/teach/room", address="127.0.0.1")
    teacher.send("/teach", "/teach/do/open")
    page = teacher.ask("/teach")[1]
    room = re.search(r"http://127\.0\.0\.1:(\d+)/", page)
    code = re.search(r'<p class="code">([^<]+)', page + teacher.ask("/wall")[1])
    if room is None or code is None:
        odd.append("/teach: no address or no code of the room")
        return []
    bots = [Browser(int(room[1]), times, odd) for _ in range(seats)]
    for number, bot in enumerate(bots):
        bot.send("/", "/join", code=code[1], nickname=f"Bot {number + 1}")
        free = [each for each in Forms("/seats", bot.ask("/seats")[1]).found if each.action == "/sit"]
        if free:
            bot.ask("/sit", free[number % len(free)].values)
    handed: list[str] = []
    for step in range(200):
        state = Forms("/teach", teacher.ask("/teach")[1]).found
        if not any(each.action == "/teach/do/advance" for each in state):
            break
        for bot in bots:
            handed += hand_in(bot, step)
        if bots[0].ask("/debrief")[0] == 200 and "vote" in bots[0].ask("/debrief")[1]:
            break
        teacher.send("/teach", "/teach/do/advance")
    return handed


def hand_in(bot: Browser, step: int) -> list[str]:
    """Hand in one order of the menu, a different one at each step; the token, when it was acknowledged."""
    forms = [each for each in Forms("/seat", bot.ask("/seat")[1]).found if each.action == "/seat/hand-in"]
    if not forms:
        return []
    form = forms[0]
    orders = {"order": form.orders[step % len(form.orders)]} if form.orders else {}
    return [form.values["token"]] if bot.ask(form.action, form.values | orders | {"do": "hand-in"})[0] == 303 else []
