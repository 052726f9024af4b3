"""`compare` and `run --against`: what they print, what they write, and how they refuse."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from escalation.api import load
from escalation.cli.command import app
from escalation.cli.exits import Exit

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "scenarios" / "first-ladder.yaml"
FLAGSHIP = ROOT / "scenarios" / "seoul-2024.yaml"


def call(*words: str | Path) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


def edited(folder: Path, *changes: tuple[str, str], of: Path = TUTORIAL, name: str = "edited.yaml") -> Path:
    """A scenario with some texts replaced, in a file of its own."""
    text = of.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def line_of(path: Path, text: str) -> int:
    """The line of a file that holds a text."""
    return next(i for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a stored run of the tutorial, and an edited copy of it."""
    folder = tmp_path_factory.mktemp("desk")
    edited(folder, ("default: 600 soldiers", "default: 500 soldiers"))
    words = ("run", TUTORIAL, "-n", "100", "--futures", "20", "--workers", "1", "--out", folder / "reports")
    assert call(*words).exit_code == Exit.DONE
    return folder


def compare(desk: Path, a: str | Path, b: str | Path, *words: str) -> Result:
    return call("compare", a, b, "--out", desk / "reports", "--workers", "1", "--quiet", *words)


def test_the_answer_is_that_of_pandas_and_names_the_changed_line(tmp_path: Path) -> None:
    """A copy of the flagship with the threshold at 6,000: differences as from the two Parquet files, and the line."""
    # Copied as a person would copy it, beside the original and the tables that both read.
    scenarios = Path(shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios"))
    original = scenarios / FLAGSHIP.name
    copy = edited(scenarios, ("default: 10_000 troops", "default: 6_000 troops"), of=original, name="seoul-copy.yaml")
    flagship = load(original)
    policy = flagship.policies[0]
    words = ("-n", "100", "--futures", "25", "--policy", policy)
    result = compare(tmp_path, original, copy, *words)
    assert result.exit_code in (Exit.DONE, Exit.SOME_FAILED), result.output
    number = line_of(copy, "default: 6_000 troops")
    sentence = f"`defensive_threshold` default: 10,000 troops → 6,000 troops ({copy}:{number}, was {original}:{number})"
    assert sentence in result.stdout
    tables = tmp_path / "reports" / "compared" / "tables"
    a, b = (
        pd.read_parquet(next(tables.glob(f"{name}/*-*/outcomes.parquet"))).set_index(["policy", "future", "luck"])
        for name in ("seoul-2024", "seoul-copy")
    )
    firsts = {measure.name for measure in flagship.scenario.measures if measure.how == "first"}
    page = Path(result.stdout.splitlines()[-1])
    told = pd.read_csv(page.parent / "differences.csv")
    assert len(told) >= 8
    compared = 0
    for row in told.itertuples():
        if row.question not in a.columns or a[row.question].dtype.name == "category":
            continue
        is_time = row.question in firsts or row.question.startswith("rung:")
        pair = [side[row.question].notna() if is_time else side[row.question] for side in (a, b)]
        less = pair[1].astype(float) - pair[0].astype(float)
        assert row.difference == pytest.approx(less.mean(), abs=1e-12)
        assert row.n == less.notna().sum()
        assert row.unequal == (less.dropna() != 0).sum()
        compared += 1
    assert compared >= 8
    assert (told["difference"] != 0).any()


def test_a_stored_run_and_an_edited_file(desk: Path) -> None:
    """A run named by its scenario and a file: the file is run as the run was, and the last line is the page's path."""
    result = compare(desk, "first-ladder", desk / "edited.yaml")
    assert result.exit_code == Exit.DONE, result.output
    page = Path(result.stdout.splitlines()[-1])
    number = line_of(TUTORIAL, "default: 600 soldiers")
    places = f"{desk / 'edited.yaml'}:{number}, was first-ladder.yaml:{number}"
    assert f"default: 600 soldiers → 500 soldiers ({places})" in result.stdout
    assert "100 pairs of trajectories a policy in 20 futures" in result.stdout
    names = {path.name for path in page.parent.iterdir()}
    assert names == {"compare.html", "differences.csv", "changes.csv", "first-different.csv", "figures"}
    html = page.read_text(encoding="utf-8")
    assert "500 soldiers" in html
    assert "://" not in html.replace("http://www.w3.org/", "")


def test_what_was_run_for_a_comparison_is_not_run_again(desk: Path) -> None:
    """A second time both sides are found, the answer is the same to the letter, and `latest` still has a report."""
    first = compare(desk, "first-ladder", desk / "edited.yaml")
    again = call("compare", "first-ladder", desk / "edited.yaml", "--out", desk / "reports", "--workers", "1")
    assert "stored already" in again.stderr
    assert again.stdout == first.stdout
    assert (desk / "reports" / "first-ladder" / "latest" / "report.html").is_file()


@pytest.mark.parametrize("form", ["name", "folder", "report", "bare"])
def test_a_run_compared_with_itself_is_identical(desk: Path, form: str) -> None:
    """However it is named, a run is identical with itself, and the note says that it is one run."""
    folder = next((desk / "reports" / "first-ladder").glob("100-*"))
    word = {"name": "first-ladder", "folder": folder, "report": folder / "report.html", "bare": folder.name}[form]
    result = compare(desk, word, word)
    assert result.exit_code == Exit.DONE, result.output
    assert "are one run" in result.stdout
    assert "Identical under every policy: Sanctions decided" in result.stdout
    assert "no difference in 200 of 200" in result.stdout


@pytest.mark.parametrize("word", ["no-such-thing", "compared", "scenarios"])
def test_a_word_that_names_no_run_is_wrong_usage(desk: Path, word: str) -> None:
    """A name that is neither a file nor a stored run ends with 2 and a sentence, and nothing is run."""
    result = compare(desk, "first-ladder", word)
    assert result.exit_code == Exit.WRONG_USAGE
    assert f"{word} is n" in result.stderr
    assert result.stdout == ""


def test_a_faulty_file_is_code_3(desk: Path, tmp_path: Path) -> None:
    """A scenario with faults is told with its lines before anything is run."""
    faulty = edited(tmp_path, ("default: 600 soldiers", "default: 600 soldats"))
    result = compare(desk, "first-ladder", faulty)
    assert result.exit_code == Exit.INVALID
    assert f"{faulty}:17" in result.stderr


def test_two_seeds_cannot_be_paired(desk: Path) -> None:
    """Runs of different seeds share no luck: refused with 2, and the sentence says what would do."""
    result = compare(desk, "first-ladder", desk / "edited.yaml", "--seed", "0")
    assert result.exit_code == Exit.WRONG_USAGE
    assert "seed 1" in result.stderr
    assert "seed 0" in result.stderr


def test_two_numbers_of_trajectories_share_the_smaller(desk: Path) -> None:
    """60 and 100 trajectories in futures of 5: the first 60 are paired, and the note says so."""
    result = compare(desk, "first-ladder", desk / "edited.yaml", "-n", "60")
    assert result.exit_code == Exit.DONE, result.output
    assert "the first 60 are in both" in result.stdout
    assert "60 pairs of trajectories a policy in 12 futures" in result.stdout


def test_two_sizes_of_futures_share_what_is_in_both(desk: Path) -> None:
    """5 and 10 trajectories a future: only the first 5 have one future and one luck in both, so nothing is sure."""
    result = compare(desk, "first-ladder", desk / "edited.yaml", "--futures", "10")
    assert result.exit_code == Exit.DONE, result.output
    assert "so only 5 have the same future and the same luck in both" in result.stdout


def test_another_scenario_has_nothing_to_pair(desk: Path, tmp_path: Path) -> None:
    """No policy in common, or no measure: refused with 2, with what each has."""
    renamed = edited(tmp_path, ("patient:", "calm:"), ("quick:", "hasty:"), name="policies.yaml")
    result = compare(desk, "first-ladder", renamed)
    assert (result.exit_code, "no policy was run in both" in result.stderr) == (Exit.WRONG_USAGE, True)


def test_a_policy_or_measure_of_one_side_only_is_told(desk: Path, tmp_path: Path) -> None:
    """A policy that only B has is named in a note, a renamed measure among the changes, and the rest is compared."""
    more = ("policies:", "policies:\n  slow: {set: {threshold: 900 soldiers}}")
    path = edited(tmp_path, more, ("most_abroad:", "peak:"), name="more.yaml")
    result = compare(desk, TUTORIAL, path, "-n", "20", "--futures", "10")
    assert result.exit_code == Exit.DONE, result.output
    assert "only B was run under slow" in result.stdout
    assert "measure `peak`: added" in result.stdout
    assert "policy `slow`: added" in result.stdout


def test_another_start_and_another_unit_are_told(desk: Path, tmp_path: Path) -> None:
    """Another first day is noted; a measure in another unit is not compared, and the note says in which."""
    changes = (("2030-01-01", "2030-02-01"), ("lasts: 6 months", "lasts: 5 months"))
    path = edited(tmp_path, *changes, ("most_abroad: {max: abroad,", "most_abroad: {max: push,"), name="start.yaml")
    text = path.read_text(encoding="utf-8").replace("matters: 10 soldiers", "matters: 0.1")
    path.write_text(text, encoding="utf-8")
    result = compare(desk, TUTORIAL, path, "-n", "20", "--futures", "10")
    assert result.exit_code == Exit.DONE, result.output
    assert "A starts on 2030-01-01 and B on 2030-02-01" in result.stdout
    assert "A lasts 181 days and B 150" in result.stdout
    assert "`most_abroad` is not compared" in result.stdout
    assert "in soldiers" in result.stdout


def test_failed_trajectories_leave_their_pairs_out_with_code_5(desk: Path, tmp_path: Path) -> None:
    """A copy whose trajectories sometimes leave a range: their pairs are counted as left out, and the code is 5."""
    path = edited(tmp_path, ("range: [0 soldiers, none]", "range: [0 soldiers, 700 soldiers]"), name="fails.yaml")
    result = compare(desk, "first-ladder", path)
    assert result.exit_code == Exit.SOME_FAILED
    assert "of B failed; their pairs are left out" in result.stdout
    told = pd.read_csv(Path(result.stdout.splitlines()[-1]).parent / "differences.csv")
    assert (told["n"] + told["left_out"] == 100).all()
    assert (told["left_out"] > 0).any()


def test_a_run_that_lost_its_tables_is_refused(desk: Path, tmp_path: Path) -> None:
    """A stored run without its Parquet file is no longer whole: told in a sentence, code 1, and nothing is written."""
    folder = next((desk / "reports" / "first-ladder").glob("100-*"))
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "outcomes.parquet").unlink()
    result = compare(desk, broken, "first-ladder")
    assert result.exit_code == Exit.OUR_FAULT
    assert "no longer whole: outcomes.parquet is missing" in result.stderr


