"""What did we believe: forecasts scored against what came (Brier 1950), and how often what was given so came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from escalation.classroom.record import Believed, Record
from escalation.model.evaluate import evaluate
from escalation.statistics.estimate import Estimate
from escalation.statistics.proportion import proportion

BINS = 5


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts between low (in it) and high (not in it, but 1): how many, their mean, and the share that came.

    came: by person and question; answers to one question are not independent of one another, so its futures are the
    questions, and with a single one there is no interval.
    """

    low: float
    high: float
    count: int
    given: float
    came: Estimate


@dataclass(frozen=True, slots=True)
class Beliefs:
    """brier: the mean of (probability - what came) squared, 0 is best, 1/4 is always saying a half; None: no forecast.

    by_actor: the same of each seat. bins: those that hold a forecast. unresolved: forecasts of questions without an
    answer, left out.
    """

    brier: float | None
    by_actor: dict[str, float]
    count: int
    bins: tuple[Bin, ...]
    unresolved: int


def beliefs(forecasts: Sequence[Believed], came: Mapping[int, bool], bins: int = BINS) -> Beliefs:
    """Score forecasts. came: by the number of a question, whether it came true; a question without answer is not in it.

    Raises:
        ValueError: a probability lies outside 0 to 1.
    """
    for each in forecasts:
        if not 0.0 <= each.probability <= 1.0:
            raise ValueError(f"a probability lies between 0 and 1, not at {each.probability}")
    scored = [each for each in forecasts if each.number in came]
    actors = sorted({each.actor for each in scored})
    return Beliefs(
        brier(scored, came) if scored else None,
        {actor: brier([each for each in scored if each.actor == actor], came) for actor in actors},
        len(scored),
        tuple(_bin(scored, came, place, bins) for place in range(bins) if _within(scored, place, bins)),
        len(forecasts) - len(scored),
    )


def came_true(record: Record) -> dict[int, bool]:
    """By the number of a question its truth at the end of its turn; a question that was not reached is left out."""
    after = {turn.turn: turn.snapshot_after for turn in record.turns}
    return {
        number: bool(evaluate(each.resolves, after[each.by_turn].values))  # type: ignore[arg-type]
        for number, each in enumerate(record.exercise.forecasts)
        if each.by_turn in after
    }


def brier(forecasts: Sequence[Believed], came: Mapping[int, bool]) -> float:
    """The mean squared distance of probabilities from what came; of one forecast or more."""
    return sum((each.probability - came[each.number]) ** 2 for each in forecasts) / len(forecasts)


def _within(forecasts: Sequence[Believed], place: int, bins: int) -> list[Believed]:
    return [each for each in forecasts if min(int(each.probability * bins), bins - 1) == place]


def _bin(forecasts: Sequence[Believed], came: Mapping[int, bool], place: int, bins: int) -> Bin:
    found = _within(forecasts, place, bins)
    share = proportion([came[each.number] for each in found], [each.number for each in found])
    given = sum(each.probability for each in found) / len(found)
    return Bin(place / bins, (place + 1) / bins, len(found), given, share)
