"""How far the axes of shares reach: as far as what is drawn needs, the same for all charts that are held together."""

from collections.abc import Iterable

from escalation.experiments.analysis_over_time import FirstTime

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Shares at which a scale may end."""


def scale_of(told: FirstTime) -> str:
    """The name of the scale that a line is drawn on: of a stage of a ladder or of an event, whatever the policy."""
    return f"ladder:{told.ladder}.{told.stage}" if told.ladder else told.key


def scales(lines: Iterable[FirstTime]) -> dict[str, float]:
    """The end of each scale: the least step that no line and no band goes beyond."""
    highest: dict[str, float] = {}
    for each in lines:
        curve = each.incidence
        top = float((curve.value if curve.band_high is None else curve.band_high).max())
        name = scale_of(each)
        highest[name] = max(highest.get(name, 0.0), top if top == top else 0.0)
    return {name: next(step for step in STEPS if top <= step) for name, top in highest.items()}
