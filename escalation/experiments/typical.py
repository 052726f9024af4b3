"""Typical trajectories: of each main outcome, the one that stands in the middle of all that ended so.

Trajectories of the first policy are parted by the highest rung of the headline ladder that was decided by the end. Of
the most frequent classes, three at most, each is told by its medoid: the member with the least total distance to the
other members, over everything that is measured of a trajectory.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from escalation.experiments.columns import Column, column_of
from escalation.experiments.watches import watches
from escalation.model.calendar import DAY
from escalation.model.scenario import Ladder, Scenario
from escalation.model.trajectory import Point, Trajectory
from escalation.statistics.estimate import Estimate
from escalation.statistics.medoid import Feature, gower, medoid
from escalation.statistics.proportion import proportion

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
CLASSES = 3
MEMBERS = 400
"""Members of a class that are compared with one another: the first by luck."""


class Tables(Protocol):
    """The tables of an ensemble; see `escalation.experiments.analysis.Tables`."""

    @property
    def outcomes(self) -> Any:
        """One row a trajectory."""

    @property
    def series(self) -> Any:
        """One row a trajectory and day; may be empty."""


@dataclass(frozen=True, slots=True)
class Typical:
    """The medoid of one class.

    ladder, rung: the highest rung decided by the end; both empty in a scenario without ladders. at_start: that rung was
    in force from the start. share: of the policy's trajectories that are in the class. compared: members among which
    the medoid was found, of `members`. trajectory: played again with its log.
    """

    policy: str
    ladder: str
    rung: str
    at_start: bool
    share: Estimate
    members: int
    compared: int
    trajectory: Trajectory

    @property
    def key(self) -> str:
        """Its name in tables."""
        return f"typical:{self.ladder}.{self.rung}" if self.ladder else "typical"


def typical_trajectories(
    tables: Tables, scenario: Scenario, seed: int, play: Callable[[Point], Trajectory], level: float = 0.95
) -> tuple[Typical, ...]:
    """The typical trajectories of the first policy that was run, lowest rung first.

    play: one trajectory with its log of firings. level: of the interval of each share.
    """
    run = {str(name): frame for name, frame in tables.outcomes.groupby("policy", sort=False, observed=True)}
    policy = next((each.name for each in scenario.policies if each.name in run), next(iter(run), None))
    if policy is None:
        return ()
    frame = run[policy].reset_index(drop=True)
    ladder = scenario.ladders[0] if scenario.ladders else None
    reached = _highest(frame, ladder)
    frequent = [place for place, _ in sorted(Counter(reached.tolist()).items(), key=lambda each: (-each[1], each[0]))]
    features = list(_features(frame, _ends(tables.series, policy, frame), scenario))
    known = _with_series(tables.series, policy, frame)
    made = []
    for place in sorted(frequent[:CLASSES]):
        inside = reached == place
        members = np.flatnonzero(inside & known if (inside & known).any() else inside)[:MEMBERS]
        middle = _middle(features, members)
        future, luck = (int(frame[name].iloc[middle]) for name in ("future", "luck"))
        made.append(
            Typical(
                policy=policy,
                ladder=ladder.name if ladder else "",
                rung=ladder.rungs[place].id if ladder else "",
                at_start=ladder is not None and place == ladder.starts_at,
                share=proportion(inside, frame["future"].to_numpy(), level),
                members=int(inside.sum()),
                compared=len(members),
                trajectory=play(Point(policy, future, luck, seed)),
            )
        )
    return tuple(made)


def _highest(frame: "pd.DataFrame", ladder: Ladder | None) -> npt.NDArray[np.int64]:
    """The place of the highest rung decided by the end, of each trajectory."""
    reached = np.full(len(frame), ladder.starts_at if ladder else 0, dtype=np.int64)
    if ladder is not None:
        for place, rung in enumerate(ladder.rungs):
            column = f"rung:{ladder.name}.{rung.id}.decided"
            if place > ladder.starts_at and column in frame:
                reached[frame[column].notna().to_numpy()] = place
    return reached


def _middle(features: list[Feature], members: npt.NDArray[np.intp]) -> int:
    """The row of the medoid; scales are those of all trajectories, so they are the same in every class."""
    if len(members) == 1 or not features:
        return int(members[0])
    return int(members[medoid(gower([Feature(each.values[members], each.scale) for each in features]))])


def _features(frame: "pd.DataFrame", ends: "pd.DataFrame | None", scenario: Scenario) -> Iterator[Feature]:
    """Everything that is measured: a time that never came counts as the end, a rung as its place."""
    horizon = scenario.horizon / DAY
    for measure in (*scenario.measures, *watches(scenario)):
        column, source = column_of(measure), frame
        if column.series:
            if ends is None or column.form != "number" or measure.name not in ends:
                continue
            source = ends
        if measure.name not in source:
            continue
        values = _numbers(column, source[measure.name])
        if measure.how == "first":
            values = np.where(np.isnan(values), horizon, values)
        yield Feature(values, None if column.form == "word" else _scale(values))


def _numbers(column: Column, values: "pd.Series[Any]") -> Floats:
    if column.form in ("word", "rung"):
        codes = values.astype("object").map({word: float(place) for place, word in enumerate(column.words)})
        return np.asarray(codes.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.asarray(values.astype("float64").to_numpy(dtype=np.float64, na_value=np.nan))


def _scale(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.max() - known.min()) if known.size else 0.0


def _ends(series: "pd.DataFrame | None", policy: str, frame: "pd.DataFrame") -> "pd.DataFrame | None":
    """The last known value of each series, in the rows of `frame`; blank where no series was kept."""
    if series is None or not len(series):
        return None
    own = series[series["policy"] == policy]
    columns = [name for name in own.columns if name not in ("policy", "future", "luck", "day")]
    last = own.groupby("luck", sort=True)[columns].last()
    return last.reindex(frame["luck"].to_numpy()).reset_index(drop=True)


def _with_series(series: "pd.DataFrame | None", policy: str, frame: "pd.DataFrame") -> npt.NDArray[np.bool_]:
    """Which trajectories have their series kept; every one where none has."""
    if series is None or not len(series):
        return np.ones(len(frame), dtype=bool)
    own = series.loc[series["policy"] == policy, "luck"].unique()
    known: npt.NDArray[np.bool_] = frame["luck"].isin(own).to_numpy()
    return known