def test_a_partial_run_is_compared_as_far_as_it_went(desk: Path, tmp_path: Path) -> None:
    """A run that was stopped early is paired where it has rows, and the note says how far it went."""
    from dataclasses import replace

    from escalation.storing import store_tables

    run = load(TUTORIAL).run(n=100, futures=20, workers=1)
    rows = run.outcomes[run.outcomes["luck"] < 40].reset_index(drop=True)
    ensemble = replace(run.ensemble, outcomes=rows, stopped="interrupted")
    partial = store_tables(tmp_path, run.loaded.run_name(), ensemble)
    assert partial.name.endswith("-partial")
    result = compare(desk, partial, desk / "edited.yaml")
    assert result.exit_code == Exit.DONE, result.output
    assert "A was stopped early, with 80 of 200 trajectories" in result.stdout
    assert "n = 40" in result.stdout


def test_a_run_of_another_version_is_compared_but_not_played_again(desk: Path, tmp_path: Path) -> None:
    """Trajectories of a run stored by other sources cannot be played again: told, and the differences stand."""
    folder = next((desk / "reports" / "first-ladder").glob("100-*"))
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    manifest = json.loads((other / "manifest.json").read_text(encoding="utf-8"))
    manifest["determined_by"]["sources"] = "0" * 64
    (other / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    result = compare(desk, other, desk / "edited.yaml")
    assert result.exit_code == Exit.DONE
    assert "cannot be played again: it was stored by another version" in result.stdout


def test_run_against_does_both_in_one_step(desk: Path) -> None:
    """`run FILE --against OTHER` ends as `compare OTHER FILE` does, after the run's own report."""
    words = ("-n", "100", "--futures", "20", "--workers", "1", "--quiet", "--out", desk / "reports")
    result = call("run", desk / "edited.yaml", *words, "--against", TUTORIAL)
    assert result.exit_code == Exit.DONE, result.output
    assert result.stdout.splitlines()[0].endswith("report.html")
    assert result.stdout.splitlines()[-1].endswith("compare.html")
    assert "600 soldiers → 500 soldiers" in result.stdout
    set_ = call("run", TUTORIAL, *words, "--set", "levers.threshold.default=500 soldiers", "--against", "first-ladder")
    assert "600 soldiers → 500 soldiers (--set, was first-ladder.yaml:17)" in set_.stdout


def test_run_against_nothing_refuses_before_it_runs(tmp_path: Path) -> None:
    """What `--against` names is looked for first: code 2, and no folder is left."""
    result = call("run", TUTORIAL, "-n", "50", "--out", tmp_path / "reports", "--against", "nothing")
    assert result.exit_code == Exit.WRONG_USAGE
    assert "--against" in result.stderr
    assert not (tmp_path / "reports").exists()


def test_policies_that_cannot_feel_the_change_are_not_played_again(desk: Path, tmp_path: Path) -> None:
    """`quick` sets the changed lever itself: its rows are taken over, and the tables are a whole run's to the byte."""
    copy, words = desk / "edited.yaml", ("-n", "60", "--futures", "12", "--workers", "1")
    short = call("compare", TUTORIAL, copy, *words, "--out", tmp_path / "short")
    assert f"{copy}: 60 trajectories; under quick they are those of the other side" in short.stderr
    whole = call("compare", copy, copy, *words, "--out", tmp_path / "whole")
    assert f"{copy}: 120 trajectories\n" in whole.stderr
    (one,), (other,) = ((tmp_path / name).glob("compared/tables/edited/60-*") for name in ("short", "whole"))
    for name in ("outcomes.parquet", "series.parquet", "failures.jsonl", "manifest.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.parametrize(
    "change",
    [("push / 12 days", "push / 11 days"), ("label: Wait for six hundred", "set: {capital.ceiling: protest}")],
    ids=["a rate", "a switch that only one has"],
)
def test_any_other_change_plays_every_policy(desk: Path, tmp_path: Path, change: tuple[str, str]) -> None:
    """A rate touches every policy; a ceiling that only one file knows makes the models two: nothing is taken over."""
    path = edited(tmp_path, change, name="other.yaml")
    result = call("compare", "first-ladder", path, "--out", desk / "reports", "--workers", "1")
    assert f"{path}: 200 trajectories\n" in result.stderr


def test_what_always_comes_but_sooner_is_not_called_identical(tmp_path: Path) -> None:
    """Where a thing comes by the end in both, how long it was waited for tells them apart, as pandas has it."""
    long = ("lasts: 6 months", "lasts: 40 months")
    a = edited(tmp_path, long, name="a.yaml")
    b = edited(tmp_path, long, ("threshold: 300 soldiers}", "threshold: 200 soldiers}"), name="b.yaml")
    runs = [load(path).run(n=40, futures=20, workers=1) for path in (a, b)]
    first, second = (run.outcomes.query("policy == 'quick'")["time_to_sanctions"].to_numpy() for run in runs)
    assert not pd.isna(first).any()
    assert not pd.isna(second).any()
    rows = runs[0].compare(runs[1]).differences.set_index(["policy", "question"])
    waited = rows.loc[("quick", "time_to_sanctions: waited")]
    assert waited["difference"] == pytest.approx((second - first).mean())
    assert waited["verdict"] == "lower"


def test_a_word_that_is_no_process_is_wrong_usage() -> None:
    """A plugin must be a generator function; anything else is refused by name, and nothing is run."""
    for command in ("run", "trace"):
        told = call(command, TUTORIAL, "--plugin", "os:system")
        assert told.exit_code == Exit.WRONG_USAGE
        assert "is no SimPy process" in told.output
