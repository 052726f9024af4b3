"""What happens when: ladders, first times and paths on a grid of days, for one policy at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from escalation.experiments.columns import column_of, unit_of
from escalation.experiments.over_time import OverTime
from escalation.experiments.watches import STAGES, WEEK
from escalation.expressions.kinds import Quantity
from escalation.model.calendar import DAY
from escalation.model.intelligence import sights_of
from escalation.model.measures import sample_times
from escalation.model.process import Measure
from escalation.model.scenario import Ladder, Scenario
from escalation.statistics.estimate import Estimate
from escalation.statistics.fan import Fan, fan
from escalation.statistics.incidence import Incidence, incidence
from escalation.statistics.proportion import proportion_interval
from escalation.statistics.quantile import quantile

Floats = npt.NDArray[np.float64]
Rows = tuple[tuple[float, ...], ...]
Bands = list[tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]]
"""For each rung: its share, low and high at each day."""
WHEN = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class LadderOverTime:
    """Share of trajectories that stand on each rung, day by day, under one policy.

    stage: decided or delivered. rungs, labels: lowest first. days: the grid. shares, low, high: a row a rung, a column
    a day, 0–1; the interval (at that day alone) is NaN where one future allows none. n, futures: trajectories with a
    series, and their futures.
    """

    ladder: str
    label: str
    stage: str
    policy: str
    rungs: tuple[str, ...]
    labels: tuple[str, ...]
    days: tuple[float, ...]
    shares: Rows
    low: Rows
    high: Rows
    level: float
    n: int
    futures: int


@dataclass(frozen=True, slots=True)
class FirstTime:
    """How soon something first came, under one policy, as cumulative incidence.

    ladder, stage: of which ladder, decided or delivered; empty for a measure that the author wrote.
    when: days since the start at which it came, the 5 %, 50 % and 95 % quantiles over the trajectories in which it came
    at all; empty where it never did.
    """

    key: str
    label: str
    ladder: str
    stage: str
    policy: str
    incidence: Incidence
    when: tuple[Estimate, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """How a quantity spreads over trajectories, day by day, under one policy."""

    key: str
    label: str
    unit: str
    policy: str
    days: tuple[float, ...]
    fan: Fan


@dataclass(frozen=True, slots=True)
class Sight:
    """What is true against what is seen, under one policy. seen_by: names of actors; empty is everybody."""

    reading: str
    label: str
    seen_by: tuple[str, ...]
    unit: str
    policy: str
    days: tuple[float, ...]
    truth: Fan
    seen: Fan


class SeriesOfPolicy:
    """The series of one policy as tables of trajectories by days.

    frame: rows of one policy with columns future, luck, day and one column a series. sampled: the days on which each
    series is sampled; on the other days of the frame, which are those of other series, its cells mean nothing.
    """

    def __init__(self, frame: Any, sampled: Mapping[str, tuple[float, ...]]) -> None:
        self.frame = frame
        self.sampled = {name: days for name, days in sampled.items() if name in frame.columns}
        self.row = frame.groupby(["future", "luck"], sort=True).ngroup().to_numpy()
        self.futures = np.zeros(int(self.row.max()) + 1, dtype=frame["future"].dtype)
        self.futures[self.row] = frame["future"].to_numpy()
        self.every_day, self.column = np.unique(frame["day"].to_numpy(dtype=np.float64), return_inverse=True)

    def days(self, name: str) -> tuple[float, ...]:
        """The days on which a series is sampled."""
        return tuple(self.every_day[self._own(name)].tolist())

    def numbers(self, name: str) -> Floats:
        """A series of numbers or truths, shape (trajectories, its days); NaN where it is blank."""
        return self._table(name, self.frame[name].astype("float64").to_numpy(dtype=np.float64, na_value=np.nan))

    def places(self, name: str, words: Sequence[str]) -> Floats:
        """A series of words as their places in `words`; NaN where it is blank or no such word."""
        column = self.frame[name].astype("category")
        place = {word: float(index) for index, word in enumerate(words)}
        # A blank has the code −1, which is the last of these.
        places = np.array([*(place.get(word, np.nan) for word in column.cat.categories), np.nan])
        return self._table(name, places[column.cat.codes.to_numpy()])

    def fan(self, name: str) -> Fan:
        """Quantiles of a series of numbers."""
        return fan(self.numbers(name))

    def standing(self, name: str, rungs: Sequence[str], level: float) -> tuple[Bands, int, int]:
        """Shares on each rung with their intervals, of how many trajectories and futures."""
        places = self.places(name, rungs)
        _, member, sizes = np.unique(self.futures, return_inverse=True, return_counts=True)
        told = [_shares(places == index, member, sizes.astype(np.float64), level) for index in range(len(rungs))]
        return told, int(member.size), int(sizes.size)

    @property
    def n(self) -> int:
        """Trajectories."""
        return int(self.futures.size)

    def _own(self, name: str) -> npt.NDArray[np.bool_]:
        return np.isin(self.every_day, self.sampled[name])

    def _table(self, name: str, values: Floats) -> Floats:
        table = np.full((self.futures.size, self.every_day.size), np.nan)
        table[self.row, self.column] = values
        return table[:, self._own(name)]


class SeriesOfAll:
    """The series of all trajectories of one policy, of which few paths are kept; what charts ask of a `SeriesOfPolicy`.

    sampled: the days on which each series is sampled.
    """

    def __init__(self, over_time: OverTime, sampled: Mapping[str, tuple[float, ...]]) -> None:
        self.over_time = over_time
        known = {*over_time.numbers, *over_time.standing}
        self.sampled = {name: days for name, days in sampled.items() if name in known}
        self.n = over_time.n

    def days(self, name: str) -> tuple[float, ...]:
        """The days on which a series is sampled."""
        return self.sampled[name]

    def fan(self, name: str) -> Fan:
        """Quantiles of a series of numbers, each as near as a cell is wide."""
        return self.over_time.numbers[name].fan()

    def standing(self, name: str, rungs: Sequence[str], level: float) -> tuple[Bands, int, int]:
        """Shares on each rung with their intervals, of how many trajectories and futures."""
        counts = self.over_time.standing[name]
        if counts.count < 2:
            shares, blank = counts.shares(), np.full(counts.events, np.nan)
            told = shares, blank, blank
        else:
            told = counts.intervals(level)
        rows = [each.reshape(len(rungs), -1).tolist() for each in told]
        bands = [tuple(tuple(line[place]) for line in rows) for place in range(len(rungs))]
        return [(share, low, high) for share, low, high in bands], counts.n, counts.count


Series = SeriesOfPolicy | SeriesOfAll


def sampled_days(measures: Sequence[Measure], start: str, horizon: int) -> dict[str, tuple[float, ...]]:
    """The days on which each series of a scenario is sampled."""
    first = date.fromisoformat(start)
    return {
        measure.name: tuple((np.array(sample_times(measure, first, horizon), dtype=np.float64) / DAY).tolist())
        for measure in measures
        if measure.how == "series"
    }


def ladders_over_time(scenario: Scenario, policy: str, series: Series, level: float) -> Iterator[LadderOverTime]:
    """Each ladder, decided and delivered."""
    for ladder in scenario.ladders:
        for stage in STAGES:
            name = f"ladder:{ladder.name}.{stage}"
            if name in series.sampled:
                yield _ladder(ladder, stage, policy, series, level)


def _ladder(ladder: Ladder, stage: str, policy: str, series: Series, level: float) -> LadderOverTime:
    rungs = tuple(rung.id for rung in ladder.rungs)
    name = f"ladder:{ladder.name}.{stage}"
    told, n, futures = series.standing(name, rungs, level)
    shares, low, high = zip(*told, strict=True)
    return LadderOverTime(
        ladder.name,
        ladder.label,
        stage,
        policy,
        rungs,
        tuple(rung.label or rung.id for rung in ladder.rungs),
        series.days(name),
        shares,
        low,
        high,
        level,
        n,
        futures,
    )


def _shares(
    here: npt.NDArray[np.bool_], member: npt.NDArray[np.intp], sizes: Floats, level: float
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Share, low and high at each day; `here` has shape (trajectories, days)."""
    together = np.argsort(member, kind="stable")
    starts = np.append(0, np.cumsum(sizes[:-1])).astype(np.intp)
    sums = np.add.reduceat(here[together], starts, axis=0, dtype=np.float64).T
    if sizes.size < 2:
        blank = (float("nan"),) * here.shape[1]
        return tuple((sums.sum(axis=1) / sizes.sum()).tolist()), blank, blank
    share, low, high = proportion_interval(sums, sizes, level)
    return tuple(share.tolist()), tuple(low.tolist()), tuple(high.tolist())


