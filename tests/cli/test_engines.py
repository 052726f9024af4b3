"""The options --engine and --executor of the command."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from escalation.cli.command import app
from escalation.cli.exits import Exit
from escalation.engines.compiled import machine_code
from escalation.experiments import executor_kinds

TUTORIAL = Path(__file__).parents[2] / "scenarios" / "first-ladder.yaml"
VISIT = "tests.experiments.births:visit"


def call(*words: str | Path) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


def run(out: Path, *words: str) -> Result:
    """A small run."""
    return call("run", TUTORIAL, "-n", "50", "--out", out, *words)


def test_the_compiled_engine_refuses_a_plugin(tmp_path: Path) -> None:
    """It is wrong usage, with the reason; nothing is run."""
    done = run(tmp_path, "--engine", "compiled", "--plugin", VISIT)
    assert done.exit_code == Exit.WRONG_USAGE
    assert "processes of your own need SimPy" in " ".join(done.stderr.replace("│", " ").split())
    assert not list(tmp_path.iterdir())


def test_auto_says_in_a_line_that_it_falls_back_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without llvmlite everything runs, on SimPy, with the same report at the end."""
    monkeypatch.setattr(machine_code, "available", lambda: False)
    done = run(tmp_path, "--workers", "1")
    assert done.exit_code == Exit.DONE
    assert [line for line in done.stderr.splitlines() if "SimPy" in line] == [
        "runs on the SimPy engine, some hundred times slower: llvmlite is not installed"
    ]
    assert run(tmp_path / "other", "--engine", "compiled").exit_code == Exit.WRONG_USAGE


@pytest.mark.parametrize("command", [("run", TUTORIAL), ("compare", TUTORIAL, TUTORIAL), ("study", TUTORIAL)])
def test_workers_that_there_are_none_of_are_wrong_usage(command: tuple[str | Path, ...]) -> None:
    """The words that there are stand in the message."""
    done = call(*command, "--executor", "ants")
    assert done.exit_code == Exit.WRONG_USAGE
    assert "dask:tcp://HOST:PORT" in done.stderr


def test_without_dask_a_sentence_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setattr(executor_kinds, "find_spec", lambda name: None)
    done = run(tmp_path, "--executor", "dask:local")
    assert done.exit_code == Exit.WRONG_USAGE
    assert "pip install '.[dask]'" in " ".join(done.stderr.replace("│", " ").split())


def test_engines_and_executors_compare_alike(tmp_path: Path) -> None:
    """What differs between two scenarios is the same by any of them."""
    other = tmp_path / "other.yaml"
    other.write_text(TUTORIAL.read_text(encoding="utf-8").replace("push / 12 days", "push / 9 days"), encoding="utf-8")
    told = [
        call("compare", TUTORIAL, other, "-n", "60", "--out", tmp_path / engine, "--engine", engine, "--executor", kind)
        for engine, kind in (("simpy", "processes"), ("compiled", "threads"))
    ]
    first, second = (done.stdout.splitlines()[:-1] for done in told)
    assert first == second
    assert any("crossing" in line for line in first)
    assert [done.exit_code for done in told] == [Exit.DONE, Exit.DONE]
