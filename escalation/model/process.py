"""The process: a generalised semi-Markov process of variables, rules, choices and measures.

Nothing here knows of ladders, reports or policies: they have become variables and rules by the time a
`Model` exists (`escalation.model.build`). Both engines read exactly this.

Times are integer milliseconds since the scenario's start, 00:00 (law 1). Expressions are typed trees whose
names are paths of `Model.parameters`, `Model.variables` and `Model.derived`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal as OneOf

from escalation.expressions.kinds import Kind
from escalation.expressions.tree import Expr
from escalation.model.dependence import JointDraws, Together

Value = float | int | bool
Memory = OneOf["restart", "resume", "keep"]
Overlap = OneOf["ignore", "restart"]


class Phase(IntEnum):
    """The tie-break among clocks due in one instant (law 5)."""

    CALENDAR = 0
    CHANCE = 1
    REPORTS = 2
    LASTED = 3
    CHOICES = 4


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the author wrote something: file as given, line and column from 1, and the layer it came from."""

    file: str
    line: int
    column: int
    layer: str = "scenario"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Months:
    """A calendar step of whole months, counted from the start (law 2)."""

    count: int


@dataclass(frozen=True, slots=True)
class Assign:
    """`target` becomes `value`; in an effect every value is read before any target is written (law 6)."""

    target: str
    value: Expr
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """Fires once, at an instant evaluated at the start; its draws are addressed by the future.

    With a `condition` it fires if that holds at the instant; a date that passes while it does not is gone.
    """

    at: Expr
    condition: Expr | None = None


