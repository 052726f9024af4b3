"""The public verbs from Python."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import escalation

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "scenarios" / "first-ladder.yaml"


@pytest.fixture(scope="module")
def run() -> "escalation.Run":
    """The tutorial, 100 trajectories a policy."""
    return escalation.load(TUTORIAL).run(n=100, workers=1)


def test_outcomes_have_a_row_for_each_policy_and_trajectory(run: "escalation.Run") -> None:
    """Rows stand in the order of policies and trajectories, and future is luck // 50."""
    keys = run.outcomes[["policy", "future", "luck"]].astype({"policy": str}).to_numpy().tolist()
    assert keys == [[policy, luck // 50, luck] for policy in ("patient", "quick") for luck in range(100)]


def test_settings_are_as_if_written_in_the_file(run: "escalation.Run") -> None:
    """A threshold set for all policies makes them the same in every measure of every trajectory."""
    same = escalation.load(TUTORIAL, set={"threshold": "300 soldiers"}).run(n=100, workers=1)
    first, second = (part.drop(columns="policy").reset_index(drop=True) for _, part in same.outcomes.groupby("policy"))
    assert first.equals(second)
    quick = run.outcomes[run.outcomes["policy"] == "quick"].drop(columns="policy").reset_index(drop=True)
    assert second.equals(quick)


def test_a_policy_that_changes_nothing_is_identical(tmp_path: Path) -> None:
    """A policy that sets a lever to its default differs from none: every pair is equal and the verdict is identical."""
    text = TUTORIAL.read_text(encoding="utf-8")
    path = tmp_path / "same.yaml"
    path.write_text(text.replace("threshold: 300 soldiers", "threshold: 600 soldiers"), encoding="utf-8")
    analysis = escalation.load(path).run(n=100, workers=1).analysis
    assert {each.paired.verdict for each in analysis.differences} == {"identical"}
    assert all(each.paired.estimate.value == 0 for each in analysis.differences)


def test_the_first_trajectories_of_a_long_run_are_those_of_a_short_one(run: "escalation.Run") -> None:
    """The first 100 trajectories of each policy are the same in a run of 250."""
    longer = escalation.load(TUTORIAL).run(n=250, workers=1).outcomes
    short = longer[longer["luck"] < 100].reset_index(drop=True)
    assert short.equals(run.outcomes.reset_index(drop=True))


def test_faults_are_an_exception_with_places(tmp_path: Path) -> None:
    """A faulty file raises InvalidScenario, whose faults have a line and a column."""
    path = tmp_path / "faulty.yaml"
    path.write_text(TUTORIAL.read_text(encoding="utf-8").replace("soldiers]", "soldats]"), encoding="utf-8")
    with pytest.raises(escalation.InvalidScenario) as caught:
        escalation.load(path)
    assert all(fault.line > 0 and fault.column > 0 for fault in caught.value.faults)


def test_a_trace_has_the_trajectory_of_the_run(run: "escalation.Run") -> None:
    """Tracing trajectory 60 tells of the very trajectory that the run holds."""
    traced = escalation.load(TUTORIAL).trace("quick", 60)
    row = run.outcomes[(run.outcomes["policy"] == "quick") & (run.outcomes["luck"] == 60)].iloc[0]
    assert traced.measures["most_abroad"] == row["most_abroad"]
    assert traced.measures["sanctioned"] == row["sanctioned"]
    assert len(traced.log) == traced.firings


def test_a_trajectory_in_progress_is_that_of_the_run(run: "escalation.Run") -> None:
    """Started, saved on the way, read back from bytes and run to its end, it has the measures of its row."""
    loaded = escalation.load(TUTORIAL)
    simulation = loaded.start("quick", trajectory=77)
    simulation.run(5_000_000_000)
    again = loaded.resume(simulation.save().to_bytes())
    again.run()
    measures = again.trajectory().measures
    row = run.outcomes[(run.outcomes.policy == "quick") & (run.outcomes.luck == 77)].iloc[0]
    assert row.most_abroad == measures["most_abroad"]
    assert row.sanctioned == measures["sanctioned"]


def test_a_notebook_shows_scenario_and_run_as_tables(run: "escalation.Run") -> None:
    """`_repr_html_` of a scenario and of a run escape the author's texts and hold no script."""
    for shown in (run.loaded, run):
        html = shown._repr_html_()
        assert "<table" in html
        assert "<script" not in html


def test_a_report_is_stored_with_its_data(run: "escalation.Run", tmp_path: Path) -> None:
    """`report` returns the path of a page beside the run's tables."""
    page = run.report(tmp_path)
    assert page.is_file()
    assert (page.parent / "outcomes.parquet").is_file()


def test_importing_the_package_imports_nothing_heavy() -> None:
    """`import escalation` loads neither pandas nor matplotlib nor SciPy."""
    code = "import escalation, sys; print([m for m in ('pandas', 'matplotlib', 'scipy', 'simpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def misspelt(world: Any) -> Iterator[Any]:
    """A process that sets a name which the model does not have."""
    yield world.after(days=1)
    world.set(abrod=1.0)


def test_a_run_whose_trajectories_failed_says_so() -> None:
    """A process with a misspelt name fails every trajectory, and the run's own text tells how many and why."""
    failed = escalation.load(TUTORIAL).run(n=3, futures=3, workers=1, processes=[misspelt])
    assert len(failed.failures) == 6
    assert "6 of which failed, the first: \"'abrod' is no variable" in repr(failed)


@pytest.fixture(scope="module")
def comparison(run: "escalation.Run") -> "escalation.Comparison":
    """What a lower threshold changes in the tutorial."""
    changed = escalation.load(TUTORIAL, set={"levers.threshold.default": "450 soldiers"}).run(n=100, workers=1)
    return run.compare(changed, firings=40)


def test_a_comparison_holds_pandas_frames(run: "escalation.Run", comparison: "escalation.Comparison") -> None:
    """Differences are the other run less this one; changes name the entry; first_different the day and the rule."""
    told = comparison.differences.set_index(["question", "policy"])
    other = escalation.load(TUTORIAL, set={"levers.threshold.default": "450 soldiers"}).run(n=100, workers=1).outcomes
    mine = run.outcomes[run.outcomes["policy"] == "patient"]
    theirs = other[other["policy"] == "patient"]
    by_hand = theirs["sanctioned"].astype(float).to_numpy() - mine["sanctioned"].astype(float).to_numpy()
    assert told.loc[("sanctioned", "patient"), "difference"] == pytest.approx(by_hand.mean())
    assert told.loc[("sanctioned", "quick"), "verdict"] == "identical"
    assert comparison.changes["entry"].tolist() == ["levers.threshold.default"]
    assert set(comparison.first_different["policy"]) == {"patient"}
    assert (comparison.first_different["day"] >= 0).all()


def test_comparing_the_other_way_round_mirrors(run: "escalation.Run", comparison: "escalation.Comparison") -> None:
    """A less B is the negative of B less A on every row, with mirrored verdicts."""
    changed = escalation.load(TUTORIAL, set={"levers.threshold.default": "450 soldiers"}).run(n=100, workers=1)
    back = escalation.compare(changed, run, firings=0).differences
    there = comparison.differences
    assert (back["difference"] == -there["difference"]).all()
    mirror = {"higher": "lower", "lower": "higher", "better": "worse", "worse": "better"}
    assert back["verdict"].tolist() == [mirror.get(word, word) for word in there["verdict"]]


def test_a_comparison_shows_itself_and_can_be_kept(comparison: "escalation.Comparison", tmp_path: Path) -> None:
    """As HTML it is tables without a script; as text the answer of the command; kept, a page with its CSV beside it."""
    html = comparison._repr_html_()
    assert "<table" in html
    assert "<script" not in html
    assert "600 soldiers → 450 soldiers" in str(comparison)
    page = comparison.report(tmp_path)
    assert page.name == "compare.html"
    assert (page.parent / "differences.csv").is_file()


def test_files_and_stored_runs_are_compared_by_name(run: "escalation.Run", tmp_path: Path) -> None:
    """`escalation.compare` takes a run, a stored run's name, a file or a scenario; a run with itself is identical."""
    run.report(tmp_path)
    for other in ("first-ladder", TUTORIAL, escalation.load(TUTORIAL)):
        told = escalation.compare(run, other, n=100, workers=1, firings=0, reports=tmp_path)
        assert set(told.differences["verdict"]) == {"identical"}
        assert len(told.changes) == 0
    with pytest.raises(ValueError, match="neither a scenario's file nor a run stored"):
        escalation.compare(run, "nothing", reports=tmp_path)
