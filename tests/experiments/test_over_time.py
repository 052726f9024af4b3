"""Charts over time rest on all trajectories, of which only the first have their paths kept."""

import random
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

import escalation
from escalation.experiments.analysis import Analysis, analyse
from escalation.experiments.columns import Column, columns_of
from escalation.experiments.design import Design
from escalation.experiments.ensemble import Ensemble
from escalation.experiments.over_time import OverTimeReducer, PieceOverTime
from escalation.experiments.over_time_file import write_over_time
from escalation.experiments.runner import Work, runner_of
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


def test_pieces_of_any_size_in_any_order_give_the_same_series(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 1, 7 and 100, shuffled, on either engine, are the same bytes on disk."""
    monkeypatch.setattr("escalation.experiments.block.WITH_SERIES", 65)
    design = Design(TUTORIAL.policies, 210, 30, 1)
    columns = [column for column in columns_of(TUTORIAL.model) if column.series]
    made = []
    for size, engine in ((100, "simpy"), (7, "compiled"), (1, "compiled")):
        work = Work(TUTORIAL.model, design, engine=engine)
        runner, flag = runner_of(work), np.zeros(1, dtype=np.int8)
        results = [runner.run(block, flag) for block in design.blocks(size)]
        random.Random(size).shuffle(results)
        reducer = OverTimeReducer(design)
        kept = [reducer.take(result) for result in results if result is not None]
        file = BytesIO()
        write_over_time(reducer.finish(kept, columns), file)
        made.append(file.getvalue())
    assert made[0] == made[1] == made[2]


def test_what_a_piece_says_can_be_stored_and_joined() -> None:
    """Its arrays make it again, and two halves make the whole, also where a future lies across."""
    rng = np.random.default_rng(1)
    columns = [Column("path", "Path", "series", "number", series=True),
               Column("rung", "Rung", "series", "rung", words=("low", "high"), series=True)]  # fmt: skip
    futures, tables = np.repeat(np.arange(4), 5), [rng.normal(size=(20, 3)), rng.integers(-1, 2, size=(20, 3))]
    whole = PieceOverTime.of(columns, futures, tables)
    parts = [PieceOverTime.of(columns, futures[a:b], [t[a:b] for t in tables]) for a, b in ((0, 7), (7, 13), (13, 20))]
    for other in (PieceOverTime.from_arrays(whole.arrays()), PieceOverTime.joined(parts)):
        assert whole.arrays().keys() == other.arrays().keys()
        assert all(np.array_equal(each, other.arrays()[name]) for name, each in whole.arrays().items())
