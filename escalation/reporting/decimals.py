"""How numbers are written: the one place that rounds.

A share has no more decimals than its simulation error can bear, a quantity no more digits. Thousands are set off by a
comma, a minus is a minus sign (so no cell of a table begins a formula), and a percent sign follows a narrow space.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import floor, isfinite, log10

from escalation.experiments.analysis_questions import Question
from escalation.statistics.estimate import Estimate

BLANK = "—"
SPACE = "\u202f"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def error_of(estimate: Estimate) -> float | None:
    """The simulation error: how far the farther end of the interval lies from the value; None without both ends."""
    if estimate.low is None or estimate.high is None:
        return None
    return max(estimate.value - estimate.low, estimate.high - estimate.value)


def fixed(value: float, decimals: int) -> str:
    """A number with so many decimals (negative: rounded to tens, hundreds …)."""
    if not isfinite(value):
        return BLANK if value != value else ("never" if value > 0 else "−∞")
    rounded = round(value, decimals)
    text = f"{rounded:,.{max(decimals, 0)}f}"
    return "0" + text[2:] if text.strip("-0.,") == "" and text.startswith("-0") else text.replace("-", "−")


def share_decimals(error: float | None) -> int:
    """Decimals of a percentage whose simulation error is `error` (a share): 0 from half a point on, at most 2."""
    if error is None or error >= 0.005 or error <= 0.0:
        return 0
    return 1 if error >= 0.0005 else 2


def percent(share: float, error: float | None = None) -> str:
    """A share of 0–1 as a percentage; what would round to 0 or 100 without being so says so (`<1 %`, `>99 %`)."""
    return f"{percent_number(share, error)}{SPACE}%" if share == share else BLANK


def percent_number(share: float, error: float | None = None) -> str:
    """The percentage without its sign."""
    if share != share:
        return BLANK
    decimals = share_decimals(error)
    text = fixed(share * 100, decimals)
    least = 10.0**-decimals
    if share > 0 and float(text.replace(",", "")) == 0:
        return f"<{fixed(least, decimals)}"
    if share < 1 and text == fixed(100, decimals):
        return f">{fixed(100 - least, decimals)}"
    return text


def percent_range(low: float | None, high: float | None, error: float | None = None) -> str:
    """Two shares with one percent sign: `5–62 %`; one of them alone where they read the same."""
    ends = [BLANK if end is None else percent_number(end, error) for end in (low, high)]
    joint = " to " if any(end[0] in "<>" + BLANK for end in ends) else "–"
    return f"{ends[0] if ends[0] == ends[1] else joint.join(ends)}{SPACE}%"


def signed(text: str) -> str:
    """A number already written, with a plus when it is above nothing."""
    return text if text[0] in "−—n" or not text.strip("0.,") else f"+{text}"


def digits(error: float | None, value: float) -> int:
    """Decimals of a quantity: to the first digit of its error, to the second where that is a 1 or a 2.

    To three significant digits of the value, but never short of whole numbers, when the error is not known.
    """
    if error is not None and isfinite(error) and error > 0:
        return min(-floor(log10(error / 3)), 6)
    if value == 0 or not isfinite(value):
        return 0
    return min(max(2 - floor(log10(abs(value))), 0), 6)


def step_decimals(ticks: Sequence[float]) -> int:
    """Decimals that write the ticks of an axis, an even step apart, as they are."""
    step = min((later - earlier for earlier, later in pairwise(ticks)), default=1.0)
    return next((decimals for decimals in range(12) if abs(round(step, decimals) - step) < 1e-6 * step), 12)


def with_unit(text: str, unit: str) -> str:
    """A number and its unit; a plain number stands alone."""
    return f"{text} {unit}" if unit and text != BLANK else text


def quantity(value: float, unit: str, error: float | None = None) -> str:
    """A quantity with its unit, to the digits that its error can bear; in the unit `%` a share, as a percentage."""
    if unit == "%":
        return percent(value, error)
    return with_unit(fixed(value, digits(error, value)), unit)


def at_a_glance(value: float, unit: str) -> str:
    """A quantity to three significant digits, for who reads it in passing; a small whole number as it is."""
    if unit == "%":
        return percent(value)
    if value == 0 or not isfinite(value):
        return with_unit(fixed(value, 0), unit)
    decimals = 2 - floor(log10(abs(value)))
    return with_unit(fixed(value, 0 if value == floor(value) and decimals > 0 else min(decimals, 6)), unit)


def as_said(value: float, unit: str) -> str:
    """A number that somebody else said, with the decimals that it was given and no others (six at most)."""
    told = next((places for places in range(6) if abs(round(value, places) - value) <= 1e-12 * abs(value)), 6)
    return with_unit(fixed(value, told), unit)


def said_range(low: float | None, high: float | None, unit: str) -> str:
    """Two such numbers with one unit."""
    return with_unit("–".join(BLANK if end is None else as_said(end, "") for end in (low, high)), unit)


def in_percent(question: Question) -> bool:
    """Whether the answer is told as a percentage: a share of trajectories, or a mean of what its author wrote in %."""
    return question.share or question.unit == "%"


def answer(question: Question, value: float, error: float | None) -> str:
    """The answer to a question: a percentage or a quantity."""
    return percent(value, error) if question.share else quantity(value, question.unit, error)


def answer_range(question: Question, low: float | None, high: float | None, error: float | None) -> str:
    """Two answers with one unit."""
    if question.share:
        return percent_range(low, high, error)
    return quantity_range(low, high, question.unit, error)


def quantity_range(low: float | None, high: float | None, unit: str, error: float | None) -> str:
    """Two quantities with one unit."""
    if unit == "%":
        return percent_range(low, high, error)
    widest = max((abs(end) for end in (low, high) if end is not None and isfinite(end)), default=0.0)
    decimals = digits(error, widest)
    ends = [BLANK if end is None else fixed(end, decimals) for end in (low, high)]
    joint = " to " if any(end.startswith("−") for end in ends) else "–"
    return with_unit(ends[0] if ends[0] == ends[1] else joint.join(ends), unit)


def difference_number(question: Question, value: float, error: float | None) -> str:
    """A difference of answers with its sign and without its unit; shares in percentage points."""
    if in_percent(question):
        return signed(fixed(value * 100, share_decimals(error) + 1))
    return signed(fixed(value, digits(error, value)))


def difference(question: Question, value: float, error: float | None) -> str:
    """A difference of answers, with its sign and unit: `+1.9 points`, `−200 troops`."""
    return with_unit(difference_number(question, value, error), difference_unit(question))


def difference_range(question: Question, low: float, high: float, error: float | None) -> str:
    """Two differences with one unit: `+0.3 to +1.9 points`."""
    ends = " to ".join(_bound(question, end, error) for end in (low, high))
    return with_unit(ends, difference_unit(question))


def _bound(question: Question, end: float, error: float | None) -> str:
    """One end of an interval: what is beside 0 is not written as 0, or the interval would seem to reach it."""
    text = difference_number(question, end, error)
    if end and not text.strip("+−0.,"):
        return difference_number(question, end, min(abs(end) / 2, error or 1.0))
    return text


def difference_unit(question: Question) -> str:
    """The unit of a difference: percentage points for shares."""
    return "points" if in_percent(question) else question.unit


def plus_minus(question: Question, error: float | None) -> str:
    """A simulation error: `±1.9 points`, `±200 troops`; says so when it is not known."""
    if error is None:
        return "not known"
    written = (
        fixed(error * 100, share_decimals(error) + 1) if in_percent(question) else fixed(error, digits(error, error))
    )
    return "±" + with_unit(written, difference_unit(question))


def simulation_error(question: Question, estimate: Estimate) -> str:
    """The simulation error of an estimate; of a share whose ± would reach below 0 or above 1, each side for itself."""
    error = error_of(estimate)
    if error is None or not in_percent(question) or 0.0 <= estimate.value - error <= estimate.value + error <= 1.0:
        return plus_minus(question, error)
    assert estimate.low is not None
    assert estimate.high is not None
    sides = {"−": estimate.value - estimate.low, "+": estimate.high - estimate.value}
    told = [sign + fixed(side * 100, share_decimals(error) + 1) for sign, side in sides.items() if side > 0.0]
    return with_unit(" ".join(told), difference_unit(question))


def count(number: int) -> str:
    """A whole number with commas."""
    return f"{number:,}"


def calendar_day(start: str, day: float) -> date:
    """The calendar day that holds a moment, `day` days after the ISO date `start`."""
    return date.fromisoformat(start) + timedelta(days=floor(day))


def written_date(start: str, day: float) -> str:
    """A moment as a date: `18 April 2026`; in English whatever the locale."""
    moment = calendar_day(start, day)
    return f"{moment.day} {LONG_MONTHS[moment.month - 1]} {moment.year}"


def short_date(start: str, day: float) -> str:
    """A moment as a short date: `18 Apr 2026`."""
    moment = calendar_day(start, day)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
