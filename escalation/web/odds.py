"""Odds in words, for the instructor."""

from collections.abc import Mapping
from dataclasses import dataclass

from escalation.classroom.exercise import Exercise
from escalation.classroom.things import Thing, written
from escalation.expressions.kinds import Truth
from escalation.model.process import Measure
from escalation.reporting.decimals import percent, percent_range


@dataclass(frozen=True, slots=True)
class OddsLine:
    """One outcome as the page shows it."""

    label: str
    value: str
    interval: str


def odds_told(exercise: Exercise, odds: Mapping[str, tuple[float, float, float]]) -> tuple[OddsLine, ...]:
    """Each measure's share in percent, or its mean with its unit, and the ends of its interval."""
    measures = {each.name: each for each in exercise.model.measures}
    return tuple(_line(exercise, measures[name], *ends) for name, ends in odds.items() if name in measures)


def _line(exercise: Exercise, measure: Measure, value: float, low: float, high: float) -> OddsLine:
    label = measure.label or measure.name
    if isinstance(measure.kind, Truth):
        return OddsLine(label, percent(value), percent_range(low, high))
    thing = Thing(measure.name, label, measure.kind)
    start = exercise.scenario.start
    told = [written(thing, each, {}, start) for each in (value, low, high)]
    return OddsLine(label, told[0], f"{told[1]} – {told[2]}")
