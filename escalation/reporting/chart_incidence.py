"""How soon: cumulative incidence with its band, a line for each thing that can come."""

from collections.abc import Sequence

from escalation.experiments.analysis_over_time import FirstTime
from escalation.reporting.decimals import fixed, step_decimals
from escalation.reporting.drawing import Drawing, Frame, canvas, drawn
from escalation.reporting.palette import colour
from escalation.reporting.panels import BELOW, HEADING, height_for, label, time_panel, write_labels

Panel = tuple[str, float, Sequence[tuple[int, str, FirstTime]]]
"""A heading, the share at which the axis ends, and for each line the place of its colour, its name and its times."""


def draw_incidence(panels: Sequence[Panel], frame: Frame) -> Drawing:
    """One chart, a panel for each group of lines, on the scale given; bands hold at all times at once."""
    labels = [[label(_end(told), text, colour(place)) for place, text, told in lines] for _, _, lines in panels]
    heights = [height_for(each) for each in labels]
    text = " ".join(text for _, _, lines in panels for _, text, _ in lines)
    with canvas(frame, sum(heights) + len(panels) * (HEADING + BELOW), text) as figure:
        top = frame.height
        for (heading, end, lines), height, named in zip(panels, heights, labels, strict=True):
            decimals = step_decimals([0, end * 50])
            axes = time_panel(figure, heading, top, height, 44, frame.start, frame.horizon, (0, end))
            axes.set_yticks([0, end / 2, end], [f"{fixed(at * 100, decimals)}\u202f%" for at in (0, end / 2, end)])
            for place, _, told in lines:
                curve = told.incidence
                if curve.band_low is not None and curve.band_high is not None:
                    axes.fill_between(
                        curve.times, curve.band_low, curve.band_high, color=colour(place), alpha=0.3, linewidth=0
                    )
                axes.plot(curve.times, curve.value, color=colour(place), linewidth=1.8, clip_on=False)
            write_labels(axes, named)
            top += HEADING + height + BELOW
        return drawn(figure, frame, text)


def _end(told: FirstTime) -> float:
    value = float(told.incidence.value[-1])
    return value if value == value else 0.0
