"""Every page of a class in a real browser: axe finds no fault, nothing is cut off, and a keyboard is enough.

With PAGES_TO set to a folder, a picture of each page is left there.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from escalation.web.debrief_file import debrief_file
from escalation.web.debriefing import Debriefing, Sizes
from tests.web.phones import go
from tests.web.played import SCENARIO, answers
from tests.web.tour import Tour, house_of

WIDTHS = (320, 390, 1280)
AXE_AT = {"light": (320,), "dark": (1280,)}
RULES = {"target-size": {"enabled": True}}
"""Of WCAG 2.2, which axe leaves out unless it is asked for: 24 px for what is pressed."""
WIDER = """() => new Promise(tell => requestAnimationFrame(() => requestAnimationFrame(
    () => tell(document.documentElement.scrollWidth - innerWidth))))"""
"""By how much a page is wider than its window, once it has been laid out."""
TWICE = "document.documentElement.style.fontSize = '200%'"
ONCE = "document.documentElement.style.fontSize = ''"
FOCUSED = """() => {
    const it = document.activeElement, box = it.getBoundingClientRect(), style = getComputedStyle(it);
    const x = box.left + Math.min(box.width / 2, 40), y = box.top + Math.min(box.height / 2, 40);
    const on = document.elementFromPoint(x, y), label = it.closest('label');
    return {
        name: it.name || '', value: it.value || '', tag: it.tagName,
        ringed: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        seen: on === it || it.contains(on) || (label !== null && label.contains(on)),
    };
}"""


@pytest.fixture
def tour(browser: Any, tmp_path: Path) -> Iterator[Tour]:
    """A small class of the exercise with invented names, about to begin."""
    with house_of(tmp_path, SCENARIO) as (venue, address):
        venue.debriefing = Debriefing(venue, Sizes(40, 60, 60))
        made = Tour(browser, venue, address)
        yield made
        made.close()


def axe_faults(page: Any) -> list[str]:
    """What axe says of a page as it stands: every rule of WCAG, and what it calls good practice."""
    from axe_playwright_python.sync_playwright import Axe

    # axe is put in by the driver, which the page's own policy does not bind.
    said = Axe().run(page, options={"rules": RULES}).response["violations"]
    return [f"{each['id']} {each['impact']} {[node['html'][:150] for node in each['nodes'][:3]]}" for each in said]


def faults(name: str, page: Any, axe_at: Mapping[str, Sequence[int]] = AXE_AT) -> list[str]:
    """What is wrong with a page, at each width and in both themes. axe_at: widths at which axe looks, by theme."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            wider = page.evaluate(WIDER)
            found += [f"{name} {width} {theme}: {wider} px too wide"] if wider > 0 else []
            if to := os.environ.get("PAGES_TO"):
                page.screenshot(path=Path(to) / f"{name}-{width}-{theme}.png", full_page=True)
            if width in axe_at[theme]:
                found += [f"{name} {width} {theme}: {each}" for each in axe_faults(page)]
    page.set_viewport_size({"width": 640, "height": 800})
    page.evaluate(TWICE)
    wider = page.evaluate(WIDER)
    page.evaluate(ONCE)
    return found + ([f"{name}: {wider} px too wide with text of twice the size"] if wider > 0 else [])


def test_no_page_has_a_fault(tour: Tour) -> None:
    """A class played from the start page to the deletion: each page fits in both themes, and passes axe in both.

    Light at 320 px, dark at 1280; text of twice the size does not make a page wider than its window.
    """
    whole_tour(tour, AXE_AT)


@pytest.mark.nightly
def test_axe_finds_no_fault_at_any_width_in_either_theme(tour: Tour) -> None:
    """Each page, axe at 320, 390 and 1280 px, light and dark."""
    whole_tour(tour, dict.fromkeys(AXE_AT, WIDTHS))


