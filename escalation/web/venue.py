"""Where a class meets: the session at play, the folder it is kept in, the secret of its links, who has arrived."""

import asyncio
import hashlib
import hmac
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from escalation.classroom.unfinished import DELETED

if TYPE_CHECKING:
    from escalation.classroom.exercise import Exercise
    from escalation.classroom.session import Options, Session
    from escalation.reporting.class_debrief import Page

LOG, CURRENT = "session.sqlite", "current.json"
SECRET = 32
"""Bytes of a folder's secret."""
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
    exercise: "Exercise"


class Making(Protocol):
    """What makes the pages of a debrief."""

    def page(self, session: "Session", number: int) -> "Page | None":
        """A page, or None while it is worked out. Raises ValueError with a sentence when it cannot be."""
        ...

    def all(self, session: "Session") -> "tuple[Page, ...]":
        """Every page that there is; waits for them."""
        ...

    def look(self) -> None:
        """Begin what will be asked for."""
        ...


@dataclass
class Venue:
    """What both listeners share. session: none until the instructor has made or opened one.

    arrived: pages that another machine than this one has fetched; a count, and nothing of who. worked: pages of the
    debrief that were worked out. debriefing: what works them out.
    """

    folder: Path
    offers: Sequence[Offer]
    make: "Callable[[Path, Offer, Options, float], Session]"
    reopen: "Callable[[Path], Session]"
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    secret: bytes = field(default=b"", repr=False)
    session: "Session | None" = None
    name: str = ""
    room: str = ""
    arrived: int = 0
    noticed: int = 0
    wrong_codes: int = 0
    worked: int = 0
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    debriefing: "Making | None" = None
    open_door: Callable[[str], Awaitable[None]] | None = None
    close_door: Callable[[], Awaitable[None]] | None = None

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

    def path_of(self, name: str) -> Path:
        """The folder of a session."""
        return self.folder / name

    def kept(self) -> tuple[str, ...]:
        """The sessions of the folder, the newest first; also what is left of one whose deletion was interrupted."""
        names = {each.parent.name for log in (LOG, DELETED) for each in self.folder.glob(f"*/{log}")}
        return tuple(sorted(names, reverse=True))

    def tidied(self, now: float) -> tuple[str, ...]:
        """Finish deletions that were interrupted, and delete what its class was told would be; a line for each."""
        from escalation.classroom.retention import tidy

        return tuple(line for each in sorted(self.folder.iterdir()) if each.is_dir() for line in tidy(each, now))

    def begin(self, offer: Offer, options: "Options", now: float) -> None:
        """Make a session of a scenario and play it here. Raises what `make` raises."""
        name = _free_name(self.folder, f"{datetime.fromtimestamp(now):%Y-%m-%d}-{offer.name}")
        self.session = self.make(self.path_of(name), offer, options, now)
        self.name = name
        self.note_current()

    def resume(self, name: str) -> None:
        """Play a session of the folder again, as its log left it. Raises what `reopen` raises."""
        self.session = self.reopen(self.path_of(name))
        self.name = name
        self.note_current()

    def leave(self) -> None:
        """No session here any more; what it kept stays kept."""
        session, self.session, self.name = self.session, None, ""
        self.noticed += 1
        if session is not None:
            session.close()
        self.note_current()

    def note_current(self, address: str = "") -> None:
        """Write down what goes on where, so that a restart goes on there. address: "" leaves it as it was.

        Where the disk has no room for it there is no note, rather than an old one: a restart then goes on with nothing.
        """
        address = address or self.current()[1]
        path = self.folder / CURRENT
        fresh = path.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"session": self.name, "address": address}), encoding="utf-8")
            os.replace(fresh, path)
        except OSError:
            for each in (fresh, path):
                with suppress(OSError):
                    each.unlink()
        self.noticed += 1

    def current(self) -> tuple[str, str]:
        """The session last played and the address of its room; "" for none."""
        try:
            said = json.loads((self.folder / CURRENT).read_text(encoding="utf-8"))
            return str(said["session"]), str(said["address"])
        except (OSError, ValueError, KeyError, TypeError):
            return "", ""

    def arrive(self) -> None:
        """A phone has fetched a page."""
        self.arrived += 1
        self.noticed += self.arrived == 1

    def revision(self, teacher: bool = False) -> int:
        """Rises with every change that pages show; the instructor's also with what no log keeps."""
        known = self.session.revision if self.session is not None else 0
        return known + self.worked + (self.noticed if teacher else 0)


def _free_name(folder: Path, wish: str) -> str:
    return next(name for number in count(1) if not (folder / (name := f"{wish}-{number}")).exists())


def secret_of(folder: Path) -> bytes:
    """The folder's secret, made at the first use and readable by its owner alone; whole, or made anew."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret"
    if not path.is_file() or path.stat().st_size < SECRET:
        fresh = folder / f".secret-{secrets.token_hex(8)}"
        try:
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(SECRET))
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, path)
        except OSError:
            with suppress(OSError):
                fresh.unlink()
            raise
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
