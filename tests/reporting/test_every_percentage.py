"""Every percentage on a report's page stands in `summary.csv`, as the page writes it, under what it is told of."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

import escalation
from escalation.reporting.report import write_report
from escalation.reporting.run_info import Failed
from tests.reporting.synthetic import RUN

HOME = Path(__file__).parents[2]
NUMBER = r"[<>]?\d[\d,]*(?:\.\d+)?"
PERCENT = re.compile(rf"({NUMBER})(?:(?:–| to | · )({NUMBER}))?[\u202f ]?%")
SHOWN = ("statement", "value_shown", "low_shown", "high_shown", "error_shown")
SECTIONS = {
    "headline": {"outcomes", "headline", "policies compared"},
    "ladders": {"ladder over time"},
    "incidence": {"incidence", "when it came"},
    "seen": {"over time", "against the record"},
    "paths": {"over time", "against the record"},
    "compared": {"policies compared"},
    "record": {"against the record"},
    "convergence": {"convergence"},
    "typical": {"typical trajectories"},
    "outcomes": {"outcomes", "when it came"},
}
"""Sections of `summary.csv` whose numbers a section of the page may tell; any where it is not named."""
VOID = {"meta", "link", "br", "img", "hr", "input"}


@dataclass
class Place:
    """A text of the page and where it stands."""

    text: str
    section: str
    figure: bool
    caption: str = ""
    row: str = ""
    column: str = ""


@dataclass
class Table:
    caption: str = ""
    header: list[str] = field(default_factory=list)
    row: str = ""
    cell: int = 0
    body: bool = False


class Reader(HTMLParser):
    """Every text of a page with its place; what an author wrote, the ticks of axes and styles are left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.stack: list[tuple[str, dict[str, str | None]]] = []
        self.places: list[Place] = []
        self.text = ""
        self.table = Table()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"p", "td", "th", "li", "dd", "dt", "figcaption", "summary", "caption", "text", "section", "div"}:
            self.flush()
        if tag == "table":
            self.table = Table()
        elif tag == "tbody":
            self.table.body = True
        elif tag == "tr":
            self.table.cell, self.table.row = -1, ""
        elif tag in ("td", "th"):
            self.table.cell += 1
        if tag not in VOID:
            self.stack.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "td", "th", "li", "dd", "dt", "figcaption", "summary", "caption", "text", "section", "div"}:
            self.flush()
        while self.stack and self.stack.pop()[0] != tag:
            pass
        if tag == "table":
            self.table = Table()

    def handle_data(self, data: str) -> None:
        if not self.silent():
            self.text += data

    def silent(self) -> bool:
        """Whether what stands here is the author's, an axis, or no text at all."""
        return any(
            tag in ("style", "title") or "data-author" in attributes or attributes.get("class") == "axis"
            for tag, attributes in self.stack
        )

    def flush(self) -> None:
        text, self.text = " ".join(self.text.split()), ""
        tags = [tag for tag, _ in self.stack]
        table = self.table if "table" in tags else Table()
        if "caption" in tags:
            table.caption = text
        elif "th" in tags and not table.body:
            table.header.append(text)
        elif "th" in tags:
            table.row = text
        column = table.header[table.cell] if table.body and 0 <= table.cell < len(table.header) else ""
        section = next((str(of["id"]) for tag, of in self.stack if tag == "section" and of.get("id")), "")
        if text:
            self.places.append(Place(text, section, "svg" in tags, table.caption, table.row, column))


Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Report:
    """A page and its summary. labels: of policies and questions as the page writes them, to their names."""

    page: str
    rows: Rows
    policies: dict[str, str]
    questions: dict[str, set[str]]

    def meant(self, place: Place) -> Rows:
        """The rows of `summary.csv` that a place can be about, as far as its section, table, row and column tell."""
        rows = [
            row for row in self.rows if not SECTIONS.get(place.section) or row["section"] in SECTIONS[place.section]
        ]
        for told in (place.caption, place.row, place.column):
            names = self.questions.get(told) or self.questions.get(told.partition(":")[0])
            if names:
                rows = [row for row in rows if row["question"] in names]
            if told in self.policies:
                rows = [row for row in rows if row["policy"] == self.policies[told]]
        if re.fullmatch(r"\d+ [A-Z][a-z]{2} \d{4}", place.row):
            rows = [row for row in rows if written(row["date"]) == place.row]
        if place.section == "convergence" and place.row.replace(",", "").isdigit():
            rows = [row for row in rows if row["futures"] == place.row.replace(",", "")]
        return rows


def written(day: str) -> str:
    """An ISO date as tables write it."""
    if not day:
        return ""
    year, month, number = day.split("-")
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{int(number)} {names[int(month) - 1]} {year}"


def percentages(text: str) -> Iterator[str]:
    """Every number with a percent sign; of a range both, and of `below 1 %` what it stands for."""
    for match in PERCENT.finditer(re.sub("(which lie|median) below ", "<", text)):
        yield from (number for number in match.groups() if number is not None)


