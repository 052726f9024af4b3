"""The page of a comparison: what was changed, what that changes, where it began; tables and figures beside it."""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from escalation.experiments.analysis import Difference
from escalation.experiments.analysis_questions import Question
from escalation.experiments.comparison import Comparison
from escalation.experiments.run_key import readable
from escalation.reporting import changes
from escalation.reporting.chart_paired import draw_paired
from escalation.reporting.charts import difference_cells, file_name
from escalation.reporting.comparison_tables import tables
from escalation.reporting.comparison_words import (
    by_chance,
    by_question,
    cells,
    example,
    headline,
    how,
    looked,
    moved,
)
from escalation.reporting.decimals import count
from escalation.reporting.drawing import Frame
from escalation.reporting.report import TEMPLATES, environment, with_letters, write_whole
from escalation.reporting.sentences import compared, joined
from escalation.reporting.short_labels import short
from escalation.reporting.summary import as_csv
from escalation.reporting.view import Chart, Group, Table


def write_comparison(folder: Path, comparison: Comparison) -> Path:
    """Write `compare.html`, `differences.csv`, `changes.csv`, `first-different.csv` and `figures/`; the page's path.

    The folder is named by both runs, so what stood there before told of the same two.
    """
    charts = tuple(_charts(comparison))
    for chart in charts:
        write_whole(folder / "figures" / f"{chart.name}.svg", chart.drawing.file)
        write_whole(folder / "figures" / f"{chart.name}.png", chart.drawing.png)
    for name, (header, rows) in tables(comparison).items():
        write_whole(folder / f"{name}.csv", as_csv(header, iter(rows)))
    path = folder / "compare.html"
    write_whole(path, with_letters(readable(html_of(comparison, charts))).encode())
    return path


def html_of(comparison: Comparison, charts: tuple[Chart, ...]) -> str:
    """The page as HTML."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    made: Environment = environment()
    return made.get_template("compare.html").render(
        comparison=comparison,
        css=css,
        headline=headline(comparison),
        how=how(comparison),
        changes=_changes(comparison),
        groups=(Group("", _note(comparison), charts),) if charts else (),
        differences=_differences(comparison),
        by_chance=by_chance(comparison) if charts else "",
        same=joined([short(question.label) for question, rows in by_question(comparison) if not moved(rows)]),
        looked=looked(comparison),
        first=_first(comparison),
        example=example(comparison, first[0][3]) if (first := comparison.first_different.by_rule()) else "",
    )


def fragment(comparison: Comparison) -> str:
    """What a notebook shows: the headline and the tables, without charts."""
    return (
        environment()
        .get_template("comparison-fragment.html")
        .render(
            comparison=comparison,
            headline=headline(comparison),
            how=how(comparison),
            changes=_changes(comparison),
            differences=_differences(comparison),
            looked=looked(comparison),
            first=_first(comparison),
        )
    )


def _charts(comparison: Comparison) -> Iterator[Chart]:
    found = [(question, rows) for question, rows in by_question(comparison) if moved(rows)]
    labels = {name: short(label) for name, label in comparison.policies}
    for place, (question, rows) in enumerate(found, start=1):
        yield _chart(comparison, place, question, [(labels[row.policy], row) for row in rows])


def _chart(comparison: Comparison, place: int, question: Question, rows: list[tuple[str, Difference]]) -> Chart:
    said = compared(question, rows, "A")
    name, label = file_name(f"changed-{place}", question.key), short(question.label)
    frame = Frame(name, label, f"Dots and intervals, B less A. {said}", comparison.start, 1.0)
    header = ("Policy", "B less A", "Interval", "Pairs", "of them unequal", "left out", "Verdict")
    table = Table(f"{label}: B less A", header, tuple((text, *difference_cells(question, row)) for text, row in rows))
    return Chart(name, label, said, draw_paired(question, rows, frame), table)


def _note(comparison: Comparison) -> str:
    return (
        f"{how(comparison)}. A dot is the mean difference, a bar its interval; the grey zone, where there is one, is "
        "too small to matter."
    )


def _changes(comparison: Comparison) -> list[str]:
    return [changes.told(change) for change in comparison.changes]


def _differences(comparison: Comparison) -> Table:
    labels = {name: short(label) for name, label in comparison.policies}
    rows = tuple(
        (short(question.label), labels[row.policy], *cells(question, row))
        for question, found in by_question(comparison)
        for row in found
    )
    return Table(
        "Every difference, B less A", ("Measure", "Policy", "Difference", "Interval", "Pairs", "Verdict"), rows
    )


def _first(comparison: Comparison) -> Table:
    header = ("Rule", "Trajectories", "Fired in A only", "Fired in B only")
    rows = tuple(
        (rule, count(by_a + by_b), count(by_a), count(by_b))
        for rule, by_a, by_b, _ in comparison.first_different.by_rule()
    )
    return Table("Which rule first fired differently", header, rows)
