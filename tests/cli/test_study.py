"""A study runs whatever can be run, says what became of the rest, and goes on where it ended."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from escalation.cli.command import app
from escalation.cli.exits import Exit
from escalation.experiments.store import load_ensemble
from escalation.experiments.study_state import at_work

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "scenarios" / "first-ladder.yaml"
SOUND = f"scenarios:\n  border: {{file: {TUTORIAL}}}\n"
RAIN = """\
escalation: 1
title: Rain
starts: 2030-01-01
lasts: 30 days
state: {wet: {initial: false, assumption: dry}}
events:
  rain: {while: not wet, rate: 1 / 20 days, effect: {wet: true}, assumption: invented}
policies: {quick: {label: As it is}}
measures: {rained: {ever: wet, label: It rained}}
"""


def call(*words: str | Path) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


def written(folder: Path, text: str) -> Path:
    """A study's file."""
    path = folder / "small.yaml"
    path.write_text(f"study: 1\ntitle: A small study\nn: 50\nfutures: 10\npolicies: quick\n{text}", encoding="utf-8")
    return path


def rain(folder: Path, rest: str = "") -> str:
    """The scenarios of a study: one whose report is soon made."""
    (folder / "rain.yaml").write_text(RAIN, encoding="utf-8")
    return f"scenarios:\n  rain: {{file: rain.yaml}}\n{rest}"


def edited(folder: Path, name: str, old: str, new: str) -> Path:
    """The tutorial with one text replaced."""
    text = TUTORIAL.read_text(encoding="utf-8")
    assert old in text
    path = folder / name
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def run(folder: Path, study: Path, *words: str) -> Result:
    """Run a study in one worker, into a folder beside it."""
    return call("study", study, "--out", folder / "out", "--workers", "1", *words)


def state_of(folder: Path) -> dict[str, dict[str, object]]:
    """The runs of a study by name, as `status` tells them."""
    told = json.loads(call("status", folder / "out", "--format", "json").stdout)
    return {run["name"]: run for run in told["runs"]}


