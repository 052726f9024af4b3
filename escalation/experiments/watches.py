"""What a run watches besides the author's measures, so that a report can draw ladders and what is seen over time.

| measure | how | is |
|---|---|---|
| `ladder:seoul.decided`, `ladder:seoul.delivered` | series, weekly | the rung decided, delivered |
| `rung:seoul.arms.decided`, `rung:seoul.arms.delivered` | first | when it or a higher one was decided, delivered |
| `ladder:seoul.announced`, `rung:seoul.arms.announced` | likewise | the same of words, where some rung is announced |
| `truth:troops_seen`, `seen:troops_seen` | series, weekly | what a reading is of, and what it says |
| `seen:troops_seen.seoul` | series, weekly | what an actor with a belief of its own makes of the same reports |
| `record:nis_troops` | series, at the rows' dates | what an estimate of the record is about |
| `record:first_combat` | first | what a dated event of the record is about |

A colon is in no author's name, so these never meet an author's measure.
"""

from escalation.expressions import tree
from escalation.expressions.kinds import DURATION, Quantity, Rung
from escalation.model.calendar import DAY
from escalation.model.intelligence import sights_of
from escalation.model.process import Measure
from escalation.model.scenario import Ladder, Scenario

WEEK = 7 * DAY
STAGES = ("announced", "decided", "delivered")
"""What a rung may be; `announced` only on a ladder that announces."""


def watches(scenario: Scenario) -> tuple[Measure, ...]:
    """Every measure that a report needs and no author wrote: of ladders, of readings, of the record."""
    return ladder_watches(scenario) + reading_watches(scenario) + evidence_watches(scenario)


def ladder_watches(scenario: Scenario) -> tuple[Measure, ...]:
    """The rung of each ladder week by week, and when each rung above the first was first reached."""
    return tuple(
        measure
        for ladder in scenario.ladders
        for stage in STAGES
        if stage != "announced" or ladder.announces
        for measure in (_rung_over_time(ladder, stage), *_first_reached(ladder, stage))
    )


def reading_watches(scenario: Scenario) -> tuple[Measure, ...]:
    """Truth, reading and beliefs week by week, for each reading of a quantity."""
    return tuple(
        Measure(name, "series", reading.kind, value, every=WEEK, label=reading.label)
        for reading in scenario.intelligence
        if isinstance(reading.kind, Quantity)
        for name, value in (
            (f"truth:{reading.name}", reading.of),
            *((f"seen:{sight.path}", tree.Name(sight.path, reading.kind)) for sight in sights_of(reading)),
        )
    )


def evidence_watches(scenario: Scenario) -> tuple[Measure, ...]:
    """What the record's rows are about: numbers at their dates, and the first time of each dated event."""
    evidence = scenario.evidence
    if evidence is None:
        return ()
    sampled = tuple(
        Measure(f"record:{each.name}", "series", each.kind, each.value, label=each.label, times=each.instants)
        for each in evidence.estimated
        if each.facts
    )
    dated = tuple(
        Measure(f"record:{each.name}", "first", Quantity(DURATION), each.condition, label=each.label)
        for each in evidence.dated
    )
    return sampled + dated


def rung_kind(ladder: Ladder) -> Rung:
    """The kind of a ladder's rungs."""
    return Rung(ladder.name, tuple(rung.id for rung in ladder.rungs))


def _rung_over_time(ladder: Ladder, stage: str) -> Measure:
    value = tree.Name(f"{ladder.name}.{stage}", rung_kind(ladder))
    return Measure(f"ladder:{ladder.name}.{stage}", "series", value.kind, value, every=WEEK, label=ladder.label)


def _first_reached(ladder: Ladder, stage: str) -> tuple[Measure, ...]:
    kind = rung_kind(ladder)
    standing = tree.Name(f"{ladder.name}.{stage}", kind)
    return tuple(
        Measure(
            f"rung:{ladder.name}.{rung.id}.{stage}",
            "first",
            Quantity(DURATION),
            tree.Comparison(">=", standing, tree.Literal(index, kind)),
            label=f"{rung.label or rung.id} {stage}",
        )
        for index, rung in enumerate(ladder.rungs)
        if index > 0
    )
