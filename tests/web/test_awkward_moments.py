"""Moments at which a class could lose an order, or carry it out twice, in a real browser."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from escalation.classroom.log import Entry
from escalation.web.text import text
from tests.web.a_class import EIGHT, ordered
from tests.web.disturbances import asleep, away, sent
from tests.web.phones import SEND, Browsers, Phone
from tests.web.played import NOW, served, to_phase, venue_of


@dataclass
class Turn:
    """A class in its first deliberation: two phones at Arden's seat, the first with the pen, and one at Borga's."""

    session: Any
    base: str
    browsers: Browsers
    ann: Phone
    bo: Phone
    cy: Phone

    def entries(self, kind: str) -> list[Entry]:
        """What the log has of one kind."""
        return [each for each in self.session.log.entries() if each.kind == kind]

    def device(self, nickname: str) -> str:
        """The device of a person."""
        return next(each.id for each in self.session.state.members.values() if each.nickname == nickname)


def phone_at(base: str, browsers: Browsers, nickname: str, scripted: bool = True) -> Phone:
    """A phone with nobody's cookies."""
    context = browsers.context(java_script_enabled=scripted)
    return Phone(base, nickname, context, context.new_page(), scripted)


@pytest.fixture
def turn(browser: Any, tmp_path: Path) -> Iterator[Turn]:
    venue, browsers = venue_of(EIGHT, tmp_path), Browsers(browser)
    session = venue.session
    with served(venue) as base:
        code = session.open_room(NOW)
        phones = [phone_at(base, browsers, name) for name in ("Ann", "Bo", "Cy")]
        for phone, (actor, name) in zip(phones, (("arden", "Arden"),) * 2 + (("borga", "Borga"),), strict=True):
            phone.join(code)
            phone.sit(actor, name)
        to_phase(session, "deliberation")
        for phone in phones:
            phone.load()
        yield Turn(session, base, browsers, *phones)
        browsers.close()
    session.close()
    assert browsers.outside == []


def test_a_press_without_a_network_sends_nothing_and_loses_nothing(turn: Turn) -> None:
    """What is typed stays on the page, the page says so, and once there is a network again one press hands in once."""
    ann = turn.ann
    ann.fill_orders("4")
    ann.context.set_offline(True)
    ann.page.click(SEND["hand-in"])
    ann.page.locator(".link.away").wait_for()
    assert text("app.offline") in ann.page.locator(".link.away").inner_text()
    assert ann.page.input_value("#order-arden_arms-levies") == "4"
    assert turn.entries("handed in") == []
    ann.context.set_offline(False)
    ann.page.locator(".link.away").wait_for(state="detached")
    sent(ann, "hand-in")
    assert [ordered(each) for each in turn.entries("handed in")] == [[("arden_arms", {"levies": "4"})]]


def test_what_is_typed_stays_while_the_class_goes_on_around_it(turn: Turn) -> None:
    """A cable arrives and the deadline is moved: the regions are new, the text and the place in it are as they were."""
    page = turn.ann.page
    page.click("#cable-text")
    page.keyboard.type("We would rather")
    turn.session.cable(turn.device("Cy"), ["arden"], "Open your market", now=NOW)
    turn.session.extend(1, time.time())
    page.locator("text=Open your market").wait_for()
    assert page.evaluate("document.activeElement.id") == "cable-text"
    page.keyboard.type(" wait")
    assert page.input_value("#cable-text") == "We would rather wait"
    page.locator("#cable-text[data-unsaved='']").wait_for()
    assert page.locator(f"text={text('draft.saved')}").count()
    page.reload()
    assert page.input_value("#cable-text") == "We would rather wait"


def test_ten_tabs_of_one_phone_are_all_live(turn: Turn) -> None:
    """More tabs than a browser has connections: each tells a step by itself, also when the first is shut."""
    tabs = [turn.cy.page, *(turn.cy.context.new_page() for _ in range(9))]
    for tab in tabs[1:]:
        tab.goto(f"{turn.base}/seat")
    to_phase(turn.session, "locked")
    for tab in tabs:
        turn.cy.here("locked", 1, tab)
    tabs.pop(0).close()
    to_phase(turn.session, "briefing", 2)
    for tab in tabs:
        turn.cy.here("briefing", 2, tab)


def test_a_phone_that_nobody_touches_follows_its_class(turn: Turn) -> None:
    """Each phase's own page by itself, forms and all; then the debrief, and its vote once that is open."""
    page, session = turn.cy.page, turn.session
    for phase, number in (("locked", 1), ("reveal", 1), ("briefing", 2), ("deliberation", 2)):
        to_phase(session, phase, number)
        page.locator(f"[data-follow][data-when-phase-changes='{phase} {number}']").wait_for(state="attached")
        assert page.locator(SEND["hand-in"]).count() == (phase == "deliberation")
        assert page.url == f"{turn.base}/seat"
    session.finish(NOW)
    page.wait_for_url("**/debrief")
    for number in range(2, 6):
        session.show_question(number, NOW)
    session.open_vote(NOW)
    page.locator("form[action='/debrief/vote']").wait_for()
    session.show_question(6, NOW)
    page.locator("form[action='/debrief/vote']").wait_for(state="detached")
    session.undo(NOW)
    page.wait_for_url("**/seat")
    assert page.locator(SEND["hand-in"]).count() == 1


