"""What the check against the public record says, in words and tables. It is told as a check and not as a fit."""

from collections.abc import Iterator, Mapping, Sequence

from escalation.experiments.against_record import AgainstRecord, Came, Held, Said
from escalation.experiments.analysis import Analysis
from escalation.reporting.chart_record import Marks
from escalation.reporting.decimals import (
    BLANK,
    as_said,
    count,
    error_of,
    percent,
    percent_range,
    quantity,
    quantity_range,
    said_range,
    short_date,
    with_unit,
)
from escalation.reporting.sentences import joined, quoted
from escalation.reporting.view import RecordTold, Table
from escalation.statistics.estimate import Estimate

MODEL = (
    "Model: median",
    "Model: 90\u202f% of trajectories",
    "Trajectories below the record",
    "The record lies",
    "Known in",
)
NOTE = (
    "A recorded number lies inside when it, or its range, meets the middle 90\u202f% of single trajectories at its "
    "date; a bound counts as open on its other side. Trajectories in which nothing is known by then are left out. In "
    "brackets: simulation error. The program "
    "moves no number towards the record, and a model that meets it may do so for the wrong reasons."
)


def record_told(analysis: Analysis, labels: Mapping[str, str]) -> RecordTold | None:
    """The section; None where the scenario has no evidence."""
    told = analysis.record
    if told is None:
        return None
    tables = (_numbers(told, analysis), _growth(told), _spread(told), _dates(told, analysis), _left_out(told))
    return RecordTold(
        tuple(_sentences(told, analysis, labels.get(told.policy, told.policy))),
        NOTE,
        tuple(table for table in tables if table.rows),
        hindsight(told),
    )


def span(told: AgainstRecord) -> str:
    """How long the window is, in words: `6 weeks`, `30 days`."""
    weeks, days = divmod(told.window, 7)
    return with_unit(count(int(weeks)), "weeks") if weeks and not days else quantity(told.window, "days")


def _sentences(told: AgainstRecord, analysis: Analysis, label: str) -> Iterator[str]:
    near = [said.held.inside for said in told.said if said.in_window and said.held.inside is not None]
    if near:
        yield (
            f"In the first {span(told)}, {count(sum(near))} of {count(len(near))} recorded numbers meet the middle "
            f"90\u202f% of trajectories under {quoted(label)}. This is a check and no fit; what was known by hindsight "
            "stands at the end of this section."
        )
    wide = [each for each in told.apart if each.held.inside is not None]
    if wide:
        met = sum(bool(each.held.inside) for each in wide)
        yield f"How far estimates lay apart is met in {count(met)} of {count(len(wide))} periods."
    for came in told.came:
        yield f"{came.label}: {_days(came)} in the record; in the model, {_came(came.held, analysis.start)}."


def _days(came: Came) -> str:
    first, last = (_written(day) for day in (came.first, came.last))
    return first if first == last else f"{first} to {last}"


def _written(day: str) -> str:
    return short_date(day, 0.0)


def _came(held: Held, start: str) -> str:
    if held.median is None or held.fifth is None or held.last is None:
        return "it cannot be told"
    middle, low, high = (_moment(start, each.value) for each in (held.median, held.fifth, held.last))
    return f"median {middle}, 90\u202f% of trajectories from {low} to {high}"


def _moment(start: str, day: float) -> str:
    return "never" if day == float("inf") else short_date(start, day)


def recorded(held: Held, bound: str, unit: str) -> str:
    """A number of the record with its range or its bound."""
    if held.record is None:
        return said_range(held.low, held.high, unit)
    if bound != "exact":
        return f"{'at least' if bound == 'at_least' else 'at most'} {as_said(held.record, unit)}"
    if held.low == held.high:
        return as_said(held.record, unit)
    return f"{as_said(held.record, unit)} ({said_range(held.low, held.high, '')})"


def number(told: Estimate | None, unit: str) -> str:
    """An estimate of the model with its interval."""
    if told is None:
        return BLANK
    error = error_of(told)
    if error is None or error == float("inf"):
        return quantity(told.value, unit)
    return f"{quantity(told.value, unit, error)} ({quantity_range(told.low, told.high, '', error)})"


def _model(held: Held, unit: str) -> tuple[str, ...]:
    ends = BLANK
    if held.fifth is not None and held.last is not None:
        ends = quantity_range(held.fifth.value, held.last.value, unit, None)
    return number(held.median, unit), ends, *_place(held)


def _place(held: Held) -> tuple[str, str, str]:
    below = BLANK
    if held.place is not None:
        below = percent(held.place.value, error_of(held.place))
        if held.place.low is not None and held.place.high is not None:
            below += f" ({percent_range(held.place.low, held.place.high, error_of(held.place))})"
    where = {True: "inside", False: "outside", None: "nothing to compare"}[held.inside]
    known = held.median.n if held.median is not None else 0
    return below, where, f"{count(known)} of {count(known + held.unknown)}"