def told_by(rows: Rows) -> set[str]:
    """Every percentage in the written columns of some rows, and the levels of their intervals."""
    found = {number for row in rows for column in SHOWN for number in percentages(row[column])}
    return found | {f"{float(row['level']):.0%}"[:-1] for row in rows if row["level"]}


def untold(report: Report) -> list[str]:
    """Percentages of the page that no row which can be meant tells."""
    lost = []
    for place in Reader(report.page).places:
        known: set[str] | None = None
        for number in percentages(place.text):
            known = told_by(report.meant(place)) if known is None else known
            if number not in known:
                lost.append(f"{number} % in {place}")
    return lost


def report_of(run: Any, **changes: Any) -> Report:
    """The report of a run. changes: of what it says of the run itself."""
    made: dict[str, bytes] = {}
    scenario = run.loaded.scenario
    write_report(
        Path(), run.analysis, scenario, replace(RUN, **changes), lambda path, content: made.update({path.name: content})
    )
    rows = list(csv.DictReader(StringIO(made["summary.csv"].decode("utf-8-sig"))))
    questions: dict[str, set[str]] = {}
    for row in rows:
        questions.setdefault(row["label"], set()).add(row["question"])
    policies = {policy.label or policy.name: policy.name for policy in scenario.policies}
    return Report(made["report.html"].decode(), rows, policies, questions)


FAILING = """
escalation: 1
title: Some trajectories fail
starts: 2030-01-01
lasts: 6 weeks
uncertainties: {pace: {value: "uniform(1, 6)", assumption: invented}}
state: {steps: {initial: 0, range: [0, 5], assumption: invented}}
events:
  step: {rate: "pace / 40 days", effect: {steps: steps + 1}, assumption: invented}
policies: {plain: {label: As it is}}
measures:
  stepped: {ever: steps >= 1, label: A step was taken}
  third: {first: steps >= 3, label: The third step}
"""
CASES = {
    "first-ladder": ("scenarios/first-ladder.yaml", 100, 10),
    "strait-quarantine": ("scenarios/strait-quarantine.yaml", 60, 6),
    "seoul-2024": ("scenarios/seoul-2024.yaml", 60, 6),
    "deep ranges": ("tests/cases/valid/deep-ranges.yaml", 120, 24),
    "failures": ("", 100, 10),
    "evidence": ("tests/cases/valid/evidence-tables.yaml", 100, 10),
}
SOME = 2
"""Policies that are run of each scenario: a chart is drawn for each, which takes most of the time."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Report]:
    """Reports by the names of their cases, each made once."""
    failing = tmp_path_factory.mktemp("failing") / "failing.yaml"
    failing.write_text(FAILING)
    return cache(lambda case: made(case, failing))


def made(case: str, failing: Path) -> Report:
    path, n, futures = CASES[case]
    loaded = escalation.load(HOME / path if path else failing)
    with pytest.MonkeyPatch.context() as patch:
        whole = Figure.savefig
        patch.setattr(Figure, "savefig", lambda *a, **k: None if k["format"] == "png" else whole(*a, **k))
        run = loaded.run(n, policies=loaded.policies[:SOME], futures=futures, workers=1)
        if not run.failures:
            return report_of(run)
        failed = tuple(Failed(each.policy, each.future, each.luck, each.message) for each in run.failures)
        return report_of(run, stopped_early=True, failed=len(failed), failures=failed)


@pytest.mark.parametrize("case", CASES)
def test_every_percentage_of_the_page_is_in_the_summary(case: str, report: Callable[[str], Report]) -> None:
    """In each section, table, row and column, a number with a % is one that `summary.csv` tells of the same thing."""
    told = report(case)
    assert sum(1 for place in Reader(told.page).places for _ in percentages(place.text)) > 20
    assert untold(told) == []


@pytest.mark.parametrize("section", ["outcomes", "incidence", "ladder over time", "convergence", "over time"])
def test_a_summary_without_a_section_is_found_out(section: str, report: Callable[[str], Report]) -> None:
    """Numbers of one part of the page are not excused by those of another."""
    told = report("seoul-2024")
    assert untold(replace(told, rows=[row for row in told.rows if row["section"] != section]))


def test_a_percentage_of_another_policy_is_found_out(report: Callable[[str], Report]) -> None:
    """A table's cell has to be told of the policy in its own row."""
    told = report("seoul-2024")
    first, second, *_ = told.policies.values()
    exchanged = [row | {"policy": {first: second, second: first}.get(row["policy"], "")} for row in told.rows]
    assert untold(replace(told, rows=exchanged))


def test_the_run_that_is_tried_has_failures(report: Callable[[str], Report]) -> None:
    """The page of the failing scenario says so, and its numbers were tried all the same."""
    assert "trajectories failed" in report("failures").page
    assert "Stopped early" in report("failures").page
