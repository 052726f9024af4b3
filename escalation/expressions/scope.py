"""What an expression may read where it stands: names, units, rules, distributions, and what the place allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from escalation.expressions.kinds import Dimension, Kind


@dataclass(frozen=True, slots=True)
class UnitDefinition:
    """A unit the author declared: what it measures, and how many base units one of it is."""

    dimension: Dimension
    factor: float = 1.0


class Parameter(Protocol):
    """One parameter of a distribution. role: `value` has the dimension of what is drawn, `pure` is a plain number."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def role(self) -> str: ...  # noqa: D102
    @property
    def default(self) -> float | None: ...  # noqa: D102


class Distribution(Protocol):
    """What may be drawn and how it is called.

    result: `number` (with the dimension of the `value` parameters), `integer` (a plain number), `boolean`, or
    `index`, which cannot be called in an expression. from_quantiles: not None if two quantiles may define it.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def parameters(self) -> Sequence[Parameter]: ...  # noqa: D102
    @property
    def result(self) -> str: ...  # noqa: D102
    @property
    def from_quantiles(self) -> Any: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that decides what a text means.

    names: kind of every path that may be read. hints: paths that exist but may not be read bare, each with the
    sentence that says what to write. rules: what `since` and `count` may name. distributions: by name. units: the
    author's (units of time are always known). start: the scenario's first day, from which dates count.
    draws: distributions may be called. elapsed: `elapsed`, `since` and the names in `aged` may be read.
    since_at_least: where `elapsed` is false, `since(x) >= D` may stand. mean_months: months and years may be
    written, with their mean lengths. instead_of_age: what to write where none of these may be read, if anything.
    """

    names: Mapping[str, Kind] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    rules: frozenset[str] = frozenset()
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    units: Mapping[str, UnitDefinition] = field(default_factory=dict)
    start: date = date(2000, 1, 1)
    draws: bool = False
    elapsed: bool = False
    since_at_least: bool = False
    mean_months: bool = False
    aged: frozenset[str] = frozenset()
    instead_of_age: str = ""
