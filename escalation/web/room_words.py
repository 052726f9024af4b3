"""How the room's templates write a number, a clock and a name; charts for pages that allow no inline style."""

import re
from collections.abc import Iterable

from markupsafe import Markup

from escalation.classroom.views import RosterLine, SeatView
from escalation.reporting.decimals import as_said

_STYLE = re.compile(r'\sstyle="([^"]*)"')
_SHEET = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL)
_FONT = re.compile(r"^(?:(\d+|bold|normal) )?([\d.]+)(?:px)? (.*)$")


def number(value: float) -> str:
    """A number as people write it."""
    return as_said(value, "").strip()


def clock_text(seconds: float) -> str:
    """Minutes and seconds left, never below zero."""
    left = max(0, round(seconds))
    return f"{left // 60}:{left % 60:02d}"


def called(actors: Iterable[str], roster: Iterable[RosterLine]) -> str:
    """The names of seats, in a row."""
    names = {line.actor: line.name for line in roster}
    return ", ".join(names.get(actor, actor) for actor in actors)


def holder(view: SeatView) -> str:
    """Who has the pen of the seat, or ""."""
    return next((person.nickname for person in view.devices if person.has_pen), "")


def inline(svg: str) -> Markup:
    """A chart of `reporting` within a page: each style as attributes of its own, which the page's policy allows.

    The chart is made by this program and its texts are escaped, so it is no text of people.
    """
    start = svg.find("<svg")
    plain = _SHEET.sub("", svg[max(start, 0) :])
    return Markup(_STYLE.sub(lambda found: _attributes(found[1]), plain))


def _attributes(style: str) -> str:
    pairs = [each.partition(":")[::2] for each in style.split(";") if ":" in each]
    told = (
        _font(value.strip()) if name.strip() == "font" else f' {name.strip()}="{value.strip()}"'
        for name, value in pairs
    )
    return "".join(told)


def _font(short: str) -> str:
    found = _FONT.match(short)
    if found is None:
        return ""
    weight, size, family = found.groups()
    return (f' font-weight="{weight}"' if weight else "") + f' font-size="{size}px" font-family="{family}"'


WORDS = {"number": number, "clock_text": clock_text, "called": called, "holder": holder, "inline": inline}
"""What the room's templates call."""
