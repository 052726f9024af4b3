"""The files of a report: safe, whole, the same every time, and agreeing with one another."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from escalation.experiments.analysis import Analysis, analyse
from escalation.model.scenario import Scenario
from escalation.reporting.report import write_report
from escalation.reporting.run_info import Failed
from escalation.reporting.summary import CODEBOOK, safe_cell
from tests.reporting.synthetic import DAY, RUN, SCRIPT, Size, ensemble, hostile_scenario, scenario

SMALL = Size(12, 4, 28)


def few(of: Scenario, policies: int = 2, measures: tuple[int, ...] = (0, 4, 6, 12)) -> Scenario:
    """The same scenario with fewer policies and measures, which is quicker to draw."""
    return replace(of, policies=of.policies[:policies], measures=tuple(of.measures[place] for place in measures))


def files_of(analysis: Analysis, told: Scenario, run: Any = RUN) -> dict[str, bytes]:
    """Every file of a report, by its path in the run's folder."""
    made: dict[str, bytes] = {}
    write_report(Path(), analysis, told, run, lambda path, content: made.__setitem__(path.as_posix(), content))
    return made


def report(told: Scenario, size: Size = SMALL, run: Any = RUN) -> dict[str, bytes]:
    return files_of(analyse(ensemble(told, size), told), told, run)


@pytest.fixture(scope="module")
def plain() -> dict[str, bytes]:
    return report(few(scenario()))


@pytest.fixture(scope="module")
def hostile() -> dict[str, bytes]:
    return report(few(hostile_scenario(), policies=5, measures=(0, 6)))


class Reader(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.inside: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside and "svg" not in self.inside:
            self.text.append(data)

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(attribute)) is not None]


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))


def test_the_same_analysis_gives_the_same_bytes_under_any_matplotlibrc(plain: dict[str, bytes]) -> None:
    """Drawn again, under other settings of matplotlib, every file has the same bytes."""
    with matplotlib.rc_context(
        {"font.size": 30.0, "svg.fonttype": "path", "axes.facecolor": "red", "lines.linewidth": 9}
    ):
        assert report(few(scenario())) == plain


def test_every_file_goes_through_the_writer_and_the_page_names_its_place(tmp_path: Path) -> None:
    """Nothing else is written; by default a file is whole or absent, with nothing left beside it."""
    told = few(scenario(), policies=1, measures=(0,))
    path = write_report(tmp_path, analyse(ensemble(told, SMALL), told), told, RUN)
    assert path == tmp_path / "report.html"
    names = {each.relative_to(tmp_path).as_posix() for each in tmp_path.rglob("*") if each.is_file()}
    assert {"report.html", "summary.csv", "codebook.csv"} < names
    figures = {name for name in names if name.startswith("figures/")}
    assert names == figures | {"report.html", "summary.csv", "codebook.csv"}
    assert {name.rpartition(".")[0] + ".png" for name in figures} == {name for name in figures if name.endswith("png")}


def test_what_the_summary_shows_is_what_it_holds(plain: dict[str, bytes]) -> None:
    """Each shown percentage is its row's raw value, rounded."""
    for row in rows(plain["summary.csv"]):
        found = re.fullmatch(r"([\d.]+)\u202f%", row["value_shown"])
        if found and row["unit"] == "share":
            decimals = len(found[1].partition(".")[2])
            assert abs(float(row["value"]) * 100 - float(found[1])) <= 0.5 * 10.0**-decimals + 1e-9


def test_the_codebook_explains_every_column(plain: dict[str, bytes]) -> None:
    """One row a column, each with a meaning and a unit."""
    explained = {row["column"]: row for row in rows(plain["codebook.csv"])}
    assert list(explained) == list(rows(plain["summary.csv"])[0]) == list(CODEBOOK)
    assert all(row["meaning"] and row["unit"] for row in explained.values())


def test_the_range_across_futures_stands_before_the_simulation_error(plain: dict[str, bytes]) -> None:
    """In the page, and in each sentence of the headline."""
    text = "".join(Reader(plain["report.html"]).text)
    leads = re.findall(r"Under “As officials described it”: [^\n]*?n\u00a0=\u00a0[\d,]+\.", text)
    assert len(leads) == 3
    for lead in leads:
        assert lead.index("futures") < lead.index("simulation error")