@dataclass(frozen=True, slots=True)
class Periodic:
    """Fires a period after the start (or first at `first`), then again a period after each firing.

    With a `condition` the first period begins when the condition becomes true, and it ends when it falls.
    """

    every: Expr | Months
    first: Expr | None = None
    condition: Expr | None = None


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard per millisecond, constant between firings, while a condition holds; what is spent is kept (law 10)."""

    rate: Expr
    condition: Expr


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delay drawn when the condition becomes true, which runs only while `running` also holds (a level, law 9).

    When the condition falls the clock is disabled and `memory` says what it keeps. When only `running` falls,
    the clock stands still and keeps its age.
    """

    condition: Expr
    after: Expr
    memory: Memory = "restart"
    running: Expr | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A condition that becomes true, lasts, and then fires after a delay (law 9).

    lasting: how long it must hold without a fall (duration, evaluated at the edge; 0 is judged at the rule's rank).
    after: the delay drawn at the trigger; None fires at the trigger itself.
    unless: withdraws while the delay runs, and prevents the trigger when true at it.
    reversible: the fall of the condition withdraws too (`unless: reversed`).
    overlap: what a new edge does while a delay runs.
    """

    condition: Expr
    lasting: Expr
    after: Expr | None = None
    unless: Expr | None = None
    reversible: bool = False
    overlap: Overlap = "ignore"


@dataclass(frozen=True, slots=True)
class Following:
    """A delay of its own after each firing of `leader`; at most `capacity` run together, more is an error.

    `lag` is evaluated at the leader's firing, after the leader's effect, with the number of that firing, whether or
    not `unless` prevents the delay. The leader's draws, as they were then, can be read in `lag` and in this rule's
    draws and effect by their names (`sea_lift.size`). With `restart`, a new firing of the leader replaces the delay
    that runs. unless: true at the leader's firing, no delay starts; as it becomes true, all that run are withdrawn.
    """

    leader: str
    lag: Expr
    capacity: int
    overlap: OneOf["queue", "restart"] = "queue"
    unless: Expr | None = None


Clock = Dated | Periodic | Hazard | Waiting | Edge | Following


@dataclass(frozen=True, slots=True)
class Gate:
    """A named condition that must hold for a choice to be carried out."""

    name: str
    holds: Expr
    label: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A clock with a condition and an effect.

    draws: realised at each firing, before the effect, which can read them as `RULE.NAME`.
    stream: the base of the addresses of its draws (its name unless the author kept an older one); a hazard's own
    exponential is addressed at `STREAM.rate`.
    gates, gated: the named conditions of a decision, which its clock has too, and when they matter; for people.
    """

    name: str
    phase: Phase
    clock: Clock
    effect: tuple[Assign, ...]
    draws: tuple[Assign, ...] = ()
    order: int = 0
    actor: str | None = None
    label: str = ""
    stream: str = ""
    origin: Origin | None = None
    gates: tuple[Gate, ...] = ()
    gated: Expr | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A thing that changes: its kind, first value, and the range it must not leave (None is unbounded).

    may_be_unknown: NaN stands for "unknown" and may be stored (readings of intelligence before the first report).
    hidden: made by the build, not written by the author.
    """

    name: str
    kind: Kind
    initial: Expr
    low: Expr | None = None
    high: Expr | None = None
    may_be_unknown: bool = False
    hidden: bool = False
    label: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """A pure function of variables, parameters and other derived names, in an order that can be computed."""

    name: str
    value: Expr
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """A value drawn once a future; it may read constants, levers' defaults excluded, and uncertainties before it.

    deep: a bare range without a probability; that its value is drawn from it evenly claims nothing.
    """

    name: str
    kind: Kind
    value: Expr
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Lever:
    """A value that a policy sets; switches (`NAME.active`) and ceilings are levers too.

    One that some policy changes on the way is a variable of the same name as well, whose first value is the lever's.
    """

    name: str
    kind: Kind
    default: Value
    low: Value | None = None
    high: Value | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Levers set otherwise than by default."""

    name: str
    label: str
    settings: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something an actor can do: who, named what, guarded by what, and the rule by which the model does it.

    guard: when the choice exists at all. gates: what must hold besides, each with its own truth value.
    rule: the rule that is fired when the choice is taken, by the model or by a person.
    helpers: rules that only lead the model to the choice (becoming pending, being withdrawn) and that rest
    while a person plays the actor.
    draws: names of the rule's draws, which a person may fill in.
    per_turn: how often a person may take it in one turn (None: once).
    """

    name: str
    actor: str
    rule: str
    guard: Expr
    gates: tuple[Gate, ...] = ()
    helpers: tuple[str, ...] = ()
    draws: tuple[str, ...] = ()
    label: str = ""
    help: str = ""
    per_turn: int | None = None


MeasureHow = OneOf["ever", "first", "final", "max", "min", "mean", "time_in", "count", "series"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number (or series) a trajectory, of settled states (law 12).

    value: what is watched (None for `count`). rules: counted rules. during: first and last instant of the
    window in milliseconds. at: the instant of a `final`. every: sampling step of a `series`; times: its instants,
    ascending, where these are no even step apart.
    better: the direction that is good. matters: the smallest difference that matters, in the measure's own unit
    (truth: a share; times: milliseconds).
    """

    name: str
    how: MeasureHow
    kind: Kind
    value: Expr | None = None
    rules: tuple[str, ...] = ()
    during: tuple[int, int] | None = None
    at: int | None = None
    every: int | Months | None = None
    better: OneOf["higher", "lower", "neither"] = "neither"
    matters: float | None = None
    label: str = ""
    origin: Origin | None = None
    times: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """Everything an engine needs, once for all policies and futures.

    rules stand in the order of ranks (phase, order, name): the position of a rule is its rank (law 5).
    horizon: the last instant, which is inside (law 3). start: the ISO date of instant 0.
    """

    title: str
    horizon: int
    start: str
    levers: tuple[Lever, ...]
    uncertainties: tuple[Uncertainty, ...]
    variables: tuple[Variable, ...]
    derived: tuple[Derived, ...]
    rules: tuple[Rule, ...]
    choices: tuple[Choice, ...]
    measures: tuple[Measure, ...]
    policies: tuple[Policy, ...]
    together: tuple[Together, ...] = ()
    joint_draws: tuple[JointDraws, ...] = ()
