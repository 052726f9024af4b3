"""`escalation run --keep summary`: the folder, the page, and what is refused."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from escalation.cli.command import app
from escalation.experiments.ensemble import Ensemble
from escalation.experiments.store import load_ensemble

TUTORIAL = Path(__file__).parents[2] / "scenarios" / "first-ladder.yaml"


def ran(out: Path, *more: str) -> Path:
    """The folder of a run of the tutorial."""
    done = CliRunner().invoke(app, ["run", str(TUTORIAL), "-n", "120", "-q", "--out", str(out), *more])
    assert done.exit_code == 0, done.output
    return Path(done.stdout.strip().splitlines()[-1]).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that kept a summary."""
    return ran(tmp_path_factory.mktemp("out"), "--keep", "summary", "--workers", "1")


def test_the_folder_holds_a_summary_and_no_outcomes(folder: Path) -> None:
    """Nothing in it has a row a trajectory but the series of the first 2,000."""
    names = {path.name for path in folder.iterdir()}
    assert {"summary.json", "summary.parquet", "series.parquet", "report.html", "summary.csv"} <= names
    assert "outcomes.parquet" not in names


def test_the_page_says_what_it_leaves_out(folder: Path) -> None:
    """The note names the summary, the command keeps it, and no file that is not there is named."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "kept a summary and no single trajectory" in page
    assert "--keep summary" in page
    assert "outcomes.parquet" not in page
    assert 'id="typical"' not in page
    assert 'id="convergence"' in page


def test_a_stored_summary_is_read_back(folder: Path) -> None:
    """Every trajectory is counted, and none has a row."""
    stored: Ensemble = load_ensemble(folder)
    assert stored.summary is not None
    assert (stored.done, len(stored.outcomes)) == (240, 0)
    assert stored.summary.policies["quick"].futures == 3


def test_numbers_of_the_page_are_those_of_a_run_with_outcomes(folder: Path, tmp_path: Path) -> None:
    """Every line of summary.csv but quantiles of single trajectories and typical ones is the same as written."""

    def lines(place: Path) -> list[str]:
        text = (place / "summary.csv").read_text(encoding="utf-8-sig").splitlines()
        return [line for line in text if "single trajectories" not in line and "typical" not in line]

    def shown(line: str) -> str:
        # Raw numbers are told to the last bit, which summing in another order moves; what is shown must not move.
        return ",".join(cell for cell in line.split(",") if "e-" not in cell and len(cell) < 17)

    assert list(map(shown, lines(folder))) == list(map(shown, lines(ran(tmp_path))))


def test_what_needs_outcomes_is_refused_beside_a_summary(tmp_path: Path) -> None:
    """Outcomes as CSV and comparisons are refused before anything is run."""
    for option in (["--csv"], ["--against", str(TUTORIAL)]):
        done = CliRunner().invoke(app, ["run", str(TUTORIAL), "--keep", "summary", "--out", str(tmp_path), *option])
        assert done.exit_code == 2
        assert "needs the outcomes" in done.output
    assert not list(tmp_path.iterdir())


def test_a_summary_cannot_be_compared(folder: Path) -> None:
    """Its trajectories are gone, so none can be paired; the refusal says so."""
    done = CliRunner().invoke(app, ["compare", str(folder), str(folder), "-q", "--out", str(folder.parents[1])])
    assert done.exit_code != 0
    assert "kept as a summary" in done.output
