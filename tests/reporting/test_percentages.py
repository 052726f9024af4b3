"""What an author writes in % is read in %: paths, readings and measures; everything else keeps its unit."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import escalation
from escalation.reporting.charts import Charts
from escalation.reporting.page import page_of
from escalation.reporting.percentages import in_percentages
from escalation.reporting.summary import summary_csv

POLLED = """
escalation: 1
title: A poll
starts: 2030-01-01
lasts: 6 weeks
units: [people]
uncertainties: {drift: {value: "uniform(0, 4)", assumption: invented}}
state:
  support: {initial: 24%, range: [0%, 100%], assumption: invented}
  crowd: {initial: 3 people, assumption: invented}
  weight: {initial: 0.5, assumption: invented}
events:
  rise: {rate: drift / 10 days, effect: {support: "min(100%, support + 2%)"}, assumption: invented}
intelligence:
  poll: {of: support, initial: 24%, assumption: invented, reports: {house: {every: 3 days}}}
policies:
  plain: {label: As it is}
  again: {label: Once more}
measures:
  share_path: {series: support, every: 1 week, label: Support over time}
  crowd_path: {series: crowd, every: 1 week, label: The crowd}
  share_end: {final: support, label: Support at the end, better: higher, matters: 1%}
  weight_end: {final: weight, label: Weight at the end}
"""


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path: Path = tmp_path_factory.mktemp("poll") / "poll.yaml"
    path.write_text(POLLED)
    run = escalation.load(path).run(60, futures=12, workers=1)
    return in_percentages(run.analysis, run.loaded.scenario), run.loaded.scenario


def test_paths_and_readings_are_told_in_percent(analysis: Any) -> None:
    """Sentence, axis and table of a share have percent signs; a count of people beside it has none."""
    told, _ = analysis
    [group] = Charts(told).paths()
    shares, crowd = group.charts
    assert "\u202f%" in shares.sentence.removesuffix(".").split("within")[1]
    assert all(cell.endswith("\u202f%") for row in shares.table.rows for cell in row[1:4])
    assert "30\u202f%" in shares.drawing.svg
    assert "3.00 people" in crowd.sentence
    [seen] = [chart for group in Charts(told).sights() for chart in group.charts]
    assert all(cell.endswith("\u202f%") for row in seen.table.rows for cell in row[1:4])


def test_a_mean_of_shares_is_told_in_percent_and_its_error_in_points(analysis: Any) -> None:
    """The table of outcomes; a plain number stays plain."""
    page = page_of(*analysis)
    tables = {table.caption: table for table in page.outcomes}
    assert tables["Support at the end"].rows[0][2].endswith("\u202f%")
    assert tables["Weight at the end"].rows[0][2] == "0.500"


def test_the_summary_keeps_the_raw_share_and_says_so(analysis: Any) -> None:
    """`value` is 0–1 with the unit `share`; `value_shown` is the percentage, `error_shown` points."""
    told, _ = analysis
    rows = list(csv.DictReader(StringIO(summary_csv(told).decode("utf-8-sig"))))
    [row] = [
        row
        for row in rows
        if (row["section"], row["question"], row["policy"], row["statement"])
        == ("outcomes", "share_end", "plain", "mean")
    ]
    assert row["unit"] == "share"
    assert 0.24 <= float(row["value"]) < 1
    assert row["value_shown"].endswith("\u202f%")
    assert row["error_shown"].endswith(" points")
    assert "%" not in {row["unit"] for row in rows}
    assert all(row["value_shown"].endswith("\u202f%") for row in rows if row["question"] in ("share_path", "poll"))
