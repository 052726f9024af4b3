"""The shape of a document: what an author may write, section by section. Meaning is checked by `resolve`."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from escalation.language.written import (
    Boolean,
    Date,
    DrawsId,
    Expression,
    Identifier,
    NameKey,
    OneOrMoreIds,
    OneOrMoreNames,
    PathKey,
    Text,
    wrong_form,
)


class Shape(BaseModel):
    """A mapping with known keys and no others."""

    model_config = ConfigDict(extra="forbid", defer_build=True, arbitrary_types_allowed=True)


def said(description: str, example: Any, *, key: str | None = None, default: str | None = None) -> Any:
    """An optional entry: what it means, an example, its key where Python has taken the word, its default."""
    plain = {"true": True, "false": False, "0": 0, "1": 1}
    extra: dict[str, Any] = {} if default is None else {"default": plain.get(default, default)}
    return Field(None, description=description, examples=[example], alias=key, json_schema_extra=extra or None)


def needed(description: str, example: Any, *, key: str | None = None) -> Any:
    """An entry that must be there."""
    return Field(..., description=description, examples=[example], alias=key)


class Covered(Shape):
    """Whatever can hold numbers: it says what they rest on."""

    source: OneOrMoreIds | None = said(
        "Ids of the sources that the numbers here, and those inside it, rest on.", "nis-2024-10-23"
    )
    assumption: Text | None = said("Why the numbers here are what they are, in the author's words.", "judged")
    as_of: Date | None = said("When the assumption was made; the start unless told otherwise.", "2025-04-30")
    row: Text | None = said("The row of the evidence that the numbers come from.", "dprk_lift_interval")


class Case(Shape):
    """One line of `cases`: a condition and its value, or what holds otherwise."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, value: Any) -> Any:
        if value == {}:
            raise wrong_form("expected `when` and `value`, or `otherwise`, found nothing")
        return value

    when: Expression | None = said("The condition under which this line counts; the first true one does.", "combat")
    value: Expression | None = said("The value under that condition.", "3 days")
    otherwise: Expression | None = said("The value when no line above counts; the last line.", "10 days")


class Cases(Shape):
    """A value that depends on conditions, one to a line."""

    cases: list[Case] = Field(
        ...,
        min_length=1,
        description="Lines of `when` and `value`, and a last line `otherwise`.",
        examples=[[{"when": "combat", "value": "3 days"}, {"otherwise": "10 days"}]],
    )


class OneOf(Shape):
    """A draw of one word; the shares must sum to 100 %."""

    one_of: dict[NameKey, Expression] = needed(
        "Words with their shares, in the order in which luck picks them.", {"sceptic": "50%", "supporter": "50%"}
    )


def _scalar_or_mapping(value: Any) -> str:
    return "<mapping>" if isinstance(value, dict) else "<scalar>"


def _scalar_cases_or_words(value: Any) -> str:
    if not isinstance(value, dict):
        return "<scalar>"
    return "<one_of>" if "one_of" in value else "<cases>"


EITHER = Discriminator(_scalar_or_mapping)
Value = Annotated[Annotated[Expression, Tag("<scalar>")] | Annotated[Cases, Tag("<mapping>")], EITHER]
Drawn = Annotated[
    Annotated[Expression, Tag("<scalar>")] | Annotated[Cases, Tag("<cases>")] | Annotated[OneOf, Tag("<one_of>")],
    Discriminator(_scalar_cases_or_words),
]
Range = Annotated[list[Expression], Field(min_length=2, max_length=2)]


class Source(Shape):
    """A published document."""

    title: Text = needed("The document's title.", "Arms for Ukraine no longer ruled out")
    publisher: Text = needed("Who published it.", "The Washington Times / AP")
    date: Date = needed("When it was published.", "2024-10-24")
    url: Text | None = said("Where it can be read.", "https://example.org/article")


