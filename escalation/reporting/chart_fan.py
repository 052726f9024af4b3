"""Fans: how a quantity spreads over trajectories, as median, middle half and 90 %."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from escalation.reporting.decimals import fixed, step_decimals
from escalation.reporting.drawing import Drawing, Frame, canvas, drawn
from escalation.reporting.lettering import width
from escalation.reporting.palette import INK
from escalation.reporting.panels import BELOW, HEADING, Label, time_panel, write_labels
from escalation.statistics.fan import Fan

HEIGHT = 120.0
Panel = tuple[str, tuple[float, ...], Fan, str]
"""A heading, the days, the fan and its colour."""


def draw_fans(
    panels: Sequence[Panel],
    frame: Frame,
    over: npt.NDArray[np.float64] | None = None,
) -> Drawing:
    """Fans above one another on one scale. over: a line to draw dotted into every panel but the first (a truth)."""
    limits = _limits(fan for _, _, fan, _ in panels)
    ticks = _ticks(limits)
    left = max(width(text) for _, text in ticks) + 12
    text, each = " ".join(heading for heading, *_ in panels), HEIGHT + HEADING + BELOW
    with canvas(frame, len(panels) * each, text) as figure:
        for place, (heading, days, fan, colour) in enumerate(panels):
            top = frame.height + place * each
            axes = time_panel(figure, heading, top, HEIGHT, left, frame.start, frame.horizon, limits)
            axes.set_yticks([value for value, _ in ticks], [text for _, text in ticks])
            low, lower, middle, upper, high = fan.lines
            axes.fill_between(days, low, high, color=colour, alpha=0.25, linewidth=0)
            axes.fill_between(days, lower, upper, color=colour, alpha=0.4, linewidth=0)
            axes.plot(days, middle, color=colour, linewidth=2)
            if over is not None and place:
                axes.plot(days, over, color=INK, linewidth=1.2, linestyle=(0, (1.5, 1.5)))
            write_labels(axes, _labels(fan, colour, None if over is None or not place else over), swatches=False)
        return drawn(figure, frame, text)


def _labels(fan: Fan, colour: str, over: npt.NDArray[np.float64] | None) -> list[Label]:
    """The quantiles at the last day on which any are known."""
    known = np.flatnonzero(fan.present > 0)
    if not known.size:
        return [Label(0.0, ("no value", "in any", "trajectory"), colour)]
    names = ("5\u202f% lie below", "a quarter below", "median", "a quarter above", "5\u202f% lie above")
    ends = [float(line[known[-1]]) for line in fan.lines]
    made = [Label(end, (name,), colour) for name, end in zip(names, ends, strict=True)]
    if over is not None and np.isfinite(over[known[-1]]):
        made.append(Label(float(over[known[-1]]), ("true median",), INK))
    return made


def _limits(fans: Iterable[Fan]) -> tuple[float, float]:
    """From the lowest to the highest line, with 0 where it is near; a room of its own for a constant."""
    values = np.concatenate([fan.lines[np.isfinite(fan.lines)] for fan in fans])
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if low == high:
        return (low - 1, high + 1) if low == 0 else (min(0.0, 2 * low), max(0.0, 2 * high))
    room = 0.06 * (high - low)
    return (0.0 if 0 <= low < 0.5 * high else low - room), high + room


def _ticks(limits: tuple[float, float]) -> list[tuple[float, str]]:
    from matplotlib.ticker import MaxNLocator

    values = [float(value) for value in MaxNLocator(4).tick_values(*limits) if limits[0] <= value <= limits[1]]
    return [(value, fixed(value, step_decimals(values))) for value in values]
