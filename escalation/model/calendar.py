"""Calendar months on the integer time axis (laws 1 and 2)."""

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

DAY = 86_400_000
"""Milliseconds in a day."""


@lru_cache(maxsize=4096)
def add_months(start: date, base: int, count: int) -> int:
    """The instant `count` calendar months after `base`, both in milliseconds since `start`, 00:00.

    The time of day is kept; a day that the month lacks becomes its last (31 January + 1 month is 28 February).
    """
    days, within = divmod(base, DAY)
    day = start + timedelta(days=days)
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    last = monthrange(year, month + 1)[1]
    moved = date(year, month + 1, min(day.day, last))
    return (moved - start).days * DAY + within
