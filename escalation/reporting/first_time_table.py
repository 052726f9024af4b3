"""When something first came, told of the trajectories in which it came at all, and of how many these are."""

from collections.abc import Sequence

from escalation.experiments.analysis_over_time import FirstTime
from escalation.reporting.decimals import BLANK, count, short_date
from escalation.reporting.sentences import by_the_end
from escalation.reporting.view import Table
from escalation.statistics.estimate import Estimate

CAPTION = "When it came, among the trajectories in which it came at all; the interval (simulation error) in brackets"
HEADER = (
    "Policy",
    "What",
    "Came by the end in",
    "Median",
    "Middle 90\u202f%: from",
    "to",
    "Trajectories",
)


def first_time_table(named: Sequence[tuple[str, str, FirstTime]], start: str) -> Table | None:
    """A row for each policy and thing: its share, the median day, and the ends of the middle 90 % of days."""
    if not any(told.when for _, _, told in named):
        return None
    return Table(CAPTION, HEADER, tuple(_row(*each, start) for each in named))


def _row(policy: str, what: str, told: FirstTime, start: str) -> tuple[str, ...]:
    came = told.incidence.n - told.incidence.never
    days = (BLANK, BLANK, BLANK)
    if told.when:
        first, middle, last = (day_of(each, start) for each in told.when)
        days = (middle, first, last)
    return policy, what, by_the_end(told), *days, f"{count(came)} of {count(told.incidence.n)}"


def day_of(told: Estimate, start: str) -> str:
    """A day with its interval; an end that cannot be told is a dash."""
    if told.low is None and told.high is None:
        return short_date(start, told.value)
    ends = [BLANK if end is None else short_date(start, end) for end in (told.low, told.high)]
    return f"{short_date(start, told.value)} ({' to '.join(ends)})"
