"""The debrief of a class as it is read: six pages with one question each; odds told twice, in a chart of their own.

Numbers arrive as estimates; nothing is computed here. A sound decision with bad luck is told as one by the two odds:
given the truth, and given what the seat had seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from escalation.reporting.chart_dots import Mark, Row, draw_dots, percent_scale
from escalation.reporting.decimals import count, error_of, percent, percent_range
from escalation.reporting.drawing import Frame
from escalation.reporting.palette import BLUE, ORANGE
from escalation.reporting.view import Chart, Table
from escalation.statistics.estimate import Estimate

QUESTIONS = (
    "What happened?",
    "Was it likely?",
    "Luck or choice?",
    "Which turn mattered?",
    "What if?",
    "What did we believe?",
)
TRUTH, SEEN = "given the truth", "given what the seat had seen"


@dataclass(frozen=True, slots=True)
class Story:
    """A trajectory told in lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One question. answer: one sentence. talk: questions for the class. note: what the numbers do not say."""

    number: int
    question: str
    answer: str
    paragraphs: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    stories: tuple[Story, ...] = ()
    note: str = ""
    talk: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Odds:
    """The share of futures in which something comes about. seen: None where no seat's view is asked for."""

    label: str
    truth: Estimate
    seen: Estimate | None = None


def odds_chart(name: str, heading: str, rows: Sequence[Odds]) -> Chart:
    """Shares with their intervals, a row for each; a dot is given the truth, a diamond given what the seat had seen."""
    sentence = " ".join(_told(row) for row in rows)
    frame = Frame(name, heading, sentence, "2000-01-01", 1.0)
    legend = [("o", TRUTH, BLUE)]
    if any(row.seen is not None for row in rows):
        legend.append(("D", SEEN, ORANGE))
    made = [Row(row.label, tuple(_marks(row))) for row in rows]
    return Chart(name, heading, sentence, draw_dots(frame, made, percent_scale(), legend), odds_table(heading, rows))


def share_mark(estimate: Estimate, shape: str, colour: str) -> Mark:
    """A share as a dot."""
    written = percent(estimate.value, error_of(estimate))
    return Mark(estimate.value, estimate.low, estimate.high, written, shape, colour)


def odds_table(caption: str, rows: Sequence[Odds]) -> Table:
    """The odds with interval, level and n."""
    body = []
    for row in rows:
        body.append((row.label, TRUTH, *share_cells(row.truth)))
        if row.seen is not None:
            body.append((row.label, SEEN, *share_cells(row.seen)))
    return Table(caption, ("What", "Odds", "Share", "Interval", "Level", "Futures"), tuple(body))


def share_cells(estimate: Estimate) -> tuple[str, str, str, str]:
    """A share, its interval, level and n."""
    error = error_of(estimate)
    interval = percent_range(estimate.low, estimate.high, error)
    return percent(estimate.value, error), interval, percent(estimate.level), count(estimate.n)


def _marks(row: Odds) -> list[Mark]:
    found = [share_mark(row.truth, "o", BLUE)]
    return found if row.seen is None else [*found, share_mark(row.seen, "D", ORANGE)]


def _told(row: Odds) -> str:
    """One sentence that says what is seen."""
    truth = f"{row.label}: {percent(row.truth.value, error_of(row.truth))} {TRUTH}"
    if row.seen is None:
        return f"{truth}."
    return f"{truth}, {percent(row.seen.value, error_of(row.seen))} {SEEN}."
