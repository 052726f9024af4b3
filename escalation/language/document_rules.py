"""The shape of what happens: events, intelligence, ladders."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from escalation.language.document import EITHER, Cases, Covered, Drawn, Shape, Value, needed, said
from escalation.language.written import (
    Boolean,
    Count,
    Dotted,
    Expression,
    Identifier,
    NameKey,
    OneOrMoreNames,
    Text,
    Whole,
    Written,
    whole,
    word,
)
from escalation.model.classroom import MOST_PER_TURN

Effect = dict[NameKey, Value]
Memory = Annotated[Written, word("restart", "resume", "keep")]
PerTurn = Annotated[Written, whole(1, MOST_PER_TURN)]
Overlap = Annotated[Written, word("ignore", "restart")]


class Play(Shape):
    """How a person may take an event of an actor."""

    per_turn: PerTurn | None = said("How often in one turn.", 1, default="1")
    help: Text | None = said("What the menu says about it.", "Send another contingent by sea")


class Event(Covered):
    """A rule: what starts its clock, and what it changes.

    Its clock is exactly one of: `at`; `every`; `rate` or `chance`; `while` with `after`; `when`; `follows`.
    """

    actor: Identifier | None = said(
        "Whose choice it is; a choice is made after everything else in its instant.", "pyongyang"
    )
    label: Text | None = said("The name as it is shown.", "Another troop lift")
    at: Value | None = said(
        "A date, with draws if it is uncertain; drawn once a future.",
        "2025-03-14 + lognormal(median=10 days, sigma=0.8)",
    )
    every: Value | None = said(
        "Fires a period after the start and then each period; the period may be drawn.", "1 month"
    )
    from_: Value | None = said("The date at which `every` first fires.", "2024-11-01", key="from")
    while_: Expression | None = said(
        "A level: the clock runs as long as this is true.", "in_russia < planned_force", key="while"
    )
    rate: Value | None = said("A hazard per unit of time, constant between firings.", "1 / 12 days")
    chance: Expression | None = said("A chance within a time, as a constant hazard.", "10% in 1 year")
    when: Expression | None = said("An edge: triggers as it becomes true.", "at_front >= 1_000 troops")
    for_: Value | None = said("How long `when` must hold before it counts.", "7 days", key="for", default="0 days")
    follows: Dotted | None = said(
        "A rule (an event, or one of a ladder): each of its firings starts a delay of its own, so that many may run.",
        "sea_lift",
    )
    after: Value | None = said(
        "A delay, drawn at the trigger of `when`, as `while` becomes true, or at each firing that it follows.",
        "lognormal(median=14 days, sigma=0.5)",
    )
    pool: Count | None = said(
        "How many delays of `follows` may run at once; more ends that trajectory as an error.", 1000, default="100"
    )
    unless: Expression | None = said("Withdraws while the delay runs; `reversed` is the fall of `when`.", "ceasefire")
    overlap: Overlap | None = said("What a new edge does while a delay runs.", "restart", default="ignore")
    memory: Memory | None = said(
        "What the delay keeps when `while` falls: nothing, its age, or the same draw from its start.",
        "resume",
        default="restart",
    )
    draw: dict[NameKey, Drawn] | None = said(
        "Draws of a firing, in order, readable by name in its effect.",
        {"size": "lognormal(median=1_500 troops, sigma=0.4)"},
    )
    effect: Effect | None = said(
        "State names and what they become; every right side reads the state before.", {"combat": True}
    )
    order: Whole | None = said("Goes before a greater order in the same instant and phase.", 1, default="0")
    stream: Identifier | None = said("The rule's former name, whose luck it keeps.", "troop_lift")
    play: Play | None = said(
        "How a person playing the actor may take it.", {"per_turn": 1, "help": "Send another contingent"}
    )


class Report(Covered):
    """A source of reports."""

    label: Text | None = said("The name as it is shown.", "Intelligence service")
    every: Value = needed("How often it observes; usually drawn.", "exponential(mean=7 days)")
    while_: Expression | None = said("It observes only as long as this is true.", "not kyiv_silent", key="while")
    lag: Value | None = said("From observation to publication.", "lognormal(median=3 days, sigma=0.5)")
    error: Value | None = said("A factor drawn anew for each report.", "lognormal(median=0.8, sigma=0.4)")
    bias: Value | None = said(
        "A factor drawn once a trajectory: a source errs the same way again.", "lognormal(median=1, sigma=0.3)"
    )
    reads: Value | None = said(
        "What is reported, over the names of, bias and error.", "clip(of + error, 0, 1)", default="of * bias * error"
    )
    miss: Value | None = said(
        "Of a true or false thing: the chance to report false when it is true.", "10%", default="0%"
    )
    false_alarm: Value | None = said(
        "Of a true or false thing: the chance to report true when it is false.", "2%", default="0%"
    )


class Reading(Covered):
    """What is seen of something, which is not what is."""

    label: Text | None = said("The name as it is shown.", "Troops as Seoul sees them")
    of: Value = needed("What is observed.", "in_russia")
    initial: Value | None = said("The reading before the first report; unknown without it.", "1_500 troops")
    combine: Expression | None = said(
        "latest, median, mean, max, or agreed(n): the greatest value that n sources stand behind.",
        "agreed(2)",
        default="latest",
    )
    believed: dict[NameKey, Expression] | None = said(
        "What an actor makes of the same reports: a way to combine them, or the one source that it trusts.",
        {"seoul": "agreed(2)", "kyiv": "hur"},
    )
    seen_by: OneOrMoreNames | None = said("Actors that see it; `all` unless told otherwise.", ["seoul"], default="all")
    reports: dict[NameKey, Report] = needed(
        "Sources of reports, by name.", {"nis": {"every": "exponential(mean=7 days)", "lag": "3 days"}}
    )


class Gate(Covered):
    """A condition that must hold for a decision, with a label."""

    when: Expression = needed("The condition.", "poll >= 20%")
    label: Text | None = said("The name as it is shown.", "Public consent")


GateValue = Annotated[Annotated[Expression, Tag("<scalar>")] | Annotated[Gate, Tag("<mapping>")], EITHER]


class Batches(Covered):
    """Delivery by equal batches, one after another."""

    in_: Count = needed("How many batches make the whole.", 6, key="in")
    every: Value = needed("From one batch to the next; drawn anew for each, if it is drawn.", "30 days")
    first: Value | None = said(
        "From the decision to the first batch; as long as from one to the next, unless told otherwise.",
        "lognormal(median=45 days, sigma=0.5)",
    )


def _scalar_cases_or_batches(value: Any) -> str:
    if not isinstance(value, dict):
        return "<scalar>"
    return "<cases>" if "cases" in value else "<batches>"


Delivery = Annotated[
    Annotated[Expression, Tag("<scalar>")] | Annotated[Cases, Tag("<cases>")] | Annotated[Batches, Tag("<batches>")],
    Discriminator(_scalar_cases_or_batches),
]


class Announce(Covered):
    """How a rung is announced, which is a word and no deed: it moves `LADDER.announced` and nothing else."""

    when: Expression = needed("The condition that must last.", "troops_seen >= 0.5 * threshold")
    for_: Value | None = said("How long it must hold.", "3 days", key="for", default="0 days")
    after: Value | None = said(
        "A delay after that; called off if `when` falls before it is over.", "lognormal(median=5 days, sigma=0.5)"
    )


class Climb(Covered):
    """How a rung is reached: pending, decided, delivered."""

    when: Expression = needed("The condition that makes it pending once it has lasted.", "troops_seen >= threshold")
    for_: Value | None = said("How long `when` must hold.", "patience", key="for", default="0 days")
    withdraw_after: Value | None = said(
        "How long `when` must be false to withdraw; `for`, and at least a day, unless told otherwise.", "30 days"
    )
    gates: dict[NameKey, GateValue] | None = said(
        "Named conditions; the decision is made only while all hold.", {"law": "export_law_open"}
    )
    decide: Value | None = said(
        "From pending to decided, counted only while every gate is open; at once without it.",
        "lognormal(median=21 days, sigma=0.5)",
    )
    rate: Value | None = said("In place of `decide`: a hazard of the decision.", "1 / 30 days")
    deliver: Delivery | None = said(
        "From decided to delivered; at once without it. A mapping with `in` delivers by batches.",
        "lognormal(median=120 days, sigma=0.6)",
    )


class StandDown(Covered):
    """How a rung is left; counted only while its own climb condition is false."""

    when: Expression = needed("The condition that must last.", "troops_seen < 0.5 * threshold")
    for_: Value | None = said("How long it must hold.", "60 days", key="for", default="0 days")
    after: Value | None = said("A delay after that.", "lognormal(median=10 days, sigma=0.5)")


class Rung(Covered):
    """One level of a ladder."""

    id: Identifier = needed("Its name, unlike any other in the scenario.", "defensive_arms")
    label: Text | None = said("The name as it is shown.", "Defensive arms")
    climb: Climb | None = said("How it is reached; the first rung has none.", {"when": "troops_seen >= threshold"})
    stand_down: StandDown | None = said("How it is left.", {"when": "ceasefire", "for": "60 days"})
    announce: Announce | None = said("How it is announced.", {"when": "combat", "for": "3 days"})
    on_announcement: Effect | None = said("What changes as it is announced.", {"warnings": "warnings + 1"})
    on_decision: Effect | None = said("What changes as it is decided.", {"warnings": "warnings + 1"})
    on_delivery: Effect | None = said("What changes with each delivery, that is, each batch.", {"shells": "shells + 1"})
    on_stand_down: Effect | None = said("What changes as it is left.", {"warnings": "warnings - 1"})


class Ladder(Covered):
    """Ordered rungs of one actor."""

    actor: Identifier | None = said("Who climbs; the actor of the ladder's name unless told otherwise.", "seoul")
    label: Text | None = said("The name as it is shown.", "Seoul's help to Kyiv")
    starts_at: Identifier | None = said(
        "The rung in force at the start; the first unless told otherwise.", "humanitarian"
    )
    skip: Boolean | None = said(
        "Whether rungs may be skipped: every rung above the one decided is watched, not the next alone.",
        True,
        default="false",
    )
    rungs: list[Rung] = Field(
        ...,
        min_length=1,
        description="Lowest first.",
        examples=[[{"id": "humanitarian"}, {"id": "arms", "climb": {"when": "combat"}}]],
    )