def test_no_id_is_used_twice_and_every_reference_is_met(plain: dict[str, bytes]) -> None:
    """Charts of one page do not borrow each other's shapes."""
    page = Reader(plain["report.html"])
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    asked = re.findall(r"url\(#([^)]+)\)", plain["report.html"].decode())
    asked += [link[1:] for link in page.values("href") + page.values("xlink:href") if link.startswith("#")]
    assert set(asked) <= set(ids)


@pytest.mark.parametrize("which", ["plain", "hostile"])
def test_nothing_runs_and_nothing_is_fetched(which: str, request: pytest.FixtureRequest) -> None:
    """No script, no handler, no image or style from elsewhere; the policy of the page forbids them besides."""
    page = Reader(request.getfixturevalue(which)["report.html"])
    assert not {"script", "img", "iframe", "object", "embed", "form"} & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert not [link for link in page.values("href") if link.lower().startswith("javascript")]
    assert "default-src 'none'" in " ".join(page.values("content"))


def test_hostile_labels_are_told_as_they_are_written(hostile: dict[str, bytes]) -> None:
    """Markup, mathematics, Hangul, Cyrillic and right-to-left text stand in the page letter by letter."""
    text = "".join(Reader(hostile["report.html"]).text)
    for label in (
        SCRIPT,
        "=CMD()|calc",
        '$x_1^{2}$ & "quoted"',
        "한국어로 쓴 방어 무기 지원 단계",
        "שלום עולם",
        "Оборонительное",
    ):
        assert label in text


def test_every_figure_is_an_svg_with_text_and_a_png(hostile: dict[str, bytes]) -> None:
    """Each SVG parses, keeps its text as text, and carries its alternative text."""
    figures = {name: content for name, content in hostile.items() if name.startswith("figures/")}
    assert figures
    letters = ""
    for name, content in figures.items():
        if name.endswith(".svg"):
            root = ElementTree.fromstring(content)
            assert root.get("aria-label")
            letters += "".join(root.itertext())
        else:
            assert content.startswith(b"\x89PNG")
    assert "한국어로" in letters
    assert "$x_1^{2}$" in letters
    assert "<script>" in letters


def test_no_cell_of_a_table_is_a_formula(hostile: dict[str, bytes]) -> None:
    """Every cell that could begin a formula stands behind an apostrophe; numbers stay numbers."""
    for name in ("summary.csv", "codebook.csv"):
        for row in csv.reader(StringIO(hostile[name].decode("utf-8-sig"))):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r"))
                assert not cell.startswith("-") or float(cell) < 0
    assert safe_cell("=1+1") == "'=1+1"
    assert safe_cell(" =1+1") == "' =1+1"
    assert safe_cell(-0.5) == "-0.5"


def test_a_run_that_stopped_early_or_failed_says_so_first() -> None:
    """Both are told before any number, with the first addresses below."""
    told = few(scenario(), policies=1, measures=(0,))
    run = replace(RUN, stopped_early=True, failed=12, failures=(Failed("as-stated", 3, 17, "troops < 0 in sea_lift"),))
    text = "".join(Reader(report(told, run=run)["report.html"]).text)
    assert text.index("Stopped early") < text.index("In short")
    assert text.index("12 trajectories failed") < text.index("In short")
    assert "troops < 0 in sea_lift" in text
    assert "the first 1 are listed" in text


def test_every_assumption_is_listed_with_what_it_rests_on(plain: dict[str, bytes]) -> None:
    """Each number with its source or assumption, its file and line, and those that rest on nothing are counted."""
    text = "".join(Reader(plain["report.html"]).text)
    for each in scenario().numbers:
        assert each.path in text
        assert each.text in text
        assert f"invented.yaml:{each.origin.line}" in text
    assert "First sea lift" in text
    assert "Assumed: judged; nobody has published a figure (as of 2024-10-18)" in text
    assert "1 number rests on no source and no stated assumption." in text


