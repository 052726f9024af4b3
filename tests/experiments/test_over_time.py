"""Charts over time rest on all trajectories, of which only the first have their paths kept."""

from pathlib import Path

import numpy as np
import pytest

import escalation
from escalation.experiments.analysis import Analysis, analyse
from escalation.experiments.ensemble import Ensemble
from escalation.experiments.store import load_ensemble
from escalation.statistics.time_histogram import RELATIVE_ERROR

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TUTORIAL = escalation.load(SCENARIOS / "first-ladder.yaml")


@pytest.fixture(scope="module")
def whole() -> Ensemble:
    """210 trajectories a policy in seven futures, all with their paths."""
    return TUTORIAL.run(n=210, futures=7, workers=1).ensemble


def cut(monkeypatch: pytest.MonkeyPatch, kept: int, keep: tuple[str, ...] = ()) -> Ensemble:
    """The same run with fewer paths kept; pieces and futures of 30 lie across one another."""
    monkeypatch.setattr("escalation.experiments.block.WITH_SERIES", kept)
    return TUTORIAL.run(n=210, futures=7, workers=1, keep=keep).ensemble


def require_alike(told: Analysis, exact: Analysis) -> None:
    """Ladders are the same, fans within the width of a cell."""
    assert len(told.ladders) == len(exact.ladders) > 0
    for one, other in zip(told.ladders, exact.ladders, strict=True):
        assert (one.n, one.futures, one.days, one.rungs) == (other.n, other.futures, other.days, other.rungs)
        for name in ("shares", "low", "high"):
            assert np.array(getattr(one, name)) == pytest.approx(np.array(getattr(other, name)), abs=1e-12)
    fans = [[each.fan for each in of.paths] + [fan for each in of.sights for fan in (each.truth, each.seen)]
            for of in (told, exact)]  # fmt: skip
    for one, other in zip(*fans, strict=True):
        assert (one.present == other.present).all()
        assert one.lines == pytest.approx(other.lines, rel=RELATIVE_ERROR, abs=0, nan_ok=True)


@pytest.mark.parametrize("kept", [1, 60, 65, 130])
def test_charts_rest_on_all_trajectories(monkeypatch: pytest.MonkeyPatch, whole: Ensemble, kept: int) -> None:
    """Whatever the number of paths kept, also where a future lies across its end."""
    short = cut(monkeypatch, kept)
    assert short.series["luck"].max() == kept - 1
    told = analyse(short, TUTORIAL.scenario)
    assert {each.with_series for each in told.policies} == {210}
    require_alike(told, analyse(whole, TUTORIAL.scenario))


def test_charts_of_a_summary_rest_on_all_trajectories(monkeypatch: pytest.MonkeyPatch, whole: Ensemble) -> None:
    """The same from a run that kept no outcomes."""
    run = escalation.Run(TUTORIAL, cut(monkeypatch, 65, keep=("summary",)))
    require_alike(run.analysis, analyse(whole, TUTORIAL.scenario))


def test_a_run_whose_paths_are_all_kept_needs_no_histogram(whole: Ensemble) -> None:
    """Charts are then made from the paths themselves."""
    assert not whole.over_time


def test_the_series_of_all_come_back_from_the_folder(
    monkeypatch: pytest.MonkeyPatch, whole: Ensemble, tmp_path: Path
) -> None:
    """Charts made from what was stored are those made at once, and the page says what they rest on."""
    run = escalation.Run(TUTORIAL, cut(monkeypatch, 65))
    monkeypatch.setattr("escalation.reporting.page.WITH_SERIES", 65)
    page = run.report(tmp_path)
    assert "rest on all trajectories" in page.read_text(encoding="utf-8")
    require_alike(analyse(load_ensemble(page.parent), TUTORIAL.scenario), analyse(whole, TUTORIAL.scenario))
