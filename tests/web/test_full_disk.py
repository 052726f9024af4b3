"""The instructor's pages on a disk that takes not one byte more: what can be done is done, and the rest is refused."""

from html import unescape
from pathlib import Path

import pytest

from escalation.web.venue import Venue, secret_of
from tests.classroom.full_disk import no_room
from tests.web.stand import MADE, TestClient, sent, session_of, teacher, token_in, venue_in


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    return venue_in(tmp_path)


@pytest.fixture
def client(venue: Venue) -> TestClient:
    return teacher(venue)


def left(client: TestClient, venue: Venue) -> str:
    """The name of a session that was made and left."""
    session = session_of(venue, client)
    sent(client, "/teach/leave")
    return session.folder.name


def test_a_session_can_be_deleted_and_cannot_be_made_nameless(client: TestClient, venue: Venue) -> None:
    """The one needs room and is refused with nothing changed; the other needs none, and no file is left of it."""
    name = left(client, venue)
    files = sorted(each.name for each in venue.path_of(name).iterdir())
    with no_room():
        refused = sent(client, "/teach/kept", name=name, do="anonymise", sure="yes")
        assert refused.status_code == 409
        assert "Nothing was removed: the disk does not take it" in unescape(refused.text)
        assert sorted(each.name for each in venue.path_of(name).iterdir()) == files
        done = sent(client, "/teach/kept", name=name, do="delete", sure="yes")
    assert done.status_code == 200
    assert "removed session.sqlite" in done.text
    assert not venue.path_of(name).exists()
    assert name not in client.get("/teach").text


def test_a_session_that_cannot_be_made_leaves_no_folder(client: TestClient, venue: Venue) -> None:
    """One sentence says why, and the start page stays as it was."""
    page = client.get("/teach/new?scenario=classroom").text
    before = sorted(each.name for each in venue.folder.iterdir())
    policy = venue.offers[0].exercise.scenario.policies[0].name
    with no_room():
        refused = client.post("/teach/new", data={"csrf": token_in(page), **MADE, "policy": policy})
    assert refused.status_code == 409
    assert "No session was made: the disk does not take it (File too large)." in unescape(refused.text)
    assert sorted(each.name for each in venue.folder.iterdir()) == before
    assert venue.session is None


def test_a_session_can_be_left_and_no_old_note_says_that_it_goes_on(client: TestClient, venue: Venue) -> None:
    """Where no new note can be written a restart goes on with nothing, rather than with what was left."""
    session_of(venue, client)
    assert venue.current()[0] == venue.name
    with no_room():
        assert sent(client, "/teach/leave").status_code == 200
    assert venue.session is None
    assert venue.current() == ("", "")
    assert not list(venue.folder.glob("current*"))


def test_a_secret_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """The start fails with the system's reason, and the folder is as it was."""
    with no_room(), pytest.raises(OSError, match="File too large"):
        secret_of(tmp_path)
    assert list(tmp_path.iterdir()) == []
