"""Dots with their intervals, several a row: what is likely, or what made a difference, told beside one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from escalation.reporting.drawing import WIDTH, Drawing, Frame, axes_at, canvas, drawn, write_at
from escalation.reporting.lettering import LINE, SIZE, width, wrapped
from escalation.reporting.palette import INK, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE, MARK, GAP = 16.0, 17.0, 8.0
"""Room beside the scale, for a dot, and between two rows, in points."""
SYMBOLS = {"o": "●", "D": "◆", "s": "■", "^": "▲"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot and its interval on the scale of the chart. text: the value as it is written beside it."""

    value: float
    low: float | None
    high: float | None
    text: str
    shape: str
    colour: str


@dataclass(frozen=True, slots=True)
class Row:
    """What the dots below it are of."""

    label: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """From where to where, and what is written at which places. middle: where nothing differs, drawn stronger."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    middle: float | None = None


def draw_dots(frame: Frame, rows: Sequence[Row], scale: Scale, legend: Sequence[tuple[str, str, str]] = ()) -> Drawing:
    """One chart. legend: shape, words and colour of each kind of dot."""
    labels = [wrapped(row.label, WIDTH - 2 * SIDE, lines=2) for row in rows]
    heights = [len(lines) * SIZE * LINE + len(row.marks) * MARK + GAP for lines, row in zip(labels, rows, strict=True)]
    keys = [wrapped(f"{SYMBOLS[shape]} {words}", WIDTH - 2 * SIDE, lines=2) for shape, words, _ in legend]
    lines = sum(len(each) for each in keys)
    text = " ".join([*(row.label for row in rows), *(words for _, words, _ in legend), *SYMBOLS.values()])
    with canvas(frame, sum(heights) + 34 + lines * SIZE * LINE + 4 * len(keys), text) as figure:
        axes = axes_at(figure, SIDE, frame.height, WIDTH - 2 * SIDE, sum(heights))
        _prepare(axes, scale, sum(heights))
        top = 0.0
        for row, broken, height in zip(rows, labels, heights, strict=True):
            _draw_row(axes, row, broken, top, scale)
            top += height
        below = frame.height + sum(heights) + 34
        for (_, _, colour), each in zip(legend, keys, strict=True):
            for line in each:
                below += SIZE * LINE
                write_at(figure, SIDE, below - 4, line, color=colour, size=SIZE)
            below += 4
        return drawn(figure, frame, text)


def _prepare(axes: "Axes", scale: Scale, tall: float) -> None:
    axes.set_xlim(scale.low, scale.high)
    axes.set_ylim(-tall, 0)
    axes.set_yticks([])
    axes.set_xticks([at for at, _ in scale.ticks], [text for _, text in scale.ticks])
    axes.tick_params(length=0, labelsize=SIZE, labelcolor=INK)
    axes.grid(visible=False)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.spines["left"].set_visible(False)
    if scale.middle is not None:
        axes.axvline(scale.middle, color=INK, linewidth=1.0)
    names = axes.get_xticklabels()
    if names and scale.ticks[0][0] == scale.low:
        names[0].set_horizontalalignment("left")
    if names and scale.ticks[-1][0] == scale.high:
        names[-1].set_horizontalalignment("right")


def _draw_row(axes: "Axes", row: Row, lines: Sequence[str], top: float, scale: Scale) -> None:
    for place, line in enumerate(lines, start=1):
        # Grid lines pass behind the words.
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        axes.text(scale.low, -(top + place * SIZE * LINE), line, color=INK, fontsize=SIZE, va="baseline", bbox=box)
    first = top + len(lines) * SIZE * LINE + 0.65 * MARK
    for place, mark in enumerate(row.marks):
        _draw_mark(axes, mark, -(first + place * MARK), scale)


def _draw_mark(axes: "Axes", mark: Mark, height: float, scale: Scale) -> None:
    low = mark.value if mark.low is None else mark.low
    high = mark.value if mark.high is None else mark.high
    axes.plot([low, high], [height, height], color=mark.colour, linewidth=1.6, clip_on=False)
    axes.plot([mark.value], [height], mark.shape, color=mark.colour, markersize=6, clip_on=False)
    wide = scale.high - scale.low
    point = wide / (WIDTH - 2 * SIDE)
    right = max(high, mark.value + 4 * point) + (width(mark.text) + 6) * point <= scale.high
    at = max(high, mark.value + 4 * point) + 4 * point if right else min(low, mark.value - 4 * point) - 4 * point
    side = "left" if right else "right"
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    axes.text(at, height, mark.text, color=mark.colour, fontsize=SIZE, va="center", ha=side, bbox=box)


def percent_scale() -> Scale:
    """Shares from nothing to all."""
    return Scale(0.0, 1.0, tuple((at / 100, f"{at}\u202f%") for at in (0, 25, 50, 75, 100)))