def first_columns(scenario: Scenario) -> Iterator[tuple[str, str, str, str]]:
    """Column, label, ladder and stage of every first time that is told.

    Of each rung above the one in force at the start, then of each `first` that the author wrote.
    """
    for ladder in scenario.ladders:
        for stage in STAGES:
            for rung in ladder.rungs[ladder.starts_at + 1 :]:
                yield f"rung:{ladder.name}.{rung.id}.{stage}", rung.label or rung.id, ladder.name, stage
    for measure in scenario.measures:
        if measure.how == "first":
            yield measure.name, measure.label or measure.name, "", ""


def grid_of(horizon: int) -> Floats:
    """The days on which incidence is told: each week, and the horizon (given in milliseconds)."""
    return np.unique(np.append(np.arange(0, horizon + 1, WEEK), horizon)) / DAY


def first_times(scenario: Scenario, policy: str, outcomes: Any, grid: Floats, level: float) -> Iterator[FirstTime]:
    """Incidence and times of each of `first_columns` that the outcomes have."""
    futures = outcomes["future"].to_numpy()
    for column, label, ladder, stage in first_columns(scenario):
        if column in outcomes.columns:
            days = outcomes[column].to_numpy(dtype=np.float64, na_value=np.nan)
            came = ~np.isnan(days)
            when = tuple(quantile(days[came], futures[came], q, level) for q in WHEN if came.any())
            yield FirstTime(column, label, ladder, stage, policy, incidence(days, futures, grid, level), when)


