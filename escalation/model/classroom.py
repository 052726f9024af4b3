"""The classroom block: how a scenario is played in class, checked and with every default filled in.

`escalation.language.classroom` makes it; `escalation.classroom.exercise` turns it, with its scenario, into an exercise.
It changes no trajectory. Expressions read the author's names.
"""

from dataclasses import dataclass
from typing import Literal as OneOf

from escalation.expressions.tree import Expr
from escalation.model.process import Assign, Months, Origin

MOST_MINUTES = 600
"""To deliberate in a turn."""
MOST_PER_TURN = 20
"""How often one order may be given in a turn: each time is a tick of its own on a phone."""
Late = OneOf["hold", "model", "bot", "instructor"]
"""What becomes of a seat that hands in no order in time: nothing, or the model, chance or the instructor acts."""


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """An actor in class.

    seats: titles of the people. sees: names on its screen. orders: events and ladders of the actor that it may order;
    None is all of them.
    """

    actor: str
    seats: tuple[str, ...]
    sees: tuple[str, ...]
    orders: tuple[str, ...] | None
    aims: tuple[str, ...]
    brief: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class ForecastSpec:
    """A question that is answered with a probability; `resolves` is its truth at the end of turn `by_turn`.

    closes: what settles it for good. closes_to: actors that see it, so that they are asked no more once it is true.
    """

    ask: str
    resolves: Expr
    by_turn: int
    closes: Expr | None = None
    closes_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InjectSpec:
    """News that the instructor brings. Exactly one of: a `turn` at whose start it comes, `when`, `offered`.

    to: actors that get it; none is all of them. fire: an event that it fires. set: state that it changes.
    """

    id: str
    label: str
    text: str
    to: tuple[str, ...]
    turn: int | None
    when: Expr | None
    offered: bool
    fire: str | None
    set: tuple[Assign, ...]


@dataclass(frozen=True, slots=True)
class ClassroomSpec:
    """The scenario as an exercise.

    turn: the time of one turn. turns: how many. instants: turns + 1 of them, in milliseconds: the start, and the end of
    each turn. minutes: to deliberate in a turn. note: what a class should know of the content beforehand.
    """

    turn: int | Months
    turns: int
    instants: tuple[int, ...]
    minutes: int
    practice: bool
    late: Late
    projector: tuple[str, ...]
    roles: tuple[RoleSpec, ...]
    forecasts: tuple[ForecastSpec, ...]
    injects: tuple[InjectSpec, ...]
    debrief: tuple[str, ...]
    note: str
    origin: Origin
