"""The room's pages over the real session: joining, a seat, orders, cables, proposals, the wall, the debrief."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from escalation.web.room import room_routes
from escalation.web.room_words import inline
from tests.web.played import NOW, Answered, answers, to_phase, venue_of_lirath
from tests.web.stand import phone, token_in


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Any]:
    made = venue_of_lirath(tmp_path)
    yield made
    made.session.close()


def browser(venue: Any) -> Any:
    venue.debriefing = Answered()
    return phone(venue, *room_routes())


def seated(venue: Any, nickname: str, seat: int = 0) -> Any:
    """A phone that has joined by the form and sits."""
    code = venue.session.open_room(NOW)
    client = browser(venue)
    page = client.get("/").text
    client.post("/join", data={"csrf": token_in(page), "code": code, "nickname": nickname})
    sent(client, "/seats", "/sit", actor=venue.session.exercise.roles[seat].actor)
    return client


def sent(client: Any, page: str, path: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf": token_in(client.get(page).text), **fields})


def test_what_is_stored_is_said_before_anybody_joins(venue: Any) -> None:
    """The page with the code names what is kept, for how long, and that others can read plain HTTP."""
    venue.session.open_room(NOW)
    page = browser(venue).get("/").text
    assert "What is stored" in page
    assert "30 days" in page
    assert "others on this Wi-Fi can read" in page
    assert page.index("What is stored") < page.index('<button class="main">Join')


def test_a_form_of_joining_sent_twice_is_one_person(venue: Any) -> None:
    """A double tap, or a second try after a lost answer, is the same device."""
    code, client = venue.session.open_room(NOW), browser(venue)
    fields = {"csrf": token_in(client.get("/").text), "code": code.lower(), "nickname": "Ada"}
    answers = [client.post("/join", data=fields) for _ in range(2)]
    assert [each.url.path for each in answers] == ["/seats", "/seats"]
    assert len(venue.session.state.members) == 1


def test_a_wrong_code_is_told_beside_the_form_and_the_nickname_stays(venue: Any) -> None:
    """The sentence is an alert that the field names, and nothing typed is lost."""
    venue.session.open_room(NOW)
    answer = sent(browser(venue), "/", "/join", code="????", nickname="A <b>da")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "A &lt;b&gt;da" in answer.text


def test_a_reload_keeps_the_seat(venue: Any) -> None:
    """Whoever has joined comes to their seat from the first page too."""
    client = seated(venue, "Ada")
    assert client.get("/").url.path == "/seat"
    assert client.get("/seats").status_code == 200


def test_nobody_sees_a_seat_without_having_joined(venue: Any) -> None:
    """Pages lead to the code, regions and commands are refused."""
    client = browser(venue)
    assert client.get("/seat").url.path == "/"
    assert client.get("/seat/fragment/readings").status_code == 404
    venue.session.open_room(NOW)
    assert sent(client, "/", "/seat/cable", to="press", text="x").status_code >= 400


def test_orders_handed_in_twice_are_there_once(venue: Any) -> None:
    """One token is one hand-in, and the page says that it was received."""
    client = seated(venue, "Ada")
    to_phase(venue.session, "deliberation")
    page = client.get("/seat").text
    choice = venue.session.exercise.roles[0].choices[0]
    token = re.search(r'name="token" value="([^"]+)"', page)[1]  # type: ignore[index]
    fields = {"csrf": token_in(page), "token": token, "turn": "1", "order": choice, "do": "hand-in"}
    before = venue.session.state.number
    first, second = (client.post("/seat/hand-in", data=fields) for _ in range(2))
    assert "Received: your orders are handed in." in first.text
    assert second.status_code == 200
    assert venue.session.state.number == before + 1


def test_a_form_sent_again_with_something_else_in_it_is_another(venue: Any) -> None:
    """A page that the browser kept has an old token: a cable written on it anew is sent, the old one is not again."""
    client = seated(venue, "Ada")
    to_phase(venue.session, "deliberation")
    token = re.search(r'name="token" value="([^"]+)"', client.get("/seat").text)[1]  # type: ignore[index]
    to = venue.session.exercise.roles[1].actor
    for said in ("Come", "Come", "Go", "Come"):
        assert sent(client, "/seat", "/seat/cable", token=token, to=to, text=said).status_code == 200
    assert [each.text for each in venue.session.state.cables] == ["Come", "Go"]


def test_orders_that_were_replaced_are_not_told_to_be_received(venue: Any) -> None:
    """A press that comes again after the seat has ordered otherwise is told so, and changes nothing."""
    client = seated(venue, "Ada")
    to_phase(venue.session, "deliberation")
    choice = venue.session.exercise.roles[0].choices[0]
    token = re.search(r'name="token" value="([^"]+)"', client.get("/seat").text)[1]  # type: ignore[index]
    fields = {"token": token, "turn": "1", "do": "hand-in"}
    assert sent(client, "/seat", "/seat/hand-in", **fields, order=choice).status_code == 200
    assert sent(client, "/seat", "/seat/hand-in", turn="1", do="recall").status_code == 200
    before = venue.session.state.number
    answer = sent(client, "/seat", "/seat/hand-in", **fields, order=choice)
    assert answer.status_code == 409
    assert "has changed its orders since" in answer.text
    assert venue.session.state.number == before


def test_an_order_that_is_not_possible_now_is_received_with_a_warning(venue: Any) -> None:
    """It may become possible, so it is taken; the seat reads that it may be in vain. One that is possible has none."""
    client = seated(venue, "Ada")
    to_phase(venue.session, "deliberation")
    (device,) = venue.session.state.members
    menu = venue.session.seat_view(device).menu
    for possible in (True, False):
        choice = next(item.choice for item in menu if item.possible is possible)
        page = sent(client, "/seat", "/seat/hand-in", turn="1", do="hand-in", listed=choice, order=choice).text
        assert "Received: your orders are handed in." in page
        assert ("nothing is done in its place" in page) is not possible


def test_what_was_handed_in_stands_in_the_form_of_whoever_gets_the_pen(venue: Any) -> None:
    """Handing in again changes what is there; it does not begin with an empty form."""
    first, second = seated(venue, "Ada"), seated(venue, "Bo")
    to_phase(venue.session, "deliberation")
    choice = venue.session.exercise.roles[0].choices[0]
    sent(first, "/seat", "/seat/hand-in", turn="1", do="hand-in", listed=choice, order=choice)
    assert re.search(rf'value="{re.escape(choice)}" checked', second.get("/seat").text)


def test_a_draft_comes_back_in_the_form(venue: Any) -> None:
    """What was typed stands there again after a reload, also without any script."""
    client = seated(venue, "Ada")
    to_phase(venue.session, "deliberation")
    choice = venue.session.exercise.roles[0].choices[0]
    assert sent(client, "/seat", "/seat/draft", field="cable.text", text="We < they").status_code == 204
    sent(client, "/seat", "/seat/hand-in", turn="1", do="draft", listed=choice, order=choice)
    page = client.get("/seat").text
    assert "We &lt; they" in page
    assert re.search(rf'value="{re.escape(choice)}" checked', page)


def test_a_cable_reaches_the_other_seat_and_nobody_else(venue: Any) -> None:
    """It stands on the receiver's page and in the region that is fetched again, and not on a third page."""
    north, south, third = (seated(venue, name, place) for place, name in enumerate(("Ada", "Bo", "Cy")))
    to_phase(venue.session, "deliberation")
    sent(north, "/seat", "/seat/cable", to=venue.session.exercise.roles[1].actor, text="Meet us at the pass")
    assert "Meet us at the pass" in south.get("/seat/fragment/cables").text
    assert "Meet us at the pass" not in third.get("/seat").text
    assert "Meet us at the pass" not in browser(venue).get("/wall").text


