"""The course of a class over the fan of courses without it."""

from collections.abc import Sequence

import numpy as np

from escalation.reporting.chart_fan import limits_of, ticks_of
from escalation.reporting.drawing import Drawing, Frame, canvas, drawn
from escalation.reporting.lettering import width
from escalation.reporting.palette import BLUE, ORANGE
from escalation.reporting.panels import BELOW, HEADING, Label, time_panel, write_labels
from escalation.statistics.fan import Fan

HEIGHT = 150.0
LINES = ("5\u202f% lie below", "a quarter below", "median", "a quarter above", "5\u202f% lie above")
OURS = "our class"


def draw_class_path(frame: Frame, days: Sequence[float], fan: Fan, path: Sequence[float], unit: str) -> Drawing:
    """The fan in blue, the class's path as a line with dots over it. unit: what the scale is in, `%` for shares."""
    limits = limits_of([fan], path)
    ticks = ticks_of(limits, "%" if unit == "%" else "")
    left = max(width(text) for _, text in ticks) + 12
    with canvas(frame, HEIGHT + HEADING + BELOW, " ".join([unit, OURS, *LINES])) as figure:
        axes = time_panel(
            figure, "" if unit == "%" else unit, frame.height, HEIGHT, left, frame.start, frame.horizon, limits
        )
        axes.set_yticks([value for value, _ in ticks], [text for _, text in ticks])
        low, lower, middle, upper, high = fan.lines
        axes.fill_between(days, low, high, color=BLUE, alpha=0.2, linewidth=0)
        axes.fill_between(days, lower, upper, color=BLUE, alpha=0.35, linewidth=0)
        axes.plot(days, middle, color=BLUE, linewidth=2)
        axes.plot(days, path, "o-", color=ORANGE, linewidth=2, markersize=5, clip_on=False)
        write_labels(axes, _labels(fan, path[-1]), swatches=False)
        return drawn(figure, frame, unit)


def _labels(fan: Fan, ours: float) -> list[Label]:
    """Names at the right end, those of lines that end at one value joined."""
    named: dict[float, list[str]] = {}
    for name, line in zip(LINES, fan.lines, strict=True):
        if np.isfinite(line[-1]):
            named.setdefault(float(line[-1]), []).append(name)
    found = [
        Label(at, (names[0],) if len(names) == 1 else (names[0], f"to {names[-1]}"), BLUE)
        for at, names in named.items()
    ]
    return [*found, Label(ours, (OURS,), ORANGE)]
