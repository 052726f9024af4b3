"""Where a class meets: the session at play, the folder it is kept in, the secret of its links, who has arrived."""

import asyncio
import hashlib
import hmac
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEAL = 32
"""Hexadecimal digits of a seal: 128 bits."""
TOWARDS = ("192.0.2.1", "10.254.254.254", "172.20.10.2", "192.168.0.254", "192.168.137.2", "10.42.0.2")
"""Addresses of the networks that schools, hotspots of laptops and of phones commonly use. Nothing is sent there."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A scenario that can be played. title: of the scenario. text: resolved YAML. exercise: its classroom."""

    name: str
    title: str
    text: str
    exercise: Any


@dataclass
class Venue:
    """What both listeners share. session: none until the instructor has made or opened one.

    arrived: pages that another machine than this one has fetched; a count, and nothing of who.
    """

    folder: Path
    offers: Sequence[Offer]
    make: Callable[[Path, str, Any, float], Any]
    options: Callable[..., Any]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    secret: bytes = b""
    session: Any = None
    name: str = ""
    room: str = ""
    arrived: int = 0
    noticed: int = 0
    wrong_codes: int = 0
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    open_door: Callable[[str], Any] | None = None
    close_door: Callable[[], Any] | None = None

    def __post_init__(self) -> None:
        self.secret = self.secret or secret_of(self.folder)

    def seal(self, kind: str, what: str) -> str:
        """A signature that only this folder's class can have made; a room's dies with its session."""
        said = f"{kind}\0{self.name if kind != 'teach' else ''}\0{what}".encode()
        return hmac.new(self.secret, said, hashlib.sha256).hexdigest()[:SEAL]

    def sealed(self, kind: str, what: str) -> str:
        """What is to travel, with its seal."""
        return f"{what}.{self.seal(kind, what)}"

    def unsealed(self, kind: str, text: str) -> str | None:
        """What travelled, or None if the seal is not ours."""
        what, _, seal = text.rpartition(".")
        return what if what and hmac.compare_digest(seal.encode(), self.seal(kind, what).encode()) else None

    def arrive(self) -> None:
        """A phone has fetched a page."""
        self.arrived += 1
        self.noticed += self.arrived == 1

    def revision(self, teacher: bool = False) -> int:
        """Rises with every change that pages show; the instructor's also with what no log keeps."""
        return (self.session.revision if self.session is not None else 0) + (self.noticed if teacher else 0)


def secret_of(folder: Path) -> bytes:
    """The folder's secret, made at the first use and readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


def own_addresses() -> tuple[str, ...]:
    """This machine's addresses on networks around it, the likeliest first; none without a network.

    Connecting a datagram socket sends nothing: it only asks which address would be used.
    """
    found: dict[str, None] = {}
    for towards in TOWARDS:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect((towards, 9))
                found[asking.getsockname()[0]] = None
            except OSError:
                continue
    return tuple(each for each in found if not each.startswith(("127.", "0.")))