def whole_tour(tour: Tour, axe_at: Mapping[str, Sequence[int]]) -> None:
    """Every page is met once, and none has a fault."""
    found, met = [], []
    for page in (tour.teacher, tour.phone, tour.other):
        page.on("pageerror", lambda error: found.append(str(error)))
    for name, page in tour.stations():
        found += faults(name, page, axe_at)
        met.append(name)
    assert found == []
    assert len(met) == len(set(met)) > 55


def test_the_file_of_a_debrief_has_no_fault(browser: Any, tmp_path: Path) -> None:
    """Opened from disk, without a server, it fits and passes axe like any other page."""
    file = tmp_path / "debrief.html"
    file.write_text(debrief_file("Lirath", answers()), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    found = faults("file", page)
    page.close()
    assert found == []


# ---------------------------------------------------------------------- a keyboard


def until(page: Any, key: str, what: str, most: int = 150) -> None:
    """Press a key until the focus is on what a selector names; each place on the way is ringed and not covered."""
    for _ in range(most):
        page.keyboard.press(key)
        place = page.evaluate(FOCUSED)
        if place["tag"] != "BODY":
            assert place["ringed"], place
            assert place["seen"], place
        if page.evaluate("selector => document.activeElement.matches(selector)", what):
            return
    raise AssertionError(f"{key} never comes to {what}")


def test_a_turn_is_played_by_keyboard_alone(tour: Tour) -> None:
    """Joined, seated, a cable written, an order ticked and handed in, a forecast given: Tab, Space, Enter and letters.

    The focus is ringed and in sight at every place that it comes to, and each form is answered by a line of status.
    """
    page = tour.phone
    page.set_viewport_size({"width": 320, "height": 640})
    for _ in tour.before():
        pass
    session = tour.session
    page.goto(tour.venue.room)
    until(page, "Tab", "#code")
    page.keyboard.type(session.state.code)
    until(page, "Tab", "#nickname")
    page.keyboard.type("Ada")
    page.keyboard.press("Enter")
    page.wait_for_url("**/seats")
    until(page, "Tab", "form button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/seat")
    tour.to("deliberation", 1)
    go(page, f"{tour.venue.room}seat")
    until(page, "Tab", "a[href='#orders']")
    page.keyboard.press("Enter")
    until(page, "Tab", "[name=order]")
    page.keyboard.press("Space")
    until(page, "Tab", "button[value=hand-in]")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=hand-in*")
    assert "Received" in page.inner_text("[role=status].good")
    until(page, "Shift+Tab", "[name=to]")
    page.keyboard.press("Space")
    until(page, "Tab", "#cable-text")
    page.keyboard.type("We ask for calm.")
    until(page, "Tab", "form[action='/seat/cable'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=cable*")
    assert "Received" in page.inner_text("[role=status].good")
    until(page, "Tab", "[name=probability]")
    page.keyboard.type("70")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=forecast*")
    state = session.state
    assert (len(state.cables), len(state.forecasts)) == (1, 1)
    assert [len(hand.orders) for (turn, _), hand in state.hands.items() if turn == 1] == [1]


def test_paper_has_no_buttons_and_no_colours_of_the_screen(tour: Tour) -> None:
    """Printed in the dark theme, a page is black on white, and what is pressed or followed live is not on it."""
    for name, page in tour.before():
        if name == "teach-lobby":
            page.emulate_media(media="print", color_scheme="dark")
            ink, paper = page.evaluate(
                "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
            )
            assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
            shown = "[...document.querySelectorAll('button')].filter(each => each.offsetParent !== null).length"
            assert page.evaluate(shown) == 0
            page.emulate_media(media="screen", color_scheme="light")
            assert page.evaluate(shown) > 0


def test_who_asks_for_less_motion_has_none(tour: Tour) -> None:
    """No transition, no animation, no smooth scrolling on any element of a seat's page."""
    page = tour.phone
    page.emulate_media(reduced_motion="reduce")
    for name, shown in tour.stations():
        if name == "seat-orders":
            moving = shown.evaluate(
                """[...document.querySelectorAll('*')].filter(each => {
                    const style = getComputedStyle(each);
                    return parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0
                        || style.scrollBehavior === 'smooth';
                }).length"""
            )
            assert moving == 0
            return
