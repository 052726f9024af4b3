"""When a run stopped, as its page, its summary and the bar tell it."""

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

import escalation
from escalation.api import Run
from escalation.experiments.stopping import Look
from escalation.reporting.stopping_page import look_told, stopping_page
from tests.reporting.test_every_percentage import report_of, untold

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def without_png(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing them takes most of the time of a report."""
    whole = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda *a, **k: None if k["format"] == "png" else whole(*a, **k))


@pytest.fixture(scope="module")
def told() -> Run:
    """A run that ended with its budget: two shares known well enough, one mean not, one pair apart."""
    loaded = escalation.load(ROOT / "scenarios" / "first-ladder.yaml")
    precision = {"sanctioned": "20pp", "most_abroad": "1 soldiers"}
    return loaded.run(1_200, futures=120, workers=1, precision=precision, decide=["sanctioned", "most_abroad"])


def test_the_page_says_what_was_asked_and_what_came_of_it(told: Run) -> None:
    """Asked, reached, at which looks, both intervals; asymptotic where nothing bounds a measure."""
    page = stopping_page(told.analysis)
    assert page is not None
    assert page.sentences == (
        "It was to run until every mean in the first table was known as precisely as asked and every pair of policies "
        "was told apart or found the same for our purposes, with at most 1,200 trajectories a policy.",
        "It was looked at after 1,000 and 1,200 trajectories a policy, and not all of this was so: 2 of 4 means are "
        "open.",
    )
    known, apart = page.tables
    assert [row[2] for row in known.rows] == ["±20 points", "±20 points", "±1 soldiers", "±1 soldiers"]
    assert [row[-1] for row in known.rows] == ["yes", "yes", "no", "no"]
    assert ["asymptotic" in row[5] for row in known.rows] == [False, False, True, True]
    assert [row[3] for row in apart.rows] == ["higher", "identical"]
    assert apart.rows[0][1] == "Act at three hundred less Wait for six hundred"
    assert all("95" in table.caption for table in page.tables)


def test_every_number_of_the_section_is_in_the_summary(told: Run) -> None:
    """Both intervals of each mean and each pair, with level, n, futures and method."""
    report = report_of(told)
    assert untold(report) == []
    rows = [row for row in report.rows if row["section"] == "stopping"]
    assert len(rows) == 2 * 6
    assert {row["statement"] for row in rows if row["question"] == "sanctioned"} == {
        "share, valid at every look",
        "share, at a fixed n",
        "paired difference, valid at every look",
        "paired difference, at a fixed n",
    }
    assert all(row["method"] and row["level"] == "0.95" and row["n"] == "1200" for row in rows)
    assert untold(replace(report, rows=[row for row in report.rows if row["section"] != "stopping"]))


def test_over_a_bare_range_each_number_says_of_which_third_it_is() -> None:
    """No mean over the whole of it."""
    deep = escalation.load(ROOT / "tests" / "cases" / "valid" / "deep-ranges.yaml")
    run = deep.run(600, futures=300, workers=1, policies=["gentle"], precision={"replied": "40pp"})
    report = report_of(run)
    rows = [row for row in report.rows if row["section"] == "stopping"]
    assert len(rows) == 2 * 6
    assert len({row["where"] for row in rows}) == 6
    page = stopping_page(run.analysis)
    assert page is not None
    assert page.tables[0].rows[0][1] == "As it is · reluctance 4.00–6.67"


def test_a_run_of_fixed_length_has_no_such_section() -> None:
    """Nor the page's contents a line for it."""
    plain = escalation.load(ROOT / "scenarios" / "first-ladder.yaml").run(50, futures=10, workers=1)
    assert stopping_page(plain.analysis) is None
    assert "When it stopped" not in report_of(plain).page


def test_an_interrupted_run_says_that_it_was_not_looked_at(told: Run) -> None:
    """Nothing is told of looks that were not made."""
    assert told.stopping is not None
    before = replace(told.stopping, looks=(), last=None)
    page = stopping_page(replace(told.analysis, stopping=before))
    assert page is not None
    assert page.sentences[1] == "It was interrupted before it was first looked at."
    assert page.tables == ()


def test_a_look_is_told_in_one_line(told: Run) -> None:
    """The widest of a measure's intervals against what was asked, and how many pairs are settled."""
    assert told.stopping is not None
    look = told.stopping.last
    assert look is not None
    line = look_told(look)
    assert line.startswith("look at 1,200 a policy; sanctioned ±")
    assert "points, asked ±20 points; most_abroad ±" in line
    assert line.endswith("soldiers, asked ±1 soldiers; 2 of 2 comparisons of two policies told apart")
    unknown = tuple(replace(each, estimate=replace(each.estimate, low=None)) for each in look.standings)
    assert "sanctioned not known yet, asked ±20 points" in look_told(Look(0, 1_000, unknown))
