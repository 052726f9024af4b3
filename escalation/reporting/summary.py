"""`summary.csv` and its codebook: every number that the report shows, raw and as it is written there."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from io import StringIO
from itertools import chain

from escalation.experiments.analysis import SPREAD, Analysis, Difference, Outcome
from escalation.experiments.analysis_over_time import WHEN, FirstTime, LadderOverTime
from escalation.experiments.analysis_questions import Question
from escalation.experiments.run_key import readable
from escalation.experiments.typical import Typical
from escalation.reporting.decimals import (
    answer,
    calendar_day,
    difference,
    error_of,
    percent,
    plus_minus,
    quantity,
    short_date,
)
from escalation.reporting.deep_summary import WHERE, rows_over_ranges
from escalation.reporting.scales import scale_of, scales
from escalation.statistics.estimate import Estimate
from escalation.statistics.fan import QUANTILES, Fan

TOLD_DAYS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a report. The docstrings of the columns are in `CODEBOOK`."""

    section: str
    policy: str
    question: str
    label: str
    statement: str
    unit: str
    value: float | None
    low: float | None = None
    high: float | None = None
    value_shown: str = ""
    low_shown: str = ""
    high_shown: str = ""
    error_shown: str = ""
    level: float | None = None
    n: int | None = None
    futures: int | None = None
    date: str = ""
    against: str = ""
    verdict: str = ""
    left_out: int | None = None
    method: str = ""
    note: str = ""


CODEBOOK: dict[str, tuple[str, str]] = {
    "section": ("part of the report that shows the number", "word"),
    "policy": ("name of the policy", "name"),
    "question": ("what is asked of each trajectory; a measure's name, or rung:LADDER.RUNG.STAGE", "name"),
    "label": ("the question in words", "words"),
    "statement": ("what is told of it: share, mean, quantile, range across futures, difference …", "words"),
    "unit": ("unit of value, low and high", "share (0 to 1), days, or the author's unit; empty for a plain number"),
    "value": ("the estimate", "as in unit"),
    "low": ("lower end of its interval; empty where there is none", "as in unit"),
    "high": ("upper end of its interval; empty where there is none", "as in unit"),
    "value_shown": ("the estimate as the report writes it", "text"),
    "low_shown": ("the lower end as the report writes it", "text"),
    "high_shown": ("the upper end as the report writes it", "text"),
    "error_shown": ("the simulation error as the report writes it", "text"),
    "level": ("how often such intervals hold the true value over repeated runs", "0 to 1"),
    "n": ("trajectories, or pairs, that the number rests on", "count"),
    "futures": ("futures they come from", "count"),
    "date": ("the day the number is of; empty for the whole run", "ISO 8601"),
    "against": ("policy that is subtracted in a difference", "name"),
    "verdict": ("what the interval of a difference allows to be said of the policy", "words"),
    "left_out": ("trajectories or pairs without a value, left out", "count"),
    "method": ("how the interval was made, with author and year", "words"),
    "note": ("why an end is missing or the interval has no width", "words"),
}


def told_days(days: Sequence[float]) -> list[int]:
    """Places of the few days that tables show: evenly spread, first and last among them."""
    steps = min(TOLD_DAYS, len(days))
    return sorted({round(step * (len(days) - 1) / max(steps - 1, 1)) for step in range(steps)})


def lines(analysis: Analysis) -> Iterator[Line]:
    """Every number, in the order of the report."""
    from escalation.reporting.record_lines import record_lines

    asked = {question.key: question for question in analysis.questions}
    for outcome in analysis.outcomes:
        yield from _outcome(asked[outcome.question], outcome)
    for told in analysis.ladders:
        yield from _ladder(analysis, told)
    for came in analysis.first_times:
        yield from _first_time(analysis, came)
        yield from _when(analysis, came)
    yield from _scales(analysis)
    for seen in analysis.sights:
        for side, fan in (("true", seen.truth), ("seen", seen.seen)):
            yield from _fan(analysis, (seen.policy, seen.reading, seen.label, seen.unit), seen.days, fan, f"{side}: ")
    for path in analysis.paths:
        yield from _fan(analysis, (path.policy, path.key, path.label, path.unit), path.days, path.fan, "")
    for each in analysis.differences:
        yield _difference(asked[each.question], each)
    for settled in analysis.convergence:
        for step in settled.steps:
            outcome = Outcome(settled.policy, settled.question, step.estimate, step.across, (), 0)
            for line in _outcome(asked[settled.question], outcome):
                yield replace(line, section="convergence", left_out=None)
    for typical in analysis.typical:
        yield _typical(typical)
    yield from record_lines(analysis)


