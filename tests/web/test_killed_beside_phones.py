"""The server killed in mid-class, with people at their phones: each goes on by itself."""

import signal
from pathlib import Path
from typing import Any

from tests.web.a_class import ordered, serving
from tests.web.disturbances import sent
from tests.web.phones import Browsers, class_of, phone_of

SEATS = (("arden", "Arden"), ("borga", "Borga"), ("cathe", "Cathe"))


def test_the_server_is_killed_while_people_type(browser: Any, tmp_path: Path) -> None:
    """Nothing that was typed is gone, what was received is kept, and after a restart each phone is live unasked."""
    browsers = Browsers(browser)
    with serving(tmp_path / "sessions") as it:
        teacher = class_of(it, browsers)
        teacher.begin()
        phones = [phone_of(it, browsers, f"{name[0]}ia") for _, name in SEATS]
        for phone, (actor, name) in zip(phones, SEATS, strict=True):
            phone.join(teacher.code)
            phone.sit(actor, name)
        teacher.page.reload()
        teacher.step("briefing", 1)
        teacher.step("deliberation", 1)
        for phone in phones:
            phone.moved_on("deliberation", 1)
            phone.load()
            phone.fill_orders("4")
        sent(phones[0], "hand-in")
        phones[1].fill_cable("Before the end", "arden")
        it.end(signal.SIGKILL)
        for phone in phones:
            phone.page.locator(".link.away").wait_for()
        it.start()
        for phone in phones:
            phone.page.locator(".link.away").wait_for(state="detached")
        assert phones[1].page.input_value("#cable-text") == "Before the end"
        for phone in phones[1:]:
            assert phone.page.input_value(f"#order-{phone.actor}_arms-levies") == "4"
            sent(phone, "hand-in")
        teacher.page.goto(it.teach)
        teacher.step("locked", 1)
        for phone in phones:
            phone.moved_on("locked", 1)
        handed = [(each.seat, ordered(each)) for each in it.entries("handed in")]
        browsers.close()
    assert handed == [(actor, [(f"{actor}_arms", {"levies": "4"})]) for actor, _ in SEATS]
    assert browsers.outside == []
