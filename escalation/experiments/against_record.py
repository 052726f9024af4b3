"""How far the model lies from the public record: each recorded number in the model's distribution at its date.

It is a check of what was assumed and no fit: nothing here changes a parameter or a trajectory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from escalation.experiments.analysis_over_time import SeriesOfPolicy
from escalation.experiments.columns import column_of
from escalation.experiments.hindsight import Learnt, learnt_later, touched
from escalation.experiments.watches import evidence_watches
from escalation.expressions.tree import names_in
from escalation.model.calendar import DAY
from escalation.model.evidence import Bound, Estimated, Fact, Happened, LeftOut
from escalation.model.scenario import Scenario
from escalation.statistics.estimate import Estimate
from escalation.statistics.quantile import quantile
from escalation.statistics.record import log_spread, position

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Held:
    """One recorded number against the model's distribution of the same quantity.

    record: the recorded number, None for a bare range; low, high: its range, None where open. median, fifth, last: the
    model's 50 %, 5 % and 95 % quantiles over single trajectories. place: the share of trajectories below the record.
    inside: whether the record, with its range, meets the model's middle 90 %. unknown: trajectories without a value,
    left out. The model's numbers are None where no trajectory has a value.
    """

    record: float | None
    low: float | None
    high: float | None
    median: Estimate | None
    fifth: Estimate | None
    last: Estimate | None
    place: Estimate | None
    inside: bool | None
    unknown: int


@dataclass(frozen=True, slots=True)
class Said:
    """What one agency said on one day.

    day: days since the start. hindsight: the model rests on things learnt later. drawn_on: the fans that show the same
    quantity: `seen:READING`, `true:READING` or `path:MEASURE`.
    """

    entry: str
    label: str
    subject: str
    unit: str
    flow: bool
    who: str
    date: str
    day: float
    bound: Bound
    source: str
    confidence: str
    hindsight: bool
    in_window: bool
    drawn_on: tuple[str, ...]
    held: Held


@dataclass(frozen=True, slots=True)
class Grown:
    """By which factor one agency's numbers grew from its first to its last day in the window."""

    entry: str
    label: str
    subject: str
    first: str
    last: str
    held: Held


@dataclass(frozen=True, slots=True)
class Apart:
    """How far estimates of one quantity lay apart within a period, as the standard deviation of their logarithms."""

    subject: str
    first: str
    last: str
    estimates: int
    held: Held


@dataclass(frozen=True, slots=True)
class Came:
    """When something came, in days since the start; the record's day is a span from `held.low` to `held.high`."""

    entry: str
    label: str
    first: str
    last: str
    source: str
    hindsight: bool
    held: Held


@dataclass(frozen=True, slots=True)
class AgainstRecord:
    """The whole check, under one policy. window: days. n: trajectories with series. rows: dated rows in the tables."""

    policy: str
    window: float
    n: int
    rows: int
    said: tuple[Said, ...]
    grown: tuple[Grown, ...]
    apart: tuple[Apart, ...]
    came: tuple[Came, ...]
    left_out: tuple[LeftOut, ...]
    learnt: tuple[Learnt, ...]


def against_record(
    scenario: Scenario, policy: str, outcomes: Any, series: SeriesOfPolicy | None, level: float
) -> AgainstRecord | None:
    """The check of one policy; None without evidence. outcomes: its rows; series: its series, if any were kept."""
    evidence = scenario.evidence
    if evidence is None:
        return None
    checking = _Checking(scenario, series, level, evidence.window)
    told = [each for each in evidence.estimated if each.facts and series is not None]
    return AgainstRecord(
        policy=policy,
        window=evidence.window / DAY,
        n=0 if series is None else int(series.futures.size),
        rows=evidence.rows,
        said=tuple(said for each in told for said in checking.said(each)),
        grown=tuple(grown for each in told for grown in checking.grown(each)),
        apart=tuple(apart for span in evidence.periods for apart in checking.apart(told, span)),
        came=tuple(checking.came(each, outcomes) for each in evidence.dated if f"record:{each.name}" in outcomes),
        left_out=evidence.left_out,
        learnt=learnt_later(scenario),
    )