def test_a_proposal_is_answered_on_a_page_of_its_own(venue: Any) -> None:
    """The region shows a link, the page behind it the forms, and the answer is told to both."""
    north, south = (seated(venue, name, place) for place, name in enumerate(("Ada", "Bo")))
    to_phase(venue.session, "deliberation")
    roles = venue.session.exercise.roles
    sent(north, "/seat", "/seat/proposal", order=roles[0].choices[0], needs=roles[1].actor)
    link = re.search(r'href="(/seat/proposal/(\d+))"', south.get("/seat/fragment/proposals").text)
    assert link is not None
    answer = sent(south, link[1], "/seat/accept", proposal=link[2])
    assert "Received: your answer is given." in answer.text
    assert "Accepted" in north.get("/seat/fragment/proposals").text


def test_a_forecast_takes_a_percent_sign_and_refuses_words(venue: Any) -> None:
    """35, 35 % and 35,5 are numbers; `likely` is answered with an example."""
    client = seated(venue, "Ada")
    to_phase(venue.session, "deliberation")
    assert sent(client, "/seat", "/seat/forecast", number="0", probability="35,5 %").status_code == 200
    assert "35.5" in client.get("/seat").text
    assert "such as 35" in sent(client, "/seat", "/seat/forecast", number="0", probability="likely").text


