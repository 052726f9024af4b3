"""What two runs differ in, in sentences and lines of text."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import PurePath

from escalation.experiments.analysis import Difference
from escalation.experiments.analysis_questions import Question
from escalation.experiments.comparison import Comparison
from escalation.experiments.first_difference import FirstDifferent
from escalation.model.calendar import DAY
from escalation.reporting import changes
from escalation.reporting.decimals import count, difference, difference_range, error_of, fixed, percent, short_date
from escalation.reporting.repeats import gives_way
from escalation.reporting.sentences import joined, quoted
from escalation.reporting.short_labels import short

IDENTICAL = "identical"
CHANGES_SHOWN = 40
"""In the terminal; the page and the table list all."""


def lines(comparison: Comparison) -> Iterator[str]:
    """The whole answer for a terminal, in aligned columns."""
    yield f"A: {comparison.a}"
    yield f"B: {comparison.b}"
    yield ""
    yield "What the scenario says differently"
    told = [changes.told(change) for change in comparison.changes]
    yield from (f"  {line}" for line in told[:CHANGES_SHOWN] or ["nothing"])
    if len(told) > CHANGES_SHOWN:
        yield f"  … and {count(len(told) - CHANGES_SHOWN)} more, in changes.csv"
    for remark in comparison.remarks:
        yield f"  note: {remark}"
    yield ""
    yield f"What that changes: {how(comparison)}"
    yield from _table(comparison)
    yield ""
    yield from first_lines(comparison)


def how(comparison: Comparison) -> str:
    """How the differences were made, in one line."""
    return (
        f"B less A, {count(comparison.pairs)} pairs of trajectories a policy in {count(comparison.futures)} "
        f"future{'' if comparison.futures == 1 else 's'}, "
        f"seed {comparison.seed}, {percent(comparison.level)} intervals (simulation error)"
    )


def by_question(comparison: Comparison) -> list[tuple[Question, list[Difference]]]:
    """The differences of each question, but for questions that a measure of the author's answers alike."""
    asked = {question.key: question for question in comparison.questions}
    groups = {key: list(rows) for key, rows in groupby(comparison.differences, key=lambda each: each.question)}
    again = {
        key
        for key, rows in groups.items()
        for other, others in groups.items()
        if key != other
        and not asked[other].watched
        and gives_way(asked[key], asked[other])
        and [row.paired.estimate for row in rows] == [row.paired.estimate for row in others]
    }
    return [(asked[key], rows) for key, rows in groups.items() if key not in again]


def moved(rows: Sequence[Difference]) -> bool:
    """Whether anything differs on a question, under any policy."""
    return any(row.paired.verdict != IDENTICAL for row in rows)


def cells(question: Question, row: Difference) -> tuple[str, str, str, str]:
    """Difference, interval, n, verdict."""
    told = row.paired.estimate
    error = error_of(told)
    bounded = told.low is not None and told.high is not None
    interval = difference_range(question, told.low, told.high, error) if bounded else told.reason or "no interval"  # type: ignore[arg-type]
    return (
        difference(question, told.value, error),
        "" if row.paired.verdict == IDENTICAL else interval,
        f"n = {count(row.paired.pairs)}",
        row.paired.verdict if row.paired.pairs else "no pair to compare",
    )


def _table(comparison: Comparison) -> Iterator[str]:
    found = by_question(comparison)
    told = [(question, rows) for question, rows in found if moved(rows)]
    table = [[(row.policy, *cells(question, row)) for row in rows if moved([row])] for question, rows in told]
    widths = [max(len(row[place]) for rows in table for row in rows) for place in range(4)] if table else []
    for (question, every), rows in zip(told, table, strict=True):
        yield f"  {short(question.label)}{_size(question)}"
        for row in rows:
            yield "    " + _aligned(row, [*widths, 0])
        same = [row.policy for row in every if not moved([row])]
        if same:
            yield f"    identical under {joined(same)}"
    same = [short(question.label) for question, rows in found if not moved(rows)]
    if same:
        yield f"  Identical under every policy: {joined(same)}"
    if told:
        yield f"  {by_chance(comparison)}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _size(question: Question) -> str:
    """What matters on a question, and which way is better."""
    said = [] if question.better == "neither" else [f"{question.better} is better"]
    if question.matters is not None:
        said.append(f"{difference(question, question.matters, None).removeprefix('+')} matter")
    return f" ({', '.join(said)})" if said else ""


