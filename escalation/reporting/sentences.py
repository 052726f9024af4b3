"""What the numbers say, in words that stay true whatever the numbers are."""

from collections.abc import Sequence

from escalation.experiments.analysis import Difference, Outcome
from escalation.experiments.analysis_over_time import FirstTime, LadderOverTime, Path, Sight
from escalation.experiments.analysis_questions import Question
from escalation.experiments.convergence import Convergence
from escalation.reporting.decimals import (
    answer,
    answer_range,
    count,
    difference,
    difference_range,
    error_of,
    percent,
    percent_range,
    plus_minus,
    quantity,
    quantity_range,
    simulation_error,
    written_date,
)
from escalation.statistics.estimate import Estimate
from escalation.statistics.fan import Fan


def quoted(label: str) -> str:
    """A name that an author gave, set off from our own words."""
    return f"“{label}”"


def joined(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def headline(question: Question, outcome: Outcome, label: str) -> str:
    """The range across futures first, the simulation error second."""
    across, estimate = outcome.across, outcome.estimate
    error = error_of(estimate)
    centre = answer(question, estimate.value, error)
    noise = f"simulation error {simulation_error(question, estimate)} at n\u00a0=\u00a0{count(estimate.n)}"
    if across.low is None or across.high is None:
        why = across.reason or "too few futures"
        told = f"Under {quoted(label)}: {question.label}: {centre}."
        return f"{told} The range across futures cannot be told: {why}; {noise}."
    ends = answer_range(question, across.low.value, across.high.value, error)
    told = f"in {ends} of trajectories" if question.share else f"is {ends} on average"
    alike = answer_range(question, across.low.value, across.low.value, error) == ends
    return (
        f"Under {quoted(label)}: {question.label} {told}, {'alike across' if alike else 'depending on'} the future"
        f"{'s' if alike else ''} ({futures(question, outcome, alike)}; mean {centre}{beyond(outcome)}); {noise}."
    )


def ends_of_range(question: Question, outcome: Outcome) -> str:
    """That the ends of the range are estimates, and how well they are known; nothing where there is no range."""
    across, error = outcome.across, error_of(outcome.estimate)
    if across.low is None or across.high is None:
        return ""
    lower, upper = (interval_of_end(question, end, error) for end in (across.low, across.high))
    level = percent(across.low.level)
    return f"The range’s ends are estimates: {lower} for the lower, {upper} for the upper ({level} intervals)."


def interval_of_end(question: Question, end: Estimate, error: float | None) -> str:
    """The interval of one end of a range, at the rounding of the range; one-sided where futures are too few."""
    if end.low is None or end.high is None:
        bound, words = (end.high, "at most") if end.low is None else (end.low, "at least")
        return "not known" if bound is None else f"{words} {answer(question, bound, error)}"
    return answer_range(question, end.low, end.high, error)


def futures(question: Question, outcome: Outcome, alike: bool = False) -> str:
    """Which futures the range covers, and where the median one lies."""
    across = outcome.across
    told = f"the middle {percent(across.coverage[1] - across.coverage[0])} of {count(across.futures)} futures"
    if alike or across.middle is None:
        return told
    middle = answer(question, across.middle.value, error_of(outcome.estimate))
    return f"{told}, half of which lie {f'below {middle[1:]}' if middle.startswith('<') else f'at or below {middle}'}"


def beyond(outcome: Outcome) -> str:
    """Why the mean lies outside the range, where it does."""
    low, high, mean = outcome.across.low, outcome.across.high, outcome.estimate.value
    if low is None or high is None or low.value <= mean <= high.value:
        return ""
    return ", outside the range because few futures carry it"


def moves(question: Question, rows: Sequence[tuple[str, Difference]], against: str, never: Sequence[str] = ()) -> str:
    """Which policy moves an answer most, which the other way, and how many cannot be told apart from the first.

    never: policies under which no trajectory had it, which are told apart from the rest: most of them forbid it.
    """
    told = _moves(question, [row for row in rows if row[0] not in never], against)
    none = f"Under {joined([quoted(label) for label in never])} no trajectory had it." if never else ""
    return f"{told} {none}".strip()


def _moves(question: Question, rows: Sequence[tuple[str, Difference]], against: str) -> str:
    sure = sorted(
        ((label, each) for label, each in rows if _excludes_nothing(each)),
        key=lambda row: -abs(row[1].paired.estimate.value),
    )
    if not sure:
        return f"No policy can be told apart from {quoted(against)} in this." if rows else ""
    upwards = sure[0][1].paired.estimate.value > 0
    other = [row for row in sure if (row[1].paired.estimate.value > 0) != upwards][:1]
    parts = [f"{quoted(label)} {_moved(question, each)}" for label, each in [*sure[:1], *other]]
    told = f"Against {quoted(against)} it is moved most by {'; the other way by '.join(parts)}."
    left = len(rows) - len(sure)
    return f"{told} {count(left)} of {count(len(rows))} policies cannot be told apart from it." if left else told


def _excludes_nothing(each: Difference) -> bool:
    """Whether the interval of a difference leaves out 0."""
    told = each.paired.estimate
    return told.low is not None and told.high is not None and (told.low > 0 or told.high < 0)


def _moved(question: Question, each: Difference) -> str:
    told = each.paired.estimate
    assert told.low is not None
    assert told.high is not None
    error = error_of(told)
    interval = difference_range(question, told.low, told.high, error)
    return f"({difference(question, told.value, error)}, interval {interval})"


def share_that_stays(outcome: Outcome) -> str:
    """Which share of the spread more runs cannot remove."""
    between = outcome.across.share_between
    if between is None:
        return f"Which share of the spread more runs cannot remove cannot be told: {outcome.across.reason}."
    if between.value != between.value:
        return "No trajectory differs from any other here, so there is no spread to divide."
    told = percent(between.value)
    if between.low is not None and between.high is not None:
        told += f" (interval {percent_range(between.low, between.high)})"
    return f"More runs cannot remove {told} of the spread between trajectories: it lies between futures."


def convergence(question: Question, told: Convergence, label: str) -> str:
    """What more futures did to the simulation error, and what they did not do to the range."""
    first, last = told.steps[0], told.steps[-1]
    if len(told.steps) == 1 or last.across.low is None or last.across.high is None:
        return f"Too few futures to show how {quoted(question.label)} settled."
    errors = [error_of(step.estimate) for step in (first, last)]
    settled = " to ".join(plus_minus(question, error) for error in errors)
    ends = answer_range(question, last.across.low.value, last.across.high.value, errors[-1])
    return (
        f"Under {quoted(label)}: from {count(first.futures)} to {count(last.futures)} futures the simulation error "
        f"went from {settled}. The range across futures stands at {ends}; more runs do not make it narrower."
    )


def ladder(stages: Sequence[LadderOverTime], label: str, start: str) -> str:
    """Where trajectories stand at the end."""
    parts = []
    for stage in stages:
        shares = [
            f"{percent(share[-1])} on {name}"
            for name, share in zip(stage.labels, stage.shares, strict=True)
            if share[-1] > 0
        ]
        parts.append(f"{stage.stage}, {joined(shares)}" if shares else f"{stage.stage}, nothing is known")
    first = stages[0]
    day = written_date(start, first.days[-1])
    return f"On {day}, of {count(first.n)} trajectories under {quoted(label)}: {'; '.join(parts)}."


def first_time(lines: Sequence[tuple[str, FirstTime]], start: str) -> str:
    """How often each thing has come by the end, with its interval."""
    if not lines:
        return "There is nothing to show."
    curve = lines[0][1].incidence
    came = joined([f"{name} in {by_the_end(told)}" for name, told in lines])
    return f"By {written_date(start, float(curve.times[-1]))}: {came} of {count(curve.n)} trajectories."


def by_the_end(told: FirstTime) -> str:
    """A share at the end of the grid with its interval alone at that time."""
    end = told.incidence.at(-1)
    error = error_of(end)
    share = percent(end.value, error)
    if end.low is None or end.high is None:
        return share
    return f"{share} (interval {percent_range(end.low, end.high, error)})"


def middle_of(fan: Fan, unit: str) -> str:
    """Median and 90 % of a fan at the last day on which anything is known, or that nothing is."""
    known = [place for place, many in enumerate(fan.present) if many > 0]
    if not known:
        return "unknown in every trajectory"
    low, _, middle, _, high = (float(line[known[-1]]) for line in fan.lines)
    return f"median {quantity(middle, unit)}, 90\u202f% of trajectories within {quantity_range(low, high, unit, None)}"


def sight(told: Sight, under: str, start: str) -> str:
    """What is true and what is seen at the end, and how many see nothing. under: the policy, in words."""
    blind = int(told.seen.missing[-1])
    total = blind + int(told.seen.present[-1])
    tail = f" In {count(blind)} of {count(total)} trajectories nothing is known by then." if blind else ""
    day = written_date(start, told.days[-1])
    return (
        f"On {day} under {under}: in truth, {middle_of(told.truth, told.unit)}; "
        f"as seen, {middle_of(told.seen, told.unit)}.{tail}"
    )


def path(told: Path, label: str, start: str) -> str:
    """Where a quantity stands at the end."""
    return f"On {written_date(start, told.days[-1])} under {quoted(label)}: {middle_of(told.fan, told.unit)}."


def compared(question: Question, rows: Sequence[tuple[str, Difference]], against: str) -> str:
    """Verdicts on one question, gathered."""
    verdicts: dict[str, list[str]] = {}
    for label, each in rows:
        verdicts.setdefault(each.paired.verdict, []).append(label)
    told = "; ".join(
        f"{verdict} under {joined([quoted(label) for label in labels])}" for verdict, labels in verdicts.items()
    )
    return f"{question.label}, against {quoted(against)}: {told}."
