"""`describe` and `runs` on the command line."""

import json
import time
from pathlib import Path

from typer.testing import CliRunner

from escalation.cli.command import app
from escalation.cli.exits import Exit

TUTORIAL = Path(__file__).parents[2] / "scenarios" / "first-ladder.yaml"


def test_describe_prints_markdown_and_nothing_else() -> None:
    """Text on stdout from title to submodels, nothing on stderr, exit code 0, in well under a second of a processor."""
    began = time.process_time()
    result = CliRunner().invoke(app, ["describe", str(TUTORIAL)])
    assert time.process_time() - began < 1.5
    assert (result.exit_code, result.stderr) == (Exit.DONE, "")
    assert result.stdout.startswith("# ")
    assert "\n## Submodels\n" in result.stdout


def test_describe_reads_what_is_set(tmp_path: Path) -> None:
    """An overlay is part of what is described, and an invalid scenario ends with code 3."""
    overlay = tmp_path / "named.yaml"
    overlay.write_text("title: Another name\n", encoding="utf-8")
    assert "# Another name\n" in CliRunner().invoke(app, ["describe", str(TUTORIAL), "--overlay", str(overlay)]).stdout
    overlay.write_text("titel: Another name\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["describe", str(TUTORIAL), "--overlay", str(overlay)])
    assert (result.exit_code, result.stdout) == (Exit.INVALID, "")


def test_runs_lists_a_run_that_was_made_and_its_index(tmp_path: Path) -> None:
    """After a run `runs` tells it, as text and as JSON, and the index links its report."""
    reports = tmp_path / "reports"
    made = CliRunner().invoke(app, ["run", str(TUTORIAL), "-n", "40", "--out", str(reports), "--workers", "1", "-q"])
    page = Path(made.stdout.strip())
    listed = CliRunner().invoke(app, ["runs", "--out", str(reports)])
    assert listed.exit_code == Exit.DONE
    assert f"  first-ladder/{page.parent.name}  n 40, seed 1, " in listed.stdout
    (told,) = json.loads(CliRunner().invoke(app, ["runs", "--out", str(reports), "--format", "json"]).stdout)
    assert told["path"] == f"first-ladder/{page.parent.name}"
    index = (reports / "index.html").read_text(encoding="utf-8")
    assert f'href="./first-ladder/{page.parent.name}/report.html"' in index


def test_runs_of_an_empty_folder_says_so(tmp_path: Path) -> None:
    """Nothing on stdout, a sentence on stderr, and no file is made unless asked for."""
    result = CliRunner().invoke(app, ["runs", "--out", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (Exit.DONE, "")
    assert "no run is stored" in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert CliRunner().invoke(app, ["runs", "--out", str(tmp_path), "--index"]).exit_code == Exit.DONE
    assert (tmp_path / "index.html").is_file()


def test_an_unknown_format_is_wrong_usage(tmp_path: Path) -> None:
    """`--format yaml` ends with code 2."""
    assert CliRunner().invoke(app, ["runs", "--format", "yaml"]).exit_code == Exit.WRONG_USAGE