def process(folder: Path, study: Path) -> subprocess.Popen[str]:
    """A study in a process of its own."""
    command = [sys.executable, "-m", "escalation", "study", str(study), "--out", str(folder / "out"), "--workers", "1"]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def wait_for(folder: Path, standing: str, status: str) -> None:
    """Until some run of the study is so, as another process sees it."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        result = call("status", folder / "out", "--format", "json")
        told = json.loads(result.stdout) if result.exit_code == Exit.DONE else {"standing": "", "runs": []}
        if told["standing"] == standing and any(run["status"] == status for run in told["runs"]):
            return
        time.sleep(0.1)
    raise AssertionError(f"no run came to be {status}")


def test_a_study_ends_with_its_page_its_table_and_a_report_a_run(tmp_path: Path) -> None:
    """Two values of a sweep: two reports, a page that links both, and a row for each run, policy and question.

    What is stored is found by its key: the second time nothing is written again, and the code is the same.
    """
    study = written(tmp_path, "set: {threshold: [200 soldiers, 900 soldiers]}\n" + SOUND)
    result = run(tmp_path, study)
    out = tmp_path / "out"
    assert (result.exit_code, result.stdout) == (Exit.DONE, f"{out / 'index.html'}\n"), result.stderr
    rows = list(csv.DictReader((out / "summary.csv").read_text(encoding="utf-8-sig").splitlines()))
    page = (out / "index.html").read_text(encoding="utf-8")
    assert {row["set:threshold"] for row in rows} == {"200 soldiers", "900 soldiers"}
    for report in {row["report"] for row in rows}:
        assert (out / report).is_file()
        assert f'href="./{report}"' in page
    for row in rows:
        outcomes = load_ensemble((out / row["report"]).parent).outcomes
        mine = outcomes[outcomes["policy"] == row["policy"]]
        assert int(row["n"]) == len(mine)
        if row["question"] == "sanctioned":
            assert float(row["value"]) == mine["sanctioned"].mean()
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    named = set(csv.DictReader((out / "codebook.csv").read_text(encoding="utf-8-sig").splitlines()).__next__().values())
    assert "run" in named
    assert {"study.resolved.yaml", "study.log", "state.json"} <= {path.name for path in out.iterdir()}
    reports = sorted(out.glob("runs/*/50-*/report.html"))
    before = [report.stat().st_mtime_ns for report in reports]
    assert run(tmp_path, study).exit_code == Exit.DONE
    assert [report.stat().st_mtime_ns for report in reports] == before
    assert "stored already" in (out / "study.log").read_text(encoding="utf-8")


def test_a_faulty_combination_is_told_at_its_place_and_the_others_run(tmp_path: Path) -> None:
    """A value of the wrong unit, an unknown policy and a broken scenario are told before anything runs; code 5."""
    broken = edited(tmp_path, "broken.yaml", "threshold: 300 soldiers", "treshold: 300 soldiers")
    study = written(
        tmp_path,
        f"set:\n  threshold: [300 soldiers, 5 days]\n{SOUND}"
        f"  other: {{file: {TUTORIAL}, set: {{}}, policies: [quik]}}\n  broken: {{file: {broken}, set: {{}}}}\n",
    )
    result = run(tmp_path, study)
    assert result.exit_code == Exit.SOME_FAILED
    assert f"{study}:7:29: border, threshold=5 days: expected a number in soldiers" in result.stderr
    assert "did you mean quick?" in result.stderr
    assert f"{broken}:" in result.stderr
    states = state_of(tmp_path)
    assert {name: each["status"] for name, each in states.items()} == {
        "border, threshold=300 soldiers": "done",
        "border, threshold=5 days": "failed",
        "other": "failed",
        "broken": "failed",
    }
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert page.index("threshold=5 days") < page.index("threshold=300 soldiers")


def test_failing_trajectories_and_claims_decide_the_code(tmp_path: Path) -> None:
    """A run in which trajectories fail is told and ends the study with 5; one whose claim fails alone with 6."""
    failing = edited(tmp_path, "failing.yaml", "range: [0 soldiers, none]", "range: [0 soldiers, 700 soldiers]")
    claiming = edited(tmp_path, "claiming.yaml", "given: {push: 0, abroad.initial: 0 soldiers}, ", "")
    both = f"scenarios:\n  failing: {{file: {failing}}}\n  claiming: {{file: {claiming}}}\n"
    assert run(tmp_path, written(tmp_path, both)).exit_code == Exit.SOME_FAILED
    states = state_of(tmp_path)
    assert "trajectories failed" in str(states["failing"]["message"])
    assert "expectation fails" in str(states["claiming"]["message"])
    alone = written(tmp_path, f"scenarios:\n  claiming: {{file: {claiming}}}\n")
    assert run(tmp_path, alone).exit_code == Exit.EXPECTATION_FAILED
    unjudged = written(tmp_path, f"expectations: false\nscenarios:\n  claiming: {{file: {claiming}}}\n")
    assert run(tmp_path, unjudged).exit_code == Exit.DONE


def test_a_dry_run_says_what_it_would_take_and_writes_nothing(tmp_path: Path) -> None:
    """Runs, trajectories, minutes, gigabytes, the same run under two names; no folder is made."""
    study = written(tmp_path, f"{SOUND}  again: {{file: {TUTORIAL}}}\n  more: {{file: {TUTORIAL}, n: 100}}\n")
    result = run(tmp_path, study, "--dry-run")
    assert result.exit_code == Exit.DONE
    assert "runs: 2 (1 more are the same as one of these)" in result.stdout
    assert "to be run: 2, 150 trajectories" in result.stdout
    for word in ("minutes", "GB", "an estimate", "a trial of one scenario", "border (also again)"):
        assert word in result.stdout
    assert not (tmp_path / "out").exists()


def test_a_faulty_study_is_code_3_and_leaves_nothing(tmp_path: Path) -> None:
    """An unknown key ends it with its place before any folder is made."""
    result = run(tmp_path, written(tmp_path, "polices: [quick]\n" + SOUND))
    assert result.exit_code == Exit.INVALID
    assert "small.yaml:6:1: a study has no entry `polices`" in result.stderr
    assert not (tmp_path / "out").exists()


def test_what_cannot_end_in_time_is_not_begun(tmp_path: Path) -> None:
    """With a second to spare nothing is begun; the code is 4, and without the limit the same command finishes."""
    study = written(tmp_path, rain(tmp_path))
    result = run(tmp_path, study, "--within", "1 second")
    assert result.exit_code == Exit.STOPPED_EARLY
    (state,) = state_of(tmp_path).values()
    assert state["status"] == "waiting"
    assert "it could not end within the time" in str(state["message"])
    assert run(tmp_path, study).exit_code == Exit.DONE


def test_two_at_once_do_not_work_on_one_folder(tmp_path: Path) -> None:
    """While another process holds the study, a second one leaves with 4 and says where to look."""
    study = written(tmp_path, rain(tmp_path))
    with at_work(tmp_path / "out") as alone:
        assert alone
        result = run(tmp_path, study)
    assert result.exit_code == Exit.STOPPED_EARLY
    assert "another process is at work" in result.stderr


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.nightly)], ids=lambda number: number.name
)
def test_a_signal_stops_a_study_and_the_same_command_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM in the second run: code 4, the first one kept, and the rest is run afterwards."""
    study = written(tmp_path, rain(tmp_path, "  long: {file: rain.yaml, n: 300000, engine: simpy}\n"))
    begun = process(tmp_path, study)
    try:
        wait_for(tmp_path, "running", "done")
        time.sleep(0.5)
        begun.send_signal(number)
        _, said = begun.communicate(timeout=120)
    finally:
        begun.kill()
        begun.wait(timeout=120)
    assert begun.returncode == Exit.STOPPED_EARLY, said
    states = state_of(tmp_path)
    assert states["rain"]["status"] == "done"
    assert states["long"]["status"] in ("stopped", "waiting")
    assert "the same command goes on" in said
    written(tmp_path, rain(tmp_path))
    assert run(tmp_path, study).exit_code == Exit.DONE


