"""The section against the record and the marks on the fans: every number in words, on the chart and in the data."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest

import escalation
from escalation.experiments.analysis import Analysis
from escalation.reporting import record
from escalation.reporting.chart_record import marks_of, until
from escalation.reporting.page import page_of
from escalation.reporting.summary import summary_csv
from escalation.reporting.view import Page

SCENARIO = """escalation: 1
title: Troops and what is said of them
starts: 2030-01-01
lasts: 20 weeks
units: [troops]
state:
  troops_there: {initial: 5 troops, assumption: invented}
  combat: {initial: false, assumption: invented}
events:
  arrive: {rate: 1 / 3 days, effect: {troops_there: troops_there + 1 troops}, assumption: invented, as_of: 2030-03-01}
  clash: {while: not combat, rate: 1 / 9 days, effect: {combat: true}, assumption: invented}
intelligence:
  seen:
    of: troops_there
    initial: 5 troops
    assumption: invented
    reports:
      nis: {every: 3 days}
      hur: {every: 4 days}
measures:
  path: {series: troops_there, every: 1 week}
evidence:
  tables:
    counts:
      rows: |
        date,source_agency,quantity_kind,low,best,high,source,confidence,note
        2030-01-10,"<b>NIS</b> (=CMD)",troops,4,6,9,A paper,documented,
        2030-01-20,"<b>NIS</b> (=CMD)",troops,8,8,,A paper,documented,
        2030-04-20,"<b>NIS</b> (=CMD)",troops,70,70,70,A paper,documented,
        2030-01-10,국방부,troops,,30,30,A paper,documented,
        2030-01-12,국방부,tanks,,2,,A paper,documented,
        2030-01-15,국방부,all,8,,12,A paper,documented,
    happened:
      rows: |
        date,actor,kind,event,quantity,unit,source,confidence
        2030-01-08,somebody,clash,Shots,,,A paper,documented
  window: 4 weeks
  periods:
    - [2030-01-01, 2030-01-31]
  estimates:
    nis: {of: seen.nis, kind: troops, agency: "<b>NIS</b> (=CMD)", label: "<b>Seoul</b>"}
    hur: {of: seen.hur, kind: troops, agency: 국방부, label: 키이우}
    truth: {of: troops_there, kind: all, agency: 국방부}
  dates:
    first_combat: {first: combat, kind: clash}
  unmapped:
    - {kind: tanks, because: tanks are left out}
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> escalation.LoadedScenario:
    """The scenario above, with labels that want to be markup and formulas."""
    path = tmp_path_factory.mktemp("told") / "told.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return escalation.load(path)


@pytest.fixture(scope="module")
def run(loaded: escalation.LoadedScenario) -> escalation.Run:
    """A hundred trajectories in twenty futures."""
    return loaded.run(100, futures=20, workers=1)


@pytest.fixture(scope="module")
def analysis(run: escalation.Run) -> Analysis:
    """Its estimates."""
    return run.analysis


@pytest.fixture(scope="module")
def page(analysis: Analysis, loaded: escalation.LoadedScenario) -> Page:
    """Its page."""
    return page_of(analysis, loaded.scenario)


def test_the_section_says_that_it_is_a_check_and_no_fit(page: Page) -> None:
    """In its first sentence, beside what was hindsight and what was left out."""
    assert page.record is not None
    assert "a check and no fit" in page.record.sentences[0]
    assert "arrive (as of 2030-03-01)" in page.record.hindsight
    assert "“<b>Seoul</b>”" in page.record.hindsight or "Truth" in page.record.hindsight
    assert ("counts", "tanks", "1", "tanks are left out") in page.record.tables[-1].rows


def test_the_table_has_every_number_of_the_window_and_no_other(page: Page) -> None:
    """Four rows in four weeks; the one of April is only drawn."""
    assert page.record is not None
    first = [row[0] for row in page.record.tables[0].rows]
    assert len(first) == 4
    assert not any("Apr" in cell for cell in first)
    records = [row[2] for row in page.record.tables[0].rows]
    assert records == ["6 troops (4–9)", "at most 30 troops", "8–12 troops", "at least 8 troops"]


def test_marks_stand_on_the_fans_that_show_the_same(analysis: Analysis, page: Page) -> None:
    """What is said of a reading over what is seen; what is said of the truth over what is true and the path."""
    assert analysis.record is not None
    seen, true, path = (marks_of(analysis.record.said, fan) for fan in ("seen:seen", "true:seen", "path:path"))
    assert [mark.label for mark in seen] == ["<b>Seoul</b>", "키이우"]
    assert [mark.label for mark in true] == [mark.label for mark in path] == ["Truth"]
    assert len({mark.shape for mark in seen}) == len({mark.colour for mark in seen}) == 2
    assert sum(len(mark.said) for mark in until(seen, 28)) == 3
    chart = page.sights[0].charts[0]
    assert "Marks are 5 numbers of the public record" in chart.sentence
    assert chart.sentence in chart.drawing.svg.replace("&lt;", "<").replace("&gt;", ">")
    assert "The same up to 29 Jan 2030" in chart.drawing.svg
    assert "키이우" in chart.drawing.svg


def test_a_chart_s_table_has_a_row_for_each_mark(page: Page) -> None:
    """Five of them after the days, with who said it and what; every row is as long as the header."""
    table = page.sights[0].charts[0].table
    assert table.header[-1] == "Said in public"
    assert {len(row) for row in table.rows} == {len(table.header)}
    said = [row[-1] for row in table.rows if row[-1] != "—"]
    assert len(said) == 5
    assert "국방부: at most 30 troops" in said


def test_every_percentage_of_the_section_is_in_the_summary(analysis: Analysis, page: Page) -> None:
    """At its rounding: the places of the record with their intervals."""
    rows = list(csv.DictReader(StringIO(summary_csv(analysis).decode("utf-8-sig"))))
    mine = [row for row in rows if row["section"] == "against the record"]
    shown = {row[key] for row in mine for key in ("value_shown", "low_shown", "high_shown")}
    assert page.record is not None
    cells = [row[-3] for table in page.record.tables[:-1] for row in table.rows]
    values = [cell.split(" (")[0] for cell in cells if cell != "—"]
    assert values
    assert set(values) <= shown
    assert {row["verdict"] for row in mine if row["statement"] == "record"} <= {"inside", "outside", ""}
    assert all(row["n"] for row in mine if row["statement"] != "record")


def test_the_record_goes_through_a_report_harmless(run: escalation.Run, tmp_path: Path) -> None:
    """Markup in a table is text on the page, and a formula no formula in the data."""
    folder = run.report(tmp_path).parent
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert 'id="record"' in html
    assert "<b>NIS" not in html
    assert "&lt;b&gt;NIS" in html
    assert not re.search(r"^=", (folder / "summary.csv").read_text(encoding="utf-8-sig"), re.MULTILINE)


def test_a_scenario_without_evidence_has_no_such_section(analysis: Analysis) -> None:
    """No evidence, no section, no marks."""
    from dataclasses import replace

    bare = replace(analysis, record=None)
    assert record.record_told(bare, {}) is None
    assert b"against the record" not in summary_csv(bare)