def test_what_no_policy_touches_is_drawn_once(plain: dict[str, bytes]) -> None:
    """Where truth and reading are the same under all policies there is one chart, which says so; else one a policy."""
    assert [name for name in plain if name.startswith("figures/seen-") and name.endswith("svg")] == [
        "figures/seen-1-1-every-policy.svg"
    ]
    assert "under every policy: in truth" in "".join(Reader(plain["report.html"]).text)
    told = few(scenario(), measures=(0,))
    tables = ensemble(told, SMALL)
    tables.series.loc[tables.series["policy"] == "early-signal", "seen:troops_seen"] *= 1.1
    made = files_of(analyse(tables, told), told)
    assert len([name for name in made if name.startswith("figures/seen-") and name.endswith("svg")]) == 2


def always(tables: SimpleNamespace, value: bool) -> SimpleNamespace:
    """Every truth the same, every event on the first day or never, every number 5."""
    for column in tables.outcomes.columns[3:]:
        if tables.outcomes[column].dtype == bool:
            tables.outcomes[column] = value
        elif column.startswith("rung:") or column == "combat":
            tables.outcomes[column] = 1.0 if value else np.nan
        else:
            tables.outcomes[column] = 5.0
    return tables


def unknown(tables: SimpleNamespace) -> SimpleNamespace:
    """Every number and every series blank."""
    for frame, first in ((tables.outcomes, 3), (tables.series, 4)):
        for column in frame.columns[first:]:
            if frame[column].dtype != bool:
                frame[column] = np.nan
    return tables


def without_series(tables: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(outcomes=tables.outcomes, series=tables.series.iloc[:0])


PLAIN = few(scenario(), policies=2)
BARE = replace(PLAIN, measures=(), ladders=(), intelligence=())
CASES: dict[str, tuple[Scenario, Size, Callable[[SimpleNamespace], SimpleNamespace], str]] = {
    "never": (PLAIN, SMALL, lambda e: always(e, False), "Defensive arms decided in 0\u202f% of trajectories, alike"),
    "always": (PLAIN, SMALL, lambda e: always(e, True), "Defensive arms decided in 100\u202f% of trajectories, alike"),
    "unknown": (PLAIN, SMALL, unknown, "unknown in every trajectory"),
    "one policy": (few(scenario(), policies=1), SMALL, lambda e: e, "As officials described it"),
    "one future": (PLAIN, Size(1, 6, 28), lambda e: e, "The range across futures cannot be told: a single future"),
    "one trajectory a future": (PLAIN, Size(9, 1, 28), lambda e: e, "one trajectory in each future"),
    "one trajectory": (PLAIN, Size(1, 1, 28), lambda e: e, "a single future"),
    "no ladder": (replace(PLAIN, ladders=()), SMALL, lambda e: e, "Under “As officials described it”: Defensive arms"),
    "no series": (PLAIN, SMALL, without_series, "Policies compared"),
    "nothing": (BARE, SMALL, lambda e: e, "nothing was measured"),
    "a few days": (replace(PLAIN, horizon=10 * DAY), Size(6, 2, 7), lambda e: e, "28 Oct 2024"),
    "half a day": (replace(PLAIN, horizon=DAY // 2), Size(6, 2, 7), lambda e: e, "18 Oct 2024"),
    "decades": (replace(PLAIN, horizon=20_000 * DAY), Size(6, 2, 700), lambda e: e, "2079"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_report_can_be_made_of_anything(case: str) -> None:
    """Extremes and blanks give a whole page with no loose NaN or None, and its first words are true of them."""
    told, size, change, words = CASES[case]
    made = files_of(analyse(change(ensemble(told, size)), told), told)
    text = "".join(Reader(made["report.html"]).text)
    assert words in text
    assert not re.search(r"\b(nan|None|inf)\b", text)


def test_policies_with_the_same_curve_share_one_line() -> None:
    """A first time that no policy touches is one line for every policy; one that differs has a line of its own."""
    told = few(scenario(), measures=(0, 4))
    tables = ensemble(told, SMALL)
    (column,) = [name for name in tables.outcomes.columns if name == "combat"]
    parts = [part for _, part in tables.outcomes.groupby("policy", sort=False)]
    for part in parts[1:]:
        tables.outcomes.loc[part.index, column] = parts[0][column].to_numpy()
    alike = "".join(Reader(files_of(analyse(tables, told), told)["report.html"]).text)
    assert "every policy in" in alike
    tables.outcomes.loc[parts[1].index, column] = np.nan
    assert "every policy in" not in "".join(Reader(files_of(analyse(tables, told), told)["report.html"]).text)
