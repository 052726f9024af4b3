"""When something first came, told of the trajectories in which it came at all, and of how many these are."""

from collections import Counter
from collections.abc import Sequence

from escalation.experiments.analysis_over_time import FirstTime
from escalation.reporting.decimals import BLANK, count, short_date
from escalation.reporting.sentences import by_the_end
from escalation.reporting.view import Table
from escalation.statistics.estimate import Estimate

CAPTION = (
    "When it came, among the trajectories in which it came at all; in brackets the interval (simulation error), with a "
    "dash where there are too few to tell. What never came has no row"
)
HEADER = (
    "Policy",
    "What",
    "Came by the end in",
    "Median",
    "Middle 90\u202f%: from",
    "Middle 90\u202f%: to",
    "Trajectories",
)


def first_time_table(named: Sequence[tuple[str, str, FirstTime]], start: str) -> Table | None:
    """A row for each policy and thing that came: its share, the median day, and the ends of the middle 90 % of days.

    One row for all policies where they read the same.
    """
    rows = [_row(*each, start) for each in named if each[2].when]
    policies = {policy for policy, _, _ in named}
    told = Counter(row[1:] for row in rows)
    alike = {cells for cells, times in told.items() if times == len(policies) > 1}
    once = dict.fromkeys(("every policy", *row[1:]) if row[1:] in alike else row for row in rows)
    return Table(CAPTION, HEADER, tuple(once)) if once else None


def _row(policy: str, what: str, told: FirstTime, start: str) -> tuple[str, ...]:
    came = told.incidence.n - told.incidence.never
    first, middle, last = (day_of(each, start) for each in told.when)
    return policy, what, by_the_end(told), middle, first, last, f"{count(came)} of {count(told.incidence.n)}"


def day_of(told: Estimate, start: str) -> str:
    """A day with its interval; an end that cannot be told is a dash."""
    if told.low is None and told.high is None:
        return short_date(start, told.value)
    ends = [BLANK if end is None else short_date(start, end) for end in (told.low, told.high)]
    return f"{short_date(start, told.value)} ({' to '.join(ends)})"
