"""Odds in words, for the instructor."""

from dataclasses import dataclass

from escalation.classroom.exercise import Exercise
from escalation.classroom.play import Odds
from escalation.classroom.things import factor
from escalation.expressions.kinds import Quantity
from escalation.model.process import Measure
from escalation.reporting.decimals import answer, answer_range
from escalation.web.debrief_voice import Voice

NOT_KNOWN = "–"
"""Too few values for an interval."""


@dataclass(frozen=True, slots=True)
class OddsLine:
    """One outcome as the page shows it: a value and its interval, if nobody orders more, and if the model decides."""

    label: str
    nobody: tuple[str, str]
    model: tuple[str, str]


def odds_told(exercise: Exercise, nobody: Odds, model: Odds) -> tuple[OddsLine, ...]:
    """Each measure's share in percent, or its mean with its unit, and the ends of its interval, as exact as that is."""
    voice = Voice.of(exercise)
    return tuple(
        OddsLine(voice.name(each), *(_told(voice, each, odds.get(each.name)) for odds in (nobody, model)))
        for each in exercise.model.measures
        if each.name in nobody or each.name in model
    )


def _told(voice: Voice, measure: Measure, odds: tuple[float, float, float] | None) -> tuple[str, str]:
    if odds is None:
        return NOT_KNOWN, ""
    scale = factor(measure.kind.dimension) if isinstance(measure.kind, Quantity) else 1.0
    value, low, high = (each / scale for each in odds)
    asked, error = voice.question(measure), max(value - low, high - value)
    return answer(asked, value, error), answer_range(asked, low, high, error)
