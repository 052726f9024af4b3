"""What charts over time share: panels with a date axis, labels written beside what they name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from escalation.reporting.date_axis import date_ticks
from escalation.reporting.drawing import WIDTH, axes_at, write_at
from escalation.reporting.lettering import LINE, SIZE, kept_apart, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEADING, BELOW = 26.0, 36.0
"""Room above a panel for its heading and below for its dates, in points."""
LABELS = 124.0
"""Room for labels to the right of a panel."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name beside a chart: at which value, what it says (already broken into lines), in which colour and hatching."""

    at: float
    lines: tuple[str, ...]
    colour: str
    hatch: str = ""


def label(at: float, text: str, colour: str, hatch: str = "") -> Label:
    """A label broken to the room beside a panel."""
    return Label(at, wrapped(text, LABELS - 22), colour, hatch)


def height_for(labels: Sequence[Label], least: float = 120.0) -> float:
    """A panel's height such that all its labels fit beside it."""
    return max(least, sum(_height(each) for each in labels))


def _height(each: Label) -> float:
    return len(each.lines) * SIZE * LINE + 3


def time_panel(
    figure: "Figure",
    heading: str,
    top: float,
    height: float,
    left: float,
    start: str,
    horizon: float,
    limits: tuple[float, float],
) -> "Axes":
    """A panel with its heading at `top`, dates below and room for labels to the right."""
    write_at(figure, 2, top + 13, wrapped(heading, WIDTH - 4, lines=1, size=SIZE * 1.08)[0], weight="bold")
    axes = axes_at(figure, left, top + HEADING, WIDTH - left - LABELS, height)
    axes.set_xlim(0, max(horizon, 1e-9))
    axes.set_ylim(*limits)
    ticks = date_ticks(start, horizon)
    axes.set_xticks([day for day, _ in ticks], [text for _, text in ticks])
    return axes


def write_labels(axes: "Axes", labels: Sequence[Label], swatches: bool = True) -> None:
    """Labels to the right of a panel, each as near to its value as the others allow, led there by a thin line."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    box = axes.get_position()
    figure = axes.get_figure(root=True)
    assert figure is not None
    full = figure.get_figheight() * 72
    right, bottom, tall = box.x1 * WIDTH, box.y0 * full, box.height * full
    low, high = axes.get_ylim()
    ordered = sorted(labels, key=lambda each: each.at)
    at = [bottom + (each.at - low) / (high - low) * tall for each in ordered]
    placed = kept_apart(at, [_height(each) for each in ordered], bottom - 2, bottom + tall + 4)
    for each, value, centre in zip(ordered, at, placed, strict=True):
        xs, ys = [right + 1, right + 7], [value, centre]
        figure.add_artist(Line2D([x / WIDTH for x in xs], [y / full for y in ys], color=each.colour, linewidth=1.0))
        if swatches:
            corner, size = ((right + 8) / WIDTH, (centre - 4) / full), (8 / WIDTH, 8 / full)
            swatch = Rectangle(corner, *size, facecolor=each.colour, hatch=each.hatch, linewidth=0)
            swatch.set_transform(figure.transFigure)
            figure.add_artist(swatch)
        first = centre + (len(each.lines) - 1) * SIZE * LINE / 2 - SIZE * 0.36
        for place, line in enumerate(each.lines):
            x, y = right + (19 if swatches else 9), first - place * SIZE * LINE
            figure.text(x / WIDTH, y / full, line, va="baseline")
