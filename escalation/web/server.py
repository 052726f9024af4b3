"""One process with two listeners: the instructor's on this machine alone, the room's once the instructor opens it."""

import asyncio
import errno
import signal
import socket
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from escalation.classroom.refusals import Refused
from escalation.web.debriefing import Debriefing
from escalation.web.page import page
from escalation.web.security import Guard, Joins, Listener, follow_link, is_page, listener_at
from escalation.web.stream import Streams
from escalation.web.text import text
from escalation.web.venue import Venue

LOOPBACK = "127.0.0.1"
HERE = (LOOPBACK, "localhost")
STATIC = {"style.css": "text/css", "live.js": "text/javascript"}
MOST_CONNECTIONS = 500
"""Of one listener at once."""
FIRST_REQUEST = 10.0
"""Seconds in which a connection must have asked for something, and in which the head of any request must be whole."""
BACKLOG = 512
"""Connections that wait to be taken, and are taken at a time: each has a handle before it can be let go."""
HANDLES = 4096
"""Of files and connections: two listeners, what each takes at a time, and the logs."""
GRACE = 3
"""Seconds that requests under way have when the class ends."""


class Door(H11Protocol):
    """A connection that is dropped when it asks for nothing, asks without an end, or must make room for another.

    heard: when it last sent something or was answered, by the loop's clock.
    """

    waiting: asyncio.TimerHandle | None = None
    heard = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """One more. Where there are too many, the one goes that can best be spared: a browser connects anew."""
        super().connection_made(transport)
        self.heard = self.loop.time()
        self.waiting = self.loop.call_later(FIRST_REQUEST, self._drop_if_silent)
        inside = [each for each in self.connections if isinstance(each, Door) and not each.transport.is_closing()]
        if len(inside) > MOST_CONNECTIONS:
            min(inside, key=lambda each: (each._worth(self), each.heard)).transport.abort()

    def _worth(self, newest: "Door") -> int:
        """The least for one that asks for nothing; then one whose form is on its way, the newest, and one at work."""
        if self is newest:
            return 2
        if self._asks_nothing():
            return 0
        return 1 if self.cycle.more_body else 3

    def data_received(self, data: bytes) -> None:
        """Some bytes. The head of a request has its time from its first byte on, also on a connection used before."""
        super().data_received(data)
        self.heard = self.loop.time()
        if not self._asks_nothing():
            self._let_be()
        elif self.waiting is None:
            self.waiting = self.loop.call_later(FIRST_REQUEST, self._drop_if_silent)

    def on_response_complete(self) -> None:
        """It has been answered."""
        super().on_response_complete()
        self.heard = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        self._let_be()
        super().connection_lost(exc)

    def _asks_nothing(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _let_be(self) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
            self.waiting = None

    def _drop_if_silent(self) -> None:
        self.waiting = None
        if self._asks_nothing() and not self.transport.is_closing():
            self.transport.abort()


class Server(uvicorn.Server):
    """A listener; signals are answered once for all of them."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to the whole class."""
        yield


def static_route() -> Route:
    """The style sheet and the script, read once; no other file can be named."""
    kept = {name: files("escalation.web").joinpath("static", name).read_bytes() for name in STATIC}

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in kept:
            raise HTTPException(404)
        return Response(kept[name], media_type=STATIC[name], headers={"Cache-Control": "no-cache"})

    return Route("/static/{name}", static)


def app_of(venue: Venue, listener: Listener, routes: Sequence[BaseRoute]) -> Guard:
    """An app behind its guard. Its state: `venue`, `listener`, `streams`, `joins`."""
    streams = Streams(venue, teacher=listener.name == "teach")
    handlers = {HTTPException: _refusal, Refused: _refused, OSError: _disk, 500: _fault}
    own = [*streams.routes(), static_route(), Route("/favicon.ico", _no_icon)]
    if listener.name == "room":
        own.append(Route("/link/{sealed}", follow_link))
    inner = Starlette(routes=[*routes, *own], exception_handlers=handlers)
    inner.router.redirect_slashes = False
    inner.state.venue, inner.state.listener, inner.state.streams = venue, listener, streams
    inner.state.joins = Joins()
    venue.debriefing = venue.debriefing or Debriefing(venue)
    wrapped: ASGIApp = _Waiting(inner, venue) if listener.name == "room" else inner
    return Guard(wrapped, venue, listener)


class _Waiting:
    """Before there is a session the room shows that it was reached, and nothing else."""

    def __init__(self, app: Starlette, venue: Venue) -> None:
        self.app, self.venue = app, venue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a phone's page; then the page, or the one that asks for patience."""
        scope["app"] = self.app
        path = scope["path"]
        part = not is_page(path)
        client, server = scope.get("client"), scope.get("server")
        if not part and client and server and client[0] not in (LOOPBACK, server[0]):
            self.venue.arrive()
        if part or self.venue.session is not None:
            await self.app(scope, receive, send)
        else:
            status = 200 if path == "/" else 404
            await page(Request(scope), "reached.html", status)(scope, receive, send)


async def _no_icon(_: Request) -> Response:
    return Response(status_code=204)


async def _refusal(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, HTTPException)
    words = {404: "refused.missing", 405: "refused.method"}
    said = text(words[refused.status_code]) if refused.status_code in words else str(refused.detail)
    return _refused_page(request, said, refused.status_code, dict(refused.headers or {}))


def _refused_page(request: Request, said: str, status: int, headers: dict[str, str]) -> Response:
    answer = page(request, "refused.html", status, said=said, back="/teach" if _teaches(request) else "/")
    answer.headers.update(headers)
    return answer


async def _refused(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)
    return _refused_page(request, refused.sentence, 409, {})


DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)
"""No room, or no leave to write."""


