"""From an ensemble to every estimate that a report shows; the only place where reports call on statistics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from escalation.experiments.against_record import AgainstRecord, against_record
from escalation.experiments.analysis_over_time import (
    FirstTime,
    LadderOverTime,
    Path,
    Series,
    SeriesOfAll,
    SeriesOfPolicy,
    Sight,
    first_times,
    grid_of,
    ladders_over_time,
    paths,
    sampled_days,
    sights,
)
from escalation.experiments.analysis_questions import Question, answers, questions
from escalation.experiments.convergence import Convergence, convergence
from escalation.experiments.deep import Deep, deep_names, over_slices
from escalation.experiments.over_time import OverTime
from escalation.experiments.typical import Typical
from escalation.experiments.watches import ladder_watches, watches
from escalation.model.calendar import DAY
from escalation.model.process import Measure
from escalation.model.scenario import Scenario
from escalation.statistics.estimate import Estimate
from escalation.statistics.future_range import FutureRange, range_across_futures
from escalation.statistics.mean import mean
from escalation.statistics.paired import PairedDifference, paired_difference
from escalation.statistics.proportion import proportion
from escalation.statistics.quantile import quantile

if TYPE_CHECKING:
    from escalation.experiments.stopping import Stopping

Floats = npt.NDArray[np.float64]
SPREAD = (0.05, 0.5, 0.95)


class Tables(Protocol):
    """What an analysis reads of an ensemble (pandas frames).

    outcomes: policy, future, luck, then a column a measure. series: policy, future, luck, day, then a column a series.
    """

    @property
    def outcomes(self) -> Any:
        """One row a trajectory."""

    @property
    def series(self) -> Any:
        """One row a trajectory and day; may be empty."""


@dataclass(frozen=True, slots=True)
class PolicyTold:
    """A policy and what was run of it: trajectories, their futures, and trajectories that have series."""

    name: str
    label: str
    n: int
    futures: int
    with_series: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one question under one policy.

    estimate: share or mean over trajectories. across: its range across futures. spread: the 5 %, 50 % and
    95 % quantiles over single trajectories, for numbers; empty for shares. blank: trajectories without a value, which
    are left out.
    """

    policy: str
    question: str
    estimate: Estimate
    across: FutureRange
    spread: tuple[Estimate, ...]
    blank: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One policy less the policy it is compared with, trajectory by trajectory, on one question."""

    policy: str
    against: str
    question: str
    paired: PairedDifference


@dataclass(frozen=True, slots=True)
class Analysis:
    """Every number of a report.

    start: the ISO date of day 0. horizon: the last instant, in days. against: the policy that others are compared with.
    rungs: keys of the questions about ladders, a tuple a ladder, decided only, lowest rung first.
    headline: keys of what a report answers first.
    deep: of a scenario with bare ranges: every estimate, slice by slice. Outcomes, differences and all that is over
    time are then empty here, since nothing is averaged over such a range.
    reduced: made from a summary (`experiments.summary`), the range across futures, bands and steps of convergence from
    at most so many futures of each policy; 0 where single trajectories were there.
    typical: typical trajectories, where somebody played them again (`experiments.typical`).
    stopping: what was asked of the run's length and what came of it; None where the length was fixed beforehand.
    """

    start: str
    horizon: float
    level: float
    against: str
    policies: tuple[PolicyTold, ...]
    questions: tuple[Question, ...]
    rungs: tuple[tuple[str, ...], ...]
    headline: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    differences: tuple[Difference, ...]
    ladders: tuple[LadderOverTime, ...]
    first_times: tuple[FirstTime, ...]
    sights: tuple[Sight, ...]
    paths: tuple[Path, ...]
    record: AgainstRecord | None = None
    typical: tuple[Typical, ...] = ()
    convergence: tuple[Convergence, ...] = ()
    deep: Deep | None = None
    stopping: "Stopping | None" = None
    reduced: int = 0

    def outcome(self, policy: str, question: str) -> Outcome:
        """The answer to one question under one policy; KeyError if there is none."""
        for each in self.outcomes:
            if (each.policy, each.question) == (policy, question):
                return each
        raise KeyError((policy, question))

    def question(self, key: str) -> Question:
        """A question by its key; KeyError if there is none."""
        for each in self.questions:
            if each.key == key:
                return each
        raise KeyError(key)


def headline_keys(rungs: tuple[tuple[str, ...], ...], asked: tuple[Question, ...]) -> tuple[str, ...]:
    """What a report answers first: the rungs of the first ladder, else the first share, else the first question."""
    if rungs:
        return rungs[0]
    keys = [question.key for question in asked if question.share] or [question.key for question in asked]
    return tuple(keys[:1])


def analyse(tables: Tables, scenario: Scenario, against: str | None = None, level: float = 0.95) -> Analysis:
    """Every estimate of a report, from the outcomes and series of an ensemble.

    against: the policy that the others are compared with; the first of the scenario that was run unless named.
    level: of every interval. Raises ValueError when no trajectory was run, or not under `against`.
    """
    names = deep_names(scenario)
    if names:
        return over_slices(tables, names, lambda part: _analyse(part, scenario, against, level))
    return _analyse(tables, scenario, against, level)


def _analyse(tables: Tables, scenario: Scenario, against: str | None, level: float) -> Analysis:
    frames = {str(name): part for name, part in tables.outcomes.groupby("policy", sort=False, observed=True)}
    labels = {policy.name: policy.label or policy.name for policy in scenario.policies}
    run = [name for name in labels if name in frames] + [name for name in frames if name not in labels]
    if not run:
        raise ValueError("no trajectory was run, so there is nothing to analyse")
    base = run[0] if against is None else against
    if base not in frames:
        raise ValueError(f"no trajectory was run under the policy {base!r}; there are {', '.join(map(repr, run))}")
    asked = tuple(asked_of(scenario, tables.outcomes.columns))
    found = series_of(tables, scenario)
    over_time = over_time_of(tables, scenario, run, found)
    followed = {name: series.n for name, series in over_time}
    grid = grid_of(scenario.horizon)
    rungs = ladder_keys(scenario, {question.key for question in asked})
    headline = headline_keys(rungs, asked)
    return Analysis(
        start=scenario.start,
        horizon=scenario.horizon / DAY,
        level=level,
        against=base,
        policies=tuple(_policy(name, labels.get(name, name), frames[name], followed.get(name, 0)) for name in run),
        questions=asked,
        rungs=rungs,
        headline=headline,
        outcomes=tuple(_outcome(name, question, frames[name], level) for question in asked for name in run),
        differences=tuple(_differences(asked, frames, run, base, level)),
        ladders=tuple(each for name, series in over_time for each in ladders_over_time(scenario, name, series, level)),
        first_times=tuple(each for name in run for each in first_times(scenario, name, frames[name], grid, level)),
        sights=tuple(each for name, series in over_time for each in sights(scenario, name, series)),
        paths=tuple(each for name, series in over_time for each in paths(scenario.measures, name, series)),
        convergence=tuple(convergence(base, each, frames[base], level) for each in asked if each.key in headline),
        record=against_record(scenario, base, frames[base], found.get(base), level),
    )


def series_of(tables: Tables, scenario: Scenario) -> dict[str, SeriesOfPolicy]:
    """The series of each policy; none where none was kept."""
    if tables.series is None or not len(tables.series):
        return {}
    sampled = sampled_days((*scenario.measures, *watches(scenario)), scenario.start, scenario.horizon)
    return {
        str(name): SeriesOfPolicy(part, sampled)
        for name, part in tables.series.groupby("policy", sort=False, observed=True)
    }


def over_time_of(
    tables: Tables, scenario: Scenario, run: Sequence[str], found: Mapping[str, SeriesOfPolicy]
) -> list[tuple[str, Series]]:
    """What charts over time rest on: the series of all trajectories where more were run than have their paths kept."""
    beyond: Mapping[str, OverTime] = getattr(tables, "over_time", {})
    sampled = sampled_days((*scenario.measures, *watches(scenario)), scenario.start, scenario.horizon)
    whole = {name: SeriesOfAll(beyond[name], sampled) for name in run if name in beyond and beyond[name].n}
    return [(name, whole.get(name) or found[name]) for name in run if name in whole or name in found]


def _policy(name: str, label: str, frame: Any, with_series: int) -> PolicyTold:
    return PolicyTold(name, label, len(frame), int(frame["future"].nunique()), with_series)


def asked_of(scenario: Scenario, columns: Any, waits: bool = False) -> Iterator[Question]:
    """The author's measures, then the rungs above the one in force at the start; `waits` as for `questions`."""
    for measure in (*scenario.measures, *_climbs(scenario)):
        if measure.name in columns:
            yield from questions(measure, scenario.horizon, waits)


