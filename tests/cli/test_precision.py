"""`run --precision`, `--decide` and `--decide-on`: a run that ends when enough is known, its folder, and its words."""

import json
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

import escalation
from escalation.cli.exits import Exit
from escalation.experiments.store import load_ensemble, read_manifest
from tests.cli.test_command import TUTORIAL, call, run
from tests.cli.test_same_bytes import folder_digest

ASKED = ("-n", "3000", "--precision", "sanctioned=16pp", "--decide-on", "sanctioned")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a run that ended by what it saw, and what was said on stderr."""
    result = run(tmp_path_factory.mktemp("precision"), TUTORIAL, *ASKED)
    assert result.exit_code == Exit.DONE, result.output
    return Path(result.stdout.splitlines()[-1]).parent, result.stderr


def test_a_run_ends_when_enough_is_known_and_its_folder_says_so(ended: tuple[Path, str]) -> None:
    """The folder is named by the n it reached; the manifest says what was asked, at which looks, and what is known."""
    folder, said = ended
    assert folder.name.startswith("1000-seed1-")
    stopping = read_manifest(folder)["stopping"]
    assert (stopping["budget"], stopping["looks"], stopping["met"], stopping["level"]) == (3_000, [1_000], True, 0.95)
    assert stopping["asked"] == ["budget 3000", "precision sanctioned=0.16", "decide sanctioned"]
    assert [each["kind"] for each in stopping["goals"]] == ["precision", "precision", "decide"]
    for each in stopping["goals"]:
        low, high = each["valid_at_every_look"]
        assert low < each["at_a_fixed_n"][0] < each["value"] < each["at_a_fixed_n"][1] < high
        assert each["met"]
    assert "look at 1,000 a policy; sanctioned ±" in said
    assert "1 of 1 comparisons of two policies told apart" in said
    assert "everything asked for is known" in said


def test_its_tables_are_those_of_a_plain_run_of_that_length(ended: tuple[Path, str]) -> None:
    """What is stored has the design and every row of a run of 1,000 trajectories."""
    stored = load_ensemble(ended[0])
    plain = escalation.load(TUTORIAL).run(1_000, workers=1).ensemble
    assert stored.design == plain.design
    assert_frame_equal(stored.outcomes, plain.outcomes)
    assert_frame_equal(stored.series, plain.series)


def test_the_same_request_is_the_same_bytes(ended: tuple[Path, str], tmp_path: Path) -> None:
    """Two workers, and options in another order and unit: one folder, byte for byte."""
    options = ("--decide-on", "sanctioned", "--precision", "sanctioned=16 points", "-n", "3000", "--workers", "2")
    result = call("run", TUTORIAL, *options, "--out", tmp_path, "--quiet")
    other = Path(result.stdout.splitlines()[-1]).parent
    assert other.name == ended[0].name
    assert folder_digest(other) == folder_digest(ended[0])


def test_asked_again_it_is_stored_already(ended: tuple[Path, str]) -> None:
    """The run is found by what was asked, though nobody knows beforehand where it ends."""
    folder, _ = ended
    again = call("run", TUTORIAL, *ASKED, "--out", folder.parents[1])
    assert "this very run is stored already" in again.stderr
    assert Path(again.stdout.splitlines()[-1]).parent == folder


def test_the_report_says_how_to_run_it_again(ended: tuple[Path, str]) -> None:
    """The command has the budget and everything asked for, not the n that was reached."""
    page = (ended[0] / "report.html").read_text(encoding="utf-8")
    command = "escalation run first-ladder.yaml -n 3000 --seed 1 --precision sanctioned=16pp --decide-on sanctioned"
    assert command in page
    assert 'id="stopping"' in page


def test_a_budget_that_ends_first_is_said(tmp_path: Path) -> None:
    """Exit code 0, all of the budget run, and a word that not all is known."""
    result = run(tmp_path, TUTORIAL, "-n", "200", "--futures", "20", "--precision", "most_abroad=1 soldiers")
    assert result.exit_code == Exit.DONE
    assert "the budget ended before all was known" in result.stderr
    folder = Path(result.stdout.splitlines()[-1]).parent
    assert "--futures 20 --precision" in (folder / "report.html").read_text(encoding="utf-8")
    goals = read_manifest(folder)["stopping"]["goals"]
    assert {each["met"] for each in goals} == {False}
    assert {json.dumps(each["valid_at_every_look"]) for each in goals} == {"[null, null]"}


def test_what_cannot_be_meant_is_wrong_usage(tmp_path: Path) -> None:
    """A name or size that cannot be meant ends with code 2 and a sentence, before anything is run."""
    for words, said in (
        (("--precision", "sanctoned=1pp"), "did you mean 'sanctioned'?"),
        (("--precision", "sanctioned=2 days"), "write it like 0.5pp"),
        (("--decide", "--policy", "quick"), "cannot be told apart from anything"),
    ):
        result = run(tmp_path, TUTORIAL, "-n", "100", *words)
        assert result.exit_code == Exit.WRONG_USAGE
        assert said in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "reports").exists() or not list((tmp_path / "reports").glob("*/[0-9]*"))


def test_what_cannot_be_asked_leaves_nothing_on_disk(tmp_path: Path) -> None:
    """One policy cannot be told apart from anything: wrong usage, and no journal that `--resume` would find."""
    result = run(tmp_path, TUTORIAL, "-n", "1000", "--policy", "quick", "--decide")
    assert result.exit_code == Exit.WRONG_USAGE
    assert not list(tmp_path.rglob("run.json"))
