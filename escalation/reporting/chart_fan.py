"""Fans: how a quantity spreads over trajectories, as median, middle half and 90 %."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from escalation.reporting.chart_record import Marks, draw_marks, heights, mark_labels, until
from escalation.reporting.decimals import fixed, short_date, step_decimals
from escalation.reporting.drawing import Drawing, Frame, canvas, drawn
from escalation.reporting.lettering import width
from escalation.reporting.palette import INK
from escalation.reporting.panels import BELOW, HEADING, Label, height_for, time_panel, write_labels
from escalation.statistics.fan import Fan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 120.0
Panel = tuple[str, tuple[float, ...], Fan, str]
"""A heading, the days, the fan and its colour."""


def draw_fans(
    panels: Sequence[Panel],
    frame: Frame,
    over: npt.NDArray[np.float64] | None = None,
    marks: Mapping[int, Sequence[Marks]] = MappingProxyType({}),
    window: float = 0.0,
    unit: str = "",
) -> Drawing:
    """Fans above one another on one scale. over: a line to draw dotted into every panel but the first (a truth).

    marks: public estimates, by the place of the panel that they are drawn over. window: days after the start; if any
    mark falls within them, they are drawn once more below, large enough to tell the marks apart and name them.
    unit: `%` for shares that are told as percentages.
    """
    every = [mark for told in marks.values() for mark in told]
    limits = limits_of([fan for _, _, fan, _ in panels], heights(every))
    near = until(every, window)
    close = _closer(panels, marks, window, frame) if near else None
    scales = [limits, *([close.limits] if close else [])]
    left = max(width(text) for scale in scales for _, text in ticks_of(scale, unit)) + 12
    text = " ".join([*(heading for heading, *_ in panels), *(mark.label for mark in every)])
    each = HEIGHT + HEADING + BELOW
    tall = max(HEIGHT, height_for(mark_labels(near)))
    with canvas(frame, len(panels) * each + (tall + HEADING + BELOW if close else 0), text) as figure:
        for place, (heading, days, fan, colour) in enumerate(panels):
            top = frame.height + place * each
            axes = time_panel(figure, heading, top, HEIGHT, left, frame.start, frame.horizon, limits)
            _draw_fan(axes, days, fan, colour, limits, over if place else None, unit)
            draw_marks(axes, marks.get(place, ()), 3.0, lines=False)
            write_labels(axes, _labels(fan, colour, None if over is None or not place else over), swatches=False)
        if close:
            heading, days, fan, colour = close.panel
            top = frame.height + len(panels) * each
            axes = time_panel(figure, heading, top, tall, left, frame.start, window, close.limits)
            _draw_fan(axes, days, fan, colour, close.limits, None, unit)
            draw_marks(axes, near, 5.0, lines=True)
            write_labels(axes, mark_labels(near), swatches=False)
        return drawn(figure, frame, text)


@dataclass(frozen=True, slots=True)
class _Closer:
    """A panel drawn again on a span and a scale of its own."""

    panel: Panel
    limits: tuple[float, float]


def _closer(panels: Sequence[Panel], marks: Mapping[int, Sequence[Marks]], window: float, frame: Frame) -> _Closer:
    """The last panel that has marks within the window, up to the window's end."""
    place = max(place for place, told in marks.items() if until(told, window))
    _, days, fan, colour = panels[place]
    near = until([mark for told in marks.values() for mark in told], window)
    inside = np.asarray(days) <= window
    values = fan.lines[:, inside]
    heading = f"The same up to {short_date(frame.start, window)}, with public estimates"
    return _Closer((heading, days, fan, colour), _spread([*values[np.isfinite(values)].tolist(), *heights(near)]))


def _draw_fan(
    axes: "Axes",
    days: Sequence[float],
    fan: Fan,
    colour: str,
    limits: tuple[float, float],
    over: npt.NDArray[np.float64] | None,
    unit: str,
) -> None:
    ticks = ticks_of(limits, unit)
    axes.set_yticks([value for value, _ in ticks], [text for _, text in ticks])
    low, lower, middle, upper, high = fan.lines
    axes.fill_between(days, low, high, color=colour, alpha=0.25, linewidth=0)
    axes.fill_between(days, lower, upper, color=colour, alpha=0.4, linewidth=0)
    axes.plot(days, middle, color=colour, linewidth=2)
    if over is not None:
        axes.plot(days, over, color=INK, linewidth=1.2, linestyle=(0, (1.5, 1.5)))


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


def limits_of(fans: Iterable[Fan], more: Sequence[float] = ()) -> tuple[float, float]:
    """From the lowest to the highest line or other value."""
    return _spread([*(value for fan in fans for value in fan.lines[np.isfinite(fan.lines)].tolist()), *more])


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """From the lowest to the highest, with 0 where it is near; a room of its own for a constant."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    if low == high:
        return (low - 1, high + 1) if low == 0 else (min(0.0, 2 * low), max(0.0, 2 * high))
    room = 0.06 * (high - low)
    return (0.0 if 0 <= low < 0.5 * high else low - room), high + room


def ticks_of(limits: tuple[float, float], unit: str) -> list[tuple[float, str]]:
    """A few places on the scale and what is written there; in `%` shares as percentages."""
    from matplotlib.ticker import MaxNLocator

    values = [float(value) for value in MaxNLocator(4).tick_values(*limits) if limits[0] <= value <= limits[1]]
    if unit == "%":
        decimals = step_decimals([value * 100 for value in values])
        return [(value, f"{fixed(value * 100, decimals)}\u202f%") for value in values]
    return [(value, fixed(value, step_decimals(values))) for value in values]
