"""What docs/studies.md says is what happens."""

import re
import sys
from pathlib import Path

import pytest

from escalation.cli.exits import Exit
from escalation.language.study import read_study
from escalation.language.study_document import Asked, Steps, Study, StudyScenario
from tests.test_documents import blocks, known_options, run_script

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "studies.md"
TEXT = PAGE.read_text(encoding="utf-8")
COST = re.compile(
    r"[\d.,]+ (?:minutes|GB|s\b|hours|worker|workers|trajectories in)|\d{4}-\d\d-\d\d \d\d:\d\d|-[0-9a-f]{6}:"
)


def without_costs(text: str) -> list[str]:
    """Lines of an output, less what depends on the machine and on the program's sources."""
    return [COST.sub("…", line) for line in text.splitlines()]


def test_every_entry_of_a_study_is_on_the_page() -> None:
    """The table has each key of the shapes, and no other."""
    table = TEXT.split("## What a study says\n")[1].split("\n## ")[0]
    told = {key for row in re.findall(r"^\| (.+?) \|", table, re.M) for key in re.findall(r"`(\w+)`", row)}
    told |= set(re.findall(r"\*\*`(\w+)`\*\*", table))
    known = {
        field.alias or name
        for form in (Study, Asked, StudyScenario, Steps)
        for name, field in form.model_fields.items()
    }
    assert told == known


def test_every_exit_code_of_a_study_is_one_of_the_commands() -> None:
    """The codes of the page are codes of the command."""
    told = re.findall(r"^\| (\d) \|", TEXT.split("## Stopping and going on\n")[1].split("\n## ")[0], re.M)
    assert set(map(int, told)) < {code.value for code in Exit}


def test_the_first_study_of_the_page_is_the_one_that_is_shipped(tmp_path: Path) -> None:
    """The page's text asks for the runs of `studies/first-thresholds.yaml`."""
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    path = tmp_path / "first.yaml"
    path.write_text(blocks(PAGE, "yaml")[0], encoding="utf-8")
    told, shipped = read_study(path), read_study(ROOT / "studies" / "first-thresholds.yaml")
    asked = [[(run.name, run.sets, run.n, run.futures, run.policies) for run in each.runs] for each in (told, shipped)]
    assert asked[0] == asked[1]


def test_the_dry_run_of_the_page_is_what_is_printed(tmp_path: Path) -> None:
    """The stored output of `--dry-run` is its output, less minutes and gigabytes."""
    (tmp_path / "studies").symlink_to(ROOT / "studies")
    done = run_script(tmp_path, blocks(PAGE, "sh")[0].strip() + " --workers 2", shell=True)
    assert done.returncode == Exit.DONE, done.stderr
    assert without_costs(done.stdout) == without_costs(blocks(PAGE, "text")[0])


def test_the_faulty_study_of_the_page_is_told_so(tmp_path: Path) -> None:
    """The stored faults are those that are printed, and the code is 5."""
    (tmp_path / "faulty.yaml").write_text(blocks(PAGE, "yaml")[1], encoding="utf-8")
    done = run_script(tmp_path, blocks(PAGE, "sh")[2].strip() + " --quiet", shell=True)
    assert done.returncode == Exit.SOME_FAILED
    assert done.stderr.splitlines() == blocks(PAGE, "text")[2].splitlines()


@pytest.mark.nightly
def test_the_study_of_the_page_runs_and_is_verified(tmp_path: Path) -> None:
    """The three commands end with what the page stores of `status` and `verify`."""
    (tmp_path / "studies").symlink_to(ROOT / "studies")
    done = run_script(tmp_path, blocks(PAGE, "sh")[1], shell=True)
    assert done.returncode == Exit.DONE, done.stderr
    status, verified = (without_costs(blocks(PAGE, "text")[place]) for place in (1, 3))
    page, *told = without_costs(done.stdout)
    assert page == "reports/studies/first-thresholds/index.html"
    assert told == [*status, *verified]


def test_the_jobs_of_the_workflow_are_commands_that_there_are() -> None:
    """Every option that the Snakefile gives to `escalation run` is one that it has."""
    text = (ROOT / "studies" / "snakemake" / "Snakefile").read_text(encoding="utf-8")
    (command,) = re.findall(r'"(escalation run .+?)\n\n', text, re.S)
    assert set(re.findall(r"(--[a-z]+|-n) ", command)) <= known_options()["run"]


def test_the_workflow_runs_its_scenarios_and_collects_them(tmp_path: Path) -> None:
    """With Snakemake installed, three jobs run, and the table has a row for each of their estimates."""
    pytest.importorskip("snakemake", reason="Snakemake is not installed: it brings some fifty packages")
    snakefile = ROOT / "studies" / "snakemake" / "Snakefile"
    words = f"--snakefile {snakefile} --directory {tmp_path} --cores 1 --config trajectories=50 futures=10"
    script = f"HOME={tmp_path} {sys.executable} -m snakemake {words}"
    done = run_script(tmp_path, script, shell=True)
    assert done.returncode == 0, done.stderr
    rows = (tmp_path / "collected.csv").read_text(encoding="utf-8").splitlines()
    assert {row.split(",")[0] for row in rows[1:]} == {"200", "500", "800"}