def test_a_killed_study_is_told_so_and_resumes(tmp_path: Path) -> None:
    """After kill -9 `status` says killed; the same command finishes, and its runs are those of a study left alone."""
    study = written(tmp_path, "seeds: [1, 2]\n" + rain(tmp_path))
    begun = process(tmp_path, study)
    try:
        wait_for(tmp_path, "running", "done")
    finally:
        begun.kill()
        begun.communicate(timeout=120)
    told = call("status", tmp_path / "out").stdout
    assert "killed: it was last at work at" in told
    assert run(tmp_path, study).exit_code == Exit.DONE
    assert "ended at" in call("status", tmp_path / "out").stdout
    kept = {path.name for path in (tmp_path / "out" / "runs" / "rain").glob("50-seed*")}
    assert len([name for name in kept if not name.endswith("partial")]) == 2


def test_status_of_a_folder_without_a_study_says_so(tmp_path: Path) -> None:
    """A folder that holds none is wrong usage, in one sentence."""
    result = call("status", tmp_path)
    assert result.exit_code == Exit.WRONG_USAGE
    assert "holds no study" in result.stderr


def test_precision_that_cannot_be_had_is_told_at_its_place(tmp_path: Path) -> None:
    """A width asked of a measure that there is not is a fault where it is written, with what was meant."""
    study = written(tmp_path, "precision: {raind: 1pp}\n" + rain(tmp_path))
    result = run(tmp_path, study, "--dry-run")
    assert result.exit_code == Exit.SOME_FAILED
    assert "small.yaml:6:20: rain has no measure raind" in result.stderr
    assert "did you mean rained?" in result.stderr