def _climbs(scenario: Scenario) -> Iterator[Measure]:
    standing = {
        f"rung:{ladder.name}.{rung.id}." for ladder in scenario.ladders for rung in ladder.rungs[: ladder.starts_at + 1]
    }
    for measure in ladder_watches(scenario):
        if measure.how == "first" and not measure.name.startswith(tuple(standing) or ("\n",)):
            yield measure


def ladder_keys(scenario: Scenario, known: set[str]) -> tuple[tuple[str, ...], ...]:
    """Keys of the questions about ladders, a tuple a ladder, decided only, lowest rung first; those that are known."""
    keys = (
        tuple(f"rung:{ladder.name}.{rung.id}.decided" for rung in ladder.rungs[ladder.starts_at + 1 :])
        for ladder in scenario.ladders
    )
    return tuple(present for each in keys if (present := tuple(key for key in each if key in known)))


def _outcome(policy: str, question: Question, frame: Any, level: float) -> Outcome:
    estimate, values, futures, blank = estimate_of(question, frame, level)
    spread = () if question.share or not values.size else tuple(quantile(values, futures, q, level) for q in SPREAD)
    across = range_across_futures(values, futures, level=level)
    return Outcome(policy, question.key, estimate, across, spread, blank)


def estimate_of(question: Question, frame: Any, level: float) -> tuple[Estimate, Floats, Any, int]:
    """The share or mean of some rows, the values and futures it rests on, and how many rows are blank."""
    values = answers(question, frame[question.column])
    known = ~np.isnan(values)
    values, futures = values[known], frame["future"].to_numpy()[known]
    return (proportion if question.share else mean)(values, futures, level), values, futures, int((~known).sum())


def _differences(
    asked: tuple[Question, ...], frames: dict[str, Any], run: list[str], base: str, level: float
) -> Iterator[Difference]:
    """Every other policy less `base`, in pairs of one future and luck; a failed partner leaves its pair out."""
    import pandas as pd

    indices = {name: pd.MultiIndex.from_frame(frames[name][["future", "luck"]]) for name in run}
    for question in asked:
        told = {name: pd.Series(answers(question, frames[name][question.column]), indices[name]) for name in run}
        for name in run:
            if name != base:
                pairs = pd.concat([told[name], told[base]], axis=1, keys=["first", "second"]).sort_index()
                paired = paired_difference(
                    pairs["first"].to_numpy(),
                    pairs["second"].to_numpy(),
                    pairs.index.get_level_values(0).to_numpy(),
                    question.better,
                    question.matters,
                    level,
                    question.widest,
                )
                yield Difference(name, base, question.key, paired)
