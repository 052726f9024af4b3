"""The catalogue of all words on pages, by key; another language is another table with the same keys."""

from escalation.web.text_debrief import PAGES
from escalation.web.text_room import ROOM
from escalation.web.text_teach import TEACH

EVERYWHERE = {
    "app.name": "Escalation",
    "app.skip": "Skip to the page",
    "app.offline": "Not connected: nothing can be sent. What you type stays on this page; press again when it is back.",
    "app.online": "Connected again.",
    "app.back": "Back",
    "app.plain_http": "This page travels unencrypted in this room's network: others on the same Wi-Fi can read it.",
    "draft.saved": "Draft saved",
    "draft.unsaved": "This draft is not saved",
    "clock.left": "Time left",
    "clock.over": "Time is up",
    "clock.hide": "Hide the clock",
    "clock.paused": "Paused",
    "refused.title": "That did not work",
    "refused.host": "This address is none of the class's. Type the address that your teacher shows.",
    "refused.method": "Pages are read and forms are sent; nothing else is possible here.",
    "refused.elsewhere": "This form was sent from another site, so it was not accepted.",
    "refused.large": "That is too much text at once: 64 kB is the most.",
    "refused.head": "This request says too much about itself. Delete this site's cookies, or use another browser.",
    "refused.slow": "That took too long to arrive. Send it again.",
    "refused.kind": "Only forms of these pages are accepted.",
    "refused.text": "The text could not be read. Send it again, without special control characters.",
    "refused.form": "This form is not from this browser or is too old. Go back, reload the page, and send it again.",
    "refused.crowd": "Very many are knocking just now. Wait a few seconds and try again.",
    "refused.missing": "There is no such page.",
    "refused.key": "This page is for the instructor: open the address that the terminal shows.",
    "refused.disk": "The disk does not take it ({why}). Nothing that was received is lost; make room and try again.",
    "refused.fault": "Something broke on our side. Nothing that was received is lost. Reload the page.",
    "reached.title": "You have reached the class",
    "reached.text": "This phone can reach the teacher's computer. Wait until the teacher has prepared the exercise.",
}
ENGLISH = {**EVERYWHERE, **ROOM, **PAGES, **TEACH}
CATALOGUE = {"en": ENGLISH}


def text(key: str, language: str = "en", **values: object) -> str:
    """The words of a key with values filled in; a key that nobody wrote raises KeyError."""
    words = CATALOGUE[language][key]
    return words.format(**values) if values else words