def by_chance(comparison: Comparison) -> str:
    """What many intervals do together."""
    rows = [row for _, found in by_question(comparison) for row in found]
    open_ = sum(row.paired.verdict != IDENTICAL and row.paired.estimate.low is not None for row in rows)
    return (
        f"{count(open_)} {'row is' if open_ == 1 else 'rows are'} not identical. Were none of them different in truth, "
        f"about {fixed(open_ * (1 - comparison.level), 1)} of so many {percent(comparison.level)} intervals would miss "
        "0 all the same."
    )


def headline(comparison: Comparison) -> list[str]:
    """A sentence for each question on which something can be told apart, the author's measures first."""
    told = []
    for question, rows in by_question(comparison):
        sure = [row for row in rows if row.paired.verdict in ("better", "worse", "higher", "lower")]
        if sure:
            parts = [
                f"{row.paired.verdict} under {_label(comparison, row)}, {cells(question, row)[0]} "
                f"({cells(question, row)[1]})"
                for row in sure
            ]
            told.append(f"{short(question.label)}: {joined(parts)}.")
    same = sum(not moved(rows) for _, rows in by_question(comparison))
    if told:
        return told
    if same == len(by_question(comparison)):
        return ["Nothing that was measured differs in any trajectory."]
    return ["No measure can be told apart at this number of trajectories."]


def _label(comparison: Comparison, row: Difference) -> str:
    return quoted(short(dict(comparison.policies)[row.policy]))


# ---------------------------------------------------------------------- firings


def first_lines(comparison: Comparison) -> Iterator[str]:
    """Which rule first fired differently."""
    told = comparison.first_different
    yield "Which rule first fired differently"
    yield f"  {looked(comparison)}"
    rows = first_rows(comparison)
    widths = [max(len(row[place]) for row in rows) for place in range(4)] if rows else []
    for row in rows:
        yield "    " + _aligned(row, widths)
    if told.found:
        yield f"  The first of them: {example(comparison, told.by_rule()[0][3])}"


def looked(comparison: Comparison) -> str:
    """How many trajectories were played again, and in how many nothing differs."""
    told = comparison.first_different
    if told.untold:
        return f"Not told: {told.untold}."
    parted = len(told.found)
    said = (
        f"{count(told.looked)} trajectories of each were played again with their firings, spread evenly over policies "
        f"and futures: in {count(parted)} a rule fired in one and not in the other; no difference in "
        f"{count(told.alike)} of {count(told.looked)}"
    )
    values = f"; the same firings with other values in {count(told.other_values)}" if told.other_values else ""
    values += f"; {count(told.failed)} more failed in A or in B and are left out" if told.failed else ""
    return f"{said}{values}."


def first_rows(comparison: Comparison) -> list[tuple[str, str, str, str]]:
    """Rule, trajectories, in which only A fired it, in which only B did."""
    return [
        (rule, count(by_a + by_b), f"only in A: {count(by_a)}", f"only in B: {count(by_b)}")
        for rule, by_a, by_b, _ in comparison.first_different.by_rule()
    ]


def example(comparison: Comparison, one: FirstDifferent) -> str:
    """Where one trajectory parts, and how to have it told."""
    there = one.in_a if one.by == "B" else one.in_b
    day = short_date(comparison.start, one.time / DAY)
    side = comparison.a if one.by == "A" else comparison.b
    other = "B" if one.by == "A" else "A"
    then = f"{there[1]} fired next, {_after(comparison.start, one.time, there[0])}" if there else "nothing more fired"
    trace = f"--policy {one.policy} --future {one.future} --trajectory {one.luck} --seed {comparison.seed}"
    return f"on {day} {one.rule} fired in {one.by} ({PurePath(side).name}); in {other} {then} (trace {trace})"


def _after(start: str, before: int, time: int) -> str:
    """When something fired, after something else."""
    day, first = (short_date(start, each / DAY) for each in (time, before))
    return f"on {day}" if day != first else "in the same instant" if time == before else "later that day"
