"""Typical trajectories as stories, and the checklist: short, dated, with lines of the scenario, and in the summary."""

import csv
import re
from dataclasses import replace
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest

import escalation
from escalation.api import Run
from escalation.reporting.report import write_report
from escalation.reporting.run_info import RunInfo
from escalation.reporting.stress_des import stress_des
from escalation.reporting.summary import summary_csv
from escalation.reporting.typical_page import TypicalTold, class_label, share_words, typical_page
from escalation.reporting.typical_story import LONGEST, typical_story
from tests.reporting.synthetic import RUN

FIRST_LADDER = Path(__file__).parents[2] / "scenarios" / "first-ladder.yaml"


@pytest.fixture(scope="module")
def run() -> Run:
    return escalation.load(FIRST_LADDER).run(n=120, futures=60, workers=1)


@pytest.fixture(scope="module")
def told(run: Run) -> tuple[TypicalTold, ...]:
    return typical_page(run.loaded.scenario, run.analysis, "escalation trace first-ladder.yaml --seed 1")


def test_a_story_is_short_and_its_days_stand_in_order(told: tuple[TypicalTold, ...]) -> None:
    """At most sixteen lines and the end, from the first day to the last."""
    assert told
    for each in told:
        days = [datetime.strptime(line.day, "%d %B %Y") for line in each.lines]
        assert 2 <= len(days) <= LONGEST + 1
        assert days == sorted(days)


def test_every_line_but_the_end_names_a_line_of_the_scenario(told: tuple[TypicalTold, ...]) -> None:
    """`file:line` exists in the scenario, and no folder is named."""
    last = len(FIRST_LADDER.read_text(encoding="utf-8").splitlines())
    for each in told:
        *lines, end = each.lines
        assert end.where == ""
        for line in lines:
            found = re.fullmatch(r"first-ladder\.yaml:(\d+)", line.where)
            assert found is not None
            assert 1 <= int(found[1]) <= last


def test_a_class_of_a_rung_tells_its_decision(told: tuple[TypicalTold, ...], run: Run) -> None:
    """The story of a class says that its rung is decided; that of the class that stays says of none that it is."""
    for each, typical in zip(told, run.analysis.typical, strict=True):
        decided = [line for line in each.lines if "is decided" in line.text]
        assert bool(decided) is not typical.at_start
        assert each.heading == class_label(run.loaded.scenario, typical)


def test_the_address_is_told_with_the_command_that_tells_it_whole(told: tuple[TypicalTold, ...], run: Run) -> None:
    """The command holds policy, future and luck of the trajectory."""
    for each, typical in zip(told, run.analysis.typical, strict=True):
        point = typical.trajectory.point
        address = f"--policy {point.policy} --future {point.future} --trajectory {point.luck}"
        assert each.command == f"escalation trace first-ladder.yaml --seed 1 {address}"


def test_the_share_of_a_class_is_in_the_summary_as_it_is_written(run: Run) -> None:
    """Value and both ends of the interval stand in `summary.csv` as the page writes them."""
    rows = list(csv.DictReader(StringIO(summary_csv(run.analysis).decode("utf-8-sig"))))
    shown = {row["question"]: row for row in rows if row["section"] == "typical trajectories"}
    for each in run.analysis.typical:
        row = shown[each.key]
        written = [row[f"{column}_shown"].removesuffix("\u202f%") for column in ("value", "low", "high")]
        assert all(number in share_words(each) for number in written)


def test_the_page_holds_stories_prose_and_checklist(run: Run, tmp_path: Path) -> None:
    """The report has its three sections, the prose folded and open on paper."""
    text = write_report(tmp_path, run.analysis, run.loaded.scenario, RUN).read_text(encoding="utf-8")
    for part in ('id="typical"', 'id="model"', 'id="stress"', '<details class="prose"', '<details class="stress">'):
        assert part in text
    assert "details-content" in text
    assert "<h3>Purpose and patterns</h3>" in text


def test_the_checklist_answers_every_item(run: Run) -> None:
    """All items of STRESS-DES in their order, each with an answer, and what nobody told is said to be so."""
    sections = stress_des(run.loaded.scenario, run.analysis, RUN)
    assert [heading for heading, _ in sections] == [
        "Objectives",
        "Logic",
        "Data",
        "Experimentation",
        "Implementation",
        "Code access",
    ]
    items = [item for _, found in sections for item in found]
    assert " ".join(item.number for item in items) == (
        "1.1 1.2 1.3 2.1 2.2 2.3 2.4 2.5.1 2.5.2 2.5.3 2.5.4 2.5.5 3.1 3.2 3.3 3.4 4.1 4.2 4.3 5.1 5.2 5.3 5.4 6.1"
    )
    assert all(item.answer for item in items)
    assert {item.number for item in items if "ot stated in the scenario" in item.answer} >= {"3.2", "6.1"}


def test_a_purpose_that_nobody_stated_is_not_invented(run: Run) -> None:
    """Without `about` the first item says that nothing is stated."""
    silent = replace(run.loaded.scenario, about="")
    info = RunInfo("escalation run x.yaml", 1, 10, 1, "k")
    assert stress_des(silent, run.analysis, info)[0][1][0].answer == "Not stated in the scenario."


def test_a_gate_that_is_shut_is_named(tmp_path: Path) -> None:
    """Where a decision cannot begin, its story names the gates that are shut and not those that are open."""
    gates = (
        "gates: {assembly: {when: abroad < 0 soldiers, label: The assembly}, always: abroad >= 0 soldiers}, assumption"
    )
    path = tmp_path / "gated.yaml"
    path.write_text(
        FIRST_LADDER.read_text(encoding="utf-8").replace("decide: 10 days, assumption", f"decide: 10 days, {gates}")
    )
    loaded = escalation.load(path)
    lines, _ = typical_story(loaded.scenario, loaded.model, loaded.trace("quick", 0))
    (pending,) = [line.text for line in lines if "becomes pending" in line.text][:1]
    assert pending == "“Sanctions” becomes pending; the gate The assembly is shut, so its decision does not begin."