def _estimated(
    question: Question, outcome: Outcome, statement: str, told: Estimate, write: Callable[[float], str], unit: str
) -> Line:
    return Line(
        "outcomes",
        outcome.policy,
        question.key,
        question.label,
        statement,
        unit,
        told.value,
        told.low,
        told.high,
        write(told.value),
        "" if told.low is None else write(told.low),
        "" if told.high is None else write(told.high),
        level=told.level,
        n=told.n,
        futures=told.futures,
        left_out=outcome.blank,
        method=told.method,
        note=told.reason,
    )


def _outcome(question: Question, outcome: Outcome) -> Iterator[Line]:
    error = error_of(outcome.estimate)
    unit = column_unit("share" if question.share else question.unit)

    def write(value: float) -> str:
        return answer(question, value, error)

    main = _estimated(question, outcome, "share" if question.share else "mean", outcome.estimate, write, unit)
    yield replace(main, error_shown=plus_minus(question, error))
    across = outcome.across
    inside = percent(across.coverage[1] - across.coverage[0])
    for side, end in (("low", across.low), ("high", across.high)):
        if end is not None:
            statement = f"range across futures ({inside} of futures), {side} end"
            yield _estimated(question, outcome, statement, end, write, unit)
    if across.middle is not None:
        yield _estimated(question, outcome, "median future", across.middle, write, unit)
    if across.share_between is not None:
        told = across.share_between
        yield _estimated(question, outcome, "share of the spread between futures", told, percent, "share")
    for quantile, at in zip(SPREAD, outcome.spread, strict=False):

        def write_spread(value: float, error: float | None = error_of(at)) -> str:
            return answer(question, value, error)

        yield _estimated(question, outcome, of_single(quantile), at, write_spread, unit)


def _typical(told: Typical) -> Line:
    """The share of trajectories that a typical one stands for."""
    share, error = told.share, error_of(told.share)
    whose = f"highest rung decided by the end: {told.rung}" if told.rung else "all trajectories"
    return Line(
        "typical trajectories",
        told.policy,
        told.key,
        whose,
        "share of trajectories that end so",
        "share",
        share.value,
        share.low,
        share.high,
        percent(share.value, error),
        "" if share.low is None else percent(share.low, error),
        "" if share.high is None else percent(share.high, error),
        level=share.level,
        n=share.n,
        futures=share.futures,
        method=share.method,
        note=share.reason,
    )


def _known(value: float) -> float | None:
    return value if value == value else None


def _ladder(analysis: Analysis, told: LadderOverTime) -> Iterator[Line]:
    for place in told_days(told.days):
        for index, (rung, label) in enumerate(zip(told.rungs, told.labels, strict=True)):
            low, high = (_known(side[index][place]) for side in (told.low, told.high))
            yield Line(
                "ladder over time",
                told.policy,
                f"ladder:{told.ladder}.{told.stage}",
                f"{told.label}: {told.stage}",
                f"share on {rung} ({label})",
                "share",
                told.shares[index][place],
                low,
                high,
                percent(told.shares[index][place]),
                "" if low is None else percent(low),
                "" if high is None else percent(high),
                level=told.level,
                n=told.n,
                futures=told.futures,
                date=calendar_day(analysis.start, told.days[place]).isoformat(),
            )


def _first_time(analysis: Analysis, told: FirstTime) -> Iterator[Line]:
    for place in told_days(told.incidence.times.tolist()):
        at = told.incidence.at(place)
        error = error_of(at)
        yield Line(
            "incidence",
            told.policy,
            told.key,
            told.label,
            "share in which it has come",
            "share",
            at.value,
            at.low,
            at.high,
            percent(at.value, error),
            "" if at.low is None else percent(at.low, error),
            "" if at.high is None else percent(at.high, error),
            level=at.level,
            n=at.n,
            futures=at.futures,
            date=calendar_day(analysis.start, float(told.incidence.times[place])).isoformat(),
            method=at.method,
            note=at.reason,
        )


