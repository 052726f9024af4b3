"""News for open pages: a stream of revision numbers, one a browser, or the number alone for whoever asks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from escalation.web.security import visitor_of
from escalation.web.venue import Venue

LOOK = 0.2
"""Seconds between two looks at the revision; one look serves every stream."""
BEAT = 15.0
"""Seconds after which a silent stream says that it lives."""


@dataclass
class Streams:
    """The open streams of one listener. most: of them at once."""

    venue: Venue
    teacher: bool = False
    most: int = 250
    open: set[str] = field(default_factory=set)
    watcher: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def revision(self) -> int:
        """What this listener's pages follow."""
        return self.venue.revision(self.teacher)

    async def _watch(self) -> None:
        # Whatever the number is at the first look: it may have risen since the stream that began this watch read it.
        seen: int | None = None
        while self.open:
            await asyncio.sleep(LOOK)
            if self.revision() != seen or self.venue.closing.is_set():
                seen = self.revision()
                self.changed.set()
                self.changed = asyncio.Event()

    async def lines(self, who: str) -> AsyncIterator[str]:
        """The stream of one browser: its number now, then each new one, until the class closes."""
        try:
            if self.watcher is None or self.watcher.done():
                self.watcher = asyncio.create_task(self._watch())
            sent: int | None = None
            yield "retry: 2000\n\n"
            while not self.venue.closing.is_set():
                changed, now = self.changed, self.revision()
                if now != sent:
                    sent = now
                    yield f"data: {now}\n\n"
                    continue
                try:
                    await asyncio.wait_for(changed.wait(), BEAT)
                except TimeoutError:
                    yield ":\n\n"
        finally:
            self.open.discard(who)

    def routes(self) -> list[Route]:
        """GET /events and GET /revision."""
        return [Route("/events", self.events), Route("/revision", self.number)]

    async def events(self, request: Request) -> Response:
        """A stream, or 204 (which a browser does not try again) if this browser has one or there are too many."""
        who = visitor_of(request).id
        if who in self.open or len(self.open) >= self.most:
            return Response(status_code=204)
        self.open.add(who)
        return _Stream(self, who)

    async def number(self, _: Request) -> Response:
        """The revision alone."""
        return JSONResponse({"revision": self.revision()})


class _Stream(StreamingResponse):
    """Gives its place back even if the browser went before the first line."""

    def __init__(self, streams: Streams, who: str) -> None:
        super().__init__(streams.lines(who), media_type="text/event-stream")
        self.streams, self.who = streams, who

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        """Send until either side ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.streams.open.discard(self.who)
