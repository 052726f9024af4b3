"""`verify` tells a run that is what it says from one that is not."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from escalation.cli.command import app
from escalation.cli.exits import Exit
from escalation.experiments.run_key import key_of_record
from escalation.experiments.store import MANIFEST, load_ensemble, read_manifest
from escalation.experiments.tables import write_parquet

TUTORIAL = Path(__file__).parents[2] / "scenarios" / "first-ladder.yaml"


def call(*words: str | Path) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the tutorial with firings, some of whose trajectories fail."""
    folder = tmp_path_factory.mktemp("verified")
    text = TUTORIAL.read_text(encoding="utf-8").replace(
        "range: [0 soldiers, none]", "range: [0 soldiers, 900 soldiers]"
    )
    (folder / "edited.yaml").write_text(text, encoding="utf-8")
    words = ("run", folder / "edited.yaml", "-n", "60", "--futures", "12", "--keep", "firings", "--workers", "1")
    assert call(*words, "--out", folder / "reports", "--quiet").exit_code == Exit.SOME_FAILED
    (run,) = (folder / "reports" / "edited").glob("60-*")
    return run


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    """The run in a folder of its own, to be tampered with."""
    return copytree(made, tmp_path / "run")


def say_again(run: Path, change: Callable[[dict[str, object]], None] = lambda key: None) -> None:
    """Make the manifest agree with files and key that were changed, as a forger would."""
    manifest = read_manifest(run)
    change(manifest["determined_by"])
    manifest["key"] = key_of_record(manifest["determined_by"]).digest
    for name in manifest["files"]:
        manifest["files"][name] = sha256((run / name).read_bytes()).hexdigest()
    (run / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def tamper(run: Path, table: str, change: Callable[[pd.DataFrame], None]) -> None:
    """Change a table of a run, and all that would tell of it."""
    frame = getattr(load_ensemble(run), table).copy()
    change(frame)
    with (run / f"{table}.parquet").open("wb") as file:
        write_parquet([frame], file)
    say_again(run)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_a_run_holds_on_either_engine_and_what_was_compared_is_said(made: Path, engine: str) -> None:
    """Every trajectory of a run, failed ones too, is the same bytes again: outcomes, series and firings."""
    if engine == "compiled":
        pytest.importorskip("llvmlite")
    result = call("verify", made, "-n", "1000", "--engine", engine)
    assert result.exit_code == Exit.DONE, result.output
    stored = load_ensemble(made)
    assert stored.failures
    assert "120 of 120 trajectories played again" in result.stdout
    assert stored.firings is not None
    assert f"{len(stored.firings):,} firings" in result.stdout
    assert result.stdout.splitlines()[-1] == "the run holds: the same bytes"


def test_the_sample_is_of_a_seed_of_its_own(made: Path) -> None:
    """Ten of 120 are played; the run's own bytes do not change with the sample."""
    for seed in ("1", "2"):
        result = call("verify", made, "-n", "10", "--seed", seed, "--engine", "simpy")
        assert result.exit_code == Exit.DONE
        assert f"10 of 120 trajectories played again (engine simpy, sample {seed})" in result.stdout


def test_the_last_bit_of_one_outcome_is_found(copied: Path) -> None:
    """A number that differs in its last place is told with policy, trajectory, measure and both values; code 5."""

    def nudge(frame: pd.DataFrame) -> None:
        place = frame.index[frame["policy"] == "quick"][3]
        frame.loc[place, "most_abroad"] *= 1 + 2**-52

    luck = load_ensemble(copied).outcomes.query("policy == 'quick'")["luck"].iloc[3]
    tamper(copied, "outcomes", nudge)
    result = call("verify", copied, "-n", "1000")
    assert result.exit_code == Exit.SOME_FAILED
    (told,) = [line for line in result.stdout.splitlines() if line.startswith("differs")]
    assert f"policy quick, future {luck // 5}, luck {luck}, most_abroad: stored " in told
    stored, now = told.partition("stored ")[2].split(", now ")
    assert float(stored) != float(now)


def test_a_firing_that_was_moved_is_found(copied: Path) -> None:
    """A firing a millisecond later is told with its trajectory and its place in the log."""

    def delay(frame: pd.DataFrame) -> None:
        frame.loc[5, "time"] += 1

    tamper(copied, "firings", delay)
    result = call("verify", copied, "-n", "1000")
    assert result.exit_code == Exit.SOME_FAILED
    assert "firing 6: stored (" in result.stdout


def test_a_changed_file_is_damage(copied: Path) -> None:
    """A file that is not as the manifest says is named."""
    with (copied / "summary.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    result = call("verify", copied, "-n", "5")
    assert result.exit_code == Exit.SOME_FAILED
    assert "damaged: summary.csv has been changed" in result.stdout


def test_rows_that_are_not_there_are_found(copied: Path) -> None:
    """A table that lost rows, or for which the manifest does not answer, is told though its digests were forged."""
    with (copied / "outcomes.parquet").open("r+b") as file:
        frame = pd.read_parquet(file)
    with (copied / "outcomes.parquet").open("wb") as file:
        write_parquet([frame.iloc[:-3]], file)
    say_again(copied)
    result = call("verify", copied, "-n", "5")
    assert result.exit_code == Exit.SOME_FAILED
    assert " trajectories are done, and the manifest says " in result.stdout
    manifest = read_manifest(copied)
    manifest["files"].pop("outcomes.parquet")
    (copied / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    result = call("verify", copied, "-n", "5")
    assert result.exit_code == Exit.SOME_FAILED
    assert "outcomes.parquet is not among the files of the manifest" in result.stdout
    manifest["determined_by"].pop("libraries")
    (copied / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert "the manifest is of another version" in call("verify", copied).stdout


def test_another_scenario_under_the_same_key_is_found(copied: Path) -> None:
    """A resolved scenario that is not the one the key names is told even where the manifest's digests were forged."""
    path = copied / "scenario.resolved.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    say_again(copied)
    assert "is not the scenario that the key names" in call("verify", copied, "-n", "5").stdout


def test_other_sources_are_named(copied: Path) -> None:
    """A run made by other sources of the program is compared all the same, and that is said."""
    say_again(copied, lambda key: key.update(sources="0" * 64))
    result = call("verify", copied, "-n", "20")
    assert result.exit_code == Exit.DONE
    assert "made by other sources of this program (000000000000…" in result.stdout


def test_on_another_numeric_platform_small_differences_pass_and_large_ones_do_not(copied: Path) -> None:
    """There bytes may differ: a change in the last place holds within simulation error, half as much again does not."""

    def scaled(factor: float) -> Callable[[pd.DataFrame], None]:
        def change(frame: pd.DataFrame) -> None:
            frame["most_abroad"] *= factor

        return change

    say_again(copied, lambda key: key.update(platform="0" * 64))
    tamper(copied, "outcomes", scaled(1 + 2**-52))
    result = call("verify", copied, "-n", "1000")
    assert result.exit_code == Exit.DONE, result.output
    assert "another numeric platform" in result.stdout
    assert "the same within simulation error" in result.stdout
    tamper(copied, "outcomes", scaled(1.5))
    result = call("verify", copied, "-n", "1000")
    assert result.exit_code == Exit.SOME_FAILED
    assert "shifted: policy patient, most_abroad" in result.stdout


def test_a_word_that_names_no_run_is_wrong_usage(tmp_path: Path) -> None:
    """A scenario's file, or nothing at all, is refused with code 2."""
    assert call("verify", TUTORIAL).exit_code == Exit.WRONG_USAGE
    assert call("verify", tmp_path / "nothing").exit_code == Exit.WRONG_USAGE


def test_a_run_with_a_process_of_ones_own_needs_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `--plugin` it is refused by name; with it the run holds; a changed one is named."""
    module = tmp_path / "smuggling_verified.py"
    text = "def smuggle(world):\n    while True:\n        yield world.after(days=30)\n        world.set(abroad=world['abroad'] + 20.0, rule='smuggle')\n"  # noqa: E501
    module.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    words = ("--plugin", "smuggling_verified:smuggle")
    made = call("run", TUTORIAL, "-n", "20", "--futures", "4", "--workers", "1", "--policy", "quick", "--quiet", *words)
    run = Path(made.stdout.strip().splitlines()[-1]).parent
    refused = call("verify", run)
    assert refused.exit_code == Exit.WRONG_USAGE
    assert "smuggling_verified:smuggle took part in this run" in " ".join(refused.output.split())
    held = call("verify", run, *words)
    assert held.exit_code == Exit.DONE, held.output
    assert "the run holds" in held.stdout
    module.write_text(text + "\n", encoding="utf-8")
    assert "has another source than in the run" in call("verify", run, *words).stdout
