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
        elif self.found and tag == "option" and self._select:
            if "selected" in known or self._select not in self.found[-1].values:
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
