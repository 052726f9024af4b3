"""The command: what it prints where, and its exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from escalation.cli.command import app
from escalation.cli.exits import Exit
from escalation.experiments.analysis import Analysis, analyse
from escalation.experiments.store import load_ensemble

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "scenarios" / "first-ladder.yaml"


def call(*words: str | Path) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


def edited(folder: Path, old: str, new: str) -> Path:
    """The tutorial with one text replaced, in a file of its own."""
    text = TUTORIAL.read_text(encoding="utf-8")
    assert old in text
    path = folder / "edited.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def run(folder: Path, *words: str | Path) -> Result:
    """Run with results in a folder, in one worker."""
    return call("run", *words, "--out", folder / "reports", "--workers", "1")


def test_help_names_every_command() -> None:
    """`--help` exits with 0 and names check, run, trace, show, schema and new, and the exit codes."""
    result = call("--help")
    assert result.exit_code == Exit.DONE
    for word in ("check", "run", "trace", "show", "schema", "new", "Exit codes"):
        assert word in result.stdout


def test_a_sound_scenario_checks_with_0() -> None:
    """`check` of a sound file exits with 0 and prints nothing on stdout."""
    result = call("check", TUTORIAL)
    assert (result.exit_code, result.stdout) == (Exit.DONE, "")


def test_faults_are_told_with_their_line_and_code_3(tmp_path: Path) -> None:
    """`check` of a faulty file prints file:line:column, the line and a caret, and exits with 3."""
    path = edited(tmp_path, "threshold: 300 soldiers", "treshold: 300 soldiers")
    result = call("check", path)
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "treshold" in text)
    assert result.exit_code == Exit.INVALID
    assert f"{path}:{line}:" in result.stdout
    assert "^" in result.stdout
    assert "threshold" in result.stdout


def test_faults_can_be_told_as_json(tmp_path: Path) -> None:
    """`check --format json` prints a list with file, line and column of each fault."""
    path = edited(tmp_path, "threshold: 300 soldiers", "treshold: 300 soldiers")
    (fault,) = json.loads(call("check", path, "--format", "json").stdout)
    assert fault["file"] == str(path)
    assert fault["line"] > 1


def test_a_trial_tells_what_it_saw() -> None:
    """`check --trial` says how many trajectories it rests on."""
    assert "trial of 500 trajectories" in call("check", TUTORIAL, "--trial").stdout


def test_a_run_ends_with_its_reports_path(tmp_path: Path) -> None:
    """`run` exits with 0, and the last line of stdout is the path of a report that exists."""
    result = run(tmp_path, TUTORIAL, "-n", "100", "--csv", "--keep", "firings")
    report = Path(result.stdout.splitlines()[-1])
    assert result.exit_code == Exit.DONE, result.output
    assert report.is_file()
    names = {path.name for path in report.parent.iterdir()}
    assert {
        "manifest.json", "scenario.resolved.yaml", "outcomes.parquet", "outcomes.csv", "series.parquet",
        "firings.parquet", "summary.csv", "failures.jsonl", "figures", "run.log",
    } <= names  # fmt: skip


def test_the_same_run_again_does_nothing(tmp_path: Path) -> None:
    """The same key a second time says so, prints the same path, and writes nothing."""
    first = run(tmp_path, TUTORIAL, "-n", "50")
    report = Path(first.stdout.splitlines()[-1])
    written = report.stat().st_mtime_ns
    again = run(tmp_path, TUTORIAL, "-n", "50")
    assert again.stdout == report.as_posix() + "\n"
    assert "stored already" in again.stderr
    assert report.stat().st_mtime_ns == written


@pytest.mark.parametrize(
    "words",
    [
        ("--policy", "nobody"),
        ("--futures", "7"),
        ("--engine", "abacus"),
        ("--keep", "everything"),
        ("--plugin", "no.such.module:process"),
        ("--plugin", "json"),
        ("-n", "0"),
    ],
)
def test_wrong_usage_is_code_2_and_leaves_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    """An option that cannot be meant exits with 2, says which, and leaves no folder behind."""
    result = run(tmp_path, TUTORIAL, "-n", "50", *words)
    assert result.exit_code == Exit.WRONG_USAGE
    assert words[0] in result.stderr or words[1] in result.stderr
    assert not (tmp_path / "reports").exists()


def test_an_invalid_scenario_runs_nothing(tmp_path: Path) -> None:
    """`run` of a faulty scenario exits with 3 and leaves no folder behind."""
    result = run(tmp_path, edited(tmp_path, "lasts: 6 months", "lasts: six months"))
    assert result.exit_code == Exit.INVALID
    assert not (tmp_path / "reports").exists()


def test_failed_trajectories_are_kept_and_told_with_code_5(tmp_path: Path) -> None:
    """Trajectories that leave a range are listed with their address, the rest are reported, and the code is 5."""
    path = edited(tmp_path, "range: [0 soldiers, none]", "range: [0 soldiers, 700 soldiers]")
    result = run(tmp_path, path, "-n", "100")
    report = Path(result.stdout.splitlines()[-1])
    failures = [json.loads(line) for line in (report.parent / "failures.jsonl").read_text().splitlines()]
    assert result.exit_code == Exit.SOME_FAILED
    assert 0 < len(failures) < 200
    assert failures[0]["rule"] == "crossing"
    assert "outside its range" in failures[0]["message"]
    assert "failed" in report.read_text(encoding="utf-8")


def test_a_failed_expectation_is_code_6(tmp_path: Path) -> None:
    """A claim of the file that the model contradicts is told on stderr, and the code is 6."""
    path = edited(tmp_path, "given: {push: 0, abroad.initial: 0 soldiers}, ", "")
    result = run(tmp_path, path, "-n", "50")
    assert result.exit_code == Exit.EXPECTATION_FAILED
    assert "expectation fails" in result.stderr


def test_a_stored_run_keeps_its_code(tmp_path: Path) -> None:
    """The same failing run a second time exits with the same code."""
    path = edited(tmp_path, "given: {push: 0, abroad.initial: 0 soldiers}, ", "")
    codes = [run(tmp_path, path, "-n", "50").exit_code for _ in range(2)]
    assert codes == [Exit.EXPECTATION_FAILED, Exit.EXPECTATION_FAILED]


IMPATIENT = (signal.SIGINT, signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize(("signals", "apart"), [(IMPATIENT[:1], 0.0), (IMPATIENT, 0.0), (IMPATIENT, 0.4)])
def test_ctrl_c_however_often_ends_with_code_4_and_a_partial_report(
    tmp_path: Path, signals: tuple[signal.Signals, ...], apart: float
) -> None:
    """An interrupted run keeps what was done, also when the person is impatient: a report, called partial."""
    command = [sys.executable, "-m", "escalation", "run", str(TUTORIAL), "-n", "400000", "--out", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr is not None
    assert "of 800,000 trajectories" in process.stderr.readline()
    for number in signals:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        time.sleep(apart)
    try:
        out, err = process.communicate(timeout=240)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == Exit.STOPPED_EARLY, err
    report = Path(out.strip().splitlines()[-1])
    assert report.parent.name.endswith("-partial")
    assert "Stopped early" in report.read_text(encoding="utf-8")


def test_sigterm_outside_a_run_ends_with_code_4() -> None:
    """A batch system that ends a command which has nothing to keep yet gets the code of an interruption."""
    script = (
        "import signal; from escalation.cli import command, showing; "
        "showing.print_schema = lambda: signal.raise_signal(signal.SIGTERM); command.main()"
    )
    done = subprocess.run([sys.executable, "-c", script, "schema"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (Exit.STOPPED_EARLY, "", "escalation: stopped\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_a_run_is_stored_leaves_it_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    """Once trajectories are done and claims are judged, a signal is answered with a word and loses nothing."""

    def interrupted(*given: object, **named: object) -> Analysis:
        signal.raise_signal(number)
        return analyse(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("escalation.experiments.analysis.analyse", interrupted)
    result = run(tmp_path, TUTORIAL, "-n", "50")
    assert result.exit_code == Exit.DONE, result.output
    assert not Path(result.stdout.splitlines()[-1]).parent.name.endswith("-partial")
    assert "this ends by itself" in capfd.readouterr().err


def test_what_goes_wrong_after_the_last_trajectory_loses_no_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in the estimates leaves the outcomes in a folder that is called partial."""

    def broken(*given: object, **named: object) -> Analysis:
        raise ZeroDivisionError

    monkeypatch.setattr("escalation.experiments.analysis.analyse", broken)
    result = run(tmp_path, TUTORIAL, "-n", "50")
    assert isinstance(result.exception, ZeroDivisionError)
    (kept,) = (tmp_path / "reports" / "first-ladder").glob("*-partial")
    assert len(load_ensemble(kept).outcomes) == 100
    monkeypatch.undo()
    again = run(tmp_path, TUTORIAL, "-n", "50")
    assert "going on: 100 of 100 trajectories" in again.stderr
    assert not kept.exists()