class Actor(Shape):
    """Someone who can move."""

    name: Text | None = said("The name as it is shown.", "Seoul")
    role: Text | None = said("Who decides there.", "President and National Security Council")
    playable: Boolean | None = said("Whether a person can take the seat.", True, default="false")


class Constant(Covered):
    """What the study holds fixed."""

    value: Value = needed("Numbers and other constants.", "12 days")
    label: Text | None = said("The name as it is shown.", "Days between lifts")


class Uncertainty(Covered):
    """What nobody knows, fixed once a future. It has exactly one of `value`, `one_of`, `deep` and `draws`."""

    value: Value | None = said(
        "A draw; it may read constants and other uncertainties.", "lognormal(median=12 days, sigma=0.5)"
    )
    one_of: dict[NameKey, Expression] | None = said(
        "Words with their shares, which must sum to 100 %.", {"sceptic": "50%", "supporter": "50%"}
    )
    deep: Range | None = said(
        "A bare range without a probability: results are told over all of it and never averaged.", ["4", "12"]
    )
    draws: DrawsId | None = said("The table of joint draws that has a column of this name.", "posterior")
    label: Text | None = said("The name as it is shown.", "Who wins the vote")


class Lever(Covered):
    """What the decision-maker sets; policies choose it."""

    actor: Identifier | None = said("Whose lever it is.", "seoul")
    default: Expression = needed("Its value under a policy that does not set it.", "10_000 troops")
    range: Range | None = said(
        "The least and the greatest value; `none` is no bound.", ["3_000 troops", "30_000 troops"]
    )
    label: Text | None = said("The name as it is shown.", "Troops that call for defensive arms")


class State(Covered):
    """A thing of the world that changes."""

    initial: Value = needed("Its first value; it may read constants, uncertainties and levers.", "1_500 troops")
    range: Range | None = said(
        "What it must not leave; leaving it ends that trajectory as an error.", ["0 troops", "none"]
    )
    values: list[Identifier] | None = Field(
        None,
        min_length=2,
        description="Its words, when it is one of a few words.",
        examples=[["guard", "assault"]],
    )
    seen_by: OneOrMoreNames | None = said(
        "Actors that see it as it is; `all` unless told otherwise.", ["moscow"], default="all"
    )
    label: Text | None = said("The name as it is shown.", "Troops in Russia")


class Derived(Covered):
    """A name for an expression."""

    value: Value = needed("What it stands for.", "casualties / max(in_russia, 1 troops)")
    seen_by: OneOrMoreNames | None = said(
        "Actors that see it; those who see all that it reads, unless told otherwise.", "all"
    )
    label: Text | None = said("The name as it is shown.", "Share lost")


class Adaptation(Shape):
    """What a policy sets once on the way: `at` a date, or `when` a condition has lasted."""

    at: Expression | None = said("The date on which it sets.", "2025-01-20")
    when: Expression | None = said("The condition on which it sets, as it becomes true.", "inaugurated")
    for_: Value | None = said("How long `when` must hold before it counts.", "7 days", key="for", default="0 days")
    set: dict[PathKey, Expression] = needed(
        "Levers, ceilings and switches, as in the policy's own `set`.", {"patience": "60 days"}
    )


class Policy(Shape):
    """Levers, ceilings and switches that are set otherwise than by default."""

    label: Text | None = said("The name as it is shown.", "As officials described it")
    set: dict[PathKey, Expression] | None = said(
        "A lever's value, the highest rung a ladder may climb to, or whether a rule, gate or source is active.",
        {"patience": "3 days", "seoul.ceiling": "humanitarian", "sea_lift.active": False},
    )
    then: list[Adaptation] | None = said(
        "What it sets otherwise on the way; each entry once.", [{"when": "inaugurated", "set": {"patience": "60 days"}}]
    )


class Viewpoint(Shape):
    """A viewpoint: how good an outcome is, higher is better."""

    score: Expression = needed("Arithmetic over names of measures, as plain numbers.", "0 - exposure")
    label: Text | None = said("The name as it is shown.", "Keep Moscow from arming Pyongyang")
