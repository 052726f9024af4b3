"""Policies compared, paired: a dot and its interval for each policy, on the scale of one question."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from escalation.experiments.analysis import Difference
from escalation.experiments.analysis_questions import Question
from escalation.reporting.decimals import fixed, in_percent, signed, step_decimals
from escalation.reporting.drawing import WIDTH, Drawing, Frame, axes_at, canvas, drawn, write_at
from escalation.reporting.lettering import LINE, SIZE, wrapped
from escalation.reporting.palette import BLUE, FAINT, INK, ZONE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, TOP, BELOW = 18.0, 6.0, 48.0
SIDE = 14.0


def draw_paired(question: Question, rows: Sequence[tuple[str, Difference]], frame: Frame) -> Drawing:
    """One chart: the name of each policy with its verdict, and below it the difference and its interval.

    The grey zone is too small to matter. A policy without an interval shows its dot alone, hollow.
    """
    names = [wrapped(f"{label}: {each.paired.verdict}", WIDTH - 2 * SIDE, lines=2) for label, each in rows]
    heights = [len(lines) * SIZE * LINE + ROW + 4 for lines in names]
    text = " ".join(label for label, _ in rows)
    scale = 100.0 if in_percent(question) else 1.0
    with canvas(frame, TOP + sum(heights) + BELOW, text) as figure:
        axes = axes_at(figure, SIDE, frame.height + TOP, WIDTH - 2 * SIDE, sum(heights))
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False)
        axes.set_ylim(-sum(heights), 0)
        axes.set_yticks([])
        reach = _reach(question, rows) * scale
        axes.set_xlim(-reach, reach)
        top = 0.0
        for lines, height, (_, each) in zip(names, heights, rows, strict=True):
            strip = -(top + height), -(top + height - ROW)
            if question.matters is not None:
                reaches = [-question.matters * scale, question.matters * scale]
                axes.fill_between(reaches, *strip, color=ZONE, linewidth=0)
            axes.plot([0, 0], strip, color=FAINT, linewidth=0.8)
            _interval(axes, each, sum(strip) / 2, scale)
            for place, line in enumerate(lines):
                write_at(figure, SIDE, frame.height + TOP + top + SIZE + place * SIZE * LINE, line)
            top += height
        ticks = _ticks(reach)
        decimals = step_decimals(ticks)
        axes.set_xticks(ticks, [signed(fixed(tick, decimals)) for tick in ticks])
        unit = "percentage points" if in_percent(question) else question.unit
        axes.set_xlabel(f"difference in {unit}" if unit else "difference", color=INK)
        return drawn(figure, frame, text)


def _interval(axes: "Axes", each: Difference, y: float, scale: float) -> None:
    told = each.paired.estimate
    if told.value != told.value:
        return
    if told.low is not None and told.high is not None:
        axes.plot([told.low * scale, told.high * scale], [y, y], color=BLUE, linewidth=2.4, solid_capstyle="butt")
    face = BLUE if told.low is not None and told.high is not None else "white"
    axes.plot([told.value * scale], [y], marker="o", markersize=6, color=BLUE, markerfacecolor=face)


def _reach(question: Question, rows: Sequence[tuple[str, Difference]]) -> float:
    told = [each.paired.estimate for _, each in rows]
    ends = [abs(end) for each in told for end in (each.value, each.low, each.high) if end is not None and end == end]
    widest = max([*ends, 1.5 * (question.matters or 0.0)], default=0.0)
    return widest * 1.08 if widest > 0 else 0.01 if in_percent(question) else 1.0


def _ticks(reach: float) -> list[float]:
    from matplotlib.ticker import MaxNLocator

    return [float(tick) for tick in MaxNLocator(5).tick_values(-reach, reach) if abs(tick) <= reach * 0.93]
