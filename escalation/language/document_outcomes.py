"""The shape of what is measured, claimed and played, and of the document as a whole."""

from typing import Annotated

from pydantic import Field

from escalation.language.document import (
    Actor,
    Constant,
    Derived,
    Lever,
    Policy,
    Shape,
    Source,
    State,
    Uncertainty,
    Viewpoint,
    needed,
    said,
)
from escalation.language.document_dependence import JointDraws, Together
from escalation.language.document_evidence import Evidence
from escalation.language.document_rules import Event, Ladder, Reading
from escalation.language.written import (
    Boolean,
    Count,
    Date,
    Dotted,
    Duration,
    Expression,
    Form,
    Hyphenated,
    Identifier,
    IdKey,
    NameKey,
    OneOrMorePaths,
    OneOrMoreTexts,
    PathKey,
    Text,
    Written,
    whole,
    word,
)
from escalation.model.classroom import MOST_MINUTES

Better = Annotated[Written, word("higher", "lower", "neither")]
Late = Annotated[Written, word("hold", "model", "bot", "instructor")]
Minutes = Annotated[Written, whole(1, MOST_MINUTES)]
Version = Annotated[
    Written,
    Form(
        "1",
        lambda leaf: leaf == "1" and not leaf.quoted,
        {"const": 1},
        "the version of the language, of which there is one so far; it stands without quotes",
    ),
]


class Measure(Shape):
    """One number (or series) a trajectory.

    It says exactly one of ever, first, final, max, min, mean, time_in, count, series.
    """

    ever: Expression | None = said("Whether it is ever true.", "seoul.decided >= defensive_arms")
    first: Expression | None = said("When it is first true; blank if never.", "seoul.delivered >= defensive_arms")
    final: Expression | None = said("Its value at the end, or at `at`.", "in_russia")
    max: Expression | None = said("The greatest value.", "in_russia")
    min: Expression | None = said("The least value.", "gas")
    mean: Expression | None = said("The mean over time.", "tension")
    time_in: Expression | None = said("How long it is true.", "moscow_anger >= 2")
    count: OneOrMorePaths | None = said("How often these rules fire.", "sea_lift")
    series: Expression | None = said("Its value at regular instants.", "in_russia")
    every: Duration | None = said("The step of a series.", "1 week")
    at: Date | None = said("The date of a `final`.", "2025-06-01")
    during: list[Date] | None = Field(
        None,
        min_length=2,
        max_length=2,
        description="First and last date that count.",
        examples=[["2024-11-01", "2025-01-31"]],
    )
    better: Better | None = said("Which direction is good.", "lower", default="neither")
    matters: Expression | None = said(
        "The smallest difference that matters, in the measure's own unit; a share for `ever`, a time for `first`.", "2%"
    )
    label: Text | None = said("The name as it is shown.", "Defensive arms decided")


class Expectation(Shape):
    """A claim that travels with the scenario.

    It says never, always, or a measure with between, more_than or less_than.
    """

    claim: Text = needed("What is claimed, as a sentence.", "With no troops Seoul never arms")
    given: dict[PathKey, Expression] | None = said(
        "Values that are set for the claim: initial values, uncertainties, constants, levers, ceilings, switches.",
        {"in_russia.initial": "0 troops", "seoul.ceiling": "humanitarian"},
    )
    policy: Hyphenated | None = said(
        "The policy that the claim is about; every one unless told otherwise.", "as-stated"
    )
    never: Expression | None = said("What must never be true.", "seoul.decided >= defensive_arms")
    always: Expression | None = said("What must always be true.", "in_russia >= 0 troops")
    measure: Identifier | None = said("The measure that the claim is about.", "armed")
    between: list[Expression] | None = Field(
        None, min_length=2, max_length=2, description="Bounds of its mean (or share).", examples=[["3%", "40%"]]
    )
    more_than: Hyphenated | None = said("A policy under which it is smaller.", "as-stated")
    less_than: Hyphenated | None = said("A policy under which it is greater.", "early-signal")


class Role(Shape):
    """An actor in class."""

    seats: list[Text] | None = said("Who sits there.", ["President", "Intelligence chief"])
    sees: list[Dotted] | None = said("What the role's screen shows.", ["troops_seen", "poll"])
    orders: list[Dotted] | None = said(
        "Events and ladders of the actor that it may order; all unless told otherwise.", ["seoul", "export_review"]
    )
    aims: list[Text] | None = said("What it wants.", ["Keep the alliance whole"])
    brief: Text | None = said("What it is told at the start.", "A first shipload of soldiers has landed.")


class Forecast(Shape):
    """A question that students answer with a probability."""

    ask: Text = needed("The question.", "Will Seoul have decided on defensive arms?")
    resolves: Expression = needed("What makes the answer yes, in truth.", "seoul.decided >= defensive_arms")
    by_turn: Count | None = said("The turn at whose end it resolves; the last unless told otherwise.", 4)
    closes: Expression | None = said(
        "What settles it for good; a seat that sees as much is asked no more.", "seoul.delivered >= defensive_arms"
    )


class Inject(Shape):
    """News that the instructor brings: at a turn, on a condition, or by hand."""

    id: Hyphenated = needed("Its name.", "prisoners")
    label: Text | None = said("The name as it is shown.", "Two prisoners speak")
    turn: Count | None = said("The turn at whose start it comes.", 6)
    when: Expression | None = said("The condition on which it comes, once.", "seoul.pending >= defensive_arms")
    offered: Boolean | None = said("It waits in the instructor's drawer.", True)
    to: list[Identifier] | None = said("Actors that get it; all unless told otherwise.", ["seoul", "kyiv"])
    text: Text = needed("What it says.", "Kyiv shows two captured soldiers.")
    fire: Identifier | None = said("An event that it fires.", "domestic_shock")
    set: dict[NameKey, Expression] | None = said("State that it changes.", {"denied": False})


