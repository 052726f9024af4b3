"""The stream tells revision numbers and nothing else; one a browser; others ask for the number."""

import asyncio
import re
from pathlib import Path

from escalation.web.stream import BEAT, Streams
from tests.web.stand import phone, session_of, teacher, venue_in


def test_the_stream_tells_each_new_revision_and_nothing_else(tmp_path: Path) -> None:
    """First the present number, then every one that it becomes; then the end when the class closes."""
    venue = venue_in(tmp_path)
    session = session_of(venue, teacher(venue))

    first = session.revision

    async def listen() -> list[str]:
        streams, lines = Streams(venue), []
        streams.open.add("one")
        async for line in streams.lines("one"):
            lines.append(line)
            if line == f"data: {first}\n\n":
                session.open_room()
            elif line == f"data: {first + 1}\n\n":
                asyncio.get_running_loop().call_later(0.5, venue.closing.set)
        assert streams.open == set()
        return lines

    lines = asyncio.run(listen())
    assert lines == ["retry: 2000\n\n", f"data: {first}\n\n", f"data: {first + 1}\n\n"]
    assert all(re.fullmatch(r"(retry|data): \d+\n\n", each) for each in lines)


def test_what_changes_while_the_first_stream_begins_is_told_at_once(tmp_path: Path) -> None:
    """Between the number that the stream read and the first look of the watch it starts: not only at the next beat."""
    venue = venue_in(tmp_path)
    session = session_of(venue, teacher(venue))

    async def listen() -> list[str]:
        async def change() -> None:
            session.open_room()

        changing = asyncio.create_task(change())  # Runs when the stream first waits, and its watch after that.
        streams = Streams(venue)
        streams.open.add("one")
        lines = streams.lines("one")
        async with asyncio.timeout(BEAT / 2):
            found = [await anext(lines) for _ in range(3)]
        await changing
        return found

    first = session.revision
    assert asyncio.run(listen()) == ["retry: 2000\n\n", f"data: {first}\n\n", f"data: {first + 1}\n\n"]


def test_a_second_stream_of_one_browser_is_refused_and_may_ask_instead(tmp_path: Path) -> None:
    """The second is 204, after which a browser does not try again; the number is there for the asking."""
    venue = venue_in(tmp_path)
    session = session_of(venue, teacher(venue))
    client = phone(venue)
    client.get("/nothing")
    name = client.cookies["escalation-room-8322"].partition(".")[0]
    streams = client.app.app.app.state.streams  # type: ignore[attr-defined]
    streams.open.add(name)
    assert client.get("/events").status_code == 204
    assert client.get("/revision").json() == {"revision": session.revision}
    streams.open.clear()
    streams.most = 0
    assert client.get("/events").status_code == 204


def test_the_instructors_number_rises_when_a_phone_arrives(tmp_path: Path) -> None:
    """The start page learns of the first phone though no log keeps it; the room's number stays."""
    venue = venue_in(tmp_path)
    before = venue.revision(teacher=True), venue.revision()
    venue.arrive()
    assert venue.revision(teacher=True) == before[0] + 1
    assert venue.revision() == before[1]
