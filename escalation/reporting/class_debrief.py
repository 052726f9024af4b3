"""The debrief of a class as it is read: six pages with one question each; odds told twice, in a chart of their own.

Numbers arrive as estimates; nothing is computed here. A sound decision with bad luck is told as one by the two odds:
given the truth, and given what the seat had seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from escalation.reporting.decimals import BLANK, count, error_of, percent, percent_range
from escalation.reporting.drawing import Drawing, Frame, canvas, drawn
from escalation.reporting.lettering import SIZE, width
from escalation.reporting.palette import BLUE, INK, ORANGE, RULE
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
ROW = 44.0
"""Height of a row of the chart of odds in points."""


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
    return Chart(name, heading, sentence, _draw(frame, rows), odds_table(heading, rows))


def odds_table(caption: str, rows: Sequence[Odds]) -> Table:
    """The odds with interval, level and n."""
    body = [(row.label, *_cells(TRUTH, row.truth)) for row in rows]
    body += [(row.label, *_cells(SEEN, row.seen)) for row in rows if row.seen is not None]
    header = ("What", "Odds", "Share", "Interval", "Level", "Futures")
    return Table(caption, header, tuple(sorted(body, key=lambda cells: cells[0])))


def _cells(given: str, estimate: Estimate) -> tuple[str, ...]:
    error = error_of(estimate)
    share, level = percent(estimate.value, error), f"{estimate.level:.0%}"
    return given, share, percent_range(estimate.low, estimate.high, error), level, count(estimate.n)


def _told(row: Odds) -> str:
    """One sentence that says what is seen."""
    truth = f"{row.label}: {percent(row.truth.value, error_of(row.truth))} {TRUTH}"
    if row.seen is None:
        return f"{truth}."
    return f"{truth}, {percent(row.seen.value, error_of(row.seen))} {SEEN}."


def _draw(frame: Frame, rows: Sequence[Odds]) -> Drawing:
    marks = [mark for row in rows for mark in ((row.truth, "o", BLUE), (row.seen, "D", ORANGE)) if mark[0] is not None]
    text = " ".join(row.label for row in rows) + TRUTH + SEEN + BLANK
    with canvas(frame, len(rows) * ROW + 30 + 16 * (1 + any(row.seen for row in rows)), text) as figure:
        wide, high = (72 * float(each) for each in figure.get_size_inches())
        bottom, tall = 24.0, len(rows) * ROW
        axes = figure.add_axes((12 / wide, bottom / high, (wide - 24) / wide, tall / high))
        axes.set_xlim(0, 100)
        axes.set_ylim(len(rows), 0)
        axes.set_yticks([])
        axes.set_xticks([0, 25, 50, 75, 100], [percent(tick / 100) for tick in (0, 25, 50, 75, 100)])
        axes.tick_params(length=0, labelsize=SIZE, labelcolor=INK)
        axes.get_xticklabels()[0].set_horizontalalignment("left")
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
        axes.grid(axis="x", color=RULE, linewidth=0.6)
        axes.set_axisbelow(True)
        for side in axes.spines.values():
            side.set_visible(False)
        for place, row in enumerate(rows):
            axes.text(0, place + 0.28, row.label, color=INK, fontsize=SIZE, va="center")
            for lower, (estimate, shape, colour) in enumerate(((row.truth, "o", BLUE), (row.seen, "D", ORANGE))):
                if estimate is not None:
                    _draw_mark(axes, place + 0.58 + 0.24 * lower, estimate, shape, colour)
        figure.text(12 / wide, (bottom + tall + 20) / high, f"● {TRUTH}", color=BLUE, fontsize=SIZE)
        if len(marks) > len(rows):
            figure.text(12 / wide, (bottom + tall + 5) / high, f"◆ {SEEN}", color=ORANGE, fontsize=SIZE)
        return drawn(figure, frame, text)


def _draw_mark(axes: object, height: float, estimate: Estimate, shape: str, colour: str) -> None:
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    axes.plot([100 * low, 100 * high], [height, height], color=colour, linewidth=1.6)  # type: ignore[attr-defined]
    axes.plot([100 * estimate.value], [height], shape, color=colour, markersize=6)  # type: ignore[attr-defined]
    label = percent(estimate.value, error_of(estimate))
    room = 100 * high + 2 + width(label) / 3 < 100
    place, side = (100 * high + 1.5, "left") if room else (100 * low - 1.5, "right")
    axes.text(place, height, label, color=colour, fontsize=SIZE, va="center", ha=side)  # type: ignore[attr-defined]
