"""An experiment reduced as it runs: what its estimates need, and no single trajectory (`--keep summary`).

The unit is the future. Once every trajectory of a future has been run under every policy, the future is reduced: each
question's total in it, its variance inside, the cells its values lie in. What is gathered over futures are whole
numbers and sums without rounding, so a summary is the same to the last bit in whatever pieces, order or shards its
trajectories were run. Of the first futures (`KEPT`) the totals themselves are kept: the range across futures, the band
around an incidence curve and the steps of convergence rest on those. Memory does not grow with the number of
trajectories; the trajectories of futures that are not whole yet wait, so it grows with the size of one future.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from escalation.experiments.analysis import asked_of
from escalation.experiments.analysis_over_time import first_columns, grid_of
from escalation.experiments.analysis_questions import Question, answers
from escalation.experiments.block import BlockResult
from escalation.experiments.columns import Column, columns_of, decode
from escalation.experiments.design import Design
from escalation.model.process import Model
from escalation.model.scenario import Scenario
from escalation.statistics.clusters import Clusters, FutureSums, by_future
from escalation.statistics.future_counts import FutureCounts
from escalation.statistics.future_moments import FutureMoments
from escalation.statistics.incidence import happened_by
from escalation.statistics.quantile_sketch import QuantileSketch

KEPT = 2_000
"""Futures of a policy whose totals are kept: the first. With 50 trajectories in each, those of a run of 100,000."""
WAITING = 5_000
"""Trajectories that may wait before it is looked for futures that are whole."""

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def _labels(futures: Whole) -> Whole:
    """Each future once, of a column in which they ascend."""
    return futures[np.append(True, futures[1:] != futures[:-1])] if futures.size else futures


@dataclass
class Answers:
    """The answers to one question under one policy.

    blank: trajectories without one. zero_one: whether every answer was 0 or 1. counts: of a share; moments and sketch:
    of a number. totals, sizes, inside: of the first futures, shape (kept,): sum of the answers, how many, and their
    variance (NaN where it is not known).
    """

    share: bool
    totals: Floats
    sizes: Whole
    inside: Floats
    blank: int = 0
    zero_one: bool = True
    counts: FutureCounts = field(default_factory=lambda: FutureCounts(1))
    moments: FutureMoments = field(default_factory=FutureMoments)
    sketch: QuantileSketch = field(default_factory=QuantileSketch)

    @classmethod
    def none_yet(cls, question: Question, kept: int) -> Answers:
        """Before the first future."""
        return cls(question.share, np.zeros(kept), np.zeros(kept, dtype=np.int64), np.full(kept, np.nan))

    def add(self, values: Floats, futures: Whole) -> None:
        """The answers of whole futures, in the order of their lucks; NaN is a blank."""
        known = ~np.isnan(values)
        self.blank += int((~known).sum())
        values, futures = values[known], futures[known]
        if not values.size:
            return
        clusters, labels = by_future(values, futures), _labels(futures)
        totals = clusters.sums(values)
        self.zero_one = self.zero_one and clusters.zero_one
        if self.share:
            self.counts.add(totals.astype(np.int64)[None, :], clusters.sizes.astype(np.int64))
        else:
            self.moments.add(totals, clusters.sizes, float(values.min()), float(values.max()))
            self.sketch.add(values, futures)
        self._keep(clusters, totals, labels)

    def _keep(self, clusters: Clusters, totals: Floats, labels: Whole) -> None:
        first = labels < self.totals.size
        self.totals[labels[first]] = totals[first]
        self.sizes[labels[first]] = clusters.sizes[first]
        self.inside[labels[first]] = clusters.variances()[first]

    def merge(self, other: Answers) -> None:
        """Take in the futures of another, none of which is here."""
        here = other.sizes > 0
        self.totals[here], self.sizes[here], self.inside[here] = (
            other.totals[here],
            other.sizes[here],
            other.inside[here],
        )
        self.blank += other.blank
        self.zero_one = self.zero_one and other.zero_one
        self.counts.merge(other.counts)
        self.moments.merge(other.moments)
        self.sketch.merge(other.sketch)

    def first(self, futures: int | None = None) -> FutureSums:
        """The kept futures, or the first so many of them, that hold an answer."""
        here = np.flatnonzero(self.sizes[:futures] > 0)
        sizes = self.sizes[here].astype(np.float64)
        return FutureSums(self.totals[here], sizes, self.inside[here], self.zero_one)


@dataclass
class Arrivals:
    """When something first came, under one policy.

    by_day: trajectories in which it came by each day of the grid, counted over futures. when: the days themselves.
    came: shape (days, kept futures), trajectories of the first futures in which it came by then; sizes: of these
    futures.
    """

    by_day: FutureCounts
    came: npt.NDArray[Any]
    sizes: Whole
    when: QuantileSketch = field(default_factory=QuantileSketch)

    @classmethod
    def none_yet(cls, days: int, kept: int, per_future: int) -> Arrivals:
        """Before the first future."""
        came = np.zeros((days, kept), dtype=np.min_scalar_type(per_future))
        return cls(FutureCounts(days), came, np.zeros(kept, dtype=np.int64))

    def add(self, days: Floats, futures: Whole, grid: Floats) -> None:
        """The days of whole futures; NaN where it never came."""
        if not days.size:
            return
        never = np.isnan(days)
        clusters, labels = by_future(np.where(never, np.inf, days), futures, allow_infinite=True), _labels(futures)
        sums = happened_by(clusters.values, clusters.member, clusters.count, grid).astype(np.int64)
        self.by_day.add(sums, clusters.sizes.astype(np.int64))
        self.when.add(days[~never], futures[~never])
        first = labels < self.sizes.size
        self.came[:, labels[first]] = sums[:, first]
        self.sizes[labels[first]] = clusters.sizes[first]

    def merge(self, other: Arrivals) -> None:
        """Take in the futures of another, none of which is here."""
        here = other.sizes > 0
        self.came[:, here], self.sizes[here] = other.came[:, here], other.sizes[here]
        self.by_day.merge(other.by_day)
        self.when.merge(other.when)


@dataclass
class Pairs:
    """One policy less the first policy, on one question, in pairs of one future and luck."""

    moments: FutureMoments = field(default_factory=FutureMoments)
    differing: int = 0
    only_first: int = 0
    only_second: int = 0
    neither: int = 0

    def add(self, first: Floats, second: Floats, futures: Whole) -> None:
        """All pairs of whole futures; NaN is a missing partner."""
        lost, gone = np.isnan(first), np.isnan(second)
        self.only_first += int((~lost & gone).sum())
        self.only_second += int((lost & ~gone).sum())
        self.neither += int((lost & gone).sum())
        both = ~(lost | gone)
        apart = (first - second)[both]
        if apart.size:
            self.differing += int((apart != 0).sum())
            clusters = by_future(apart, futures[both])
            self.moments.add(clusters.sums(apart), clusters.sizes, float(apart.min()), float(apart.max()))

    def merge(self, other: Pairs) -> None:
        """Take in the pairs of another, none of which is here."""
        self.moments.merge(other.moments)
        self.differing += other.differing
        self.only_first += other.only_first
        self.only_second += other.only_second
        self.neither += other.neither


@dataclass
class PolicySummary:
    """What is kept of one policy. n: trajectories that reached the horizon; futures: that hold one. pairs: by question,
    against the first policy; empty for that one."""

    answers: dict[str, Answers]
    arrivals: dict[str, Arrivals]
    pairs: dict[str, Pairs]
    n: int = 0
    futures: int = 0

    def merge(self, other: PolicySummary) -> None:
        """Take in the futures of another, none of which is here."""
        for key, answers_here in self.answers.items():
            answers_here.merge(other.answers[key])
        for key, arrivals_here in self.arrivals.items():
            arrivals_here.merge(other.arrivals[key])
        for key, pairs_here in self.pairs.items():
            pairs_here.merge(other.pairs[key])
        self.n += other.n
        self.futures += other.futures


@dataclass
class Summary:
    """What is kept of an experiment instead of its outcomes.

    policies: in the order of the design. kept: futures whose totals are kept.
    """

    design: Design
    kept: int
    policies: dict[str, PolicySummary]

    @property
    def n(self) -> int:
        """Trajectories that reached the horizon, of all policies together."""
        return sum(each.n for each in self.policies.values())

    @property
    def reportable(self) -> bool:
        """Whether anything can be estimated: the first policy, with which others are compared, has a trajectory."""
        return self.policies[self.design.policies[0]].n > 0

    def merge(self, other: Summary) -> None:
        """Take in the futures of another summary of the same design, none of which is here."""
        if self.design != other.design:
            raise ValueError("two summaries of different designs cannot be put together")
        for name, each in self.policies.items():
            each.merge(other.policies[name])


Rows = tuple[Whole, tuple[npt.NDArray[Any], ...]]
"""Lucks and, for each measure that is no series, the codes of their values."""


class Reducer:
    """Reduces pieces of a run as they come, in any order and of any size; each trajectory is to come once.

    Raises ValueError where futures are so large that whole numbers could overflow (n·K² from 2⁶² on).
    """

    def __init__(self, model: Model, scenario: Scenario, design: Design) -> None:
        if design.n * min(design.per_future, design.n) ** 2 >= 2**62:
            raise ValueError(
                f"futures of {design.per_future:,} trajectories are too large for a summary of {design.n:,}"
            )
        self.design = design
        self.columns = tuple(column for column in columns_of(model) if not column.series)
        names = {column.name for column in self.columns}
        self.questions = tuple(asked_of(scenario, names))
        self.firsts = tuple(column for column, *_ in first_columns(scenario) if column in names)
        self.grid = grid_of(scenario.horizon)
        self.summary = self._none_yet()
        self._rows: dict[str, list[Rows]] = {name: [] for name in design.policies}
        self._run: dict[str, list[Whole]] = {name: [] for name in design.policies}
        self._waiting, self._patience = 0, WAITING

    def _none_yet(self) -> Summary:
        kept = min(KEPT, self.design.futures)
        made = {}
        for place, name in enumerate(self.design.policies):
            made[name] = PolicySummary(
                {each.key: Answers.none_yet(each, kept) for each in self.questions},
                {each: Arrivals.none_yet(self.grid.size, kept, self.design.per_future) for each in self.firsts},
                {each.key: Pairs() for each in self.questions} if place else {},
            )
        return Summary(self.design, kept, made)

    def add(self, result: BlockResult) -> None:
        """Take in a piece; futures that it makes whole are reduced, now or soon."""
        block = result.block
        self._rows[block.policy].append((result.lucks, result.values))
        self._run[block.policy].append(np.arange(block.first, block.last, dtype=np.int64))
        self._waiting += block.size
        if self._waiting >= self._patience:
            self._reduce_whole()

    def merge(self, other: Reducer) -> None:
        """Take in what another has of the same experiment, futures begun in both included."""
        self.summary.merge(other.summary)
        for name in self.design.policies:
            self._rows[name] += other._rows[name]
            self._run[name] += other._run[name]
        self._waiting += other._waiting
        self._reduce_whole()

    def finish(self) -> Summary:
        """The summary; futures that are not whole are reduced as far as they were run."""
        self._reduce_whole()
        begun = [np.unique(run // self.design.per_future) for runs in self._run.values() for run in runs]
        if begun:
            self._reduce(np.unique(np.concatenate(begun)))
        return self.summary

    def _reduce_whole(self) -> None:
        whole = self._whole()
        if whole.size:
            self._reduce(whole)
        self._patience = WAITING + 2 * self._waiting

    def _whole(self) -> Whole:
        """Futures of which every trajectory has been run under every policy."""
        found: Whole | None = None
        for runs in self._run.values():
            if not runs:
                return np.empty(0, dtype=np.int64)
            labels, many = np.unique(np.concatenate(runs) // self.design.per_future, return_counts=True)
            sizes = np.minimum(self.design.per_future, self.design.n - labels * self.design.per_future)
            here = labels[many == sizes]
            found = here if found is None else np.intersect1d(found, here, assume_unique=True)
        return np.empty(0, dtype=np.int64) if found is None else found

    def _reduce(self, futures: Whole) -> None:
        """Reduce these futures and let go of their trajectories."""
        taken = {name: self._take(name, futures) for name in self.design.policies}
        self._waiting = sum(run.size for runs in self._run.values() for run in runs)
        base = self.design.policies[0]
        told = {name: self._answer(name, *rows) for name, rows in taken.items()}
        for name, (lucks, _) in taken.items():
            if name != base:
                for key, pairs in self.summary.policies[name].pairs.items():
                    self._pair(pairs, (lucks, told[name][key]), (taken[base][0], told[base][key]))

    def _take(self, name: str, futures: Whole) -> Rows:
        """The rows of some futures, in the order of their lucks; all others wait on."""
        if not self._run[name]:
            return np.empty(0, dtype=np.int64), tuple(np.empty(0) for _ in self.columns)
        lucks = np.concatenate([rows[0] for rows in self._rows[name]])
        values = tuple(np.concatenate(parts) for parts in zip(*(rows[1] for rows in self._rows[name]), strict=True))
        run = np.concatenate(self._run[name])
        here, gone = (np.isin(each // self.design.per_future, futures) for each in (lucks, run))
        left = ~here
        self._rows[name] = [(lucks[left], tuple(each[left] for each in values))]
        self._run[name] = [run[~gone]] if not gone.all() else []
        if gone.all():
            self._rows[name] = []
        order = np.flatnonzero(here)[np.argsort(lucks[here], kind="stable")]
        return lucks[order], tuple(each[order] for each in values)

    def _answer(self, name: str, lucks: Whole, values: tuple[npt.NDArray[Any], ...]) -> dict[str, Floats]:
        """Gather the answers of one policy, and give them back to be paired."""
        policy, futures = self.summary.policies[name], lucks // self.design.per_future
        frame = {column.name: codes for column, codes in zip(self.columns, values, strict=True)}
        known = {column.name: column for column in self.columns}
        told = {each.key: self._told(each, known[each.column], frame[each.column]) for each in self.questions}
        for key, answer in told.items():
            policy.answers[key].add(answer, futures)
        for column in self.firsts:
            policy.arrivals[column].add(frame[column], futures, self.grid)
        policy.n += lucks.size
        policy.futures += int(_labels(futures).size)
        return told

    @staticmethod
    def _told(question: Question, column: Column, codes: npt.NDArray[Any]) -> Floats:
        return answers(question, decode(column, codes)) if codes.size else np.empty(0)

    def _pair(self, pairs: Pairs, first: tuple[Whole, Floats], second: tuple[Whole, Floats]) -> None:
        lucks = np.union1d(first[0], second[0])
        sides = []
        for own, values in (first, second):
            side = np.full(lucks.size, np.nan)
            side[np.searchsorted(lucks, own)] = values
            sides.append(side)
        pairs.add(sides[0], sides[1], lucks // self.design.per_future)


def reduce(results: Iterable[BlockResult], model: Model, scenario: Scenario, design: Design) -> Summary:
    """The summary of pieces of a run, in any order."""
    reducer = Reducer(model, scenario, design)
    for result in results:
        reducer.add(result)
    return reducer.finish()
