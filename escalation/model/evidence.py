"""What the public record says, beside expressions of the model: it is held against trajectories and changes none.

Numbers stand in the model's own units (milliseconds for times), instants in milliseconds since the start.
"""

from dataclasses import dataclass
from typing import Literal as OneOf

from escalation.expressions.kinds import Quantity
from escalation.expressions.tree import Expr
from escalation.model.process import Origin

Bound = OneOf["exact", "at_least", "at_most"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What one agency said on one day.

    at: 00:00 of the day. value: its best number, or the one bound that it gave; None for a bare range. low, high: the
    range that it gave, None where it is open (`at least` has no high, `at most` no low).
    """

    at: int
    date: str
    who: str
    value: float | None
    low: float | None
    high: float | None
    source: str
    confidence: str
    note: str
    origin: Origin

    @property
    def bound(self) -> Bound:
        """Whether it is a number (or a range), or a bound of one."""
        if self.low is not None and self.high is not None:
            return "exact"
        return "at_least" if self.high is None else "at_most"


@dataclass(frozen=True, slots=True)
class Estimated:
    """Happened estimates of one expression of the model, in the order of their dates.

    subject: what the record calls the quantity. over: None for a stock; for a flow the milliseconds before a date
    within which the expression's change is counted.
    """

    name: str
    label: str
    subject: str
    kind: Quantity
    value: Expr
    over: int | None
    facts: tuple[Fact, ...]
    origin: Origin

    @property
    def instants(self) -> tuple[int, ...]:
        """Every instant at which the expression is needed, ascending: of each fact, and before it for a flow."""
        before = () if self.over is None else tuple(fact.at - self.over for fact in self.facts)
        return tuple(sorted({*before, *(fact.at for fact in self.facts)}))


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the record against the first time that a condition holds.

    first, last: 00:00 of the first and of the last day that the record gives it.
    """

    name: str
    label: str
    condition: Expr
    first: int
    last: int
    source: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows of a table that are held against nothing, of one kind, with the reason; an empty one is no reason given."""

    table: str
    subject: str
    rows: int
    because: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that `evidence:` says.

    window: how long after the start the model is held against the record, in milliseconds. periods: first and last
    instant of each span in which estimates of one quantity are compared with one another. rows: how many rows of
    dated facts there are, mapped or not.
    """

    window: int
    periods: tuple[tuple[int, int], ...]
    estimated: tuple[Estimated, ...]
    dated: tuple[Happened, ...]
    left_out: tuple[LeftOut, ...]
    rows: int
