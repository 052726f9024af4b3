"""The check against the public record as lines of `summary.csv`."""

from collections.abc import Callable, Iterator

from escalation.experiments.against_record import Held
from escalation.experiments.analysis import Analysis
from escalation.reporting.decimals import as_said, error_of, percent, quantity
from escalation.reporting.summary import Line, of_single
from escalation.statistics.estimate import Estimate

SECTION = "against the record"
Of = tuple[str, str, str, str]
"""Question, label, unit and date of what is held against the record."""


def record_lines(analysis: Analysis) -> Iterator[Line]:
    """Every number of the section: the record, the model's quantiles, and the place of the one among the others."""
    told = analysis.record
    if told is None:
        return
    for said in told.said:
        where = "" if said.in_window else ", after the window"
        of = (f"record:{said.entry}", f"{said.label}: {said.who}{where}", said.unit, said.date)
        note = {"at_least": "at least", "at_most": "at most"}.get(said.bound, "")
        yield from _held(told.policy, of, said.held, note, said=True)
    for grown in told.grown:
        of = (f"record:{grown.entry}", f"{grown.label}: growth since {grown.first}", "", grown.last)
        yield from _held(told.policy, of, grown.held, "")
    for apart in told.apart:
        label = f"{apart.subject}: log-sd of {apart.estimates} estimates since {apart.first}"
        yield from _held(told.policy, (f"record:{apart.subject}", label, "", apart.last), apart.held, "")
    for came in told.came:
        of = (f"record:{came.entry}", came.label, "days since the start", came.first)
        yield from _held(told.policy, of, came.held, "the middle of the days that the record gives")


def _held(policy: str, of: Of, held: Held, note: str, said: bool = False) -> Iterator[Line]:
    question, label, unit, date = of
    shown = "" if held.record is None else (as_said if said else quantity)(held.record, unit)
    yield Line(
        SECTION,
        policy,
        question,
        label,
        "record",
        unit,
        held.record,
        held.low,
        held.high,
        shown,
        date=date,
        verdict={True: "inside", False: "outside", None: ""}[held.inside],
        left_out=held.unknown,
        note=note,
    )

    def written(value: float, error: float | None) -> str:
        return quantity(value, unit, error)

    for share, told in ((0.5, held.median), (0.05, held.fifth), (0.95, held.last)):
        if told is not None:
            yield _estimated(policy, of, of_single(share), told, unit, written)
    if held.place is not None:
        yield _estimated(policy, of, "share of trajectories below the record", held.place, "share", percent)


def _estimated(
    policy: str, of: Of, statement: str, told: Estimate, unit: str, write: Callable[[float, float | None], str]
) -> Line:
    question, label, _, date = of
    error = error_of(told)
    return Line(
        SECTION,
        policy,
        question,
        label,
        statement,
        unit,
        told.value,
        told.low,
        told.high,
        write(told.value, error),
        "" if told.low is None else write(told.low, error),
        "" if told.high is None else write(told.high, error),
        level=told.level,
        n=told.n,
        futures=told.futures,
        date=date,
        method=told.method,
        note=told.reason,
    )
