"""The scenario: what the author wrote with every field present, one time unit, and every expression typed.

`escalation.language.resolve` makes it, `escalation.model.build` turns it into a `Model`. Ladders, intelligence
and policies are still what they are here. Names in expressions are full paths (see the table in `build`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from escalation.expressions.kinds import Kind
from escalation.expressions.tree import Expr
from escalation.model.classroom import ClassroomSpec
from escalation.model.dependence import JointDraws, RankCorrelation
from escalation.model.evidence import Evidence
from escalation.model.process import Assign, Clock, Measure, Months, Origin, Uncertainty, Value


@dataclass(frozen=True, slots=True)
class Basis:
    """What a number rests on: the nearest enclosing sources and assumption."""

    sources: tuple[str, ...] = ()
    assumption: str | None = None
    as_of: str | None = None
    row: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A published document; `date` is ISO 8601."""

    id: str
    title: str
    publisher: str
    date: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone who can move."""

    id: str
    name: str
    role: str
    playable: bool


@dataclass(frozen=True, slots=True)
class Number:
    """One number of the scenario, for the list of assumptions: what it is, as written, and what it rests on."""

    path: str
    text: str
    label: str
    basis: Basis
    origin: Origin
    group: OneOf["constant", "uncertainty", "lever", "state", "derived", "event", "intelligence", "ladder", "gate"]


@dataclass(frozen=True, slots=True)
class Constant:
    """What the study holds fixed; a pure expression of literals and other constants."""

    name: str
    kind: Kind
    value: Expr


@dataclass(frozen=True, slots=True)
class LeverSpec:
    """A lever before its bounds are evaluated; they may read constants."""

    name: str
    kind: Kind
    default: Expr
    actor: str | None
    low: Expr | None
    high: Expr | None
    label: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class StateVariable:
    """A variable of the world. seen_by: None is everybody."""

    name: str
    kind: Kind
    initial: Expr
    low: Expr | None
    high: Expr | None
    seen_by: tuple[str, ...] | None
    label: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class DerivedName:
    """A name for a pure expression."""

    name: str
    kind: Kind
    value: Expr
    seen_by: tuple[str, ...] | None
    label: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Play:
    """How a person may take an event of an actor: at most `per_turn` times a turn."""

    per_turn: int
    help: str


@dataclass(frozen=True, slots=True)
class Event:
    """A rule that the author wrote. The kernel's clock is used as it is; switches are added by the build."""

    name: str
    actor: str | None
    label: str
    clock: Clock
    draws: tuple[Assign, ...]
    effect: tuple[Assign, ...]
    order: int
    stream: str
    play: Play | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Report:
    """A report source. Value and error are taken when observed and published `lag` later.

    reads: over the names `of`, `bias`, `error` (a quantity); for a truth it is None and miss, false_alarm are given.
    """

    name: str
    label: str
    every: Expr | Months
    condition: Expr | None
    lag: Expr | None
    error: Expr | None
    bias: Expr | None
    reads: Expr | None
    miss: Expr | None
    false_alarm: Expr | None
    origin: Origin


Combine = OneOf["latest", "median", "mean", "max", "agreed", "source"]


