"""Odds in words, for the instructor."""

from dataclasses import dataclass

from escalation.classroom.exercise import Exercise
from escalation.classroom.play import Odds
from escalation.classroom.things import Thing, written
from escalation.expressions.kinds import Truth
from escalation.model.process import Measure
from escalation.reporting.decimals import percent, percent_range

NOT_KNOWN = "–"
"""Too few values for an interval."""


@dataclass(frozen=True, slots=True)
class OddsLine:
    """One outcome as the page shows it: a value and its interval, if nobody orders more, and if the model decides."""

    label: str
    nobody: tuple[str, str]
    model: tuple[str, str]


def odds_told(exercise: Exercise, nobody: Odds, model: Odds) -> tuple[OddsLine, ...]:
    """Each measure's share in percent, or its mean with its unit, and the ends of its interval."""
    return tuple(
        OddsLine(each.label or each.name, *(_told(exercise, each, odds.get(each.name)) for odds in (nobody, model)))
        for each in exercise.model.measures
        if each.name in nobody or each.name in model
    )


def _told(exercise: Exercise, measure: Measure, odds: tuple[float, float, float] | None) -> tuple[str, str]:
    if odds is None:
        return NOT_KNOWN, ""
    value, low, high = odds
    if isinstance(measure.kind, Truth):
        return percent(value), percent_range(low, high)
    thing = Thing(measure.name, measure.label, measure.kind)
    told = [written(thing, each, {}, exercise.scenario.start) for each in (value, low, high)]
    return told[0], f"{told[1]} – {told[2]}"
