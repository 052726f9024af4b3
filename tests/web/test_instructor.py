"""The instructor's pages steer a real session: every button does what it says, and nothing twice."""

import re
from html import unescape
from pathlib import Path

import pytest

from escalation.classroom.session import Session
from escalation.model.classroom import MOST_MINUTES
from escalation.web.text import text
from escalation.web.venue import Venue
from tests.web.stand import MADE, TestClient, sent, session_of, teacher, token_in, venue_in

FRAGMENTS = ("reach", "state", "seats", "world", "talk", "injects")


@pytest.fixture
def venue(tmp_path: Path) -> Venue:
    return venue_in(tmp_path)


@pytest.fixture
def client(venue: Venue) -> TestClient:
    return teacher(venue)


@pytest.fixture
def session(venue: Venue, client: TestClient) -> Session:
    return session_of(venue, client)


def advance(client: TestClient, session: Session) -> None:
    view = session.instructor_view()
    assert sent(client, "/teach/do/advance", at=f"{view.phase} {view.turn}").status_code == 200


def test_the_start_page_turns_green_when_a_phone_has_arrived(venue: Venue, client: TestClient) -> None:
    """Until then it names firewall and client isolation, and offers hotspot, hot seat and paper."""
    venue.room = "http://192.168.7.5:8322/"
    before = unescape(client.get("/teach/fragment/reach").text)
    for key in ("try", "firewall", "isolation", "hotspot", "hot_seat", "paper"):
        assert text(f"teach.reach.{key}", port=8322) in before
    venue.arrive()
    after = client.get("/teach/fragment/reach").text
    assert text("teach.reach.arrived") in after
    assert text("teach.reach.try") not in after


def test_the_qr_code_is_a_file_of_ours_that_holds_the_rooms_address(venue: Venue, client: TestClient) -> None:
    """It is an SVG without style or script; without a room there is none."""
    assert client.get("/teach/qr.svg").status_code == 404
    venue.room = "http://192.168.7.5:8322/"
    answer = client.get("/teach/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")
    assert not re.search(r"style|script|href", answer.text)


