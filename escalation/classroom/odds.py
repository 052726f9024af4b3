"""What may come of the world as it is, for the instructor: if seats do nothing more, and if the model plays them."""

from escalation.classroom.debrief_replay import Replayed, branches, replay
from escalation.classroom.exercise import Exercise
from escalation.classroom.outcomes import estimates
from escalation.classroom.play import Odds
from escalation.model.script import HandOver
from escalation.model.snapshot import Snapshot


def odds(exercise: Exercise, snapshot: Snapshot, count: int = 200) -> tuple[Odds, Odds]:
    """By measure its share or mean at the end of the exercise, and the ends of its 95 % interval.

    First if nobody at a played seat does anything more, then if the model decides for all of them from here on, both
    over the same branches of the snapshot, which keep its past and its future (law 18). A measure with too few values
    for an interval is left out.

    Raises:
        CannotBranch: a delay that runs cannot be drawn again.
    """
    worlds = branches(exercise, snapshot, count)
    handed = tuple(HandOver(snapshot.instant, actor, "model") for actor in snapshot.played)
    nobody, model = (_told(exercise, replay(exercise, worlds, script)) for script in ((), handed))
    return nobody, model


def _told(exercise: Exercise, replayed: Replayed) -> Odds:
    return {
        name: (each.value, each.low, each.high)
        for name, each in estimates(exercise.model, replayed.values).items()
        if each.low is not None and each.high is not None
    }
