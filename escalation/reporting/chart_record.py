"""Public estimates drawn over a fan: a mark a number, a bar its range, hollow where it is a bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from escalation.experiments.against_record import Said
from escalation.reporting.drawing import WIDTH
from escalation.reporting.palette import INK
from escalation.reporting.panels import Label, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHAPES = ("o", "s", "^", "D", "v", "P", "X")
COLOURS = (INK, "#006d4f", "#0072B2", "#a4457c", "#6b5b00", "#444444", "#7a3b00")
"""Dark enough for thin lines on a fan's own colour, and told apart by their shapes as well."""
STUB = 7.0
"""Length of the line that shows on which side a bound is open, in points."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What one origin said: its name, and its place among the origins of a chart, which gives its colour and shape."""

    label: str
    place: int
    said: tuple[Said, ...]

    @property
    def colour(self) -> str:
        """The colour of its marks."""
        return COLOURS[self.place % len(COLOURS)]

    @property
    def shape(self) -> str:
        """The shape of its marks."""
        return SHAPES[self.place % len(SHAPES)]


def marks_of(said: Sequence[Said], fan: str) -> tuple[Marks, ...]:
    """The marks of one fan, an origin after another."""
    of = [each for each in said if fan in each.drawn_on]
    entries = dict.fromkeys(each.entry for each in of)
    return tuple(
        Marks(told[0].label, place, tuple(told))
        for place, told in enumerate([each for each in of if each.entry == entry] for entry in entries)
    )


def until(marks: Sequence[Marks], day: float) -> tuple[Marks, ...]:
    """The marks up to a day; every origin keeps its colour and shape."""
    cut = [Marks(each.label, each.place, tuple(said for said in each.said if said.day <= day)) for each in marks]
    return tuple(each for each in cut if each.said)


def heights(marks: Sequence[Marks]) -> list[float]:
    """Every value that a panel must have room for."""
    ends = ((said.held.record, said.held.low, said.held.high) for each in marks for said in each.said)
    return [value for three in ends for value in three if value is not None]


def draw_marks(axes: "Axes", marks: Sequence[Marks], size: float, lines: bool) -> None:
    """Marks and bars; those of different origins stand a little apart, so that numbers of one day can all be seen.

    lines: join the marks of an origin, and lead the last one to the right edge, where its name stands.
    """
    left, right = axes.get_xlim()
    wide = axes.get_position().width * WIDTH
    per_point = (right - left) / wide
    low, high = axes.get_ylim()
    full = axes.get_figure(root=True).get_figheight() * 72  # type: ignore[union-attr]
    per_upright = (high - low) / (axes.get_position().height * full)
    middle = (len(marks) - 1) / 2
    for order, each in enumerate(marks):
        shift = (order - middle) * size * 0.55 * per_point
        if lines:
            _join(axes, each, shift, right)
        for said in each.said:
            _mark(axes, each, said, said.day + shift, size, STUB * per_upright)


def _join(axes: "Axes", each: Marks, shift: float, right: float) -> None:
    told = [(said.day + shift, height(said)) for said in each.said]
    days, values = [day for day, _ in told], [value for _, value in told]
    axes.plot(days, values, color=each.colour, linewidth=0.8, zorder=3)
    axes.plot([days[-1], right], [values[-1]] * 2, color=each.colour, linewidth=0.6, linestyle=(0, (1, 2)), zorder=3)


def _mark(axes: "Axes", each: Marks, said: Said, day: float, size: float, stub: float) -> None:
    held, value = said.held, height(said)
    low = held.low if held.low is not None else value - stub
    high = held.high if held.high is not None else value + stub
    axes.plot([day, day], [low, high], color=each.colour, linewidth=1.1, zorder=4, solid_capstyle="butt")
    if held.record is not None:
        face = each.colour if said.bound == "exact" else "white"
        axes.plot(
            [day],
            [value],
            marker=each.shape,
            markersize=size,
            color=each.colour,
            markerfacecolor=face,
            markeredgewidth=1.1,
            zorder=5,
        )


def height(said: Said) -> float:
    """Where a number stands: its value, or the middle of a bare range."""
    held = said.held
    if held.record is not None:
        return held.record
    ends = [end for end in (held.low, held.high) if end is not None]
    return sum(ends) / len(ends)


def mark_labels(marks: Sequence[Marks]) -> list[Label]:
    """The name of each origin, at the height of its last number."""
    return [label(height(each.said[-1]), each.label, each.colour) for each in marks]
