"""`escalation serve`: the pages of a class, from this machine, until Ctrl-C."""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from escalation.classroom.exercise import NoClassroom, exercise_of
from escalation.classroom.session import Options, Session
from escalation.cli.exits import Exit
from escalation.cli.reading import read_or_exit
from escalation.experiments.run_lock import RunLock
from escalation.language.resolve import Resolved
from escalation.web import instructor
from escalation.web.room import room_routes
from escalation.web.server import LOOPBACK, House, allow_handles, listening
from escalation.web.venue import Offer, Venue


@dataclass(frozen=True)
class Service:
    """What was asked for. port, room_port: 0 lets the system choose. folder: where sessions are kept."""

    files: tuple[Path, ...]
    overlays: tuple[Path, ...]
    sets: tuple[str, ...]
    port: int
    room_port: int
    folder: Path


def serve(asked: Service) -> int:
    """Print the instructor's address with its key, and answer until a signal comes."""
    offers = []
    for file in asked.files:
        resolved = read_or_exit(file, asked.overlays, asked.sets)
        try:
            offers.append(offer_of(file, resolved))
        except NoClassroom as lacking:
            print(f"{file}: {lacking}", file=sys.stderr)
            return Exit.WRONG_USAGE
    asked.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = RunLock(asked.folder)
    if not lock.take():
        whose = f"{lock.holder()} serves the sessions in {asked.folder} already"
        print(f"escalation: {whose}; end that one, or say another --folder", file=sys.stderr)
        return Exit.WRONG_USAGE
    try:
        return _serve_from(asked, distinct(offers))
    finally:
        lock.release()


def _serve_from(asked: Service, offers: tuple[Offer, ...]) -> int:
    try:
        asking = listening(LOOPBACK, asked.port)
    except OSError as error:
        print(f"escalation: port {asked.port} cannot be had ({error.strerror}); try --port 0", file=sys.stderr)
        return Exit.WRONG_USAGE
    allow_handles()
    asyncio.run(_until_the_end(asked, offers, asking))
    return Exit.DONE


def offer_of(file: Path, resolved: Resolved) -> Offer:
    """A scenario as the instructor may choose it. Raises NoClassroom."""
    exercise = exercise_of(resolved.scenario)
    return Offer(file.stem, exercise.title, resolved.text, exercise)


def distinct(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """Offers by names of their own, even if files of two folders have one name."""
    named: dict[str, Offer] = {}
    for each in offers:
        name = each.name if each.name not in named else f"{each.name}-{len(named) + 1}"
        named[name] = Offer(name, each.title, each.text, each.exercise)
    return tuple(named.values())


def make_session(path: Path, offer: Offer, options: Options, now: float) -> Session:
    """A new session in a folder of its own."""
    return Session.create(path, offer.exercise, offer.text, options, now)


async def _until_the_end(asked: Service, offers: tuple[Offer, ...], asking: socket) -> None:
    venue = Venue(asked.folder, offers, make_session, Session.open)
    house = House(venue, asked.room_port, instructor.routes(), room_routes())
    for line in venue.tidied(time.time()):
        print(line, file=sys.stderr)
    await _go_on(venue, house)
    try:
        await house.serve(asking, tell)
    finally:
        if venue.session is not None:
            venue.session.close()


async def _go_on(venue: Venue, house: House) -> None:
    """After an end by force the same class goes on at the same address, without a word from anybody."""
    name, address = venue.current()
    if name not in venue.kept():
        return
    try:
        await asyncio.to_thread(venue.resume, name)
    except (ValueError, OSError) as error:
        print(f"escalation: {name} cannot be continued: {error}", file=sys.stderr)
        return
    print(f"going on with {name}", file=sys.stderr)
    if address:
        try:
            await house.open_room(address)
        except OSError as error:
            print(f"escalation: the room cannot be opened at {address}: {error.strerror}", file=sys.stderr)


def tell(address: str) -> None:
    """The one line that is printed."""
    print(f"The instructor's page, for this computer alone: {address}", flush=True)
    print("Ctrl-C ends; what the class did is kept.", file=sys.stderr)
