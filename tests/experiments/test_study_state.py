"""A study's state says how far it is, to whoever asks, and a lock says whether anyone is at work."""

from pathlib import Path

import pytest

from escalation.experiments.design import Design
from escalation.experiments.store import StoreError
from escalation.experiments.study_estimate import EACH_ROW, Rate, cost
from escalation.experiments.study_plan import Planned
from escalation.experiments.study_state import RunState, StudyState, at_work, read_state, someone_works
from escalation.reporting.study_words import status_lines
from tests.language.test_studies import TUTORIAL, study


def state(*runs: RunState) -> StudyState:
    return StudyState("A study", "a.yaml", "2026-11-22T10:00:00+00:00", list(runs))


def test_what_is_left_is_reckoned_by_how_the_runs_before_turned_out() -> None:
    """Estimates that turned out half too low raise what is left by half; a run under way counts for its rest."""
    read = state(
        RunState("one", (), "a", 100, estimated=10.0, status="done", seconds=15.0),
        RunState("two", (), "b", 100, estimated=20.0, status="running", done=75),
        RunState("three", (), "c", 100, estimated=40.0),
        RunState("four", (), "d", 0, estimated=0.0, status="failed", code=3),
    )
    assert read.remaining() == pytest.approx(1.5 * (20 * 0.25 + 40))


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    """What is saved comes back, with the names of runs that are the same."""
    written = state(
        RunState("one", ("again",), "a", 100, estimated=10.0, status="failed", code=5, message="two failed")
    )
    written.save(tmp_path)
    assert read_state(tmp_path) == written


def test_a_damaged_state_is_told_in_a_sentence(tmp_path: Path) -> None:
    """A file that is cut short is an error that names it."""
    state().save(tmp_path)
    path = tmp_path / "state.json"
    path.write_text(path.read_text(encoding="utf-8")[:40], encoding="utf-8")
    with pytest.raises(StoreError, match=r"state\.json does not say what it should"):
        read_state(tmp_path)


def test_one_process_works_on_a_study_at_a_time(tmp_path: Path) -> None:
    """The second one that asks may not, somebody else sees that someone works, and afterwards nobody does."""
    assert not someone_works(tmp_path)
    with at_work(tmp_path) as first:
        assert first
        with at_work(tmp_path) as second:
            assert not second
        assert someone_works(tmp_path)
    assert not someone_works(tmp_path)


def test_a_study_that_stopped_working_without_a_word_was_killed() -> None:
    """A state that says a run is under way, of a process that is gone, is told as killed, the run too."""
    read = state(RunState("one", (), "a", 100, estimated=10.0, status="running", done=50))
    alive, killed = ("\n".join(status_lines(read, living)) for living in (True, False))
    assert "running since 2026-11-22 10:00 UTC" in alive
    assert "expected end" in alive
    assert "killed: it was last at work" in killed
    assert "  killed   one" in killed


def test_the_cost_of_a_run_grows_with_its_trajectories(tmp_path: Path) -> None:
    """Ten times the trajectories are ten times the playing; two workers halve it; the report is told once."""
    (run,) = study(tmp_path, f"scenarios: {{border: {{file: {TUTORIAL}}}}}\n").runs
    rate = Rate(100, "compiled", seconds=0.001, row=20.0, series=500.0)
    small, large = (Planned(run, design=Design(("a", "b"), n, 50, 1)) for n in (5_000, 50_000))
    fixed = cost(Planned(run, design=Design(("a", "b"), 0, 50, 1)), rate, 1).seconds
    assert cost(large, rate, 1).seconds - fixed == pytest.approx(10 * (cost(small, rate, 1).seconds - fixed))
    assert cost(large, rate, 2).seconds - fixed == pytest.approx((cost(large, rate, 1).seconds - fixed) / 2, rel=0.01)
    assert cost(large, rate, 1).size - cost(small, rate, 1).size == pytest.approx(2 * 45_000 * 20.0)
    judging = cost(Planned(run, design=small.design, claims=2), rate, 1).seconds - cost(small, rate, 1).seconds
    assert judging == pytest.approx(2 * 400 * 0.001)
    asked = Planned(run, design=large.design, questions=3)
    assert cost(asked, rate, 1).seconds - cost(large, rate, 1).seconds >= 3 * EACH_ROW * 100_000
