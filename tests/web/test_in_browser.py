"""Every page of the room in a real browser: nothing is cut off, nothing is refused by the policy, axe finds no fault.

With PAGES_TO set to a folder, a picture of each page is left there.
"""

import os
from pathlib import Path
from typing import Any

from escalation.web.debrief_file import debrief_file
from escalation.web.printed import KINDS
from tests.web.played import answers, joined, served, to_phase, venue_of_lirath

WIDTHS = (320, 390, 1280)


class Look:
    """One page of a browser at each width and in both themes."""

    def __init__(self, browser: Any) -> None:
        self.context = browser.new_context(viewport={"width": 320, "height": 640})
        self.page = self.context.new_page()
        self.page.set_default_timeout(5000)
        self.heard: list[str] = []
        self.page.on("console", lambda message: self.heard.append(message.text))
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))

    def faults(self, name: str) -> list[str]:
        """What is wrong with the page as it stands."""
        from axe_playwright_python.sync_playwright import Axe

        found = []
        self.page.wait_for_load_state()
        for theme in ("light", "dark"):
            self.page.emulate_media(color_scheme=theme)
            for width in WIDTHS:
                self.page.set_viewport_size({"width": width, "height": 800})
                wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
                found += [f"{name} {width} {theme}: {wide} px too wide"] if wide > 0 else []
                if to := os.environ.get("PAGES_TO"):
                    self.page.screenshot(path=Path(to) / f"{name}-{width}-{theme}.png", full_page=True)
                if width == 320:
                    # axe is put in by the driver, which the page's own policy does not bind.
                    for each in Axe().run(self.page).response["violations"]:
                        nodes = [node["html"][:150] for node in each["nodes"][:3]]
                        found.append(f"{name} {theme}: {each['id']} {each['impact']} {nodes}")
        return found + [f"{name}: {said}" for said in self.heard if "axe" not in said]


def _go_in(look: Look, base: str, code: str) -> list[str]:
    page = look.page
    page.goto(base)
    found = look.faults("join")
    page.fill("#code", "0000")
    page.fill("#nickname", "Dee")
    page.click("form button")
    page.wait_for_selector("[role=alert]")
    look.heard.clear()  # A refusal is an answer of status 400, which the console tells.
    found += look.faults("wrong")
    page.fill("#code", code)
    page.click("form button")
    page.wait_for_url("**/seats")
    return found + look.faults("seats")


def test_no_page_of_the_room_has_a_fault(browser: Any, tmp_path: Path) -> None:
    """Joined by the form and played to the debrief: each page fits at 320, 390 and 1280 px and passes axe."""
    venue = venue_of_lirath(tmp_path)
    session = venue.session
    others, look = joined(session), Look(browser)
    roles = session.exercise.roles
    with served(venue) as base:
        found = _go_in(look, base, session.state.code)
        page = look.page
        page.click("text=Sit here")
        page.wait_for_url("**/seat")
        session.advance(1.0)
        page.goto(f"{base}/seat")
        found += look.faults("briefing")
        to_phase(session, "deliberation", 2)
        me = next(each for each in session.state.members if each not in {other.id for other in others})
        session.take_pen(me)
        session.cable(others[2].id, [roles[0].actor], "Your columns are near our wells. What do you want?")
        session.cable(others[2].id, ["press"], "We ask both sides for calm.")
        session.offer(others[2].id, roles[1].choices[0], {}, [roles[0].actor])
        session.propose_order(others[0].id, 2, [(roles[0].choices[0], {})])
        session.hand_in(me, 2, [(roles[0].choices[0], {})])
        page.goto(f"{base}/seat?said=hand-in")
        found += look.faults("seat")
        page.click("text=Answer this proposal")
        page.wait_for_url("**/seat/proposal/*")
        found += look.faults("proposal")
        to_phase(session, "reveal", 2)
        page.goto(f"{base}/seat")
        found += look.faults("reveal")
        page.goto(f"{base}/wall")
        found += look.faults("wall")
        to_phase(session, "debrief")
        session.show_question(3)
        page.goto(f"{base}/debrief/3")
        found += look.faults("debrief")
        session.open_vote()
        page.goto(f"{base}/debrief")
        found += look.faults("vote")
        session.open_predictions(1, roles[0].actor, roles[0].choices[0])
        page.goto(f"{base}/debrief")
        found += look.faults("predict")
        page.goto(f"{base}/wall")
        found += look.faults("wall in the debrief")
        file = tmp_path / "debrief.html"
        file.write_text(debrief_file("Lirath", answers()), encoding="utf-8")
        look.heard.clear()
        page.goto(file.as_uri())
        found += look.faults("file")
        look.context.close()
    session.close()
    assert found == []


def test_no_page_to_print_has_a_fault(browser: Any, tmp_path: Path) -> None:
    """On a screen each fits and passes axe, and so does the wall of the teacher's machine."""
    venue = venue_of_lirath(tmp_path)
    venue.session.open_room()
    look = Look(browser)
    with served(venue, teach=True) as base:
        look.page.goto(f"{base}/teach?key={venue.key}")
        look.heard.clear()
        found = []
        for kind in KINDS:
            look.page.goto(f"{base}/teach/print/{kind}")
            found += look.faults(f"print-{kind}")
        look.page.goto(f"{base}/wall")
        found += look.faults("wall-lobby")
        look.context.close()
    venue.session.close()
    assert found == []


def test_no_page_that_leads_the_debrief_has_a_fault(browser: Any, tmp_path: Path) -> None:
    """Each question, the vote and the predictions: each fits, passes axe, and its wall does too."""
    venue = venue_of_lirath(tmp_path)
    session, look = venue.session, Look(browser)
    joined(session)
    to_phase(session, "debrief")
    roles = session.exercise.roles
    with served(venue, teach=True) as base:
        look.page.goto(f"{base}/teach?key={venue.key}")
        look.heard.clear()
        look.page.goto(f"{base}/teach/debrief/3")
        found = look.faults("lead")
        session.open_vote()
        look.page.goto(f"{base}/teach/debrief")
        found += look.faults("lead-vote")
        session.open_predictions(1, roles[0].actor, roles[0].choices[0])
        look.page.goto(f"{base}/teach/debrief")
        found += look.faults("lead-predict")
        session.show_answer()
        look.page.goto(f"{base}/wall")
        found += look.faults("wall-answer")
        look.context.close()
    session.close()
    assert found == []