def test_a_phone_that_is_moved_or_on_a_proposal_has_its_own_page_by_itself(turn: Turn) -> None:
    """Another seat's page, header and menu; from a proposal's page to the seat's once the class goes on."""
    session, cy = turn.session, turn.cy
    number = session.offer(turn.device("Ann"), "arden_trades", {}, ["borga"], "o", NOW).number
    cy.page.goto(f"{turn.base}/seat/proposal/{number}")
    session.move(turn.device("Bo"), "cathe", NOW)
    turn.bo.page.locator("h1", has_text="Cathe").wait_for()
    assert turn.bo.page.locator("#main [name=order][value=cathe_arms]").count()
    assert not turn.bo.page.locator("#main [name=order][value=arden_arms]").count()
    to_phase(session, "locked")
    cy.page.wait_for_url("**/seat")


def test_a_phone_whose_text_is_saved_follows_and_keeps_it(turn: Turn) -> None:
    """With its cable half written and put aside it goes on to what happened; the text stands in the form again."""
    page = turn.ann.page
    page.fill("#cable-text", "We would rather")
    to_phase(turn.session, "locked")
    page.locator("[data-follow]:not([hidden])").wait_for()
    assert page.input_value("#cable-text") == "We would rather"
    page.evaluate("document.activeElement.blur()")
    to_phase(turn.session, "deliberation", 2)
    page.locator("[data-follow][data-when-phase-changes='deliberation 2']").wait_for(state="attached")
    assert page.input_value("#cable-text") == "We would rather"


def test_the_deadline_passes_while_somebody_types(turn: Turn) -> None:
    """The page says that the class has moved on, the press is refused with the reason, and nothing is handed in."""
    ann = turn.ann
    ann.fill_orders("4")
    assert turn.session.tick(turn.session.state.deadline)
    ann.page.locator(f"text={text('seat.changed')}").wait_for()
    assert ann.page.input_value("#order-arden_arms-levies") == "4"
    ann.page.click(SEND["hand-in"])
    ann.page.locator("[role=alert]", has_text="Orders are not open now.").wait_for()
    assert turn.entries("handed in") == []
    ann.page.click(f"text={text('app.back')}")
    ann.here("locked", 1)


@pytest.mark.parametrize("scripted", [True, False])
def test_the_pen_is_taken_while_somebody_hands_in(turn: Turn, scripted: bool) -> None:
    """The press says who has the pen; the ticks stand there still, and with the pen back one press hands in once."""
    phone = turn.ann
    if not scripted:
        cookies = phone.context.cookies()
        phone = phone_at(turn.base, turn.browsers, "Ann", scripted=False)
        phone.actor, phone.name = "arden", "Arden"
        phone.context.add_cookies(cookies)
        phone.load()
    phone.fill_orders("4")
    turn.session.take_pen(turn.device("Bo"))
    phone.page.click(SEND["hand-in"])
    phone.page.locator("[role=alert]", has_text="Bo has the pen of this seat.").wait_for()
    phone.page.click(f"text={text('app.back')}")
    phone.page.click("form[action='/seat/pen'] button")
    phone.told("pen")
    assert phone.page.is_checked("#main input[name=order][type=checkbox][value=arden_arms]")
    assert phone.page.input_value("#order-arden_arms-levies") == "4"
    sent(phone, "hand-in")
    assert len(turn.entries("handed in")) == 1


