"""A browser without script: it keeps cookies, reads the forms that a page shows, and sends them as they stand."""

import http.client
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

Fields = Mapping[str, str | Sequence[str]]
SECONDS = 20.0
"""For how long an answer is waited for."""
BETWEEN = 0.05
"""Seconds between two tries to reach a server that is away."""


@dataclass
class Shown:
    """A form of a page. action: where it goes. values: what stands in it. offered: boxes and buttons by name."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page, in its order, and where its links go."""

    def __init__(self, path: str, page: str) -> None:
        super().__init__()
        self.path, self.found, self.links, self._select, self._area = path, list[Shown](), list[str](), "", ""
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up a link, a form, or a field of one."""
        known = {name: value or "" for name, value in attrs}
        name, value = known.get("name", ""), known.get("value", "")
        if tag == "a" and "href" in known:
            self.links.append(known["href"])
        elif tag == "form":
            self.found.append(Shown(known.get("action") or self.path))
            self._open = True
        elif not self._open or "disabled" in known:
            return
        elif tag == "button" and name:
            self.found[-1].offered.setdefault(name, []).append(value)
        elif tag == "input" and known.get("type") in ("checkbox", "radio"):
            self.found[-1].offered.setdefault(name, []).append(value)
            if "checked" in known:
                self.found[-1].values[name] = value
        elif tag == "input" and name:
            self.found[-1].values[name] = value
        elif tag in ("select", "textarea"):
            self._select = name if tag == "select" else ""
            self._area = name if tag == "textarea" else ""
            if tag == "textarea":
                self.found[-1].values[name] = ""
        elif tag == "option" and ("selected" in known or self._select not in self.found[-1].values):
            self.found[-1].values[self._select] = value
            self.found[-1].offered.setdefault(self._select, []).append(value)
        elif tag == "option":
            self.found[-1].offered.setdefault(self._select, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        """A form ends, or a field of many lines."""
        if tag == "form":
            self._open = False
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        """What stands in a field of many lines."""
        if self._area:
            self.found[-1].values[self._area] += data

    def to(self, action: str) -> list[Shown]:
        """The forms that go to an address."""
        return [each for each in self.found if each.action.partition("?")[0] == action]


@dataclass
class Answer:
    """What came. status: of HTTP. again: tries that came to nothing before it, since nobody answered."""

    status: int
    body: bytes
    again: int = 0

    @property
    def page(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def good(self) -> bool:
        """A page, or on to another."""
        return self.status in (200, 204, 303)


@dataclass
class Browser:
    """One visitor of one listener of this machine.

    port: of the listener. patience: seconds for which it tries to reach a server that is away. waits: seconds for an
    answer. times: milliseconds and path of each page that was answered at the first try. odd: what was refused.
    """

    port: int
    patience: float = 0.0
    waits: float = SECONDS
    cookies: dict[str, str] = field(default_factory=dict)
    times: list[tuple[float, str]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    def ask(self, path: str, form: Fields | None = None) -> Answer:
        """A page, or a form sent. Raises OSError or HTTPException when nobody answers for longer than the patience."""
        began, again = time.monotonic(), 0
        while True:
            asked = time.perf_counter()
            try:
                answer = self._once(path, form)
                break
            except (OSError, http.client.HTTPException):
                if time.monotonic() - began > self.patience:
                    raise
                again += 1
                time.sleep(BETWEEN)
        answer.again = again
        if not again:
            self.times.append(((time.perf_counter() - asked) * 1000, urlsplit(path).path))
        if not answer.good and not again:
            words = " ".join(re.sub("<[^>]+>", " ", answer.page.partition("<main")[2]).split())
            self.odd.append(f"{urlsplit(path).path}: {answer.status} {words[:160]}")
        return answer

    def _once(self, path: str, form: Fields | None) -> Answer:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.waits)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        try:
            body = None if form is None else urlencode(form, doseq=True)
            asking.request("GET" if form is None else "POST", path, body, headers)
            answer = asking.getresponse()
            content = answer.read()
        finally:
            asking.close()
        for each in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(answer.status, content)

    def forms(self, path: str) -> Forms:
        """The forms of a page."""
        return Forms(path, self.ask(path).page)

    def send(self, path: str, action: str, **more: str | Sequence[str]) -> bool:
        """Fill in the first form of a page that goes to `action`; False when there is none or it was refused."""
        forms = self.forms(path).to(action)
        if not forms:
            self.odd.append(f"{path}: no form for {action}")
            return False
        return self.ask(action, forms[0].values | more).good