def test_a_session_is_made_with_the_options_of_the_form(venue: Venue, client: TestClient) -> None:
    """Minutes, the rule for late orders and who plays each seat are as chosen."""
    page = client.get("/teach/new?scenario=classroom").text
    fields = dict(re.findall(r'<input [^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page))
    fields |= {"minutes": "2.5", "late": "instructor", "seat.seoul": "human", "seat.kyiv": "bot"}
    policy = re.search(r'<select id="policy" name="policy">\s*<option value="([^"]*)"', page)
    fields["policy"] = policy[1] if policy else ""
    assert client.post("/teach/new", data=fields).status_code == 200
    assert venue.session is not None
    view = venue.session.instructor_view()
    assert (view.minutes, view.late) == (2.5, "instructor")
    assert {row.actor: row.who for row in view.seats} == {"seoul": "human", "kyiv": "bot"}


def test_a_number_that_is_none_is_refused_with_its_field(venue: Venue, client: TestClient) -> None:
    """The page names the field, and no session is made."""
    page = client.get("/teach/new?scenario=classroom").text
    fields = dict(re.findall(r'<input [^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page))
    answer = client.post("/teach/new", data=fields | {"seed": "many", "policy": "x"})
    assert answer.status_code == 409
    assert venue.session is None
    assert not venue.kept()


def test_a_second_tap_on_the_next_step_is_one_step(client: TestClient, session: Session) -> None:
    """The same form sent again finds that the class has gone on, and does nothing."""
    page = client.get("/teach").text
    form = {"csrf": token_in(page), "at": "lobby 0", "token": "one"}
    assert client.post("/teach/do/advance", data=form).status_code == 200
    phase = session.instructor_view().phase
    assert phase == "briefing"
    again = client.post("/teach/do/advance", data=form)
    assert session.instructor_view().phase == phase
    assert text("teach.moved") in again.text


def test_every_phase_of_a_turn_has_its_page_and_its_buttons(client: TestClient, session: Session) -> None:
    """From the lobby through a turn and back by undo: each page is there, and each region by itself."""
    sent(client, "/teach/do/open")
    seen = []
    for _ in range(6):
        page = client.get("/teach")
        assert page.status_code == 200
        for name in FRAGMENTS:
            assert client.get(f"/teach/fragment/{name}").status_code == 200
        seen.append(session.instructor_view().phase)
        advance(client, session)
    assert seen == ["lobby", "briefing", "deliberation", "locked", "reveal", "briefing"]
    assert client.get("/teach/odds").status_code == 200
    view = session.instructor_view()
    sent(client, "/teach/do/undo", at=f"{view.phase} {view.turn}")
    assert session.instructor_view().phase == "deliberation"


def test_the_clock_is_paused_resumed_and_extended(client: TestClient, session: Session) -> None:
    """Pause stops it, resume starts it, one more minute is sixty seconds."""
    advance(client, session)
    advance(client, session)
    sent(client, "/teach/do/pause")
    assert session.instructor_view().paused
    sent(client, "/teach/do/resume")
    deadline = session.instructor_view().deadline
    sent(client, "/teach/do/extend")
    after = session.instructor_view().deadline
    assert deadline is not None
    assert after is not None
    assert after - deadline == pytest.approx(60.0)


def test_locked_orders_are_opened_again(client: TestClient, session: Session) -> None:
    """By the button of the locked page, once: a second tap finds the class gone on."""
    for _ in range(3):
        advance(client, session)
    page = client.get("/teach").text
    assert text("teach.unlock") in page
    for _ in range(2):
        sent(client, "/teach/do/unlock", at="locked 1")
        assert session.instructor_view().phase == "deliberation"
    assert text("teach.unlock") not in client.get("/teach").text


def test_a_lesson_that_runs_out_of_time_still_has_its_debrief(client: TestClient, session: Session) -> None:
    """The button says what becomes of the turns that are left; the debrief's first page can be read at once."""
    assert text("teach.finish") not in client.get("/teach").text
    advance(client, session)
    page = client.get("/teach").text
    assert text("teach.finish_why") in unescape(page)
    sent(client, "/teach/do/finish", at="briefing 1")
    view = session.instructor_view()
    assert (view.phase, view.turn) == ("debrief", view.turns)
    assert client.get("/teach/debrief").status_code == 200
    assert text("teach.finish") not in client.get("/teach").text


def test_the_lobby_says_where_nobody_sits(client: TestClient, session: Session) -> None:
    """By name, with people who have no seat yet, until they sit."""
    device = session.join(session.open_room(0.0), "Ann", 0.0).id
    said = unescape(client.get("/teach/fragment/state").text)
    rows = session.instructor_view().seats
    assert text("teach.empty", seats=", ".join(row.name for row in rows if row.who == "human")) in said
    assert text("teach.standing", names="Ann") in said
    session.sit(device, rows[0].actor)
    said = unescape(client.get("/teach/fragment/state").text)
    assert rows[0].name not in said
    assert "Ann" not in said


def test_cables_are_closed_and_allowed(client: TestClient, session: Session) -> None:
    """The button says which, so that two taps do not undo one another."""
    advance(client, session)
    for word, is_open in (("no", False), ("no", False), ("yes", True)):
        sent(client, "/teach/do/cables", open=word)
        assert session.instructor_view().cables_open is is_open


def test_a_person_is_renamed_moved_given_a_new_link_and_removed(
    venue: Venue, client: TestClient, session: Session
) -> None:
    """Each from the page of that person; a hostile nickname is shown escaped."""
    code = session.open_room(0.0)
    device = session.join(code, "<b>Ann", 0.0).id
    path = f"/teach/person/{device}"
    page = client.get(path).text
    assert "<b>Ann" not in page
    assert "&lt;b&gt;Ann" in page
    sent(client, path, page=path, do="rename", nickname="Ann")
    sent(client, path, page=path, do="move", actor="kyiv")
    row = next(each for each in session.instructor_view().seats if each.actor == "kyiv")
    assert [each.nickname for each in row.people] == ["Ann"]
    venue.room = "http://192.168.7.5:8322/"
    answer = sent(client, path, page=path, do="revoke").text
    assert f'role="img" aria-label="{text("teach.link.qr")}"><svg' in answer
    link = re.search(r"http://192\.168\.7\.5:8322/link/(\w+)\.(\w+)", answer)
    assert link is not None
    assert venue.unsealed("link", f"{link[1]}.{link[2]}") == link[1]
    assert session.device_of(link[1]) == device
    sent(client, path, page=path, do="remove")
    assert client.get(path).status_code == 404


def test_the_instructor_plays_for_a_seat(client: TestClient, session: Session) -> None:
    """Orders ticked on the seat's page are that seat's, and the page says by whom."""
    advance(client, session)
    advance(client, session)
    page = client.get("/teach/seat/kyiv").text
    choice = re.search(r'name="order" value="([^"]+)"', page)
    assert choice is not None
    sent(client, "/teach/seat/kyiv", page="/teach/seat/kyiv", do="play", order=choice[1], token="t")
    row = next(each for each in session.instructor_view().seats if each.actor == "kyiv")
    cell = next(each for each in row.turns if each.handed_in)
    assert [each.choice for each in cell.orders or ()] == [choice[1]]
    sent(client, "/teach/seat/kyiv", page="/teach/seat/kyiv", do="who", who="computer")
    assert next(each.who for each in session.instructor_view().seats if each.actor == "kyiv") == "computer"


def test_an_inject_is_previewed_planned_sent_and_taken_back(client: TestClient, session: Session) -> None:
    """Its page shows what the seats will read; until somebody has, it can be taken back."""
    advance(client, session)
    assert "An offer." in client.get("/teach/inject/offer").text
    sent(client, "/teach/inject/offer", page="/teach/inject/offer", do="plan", turn="2")
    assert _inject(session, "offer").state == "planned"
    sent(client, "/teach/inject/offer", page="/teach/inject/offer", do="unplan")
    assert _inject(session, "offer").state == "offered"
    sent(client, "/teach/inject/offer", page="/teach/inject/offer", do="send", to="kyiv", token="t")
    line = _inject(session, "offer")
    assert (line.state, line.to) == ("sent", ("kyiv",))
    sent(client, "/teach/inject/offer", page="/teach/inject/offer", do="back", number=str(line.number))
    assert _inject(session, "offer").state == "offered"


def _inject(session: Session, name: str):  # type: ignore[no-untyped-def]
    return next(each for each in session.instructor_view().injects if each.id == name)


def test_a_message_of_ones_own_is_sent_only_after_its_preview(client: TestClient, session: Session) -> None:
    """The first form shows it, escaped; the second sends it, once for one token."""
    advance(client, session)
    said = "<i>Quiet</i>, please"
    preview = sent(client, "/teach/say", text=said, do="preview").text
    assert "&lt;i&gt;Quiet" in preview
    assert "<i>Quiet" not in preview
    assert said not in [each.text for each in session.instructor_view().injects]
    for _ in range(2):
        sent(client, "/teach/say", text=said, do="send", token="same")
    assert [each.text for each in session.instructor_view().injects].count(said) == 1
    assert "<i>Quiet" not in client.get("/teach").text


def test_a_session_left_is_continued_where_it_was(venue: Venue, client: TestClient, session: Session) -> None:
    """Its folder is let go, and its log brings back the phase."""
    advance(client, session)
    name = venue.name
    sent(client, "/teach/leave")
    assert venue.session is None
    assert name in client.get("/teach").text
    sent(client, "/teach/continue", name=name)
    assert venue.session is not None
    assert venue.session.instructor_view().phase == "briefing"


@pytest.mark.parametrize("name", ["../..", "/etc", "none", "2026/../x"])
def test_no_folder_but_a_kept_session_is_opened(client: TestClient, name: str) -> None:
    """A name that is none of the sessions listed is no page."""
    assert sent(client, "/teach/continue", name=name).status_code == 404


@pytest.mark.parametrize("path", ["/teach/fragment/none", "/teach/person/x'--", "/teach/seat/x"])
def test_what_is_not_there_is_told_plainly(client: TestClient, session: Session, path: str) -> None:
    """An unknown name in an address is 404, with a page."""
    answer = client.get(path)
    assert answer.status_code == 404
    assert text("refused.missing") in answer.text


def test_a_session_is_taken_out_and_deleted_after_a_question(
    venue: Venue, client: TestClient, session: Session
) -> None:
    """The archive is a file to keep; deleting asks first, then no word of the class is left in the folder."""
    session.join(session.open_room(0.0), "Rosalind", 0.0)
    answer = client.get("/teach/export")
    assert answer.content.startswith(b"PK")
    name = venue.name
    sent(client, "/teach/leave")
    sent(client, "/teach/kept", name=name, do="delete")
    assert name in venue.kept()
    assert "session.sqlite" in sent(client, "/teach/kept", name=name, do="delete", sure="yes").text
    assert venue.kept() == ()
    assert not any(b"Rosalind" in each.read_bytes() for each in venue.folder.rglob("*") if each.is_file())


def test_the_form_holds_minutes_to_the_limit_of_the_language(client: TestClient, venue: Venue) -> None:
    """What `check` refuses in a scenario the form refuses too, and says which is the most."""
    page = client.get("/teach/new?scenario=classroom").text
    assert f'max="{MOST_MINUTES}"' in page
    policy = venue.offers[0].exercise.scenario.policies[0].name
    fields = {"csrf": token_in(page), **MADE, "policy": policy}
    refused = client.post("/teach/new", data=fields | {"minutes": str(MOST_MINUTES + 1)})
    assert refused.status_code == 409
    assert f"from 0.5 to {MOST_MINUTES}" in refused.text
    assert client.post("/teach/new", data=fields | {"minutes": str(MOST_MINUTES)}).status_code == 200