@dataclass(frozen=True, slots=True)
class Belief:
    """What one actor makes of the reports: a combination as for a reading, or the word of one `source`."""

    actor: str
    combine: Combine
    agreed: int = 1
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is seen of `of` through its report sources; unknown until the first report unless `initial` is given.

    combine: latest, median, mean, max, or agreed with the number of sources that must stand behind it; None when
    there is nothing that everybody believes. believed: what single actors believe, read as `READING.ACTOR`.
    """

    name: str
    kind: Kind
    of: Expr
    initial: Expr | None
    combine: Combine | None
    agreed: int
    reports: tuple[Report, ...]
    seen_by: tuple[str, ...] | None
    label: str
    origin: Origin
    believed: tuple[Belief, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedGate:
    """A gate as written."""

    name: str
    condition: Expr
    label: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Batches:
    """Delivery in `count` equal batches: the first `first` after the decision, each other `every` after the one before.

    Both are durations; every batch has a draw of its own.
    """

    count: int
    first: Expr
    every: Expr


@dataclass(frozen=True, slots=True)
class Climb:
    """How a rung is reached: `when`, lasting, makes it pending; then `decide` or `rate`, gates open; then `deliver`.

    withdraw_after: duration for which `when` must be false to withdraw. decide None with rate None decides at once.
    deliver: the delay from decided to delivered, None for none, or batches.
    """

    when: Expr
    lasting: Expr
    withdraw_after: Expr
    gates: tuple[NamedGate, ...]
    decide: Expr | None
    rate: Expr | None
    deliver: Expr | Batches | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Announce:
    """How a rung is announced: `when` has lasted, and the delay `after` is over without a fall of it."""

    when: Expr
    lasting: Expr
    after: Expr | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class StandDown:
    """How a rung is left; it counts only while the rung's own climb condition is false."""

    when: Expr
    lasting: Expr
    after: Expr | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class RungSpec:
    """A rung with the effects of moving to it and from it."""

    id: str
    label: str
    climb: Climb | None
    stand_down: StandDown | None
    on_decision: tuple[Assign, ...]
    on_delivery: tuple[Assign, ...]
    on_stand_down: tuple[Assign, ...]
    origin: Origin
    announce: Announce | None = None
    on_announcement: tuple[Assign, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """Ordered rungs, lowest first; `starts_at` is the index of the rung in force at the start.

    skip: every rung above the one decided is watched, and the highest whose condition has lasted becomes pending.
    """

    name: str
    actor: str | None
    label: str
    starts_at: int
    rungs: tuple[RungSpec, ...]
    origin: Origin
    skip: bool = False

    @property
    def announces(self) -> bool:
        """Whether some rung can be announced."""
        return any(rung.announce is not None for rung in self.rungs)


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What a policy sets once on the way: on a date, or when a condition has lasted.

    Exactly one of `at` and `when` is given. text: how that was written. actors: whose levers it sets, sorted.
    """

    at: Expr | None
    when: Expr | None
    lasting: Expr
    settings: tuple[tuple[str, Value], ...]
    text: str
    actors: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """A policy: levers, ceilings (a rung's index) and switches it sets at the start, and then on the way."""

    name: str
    label: str
    settings: tuple[tuple[str, Value], ...]
    origin: Origin
    then: tuple[Adaptation, ...] = ()


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A score over measures, by which policies can be ranked; higher is better."""

    name: str
    label: str
    score: Expr


@dataclass(frozen=True, slots=True)
class Expectation:
    """A claim that travels with the scenario.

    given: overrides as the author wrote them, path to text, applied as a last layer. how: `never` and `always` use
    `condition`; `between` uses low and high; `more_than` and `less_than` use `than`, another policy.
    policy: None is every policy.
    """

    claim: str
    given: tuple[tuple[str, str], ...]
    policy: str | None
    how: OneOf["never", "always", "between", "more_than", "less_than"]
    condition: Expr | None
    measure: str | None
    low: float | None
    high: float | None
    than: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Scenario:
    """The canonical form. Mappings keep the author's order, which never matters to a result."""

    title: str
    about: str
    start: str
    horizon: int
    units: tuple[str, ...]
    sources: Mapping[str, Source]
    actors: Mapping[str, Actor]
    constants: tuple[Constant, ...]
    uncertainties: tuple[Uncertainty, ...]
    levers: tuple[LeverSpec, ...]
    state: tuple[StateVariable, ...]
    derived: tuple[DerivedName, ...]
    events: tuple[Event, ...]
    intelligence: tuple[Reading, ...]
    ladders: tuple[Ladder, ...]
    policies: tuple[PolicySpec, ...]
    measures: tuple[Measure, ...]
    values: tuple[Viewpoint, ...]
    expectations: tuple[Expectation, ...]
    numbers: tuple[Number, ...]
    evidence: Evidence | None = None
    together: tuple[RankCorrelation, ...] = ()
    joint_draws: tuple[JointDraws, ...] = ()
    classroom: ClassroomSpec | None = None