def test_ctrl_c_outside_a_run_ends_with_code_4() -> None:
    """What is interrupted before there is anything to keep ends with code 4 too, and says so."""
    script = (
        "import signal; from escalation.cli import command, showing; "
        "showing.print_schema = lambda: signal.raise_signal(signal.SIGINT); command.main()"
    )
    done = subprocess.run([sys.executable, "-c", script, "schema"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (Exit.STOPPED_EARLY, "", "escalation: stopped\n")


def test_numbers_that_address_no_trajectory_are_wrong_usage() -> None:
    """A seed, a trajectory or a future of 2^64 is wrong usage and no fault of ours; one less is a trajectory."""
    for option in ("--seed", "--trajectory", "--future"):
        assert call("trace", TUTORIAL, option, 2**64).exit_code == Exit.WRONG_USAGE
    assert call("trace", TUTORIAL, "--seed", 2**64 - 1, "-k", 2**64 - 1).exit_code == Exit.DONE


def test_any_locale_and_any_file_name_will_do(tmp_path: Path) -> None:
    """A Korean title under a locale of ASCII, from a file whose name is no UTF-8, is traced and reported."""
    path = os.fsencode(tmp_path) + b"/\xff \xed\x95\x9c.yaml"
    Path(os.fsdecode(path)).write_text(
        TUTORIAL.read_text(encoding="utf-8").replace("A border and a ladder", "서울"), encoding="utf-8"
    )
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **ascii_only}
    command = [sys.executable, "-m", "escalation"]
    traced = subprocess.run([*command, "trace", path], env=environment, capture_output=True, check=True)
    assert "서울".encode() in traced.stdout
    assert b"\xff \xed\x95\x9c.yaml" in traced.stdout
    words = [*command, "run", path, "-n", "2", "--workers", "1", "-q", "--out", tmp_path]
    told = subprocess.run(words, env=environment, capture_output=True, check=True)
    assert "서울" in Path(told.stdout.decode().strip()).read_text(encoding="utf-8")
    words = [*command, "compare", path, path, "-n", "2", "--workers", "1", "-q", "--out", tmp_path]
    compared = subprocess.run(words, env=environment, capture_output=True)
    assert (compared.returncode, compared.stderr) == (0, b"")


def test_a_name_with_a_dash_in_front_is_told_as_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `new` prints for a name that begins with a dash can be given to `check` as it stands."""
    monkeypatch.chdir(tmp_path)
    told = call("new", "--", "-dash").stdout.strip()
    assert told.startswith("./-dash")
    assert call("check", told).exit_code == Exit.DONE


def test_trace_tells_dates_rules_lines_and_reasons() -> None:
    """`trace` tells a trajectory: dates, rules with file and line, what made them true and what changed."""
    result = call("trace", TUTORIAL, "-k", "3", "--policy", "quick")
    assert result.exit_code == Exit.DONE
    assert "2030-01-" in result.stdout
    assert "first-ladder.yaml:" in result.stdout
    for word in ("because", "drew", "changed"):
        assert word in result.stdout


def test_trace_tells_only_what_is_asked_for_and_knows_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--only` leaves the rest out and refuses a name that is nowhere; a process of one's own acts in the story too."""
    result = call("trace", TUTORIAL, "--only", "nothing_of_that_name")
    assert result.exit_code == Exit.WRONG_USAGE
    (tmp_path / "smuggle.py").write_text("def nothing(world):\n    yield world.after(days=1)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert call("trace", TUTORIAL, "--plugin", "smuggle:nothing").exit_code == Exit.DONE
    assert call("trace", TUTORIAL, "--plugin", "smuggle").exit_code == Exit.WRONG_USAGE


def test_what_show_prints_is_a_scenario_that_shows_itself(tmp_path: Path) -> None:
    """`show` prints a valid scenario, and showing that prints the same."""
    first = call("show", TUTORIAL).stdout
    path = tmp_path / "resolved.yaml"
    path.write_text(first, encoding="utf-8")
    assert call("show", path).stdout == first


def test_show_diff_tells_what_a_setting_changed() -> None:
    """`show --diff --set` prints the old and the new value with the line of the old one, and nothing else."""
    result = call("show", TUTORIAL, "--set", "levers.threshold.default=500 soldiers", "--diff")
    (line,) = result.stdout.splitlines()
    number = next(i for i, text in enumerate(TUTORIAL.read_text().splitlines(), 1) if "default: 600 soldiers" in text)
    assert line == f"`threshold` default: 600 soldiers → 500 soldiers (--set, was {TUTORIAL}:{number})"


def test_the_schema_is_json() -> None:
    """`schema` prints the shipped JSON Schema."""
    assert json.loads(call("schema").stdout)["$schema"].endswith("draft-07/schema#")


def test_new_makes_a_starter_that_checks_and_is_never_overwritten(tmp_path: Path) -> None:
    """`new` makes a folder with a sound scenario and its schema; a second time it refuses."""
    folder = tmp_path / "my crisis 위기"
    first = call("new", folder)
    assert first.exit_code == Exit.DONE
    assert call("check", Path(first.stdout.strip())).exit_code == Exit.DONE
    assert (folder / "scenario.schema.json").is_file()
    assert call("new", folder).exit_code == Exit.WRONG_USAGE


def test_a_plugin_process_takes_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--plugin module:name` runs a SimPy process of one's own in every trajectory."""
    (tmp_path / "flood.py").write_text(
        "def flood(world):\n    yield world.after(days=1)\n    world.set(abroad=5_000.0, rule='flood')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    result = run(tmp_path, TUTORIAL, "-n", "50", "--plugin", "flood:flood", "--csv")
    report = tmp_path / result.stdout.splitlines()[-1]
    rows = (report.parent / "outcomes.csv").read_text().splitlines()
    place = rows[0].split(",").index("most_abroad")
    assert all(float(row.split(",")[place]) >= 5_000 for row in rows[1:])


def test_a_folder_that_cannot_be_written_is_told_before_the_run(tmp_path: Path) -> None:
    """`--out` on a file ends at once with a sentence that names it, however many trajectories were asked for."""
    (tmp_path / "reports").write_text("in the way")
    result = run(tmp_path, TUTORIAL, "-n", "10000000")
    assert result.exit_code == Exit.OUR_FAULT
    assert f"{tmp_path / 'reports'} cannot be written" in result.stderr


def test_ctrl_c_while_claims_are_judged_keeps_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted after its last trajectory, a run is stored as partial with code 4 and no claim is told."""
    monkeypatch.setattr("escalation.api.LoadedScenario.expectations", lambda *_: signal.raise_signal(signal.SIGINT))
    result = run(tmp_path, TUTORIAL, "-n", "50")
    report = Path(result.stdout.splitlines()[-1])
    assert result.exit_code == Exit.STOPPED_EARLY
    assert report.parent.name.endswith("-partial")
    assert json.loads((report.parent / "expectations.json").read_text()) == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