class Classroom(Shape):
    """The scenario as an exercise."""

    turn: Duration = needed("How much time one turn covers.", "2 weeks")
    turns: Count | None = said("How many turns; up to the horizon unless told otherwise.", 8)
    minutes: Minutes | None = said("Minutes to deliberate in a turn; 8 unless told otherwise.", 10)
    practice: Boolean | None = said("Whether it begins with a turn that does not count.", True, default="false")
    late: Late | None = said("What happens to a seat that gives no order in time.", "hold", default="hold")
    projector: list[Dotted] | None = said("What everybody sees on the wall.", ["poll", "warnings"])
    roles: dict[NameKey, Role] | None = said("Seats, by actor.", {"seoul": {"seats": ["President"]}})
    forecasts: list[Forecast] | None = said(
        "Questions about what will happen.", [{"ask": "Will it hold?", "resolves": "ceasefire"}]
    )
    injects: list[Inject] | None = said(
        "News that the instructor brings.", [{"id": "leak", "turn": 3, "text": "A list of weapons leaks."}]
    )
    debrief: list[Text] | None = said("Questions for afterwards.", ["Which gate was shut for longest?"])
    note: Text | None = said(
        "What a class should know of the content before it plays.", "This exercise speaks of a war that goes on."
    )


class Document(Shape):
    """A scenario as an author writes it."""

    escalation: Version = Field(..., description="The version of the language.", examples=[1])
    title: Text = needed("What the scenario is called.", "Seoul's phased countermeasures, autumn 2024")
    about: Text | None = said("What it models, for whom, and what it leaves out.", "Who arms whom, and when.")
    extends: OneOrMoreTexts | None = said("Files of the same folder that it builds on.", "sources.yaml")
    starts: Date = needed("The first day, at 00:00.", "2024-10-18")
    lasts: Duration | None = said("How long it is watched; this or `ends`.", "18 months")
    ends: Date | None = said("The day, at 00:00, at which it ends; this or `lasts`.", "2026-04-18")
    units: list[Identifier] | None = said(
        "Units of things that are counted; times, % and plain numbers are built in.", ["troops", "shells"]
    )
    sources: dict[IdKey, Source] | None = said(
        "Published documents, by id.",
        {"nis-2024-10-18": {"title": "First lift", "publisher": "KBS", "date": "2024-10-18"}},
    )
    actors: dict[NameKey, Actor] | None = said("Who can move.", {"seoul": {"name": "Seoul", "playable": True}})
    constants: dict[NameKey, Constant] | None = said(
        "What the study holds fixed.", {"lift_interval": {"value": "12 days", "assumption": "judged"}}
    )
    uncertainties: dict[NameKey, Uncertainty] | None = said(
        "What nobody knows: drawn once a future.", {"push": {"value": "uniform(0.5, 2)", "assumption": "judged"}}
    )
    draws: dict[NameKey, JointDraws] | None = said(
        "Tables of joint draws, by name.", {"posterior": {"file": "posterior.csv", "source": "kim-2025"}}
    )
    together: list[Together] | None = said(
        "Uncertainties that vary together.",
        [{"of": ["tempo", "push"], "correlation": "0.6", "assumption": "a faster army pushes harder"}],
    )
    levers: dict[NameKey, Lever] | None = said(
        "What the decision-maker sets.", {"patience": {"actor": "seoul", "default": "14 days"}}
    )
    state: dict[NameKey, State] | None = said(
        "The world.", {"in_russia": {"initial": "1_500 troops", "range": ["0 troops", "none"]}}
    )
    derived: dict[NameKey, Derived] | None = said(
        "Names for expressions.", {"all_told": {"value": "at_front + in_rear"}}
    )
    events: dict[NameKey, Event] | None = said(
        "What happens, and when.", {"vote": {"at": "2024-11-05", "effect": {"vote_over": True}}}
    )
    intelligence: dict[NameKey, Reading] | None = said(
        "What is seen, which is not what is.",
        {"troops_seen": {"of": "in_russia", "reports": {"nis": {"every": "7 days"}}}},
    )
    ladders: dict[NameKey, Ladder] | None = said(
        "What governments can climb.",
        {"seoul": {"rungs": [{"id": "humanitarian"}, {"id": "arms", "climb": {"when": "combat"}}]}},
    )
    policies: dict[IdKey, Policy] | None = said(
        "Ways to set the levers.", {"early-signal": {"label": "Early signal", "set": {"patience": "3 days"}}}
    )
    measures: dict[NameKey, Measure] | None = said(
        "What is measured on each trajectory.", {"armed": {"ever": "seoul.decided >= arms", "label": "Arms decided"}}
    )
    values: dict[NameKey, Viewpoint] | None = said(
        "Viewpoints, by which policies can be ranked.", {"restraint": {"score": "0 - exposure"}}
    )
    expect: list[Expectation] | None = said(
        "Claims that travel with the scenario.", [{"claim": "Nobody arms without troops", "never": "armed_now"}]
    )
    evidence: Evidence | None = said(
        "What the public record says, held against the model; it changes no trajectory.",
        {"tables": {"estimates": "evidence/estimates.csv"}},
    )
    classroom: Classroom | None = said("How it is played in class.", {"turn": "2 weeks", "turns": 8})
