"""Typical trajectories: the classes are what pandas counts, and each medoid is its class's own."""

from pathlib import Path

import numpy as np
import pytest

import escalation
from escalation.experiments import typical as module
from escalation.experiments.columns import column_of
from escalation.experiments.typical import Typical, typical_trajectories
from escalation.model.trajectory import Point, Trajectory
from tests.reporting.synthetic import Size, ensemble, scenario

FIRST_LADDER = Path(__file__).parents[2] / "scenarios" / "first-ladder.yaml"
SIZE = Size(40, 5, 28)


def played(point: Point) -> Trajectory:
    """A trajectory of which only the address matters here."""
    return Trajectory(point, {}, {}, 0)


def found(size: Size = SIZE) -> tuple[Typical, ...]:
    return typical_trajectories(ensemble(scenario(), size), scenario(), 7, played)


def highest(frame: object) -> np.ndarray:
    """The place of the highest rung decided, by pandas alone."""
    columns = [f"rung:seoul.{rung}.decided" for rung in ("non_lethal", "defensive_arms", "offensive_arms")]
    return frame[columns].notna().sum(axis=1).to_numpy()  # type: ignore[index]


def test_classes_and_their_shares_are_what_pandas_counts() -> None:
    """The three most frequent classes of the first policy, lowest rung first, each with its share of all."""
    outcomes = ensemble(scenario(), SIZE).outcomes
    places = highest(outcomes[outcomes["policy"] == "as-stated"])
    counts = {place: int((places == place).sum()) for place in range(4)}
    frequent = sorted(sorted((place for place in counts if counts[place]), key=lambda place: -counts[place])[:3])
    rungs = [rung.id for rung in scenario().ladders[0].rungs]
    told = found()
    assert [each.rung for each in told] == [rungs[place] for place in frequent]
    assert [each.members for each in told] == [counts[place] for place in frequent]
    assert [each.share.value for each in told] == [counts[place] / len(places) for place in frequent]
    assert all(each.share.low is not None and each.share.low < each.share.value for each in told)


def test_a_medoid_belongs_to_its_class_and_keeps_its_address() -> None:
    """Future and luck are those of a row of the class, under the first policy and the seed of the run."""
    outcomes = ensemble(scenario(), SIZE).outcomes
    frame = outcomes[outcomes["policy"] == "as-stated"].reset_index(drop=True)
    places, rungs = highest(frame), [rung.id for rung in scenario().ladders[0].rungs]
    for each in found():
        point = each.trajectory.point
        row = frame.index[frame["luck"] == point.luck][0]
        assert rungs[places[row]] == each.rung
        assert (point.policy, point.future, point.seed) == ("as-stated", frame["future"][row], 7)


def test_a_large_class_is_compared_in_part_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a class larger than the limit the first members by luck are compared."""
    monkeypatch.setattr(module, "MEMBERS", 10)
    largest = max(found(), key=lambda each: each.members)
    assert largest.compared == 10 < largest.members


def test_the_order_of_rows_does_not_matter_to_who_is_found() -> None:
    """The same tables give the same medoids again."""
    assert [each.trajectory.point for each in found()] == [each.trajectory.point for each in found()]


def test_a_typical_trajectory_is_the_one_of_the_run() -> None:
    """Played again with its log, it has the measures of its row in the outcomes."""
    run = escalation.load(FIRST_LADDER).run(n=60, futures=30, workers=1)
    told = run.analysis.typical
    assert told
    measures = {each.name: each for each in run.loaded.model.measures}
    for each in told:
        assert each.trajectory.log
        point = each.trajectory.point
        outcomes = run.outcomes
        row = outcomes[(outcomes["policy"] == point.policy) & (outcomes["luck"] == point.luck)].iloc[0]
        for name, value in each.trajectory.measures.items():
            column = column_of(measures[name])
            if column.form == "number" and value is not None:
                assert row[name] == pytest.approx(value / column.factor, rel=1e-12)
            elif column.form == "truth" and value is not None:
                assert row[name] == value


def test_a_scenario_without_ladders_has_one_class() -> None:
    """All trajectories are one class, whose share is everything."""
    from dataclasses import replace

    plain = replace(scenario(), ladders=())
    (told,) = typical_trajectories(ensemble(plain, SIZE), plain, 1, played)
    assert (told.rung, told.share.value, told.key) == ("", 1.0, "typical")