def sights(scenario: Scenario, policy: str, series: Series) -> Iterator[Sight]:
    """Truth and reading of every quantity that is watched, and truth and belief of every actor who has one."""
    for reading in scenario.intelligence:
        unit = unit_of(reading.kind.dimension) if isinstance(reading.kind, Quantity) else ""
        label = reading.label or reading.name
        for sight in sights_of(reading):
            columns = f"truth:{reading.name}", f"seen:{sight.path}"
            if set(columns) <= set(series.sampled):
                truth, seen = (series.fan(column) for column in columns)
                names = _named(scenario, (sight.actor,) if sight.actor else reading.seen_by or ())
                title = f"{label} ({names[0]})" if sight.actor else label
                yield Sight(sight.path, title, names, unit, policy, series.days(columns[0]), truth, seen)


def _named(scenario: Scenario, who: Sequence[str]) -> tuple[str, ...]:
    return tuple(scenario.actors[actor].name if actor in scenario.actors else actor for actor in who)


def paths(measures: Sequence[Measure], policy: str, series: Series) -> Iterator[Path]:
    """Each series of a quantity that the author wrote."""
    for measure in measures:
        if measure.how == "series" and isinstance(measure.kind, Quantity) and measure.name in series.sampled:
            column, spread = column_of(measure), series.fan(measure.name)
            if (spread.present > 0).any():
                yield Path(measure.name, column.label, column.unit, policy, series.days(measure.name), spread)