def test_the_pen_passes_on(venue: Any) -> None:
    """Whoever has it gives it; whoever has it not suggests, and may take it."""
    first, second = seated(venue, "Ada"), seated(venue, "Bo")
    to_phase(venue.session, "deliberation")
    assert "Suggest to Ada" in second.get("/seat").text
    sent(second, "/seat", "/seat/pen")
    assert "Suggest to Bo" in first.get("/seat").text


def test_the_wall_in_the_room_shows_no_code(venue: Any) -> None:
    """The code is shown on the teacher's own machine alone: a neighbour on the Wi-Fi does not get it by asking."""
    code = venue.session.open_room(NOW)
    assert code not in browser(venue).get("/wall").text


def test_the_clock_can_be_hidden(venue: Any) -> None:
    """A link hides it in this browser, also in what is fetched again, and another shows it."""
    client = seated(venue, "Ada")
    to_phase(venue.session, "deliberation")
    assert 'class="clock"' in client.get("/seat").text
    client.get("/clock/off")
    assert 'class="clock"' not in client.get("/seat/fragment/state").text


def test_the_debrief_waits_until_the_exercise_is_over(venue: Any) -> None:
    """Before the debrief none of its answers is given, and no question before the class has come to it."""
    client, session = seated(venue, "Ada"), venue.session
    assert "one of the likelier" not in client.get("/debrief").text
    to_phase(session, "debrief")
    assert "one of the likelier" in client.get("/debrief").text
    assert "one of the likelier" not in client.get("/debrief/2").text
    session.show_question(2)
    assert "Was it likely?" in client.get("/debrief").text
    assert "one of the likelier" in client.get("/debrief/2").text


def test_whoever_has_no_seat_finds_the_debrief(venue: Any) -> None:
    """Somebody who joined and never sat down is led there as soon as there is one, and not before."""
    client, session = seated(venue, "Ada"), venue.session
    session.move("d1", "", 1.0)
    assert 'href="/debrief"' not in client.get("/seats").text
    to_phase(session, "debrief")
    assert 'href="/debrief"' in client.get("/seat/fragment/roster").text
    assert client.get("/debrief").status_code == 200


def test_what_if_is_shown_once_predictions_are_closed(venue: Any) -> None:
    """A vote, then a prediction, then the answer: each form is there in its step alone."""
    client, session = seated(venue, "Ada"), venue.session
    to_phase(session, "debrief")
    role = session.exercise.roles[0]
    session.open_vote()
    page = client.get("/debrief").text
    assert 'action="/debrief/vote"' in page
    assert 'action="/debrief/predict"' not in page
    sent(client, "/debrief", "/debrief/vote", order=f"1 {role.actor} {role.choices[0]}")
    session.open_predictions(1, role.actor, role.choices[0])
    page = client.get("/debrief/5").text
    assert 'action="/debrief/vote"' not in page
    assert "one of the likelier" not in page
    sent(client, "/debrief/5", "/debrief/predict", probability="40")
    assert list(session.state.predictions.values()) == [40.0]
    assert "one of the likelier" not in client.get("/debrief/5").text
    session.show_answer()
    assert "one of the likelier" in client.get("/debrief/5").text


def test_a_device_that_never_joined_sees_nothing_of_the_debrief(venue: Any) -> None:
    """Neither its pages nor their parts, nor on the wall; whoever has joined sees it there too."""
    client, stranger = seated(venue, "Ada"), browser(venue)
    to_phase(venue.session, "debrief")
    assert stranger.get("/debrief").url.path == "/"
    assert stranger.get("/debrief/fragment/0/body").status_code == 404
    assert "one of the likelier" not in stranger.get("/wall").text
    assert "one of the likelier" in client.get("/wall").text
    assert "one of the likelier" in client.get("/wall/fragment/body").text


def test_a_chart_in_a_page_has_no_style_of_its_own() -> None:
    """The page's policy forbids inline styles, so a chart carries its looks as attributes."""
    drawn = inline(answers()[0].charts[0].drawing.svg)
    assert drawn.startswith("<svg")
    assert "style" not in drawn
    assert 'fill="' in drawn
