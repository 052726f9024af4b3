"""Dates, months and durations of the document's frame: instants in milliseconds since the start, 00:00."""

import re
from datetime import date

from escalation.expressions.spelling import misspellings
from escalation.expressions.units import EXACT_TIME
from escalation.language.faults import Fault, nearest
from escalation.language.written import Written
from escalation.model.calendar import DAY, add_months
from escalation.model.process import Months

CALENDAR_STEP = re.compile(r"(\d[\d_]*) (month|months|year|years)\Z")
EXACT = re.compile(r"(\d[\d_]*(?:\.\d+)?) ([a-z]+)")
LONGEST = 200 * 366 * DAY
"""The longest horizon, in milliseconds: two centuries."""
TOO_LONG = "a study lasts two centuries at most"


class Misdated(ValueError):
    """A date or duration cannot be read; the message is for the author."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion

    def fault(self, leaf: Written) -> Fault:
        """The fault at the value that was written."""
        return Fault.at(leaf.origin, str(self), self.suggestion, max(1, len(leaf)))


def day(text: str) -> date:
    """The day of an ISO date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong = misspellings(text)
        said = (wrong[0].message, wrong[0].suggestion) if wrong else (f"{text} is not in the calendar", "")
        raise Misdated(*said) from None


def instant(start: date, text: str) -> int:
    """A date as an instant."""
    return (day(text) - start).days * DAY


def months(text: str) -> Months | None:
    """The calendar step of `1 month` or `2 years`; None for anything else."""
    found = CALENDAR_STEP.match(text.strip())
    if found is None:
        return None
    count = int(found[1].replace("_", "")) * (12 if found[2].startswith("year") else 1)
    if count < 1:
        raise Misdated("a step is at least 1 month")
    return Months(count)


def exact(text: str) -> int:
    """The milliseconds of `36 hours` or `1 day 12 hours`."""
    parts = EXACT.findall(text)
    if not parts or " ".join(f"{number} {unit}" for number, unit in parts) != " ".join(text.split()):
        raise Misdated('expected a duration, such as "14 days" or "1 month"')
    unknown = next((unit for _, unit in parts if unit not in EXACT_TIME), None)
    if unknown is not None:
        if unknown.rstrip("s") in ("month", "year"):
            raise Misdated("months and years are counted in whole numbers, and stand alone", "2 months, or 61 days")
        meant = nearest(unknown, (*EXACT_TIME, "month", "months", "year", "years"))
        cure = f"did you mean {meant}?" if meant else "such as 36 hours, 14 days or 2 weeks; 1 month or 1 year alone"
        raise Misdated(f'"{unknown}" is not a unit of time', cure)
    return round(sum(float(number.replace("_", "")) * EXACT_TIME[unit] for number, unit in parts))


def step(text: str) -> int | Months:
    """A step: exact milliseconds or calendar months; more than nothing."""
    length = months(text) or exact(text)
    if length == 0:
        raise Misdated("this is no time at all", "14 days, or 1 month")
    return length


def horizon(start: date, lasts: str) -> int:
    """The last instant of a study that begins on `start` and lasts so long."""
    length = step(lasts)
    if isinstance(length, Months):
        if length.count > 12 * 200:
            raise Misdated(TOO_LONG)
        try:
            return add_months(start, 0, length.count)
        except ValueError:
            raise Misdated("this ends after the year 9999") from None
    if length > LONGEST:
        raise Misdated(TOO_LONG)
    return length
