"""The report of one run, written: one page that opens from disk, its figures, and the numbers behind them."""

import os
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from escalation.experiments.analysis import Analysis
from escalation.experiments.run_key import readable
from escalation.model.scenario import Scenario
from escalation.reporting.decimals import count, percent
from escalation.reporting.description import describe
from escalation.reporting.fonts import carried
from escalation.reporting.marks import as_html
from escalation.reporting.page import page_of
from escalation.reporting.percentages import in_percentages
from escalation.reporting.run_info import RunInfo
from escalation.reporting.stopping_page import stopping_page
from escalation.reporting.stress_des import stress_des
from escalation.reporting.summary import codebook_csv, summary_csv
from escalation.reporting.typical_page import typical_page
from escalation.reporting.view import Page

TEMPLATES = Path(__file__).parent / "templates"
Write = Callable[[Path, bytes], None]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is whole or absent: beside its place first, then moved there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(content)
    os.replace(beside, path)


def write_report(
    folder: Path, analysis: Analysis, scenario: Scenario, run: RunInfo, write: Write = write_whole
) -> Path:
    """Write `report.html`, `figures/*.svg` and `.png`, `summary.csv` and `codebook.csv` into a run's folder.

    write: how a file is put in its place. Returns the path of the page. The same arguments give the same bytes.
    """
    analysis = in_percentages(analysis, scenario)
    page = page_of(analysis, scenario)
    for chart in page.charts():
        write(folder / "figures" / f"{chart.name}.svg", chart.drawing.file)
        write(folder / "figures" / f"{chart.name}.png", chart.drawing.png)
    write(folder / "summary.csv", summary_csv(analysis))
    write(folder / "codebook.csv", codebook_csv(analysis.deep is not None))
    path = folder / "report.html"
    write(path, with_letters(readable(html_of(page, analysis, scenario, run))).encode())
    return path


def with_letters(html: str) -> str:
    """A page with the Hangul letters that it needs at the end of its style."""
    return html.replace("</style>", f"{carried(html)}</style>", 1)


def html_of(page: Page, analysis: Analysis, scenario: Scenario, run: RunInfo) -> str:
    """The page as HTML; every text from the scenario is escaped, only our own drawings and style are not."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    return (
        environment()
        .get_template("report.html")
        .render(
            page=page,
            analysis=analysis,
            scenario=scenario,
            run=run,
            css=css,
            stopping=stopping_page(analysis),
            typical=typical_page(scenario, analysis, run.trace),
            prose=describe(scenario),
            stress=stress_des(scenario, analysis, run),
        )
    )


def environment() -> Environment:
    """The templates, with every text escaped but our own drawings and style, and numbers written as everywhere."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"inline": Markup, "count": count, "percent": percent, "marked": as_html}
    return made
