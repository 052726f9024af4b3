"""What people may write: how long, and in which characters. What cannot be kept is refused, never cut."""

import re
import unicodedata

from escalation.classroom.refusals import Refused

NICKNAME, CABLE, DRAFT, FIELD, DRAW, TOKEN = 40, 2_000, 4_000, 120, 200, 100
"""How many characters each may have."""
OF_TURN = re.compile(r"t(\d{1,6})\.")
"""How fields that belong to the orders of one turn begin."""
FIELDS = 100
"""How many drafts one device may keep."""
ORDERS = 50
"""How many orders one seat may hand in for a turn."""


def text_of(written: object, limit: int, what: str, *, lines: bool = False, may_be_empty: bool = False) -> str:
    """The text without white space around it, its lines ended as `\\n`.

    Raises:
        Refused: it is no text, empty, too long, or has characters that cannot be kept or seen.
    """
    if not isinstance(written, str):
        raise Refused(f"{what} is no text.", "text")
    if len(written) > 2 * limit + 100:
        raise Refused(f"{what} may have {limit:,} characters.", "text")
    text = unicodedata.normalize("NFC", written.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not text and not may_be_empty:
        raise Refused(f"{what} is empty.", "text")
    if len(text) > limit:
        raise Refused(f"{what} may have {limit:,} characters.", "text")
    if any(_unseen(character, lines) for character in text):
        raise Refused(f"{what} has characters that cannot be seen. Please type it anew.", "text")
    return text


def _unseen(character: str, lines: bool) -> bool:
    """Controls, halves of pairs, and what turns the direction of other people's text."""
    if lines and character in "\n\t":
        return False
    direction = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in direction


def probability_of(written: object) -> float:
    """A probability in per cent, from 0 to 100."""
    if isinstance(written, bool) or not isinstance(written, int | float) or not 0 <= written <= 100:
        raise Refused("A probability is a number from 0 to 100.", "probability")
    return float(written)
