"""Where the ticks of a time axis stand and what they say."""

from datetime import date

from escalation.reporting.decimals import MONTHS, calendar_day

STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
DAY_STEPS = (1, 2, 5, 7, 14, 28)


def date_ticks(start: str, horizon: float, at_most: int = 4) -> list[tuple[float, str]]:
    """Days since the start and their labels: firsts of months, or days of a short run; at most so many, at least one.

    start: ISO date. horizon: days. The year stands on a line of its own at the first tick and where it changes.
    """
    first = date.fromisoformat(start)
    last = calendar_day(start, horizon)
    months = (last.year - first.year) * 12 + last.month - first.month
    if months >= 3:
        return _with_years([(moment, f"{MONTHS[moment.month - 1]}") for moment in _months(first, last, at_most)], first)
    step = next((step for step in DAY_STEPS if horizon / step <= at_most - 1), DAY_STEPS[-1])
    days = [calendar_day(start, day) for day in range(0, int(horizon) + 1, step)]
    return _with_years([(moment, f"{moment.day} {MONTHS[moment.month - 1]}") for moment in days], first)


def _months(first: date, last: date, at_most: int) -> list[date]:
    """Firsts of months inside the span, a whole step apart."""
    found: list[date] = []
    for step in STEPS:
        found = [
            date(number // 12, number % 12 + 1, 1)
            for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
            if number % step == 0 and number >= 12
        ]
        found = [moment for moment in found if first <= moment <= last]
        if len(found) <= at_most:
            break
    return found


def _with_years(moments: list[tuple[date, str]], first: date) -> list[tuple[float, str]]:
    years = [moment.year for moment, _ in moments]
    return [
        (float((moment - first).days), f"{text}\n{moment.year}" if place == 0 or years[place - 1] != moment.year else text)
        for place, (moment, text) in enumerate(moments)
    ]
