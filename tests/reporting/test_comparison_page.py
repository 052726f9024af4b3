"""The page of a comparison: every number as in its tables, hostile labels harmless, whole on any screen."""

import csv
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import escalation
from escalation.reporting.comparison_words import by_question, cells
from tests.reporting.test_in_browser import TEXTS, WIDTHS, outside, overlap
from tests.test_api import TUTORIAL

HOSTILE = "<script>alert(1)</script> $x_1$ =CMD() 한글 עברית " + "long " * 14


@pytest.fixture(scope="module")
def comparison() -> "escalation.Comparison":
    """A lower threshold in the tutorial, whose measure and policy have labels that mean harm."""
    labels = {"measures.sanctioned.label": f"'{HOSTILE}'", "policies.patient.label": f"'{HOSTILE}'"}
    a = escalation.load(TUTORIAL, set=labels)
    b = escalation.load(TUTORIAL, set={**labels, "levers.threshold.default": "450 soldiers"})
    return a.run(n=60, futures=20, workers=1).compare(b.run(n=60, futures=20, workers=1), firings=40)


@pytest.fixture(scope="module")
def written(comparison: "escalation.Comparison", tmp_path_factory: pytest.TempPathFactory) -> Path:
    return comparison.report(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module", params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Any, written: Path) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    opened.heard = []
    opened.on("console", lambda message: opened.heard.append(message.text))
    opened.on("pageerror", lambda error: opened.heard.append(str(error)))
    opened.on("dialog", lambda dialog: opened.heard.append(dialog.message))
    opened.on("request", lambda asked: opened.heard.append(asked.url))
    opened.goto(written.as_uri())
    yield opened
    opened.close()


def test_it_opens_in_silence_and_fits_the_screen(page: Any) -> None:
    """One request, for its own file; no console line; nothing wider than the page."""
    assert page.heard == [page.url]
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_charts_are_whole_and_told_in_words_and_numbers(page: Any) -> None:
    """No text of a chart is cut or lies over another, and each chart has its alternative text, sentence and table."""
    charts = page.evaluate(TEXTS)
    assert charts
    for chart in charts:
        assert (chart["role"], bool(chart["alt"]), bool(chart["sentence"]), bool(chart["caption"])) == (
            "img",
            *[True] * 3,
        )
        assert [text for text, _, box in chart["texts"] if outside(box, chart["edge"])] == []
        pairs = combinations(chart["texts"], 2)
        assert [(one, other) for (one, _, a), (other, _, b) in pairs if overlap(a, b)] == []


def test_every_difference_stands_on_the_page_and_in_the_table(
    comparison: "escalation.Comparison", written: Path
) -> None:
    """Each row of the page is a row of differences.csv, whose cells no spreadsheet takes for a formula."""
    html = written.read_text(encoding="utf-8")
    assert "<script" not in html
    with (written.parent / "differences.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {(row["question"], row["policy"]): row for row in csv.DictReader(file)}
    for question, found in by_question(comparison.result):
        for each in found:
            row = rows[question.key, each.policy]
            value, _, pairs, verdict = cells(question, each)
            assert float(row["difference"]) == each.paired.estimate.value
            assert (row["verdict"], f"n = {int(row['n']):,}") == (verdict, pairs)
            assert f">{value}</td>" in html
            assert not row["label"].startswith(("=", "+", "-", "@"))


def test_the_same_comparison_is_the_same_bytes(comparison: "escalation.Comparison", tmp_path: Path) -> None:
    """Written twice, every file of a comparison is the same to the byte."""
    pages = [comparison.report(tmp_path / name) for name in ("one", "two")]
    files = [sorted(path for path in page.parent.rglob("*") if path.is_file()) for page in pages]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    assert len(files[0]) > 5
