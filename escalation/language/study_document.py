"""The shape of a study: which scenarios, overlays, policies, settings and sizes a batch consists of."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from escalation.language.document import Shape, needed, said
from escalation.language.document_outcomes import Version
from escalation.language.written import (
    Boolean,
    Count,
    Duration,
    Expression,
    Hyphenated,
    IdKey,
    PathKey,
    Text,
    Written,
    matches,
    whole,
    word,
)
from escalation.language.written import Form as Leaf

ENGINES = ("auto", "simpy", "compiled")
KEEPS = ("outcomes", "firings", "summary")


def _listed(value: Any) -> Any:
    """One item alone stands for a list of it."""
    return [value] if isinstance(value, Written) else value


ANY_KEY = r"^\S(.*\S)?$"
Ids = Annotated[list[Hyphenated], Field(min_length=1), BeforeValidator(_listed)]
Seed = Annotated[Written, whole(0)]
Counts = Annotated[list[Count], Field(min_length=1), BeforeValidator(_listed)]
Seeds = Annotated[list[Seed], Field(min_length=1), BeforeValidator(_listed)]
Files = Annotated[list[Text], BeforeValidator(_listed)]
Engine = Annotated[Written, word(*ENGINES)]
Keep = Annotated[Written, word(*KEEPS)]
MeasureKey = Annotated[str, Leaf("the name of a measure", matches(ANY_KEY), {"type": "string", "pattern": ANY_KEY})]


class Steps(Shape):
    """Values at even distances, both ends included: four steps are five values."""

    from_: Expression = needed("The first value: a number, with its unit.", "1_000 troops", key="from")
    to: Expression = needed("The last value, in the same unit.", "9_000 troops")
    steps: Count = needed("How many steps lead from the first to the last; one more than that are the values.", 4)


def _form_of_a_sweep(value: Any) -> str:
    return "<steps>" if isinstance(value, dict) else "<list>" if isinstance(value, list) else "<one>"


Values = Annotated[list[Expression], Field(min_length=1)]
Sweep = Annotated[
    Annotated[Expression, Tag("<one>")] | Annotated[Values, Tag("<list>")] | Annotated[Steps, Tag("<steps>")],
    Discriminator(_form_of_a_sweep),
]


class Asked(Shape):
    """What is asked of a scenario; at the top of a study it is asked of every scenario that says nothing else."""

    overlays: dict[IdKey, Files] | None = said(
        "Variants of the scenario by name: the files laid over it in order, or `[]` for none. Each is run.",
        {"core": [], "war": "../scenarios/seoul-2024/war.yaml"},
    )
    policies: Ids | None = said(
        "The policies to run, all in the same futures with the same luck; all of the scenario's unless told otherwise.",
        ["as-stated", "early-signal"],
    )
    set: dict[PathKey, Sweep] | None = said(
        "Values set last, as `--set` takes them: one, a list, or evenly spaced ones. Every combination is run.",
        {"patience": ["7 days", "14 days"]},
    )
    n: Counts | None = said("Trajectories for each policy; of a list each is run.", 2_000, default="10000")
    seeds: Seeds | None = said("Seeds of all chance; of a list each is run.", [1, 2], default="1")
    futures: Count | None = said("How many futures share the trajectories; one for each 50 unless told otherwise.", 200)
    engine: Engine | None = said("Which engine runs it; the choice never changes a result.", "auto", default="auto")
    keep: Keep | None = said("What is kept of each trajectory.", "outcomes", default="outcomes")
    precision: dict[MeasureKey, Text] | None = said(
        "How wide the interval of a measure may be, after which a run ends; `n` is then the most that is run.",
        {"armed": "0.5pp"},
    )
    expectations: Boolean | None = said(
        "Whether the claims that travel with the scenario are judged in each run.", True, default="true"
    )


class StudyScenario(Asked):
    """A scenario of a study, and what is asked of it instead of what the top of the study asks."""

    file: Text = needed("The scenario's file, from the study's folder.", "../scenarios/seoul-2024.yaml")


class Study(Asked):
    """A study as an author writes it."""

    study: Version = Field(..., description="The version of the language of studies.", examples=[1])
    title: Text = needed("What the study is called.", "When do Seoul's thresholds matter?")
    about: Text | None = said("What it asks, and why these sizes.", "Two thresholds, a night on one machine.")
    within: Duration | None = said("Its time: nothing is begun that could not end within it.", "8 hours")
    scenarios: dict[IdKey, StudyScenario] = Field(
        ...,
        min_length=1,
        description="What is run, by a short name that the names of its runs begin with.",
        examples=[{"seoul": {"file": "../scenarios/seoul-2024.yaml"}}],
    )
