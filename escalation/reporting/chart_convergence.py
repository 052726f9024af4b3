"""Convergence: the estimate with its simulation error, and the range across futures, as futures are added."""

from typing import TYPE_CHECKING

from escalation.experiments.analysis_questions import Question
from escalation.experiments.convergence import Convergence, Step
from escalation.reporting.decimals import count, fixed, in_percent, step_decimals
from escalation.reporting.drawing import WIDTH, Drawing, Frame, axes_at, canvas, drawn, write_at
from escalation.reporting.lettering import SIZE, wrapped
from escalation.reporting.palette import BLUE, INK, ORANGE
from escalation.reporting.panels import BELOW, HEADING, LABELS, label, write_labels
from escalation.statistics.estimate import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, HEIGHT = 44.0, 130.0


def draw_convergence(question: Question, told: Convergence, frame: Frame) -> Drawing:
    """One panel; each step holds all futures before it."""
    heading = (
        "Share of trajectories"
        if question.share
        else "Mean"
        if in_percent(question)
        else question.unit.capitalize() or "Value"
    )
    scale = 100.0 if in_percent(question) else 1.0
    with canvas(frame, HEADING + HEIGHT + BELOW + SIZE, heading) as figure:
        write_at(figure, 2, frame.height + 13, wrapped(heading, WIDTH - 4, lines=1)[0], weight="bold", size=SIZE * 1.08)
        axes = axes_at(figure, LEFT, frame.height + HEADING, WIDTH - LEFT - LABELS, HEIGHT)
        for place, step in enumerate(told.steps):
            _draw(axes, place, step, scale)
        axes.set_xlim(-0.5, len(told.steps) - 0.5)
        axes.set_xticks(range(len(told.steps)), [count(step.futures) for step in told.steps])
        axes.set_xlabel("futures so far", color=INK)
        low, high = _limits(told, scale)
        axes.set_ylim(low, high + 0.04 * (high - low))
        _ticks(axes, in_percent(question))
        last = told.steps[-1]
        named = [label(last.estimate.value * scale, "mean and its simulation error", ORANGE)]
        if last.across.high is not None:
            named.append(label(last.across.high.value * scale, "range across futures", BLUE))
        write_labels(axes, named)
        return drawn(figure, frame, heading)


def _draw(axes: "Axes", place: int, step: Step, scale: float) -> None:
    across, estimate = step.across, step.estimate
    if across.low is not None and across.high is not None:
        ends = [across.low.value * scale, across.high.value * scale]
        axes.plot(
            [place - 0.16] * 2, ends, "_-", color=BLUE, markersize=7, linewidth=6, alpha=0.6, solid_capstyle="butt"
        )
    if estimate.low is not None and estimate.high is not None:
        axes.plot([place + 0.16] * 2, [estimate.low * scale, estimate.high * scale], color=ORANGE, linewidth=1.8)
    axes.plot([place + 0.16], [estimate.value * scale], "o", color=ORANGE, markersize=4)


def _limits(told: Convergence, scale: float) -> tuple[float, float]:
    """The least and the largest of all that is drawn, with nought."""
    ends = [0.0]
    for step in told.steps:
        for each in (step.estimate, step.across.low, step.across.high):
            ends += [end * scale for end in _bounds(each, each is step.estimate) if end is not None and end == end]
    low, high = min(ends), max(ends)
    return (low, high) if high > low else (low, low + 1.0)


def _bounds(told: Estimate | None, whole: bool) -> tuple[float | None, ...]:
    if told is None:
        return ()
    return (told.value, told.low, told.high) if whole else (told.value,)


def _ticks(axes: "Axes", percent: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    low, high = axes.get_ylim()
    ticks = [float(tick) for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
    decimals = step_decimals(ticks)
    axes.set_yticks(ticks, [fixed(tick, decimals) + ("\u202f%" if percent else "") for tick in ticks])
