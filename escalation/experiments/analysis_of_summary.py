"""From a summary to every estimate of a report that needs no single trajectory.

Nothing is told of typical trajectories, which have to be found among all, nor of the days of the record's events.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from escalation.experiments.against_record import against_record
from escalation.experiments.analysis import (
    SPREAD,
    Analysis,
    Difference,
    Outcome,
    PolicyTold,
    Tables,
    asked_of,
    headline_keys,
    ladder_keys,
    over_time_of,
    series_of,
)
from escalation.experiments.analysis_over_time import (
    WHEN,
    FirstTime,
    first_columns,
    grid_of,
    ladders_over_time,
    paths,
    sights,
)
from escalation.experiments.analysis_questions import Question
from escalation.experiments.convergence import Convergence, Step, steps_to
from escalation.experiments.summary import Answers, Arrivals, Pairs, PolicySummary, Summary
from escalation.model.calendar import DAY
from escalation.model.scenario import Scenario
from escalation.statistics.clusters import FutureSums
from escalation.statistics.estimate import Estimate, nothing_to_estimate, one_future
from escalation.statistics.future_range import range_of_futures
from escalation.statistics.incidence import incidence_of_counts
from escalation.statistics.mean import METHOD as OF_MEANS
from escalation.statistics.mean import NO_SPREAD, mean_interval
from escalation.statistics.paired import told_difference
from escalation.statistics.proportion import METHOD as OF_SHARES
from escalation.statistics.proportion import proportion_interval

if TYPE_CHECKING:
    import pandas as pd


def analyse_summary(summary: Summary, tables: Tables, scenario: Scenario, level: float = 0.95) -> Analysis:
    """Every estimate; each policy is compared with the first of the design.

    tables: the series that were kept; the outcomes may be empty, only their columns are read. Raises ValueError when no
    trajectory of the first policy was finished.
    """
    base = summary.design.policies[0]
    if not summary.policies[base].n:
        raise ValueError(f"no trajectory was finished under {base!r}, with which the others would be compared")
    told = {name: each for name, each in summary.policies.items() if each.n}
    asked = tuple(each for each in asked_of(scenario, tables.outcomes.columns) if each.key in told[base].answers)
    rungs = ladder_keys(scenario, {question.key for question in asked})
    headline = headline_keys(rungs, asked)
    labels = {policy.name: policy.label or policy.name for policy in scenario.policies}
    found = series_of(tables, scenario)
    over_time = over_time_of(tables, scenario, list(told), found)
    followed = {name: series.n for name, series in over_time}
    return Analysis(
        start=scenario.start,
        horizon=scenario.horizon / DAY,
        level=level,
        against=base,
        policies=tuple(
            PolicyTold(name, labels[name], each.n, each.futures, followed.get(name, 0))
            for name, each in told.items()
        ),
        questions=asked,
        rungs=rungs,
        headline=headline,
        outcomes=tuple(
            _outcome(name, each, policy.answers[each.key], level) for each in asked for name, policy in told.items()
        ),
        differences=tuple(
            _difference(name, base, each, policy.pairs[each.key], level)
            for each in asked for name, policy in told.items() if name != base
        ),
        ladders=tuple(each for name, series in over_time for each in ladders_over_time(scenario, name, series, level)),
        first_times=tuple(each for name, own in told.items() for each in _first_times(scenario, name, own, level)),
        sights=tuple(each for name, series in over_time for each in sights(scenario, name, series)),
        paths=tuple(each for name, series in over_time for each in paths(scenario.measures, name, series)),
        convergence=tuple(
            _convergence(base, each, told[base], level) for each in asked if each.key in headline
        ),
        record=against_record(scenario, base, _no_dates(), found.get(base), level),
        reduced=summary.kept,
    )  # fmt: skip


def _no_dates() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame()


def _estimate(answers: Answers, level: float) -> Estimate:
    if not answers.share:
        return answers.moments.mean(level)
    counts = answers.counts
    if counts.n == 0:
        return nothing_to_estimate(level, OF_SHARES)
    if counts.count == 1:
        return one_future(float(counts.shares()[0]), level, counts.n, OF_SHARES)
    share, low, high = (float(each[0]) for each in counts.intervals(level))
    return Estimate(share, low, high, level, counts.n, counts.count, OF_SHARES)


def _outcome(policy: str, question: Question, answers: Answers, level: float) -> Outcome:
    spread = () if question.share or not answers.sketch.n else [answers.sketch.quantile(q, level) for q in SPREAD]
    across = range_of_futures(answers.first(), level=level)
    return Outcome(policy, question.key, _estimate(answers, level), across, tuple(spread), answers.blank)


def _difference(policy: str, against: str, question: Question, pairs: Pairs, level: float) -> Difference:
    told = told_difference(
        pairs.moments.mean(level, what="pair"),
        pairs.differing,
        (pairs.only_first, pairs.only_second, pairs.neither),
        question.better,
        question.matters,
        question.widest,
    )
    return Difference(policy, against, question.key, told)


def _first_times(scenario: Scenario, policy: str, told: PolicySummary, level: float) -> Iterator[FirstTime]:
    grid = grid_of(scenario.horizon)
    for column, label, ladder, stage in first_columns(scenario):
        if column in told.arrivals:
            each: Arrivals = told.arrivals[column]
            curve = incidence_of_counts(grid, each.by_day, each.came, each.sizes.astype(np.float64), level)
            when = tuple(each.when.quantile(q, level) for q in WHEN if each.when.n)
            yield FirstTime(column, label, ladder, stage, policy, curve, when)


def _convergence(policy: str, question: Question, told: PolicySummary, level: float) -> Convergence:
    """Steps as far as the futures whose totals are kept reach; the last is all there are."""
    answers = told.answers[question.key]
    steps = []
    *before, total = steps_to(told.futures)
    for many in before:
        if many <= answers.totals.size:
            first = answers.first(many)
            estimate = _estimate_of_futures(first, question.share, level)
            steps.append(Step(many, estimate, range_of_futures(first, level=level)))
    steps.append(Step(total, _estimate(answers, level), range_of_futures(answers.first(), level=level)))
    return Convergence(policy, question.key, tuple(steps))


def _estimate_of_futures(first: FutureSums, share: bool, level: float) -> Estimate:
    method = OF_SHARES if share else OF_MEANS
    if not first.n:
        return nothing_to_estimate(level, method)
    value = float(first.totals.sum() / first.sizes.sum())
    if first.count == 1:
        return one_future(value, level, first.n, method)
    if share:
        told = proportion_interval(first.totals, first.sizes, level)
    elif (first.means() == first.means()[0]).all() and not np.nansum(first.inside):
        return Estimate(value, value, value, level, first.n, first.count, method, NO_SPREAD)
    else:
        told = mean_interval(first.means(), first.sizes, level)
    value, low, high = (float(each) for each in told)
    return Estimate(value, low, high, level, first.n, first.count, method)
