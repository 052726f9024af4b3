"""What a run watches so that a report can be drawn."""

from pathlib import Path

from escalation.experiments.analysis import analyse
from escalation.experiments.run import run_ensemble
from escalation.experiments.watches import WEEK, ladder_watches, reading_watches, watches
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from tests.reporting.synthetic import scenario

FIRST_LADDER = Path(__file__).parents[2] / "scenarios" / "first-ladder.yaml"


def test_each_ladder_is_watched_by_the_week_and_each_rung_above_the_first_for_its_first_time() -> None:
    """Both stages: one series a ladder, one first time a rung above the lowest."""
    found = {each.name: each for each in ladder_watches(scenario())}
    for stage in ("decided", "delivered"):
        assert (found[f"ladder:seoul.{stage}"].how, found[f"ladder:seoul.{stage}"].every) == ("series", WEEK)
        assert found[f"rung:seoul.offensive_arms.{stage}"].how == "first"
        assert f"rung:seoul.humanitarian.{stage}" not in found
    assert len(found) == 2 * (1 + 3)


def test_each_reading_of_a_quantity_is_watched_beside_its_truth() -> None:
    """Truth and reading, by the week."""
    assert [each.name for each in reading_watches(scenario())] == ["truth:troops_seen", "seen:troops_seen"]


def test_a_scenario_with_its_watches_builds_runs_and_is_analysed() -> None:
    """On a real scenario the watched columns exist, agree with one another, and give every part of a report."""
    resolved = read_scenario(FIRST_LADDER).scenario
    ensemble = run_ensemble(build(resolved, watches(resolved)), n=20, futures=10, workers=1)
    told = analyse(ensemble, resolved)
    assert told.ladders
    assert told.sights
    assert told.first_times
    for each in told.ladders:
        if each.stage == "decided":
            top = f"rung:{each.ladder}.{each.rungs[-1]}.decided"
            assert each.shares[-1][-1] <= told.outcome(each.policy, top).estimate.value