def _when(analysis: Analysis, told: FirstTime) -> Iterator[Line]:
    """When it came, among the trajectories in which it came."""

    def write(day: float | None) -> str:
        return "" if day is None else short_date(analysis.start, day)

    for quantile, at in zip(WHEN, told.when, strict=False):
        yield Line(
            "when it came",
            told.policy,
            told.key,
            told.label,
            f"{of_single(quantile)}, of those in which it came",
            "days since the start",
            at.value,
            at.low,
            at.high,
            write(at.value),
            write(at.low),
            write(at.high),
            level=at.level,
            n=at.n,
            futures=at.futures,
            left_out=told.incidence.never,
            method=at.method,
            note=at.reason,
        )


def _scales(analysis: Analysis) -> Iterator[Line]:
    """Where the axes of the charts end."""
    labels = {scale_of(each): each.stage or each.label for each in analysis.first_times}
    for name, end in scales(analysis.first_times).items():
        yield Line(
            "incidence",
            "",
            name,
            labels[name],
            "end of the scale of its charts",
            "share",
            end,
            value_shown=percent(end),
        )


def _fan(
    analysis: Analysis, of: tuple[str, str, str, str], days: Sequence[float], fan: Fan, side: str
) -> Iterator[Line]:
    policy, key, label, unit = of
    for place in told_days(days):
        for share, line in zip(QUANTILES, fan.lines, strict=True):
            value = float(line[place])
            yield Line(
                "over time",
                policy,
                key,
                label,
                f"{side}{of_single(share)}",
                column_unit(unit),
                _known(value),
                value_shown=quantity(value, unit),
                n=int(fan.present[place]),
                left_out=int(fan.missing[place]),
                date=calendar_day(analysis.start, days[place]).isoformat(),
            )


def column_unit(unit: str) -> str:
    """A unit as the column says it: what is told in % is a share of 0–1 there."""
    return "share" if unit == "%" else unit


def of_single(quantile: float) -> str:
    """A quantile over single trajectories in words, and which middle share of them it is an end of."""
    told = f"single trajectories, {percent(quantile)}"
    inside = abs(1 - 2 * quantile)
    return f"{told} ({'lower' if quantile < 0.5 else 'upper'} end of the middle {percent(inside)})" if inside else told


def _difference(question: Question, each: Difference) -> Line:
    told = each.paired.estimate
    error = error_of(told)
    return Line(
        "policies compared",
        each.policy,
        question.key,
        question.label,
        "paired difference",
        column_unit("share" if question.share else question.unit),
        told.value,
        told.low,
        told.high,
        difference(question, told.value, error),
        "" if told.low is None else difference(question, told.low, error),
        "" if told.high is None else difference(question, told.high, error),
        plus_minus(question, error),
        told.level,
        told.n,
        told.futures,
        against=each.against,
        verdict=each.paired.verdict,
        left_out=each.paired.left_out,
        method=told.method,
        note=told.reason,
    )


def safe_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: text that could begin one stands behind an apostrophe.

    The name of a file may hold bytes that are no text; they are told as they are on a page.
    """
    if isinstance(value, str):
        formula = value.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
        return readable("'" + value if formula else value)
    if isinstance(value, float):
        return "" if value != value else repr(value)
    return "" if value is None else value


def as_csv(header: Sequence[str], rows: Iterator[Sequence[object]]) -> bytes:
    """A table as CSV in UTF-8 with a byte order mark, by which spreadsheets know the encoding."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def summary_csv(analysis: Analysis) -> bytes:
    """`summary.csv`."""
    names = [field.name for field in fields(Line)]
    from escalation.reporting.stopping_lines import stopping_lines

    stopping = list(stopping_lines(analysis))
    if analysis.deep is not None:
        parts = ([*asdict(line).values(), where] for line, where in stopping)
        return as_csv([*names, "where"], chain(rows_over_ranges(analysis, lines, Line), parts))
    told = chain(lines(analysis), (line for line, _ in stopping))
    return as_csv(names, (list(asdict(line).values()) for line in told))


def codebook_csv(deep: bool = False) -> bytes:
    """`codebook.csv`: what each column of `summary.csv` means, and its unit."""
    rows = ((field.name, *CODEBOOK[field.name]) for field in fields(Line))
    last = iter([("where", *WHERE)] if deep else [])
    return as_csv(("column", "meaning", "unit"), chain(rows, last))