def pressed_again(phone: Phone, form: str) -> Any:
    """The form of a page that the browser kept whole, sent again."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return phone.context.request.post(f"{phone.base}/seat/hand-in", data=form, headers=kind)


def form_of(phone: Phone) -> str:
    """What pressing `Hand in` would send now."""
    form, button = phone.page.locator("form[action='/seat/hand-in']"), phone.page.locator(SEND["hand-in"])
    read = "(form, button) => new URLSearchParams(new FormData(form, button)).toString()"
    return str(form.evaluate(read, button.element_handle()))


def test_a_form_sent_again_is_received_already_also_after_the_lock(turn: Turn) -> None:
    """A stale page is told `Received`, no fault, and the log has one entry."""
    ann = turn.ann
    ann.fill_orders("4")
    form = form_of(ann)
    sent(ann, "hand-in")
    assert "Received: your orders are handed in." in pressed_again(ann, form).text()
    turn.session.advance(time.time())
    answer = pressed_again(ann, form)
    assert answer.ok
    assert "Received: your orders are handed in." in answer.text()
    assert len(turn.entries("handed in")) == 1


def test_a_stale_form_with_something_else_in_it_is_not_told_that_it_was_received_before(turn: Turn) -> None:
    """Its orders take the place of the earlier ones; those, sent yet again, are answered by what stands."""
    ann = turn.ann
    ann.fill_orders("4")
    form = form_of(ann)
    sent(ann, "hand-in")
    assert pressed_again(ann, form.replace("levies=4", "levies=7")).ok
    assert [dict(ordered(each))["arden_arms"] for each in turn.entries("handed in")] == [
        {"levies": "4"},
        {"levies": "7"},
    ]
    answer = pressed_again(ann, form)
    assert answer.status == 409
    assert "has changed its orders since" in answer.text()
    assert len(turn.entries("handed in")) == 2


def test_two_tabs_with_different_orders_leave_the_last(turn: Turn) -> None:
    """Each is received; the world is given the later one, once."""
    ann, other = turn.ann, turn.ann.context.new_page()
    other.goto(f"{turn.base}/seat")
    ann.fill_orders("4")
    ann.fill_orders("5", other)
    sent(ann, "hand-in")
    sent(ann, "hand-in", other)
    to_phase(turn.session, "reveal")
    (resolved,) = turn.entries("resolved")
    orders = [each for each in resolved.body["inputs"] if each.get("choice") == "arden_arms"]
    assert [each["draws"] for each in orders] == [{"levies": 5.0}]


def test_a_phone_that_slept_through_a_turn_wakes_in_the_next(turn: Turn) -> None:
    """Nothing is pressed on it: it is at its seat, in the turn in which the class is."""
    with asleep(turn.cy):
        to_phase(turn.session, "briefing", 2)
    turn.cy.here("briefing", 2)


@pytest.mark.nightly
@pytest.mark.parametrize("how", ["asleep", "offline"])
def test_after_a_whole_minute_away_the_phone_goes_on_by_itself(turn: Turn, how: str) -> None:
    """Longer than any patience of the script: it is at its seat, in the turn in which the class is, and can send."""
    turn.cy.fill_cable("Are you there?", "arden")
    with away(turn.cy, how):
        turn.session.extend(1, time.time())
        time.sleep(61)
        to_phase(turn.session, "briefing", 2)
    turn.cy.here("briefing", 2)
    sent(turn.cy, "cable")
    assert [each.body["text"] for each in turn.entries("cable")] == ["Are you there?"]


def test_the_other_phone_of_a_seat_suggests_and_the_pen_hands_in(turn: Turn) -> None:
    """What is suggested appears by itself on the phone with the pen; only what that one hands in is an order."""
    turn.bo.fill_orders("3")
    sent(turn.bo, "suggest")
    turn.ann.page.locator("text=Bo suggests:").wait_for()
    assert turn.entries("handed in") == []
    turn.ann.fill_orders("4")
    sent(turn.ann, "hand-in")
    turn.bo.page.locator("text=Handed in by Ann:").wait_for()
    assert [ordered(each) for each in turn.entries("handed in")] == [[("arden_arms", {"levies": "4"})]]


def test_the_teacher_takes_a_turn_back_and_every_phone_is_in_it_again(turn: Turn) -> None:
    """The orders that were handed in stand there as they were."""
    turn.ann.fill_orders("4")
    sent(turn.ann, "hand-in")
    to_phase(turn.session, "reveal")
    turn.ann.here("reveal", 1)
    turn.session.undo(time.time())
    for phone in (turn.ann, turn.bo, turn.cy):
        phone.here("deliberation", 1)
    turn.ann.load()
    assert turn.ann.page.input_value("#order-arden_arms-levies") == "4"


def test_the_lobby_closes_while_somebody_types_the_code(browser: Any, tmp_path: Path) -> None:
    """They are told that nobody can join now, and nobody is in the log."""
    venue, browsers = venue_of(EIGHT, tmp_path), Browsers(browser)
    session = venue.session
    with served(venue) as base:
        code = session.open_room(NOW)
        phone = phone_at(base, browsers, "Ann")
        phone.page.goto(base)
        phone.page.fill("#code", code)
        phone.page.fill("#nickname", "Ann")
        session.close_lobby(NOW)
        phone.page.click("form[action='/join'] button")
        phone.page.locator(f"text={text('join.closed')}").wait_for()
        browsers.close()
    assert not session.state.members
    session.close()


def test_a_request_to_another_machine_would_be_blocked_and_counted(browser: Any) -> None:
    """A page that asks another machine is counted and gets no answer: the count of none is no blindness."""
    browsers = Browsers(browser)
    page = browsers.context().new_page()
    page.set_content("<img src='http://192.0.2.1/spy.png'>")
    assert browsers.outside == ["GET http://192.0.2.1/spy.png HTTP/1.1"]
    assert page.evaluate("document.images[0].naturalWidth") == 0
    browsers.close()