class _Checking:
    """Holds one scenario's record against the series of one policy."""

    def __init__(self, scenario: Scenario, series: SeriesOfPolicy | None, level: float, window: int) -> None:
        self.scenario, self.series, self.level, self.window = scenario, series, level, window
        self.columns = {measure.name: column_of(measure) for measure in evidence_watches(scenario)}

    def date(self, instant: int) -> str:
        """An instant as a date."""
        return (date.fromisoformat(self.scenario.start) + timedelta(days=instant // DAY)).isoformat()

    def values(self, each: Estimated, facts: Sequence[Fact]) -> Floats:
        """What the model has at the dates of facts, in the column's unit; shape (trajectories, facts)."""
        assert self.series is not None
        name = f"record:{each.name}"
        table, place = self.series.numbers(name), {at: k for k, at in enumerate(each.instants)}
        now = table[:, [place[fact.at] for fact in facts]]
        return now if each.over is None else now - table[:, [place[fact.at - each.over] for fact in facts]]

    def scaled(self, each: Estimated, value: float | None) -> float | None:
        """A recorded number in the column's unit."""
        return None if value is None else value / self.columns[f"record:{each.name}"].factor

    def said(self, each: Estimated) -> Iterator[Said]:
        """Every fact of one expression."""
        assert self.series is not None
        late = touched(self.scenario, names_in(each.value))
        values = self.values(each, each.facts)
        for place, fact in enumerate(each.facts):
            record, low, high = (self.scaled(each, value) for value in (fact.value, fact.low, fact.high))
            yield Said(
                each.name,
                each.label,
                each.subject,
                self.columns[f"record:{each.name}"].unit,
                each.over is not None,
                fact.who,
                fact.date,
                fact.at / DAY,
                fact.bound,
                fact.source,
                fact.confidence,
                late,
                fact.at <= self.window,
                _drawn_on(self.scenario, each),
                self.held(values[:, place], self.series.futures, record, low, high),
            )

    def grown(self, each: Estimated) -> Iterator[Grown]:
        """Its growth between the first and the last day of the window on which it and some trajectory have a value."""
        assert self.series is not None
        told = [fact for fact in each.facts if fact.at <= self.window and fact.value]
        values = self.values(each, told)
        known = [place for place in range(len(told)) if not np.isnan(values[:, place]).all()]
        if len(known) < 2 or told[known[0]].at == told[known[-1]].at:
            return
        first, last = told[known[0]], told[known[-1]]
        ends = values[:, [known[0], known[-1]]]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where((ends > 0).all(axis=1), ends[:, 1] / ends[:, 0], np.nan)
        record = (last.value or 0.0) / (first.value or 1.0)
        held = self.held(ratio, self.series.futures, record, record, record)
        yield Grown(each.name, each.label, each.subject, first.date, last.date, held)

    def apart(self, told: Sequence[Estimated], span: tuple[int, int]) -> Iterator[Apart]:
        """How far the estimates of each quantity lie apart in one period, in the record and in the model.

        Only where they are held against two expressions or more: one alone has nothing to disagree with.
        """
        assert self.series is not None or not told
        for subject in dict.fromkeys(each.subject for each in told if each.over is None):
            record: list[float] = []
            parts: list[Floats] = []
            for each in told:
                facts = [fact for fact in each.facts if span[0] <= fact.at <= span[1] and fact.value]
                if each.subject == subject and each.over is None and facts:
                    record += [fact.value for fact in facts if fact.value is not None]
                    parts.append(self.values(each, facts))
            if len(parts) > 1 and self.series is not None:
                value = float(log_spread(record))
                held = self.held(log_spread(np.concatenate(parts, axis=1)), self.series.futures, value, value, value)
                yield Apart(subject, self.date(span[0]), self.date(span[1]), len(record), held)

    def came(self, each: Happened, outcomes: Any) -> Came:
        """When it came, in all trajectories; never is infinitely late. The record's days are whole days."""
        days = outcomes[f"record:{each.name}"].to_numpy(dtype=np.float64, na_value=inf)
        days = np.where(np.isnan(days), inf, days)
        low, high = each.first / DAY, each.last / DAY + 1
        held = self.held(days, outcomes["future"].to_numpy(), (low + high) / 2, low, high)
        late = touched(self.scenario, names_in(each.condition))
        return Came(each.name, each.label, self.date(each.first), self.date(each.last), each.source, late, held)

    def held(self, values: Floats, futures: Any, record: float | None, low: float | None, high: float | None) -> Held:
        """One recorded number in the distribution of the trajectories that have a value."""
        known = ~np.isnan(values)
        values, futures, unknown = values[known], np.asarray(futures)[known], int((~known).sum())
        if not values.size:
            return Held(record, low, high, None, None, None, None, None, unknown)
        fifth, median, last = (quantile(values, futures, q, self.level) for q in (0.05, 0.5, 0.95))
        place = None if record is None else position(values, futures, record, self.level)
        inside = (low is None or low <= last.value) and (high is None or high >= fifth.value)
        return Held(record, low, high, median, fifth, last, place, inside, unknown)


def _drawn_on(scenario: Scenario, each: Estimated) -> tuple[str, ...]:
    """The fans that show what an estimate is of: of a reading that it reads, or of the very same expression."""
    if each.over is not None:
        return ()
    read = {name.split(".")[0] for name in names_in(each.value)}
    seen = [f"seen:{reading.name}" for reading in scenario.intelligence if reading.name in read]
    true = [f"true:{reading.name}" for reading in scenario.intelligence if reading.of == each.value]
    paths = [f"path:{m.name}" for m in scenario.measures if m.how == "series" and m.value == each.value]
    return (*seen, *true, *paths)
