"""A browser without a window, a socket or a thread: forms and pages asked of an app directly. It keeps its cookies."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

from tests.web.stand import token_in


@dataclass(frozen=True)
class Answer:
    """What came back. head: its headers, a line each."""

    status_code: int
    headers: Sequence[tuple[str, str]]
    text: str


@dataclass
class Browser:
    """One browser. runner: the loop that it shares with others. It follows no redirect."""

    app: ASGIApp
    host: str
    runner: asyncio.Runner
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def get(self, path: str) -> Answer:
        """A page."""
        return self.runner.run(self._ask("GET", path, b""))

    def post(self, path: str, **fields: str | Sequence[str]) -> Answer:
        """A form of this browser's, with its token."""
        self.csrf = self.csrf or token_in(self.get("/").text)
        return self.runner.run(self._ask("POST", path, urlencode({"csrf": self.csrf, **fields}, doseq=True).encode()))

    async def _ask(self, method: str, path: str, body: bytes) -> Answer:
        sent: list[Message] = []
        told = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return told.pop() if told else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        asked = path.partition("?")
        await self.app(
            {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": method,
                "scheme": "http",
                "path": asked[0],
                "raw_path": asked[0].encode(),
                "query_string": asked[2].encode(),
                "root_path": "",
                "headers": self._headers(method),
                "client": ("192.168.7.9", 5000),
                "server": (self.host.partition(":")[0], 8322),
            },
            receive,
            send,
        )
        headers = [(name.decode().lower(), value.decode()) for name, value in sent[0]["headers"]]
        for name, value in headers:
            if name == "set-cookie":
                key, _, kept = value.partition(";")[0].partition("=")
                self.cookies[key] = kept
        return Answer(sent[0]["status"], headers, b"".join(each.get("body", b"") for each in sent[1:]).decode())

    def _headers(self, method: str) -> list[tuple[bytes, bytes]]:
        lines = [(b"host", self.host.encode())]
        if self.cookies:
            lines.append((b"cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode()))
        if method == "POST":
            lines.append((b"content-type", b"application/x-www-form-urlencoded"))
        return lines
