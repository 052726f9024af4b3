"""What is stored is listed, whatever has happened to it."""

import json
import os
from pathlib import Path

from escalation.comparing import SHELF
from escalation.experiments.stored_runs import COMPARED, stored_runs
from escalation.reporting.runs_page import runs_page, write_index

MANIFEST = {
    "key": "a" * 64,
    "determined_by": {"n": 100, "seed": 3, "policies": ["slow", "quick"]},
    "title": "A crisis",
    "trajectories": {"asked": 200, "done": 200, "failed": 0},
    "stopped": "",
    "unfinished": "",
}


def stored(reports: Path, name: str, log: str = "", **changes: object) -> Path:
    """A folder as a run leaves it, less its tables."""
    folder = reports / name
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(MANIFEST | changes), encoding="utf-8")
    (folder / "report.html").write_text("<p>", encoding="utf-8")
    if log:
        (folder / "run.log").write_text(log, encoding="utf-8")
    return folder


def test_runs_are_listed_newest_first_by_their_logs(tmp_path: Path) -> None:
    """The last line of a log with a time says when; what the manifest says is told."""
    stored(tmp_path, "crisis/old", "2026-01-01T00:00:00+00:00 host\n2026-01-01T01:00:00+00:00 ran 200\n")
    stored(tmp_path, "crisis/new", "2026-01-02T00:00:00+00:00 host\n")
    first, second = stored_runs(tmp_path)
    assert (first.path, second.path) == ("crisis/new", "crisis/old")
    assert second.when == "2026-01-01T01:00:00+00:00"
    assert (first.n, first.seed, first.policies, first.damage, first.report) == (100, 3, ("slow", "quick"), "", True)


def test_without_a_log_the_files_time_counts(tmp_path: Path) -> None:
    """A run that was copied without its log is dated by its manifest."""
    folder = stored(tmp_path, "crisis/run")
    os.utime(folder / "manifest.json", (86_400, 86_400))
    assert stored_runs(tmp_path)[0].when == "1970-01-02T00:00:00+00:00"


def test_damaged_folders_are_told_and_nothing_else_is_taken_for_a_run(tmp_path: Path) -> None:
    """No manifest, half of one, one of something else: each is told; hidden ones, links and samples are not."""
    stored(tmp_path, "crisis/whole")
    (tmp_path / "crisis" / "empty").mkdir()
    (tmp_path / "crisis" / ".partial-x").mkdir()
    (tmp_path / "crisis" / "latest").symlink_to("whole", target_is_directory=True)
    for name, text in (("half", '{"key": "'), ("other", '{"key": 1}'), ("list", "[]")):
        (tmp_path / "crisis" / name).mkdir()
        (tmp_path / "crisis" / name / "manifest.json").write_text(text, encoding="utf-8")
    (stored(tmp_path, "sample") / "figures").mkdir()
    (tmp_path / COMPARED / "a-against-b").mkdir(parents=True)
    told = {run.path: run.damage for run in stored_runs(tmp_path)}
    assert set(told) == {f"crisis/{name}" for name in ("whole", "empty", "half", "other", "list")}
    assert told["crisis/whole"] == ""
    assert all(damage for path, damage in told.items() if path != "crisis/whole")


def test_the_shelf_of_comparisons_is_called_the_same() -> None:
    """What is left out here is what `compare` writes."""
    assert COMPARED == SHELF


def test_the_index_links_each_report_and_escapes_what_it_names(tmp_path: Path) -> None:
    """A hostile title or folder is text, and its link stays below the page; a stopped run is marked."""
    hostile = "<script>alert(1)</script>"
    stored(tmp_path, "a: b#c?/x y", title=hostile)
    stored(tmp_path, "crisis/run-partial", unfinished="interrupted", stopped="interrupted")
    text = write_index(tmp_path).read_text(encoding="utf-8")
    assert hostile not in text
    assert "&lt;script&gt;" in text
    assert 'href="./a%3A%20b%23c%3F/x%20y/report.html"' in text
    assert "<strong>stopped early</strong>: interrupted" in text
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["index.html"]


def test_a_run_that_ends_while_the_index_is_written_is_in_it(tmp_path: Path, monkeypatch: object) -> None:
    """Another run that is finished after the first look is seen by the second."""
    import escalation.reporting.runs_page as page

    stored(tmp_path, "crisis/first")

    def late(runs: object) -> str:
        if not (tmp_path / "crisis" / "second").exists():
            stored(tmp_path, "crisis/second")
        return runs_page(runs)  # type: ignore[arg-type]

    monkeypatch.setattr(page, "runs_page", late)  # type: ignore[attr-defined]
    assert "crisis/second" in write_index(tmp_path).read_text(encoding="utf-8")


def test_an_empty_folder_has_an_index_too(tmp_path: Path) -> None:
    """Nothing stored is said, and a folder that is not there lists nothing."""
    assert "No run is stored here." in write_index(tmp_path).read_text(encoding="utf-8")
    assert stored_runs(tmp_path / "nowhere") == ()
