"""What every request must pass and every answer must carry: host, size, seal of the browser, headers."""

import asyncio
import secrets
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from escalation.web.text import text
from escalation.web.venue import Venue

LARGEST_PATH = 400
"""Characters. No page of ours has a longer one, and a number of thousands of digits is none."""
LARGEST_BODY = 64 * 1024
"""Bytes of a request's body."""
LARGEST_HEAD, MOST_HEADERS = 16 * 1024, 100
"""Bytes and lines of a request's head."""
BODY_SECONDS = 10.0
"""In which a body must have arrived."""
A_YEAR = 365 * 24 * 3600
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
KEY_BYTES = 16
TEACH = "teach"
READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser as this listener knows it. id: 32 hexadecimal digits, the key with which its device joins; `teach` is
    the instructor's. csrf: the token of its forms.
    """

    id: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Listener:
    """One door. name: `teach` or `room`. port: part of its cookie's name. hosts: what Host may say, in lower case."""

    name: str
    port: int
    hosts: frozenset[str]

    @property
    def cookie(self) -> str:
        """Cookies know no port, so two listeners of one machine need two names."""
        return f"escalation-{self.name}-{self.port}"


def listener_at(name: str, port: int, *names: str) -> Listener:
    """A listener that answers to these names and addresses at its port alone."""
    hosts = {f"{each}:{port}".lower() for each in names}
    return Listener(name, port, frozenset(hosts | {each.lower() for each in names if port == 80}))


class Guard:
    """Around an app: refuses what is forged or too large, names the browser, adds the headers to every answer."""

    def __init__(self, app: ASGIApp, venue: Venue, listener: Listener) -> None:
        self.app, self.venue, self.listener = app, venue, listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        visitor, new = self.visitor(headers)
        scope.setdefault("state", {})["visitor"] = visitor

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(message, visitor if new and self._keeps(scope) else None)
            await send(message)

        refused = self._refused(scope, headers)
        if refused is None and scope["method"] not in READS:
            whole = await _whole_body(receive, headers)
            refused, receive = (whole, receive) if isinstance(whole, Response) else (None, _again(whole, receive))
        await (refused or self.app)(scope, receive, answered)

    def visitor(self, headers: Headers) -> tuple[Visitor, bool]:
        """Whose browser this is, and whether it is new here."""
        known = self.venue.unsealed(self.listener.name, _cookie(headers, self.listener.cookie))
        name = known or secrets.token_hex(KEY_BYTES)
        return Visitor(name, self.venue.seal("csrf-" + self.listener.name, name)), known is None

    def _refused(self, scope: Scope, headers: Headers) -> Response | None:
        if len(headers.raw) > MOST_HEADERS or sum(len(name) + len(line) for name, line in headers.raw) > LARGEST_HEAD:
            return PlainTextResponse(text("refused.head"), 431, {"Connection": "close"})
        if len(scope["path"]) > LARGEST_PATH:
            return PlainTextResponse(text("refused.missing"), 404)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.listener.hosts:
            return PlainTextResponse(text("refused.host"), 400)
        if scope["method"] not in (*READS, "POST"):
            return PlainTextResponse(text("refused.method"), 405, {"Allow": "GET, HEAD, POST"})
        if scope["method"] == "POST" and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse(text("refused.elsewhere"), 403)
        return None

    def _keeps(self, scope: Scope) -> bool:
        # The instructor's browser is named by the key alone, and parts of a page name nobody.
        return self.listener.name != TEACH and scope["method"] == "GET" and is_page(scope["path"])

    def _add_headers(self, message: MutableMapping[str, object], visitor: Visitor | None) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in HEADERS.items():
            headers[name] = value
        headers.setdefault("Cache-Control", "no-store")
        if visitor is not None and self.listener.cookie + "=" not in "".join(headers.getlist("set-cookie")):
            value = self.venue.sealed(self.listener.name, visitor.id)
            headers.append("Set-Cookie", _cookie_line(self.listener.cookie, value))


def is_page(path: str) -> bool:
    """Whether a path is a page's, not that of a file, a stream or an icon."""
    return not path.startswith(("/static/", "/events", "/revision", "/favicon"))


def _cookie(headers: Headers, name: str) -> str:
    try:
        morsel = SimpleCookie("; ".join(headers.getlist("cookie"))).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _cookie_line(name: str, value: str) -> str:
    return f"{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={A_YEAR}"


def remember(response: Response, request: Request, who: str) -> None:
    """From this answer on the browser is `who`: the key of a device, or `teach`."""
    venue: Venue = request.app.state.venue
    listener: Listener = request.app.state.listener
    line = _cookie_line(listener.cookie, venue.sealed(listener.name, who))
    response.raw_headers.append((b"set-cookie", line.encode()))


async def follow_link(request: Request) -> Response:
    """GET /link/{sealed}: this browser goes on as the device that the link is for. A seal that is not ours is 404."""
    venue: Venue = request.app.state.venue
    key = venue.unsealed("link", request.path_params["sealed"])
    if key is None:
        raise HTTPException(404)
    back = RedirectResponse("/seat", 303)
    remember(back, request, key)
    return back


async def _whole_body(receive: Receive, headers: Headers) -> bytes | Response:
    """The body, never more of it in memory than is allowed; what is too long is let pass by and refused."""
    said = headers.get("content-length", "")
    kept = bytearray()
    long = said.isascii() and said.isdigit() and int(said[:18]) > LARGEST_BODY
    try:
        async with asyncio.timeout(BODY_SECONDS):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return PlainTextResponse("", 400)
                more = message.get("more_body", False)
                long = long or len(kept) + len(message.get("body", b"")) > LARGEST_BODY
                kept = bytearray() if long else kept + message.get("body", b"")
    except TimeoutError:
        return PlainTextResponse(text("refused.slow"), 408, {"Connection": "close"})
    return PlainTextResponse(text("refused.large"), 413, {"Connection": "close"}) if long else bytes(kept)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body already read, then whatever comes next."""
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


def visitor_of(request: Request) -> Visitor:
    """Whose browser asks."""
    visitor: Visitor = request.state.visitor
    return visitor


@dataclass
class Joins:
    """Bounds what a flood of joins can hold. A right code never waits for wrong ones: only their answers do.

    at_once: joins worked on together. waiting: those that wait for that, and wrong ones held back, at most.
    """

    at_once: int = 4
    waiting: int = 120
    inside: int = 0
    slowed: int = 0
    _turn: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turn = asyncio.Semaphore(self.at_once)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place to join in. Raises HTTPException 503 when too many are waiting already."""
        if self.inside >= self.waiting:
            raise HTTPException(503, text("refused.crowd"), {"Retry-After": "3"})
        self.inside += 1
        try:
            async with self._turn:
                yield
        finally:
            self.inside -= 1

    async def hold_back(self, seconds: float) -> None:
        """Wait before a wrong code is told, outside of `place`. Raises 429 at once when too many wait already."""
        if self.slowed >= self.waiting:
            raise HTTPException(429, text("refused.crowd"), {"Retry-After": "5"})
        self.slowed += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self.slowed -= 1