async def _disk(request: Request, error: Exception) -> Response:
    """A disk without room, or one that may not be written, is no fault of ours; anything else is."""
    assert isinstance(error, OSError)
    if error.errno not in DISK:
        raise error
    return _refused_page(request, text("refused.disk", why=error.strerror), 409, {})


async def _fault(request: Request, _: Exception) -> Response:
    return _refused_page(request, text("refused.fault"), 500, {})


def _teaches(request: Request) -> bool:
    listener: Listener = request.app.state.listener
    return listener.name == "teach"


def listening(address: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError when the address is not ours or the port is taken."""
    asking = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        asking.bind((address, port))
    except OSError:
        asking.close()
        raise
    return asking


def allow_handles() -> None:
    """As many handles as a full house needs, where the system lets us have them; some begin with 256."""
    try:
        import resource
    except ImportError:
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = HANDLES if most == resource.RLIM_INFINITY else min(HANDLES, most)
    if now < wished:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wished, most))


def _server(app: ASGIApp) -> Server:
    return Server(
        uvicorn.Config(
            app,
            http=Door,
            ws="none",
            lifespan="off",
            loop="asyncio",
            access_log=False,
            log_config=None,
            # What is sent to us broken is told to whoever sent it; the terminal is the instructor's.
            log_level="error",
            backlog=BACKLOG,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            h11_max_incomplete_event_size=16 * 1024,
            timeout_keep_alive=20,
            timeout_graceful_shutdown=GRACE,
        )
    )


class House:
    """The two listeners of one class. room_routes, teach_routes: what their apps answer."""

    def __init__(
        self, venue: Venue, room_port: int, teach_routes: Sequence[BaseRoute], room_routes: Sequence[BaseRoute]
    ) -> None:
        self.venue, self.room_port = venue, room_port
        self.teach_routes, self.room_routes = teach_routes, room_routes
        self.servers: list[tuple[Server, asyncio.Task[None]]] = []
        self.room: list[tuple[Server, asyncio.Task[None]]] = []
        self.address = ""
        venue.open_door, venue.close_door = self.open_room, self.close_room

    async def open_room(self, address: str) -> None:
        """Listen to the room at an address of this machine. Raises OSError when that cannot be done."""
        if self.venue.room and self.address == address:
            return
        await self.close_room()
        asking = listening(address, self.room_port)
        port = asking.getsockname()[1]
        names = (address, *HERE) if address == LOOPBACK else (address,)
        app = app_of(self.venue, listener_at("room", port, *names), self.room_routes)
        self.room, self.address = [await self._start(app, asking)], address
        self.venue.note_current(address)
        self.venue.room = f"http://{f'[{address}]' if ':' in address else address}:{port}/"

    async def close_room(self) -> None:
        """No page for the room any more."""
        self.venue.room = ""
        for server, _ in self.room:
            server.should_exit = True
        self.room = []

    async def _start(self, app: ASGIApp, asking: socket.socket) -> tuple[Server, asyncio.Task[None]]:
        server = _server(app)
        task = asyncio.create_task(server.serve(sockets=[asking]))
        self.servers.append((server, task))
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        return server, task

    async def serve(self, asking: socket.socket, ready: Callable[[str], None]) -> None:
        """Until a signal, or until the venue closes. ready: told the instructor's address with its key."""
        port = asking.getsockname()[1]
        app = app_of(self.venue, listener_at("teach", port, *HERE), self.teach_routes)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError, NotImplementedError, RuntimeError):
                loop.add_signal_handler(number, self.venue.closing.set)
        await self._start(app, asking)
        ready(f"http://{LOOPBACK}:{port}/teach?key={self.venue.key}")
        keeping_time = asyncio.create_task(keep_time(self.venue))
        await self.venue.closing.wait()
        keeping_time.cancel()
        for server, _ in self.servers:
            server.should_exit = True
        await asyncio.gather(*(task for _, task in self.servers), keeping_time, return_exceptions=True)


async def keep_time(venue: Venue) -> None:
    """Look at the session's clock once a second, so that a deadline passes even when nobody asks."""
    while True:
        await asyncio.sleep(1.0)
        if venue.session is not None:
            # A disk that is full now, or a session that was just left, is no reason never to look again.
            with suppress(Refused):
                await asyncio.to_thread(venue.session.tick, time.time())
                if venue.debriefing is not None:
                    await asyncio.to_thread(venue.debriefing.look)