def _numbers(told: AgainstRecord, analysis: Analysis) -> Table:
    rows = []
    for said in sorted((each for each in told.said if each.in_window), key=lambda each: each.day):
        record = recorded(said.held, said.bound, said.unit) + (" in the span before" if said.flow else "")
        rows.append(
            (f"{short_date(analysis.start, said.day)}: {said.who}", said.label, record, *_model(said.held, said.unit))
        )
    header = ("Said", "Held against", "Record", *MODEL)
    return Table(f"Every number of the first {span(told)}, and the model at its date", header, tuple(rows))


def _growth(told: AgainstRecord) -> Table:
    rows = tuple(
        (
            f"{each.label}: {_written(each.first)} to {_written(each.last)}",
            f"× {quantity(each.held.record or 0.0, '')}",
            *_model(each.held, ""),
        )
        for each in told.grown
    )
    return Table(f"Growth within the first {span(told)}: last number over first", ("Numbers", "Record", *MODEL), rows)


def _spread(told: AgainstRecord) -> Table:
    rows = tuple(
        (
            f"{each.subject}: {_written(each.first)} to {_written(each.last)}",
            count(each.estimates),
            quantity(each.held.record or 0.0, ""),
            *_model(each.held, ""),
        )
        for each in told.apart
    )
    caption = "How far estimates lay apart: standard deviation of their logarithms (0.1 is about a tenth apart)"
    return Table(caption, ("Period", "Estimates", "Record", *MODEL), rows)


def _dates(told: AgainstRecord, analysis: Analysis) -> Table:
    rows = []
    for each in told.came:
        held = each.held
        middle = BLANK if held.median is None else _interval_of_days(held.median, analysis.start)
        ends = BLANK
        if held.fifth is not None and held.last is not None:
            ends = " to ".join(_moment(analysis.start, end.value) for end in (held.fifth, held.last))
        rows.append((each.label, _days(each), each.source, middle, ends, *_place(held)))
    header = ("Event", "Record", "Source", *MODEL[:2], "Trajectories in which it came before", *MODEL[3:])
    return Table("When it came", header, tuple(rows))


def _interval_of_days(told: Estimate, start: str) -> str:
    middle = _moment(start, told.value)
    if told.low is None or told.high is None:
        return middle
    return f"{middle} ({_moment(start, told.low)} to {_moment(start, told.high)})"


def _left_out(told: AgainstRecord) -> Table:
    rows = tuple(
        (each.table, each.subject, count(each.rows), each.because or "no reason is given") for each in told.left_out
    )
    caption = f"Rows of the record that are held against nothing, of {count(told.rows)}"
    return Table(caption, ("Table", "Kind", "Rows", "Why"), rows)


def hindsight(told: AgainstRecord) -> str:
    """What the scenario owes to what was learnt after its start."""
    if not told.learnt:
        return "No assumption of this scenario is dated after its start, so none of this is owed to hindsight."
    names = joined([f"{each.name} (as of {each.as_of})" for each in told.learnt])
    labels = dict.fromkeys([each.label for each in told.said if each.hindsight])
    owed = list(dict.fromkeys([*labels, *(each.label for each in told.came if each.hindsight)]))
    tail = (
        f" Directly concerned: {joined([quoted(each) for each in owed])}; agreement there proves nothing."
        if owed
        else ""
    )
    return f"Hindsight: these rest on what was learnt after the start: {names}.{tail}"


def marks(drawn: Mapping[int, Sequence[Marks]]) -> Iterator[str]:
    """The sentence on the public estimates of a chart, if it has any."""
    every = [each for told in drawn.values() for each in told]
    if every:
        said = sum(len(each.said) for each in every)
        names = joined([quoted(each.label) for each in every])
        yield (
            f"Marks are {count(said)} numbers of the public record ({names}), bars their ranges; a hollow mark is a "
            f"bound, open on the side of its bar."
        )


def with_said(table: Table, drawn: Mapping[int, Sequence[Marks]], start: str) -> Table:
    """The table of a chart with a row for each public estimate that is drawn over it, and a column for these."""
    every = [said for told in drawn.values() for each in told for said in each.said]
    if not every:
        return table
    blank = (BLANK,) * (len(table.header) - 1)
    rows = tuple((*row, BLANK) for row in table.rows)
    more = tuple(
        (short_date(start, said.day), *blank, _said(said)) for said in sorted(every, key=lambda each: each.day)
    )
    return Table(table.caption, (*table.header, "Said in public"), (*rows, *more))


def _said(said: Said) -> str:
    return f"{said.who}: {recorded(said.held, said.bound, said.unit)}"
