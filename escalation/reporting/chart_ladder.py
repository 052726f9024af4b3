"""The ladder over time: the share of trajectories on each rung, as stacked areas, decided above delivered."""

from collections.abc import Sequence

from escalation.experiments.analysis_over_time import LadderOverTime
from escalation.reporting.drawing import Drawing, Frame, canvas, drawn
from escalation.reporting.palette import colour, hatch
from escalation.reporting.panels import BELOW, HEADING, Label, height_for, label, time_panel, write_labels


def draw_ladder(stages: Sequence[LadderOverTime], frame: Frame) -> Drawing:
    """One chart of one ladder under one policy: a panel a stage."""
    labels = [_labels(stage) for stage in stages]
    heights = [height_for(each) for each in labels]
    text = " ".join(each for stage in stages for each in stage.labels)
    with canvas(frame, sum(heights) + len(stages) * (HEADING + BELOW), text) as figure:
        top = frame.height
        for stage, height, named in zip(stages, heights, labels, strict=True):
            heading = f"{stage.stage.capitalize()}: share of trajectories"
            axes = time_panel(figure, heading, top, height, 44, frame.start, frame.horizon, (0, 1))
            axes.set_yticks([0, 0.5, 1], ["0\u202f%", "50\u202f%", "100\u202f%"])
            areas = axes.stackplot(
                stage.days, *stage.shares, colors=[colour(index) for index in range(len(stage.rungs))], linewidth=0
            )
            for index, area in enumerate(areas):
                area.set_hatch(hatch(index))
                area.set_edgecolor("white")
            write_labels(axes, named)
            top += HEADING + height + BELOW
        return drawn(figure, frame, text)


def _labels(stage: LadderOverTime) -> list[Label]:
    """A label for each rung that any trajectory ever stood on, in the middle of its area at the end."""
    made, floor = [], 0.0
    for index, (text, shares) in enumerate(zip(stage.labels, stage.shares, strict=True)):
        if max(shares, default=0.0) > 0:
            made.append(label(floor + shares[-1] / 2, text, colour(index), hatch(index)))
        floor += shares[-1] if shares else 0.0
    return made
